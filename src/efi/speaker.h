/* SPDX-License-Identifier: BSD-2-Clause */
/* Short tones, for whoever cannot see the screen. */
#ifndef BATON_EFI_SPEAKER_H
#define BATON_EFI_SPEAKER_H

#include "efi/firmware.h"

#include <stddef.h>

#define SPEAKER_BEEPS_MAX 10U

/* So many, or as many as one can count: two a second. Comes back behind the last. */
void speaker_beep(const struct firmware *firmware, size_t count);

#endif
