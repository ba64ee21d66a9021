/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The referee: watches whichever loader is started next leave boot services, and says how it went.
 *
 * Two services are replaced for good, StartImage to know that something is started,
 * SetWatchdogTimer because the boot manager arms it before that. The rest is replaced while an
 * application runs. All memory is the driver's own, so nothing is allocated once it is loaded; what
 * is written goes through I/O ports. What it adds that was not there before: two events without
 * effect, created when it is loaded, which tell whether a handler runs in the exit group or before;
 * a GetMemoryMap without a buffer after each of the loader's, to know what the firmware would ask
 * for; and one GetMemoryMap after the successful exit, when no service may be called any more: its
 * code is still there, and nothing else knows the truth.
 */
#include "core/base/mem.h"
#include "hooks.h"
#include "images.h"
#include "record.h"
#include "services.h"
#include "verdict.h"

static EFI_SYSTEM_TABLE *firmware;
static EFI_BOOT_SERVICES *table;
static EFI_IMAGE_START start_image;
static EFI_SET_WATCHDOG_TIMER set_watchdog;
static EFI_GET_MEMORY_MAP get_memory_map;
static EFI_EXIT_BOOT_SERVICES exit_boot_services;
static EFI_RAISE_TPL raise_tpl;
static EFI_RESTORE_TPL restore_tpl;

static struct record record;
static unsigned int depth; /* applications that have been started and have not returned */
static uint32_t watchdog;  /* seconds */
static const struct image *loader;

static volatile bool inside; /* ExitBootServices */
static volatile bool before_group;
static volatile bool exit_group;

/* UEFI 2.10, 7.1.2 */
static EFI_GUID exit_guid = {
    0x27abf055, 0xb1b8, 0x4c26, {0x80, 0x48, 0x74, 0x8f, 0x37, 0xba, 0xa2, 0xdf}};
static EFI_GUID before_guid = {
    0x8be0e274, 0x3970, 0x4b44, {0x80, 0xc5, 0x1a, 0xb9, 0x50, 0x2f, 0x3b, 0xfc}};

static void EFIAPI mark(EFI_EVENT event, VOID *flag)
{
    (void)event;
    *(volatile bool *)flag = true;
}

/* --- what is seen --- */

static void see_handler(uint32_t service, const void *caller)
{
    enum service_kind kind = service_kind(service);

    if (kind != SERVICE_MEMORY && kind != SERVICE_ALLOCATES)
        return;
    struct call *call = record_call(&record.handlers, service, caller, record.attempts);

    if (call != NULL)
        call->early = !exit_group && (call->count == 1 || call->early);
}

static void see_call(uint32_t service, const void *caller)
{
    if (inside) {
        see_handler(service, caller);
        return;
    }
    if (record.left || (record.look.capacity == 0 && record.attempts == 0))
        return;
    const struct image *image = image_at(caller);

    /* What drivers do in the meantime, or for the loader, is their business. */
    if (image != NULL && !image->application)
        return;
    if (record.look.capacity != 0)
        (void)record_call(&record.gap, service, caller, 0);
    if (record.attempts != 0)
        (void)record_call(&record.after, service, caller, 0);
}

/* Size and key that the firmware would give just now. */
static void probe(UINTN *ret_required, UINTN *ret_key)
{
    UINTN stride;
    UINT32 version;

    *ret_required = 0;
    *ret_key = 0;
    if (get_memory_map(ret_required, NULL, ret_key, &stride, &version) != EFI_BUFFER_TOO_SMALL) {
        *ret_required = 0;
        *ret_key = 0;
    }
}

static EFI_STATUS EFIAPI get_memory_map_hook(UINTN *size, EFI_MEMORY_DESCRIPTOR *map, UINTN *key,
                                             UINTN *stride, UINT32 *version)
{
    struct look look = {.capacity = size == NULL ? 0 : *size};
    EFI_STATUS status = get_memory_map(size, map, key, stride, version);
    UINTN required;
    UINTN unused;

    if (inside || size == NULL || (status == EFI_SUCCESS && map == NULL))
        return status;
    look.status = status;
    look.used = *size;
    if (status == EFI_SUCCESS && key != NULL && stride != NULL) {
        probe(&required, &unused);
        look.key = *key;
        look.stride = *stride;
        look.required = required;
    }
    record_look(&record, &look, map);
    return status;
}

