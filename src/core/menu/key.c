/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows the sequences of ECMA-48 that terminals send for keys. */
#include "core/menu/key.h"

enum state {
    PLAIN,
    ESCAPE,
    BRACKET,   /* Escape [ */
    PARAMETER, /* of that, not the first one: says which keys are held down */
    LETTER,    /* Escape O */
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
    static const char letters[] = "ABCDHFP";
    static const uint8_t by_letter[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0B};
    static const uint8_t by_number[] = {0, 0x05, 0x07, 0x08, 0x06, 0x09, 0x0A, 0x05, 0x06};

    if (last == '~')
        return number < sizeof(by_number) && by_number[number] != 0 ? KEY_SCAN | by_number[number]
                                                                    : KEY_NONE;
    for (unsigned int i = 0; i < sizeof(by_letter); i++)
        if (last == (uint32_t)letters[i])
            return KEY_SCAN | by_letter[i];
    return KEY_NONE;
}

/* In a sequence: digits and semicolons, then the byte that ends it. */
static uint32_t take_in_sequence(struct key_filter *filter, uint32_t key)
{
    if (filter->state != LETTER && key >= '0' && key <= '9') {
        if (filter->state == BRACKET)
            filter->number = (uint8_t)(filter->number < 10 ? filter->number * 10 + key - '0' : 99);
        return KEY_NONE;
    }
    if (filter->state != LETTER && key == ';') {
        filter->state = PARAMETER;
        return KEY_NONE;
    }
    filter->state = PLAIN;
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
    filter->state = key == '[' ? BRACKET : key == 'O' ? LETTER : PLAIN;
    return filter->state == PLAIN ? key | KEY_ALT : KEY_NONE;
}

bool key_filter_waits(const struct key_filter *filter)
{
    return filter->state != PLAIN;
}

uint32_t key_filter_end(struct key_filter *filter)
{
    uint32_t key = filter->state == ESCAPE ? KEY_ESCAPE : KEY_NONE;

    filter->state = PLAIN;
    return key;
}
