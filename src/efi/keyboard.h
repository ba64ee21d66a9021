/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys, from whatever the firmware has for them: EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL of the console,
 * else ConIn (never both: keys would come twice), and of the first device that has it, which takes
 * the console's place once it has a key, for the same reason. A machine without any has no keys;
 * waiting works all the same. Sequences of terminals are put together (core/menu/key.h).
 */
#ifndef BATON_EFI_KEYBOARD_H
#define BATON_EFI_KEYBOARD_H

#include "core/menu/key.h"
#include "efi/firmware.h"

#include <stdbool.h>
#include <stdint.h>

#define KEYBOARD_SOURCES 2U

struct keyboard {
    const struct firmware *firmware;
    void *sources[KEYBOARD_SOURCES]; /* their protocols; NULL: there is none */
    void *timer;                     /* its event; NULL until it is needed */
    struct key_filter filter;
};

/* Reads nothing yet. A program that runs may take them away: then it is opened again. */
struct keyboard keyboard_open(const struct firmware *firmware);
bool keyboard_is_there(const struct keyboard *keyboard);

/* A key that has been pressed already; KEY_NONE: none. Waits for the rest of a sequence only. */
uint32_t keyboard_look(struct keyboard *keyboard);

/* The next key; KEY_NONE when none came for so long, or none can come and the time is over. */
uint32_t keyboard_wait(struct keyboard *keyboard, uint32_t milliseconds);

/* Gives the timer back. */
void keyboard_close(struct keyboard *keyboard);

#endif
