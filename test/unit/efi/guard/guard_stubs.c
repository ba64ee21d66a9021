/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the exit that the program believes refused and the next one: what it may still call. */
#include "unit/fixture/guard_fixture.h"

#include "efi/exit/exit_record.h"

#define SERVICES ((sizeof(EFI_BOOT_SERVICES) - sizeof(EFI_TABLE_HEADER)) / sizeof(void *))

static void no_service_is_null_and_none_the_firmwares(void **state)
{
    EFI_BOOT_SERVICES before = fake_boot_services;
    void *const *old = (void *const *)(void *)(&before.Hdr + 1);
    void *const *now = (void *const *)(void *)(&fake_boot_services.Hdr + 1);

    (void)state;
    leave_unknown();
    assert_ptr_equal(fake_system_table.BootServices, &fake_boot_services);
    assert_true(table_is_sound());
    assert_true(fake_system_table_crc_is_right());
    for (size_t i = 0; i < SERVICES; i++) {
        assert_non_null(now[i]);
        assert_ptr_not_equal(now[i], old[i]);
    }
    assert_int_equal(fake_boot_services.Hdr.Signature, before.Hdr.Signature);
    assert_int_equal(fake_boot_services.Hdr.Revision, before.Hdr.Revision);
    assert_int_equal(fake_boot_services.Hdr.HeaderSize, sizeof(fake_boot_services));
}

static void services_that_give_something_back_succeed(void **state)
{
    UINT32 crc;
    UINT64 first;
    UINT64 second;
    char text[] = "123456789";

    (void)state;
    leave_unknown();
    assert_int_equal(services()->FreePages(0x100000, 1), EFI_SUCCESS);
    assert_int_equal(services()->FreePool(text), EFI_SUCCESS);
    assert_int_equal(services()->SetTimer(NULL, 0, 0), EFI_SUCCESS);
    assert_int_equal(services()->SignalEvent(NULL), EFI_SUCCESS);
    assert_int_equal(services()->CloseEvent(NULL), EFI_SUCCESS);
    assert_int_equal(services()->CloseProtocol(NULL, NULL, NULL, NULL), EFI_SUCCESS);
    assert_int_equal(services()->SetWatchdogTimer(0, 0, 0, NULL), EFI_SUCCESS);
    assert_int_equal(services()->CheckEvent(NULL), EFI_NOT_READY);
    assert_int_equal(services()->CalculateCrc32(text, 9, &crc), EFI_SUCCESS);
    assert_int_equal(crc, 0xcbf43926);
    services()->CopyMem(text + 1, text, 8);
    assert_string_equal(text, "112345678");
    services()->SetMem(text, 3, 'x');
    assert_string_equal(text, "xxx345678");
    assert_int_equal(services()->GetNextMonotonicCount(&first), EFI_SUCCESS);
    assert_int_equal(services()->GetNextMonotonicCount(&second), EFI_SUCCESS);
    assert_true(second > first);
    assert_int_equal(services()->Stall(1000), EFI_SUCCESS);
}

static void services_that_find_something_find_nothing(void **state)
{
    EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
    EFI_DEVICE_PATH *path = NULL;
    EFI_HANDLE handle;
    EFI_EVENT event;
    VOID *interface;
    UINTN count;
    EFI_HANDLE *handles;

    (void)state;
    leave_unknown();
    assert_int_equal(services()->LocateProtocol(&guid, NULL, &interface), EFI_NOT_FOUND);
    assert_int_equal(services()->LocateHandle(ByProtocol, &guid, NULL, &count, &handle),
                     EFI_NOT_FOUND);
    assert_int_equal(services()->LocateHandleBuffer(ByProtocol, &guid, NULL, &count, &handles),
                     EFI_NOT_FOUND);
    assert_int_equal(services()->LocateDevicePath(&guid, &path, &handle), EFI_NOT_FOUND);
    assert_int_equal(services()->HandleProtocol(PROGRAM, &guid, &interface), EFI_UNSUPPORTED);
    assert_int_equal(services()->OpenProtocol(PROGRAM, &guid, &interface, NULL, NULL, 0),
                     EFI_UNSUPPORTED);
    assert_int_equal(services()->CreateEvent(0, 0, NULL, NULL, &event), EFI_UNSUPPORTED);
    assert_int_equal(services()->WaitForEvent(0, NULL, &count), EFI_UNSUPPORTED);
    assert_int_equal(services()->StartImage(PROGRAM, NULL, NULL), EFI_UNSUPPORTED);
    assert_int_equal(services()->InstallConfigurationTable(&guid, NULL), EFI_UNSUPPORTED);
}

