/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state that the loader is started in, and what is left of the firmware between two exits and
 * after the last one.
 *
 *   tpl=n              the loader is started at this task priority
 *   watchdog=s         armed before the start, and the exit does not disarm it
 *   no-conout, no-stderr, no-conin      NULL in the system table
 *   no-gop             nobody has a graphics output protocol
 *   partial=memory     after a failed exit all but GetMemoryMap, ExitBootServices and the memory
 *                      allocation services hang (UEFI 2.9 and later)
 *   partial=strict     those too (UEFI 2.8 and earlier)
 *   moved              at each failed exit the boot services table moves: whoever kept a pointer to
 *                      it, or into it, meets a trap
 *   five-levels        the firmware runs with five levels of page tables, if the processor can
 *   hang-runtime       after a failed exit SetVariable and ResetSystem never return
 *   masked             ...and let no interrupt through
 *   deaf-reset         after a failed exit ResetSystem does nothing
 *   keep-table         the exit leaves the system table and the boot services as they were
 *   interrupts         the exit leaves interrupts on; with keep-table a timer too that raises them
 */
#include "fault.h"

#include "arch/arch.h"
#include "core/base/mem.h"
#include "hooks.h"
#include "report.h"

#define SERVICES ((sizeof(EFI_BOOT_SERVICES) - sizeof(EFI_TABLE_HEADER)) / sizeof(void *))

/* EFI_TIMER_ARCH_PROTOCOL of the PI specification (volume 2, 12.10), as far as it is used. */
struct timer_arch {
    void *register_handler;
    EFI_STATUS(EFIAPI *set_period)(struct timer_arch *timer, UINT64 period);
};
static struct timer_arch *timer;

static EFI_SYSTEM_TABLE system_before;
static EFI_SET_WATCHDOG_TIMER set_watchdog;
static EFI_HANDLE_PROTOCOL handle_protocol;
static EFI_OPEN_PROTOCOL open_protocol;
static EFI_LOCATE_PROTOCOL locate_protocol;
static EFI_LOCATE_HANDLE_BUFFER locate_handle_buffer;
static EFI_LOCATE_HANDLE locate_handle;
static EFI_BOOT_SERVICES shut_services; /* what the table holds after a failed exit */
static EFI_BOOT_SERVICES open_services; /* what it holds otherwise: with the hooks */
static bool shut;
static UINTN watchdog;
static const EFI_GUID gop = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;

/* --- what may not be called hangs, and says so --- */

/* fault_traps.S: the n-th trap, which stands in for the n-th service of the table. */
#define FAULT_TRAP_SIZE 64
extern const uint8_t fault_traps[];
uint64_t fault_loader_base;
uint64_t fault_loader_size;
uint64_t fault_started_base; /* of what the loader has started last, or that one, and so on */
uint64_t fault_started_size;
void *fault_passed[SERVICES]; /* the services, for callers that are not the loader */
_Noreturn VOID EFIAPI fault_trapped(UINTN service);

/* Reported as the service. */
#define CONSOLE 0x100
#define OLD     0x200

_Noreturn VOID EFIAPI fault_trapped(UINTN service)
{
    report_begin("forbidden");
    report_number("service", service);
    report_end();
    arch_halt();
}

static EFI_STATUS EFIAPI console_trapped(void)
{
    fault_trapped(CONSOLE);
}

static EFI_STATUS EFIAPI old_trapped(void)
{
    fault_trapped(OLD);
}

static EFI_BOOT_SERVICES places[2]; /* where a table that moves is, in turn */

static void move_table(void)
{
    EFI_BOOT_SERVICES *from = fault.system->BootServices;
    EFI_BOOT_SERVICES *to = from == &places[0] ? &places[1] : &places[0];

    *to = from == fault.services ? open_services : *from;
    fault.system->BootServices = to;
    table_repair(&fault.system->Hdr);
    from->GetMemoryMap = (EFI_GET_MEMORY_MAP)(void *)old_trapped;
    from->ExitBootServices = (EFI_EXIT_BOOT_SERVICES)(void *)old_trapped;
    table_repair(&from->Hdr);
}

/* A console protocol all of whose functions are traps; larger than any of them. */
static void *trapped_console[16];

