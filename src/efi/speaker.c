/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/speaker.h"

#include "arch/arch.h"
#include "efi/services.h"

#define TONE_US  100000U
#define PAUSE_US 400000U

void speaker_beep(const struct firmware *firmware, size_t count)
{
    for (size_t i = 0; i < count && i < SPEAKER_BEEPS_MAX; i++) {
        if (i != 0)
            boot_services(firmware)->Stall(PAUSE_US);
        arch_speaker(true);
        boot_services(firmware)->Stall(TONE_US);
        arch_speaker(false);
    }
}