static void priority_is_a_number(void **state)
{
    (void)state;
    leave_unknown();
    assert_int_equal(services()->RaiseTPL(TPL_NOTIFY), TPL_APPLICATION);
    assert_int_equal(services()->RaiseTPL(TPL_HIGH_LEVEL), TPL_NOTIFY);
    services()->RestoreTPL(TPL_CALLBACK);
    assert_int_equal(services()->RaiseTPL(TPL_NOTIFY), TPL_CALLBACK);
}

/* Is it memory that the map which the program gets describes as its own? */
static void assert_loader_data(uint64_t address, uint64_t size)
{
    struct memory_map map = fake_map();

    for (size_t i = 0; i < memory_map_count(&map); i++) {
        struct memory_descriptor descriptor = memory_map_at(&map, i);
        uint64_t start = descriptor.physical_start;

        if (descriptor.type == MEMORY_LOADER_DATA && address >= start &&
            address + size <= start + descriptor.page_count * 4096)
            return;
    }
    fail_msg("%lx is no memory of the loader's", (unsigned long)address);
}

static void memory_comes_from_what_the_map_has_as_the_loaders(void **state)
{
    EFI_PHYSICAL_ADDRESS pages = 0;
    EFI_PHYSICAL_ADDRESS more = 0xffffffff;
    VOID *pool = NULL;
    VOID *other = NULL;

    (void)state;
    leave_unknown();
    assert_int_equal(services()->AllocatePool(EfiLoaderData, 100, &pool), EFI_SUCCESS);
    assert_int_equal(services()->AllocatePool(EfiBootServicesData, 1, &other), EFI_SUCCESS);
    assert_int_equal((uintptr_t)pool % 8, 0);
    assert_int_equal((uintptr_t)other % 8, 0);
    assert_true((uint8_t *)other >= (uint8_t *)pool + 100);
    assert_int_equal(services()->AllocatePages(AllocateAnyPages, EfiLoaderData, 3, &pages),
                     EFI_SUCCESS);
    assert_int_equal(services()->AllocatePages(AllocateMaxAddress, EfiLoaderData, 1, &more),
                     EFI_SUCCESS);
    assert_int_equal(pages % 4096, 0);
    assert_true(more >= pages + 3 * 4096);
    assert_true(pages >= (uintptr_t)other + 1);
    memset((void *)(uintptr_t)pages, 0xff, 3 * 4096);
    memset((void *)(uintptr_t)more, 0xff, 4096);
    memset(pool, 0xff, 100);
    assert_loader_data((uintptr_t)pool, 100);
    assert_loader_data(pages, 3 * 4096);
    assert_loader_data(more, 4096);
    /* It is not that of the map. */
    assert_int_equal(get_map(sizeof(buffer)), EFI_SUCCESS);
    assert_same_map(&got);
}

static void memory_that_is_not_there_is_refused(void **state)
{
    EFI_PHYSICAL_ADDRESS address = FAKE_LOW;
    EFI_PHYSICAL_ADDRESS low = FAKE_LOW;
    VOID *pool = NULL;
    UINTN pages = 0;

    (void)state;
    leave_unknown();
    assert_int_equal(services()->AllocatePages(AllocateAddress, EfiLoaderData, 1, &address),
                     EFI_NOT_FOUND);
    assert_int_equal(services()->AllocatePages(AllocateMaxAddress, EfiLoaderData, 1, &low),
                     EFI_OUT_OF_RESOURCES);
    assert_int_equal(services()->AllocatePages(AllocateAnyPages, EfiLoaderData, 1 << 20, &address),
                     EFI_OUT_OF_RESOURCES);
    assert_int_equal(
        services()->AllocatePages(AllocateAnyPages, EfiLoaderData, UINT64_MAX / 4096, &address),
        EFI_OUT_OF_RESOURCES);
    assert_int_equal(services()->AllocatePool(EfiLoaderData, UINT64_MAX, &pool),
                     EFI_OUT_OF_RESOURCES);
    assert_int_equal(services()->AllocatePool(EfiLoaderData, UINT64_MAX - 15, &pool),
                     EFI_OUT_OF_RESOURCES);
    assert_null(pool);
    assert_int_equal(address, FAKE_LOW);
    while (services()->AllocatePages(AllocateAnyPages, EfiLoaderData, 64, &address) ==
           EFI_SUCCESS) {
        assert_loader_data(address, 64 * 4096);
        pages += 64;
        assert_true(pages <= 1024);
    }
    assert_true(pages >= 512);
    assert_int_equal(leave(), EFI_SUCCESS);
    assert_gone();
}

