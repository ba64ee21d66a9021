/* SPDX-License-Identifier: BSD-2-Clause */
#include "words.h"

static bool ends(char character)
{
    return character == '\0' || character == ' ';
}

bool words_find(const char *words, const char *name, const char **ret_value)
{
    while (*words != '\0') {
        size_t i = 0;

        while (name[i] != '\0' && words[i] == name[i])
            i++;
        if (name[i] == '\0' && (ends(words[i]) || words[i] == '=')) {
            *ret_value = words[i] == '=' ? words + i + 1 : "";
            return true;
        }
        while (!ends(*words))
            words++;
        while (*words == ' ')
            words++;
    }
    return false;
}

static unsigned int digit(char character)
{
    if (character >= '0' && character <= '9')
        return (unsigned int)(character - '0');
    if (character >= 'a' && character <= 'f')
        return (unsigned int)(character - 'a') + 10;
    return 16;
}

bool words_next(const char **value, uint64_t *ret_number)
{
    unsigned int base = 10;
    uint64_t number = 0;
    const char *at = *value;

    if (at[0] == '0' && at[1] == 'x') {
        base = 16;
        at += 2;
    }
    if (digit(*at) >= base)
        return false;
    while (digit(*at) < base)
        number = number * base + digit(*at++);
    if (*at == ',')
        at++;
    *value = at;
    *ret_number = number;
    return true;
}

uint64_t words_number(const char *words, const char *name, uint64_t absent)
{
    const char *value;
    uint64_t number;

    if (!words_find(words, name, &value))
        return absent;
    if (words_say(words, name, "ever"))
        return UINT64_MAX;
    return words_next(&value, &number) ? number : 1;
}

bool words_say(const char *words, const char *name, const char *value)
{
    const char *said;

    if (!words_find(words, name, &said))
        return false;
    while (*value != '\0' && *said == *value) {
        said++;
        value++;
    }
    return *value == '\0' && ends(*said);
}
