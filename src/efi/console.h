/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware's text console. Holds the one global that lives as long as the program, the latch:
 * once closed, nothing is ever printed again, because one line on a console can change the memory
 * map behind our back.
 */
#ifndef BATON_EFI_CONSOLE_H
#define BATON_EFI_CONSOLE_H

#include "efi/firmware.h"

#include <stddef.h>

/* A machine may have no console at all: then everything here does nothing. */
void console_open(struct firmware *firmware);
void console_close(void);

/*
 * From now on what is put is kept too, NUL-terminated, in the caller's buffer: when that is
 * full its first half, which has the record of a failed exit, and the last of the rest.
 */
void console_keep(char *buffer, size_t capacity);

/* The same as console_put(), for what is a picture and no message: it is not kept. */
void console_draw(const char *string);

/*
 * UTF-8; "\n" starts a new line, and so does a word that would not fit into the console's. What is
 * not valid UTF-8 is shown as '?'.
 */
void console_put(const char *string);

#endif
