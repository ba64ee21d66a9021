/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Drivers that do in their event handlers what they must not: allocate.
 *
 *   timer=ms           a periodic timer that allocates a page each time
 *   on-before          a handler of the BeforeExitBootServices group that allocates, on each signal
 *   on-exit            a handler of the ExitBootServices group that allocates, after the key check
 *   on-exit-late       the same through a second event, which the first one signals
 *   on-exit-free       a handler that frees what was allocated before
 *   on-failed          a handler of edk2's group for failed exits that allocates
 *   on-map-change      a handler of the MemoryMapChange group that allocates: three times at most,
 *                      because each allocation signals the group again
 *   on-exit-hang       a handler that never returns
 *   pages=n            how many pages each of them allocates; default 1
 */
#include "fault.h"

#include "arch/arch.h"
#include "report.h"

#define CHANGES_MAX 3

static const EFI_GUID group_exit = {
    0x27abf055, 0xb1b8, 0x4c26, {0x80, 0x48, 0x74, 0x8f, 0x37, 0xba, 0xa2, 0xdf}};
static const EFI_GUID group_before = {
    0x8be0e274, 0x3970, 0x4b44, {0x80, 0xc5, 0x1a, 0xb9, 0x50, 0x2f, 0x3b, 0xfc}};
static const EFI_GUID group_map_change = {
    0x78bee926, 0x692f, 0x48fd, {0x9e, 0xdb, 0x01, 0x42, 0x2e, 0xf0, 0xd7, 0xab}};
/* edk2, MdeModulePkg/Include/Guid/EventExitBootServiceFailed.h */
static const EFI_GUID group_failed = {
    0x4f6c5507, 0x232f, 0x4787, {0xb9, 0x5e, 0x72, 0xf8, 0x62, 0x49, 0x0c, 0xb1}};

static EFI_EVENT late_event;
static EFI_PHYSICAL_ADDRESS to_free;
static unsigned int changes;

static void say(const char *handler)
{
    report_begin("handler");
    report_text("of", handler);
    report_end();
}

static void allocate(const char *handler)
{
    say(handler);
    /* Of a type that makes a descriptor of its own, not one that the firmware keeps a stock of. */
    fault_allocate(EfiACPIMemoryNVS, fault_number("pages", 1));
}

static VOID EFIAPI on_before(EFI_EVENT event, VOID *context)
{
    (void)event;
    (void)context;
    allocate("before");
}

static VOID EFIAPI on_exit(EFI_EVENT event, VOID *context)
{
    (void)event;
    (void)context;
    allocate("exit");
}

static VOID EFIAPI on_exit_free(EFI_EVENT event, VOID *context)
{
    (void)event;
    (void)context;
    say("exit-free");
    if (to_free != 0)
        fault.original.FreePages(to_free, 2);
    to_free = 0;
}

static VOID EFIAPI on_exit_late(EFI_EVENT event, VOID *context)
{
    (void)event;
    (void)context;
    fault.original.SignalEvent(late_event);
}

static VOID EFIAPI on_late(EFI_EVENT event, VOID *context)
{
    (void)event;
    (void)context;
    allocate("late");
}

static VOID EFIAPI on_failed(EFI_EVENT event, VOID *context)
{
    (void)event;
    (void)context;
    allocate("failed");
}

static VOID EFIAPI on_map_change(EFI_EVENT event, VOID *context)
{
    (void)event;
    (void)context;
    if (fault.exits == 0 && changes++ < CHANGES_MAX)
        allocate("map-change");
}

/* A quiet one: it runs a hundred times a second. */
static VOID EFIAPI on_timer(EFI_EVENT event, VOID *context)
{
    EFI_PHYSICAL_ADDRESS address = 0;

    (void)event;
    (void)context;
    if (!fault.left)
        fault.original.AllocatePages(AllocateAnyPages, EfiBootServicesData,
                                     fault_number("pages", 1), &address);
}

static VOID EFIAPI on_exit_hang(EFI_EVENT event, VOID *context)
{
    (void)event;
    (void)context;
    say("hang");
    arch_halt();
}

static void listen(const char *word, const EFI_GUID *group, EFI_EVENT_NOTIFY handler)
{
    EFI_EVENT event;

    if (fault_flag(word))
        fault.original.CreateEventEx(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, handler, NULL, group, &event);
}

static void start_timer(void)
{
    uint64_t period = fault_number("timer", 0);
    EFI_EVENT event;

    if (period != 0 && fault.original.CreateEvent(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_CALLBACK,
                                                  on_timer, NULL, &event) == EFI_SUCCESS)
        fault.original.SetTimer(event, TimerPeriodic, period * 10000); /* in 100 ns */
}

void callbacks_arm(void)
{
    fault.original.CreateEvent(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, on_late, NULL, &late_event);
    if (fault_flag("on-exit-free"))
        fault.original.AllocatePages(AllocateAnyPages, EfiACPIMemoryNVS, 2, &to_free);
    listen("on-before", &group_before, on_before);
    listen("on-exit", &group_exit, on_exit);
    listen("on-exit-free", &group_exit, on_exit_free);
    listen("on-exit-late", &group_exit, on_exit_late);
    listen("on-failed", &group_failed, on_failed);
    listen("on-map-change", &group_map_change, on_map_change);
    listen("on-exit-hang", &group_exit, on_exit_hang);
    start_timer();
}