static void trap_services(EFI_BOOT_SERVICES *services)
{
    void *traps[SERVICES];

    for (size_t i = 0; i < SERVICES; i++)
        traps[i] = (void *)(UINTN)(fault_traps + i * FAULT_TRAP_SIZE);
    memcpy(fault_passed, &services->Hdr + 1, sizeof(fault_passed));
    memcpy(&services->Hdr + 1, traps, sizeof(traps));
    fault_loader_base = (UINTN)fault.image->ImageBase;
    fault_loader_size = fault.image->ImageSize;
    for (size_t i = 0; i < sizeof(trapped_console) / sizeof(trapped_console[0]); i++)
        trapped_console[i] = (void *)console_trapped;
}

static void prepare_traps(void)
{
    open_services = *fault.services;
    shut_services = *fault.services;
    trap_services(&shut_services);
    shut_services.GetMemoryMap = fault.services->GetMemoryMap;
    shut_services.ExitBootServices = fault.services->ExitBootServices;
    if (words_say(fault.words, "partial", "memory")) {
        shut_services.AllocatePages = fault.services->AllocatePages;
        shut_services.FreePages = fault.services->FreePages;
        shut_services.AllocatePool = fault.services->AllocatePool;
        shut_services.FreePool = fault.services->FreePool;
    }
}

void machine_follow(const EFI_LOADED_IMAGE *image)
{
    fault_started_base = image == NULL ? 0 : (UINTN)image->ImageBase;
    fault_started_size = image == NULL ? 0 : image->ImageSize;
}

void machine_refused(void)
{
    if (fault_flag("moved"))
        move_table();
}

void machine_shut(void)
{
    if (!fault_flag("partial") || fault.exits == 0 || shut)
        return;
    shut = true;
    *fault.services = shut_services;
    table_repair(&fault.services->Hdr);
    if (fault.system->ConOut != NULL)
        fault.system->ConOut = (void *)trapped_console;
    if (fault.system->StdErr != NULL)
        fault.system->StdErr = (void *)trapped_console;
    if (fault.system->ConIn != NULL)
        fault.system->ConIn = (void *)trapped_console;
    table_repair(&fault.system->Hdr);
}

void machine_open(void)
{
    if (!shut)
        return;
    shut = false;
    *fault.services = open_services;
    fault.system->ConOut = system_before.ConOut;
    fault.system->StdErr = system_before.StdErr;
    fault.system->ConIn = system_before.ConIn;
    table_repair(&fault.system->Hdr);
}

/* --- the watchdog --- */

static EFI_STATUS EFIAPI set_watchdog_hook(UINTN timeout, UINT64 code, UINTN size, CHAR16 *data)
{
    watchdog = timeout;
    return set_watchdog(timeout, code, size, data);
}

/* --- runtime services that hang --- */

static EFI_SET_VARIABLE set_variable;
static EFI_RESET_SYSTEM reset_system;

static void hang(void)
{
    if (fault_flag("masked") && fault.exits != 0)
        arch_interrupts_off();
    while (fault_flag("hang-runtime") && fault.exits != 0)
        fault_idle();
}

static EFI_STATUS EFIAPI set_variable_hook(CHAR16 *name, EFI_GUID *vendor, UINT32 attributes,
                                           UINTN size, VOID *data)
{
    hang();
    return set_variable(name, vendor, attributes, size, data);
}

static VOID EFIAPI reset_system_hook(EFI_RESET_TYPE type, EFI_STATUS status, UINTN size,
                                     CHAR16 *data)
{
    if (fault_flag("deaf-reset") && fault.exits != 0) {
        report_begin("deaf");
        report_end();
        return;
    }
    hang();
    reset_system(type, status, size, data);
}

static void change_runtime(EFI_RUNTIME_SERVICES *services)
{
    set_variable = hook_service(services, SetVariable, set_variable_hook);
    /* gnu-efi 3.0.15 says that it returns a status, which the specification does not. */
    reset_system = (EFI_RESET_SYSTEM)hook_install(&services->Hdr, &services->ResetSystem,
                                                  (void *)reset_system_hook);
}

/* --- no graphics --- */

static bool is_gop(const EFI_GUID *guid)
{
    return guid != NULL && memcmp(guid, &gop, sizeof(gop)) == 0;
}

static EFI_STATUS EFIAPI handle_protocol_hook(EFI_HANDLE handle, EFI_GUID *guid, VOID **interface)
{
    return is_gop(guid) ? EFI_UNSUPPORTED : handle_protocol(handle, guid, interface);
}

