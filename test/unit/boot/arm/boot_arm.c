/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole boot on AArch64: who leaves boot services, Baton or the kernel's own stub, and that it is
 * said when it is the stub.
 */
#include "boot/boot.h"

#include "core/base/crc32.h"
#include "core/base/uart.h"
#include "efi/console.h"
#include "fake/arm/board.h"
#include "fake/images.h"
#include "fake/tpm.h"
#include "unit/fixture/acpi_fixture.h"
#include "unit/fixture/deflate_fixture.h"
#include "unit/fixture/firmware_fixture.h"
#include "unit/fixture/pe_image.h"
#include "unit/fixture/processor.h"
#include "unit/fixture/tree_fixture.h"

#define IMAGE_SIZE 0x251000ULL
#define ALTRA      0x0a160001U

static struct pe_image image;
static uint8_t file[0x10000];
static struct bls_entry entry;
static struct session session;
static struct tpm tpm;
static struct boot_failure failure;
static uint64_t at;

/* An EFI program that is an Image as well, as kernels are. */
static void make_image(void)
{
    pe_image_begin(&image);
    pe_image_add_text(&image, ".text", "code");
    store_u64(image.data + 16, IMAGE_SIZE);
    store_u64(image.data + 24, 0xa);
    memcpy(image.data + 56, "ARM\x64", 4);
}

/* A device tree whose output is a PL011 at that path; its address is always 0x8000000. */
static void make_tree(const char *path)
{
    tree_begin();
    tree_node("");
    tree_node(path + 1);
    tree_property("reg", "\0\0\0\0\x08\0\0\0", 8);
    tree_property("compatible", "arm,pl011", 10);
    tree_token(2);
    tree_node("psci");
    tree_property("method", "smc", 4);
    tree_token(2);
    tree_node("intc");
    tree_property("compatible", "arm,gic-400", 12);
    tree_property("reg", "\0\0\0\0\x09\0\0\0\0\1\0\0\0\0\0\0\x09\1\0\0\0\1\0\0", 24);
    tree_token(2);
    tree_node("chosen");
    tree_property("stdout-path", path, strlen(path) + 1);
    tree_token(2);
    tree_token(2);
    fake_table(FAKE_TABLE_DEVICE_TREE, (uintptr_t)tree_finished().data);
}

static void set_up(const void *contents, size_t size)
{
    fake_allow_usual();
    fake_allow("LoadImage");
    fake_allow("StartImage");
    fake_allow("UnloadImage");
    fake_allow("OutputString");
    fake_allow("InstallConfigurationTable");
    fake_volume();
    fake_console();
    console_open(firmware);
    fake_board = (struct fake_board){.exception_level = 1, .memory_model = 0x1124};
    memcpy(file, contents, size);
    (void)fake_file_add("\\kernel", file, size);
    tpm = tpm_find(firmware);
    session = (struct session){.tpl = 4, .tpm = &tpm};
    arch_clock_start(0, &session.clock);
    failure = (struct boot_failure){0};
    entry = (struct bls_entry){.id = "it",
                               .title = "",
                               .version = "",
                               .kind = BLS_LINUX,
                               .kernel = "\\kernel",
                               .options = "quiet"};
}

/* SMBIOS, as the firmware has it. */
static void machine_has(uint32_t id, const char *version)
{
    struct span table = processor_table(id, version);

    fake_smbios(table.data, table.size);
}

static void run_entry(void *context)
{
    (void)context;
    session.secure_boot = environment_secure_boot(firmware);
    boot_run(firmware, &entry, &session, &failure);
}

static void assert_entered(void)
{
    enum fake_ending ending = fake_run(run_entry, NULL);

    if (ending == FAKE_RETURNED)
        fail_msg("%s: %s", failure.doing, explained(failure.why).problem);
    assert_int_equal(ending, FAKE_ENTERED);
    assert_int_equal(fake_calls_of("StartImage"), 0);
    firmware->leases = (struct leases){0}; /* nobody is left to take them back */
}

/* The firmware has started it, and the reason was said before. */
static void assert_started(const char *reason)
{
    assert_int_equal(fake_run(run_entry, NULL), FAKE_RETURNED);
    assert_int_equal(fake_calls_of("StartImage"), 1);
    assert_int_equal(fake_calls_of("ExitBootServices"), 0);
    if (strstr(fake_console_text(), reason) == NULL)
        fail_msg("no \"%s\" in \"%s\"", reason, fake_console_text());
    assert_non_null(strstr(fake_console_text(), "the firmware starts it instead"));
    assert_int_equal(fake_memory_held(), 0);
}

