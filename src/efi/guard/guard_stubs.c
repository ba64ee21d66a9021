/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands in for a firmware that is gone, between the exit that the program believes refused
 * and the next one. README.md beside this file has the table: which service does what, and why.
 */
#include "arch/arch.h"
#include "core/base/crc32.h"
#include "core/base/mem.h"
#include "core/base/own_frame.h"
#include "core/base/page.h"
#include "efi/guard/guard_state.h"
#include "efi/services.h"

#include <stddef.h>

#define CONSOLE_SIZE                                                                               \
    (offsetof(EFI_SYSTEM_TABLE, RuntimeServices) - offsetof(EFI_SYSTEM_TABLE, ConsoleInHandle))
_Static_assert(CONSOLE_SIZE == 6 * sizeof(void *), "three handles, three protocols");

#define SERVICES ((sizeof(EFI_BOOT_SERVICES) - sizeof(EFI_TABLE_HEADER)) / sizeof(void *))

/* Stubs are called without a context. */
static struct guard *self;

/* --- answers -----------------------------------------------------------------------------------
 */

static EFI_STATUS EFIAPI succeed(void)
{
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI unsupported(void)
{
    return EFI_UNSUPPORTED;
}

static EFI_STATUS EFIAPI not_found(void)
{
    return EFI_NOT_FOUND;
}

static EFI_STATUS EFIAPI not_ready(void)
{
    return EFI_NOT_READY;
}

static EFI_TPL EFIAPI raise_tpl(EFI_TPL tpl)
{
    EFI_TPL before = self->stub_tpl;

    self->stub_tpl = tpl;
    return before;
}

static VOID EFIAPI restore_tpl(EFI_TPL tpl)
{
    self->stub_tpl = tpl;
}

/* Never given back: the program is about to leave. */
static VOID *take(uint64_t size)
{
    uint64_t at = self->room_used;

    if (size > self->room_size - at)
        return NULL;
    self->room_used = at + ((size + 15) & ~15ULL);
    return self->room + at;
}

static EFI_STATUS EFIAPI allocate_pages(EFI_ALLOCATE_TYPE type, EFI_MEMORY_TYPE memory, UINTN pages,
                                        EFI_PHYSICAL_ADDRESS *address)
{
    uint64_t used = self->room_used;
    uint8_t *room;

    (void)memory;
    if (type == AllocateAddress)
        return EFI_NOT_FOUND;
    self->room_used = (used + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
    room = pages > self->room_size / PAGE_SIZE ? NULL : take(pages * PAGE_SIZE);
    if (room == NULL ||
        (type == AllocateMaxAddress && (uintptr_t)room + pages * PAGE_SIZE - 1 > *address)) {
        self->room_used = used;
        return EFI_OUT_OF_RESOURCES;
    }
    *address = (uintptr_t)room;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI allocate_pool(EFI_MEMORY_TYPE memory, UINTN size, VOID **ret_buffer)
{
    VOID *buffer = take(size);

    (void)memory;
    if (buffer == NULL)
        return EFI_OUT_OF_RESOURCES;
    *ret_buffer = buffer;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI stall(UINTN microseconds)
{
    struct stopwatch watch = stopwatch_begin(arch_ticks());
    uint64_t hz = self->plan.journal->ticks_hz;

    arch_wait(&watch, microseconds * ((hz != 0 ? hz : TICKS_HZ_FASTEST) / 1000000));
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI next_count(UINT64 *ret_count)
{
    *ret_count = ++self->count;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI calculate_crc32(VOID *data, UINTN size, UINT32 *ret_crc)
{
    *ret_crc = crc32_update(0, data, size);
    return EFI_SUCCESS;
}

static VOID EFIAPI copy_mem(VOID *destination, VOID *source, UINTN size)
{
    memmove(destination, source, size);
}

static VOID EFIAPI set_mem(VOID *buffer, UINTN size, UINT8 value)
{
    memset(buffer, value, size);
}

static EFI_STATUS EFIAPI exit_image(void)
{
    guard_abandon(self);
}

static EFI_STATUS EFIAPI query_mode(SIMPLE_TEXT_OUTPUT_INTERFACE *this, UINTN mode,
                                    UINTN *ret_columns, UINTN *ret_rows)
{
    (void)this;
    (void)mode;
    *ret_columns = 80;
    *ret_rows = 25;
    return EFI_SUCCESS;
}

/* --- tables ------------------------------------------------------------------------------------
 */

/* A function that looks at none of its arguments, in a slot of any type. */
#define PUT(slot, function) ((slot) = (__typeof__(slot))(void *)(function))

OWN_FRAME static void fill_services(EFI_BOOT_SERVICES *services)
{
    void **slots = (void **)(void *)(&services->Hdr + 1);

    for (size_t i = 0; i < SERVICES; i++)
        slots[i] = (void *)unsupported;
    services->RaiseTPL = raise_tpl;
    services->RestoreTPL = restore_tpl;
    services->AllocatePages = allocate_pages;
    services->AllocatePool = allocate_pool;
    services->Stall = stall;
    services->GetNextMonotonicCount = next_count;
    services->CalculateCrc32 = calculate_crc32;
    services->CopyMem = copy_mem;
    services->SetMem = set_mem;
    PUT(services->Exit, exit_image);
    PUT(services->FreePages, succeed);
    PUT(services->FreePool, succeed);
    PUT(services->SetTimer, succeed);
    PUT(services->SignalEvent, succeed);
    PUT(services->CloseEvent, succeed);
    PUT(services->CloseProtocol, succeed);
    PUT(services->SetWatchdogTimer, succeed);
    PUT(services->CheckEvent, not_ready);
    PUT(services->LocateHandle, not_found);
    PUT(services->LocateHandleBuffer, not_found);
    PUT(services->LocateProtocol, not_found);
    PUT(services->LocateDevicePath, not_found);
}

/*
 * The methods of the firmware's own console are replaced where they are: programs keep its address
 * (Xen does). What it says of its mode stays: GRUB reads the cursor's place there.
 */
static SIMPLE_TEXT_OUTPUT_INTERFACE *fill_out(SIMPLE_TEXT_OUTPUT_INTERFACE *out)
{
    if (out == NULL)
        out = &self->out;
    PUT(out->Reset, succeed);
    PUT(out->OutputString, succeed);
    PUT(out->TestString, succeed);
    out->QueryMode = query_mode;
    PUT(out->SetMode, succeed);
    PUT(out->SetAttribute, succeed);
    PUT(out->ClearScreen, succeed);
    PUT(out->SetCursorPosition, succeed);
    PUT(out->EnableCursor, succeed);
    if (out->Mode == NULL)
        out->Mode = &self->mode;
    return out;
}

/* EFI 1.10 has one service less; what a newer one has behind those known here is no part of it. */
uint32_t guard_table_size(const struct guard *guard)
{
    uint32_t size = guard->services.Hdr.HeaderSize;

    return size >= offsetof(EFI_BOOT_SERVICES, CreateEventEx) && size <= sizeof(EFI_BOOT_SERVICES)
               ? size
               : (uint32_t)sizeof(EFI_BOOT_SERVICES);
}

void guard_dress(struct guard *guard, EFI_BOOT_SERVICES *services, EFI_GET_MEMORY_MAP get_map,
                 EFI_EXIT_BOOT_SERVICES exit)
{
    EFI_SYSTEM_TABLE *system = guard->plan.table;
    EFI_BOOT_SERVICES stubs = guard->services;

    self = guard;
    guard->stub_tpl = TPL_APPLICATION;
    guard->mode.MaxMode = 1;
    fill_services(&stubs);
    stubs.GetMemoryMap = get_map;
    stubs.ExitBootServices = exit;
    stubs.Hdr.HeaderSize = guard_table_size(guard);
    memcpy(services, &stubs, stubs.Hdr.HeaderSize);
    table_seal(&services->Hdr, sizeof(EFI_TABLE_HEADER));

    /* The handles and protocols of the console, which lie side by side. */
    memcpy(&system->ConsoleInHandle, &guard->system.ConsoleInHandle, CONSOLE_SIZE);
    system->BootServices = services;
    if (system->ConIn == NULL)
        system->ConIn = &guard->in;
    PUT(system->ConIn->Reset, succeed);
    PUT(system->ConIn->ReadKeyStroke, not_ready);
    system->ConOut = fill_out(system->ConOut);
    system->StdErr = fill_out(system->StdErr);
    table_seal(&system->Hdr, sizeof(*system));
}

_Noreturn void guard_abandon(struct guard *guard)
{
    guard->plan.journal->outcome = EXIT_OUTCOME_ABANDONED;
    give_up(&guard->options.means, guard->plan.journal);
}
