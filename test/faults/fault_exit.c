/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ExitBootServices as broken firmware does it. A refusal is a real one: the firmware is called with
 * a wrong key, so that it stops its timers and tells its drivers, as on a real machine.
 *
 *   fail=n             the first n calls fail (ever: all)
 *   until=n            all fail until n milliseconds after the first
 *   status=x           with this EFI_STATUS; default EFI_INVALID_PARAMETER
 *   grow=k             at each failure the map has k descriptors more, and another key
 *   change             at each failure only the key changes
 *   allocate=k         at each failure k pages are really allocated, of changing types
 *   random=seed        each failure with a status and a change of the map of its own, or none
 *   polite             the firmware itself is not called: its timers go on
 *   unsaid             leaves, and says status
 *   ami                the first call signals all events, with a handler that allocates, and only
 *                      then checks the key
 */
#include "fault.h"

#include "arch/arch.h"
#include "hooks.h"
#include "report.h"

#define WRONG_KEY 0x5a5a0000ULL

static EFI_EXIT_BOOT_SERVICES exit_boot_services;
static uint64_t failures_left;
static uint64_t seed;

static uint64_t dice(uint64_t sides)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (seed >> 33) % sides;
}

static uint64_t ticks_per_ms = 1; /* not 0 before it is measured */
static uint64_t first_exit;       /* ticks */

uint64_t exit_age(void)
{
    return fault.exits == 0 ? 0 : (arch_ticks() - first_exit) / ticks_per_ms;
}

/* By the firmware's own timer, before it is stopped. The shortest counts: a host that is busy makes
 * the others longer, and a few of so many fall between its interruptions. */
static void measure_ticks(void)
{
    uint64_t shortest = UINT64_MAX;

    for (unsigned int i = 0; i < 64; i++) {
        uint64_t begin = arch_ticks();

        fault.services->Stall(1000);
        if (arch_ticks() - begin < shortest)
            shortest = arch_ticks() - begin;
    }
    ticks_per_ms = shortest + 1;
}

static EFI_STATUS random_status(void)
{
    static const EFI_STATUS statuses[] = {EFI_INVALID_PARAMETER, EFI_INVALID_PARAMETER,
                                          EFI_INVALID_PARAMETER, EFI_NOT_READY,
                                          EFI_DEVICE_ERROR,      EFI_ACCESS_DENIED};

    return statuses[dice(sizeof(statuses) / sizeof(statuses[0]))];
}

static bool shall_fail(void)
{
    if (exit_age() < fault_number("until", 0))
        return true;
    if (failures_left == 0)
        return false;
    if (failures_left != UINT64_MAX)
        failures_left--;
    return true;
}

static void change_map(void)
{
    static const EFI_MEMORY_TYPE types[] = {EfiBootServicesData, EfiRuntimeServicesData,
                                            EfiACPIMemoryNVS, EfiReservedMemoryType};
    uint64_t pages = fault_number("allocate", 0);
    uint64_t grow = fault_number("grow", 0);

    for (uint64_t i = 0; i < pages; i++)
        fault_allocate(types[(fault.exits + i) % 4], 1);
    if (seed != 0 && dice(2) == 0)
        map_change(dice(40));
    if (grow != 0 || fault_flag("change"))
        map_change(grow);
}

static EFI_STATUS refuse(EFI_HANDLE image, UINTN key)
{
    if (!fault_flag("polite"))
        (void)exit_boot_services(image, key + WRONG_KEY);
    change_map();
    if (seed != 0)
        return random_status();
    return fault_number("status", EFI_INVALID_PARAMETER);
}

static VOID EFIAPI allocate(EFI_EVENT event, VOID *context)
{
    (void)event;
    (void)context;
    report_begin("handler");
    report_text("of", "ami");
    report_end();
    fault_allocate(EfiRuntimeServicesData, 3);
}

/* All exit handlers, by signalling their group, and among them one of ours that allocates. */
static void signal_exit_events(void)
{
    /* EFI_EVENT_GROUP_EXIT_BOOT_SERVICES (UEFI 2.10, 7.1) */
    EFI_GUID group = {0x27abf055, 0xb1b8, 0x4c26, {0x80, 0x48, 0x74, 0x8f, 0x37, 0xba, 0xa2, 0xdf}};
    EFI_EVENT event;

    if (fault.original.CreateEventEx(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, allocate, NULL, &group,
                                     &event) != EFI_SUCCESS)
        return;
    fault.original.SignalEvent(event);
    fault.original.CloseEvent(event); /* the firmware signals the group again when it leaves */
}

/*
 * As firmware of AMI leaves (Linux, commit d3768d885c6c, "retry ExitBootServices() on failure"):
 * the handlers run before the key is checked, so one that allocates makes the loader's key stale.
 *
 * First, by a call with a wrong key, what the firmware does itself before it checks: timers off,
 * and the BeforeExitBootServices group where there is one, which edk2 signals at the first call
 * only. Its handlers must run before the exit handlers (UEFI 2.10, 7.4.6) because they may still
 * use devices. edk2 2026.08 has FAT flush its disk there (FatPkg/EnhancedFatDxe): after the exit
 * handler of a virtio disk, which resets the device, that request is never answered, and edk2 waits
 * for ever.
 */
static EFI_STATUS events_then_check(EFI_HANDLE image, UINTN key)
{
    (void)exit_boot_services(image, key + WRONG_KEY);
    signal_exit_events();
    return exit_boot_services(image, key);
}

/* The priority that the loader calls at: only raising it tells. */
static EFI_TPL priority(void)
{
    EFI_TPL tpl = fault.original.RaiseTPL(TPL_HIGH_LEVEL);

    fault.original.RestoreTPL(tpl);
    return tpl;
}

static void report_exit(UINTN key, EFI_TPL tpl, EFI_STATUS status)
{
    report_begin("exit");
    report_number("n", fault.exits);
    report_number("key", key);
    report_number("tpl", tpl);
    report_number("status", status);
    report_end();
}

static EFI_STATUS EFIAPI exit_hook(EFI_HANDLE image, UINTN key)
{
    EFI_TPL tpl;
    EFI_STATUS status;

    machine_open();
    if (fault.exits++ == 0)
        first_exit = arch_ticks();
    tpl = priority();
    if (shall_fail()) {
        status = refuse(image, key);
    } else if (fault_flag("ami") && fault.exits == 1) {
        status = events_then_check(image, map_real_key(key));
    } else {
        status = exit_boot_services(image, map_real_key(key));
    }
    report_exit(key, tpl, status);
    if (status != EFI_SUCCESS) {
        machine_refused();
        machine_shut();
        return status;
    }
    fault.left = true;
    map_report_left(key);
    machine_left();
    return fault_flag("unsaid") ? fault_number("status", EFI_INVALID_PARAMETER) : EFI_SUCCESS;
}

void exit_arm(void)
{
    if (fault_flag("until") || fault_flag("refused-until"))
        measure_ticks();
    failures_left = fault_number("fail", 0);
    seed = fault_number("random", 0);
    exit_boot_services = hook_service(fault.services, ExitBootServices, exit_hook);
}
