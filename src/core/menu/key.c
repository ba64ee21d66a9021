/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows the sequences of ECMA-48 that terminals send for keys. */
#include "core/menu/key.h"

enum state {
    PLAIN,
    ESCAPE,
    SEQUENCE, /* Escape [, or Escape O, and no more than a number */
    REST,     /* of one: says which keys are held down, or what else it is about */
    FUNCTION, /* Escape [ [: Linux's console has F1 to F5 there, as A to E */
};

uint32_t key_of(uint16_t scan, uint16_t character, bool control, bool alt)
{
    uint32_t key = character != 0 ? character : KEY_SCAN | scan;

    if (character == 0 && scan == 0)
        return KEY_NONE;
    if (character == '\n')
        key = KEY_ENTER;
    else if (character != 0 && character <= 26 && character != KEY_BACKSPACE &&
             character != KEY_ENTER && character != '\t')
        key = KEY_CONTROL | (character - 1U + 'a');
    else if (character == 0x1F)
        key = KEY_CONTROL | '_';
    else if (character == 0x1B)
        key = KEY_ESCAPE;
    else if (control && character >= 'A' && character <= 'Z')
        key = KEY_CONTROL | (character - (uint32_t)'A' + 'a');
    else if (control && (character == 0 || (character >= 'a' && character <= 'z')))
        key |= KEY_CONTROL;
    return alt ? key | KEY_ALT : key;
}

uint8_t key_meaning(const struct key_meaning *table, size_t count, uint32_t key)
{
    for (size_t i = 0; i < count; i++)
        if (table[i].code + ((uint32_t)(table[i].kind & 1) << 8) +
                ((uint32_t)(table[i].kind & 0xFE) << 15) ==
            key)
            return table[i].meaning;
    return 0;
}

/* The key whose sequence ends in `last`, behind a number if it has one. */
static uint32_t key_of_sequence(uint32_t last, uint8_t number)
{
    static const char letters[] = "ABCDHF";
    static const uint8_t by_number[] = {0, 0x05, 0x07, 0x08, 0x06, 0x09, 0x0A, 0x05, 0x06};

    if (last == '~' && number < sizeof(by_number))
        return KEY_SCAN | by_number[number];
    for (unsigned int i = 0; i < sizeof(letters) - 1; i++)
        if (last == (uint32_t)letters[i])
            return KEY_UP + i;
    return KEY_UNKNOWN;
}

/*
 * In a sequence of ECMA-48: parameters (0x30 to 0x3F) and intermediate bytes (0x20 to 0x2F), then
 * the byte that ends it. None of them may come out as a letter: `B` restarts the machine.
 */
static uint32_t take_in_sequence(struct key_filter *filter, uint32_t key)
{
    uint8_t state = filter->state;
    uint32_t function = key - (state == FUNCTION ? 'A' : 'P');

    if (state != FUNCTION && key >= ' ' && key < '@') {
        if (key < '0' || key > '9')
            filter->state = REST;
        else if (state == SEQUENCE)
            filter->number = (uint8_t)(filter->number < 10 ? filter->number * 10 + key - '0' : 99);
        return KEY_NONE;
    }
    filter->state = state == SEQUENCE && key == '[' ? FUNCTION : PLAIN;
    if (filter->state == FUNCTION)
        return KEY_NONE;
    if (function < 5 && filter->number == 0 && state != REST)
        return KEY_F1 + function;
    return key < 0x80 ? key_of_sequence(key, filter->number) : key;
}

uint32_t key_filter_take(struct key_filter *filter, uint32_t key)
{
    if (filter->state == PLAIN || key == KEY_ESCAPE) {
        bool was_one = filter->state == ESCAPE;

        if (key != KEY_ESCAPE)
            return key;
        filter->state = ESCAPE;
        return was_one ? KEY_ESCAPE : KEY_NONE;
    }
    if (filter->state != ESCAPE)
        return take_in_sequence(filter, key);
    filter->number = 0;
    filter->state = key == '[' || key == 'O' ? SEQUENCE : PLAIN;
    return filter->state == PLAIN ? key | KEY_ALT : KEY_NONE;
}

bool key_filter_waits(const struct key_filter *filter)
{
    return filter->state != PLAIN;
}

uint32_t key_filter_end(struct key_filter *filter)
{
    uint8_t state = filter->state;

    filter->state = PLAIN;
    return state == PLAIN ? KEY_NONE : state == ESCAPE ? KEY_ESCAPE : KEY_UNKNOWN;
}