static EFI_STATUS EFIAPI set_watchdog_hook(UINTN seconds, UINT64 code, UINTN size, CHAR16 *data)
{
    EFI_STATUS status = set_watchdog(seconds, code, size, data);

    if (status == EFI_SUCCESS)
        watchdog = (uint32_t)seconds;
    return status;
}

/* The code of a firmware that has just left is still there. */
static void look_once_more(void)
{
    UINTN size = sizeof(record.truth.data);
    UINTN key;
    UINTN stride = 0;
    UINT32 version;
    uint64_t flags;

    __asm__ volatile("pushfq; popq %0" : "=r"(flags));
    if (get_memory_map(&size, (void *)record.truth.data, &key, &stride, &version) == EFI_SUCCESS) {
        record.truth.size = size;
        record.truth.stride = stride;
        record_compare(&record);
    }
    /* It turns interrupts on; a successful exit has turned them off. */
    if (!(flags & 0x200))
        __asm__ volatile("cli");
}

static EFI_STATUS EFIAPI exit_hook(EFI_HANDLE image, UINTN key)
{
    EFI_TPL tpl = raise_tpl(TPL_HIGH_LEVEL); /* only raising it tells what it was */
    EFI_STATUS status;
    UINTN required;
    UINTN key_after = 0;

    restore_tpl(tpl);
    record.leaver = __builtin_return_address(0);
    record_attempt(&record, key, tpl, watchdog);
    before_group = false;
    exit_group = false;
    inside = true;
    status = exit_boot_services(image, key);
    inside = false;
    if (status != EFI_SUCCESS)
        probe(&required, &key_after);
    record_outcome(&record, status, key_after, before_group);
    verdict_attempt(&record);
    if (status == EFI_SUCCESS) {
        look_once_more();
        verdict_report(&record, loader, false, status, firmware->Hdr.Revision);
    }
    return status;
}

/* --- when it is watched --- */

static void arm(void)
{
    raise_tpl = table->RaiseTPL;
    restore_tpl = table->RestoreTPL;
    get_memory_map = hook_service(table, GetMemoryMap, get_memory_map_hook);
    exit_boot_services = hook_service(table, ExitBootServices, exit_hook);
    services_watch(firmware, see_call);
}

static void disarm(void)
{
    services_release(firmware);
    if (table->GetMemoryMap == get_memory_map_hook)
        (void)hook_service(table, GetMemoryMap, get_memory_map);
    if (table->ExitBootServices == exit_hook)
        (void)hook_service(table, ExitBootServices, exit_boot_services);
}

/* A loader that starts a kernel with a stub: it is the stub that leaves, and is reported. */
static EFI_STATUS EFIAPI start_image_hook(EFI_HANDLE handle, UINTN *size, CHAR16 **data)
{
    EFI_STATUS status;

    images_scan(table);
    const struct image *image = image_of(table, handle);

    if (image == NULL || !image->application)
        return start_image(handle, size, data);
    const struct image *before = loader;
    struct image mine = *image;

    loader = &mine;
    record_reset(&record);
    if (depth++ == 0)
        arm();
    status = start_image(handle, size, data);
    verdict_report(&record, &mine, true, status, firmware->Hdr.Revision);
    record_reset(&record);
    loader = before;
    if (--depth == 0)
        disarm();
    return status;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    EFI_EVENT event;
    EFI_STATUS status;

    (void)image;
    firmware = system;
    table = system->BootServices;
    /* At the highest priority a handler may have: in edk2 those run first. */
    status = table->CreateEventEx(EVT_NOTIFY_SIGNAL, TPL_NOTIFY, mark,
                                  (void *)(uintptr_t)&exit_group, &exit_guid, &event);
    if (!EFI_ERROR(status))
        status = table->CreateEventEx(EVT_NOTIFY_SIGNAL, TPL_NOTIFY, mark,
                                      (void *)(uintptr_t)&before_group, &before_guid, &event);
    if (EFI_ERROR(status))
        return status;
    images_learn_names(table);
    set_watchdog = hook_service(table, SetWatchdogTimer, set_watchdog_hook);
    start_image = hook_service(table, StartImage, start_image_hook);
    return EFI_SUCCESS;
}