static void console_says_nothing_and_keeps_its_mode(void **state)
{
    UINTN columns = 0;
    UINTN rows = 0;
    EFI_INPUT_KEY key;

    (void)state;
    leave_unknown();
    assert_ptr_equal(fake_system_table.ConOut, &out); /* in place: programs keep the address */
    assert_ptr_equal(fake_system_table.StdErr, &out);
    assert_ptr_equal(fake_system_table.ConIn, &in);
    assert_ptr_equal(fake_system_table.ConsoleOutHandle, 0x3333);
    assert_ptr_equal(out.Mode, &mode);
    assert_int_equal(out.Mode->CursorRow, 17);
    assert_int_equal(out.Reset(&out, TRUE), EFI_SUCCESS);
    assert_int_equal(out.OutputString(&out, (CHAR16 *)(uintptr_t)u"again"), EFI_SUCCESS);
    assert_int_equal(out.TestString(&out, (CHAR16 *)(uintptr_t)u"a"), EFI_SUCCESS);
    assert_int_equal(out.QueryMode(&out, 0, &columns, &rows), EFI_SUCCESS);
    assert_int_equal(columns, 80);
    assert_int_equal(rows, 25);
    assert_int_equal(out.SetMode(&out, 0), EFI_SUCCESS);
    assert_int_equal(out.SetAttribute(&out, 7), EFI_SUCCESS);
    assert_int_equal(out.ClearScreen(&out), EFI_SUCCESS);
    assert_int_equal(out.SetCursorPosition(&out, 0, 0), EFI_SUCCESS);
    assert_int_equal(out.EnableCursor(&out, TRUE), EFI_SUCCESS);
    assert_int_equal(in.Reset(&in, FALSE), EFI_SUCCESS);
    assert_int_equal(in.ReadKeyStroke(&in, &key), EFI_NOT_READY);
}

static void machine_without_a_console_has_one_now(void **state)
{
    SIMPLE_TEXT_OUTPUT_INTERFACE *console;

    (void)state;
    fake_system_table.ConOut = NULL;
    fake_system_table.StdErr = NULL;
    fake_system_table.ConIn = NULL;
    leave_unknown();
    console = fake_system_table.ConOut;
    assert_non_null(console);
    assert_int_equal(console->OutputString(console, (CHAR16 *)(uintptr_t)u"a"), EFI_SUCCESS);
    assert_int_equal(console->Mode->MaxMode, 1);
    assert_non_null(fake_system_table.StdErr);
    assert_int_equal(fake_system_table.ConIn->Reset(fake_system_table.ConIn, FALSE), EFI_SUCCESS);
    assert_int_equal(leave(), EFI_SUCCESS);
    assert_gone();
}

static void table_of_another_length_stays_as_long(void **state)
{
    static const UINT32 sizes[] = {sizeof(EFI_BOOT_SERVICES) - 8, 24, 0, UINT32_MAX};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        UINT32 size =
            sizes[i] >= sizeof(EFI_BOOT_SERVICES) - 8 && sizes[i] < sizeof(EFI_BOOT_SERVICES)
                ? sizes[i]
                : (UINT32)sizeof(EFI_BOOT_SERVICES);
        void *last;

        begin(state);
        memcpy(&last, &fake_boot_services.CreateEventEx, sizeof(last));
        fake_behaviour.leaving_clears_services = false;
        assert_int_equal(guard_begin(firmware, &options), 0);
        set_failures(1, FAKE_INVALID_PARAMETER, take_memory);
        assert_int_equal(get_map(sizeof(buffer)), EFI_SUCCESS);
        fake_boot_services.Hdr.HeaderSize = sizes[i];
        assert_int_equal(leave_with(got.key), EFI_INVALID_PARAMETER);
        assert_int_equal(fake_boot_services.Hdr.HeaderSize, size);
        /* The last service is behind a shorter table, and nobody's to change. */
        assert_int_equal(memcmp(&fake_boot_services.CreateEventEx, &last, sizeof(last)) == 0,
                         size < sizeof(EFI_BOOT_SERVICES));
        end(state);
    }
    begin(state);
}

static void do_exit(void *context)
{
    (void)context;
    (void)services()->Exit(PROGRAM, EFI_ABORTED, 0, NULL);
}

static void exit_resets_the_machine(void **state)
{
    (void)state;
    fake_allow("ResetSystem");
    leave_unknown();
    assert_int_equal(fake_run(do_exit, NULL), FAKE_RESET);
    assert_non_null(strstr(fake_uart_text(), "the program came back"));
}

int main(void)
{
    const struct CMUnitTest guard_stubs[] = {
        TEST(no_service_is_null_and_none_the_firmwares),
        TEST(services_that_give_something_back_succeed),
        TEST(services_that_find_something_find_nothing),
        TEST(priority_is_a_number),
        TEST(memory_comes_from_what_the_map_has_as_the_loaders),
        TEST(memory_that_is_not_there_is_refused),
        TEST(console_says_nothing_and_keeps_its_mode),
        TEST(machine_without_a_console_has_one_now),
        TEST(table_of_another_length_stays_as_long),
        TEST(exit_resets_the_machine),
    };

    return cmocka_run_group_tests(guard_stubs, NULL, NULL);
}
