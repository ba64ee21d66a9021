/* SPDX-License-Identifier: BSD-2-Clause */
/* Words on the serial port, the count of broken promises, and the little that a C library would
 * give. */
#include "check.h"

/* Not in .bss, all of which must still be zero when that is looked at. */
__attribute__((section(".data"))) static unsigned int failure_count;

void put(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            port_put('\r');
        port_put(*text);
    }
}

void put_hex(uint64_t value)
{
    char digits[19] = "0x";
    unsigned int length = 2;

    for (int shift = 60; shift >= 0; shift -= 4) {
        if (length > 2 || shift == 0 || (value >> shift) != 0)
            digits[length++] = "0123456789abcdef"[(value >> shift) & 15];
    }
    digits[length] = '\0';
    put(digits);
}

void put_decimal(uint64_t value)
{
    char digits[21];
    unsigned int at_digit = sizeof(digits) - 1;

    digits[at_digit] = '\0';
    do {
        digits[--at_digit] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    put(&digits[at_digit]);
}

bool check(bool kept, const char *promise)
{
    put(kept ? "  ok    " : "  FAIL  ");
    put(promise);
    put("\n");
    if (!kept)
        failure_count++;
    return kept;
}

unsigned int failures(void)
{
    return failure_count;
}

/* The CRC-32 of EFI tables (UEFI 2.10, 4.2): reflected, 0xedb88320. */
uint32_t crc32(const void *bytes, uint64_t size)
{
    const uint8_t *byte = bytes;
    uint32_t crc = UINT32_MAX;

    for (uint64_t i = 0; i < size; i++) {
        crc ^= byte[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0);
    }
    return ~crc;
}

bool same(const void *a, const void *b, uint64_t size)
{
    const uint8_t *left = a;
    const uint8_t *right = b;

    for (uint64_t i = 0; i < size; i++) {
        if (left[i] != right[i])
            return false;
    }
    return true;
}

uint64_t string_length(const char *string)
{
    uint64_t length = 0;

    while (string[length] != '\0')
        length++;
    return length;
}