static EFI_STATUS EFIAPI open_protocol_hook(EFI_HANDLE handle, EFI_GUID *guid, VOID **interface,
                                            EFI_HANDLE agent, EFI_HANDLE controller, UINT32 how)
{
    return is_gop(guid) ? EFI_UNSUPPORTED
                        : open_protocol(handle, guid, interface, agent, controller, how);
}

static EFI_STATUS EFIAPI locate_protocol_hook(EFI_GUID *guid, VOID *registration, VOID **interface)
{
    return is_gop(guid) ? EFI_NOT_FOUND : locate_protocol(guid, registration, interface);
}

static EFI_STATUS EFIAPI locate_handle_buffer_hook(EFI_LOCATE_SEARCH_TYPE type, EFI_GUID *guid,
                                                   VOID *key, UINTN *count, EFI_HANDLE **handles)
{
    return is_gop(guid) ? EFI_NOT_FOUND : locate_handle_buffer(type, guid, key, count, handles);
}

static EFI_STATUS EFIAPI locate_handle_hook(EFI_LOCATE_SEARCH_TYPE type, EFI_GUID *guid, VOID *key,
                                            UINTN *size, EFI_HANDLE *handles)
{
    return is_gop(guid) ? EFI_NOT_FOUND : locate_handle(type, guid, key, size, handles);
}

static void hide_gop(void)
{
    handle_protocol = hook_service(fault.services, HandleProtocol, handle_protocol_hook);
    open_protocol = hook_service(fault.services, OpenProtocol, open_protocol_hook);
    locate_protocol = hook_service(fault.services, LocateProtocol, locate_protocol_hook);
    locate_handle_buffer =
        hook_service(fault.services, LocateHandleBuffer, locate_handle_buffer_hook);
    locate_handle = hook_service(fault.services, LocateHandle, locate_handle_hook);
}

/* --- start and end --- */

static void hide_consoles(void)
{
    EFI_SYSTEM_TABLE *system = fault.system;

    if (fault_flag("no-conout")) {
        system->ConOut = NULL;
        system->ConsoleOutHandle = NULL;
    }
    if (fault_flag("no-stderr")) {
        system->StdErr = NULL;
        system->StandardErrorHandle = NULL;
    }
    if (fault_flag("no-conin")) {
        system->ConIn = NULL;
        system->ConsoleInHandle = NULL;
    }
    table_repair(&system->Hdr);
}

void machine_arm(void)
{
    EFI_GUID timer_guid = {
        0x26baccb3, 0x6f42, 0x11d4, {0xbc, 0xe7, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81}};
    VOID *interface = NULL;

    if (fault.original.LocateProtocol(&timer_guid, NULL, &interface) == EFI_SUCCESS)
        timer = interface;
    set_watchdog = hook_service(fault.services, SetWatchdogTimer, set_watchdog_hook);
    if (fault_flag("watchdog"))
        fault.services->SetWatchdogTimer(fault_number("watchdog", 0), 0x10000, 0, NULL);
    if (fault_flag("no-gop"))
        hide_gop();
    if (fault_flag("five-levels"))
        fault_add_level();
    if (fault_flag("hang-runtime") || fault_flag("deaf-reset"))
        change_runtime(fault.system->RuntimeServices);
    hide_consoles();
    system_before = *fault.system;
    prepare_traps();
    if (fault_flag("tpl"))
        fault.original.RaiseTPL(fault_number("tpl", TPL_APPLICATION));
}

void machine_disarm(void)
{
    /* At whatever priority the loader returns, the firmware expects its own. */
    fault.original.RaiseTPL(TPL_HIGH_LEVEL);
    fault.original.RestoreTPL(TPL_APPLICATION);
}

void machine_left(void)
{
    if (fault_flag("watchdog")) {
        report_begin("watchdog");
        report_number("seconds", watchdog);
        report_end();
    }
    if (fault_flag("keep-table")) {
        *fault.services = open_services;
        *fault.system = system_before;
        table_repair(&fault.system->Hdr);
        /* Only now can the firmware's own handler of the timer's interrupt live. */
        if (fault_flag("interrupts") && timer != NULL)
            timer->set_period(timer, 100000); /* 10 ms, in 100 ns */
    }
    if (fault_flag("interrupts"))
        fault_interrupts_on();
}