static void an_ordinary_machine_is_left_by_baton(void **state)
{
    (void)state;
    make_image();
    set_up(image.data, image.size);
    machine_has(0x00410d40, "Cortex-A76");
    assert_entered();
    assert_int_equal(fake_entered()->code_size, IMAGE_SIZE);
}

static void a_machine_that_needs_new_addresses_is_left_by_the_stub(void **state)
{
    (void)state;
    make_image();
    set_up(image.data, image.size);
    machine_has(ALTRA, "");
    assert_started("has to be told new addresses");
}

/* As some firmware has it: a runtime region up there. */
static void add_runtime(struct memory_descriptor *descriptors, size_t *count)
{
    descriptors[(*count)++] = (struct memory_descriptor){.type = MEMORY_RUNTIME_SERVICES_DATA,
                                                         .physical_start = at,
                                                         .page_count = 16,
                                                         .attribute = MEMORY_ATTRIBUTE_RUNTIME};
}

static void services_that_39_bits_reach_are_no_reason(void **state)
{
    (void)state;
    make_image();
    set_up(image.data, image.size);
    at = (1ULL << 39) - 0x10000;
    fake_behaviour.content = add_runtime;
    assert_entered();
}

static void services_beyond_39_bits_are_left_to_the_stub(void **state)
{
    (void)state;
    make_image();
    set_up(image.data, image.size);
    at = (1ULL << 39) - 0xf000;
    fake_behaviour.content = add_runtime;
    assert_started("not every kernel can map");
}

static void who_wants_batons_exit_gets_it(void **state)
{
    (void)state;
    make_image();
    set_up(image.data, image.size);
    machine_has(ALTRA, "");
    entry.exit = BLS_EXIT_BATON;
    assert_entered();
}

