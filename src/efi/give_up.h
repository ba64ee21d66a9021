/* SPDX-License-Identifier: BSD-2-Clause */
/* The end when the firmware never lets go: tell the user, leave a record, reset the machine. */
#ifndef BATON_EFI_GIVE_UP_H
#define BATON_EFI_GIVE_UP_H

#include "core/exit/exit_journal.h"
#include "core/screen/framebuffer.h"
#include "efi/firmware.h"

#include <stdbool.h>
#include <stdint.h>

/* What giving up needs, taken while the firmware was alive. */
struct last_words {
    uint64_t runtime_services; /* physical address of EFI_RUNTIME_SERVICES; valid after the exit */
    struct framebuffer framebuffer;
    uint16_t uart; /* I/O port of the debug UART; 0: none */
    uint64_t tsc_hz;
    const char *entry_name; /* which entry failed, for the record; UTF-8 */
};

/* The I/O port of COM1 when an UART answers there, else 0. Touches no service. */
uint16_t uart_find(void);
void uart_write(uint16_t port, const char *string);

/*
 * Text on UART and framebuffer, the journal in a non-volatile variable, a wait of some seconds so
 * that the text can be read, a reset. Never goes back into the firmware but for runtime services.
 */
_Noreturn void give_up(const struct last_words *words, const struct exit_journal *journal);

#endif
