/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guard: gives Baton's exit to a program that leaves boot services by itself. While it is on,
 * GetMemoryMap and ExitBootServices of the firmware's table are its own; README.md beside this file
 * says what they do. There is one guard at a time: the program's calls come without a context.
 */
#ifndef BATON_EFI_GUARD_GUARD_H
#define BATON_EFI_GUARD_GUARD_H

#include "efi/exit/exit.h"
#include "efi/exit/give_up.h"
#include "efi/firmware.h"

#include <stdbool.h>

struct guard_options {
    struct exit_options exit;   /* its late_map is not obeyed */
    struct give_up_means means; /* entry_name lives as long as the guard */
    bool debug;                 /* one line on the UART when boot services are gone */
};

/*
 * Reserves all that the guard needs (8 MiB, on the list of leases) and stands between programs and
 * the firmware from then on. EFI_OUT_OF_RESOURCES and the like: nothing was changed.
 */
efi_status guard_begin(struct firmware *firmware, const struct guard_options *options);

/* Other means, once there are some: for a guard that was there before the display. */
void guard_means(const struct give_up_means *means);

/*
 * A program that was started has come back, with a guard or without. Does not return when the guard
 * has seen boot services go: there is nothing to return to.
 */
void guard_check(void);

/* The same; then the table is as it was, its CRC right. The leases hold the memory. */
void guard_end(void);

#endif
