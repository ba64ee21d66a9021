/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/exit/late_map.h"

#include "arch/arch.h"
#include "efi/exit/exit_map.h"
#include "efi/services.h"

/*
 * EDK2 notifies the newest event of a priority first and what is signalled meanwhile last, so one
 * step gets behind all handlers of the group, the second behind those that they have put off by the
 * same means (OVMF's IoMmuDxe does), and so on. Two events take turns, because U-Boot drops the
 * signal of an event whose notification runs (efi_signal_event() of an event that is_signaled).
 */
#define STEPS 3U

/* Of all three events. The priority is the lowest there is: all others come before it. */
static VOID EFIAPI notify(EFI_EVENT event, VOID *context)
{
    struct late_map *late = context;

    (void)event;
    if (late->steps > 0) {
        late->steps--;
        boot_services(late->firmware)->SignalEvent(late->events[late->steps % 2]);
        return;
    }
    late->attempt->ticks = arch_ticks();
    late->answer = exit_map_take(late->firmware, &late->buffer, late->attempt, &late->map);
}

void late_map_arm(const struct firmware *firmware, struct late_map *late)
{
    const EFI_BOOT_SERVICES *services = boot_services(firmware);
    EFI_STATUS status = EFI_SUCCESS;

    late->firmware = firmware;
    for (unsigned int i = 0; i < LATE_MAP_EVENTS && status == EFI_SUCCESS; i++)
        status = services->CreateEvent(i == LATE_MAP_EVENTS - 1 ? EVT_SIGNAL_EXIT_BOOT_SERVICES
                                                                : EVT_NOTIFY_SIGNAL,
                                       TPL_CALLBACK, notify, late, &late->events[i]);
}

void late_map_forget(struct late_map *late)
{
    late->attempt->map_calls = 0;
    late->steps = STEPS;
}
