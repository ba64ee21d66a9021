/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver that measures a loader from outside: the processor's time stamps at the start of its
 * image and at the return of the ExitBootServices that succeeded. With QEMU's `-icount shift=0` a
 * tick of the TSC is one instruction of the guest. Then it ends the machine: the kernel is not
 * measured.
 *
 * Reports (report.h): `start`, then `left` or `returned`. Told by fw_cfg:
 *   opt/org.baton/disk      the disk, see meter.h
 *   opt/org.baton/options   load options for the loader, unless blank
 *   opt/org.baton/gate      `closed`: it waits until that changes (gate.h); a machine that is saved
 *                           meanwhile can be resumed any number of times with other words and
 *                           another disk
 *   opt/org.baton/meter     words: occupy=n: really allocate n pages of changing types before the
 * loader starts, so that the memory map is long; onward: the loader is left to go on to its kernel,
 * which must be one that ends the machine at its first instruction; wall: somebody outside looks at
 * a clock when the reports come
 */
#include "meter.h"

#include "arch/arch.h"
#include "arch/x86_64/machine.h"
#include "core/base/mem.h"
#include "fw_cfg.h"
#include "gate.h"
#include "hooks.h"
#include "report.h"
#include "words.h"

#define OPTIONS_MAX  512
#define TIMER_PERIOD 10000000U /* instructions */
#define PORT_END     0xf4      /* QEMU's isa-debug-exit, where the test machines have it */

/* What the profiler recognises in the code: no-operations with a number of their own. */
#define MARK_BEGIN() __asm__ volatile("nopl 0x47454221(%%rax)" ::: "memory")
#define MARK_END()   __asm__ volatile("nopl 0x444e4521(%%rax)" ::: "memory")

static EFI_BOOT_SERVICES *services;
static EFI_RUNTIME_SERVICES *runtime_table;
static EFI_IMAGE_START start_image;
static EFI_GET_MEMORY_MAP get_memory_map;
static EFI_EXIT_BOOT_SERVICES exit_boot_services;
static CHAR16 options[OPTIONS_MAX];
static char words[64];
static bool running;
static bool onward;
static uint64_t begin;
static uint64_t map_calls;   /* that were given a buffer and filled it */
static uint64_t map_probes;  /* that were not */
static uint64_t map_return;  /* of the last one that succeeded */
static uint64_t descriptors; /* in that map */
static uint64_t exits;
static uint64_t interface_ticks; /* that variables of systemd's Boot Loader Interface took */

/* --- what the firmware takes for these variables --- */

static EFI_GET_VARIABLE get_variable;
static EFI_SET_VARIABLE set_variable;

static bool is_interface(const EFI_GUID *vendor)
{
    static const EFI_GUID guid = {
        0x4a67b082, 0x0a4c, 0x41cf, {0xb6, 0xc7, 0x44, 0x0b, 0x29, 0xbb, 0x8c, 0x4f}};

    return memcmp(vendor, &guid, sizeof(guid)) == 0;
}

static EFI_STATUS EFIAPI get_variable_hook(CHAR16 *name, EFI_GUID *vendor, UINT32 *attributes,
                                           UINTN *size, VOID *data)
{
    uint64_t called = arch_ticks();
    EFI_STATUS status = get_variable(name, vendor, attributes, size, data);

    if (is_interface(vendor))
        interface_ticks += arch_ticks() - called;
    return status;
}

static EFI_STATUS EFIAPI set_variable_hook(CHAR16 *name, EFI_GUID *vendor, UINT32 attributes,
                                           UINTN size, VOID *data)
{
    uint64_t called = arch_ticks();
    EFI_STATUS status = set_variable(name, vendor, attributes, size, data);

    if (is_interface(vendor))
        interface_ticks += arch_ticks() - called;
    return status;
}

static void hook_variables(EFI_RUNTIME_SERVICES *runtime)
{
    get_variable = runtime->GetVariable;
    set_variable = runtime->SetVariable;
    runtime->GetVariable = get_variable_hook;
    runtime->SetVariable = set_variable_hook;
}

static EFI_STATUS EFIAPI map_hook(UINTN *size, EFI_MEMORY_DESCRIPTOR *map, UINTN *key,
                                  UINTN *descriptor_size, UINT32 *version)
{
    EFI_STATUS status = get_memory_map(size, map, key, descriptor_size, version);

    if (status == EFI_SUCCESS) {
        map_calls++;
        descriptors = *size / *descriptor_size;
        map_return = arch_ticks();
    } else {
        map_probes++;
    }
    return status;
}

