/* SPDX-License-Identifier: BSD-2-Clause */
#include "fw_cfg.h"

#include "core/text/text.h"
#include "qemu.h"

#include <stdint.h>

#define KEY_SIGNATURE 0x0000
#define KEY_DIRECTORY 0x0019
#define FILE_NAME     56 /* bytes of a name in the directory, NUL-terminated */
#define FILES_MAX     256

static uint64_t read_big_endian(unsigned int bytes)
{
    uint64_t value = 0;

    while (bytes-- > 0)
        value = value << 8 | qemu_byte();
    return value;
}

/* struct FWCfgFile of the directory: size (4 bytes), key (2), reserved (2), name (56). */
bool fw_cfg_find(const char *wanted, uint16_t *ret_key, uint32_t *ret_size)
{
    uint64_t count;

    qemu_select(KEY_SIGNATURE);
    if (read_big_endian(4) != 0x51454d55) /* "QEMU" */
        return false;
    qemu_select(KEY_DIRECTORY);
    count = read_big_endian(4);
    for (uint64_t i = 0; i < count && i < FILES_MAX; i++) {
        uint32_t size = (uint32_t)read_big_endian(4);
        uint16_t key = (uint16_t)read_big_endian(2);
        char name[FILE_NAME];

        (void)read_big_endian(2);
        for (unsigned int byte = 0; byte < FILE_NAME; byte++)
            name[byte] = (char)qemu_byte();
        name[FILE_NAME - 1] = '\0';
        if (text_equal(name, wanted)) {
            *ret_key = key;
            *ret_size = size;
            return true;
        }
    }
    return false;
}

char fw_cfg_first(uint16_t key)
{
    qemu_select(key);
    return (char)qemu_byte();
}

bool fw_cfg_read(const char *name, char *ret_text, size_t capacity)
{
    uint16_t key;
    uint32_t size;
    size_t length = 0;

    if (!fw_cfg_find(name, &key, &size))
        return false;
    qemu_select(key);
    while (length < size && length + 1 < capacity)
        ret_text[length++] = (char)qemu_byte();
    ret_text[length] = '\0';
    return true;
}
