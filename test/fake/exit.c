/* SPDX-License-Identifier: BSD-2-Clause */
/* GetMemoryMap, ExitBootServices and what surrounds them: priority, watchdog, stall. */
#include "private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static unsigned int map_calls;
static unsigned int exit_calls;
static bool left;
static bool interrupts;
static EFI_TPL tpl;
static bool tpl_known;
static bool watchdog;

void fake_exit_begin(void)
{
    map_calls = 0;
    exit_calls = 0;
    left = false;
    interrupts = true;
    tpl_known = false;
    watchdog = true;
}

bool fake_has_left(void)
{
    return left;
}

bool fake_interrupts_are_on(void)
{
    return interrupts;
}

void fake_interrupts_off(void)
{
    interrupts = false;
}

bool fake_watchdog_is_armed(void)
{
    return watchdog;
}

uint64_t fake_tpl(void)
{
    return tpl_known ? tpl : fake_behaviour.tpl;
}

/* Descriptors at the firmware's own stride, the bytes between filled with something. */
static void lay_out(const struct memory_map *map, uint8_t *buffer, uint64_t stride, uint64_t size)
{
    uint64_t filled = 0;

    memset(buffer, 0xcc, size);
    for (size_t i = 0; i < memory_map_count(map) && stride != 0; i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);
        uint64_t piece = stride < sizeof(descriptor) ? stride : sizeof(descriptor);

        if (filled + piece > size)
            return;
        memcpy(buffer + filled, &descriptor, piece);
        filled += stride;
    }
}

EFI_STATUS EFIAPI fake_get_memory_map(UINTN *size, EFI_MEMORY_DESCRIPTOR *buffer, UINTN *ret_key,
                                      UINTN *descriptor_size, UINT32 *version)
{
    struct fake_call *call = fake_enter("GetMemoryMap", *size, buffer != NULL, 0);
    struct memory_map map = fake_map();
    uint64_t needed = memory_map_count(&map) * fake_behaviour.descriptor_size;
    bool fits = buffer != NULL && needed <= *size;
    struct fake_map_answer answer = {
        .call = ++map_calls,
        .probe = buffer == NULL,
        .capacity = *size,
        .status = fits ? EFI_SUCCESS : EFI_BUFFER_TOO_SMALL,
        .size = fits ? needed : needed + fake_behaviour.extra_required,
        .key = fake_key(),
        .descriptor_size = fake_behaviour.descriptor_size,
        .version = 1,
    };

    if (fake_behaviour.map != NULL)
        fake_behaviour.map(&answer);
    if (answer.status == EFI_SUCCESS && buffer != NULL)
        lay_out(&map, (uint8_t *)buffer, answer.descriptor_size,
                answer.size < answer.capacity ? answer.size : answer.capacity);
    if (buffer != NULL && answer.overrun != 0)
        memset((uint8_t *)buffer + answer.capacity, 0xcc, answer.overrun);
    *size = answer.size;
    *ret_key = answer.key;
    *descriptor_size = answer.descriptor_size;
    *version = answer.version;
    call->c = answer.key;
    return fake_leave(call, answer.status);
}

EFI_STATUS EFIAPI fake_exit_boot_services(EFI_HANDLE image, UINTN given_key)
{
    struct fake_call *call = fake_enter("ExitBootServices", (uintptr_t)image, given_key, 0);
    bool right = given_key == fake_key();
    struct fake_exit_answer answer = {
        .call = ++exit_calls,
        .key = given_key,
        .key_is_right = right,
        .status = right ? EFI_SUCCESS : EFI_INVALID_PARAMETER,
        .leaves = right,
        .signals = right,
    };

    if (fake_tpl() != TPL_APPLICATION)
        fail_msg("ExitBootServices at priority %lu", (unsigned long)fake_tpl());
    if (fake_behaviour.exit != NULL)
        fake_behaviour.exit(&answer);
    if (answer.signals)
        fake_events_exit();
    if (answer.leaves) {
        left = true;
        fake_leave_boot_services();
    }
    return fake_leave(call, answer.status);
}

EFI_TPL EFIAPI fake_raise_tpl(EFI_TPL wanted)
{
    EFI_TPL before = fake_tpl();
    struct fake_call *call = fake_enter("RaiseTPL", wanted, before, 0);

    if (wanted < before)
        fail_msg("RaiseTPL to %lu, which is lower than %lu", (unsigned long)wanted,
                 (unsigned long)before);
    tpl = wanted;
    tpl_known = true;
    call->status = EFI_SUCCESS;
    return before;
}

VOID EFIAPI fake_restore_tpl(EFI_TPL wanted)
{
    fake_enter("RestoreTPL", wanted, fake_tpl(), 0);
    if (wanted > fake_tpl())
        fail_msg("RestoreTPL to %lu, which is higher than %lu", (unsigned long)wanted,
                 (unsigned long)fake_tpl());
    tpl = wanted;
    tpl_known = true;
}

EFI_STATUS EFIAPI fake_stall(UINTN microseconds)
{
    struct fake_call *call = fake_enter("Stall", microseconds, 0, 0);

    fake_ticks_advance(microseconds * fake_behaviour.ticks_per_us);
    fake_terminal_stall(microseconds);
    return fake_leave(call, EFI_SUCCESS);
}

EFI_STATUS EFIAPI fake_set_watchdog_timer(UINTN timeout, UINT64 code, UINTN size, CHAR16 *data)
{
    struct fake_call *call = fake_enter("SetWatchdogTimer", timeout, code, size);

    assert_true(data == NULL || size != 0);
    watchdog = timeout != 0;
    return fake_leave(call, EFI_SUCCESS);
}