/* There is no other way to boot it. */
static void what_the_firmware_cannot_start_is_entered(void **state)
{
    uint32_t sum;

    (void)state;
    make_image();
    sum = crc32_update(0, image.data, image.size);
    deflate_begin();
    put_bytes("\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
    put_stored(image.data, (uint16_t)image.size, true);
    put(sum & 0xffff, 16);
    put(sum >> 16, 16);
    put(image.size, 16);
    put(0, 16);
    set_up(packed, packed_size());
    machine_has(ALTRA, "");
    assert_entered();
}

static void what_only_its_stub_unpacks_is_started(void **state)
{
    (void)state;
    pe_image_begin(&image);
    pe_image_add_text(&image, ".gzdata", "packed");
    memcpy(image.data + 4, "zimg", 4);
    store_u32(image.data + 8, 0x400);
    store_u32(image.data + 12, 6);
    memcpy(image.data + 24, "zstd", 5);
    set_up(image.data, image.size);
    assert_started("only its own stub unpacks it");
}

/* --- what is there without firmware
 * ---------------------------------------------------------------------------
 */

static struct board board;

static void run_board(void)
{
    static struct boot boot;

    session.secure_boot = environment_secure_boot(firmware);
    boot =
        (struct boot){.firmware = firmware,
                      .environment = environment_gather(firmware, 0, &session.secure_boot, &tpm)};
    board = boot_board(&boot);
    at = board.uart;
}

static void a_port_is_found_in_acpis_tables_first(void **state)
{
    static uint8_t tables[ACPI_SIZE] __attribute__((aligned(8)));
    uint8_t *spcr = tables + ACPI_APIC; /* in place of that one; the fixed table lies behind */

    (void)state;
    set_up("x", 1);
    acpi_make(tables, (uintptr_t)tables, 0);
    memset(spcr, 0, 60);
    spcr[36] = 3;
    store_u64(spcr + 44, 0x9000000);
    acpi_header(spcr, "SPCR", 60);
    make_tree("/pl011@8000000");
    fake_table(FAKE_TABLE_ACPI_20, (uintptr_t)tables);
    run_board();
    assert_int_equal(at, 0x9000000 | UART_PL011);
}

static void a_port_is_found_in_the_device_tree(void **state)
{
    (void)state;
    set_up("x", 1);
    make_tree("/pl011@8000000");
    run_board();
    assert_int_equal(at, 0x8000000 | UART_PL011);
}

static void a_machine_may_have_none(void **state)
{
    (void)state;
    set_up("x", 1);
    run_board();
    assert_int_equal(at, UART_NONE);
    assert_int_equal(board.psci, PSCI_UNSAID);
    assert_int_equal(board.gic.version, 0);
}

static void what_is_below_is_found_in_acpis_tables_first(void **state)
{
    static uint8_t tables[ACPI_SIZE] __attribute__((aligned(8)));
    static uint8_t madt[44 + 24 + 16];

    (void)state;
    set_up("x", 1);
    acpi_make(tables, (uintptr_t)tables, 0);
    tables[ACPI_FADT + 129] = 3;
    acpi_seal(tables + ACPI_FADT);
    store_u64(tables + ACPI_XSDT + 36, (uintptr_t)madt);
    acpi_seal(tables + ACPI_XSDT);
    madt[44] = 0xc;
    madt[45] = 24;
    store_u64(madt + 44 + 8, 0x8000000);
    madt[44 + 20] = 3;
    madt[44 + 24] = 0xe;
    madt[44 + 25] = 16;
    store_u64(madt + 44 + 24 + 4, 0x80a0000);
    acpi_header(madt, "APIC", sizeof(madt));
    make_tree("/pl011@8000000");
    fake_table(FAKE_TABLE_ACPI_20, (uintptr_t)tables);
    run_board();
    assert_int_equal(at, 0x8000000 | UART_PL011); /* of the tree: ACPI has none here */
    assert_int_equal(board.psci, PSCI_HVC);
    assert_int_equal(board.gic.version, 3);
    assert_int_equal(board.gic.distributor, 0x8000000);
    assert_int_equal(board.gic.processor, 0x80a0000);
}

static void what_is_below_is_found_in_the_device_tree(void **state)
{
    (void)state;
    set_up("x", 1);
    make_tree("/pl011@8000000");
    run_board();
    assert_int_equal(board.psci, PSCI_SMC);
    assert_int_equal(board.gic.version, 2);
    assert_int_equal(board.gic.processor, 0x9010000);
}

static void refuse(struct fake_exit_answer *answer)
{
    answer->status = FAKE_INVALID_PARAMETER;
    answer->leaves = false;
}

/* All the way to the reset, which the firmware does not do. */
static void a_firmware_that_does_not_let_go_ends_in_text_and_reset(void **state)
{
    (void)state;
    make_image();
    set_up(image.data, image.size);
    make_tree("/pl011@8000000");
    fake_board.uart = 0x8000000 | UART_PL011;
    fake_board.gic = (struct gic){.version = 2, .distributor = 0x9000000, .processor = 0x9010000};
    fake_allow("ResetSystem");
    fake_behaviour.exit = refuse;
    fake_behaviour.resets_that_return = 2;
    assert_int_equal(fake_run(run_entry, NULL), FAKE_RESET);
    firmware->leases = (struct leases){0};
    assert_non_null(strstr(fake_board.uart_text, "Baton could not start the kernel"));
    assert_non_null(strstr(fake_board.uart_text, "Baton: restarting"));
    assert_int_equal(fake_board.psci_function, 0x84000009);
    assert_true(fake_board.reset_after > 0); /* wherever the last calls hang */
}

/* --- an entry's own device tree --- */

static uint8_t board_file[TREE_ROOM];
static size_t board_size;

/* The firmware's has /pl011, that of the entry /board. */
static void set_up_with_tree(void)
{
    make_image();
    set_up(image.data, image.size);
    tree_begin();
    tree_node("");
    tree_node("board");
    tree_property("model", "mine", 5);
    tree_token(2);
    tree_token(2);
    board_size = tree_finished().size;
    memcpy(board_file, tree_source, board_size);
    (void)fake_file_add("\\board.dtb", board_file, board_size);
    make_tree("/pl011@8000000");
    entry.device_tree = "\\board.dtb";
}

static void a_kernel_is_entered_with_the_tree_of_its_entry(void **state)
{
    const uint8_t *tree;
    uint32_t size;

    (void)state;
    (void)fake_tpm_add(FAKE_TCG2);
    set_up_with_tree();
    assert_entered();
    tree = (const uint8_t *)(uintptr_t)fake_entered()->argument;
    assert_non_null(tree_find(tree, "/board/model", &size));
    assert_non_null(tree_find(tree, "/chosen/bootargs", &size));
    assert_null(tree_find(tree, "/pl011@8000000/reg", &size));
    assert_int_equal(fake_measurement_at(0)->index, 9);
    assert_string_equal((const char *)fake_measurement_at(0)->data, "\\board.dtb");
    assert_int_equal(fake_measurement_at(1)->index, 9);
    assert_int_equal(fake_measurement_at(1)->data_size, board_size);
    assert_memory_equal(fake_measurement_at(1)->data, board_file, board_size);
}

static bool found_board;

static void look_for_board(const struct fake_started *started)
{
    const uint8_t *tree = (const uint8_t *)(uintptr_t)fake_table_at(FAKE_TABLE_DEVICE_TREE);
    uint32_t size;

    (void)started;
    found_board = tree_find(tree, "/board/model", &size) != NULL;
}

static void a_program_finds_it_and_the_next_entry_does_not(void **state)
{
    (void)state;
    set_up_with_tree();
    entry.kind = BLS_EFI;
    fake_images.run = look_for_board;
    found_board = false;
    assert_int_equal(fake_run(run_entry, NULL), FAKE_RETURNED);
    assert_int_equal(fake_calls_of("StartImage"), 1);
    assert_true(found_board);
    assert_true(fake_table_at(FAKE_TABLE_DEVICE_TREE) == (uintptr_t)tree_source);
    assert_int_equal(fake_memory_held(), 0);
}

static void under_secure_boot_it_is_left_out(void **state)
{
    static const uint8_t on = 1;
    static const uint8_t off = 0;

    (void)state;
    set_up_with_tree();
    fake_variable_set(fake_vendor_global, "SecureBoot", 6, &on, 1);
    fake_variable_set(fake_vendor_global, "SetupMode", 6, &off, 1);
    entry.kind = BLS_EFI;
    fake_images.run = look_for_board;
    found_board = true;
    assert_int_equal(fake_run(run_entry, NULL), FAKE_RETURNED);
    assert_int_equal(fake_calls_of("StartImage"), 1);
    assert_false(found_board);
    assert_non_null(strstr(fake_console_text(), "nobody has signed this device tree"));
}

static void what_is_no_tree_is_not_booted_with(void **state)
{
    static const struct {
        const char *path;
        size_t size;
        const char *problem;
    } cases[] = {
        {"\\gone.dtb", 0, "there is no such file"},
        {"\\board.dtb", 3, "it is no device tree"},
        {"\\board.dtb", 60, "it is damaged"},
        {"\\board.dtb", (2U << 20) + 1, "it is larger than Linux takes"},
    };
    static uint8_t large[(2U << 20) + 1];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void)begin(NULL);
        set_up_with_tree();
        memcpy(large, board_file, board_size);
        (void)fake_file_add("\\board.dtb", large, cases[i].size);
        entry.device_tree = cases[i].path;
        assert_int_equal(fake_run(run_entry, NULL), FAKE_RETURNED);
        assert_string_equal(failure.file, cases[i].path);
        if (strstr(explained(failure.why).problem, cases[i].problem) == NULL)
            fail_msg("\"%s\", not \"%s\"", explained(failure.why).problem, cases[i].problem);
        assert_true(fake_table_at(FAKE_TABLE_DEVICE_TREE) == (uintptr_t)tree_source);
        assert_int_equal(fake_memory_held(), 0);
        (void)end(NULL);
    }
    (void)begin(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_ordinary_machine_is_left_by_baton),
        TEST(a_machine_that_needs_new_addresses_is_left_by_the_stub),
        TEST(services_that_39_bits_reach_are_no_reason),
        TEST(services_beyond_39_bits_are_left_to_the_stub),
        TEST(who_wants_batons_exit_gets_it),
        TEST(what_the_firmware_cannot_start_is_entered),
        TEST(what_only_its_stub_unpacks_is_started),
        TEST(a_port_is_found_in_acpis_tables_first),
        TEST(a_port_is_found_in_the_device_tree),
        TEST(a_machine_may_have_none),
        TEST(what_is_below_is_found_in_acpis_tables_first),
        TEST(what_is_below_is_found_in_the_device_tree),
        TEST(a_kernel_is_entered_with_the_tree_of_its_entry),
        TEST(a_program_finds_it_and_the_next_entry_does_not),
        TEST(under_secure_boot_it_is_left_out),
        TEST(what_is_no_tree_is_not_booted_with),
        TEST(a_firmware_that_does_not_let_go_ends_in_text_and_reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
