/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys as numbers, and what a serial line makes of them. A terminal sends a key without a character
 * as Escape and what follows; firmware knows some of these sequences and passes the others on byte
 * by byte, so that a `4` or an `O` comes out of a key that means neither. Control with a letter
 * comes as a control character, with or without word of the key. Knows no protocol.
 */
#ifndef BATON_CORE_MENU_KEY_H
#define BATON_CORE_MENU_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A character of UCS-2, or a scan code (UEFI 2.10, table B-1) beside KEY_SCAN; plus what is held
 * down with it. Control is only told of letters, which are small then. 0: no key.
 */
#define KEY_NONE    0U
#define KEY_SCAN    0x10000U
#define KEY_CONTROL 0x20000U
#define KEY_ALT     0x40000U

#define KEY_UNKNOWN     KEY_SCAN /* one was pressed, whatever it is */
#define KEY_UP          (KEY_SCAN | 0x01U)
#define KEY_DOWN        (KEY_SCAN | 0x02U)
#define KEY_RIGHT       (KEY_SCAN | 0x03U)
#define KEY_LEFT        (KEY_SCAN | 0x04U)
#define KEY_HOME        (KEY_SCAN | 0x05U)
#define KEY_END         (KEY_SCAN | 0x06U)
#define KEY_DELETE      (KEY_SCAN | 0x08U)
#define KEY_PAGE_UP     (KEY_SCAN | 0x09U)
#define KEY_PAGE_DOWN   (KEY_SCAN | 0x0AU)
#define KEY_F1          (KEY_SCAN | 0x0BU)
#define KEY_F2          (KEY_SCAN | 0x0CU)
#define KEY_F3          (KEY_SCAN | 0x0DU)
#define KEY_F10         (KEY_SCAN | 0x14U)
#define KEY_ESCAPE      (KEY_SCAN | 0x17U)
#define KEY_VOLUME_UP   (KEY_SCAN | 0x80U)
#define KEY_VOLUME_DOWN (KEY_SCAN | 0x81U)
#define KEY_SUSPEND     (KEY_SCAN | 0x103U)
#define KEY_BACKSPACE   0x08U
#define KEY_ENTER       0x0DU

/* What a key means somewhere. Three bytes each: there are many, and code for them is larger. */
struct key_meaning {
    uint8_t code; /* the low byte of the key */
    uint8_t kind; /* the rest of it */
    uint8_t meaning;
};
#define KEY_MEANS(key, what)                                                                       \
    {                                                                                              \
        (key) & 0xFF, (key) >> 15 | ((key) >> 8 & 1), (what)                                       \
    }

/* 0 for a key that is not in the table. */
uint8_t key_meaning(const struct key_meaning *table, size_t count, uint32_t key);

/* What the firmware says of a stroke. */
uint32_t key_of(uint16_t scan, uint16_t character, bool control, bool alt);

/* All zero at the start. */
struct key_filter {
    uint8_t state;
    uint8_t number;
};

/* The key that is complete with this one; KEY_NONE when none is. */
uint32_t key_filter_take(struct key_filter *filter, uint32_t key);

/* Whether more may belong to what was taken: it follows within some milliseconds, or... */
bool key_filter_waits(const struct key_filter *filter);

/* ...nothing does: an Escape was one; a sequence that is cut off is an unknown one. */
uint32_t key_filter_end(struct key_filter *filter);

#endif