static _Noreturn void end_machine(void)
{
    machine_out8(PORT_END, 0x20);
    arch_halt();
}

static EFI_STATUS EFIAPI exit_hook(EFI_HANDLE image, UINTN key)
{
    uint64_t called = arch_ticks();
    EFI_STATUS status = exit_boot_services(image, key);
    uint64_t end = arch_ticks();

    exits++;
    if (status != EFI_SUCCESS)
        return status;
    if (!onward)
        MARK_END();
    report_begin("left");
    report_number("total", end - begin);
    report_number("exit", end - called);
    report_number("between", called - map_return);
    report_number("maps", map_calls);
    report_number("probes", map_probes);
    report_number("exits", exits);
    report_number("descriptors", descriptors);
    report_number("interface", interface_ticks);
    report_end();
    if (onward)
        return status;
    end_machine();
}

/* A loader is an application from a file on a disk; the shell comes from a firmware volume. */
static EFI_LOADED_IMAGE *loader_image(EFI_HANDLE handle)
{
    EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
    VOID *interface = NULL;
    EFI_LOADED_IMAGE *image;

    if (services->HandleProtocol(handle, &guid, &interface) != EFI_SUCCESS)
        return NULL;
    image = interface;
    if (image->ImageCodeType == EfiLoaderCode && image->FilePath != NULL &&
        image->FilePath->Type == MEDIA_DEVICE_PATH && image->FilePath->SubType == MEDIA_FILEPATH_DP)
        return image;
    return NULL;
}

static void give_options(EFI_LOADED_IMAGE *image)
{
    char text[OPTIONS_MAX];
    UINTN length = 0;

    if (!fw_cfg_read("opt/org.baton/options", text, sizeof(text)) || text[0] == ' ')
        return;
    while (text[length] != '\0') {
        options[length] = (CHAR16)(unsigned char)text[length];
        length++;
    }
    options[length] = 0;
    image->LoadOptions = options;
    image->LoadOptionsSize = (UINT32)((length + 1) * sizeof(options[0]));
}

/* One-page allocations of changing types, which no firmware can merge. */
static void occupy(void)
{
    EFI_PHYSICAL_ADDRESS address;
    uint64_t pages = words_number(words, "occupy", 0);

    for (uint64_t i = 0; i < pages; i++)
        (void)services->AllocatePages(
            AllocateAnyPages, i % 2 == 0 ? EfiBootServicesData : EfiLoaderData, 1, &address);
}

/* So that as many of the firmware's timer interrupts, 10 ms apart, fall into each measurement. Only
 * where time is instructions. */
static void await_phase(void)
{
    if (words_number(words, "wall", 0) != 0)
        return;
    while (arch_ticks() % TIMER_PERIOD > TIMER_PERIOD / 1000)
        ;
}

static EFI_STATUS EFIAPI start_hook(EFI_HANDLE handle, UINTN *exit_data_size, CHAR16 **exit_data)
{
    EFI_LOADED_IMAGE *image = running ? NULL : loader_image(handle);
    EFI_STATUS status;

    if (image == NULL)
        return start_image(handle, exit_data_size, exit_data);
    running = true;
    onward = words_number(words, "onward", 0) != 0;
    give_options(image);
    occupy();
    get_memory_map = hook_service(services, GetMemoryMap, map_hook);
    exit_boot_services = hook_service(services, ExitBootServices, exit_hook);
    hook_variables(runtime_table);
    report_begin("start");
    report_number("base", (UINTN)image->ImageBase);
    report_number("size", image->ImageSize);
    report_end();
    await_phase();
    MARK_BEGIN();
    begin = arch_ticks();
    status = start_image(handle, exit_data_size, exit_data);
    report_begin("returned");
    report_number("status", status);
    report_end();
    end_machine();
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    EFI_STATUS status;

    (void)image;
    services = system->BootServices;
    runtime_table = system->RuntimeServices;
    (void)gate_read(services, "opt/org.baton/meter", words, sizeof(words));
    status = disk_install(services);
    start_image = hook_service(services, StartImage, start_hook);
    report_begin("loaded");
    report_number("disk", status);
    report_end();
    return EFI_SUCCESS;
}
