/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/text/shortfall.h"

PACKED_DATA static const char words[] =
    "the firmware's word for the kernel: it does not load it, so nobody has verified it\0"
    "measurements: one failed, so the TPM's registers end with an error\0"
    "log entries of measurements: the TPM's log is full\0"
    "the TPM's event log: it cannot be read\0"
    "a random seed: the firmware's generator failed\0"
    "the request to overwrite memory at a reset: the firmware refused it\0"
    "option ROMs of PCI devices: no memory for them\0"
    "EFI runtime services: the firmware's memory map is larger than Linux takes\0";

void shortfall_put(struct text *text, uint32_t shortfalls)
{
    const char *next = words;

    for (unsigned int i = 0; i < SHORTFALLS && shortfalls >> i != 0; i++) {
        if ((shortfalls & 1U << i) != 0) {
            text_put(text, "without ");
            text_put(text, next);
            text_put(text, "\n");
        }
        next += text_length(next) + 1;
    }
}
