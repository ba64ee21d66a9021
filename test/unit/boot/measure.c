/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every event has, byte for byte, the form that Linux's stub, systemd-boot and systemd-stub give
 * it; the bytes here are written out, not made by the code's own means.
 */
#include "boot/measure.h"

#include "fake/tpm.h"
#include "unit/fixture/exact.h"
#include "unit/fixture/firmware_fixture.h"

/* A literal's bytes with its NUL. */
#define BYTES(literal) span_of(literal, sizeof(literal))

#define BOTH ((unsigned int)MEASURE_AS_LOADER | MEASURE_AS_STUB)

static struct tpm tpm;

static struct fake_tpm_behaviour *a_tpm(void)
{
    struct fake_tpm_behaviour *behaviour = fake_tpm_add(FAKE_TCG2);

    fake_allow_usual();
    tpm = tpm_find(firmware);
    return behaviour;
}

static void expect(size_t index, uint32_t pcr, uint32_t type, struct span data, struct span event)
{
    const struct fake_measurement *made = fake_measurement_at(index);

    assert_int_equal(made->index, pcr);
    assert_int_equal(made->type, type);
    assert_int_equal(made->data_size, data.size);
    assert_memory_equal(made->data, data.data, data.size);
    assert_int_equal(made->event_size, event.size);
    assert_memory_equal(made->event, event.data, event.size);
}

static void the_initrd_goes_into_pcr_9_as_the_stub_s(void **state)
{
    static const char event[] = "\xec\x22\x3b\x8f\x0d\0\0\0Linux initrd";
    static const uint8_t initrd[] = {7, 0, 7, 0, 1};

    (void)state;
    a_tpm();
    assert_int_equal(measure_initrd(&tpm, span_of(initrd, sizeof(initrd))), 0);
    assert_int_equal(fake_measurement_count(), 1);
    expect(0, 9, 6, span_of(initrd, sizeof(initrd)), BYTES(event));
    assert_true(fake_measurement_at(0)->data_address == (uintptr_t)initrd);
}

static void no_initrd_is_not_measured(void **state)
{
    (void)state;
    a_tpm();
    assert_int_equal(measure_initrd(&tpm, (struct span){0}), 0);
    assert_int_equal(fake_measurement_count(), 0);
}

static void options_go_into_pcr_12_and_9_as_utf_16(void **state)
{
    static const uint16_t wide[] = u"root=/dev/sda2 \u00e4=\U0001f980";
    static const char event[] = "\xed\x22\x3b\x8f\x1a\0\0\0LOADED_IMAGE::LoadOptions";

    (void)state;
    a_tpm();
    assert_int_equal(measure_options(firmware, &tpm, BOTH, u8"root=/dev/sda2 \u00e4=\U0001f980"),
                     0);
    assert_int_equal(fake_measurement_count(), 2);
    expect(0, 12, 0xd, BYTES(wide), BYTES(wide));
    expect(1, 9, 6, BYTES(wide), BYTES(event));
    assert_int_equal(fake_memory_held(), 0);
    assert_int_equal(firmware->leases.count, 0);
}

/* A kernel that is started measures its options itself. */
static void options_may_be_measured_as_one_of_both(void **state)
{
    (void)state;
    a_tpm();
    assert_int_equal(measure_options(firmware, &tpm, MEASURE_AS_LOADER, "ro"), 0);
    assert_int_equal(measure_options(firmware, &tpm, MEASURE_AS_STUB, "ro"), 0);
    assert_int_equal(fake_measurement_count(), 2);
    assert_int_equal(fake_measurement_at(0)->index, 12);
    assert_int_equal(fake_measurement_at(1)->index, 9);
}

static void no_options_are_not_measured(void **state)
{
    (void)state;
    a_tpm();
    assert_int_equal(measure_options(firmware, &tpm, BOTH, ""), 0);
    assert_int_equal(fake_measurement_count(), 0);
    assert_int_equal(fake_calls_of("AllocatePages"), 0);
}

/* Linux's COMMAND_LINE_SIZE is 2048 with the NUL; other kernels take 16 KiB of an entry. */
static void the_whole_of_long_options_is_hashed(void **state)
{
    static const size_t lengths[] = {2047, 2048, 16384};
    char *options = exact_buffer(16385);

    (void)state;
    a_tpm();
    for (size_t i = 0; i < LENGTH_OF(lengths); i++) {
        const struct fake_measurement *made;

        memset(options, 'x', lengths[i] - 1);
        options[lengths[i] - 1] = 'y';
        options[lengths[i]] = '\0';
        assert_int_equal(measure_options(firmware, &tpm, BOTH, options), 0);
        for (size_t which = 0; which < 2; which++) {
            made = fake_measurement_at(2 * i + which);
            assert_int_equal(made->data_size, 2 * (lengths[i] + 1));
            assert_memory_equal(made->data + made->data_size - 6, "x\0y\0\0", 6);
        }
        made = fake_measurement_at(2 * i);
        assert_int_equal(made->event_size, i == 0 ? 2 * (lengths[i] + 1) : TPM_EVENT_MAX);
        assert_memory_equal(made->event, made->data, made->event_size);
    }
    assert_int_equal(fake_memory_held(), 0);
    free(options);
}

/* Otherwise one wrong byte would be a way around the measurement. */
static void options_that_are_no_utf_8_are_measured_as_they_are(void **state)
{
    static const char options[] = "root=\xff";

    (void)state;
    a_tpm();
    assert_int_equal(measure_options(firmware, &tpm, BOTH, options), 0);
    assert_int_equal(fake_measurement_count(), 2);
    expect(0, 12, 0xd, BYTES(options), BYTES(options));
    assert_memory_equal(fake_measurement_at(1)->data, options, sizeof(options));
}

static void without_memory_for_the_options_measuring_ends(void **state)
{
    (void)state;
    a_tpm();
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    assert_int_equal(measure_options(firmware, &tpm, BOTH, "ro"), FAKE_OUT_OF_RESOURCES);
    assert_int_equal(measure_initrd(&tpm, BYTES("initrd")), FAKE_OUT_OF_RESOURCES);
    assert_int_equal(fake_measurement_count(), 0);
}

static void loader_conf_goes_into_pcr_5_as_systemd_boot_s(void **state)
{
    static const uint8_t event[] = "\x2a\x58\xbc\xf5\x18\0\0\0l\0o\0a\0d\0e\0r\0.\0c\0o\0n\0f\0\0";

    (void)state;
    a_tpm();
    assert_int_equal(measure_loader_conf(&tpm, span_of("default a", 9)), 0);
    assert_int_equal(measure_loader_conf(&tpm, (struct span){0}), 0);
    assert_int_equal(fake_measurement_count(), 2);
    expect(0, 5, 6, span_of("default a", 9), BYTES(event));
    assert_int_equal(fake_measurement_at(1)->data_size, 0);
}

static void a_section_goes_into_pcr_11_name_first(void **state)
{
    static const uint16_t wide[] = u".linux";
    static const uint16_t longest[] = u".pcrpkey";

    (void)state;
    a_tpm();
    assert_int_equal(measure_uki_section(&tpm, ".linux", span_of("kernel", 6)), 0);
    assert_int_equal(measure_uki_section(&tpm, ".pcrpkey", span_of("key", 3)), 0);
    assert_int_equal(measure_uki_section(&tpm, ".initrd", (struct span){0}), 0);
    assert_int_equal(fake_measurement_count(), 4);
    expect(0, 11, 0xd, BYTES(".linux"), BYTES(wide));
    expect(1, 11, 0xd, span_of("kernel", 6), BYTES(wide));
    expect(2, 11, 0xd, BYTES(".pcrpkey"), BYTES(longest));
    expect(3, 11, 0xd, span_of("key", 3), BYTES(longest));
}

static void a_name_that_no_section_has_ends_measuring(void **state)
{
    (void)state;
    a_tpm();
    assert_int_equal(measure_uki_section(&tpm, ".pcrpkeys", span_of("key", 3)),
                     FAKE_INVALID_PARAMETER);
    assert_int_equal(measure_initrd(&tpm, BYTES("initrd")), FAKE_INVALID_PARAMETER);
    assert_int_equal(fake_measurement_count(), 0);
}

static void a_kernel_goes_into_pcr_4_as_it_is(void **state)
{
    (void)state;
    a_tpm();
    assert_int_equal(measure_kernel(&tpm, span_of("kernel", 6), "\\k.elf"), 0);
    assert_int_equal(fake_measurement_count(), 1);
    expect(0, 4, 0xd, span_of("kernel", 6), BYTES("\\k.elf"));
}

/* Two modules that change names are not the same boot. */
static void a_module_goes_into_pcr_9_name_first(void **state)
{
    (void)state;
    a_tpm();
    assert_int_equal(measure_module(&tpm, "\\m", span_of("module", 6)), 0);
    assert_int_equal(measure_module(&tpm, "\\none", (struct span){0}), 0);
    assert_int_equal(fake_measurement_count(), 4);
    expect(0, 9, 0xd, BYTES("\\m"), BYTES("\\m"));
    expect(1, 9, 0xd, span_of("module", 6), BYTES("\\m"));
    expect(2, 9, 0xd, BYTES("\\none"), BYTES("\\none"));
    assert_int_equal(fake_measurement_at(3)->data_size, 0);
}

static void a_path_longer_than_an_event_is_hashed_in_whole(void **state)
{
    char *path = exact_buffer(TPM_EVENT_MAX + 2);

    (void)state;
    a_tpm();
    memset(path, 'p', TPM_EVENT_MAX + 1);
    path[TPM_EVENT_MAX + 1] = '\0';
    assert_int_equal(measure_module(&tpm, path, BYTES("module")), 0);
    assert_int_equal(fake_measurement_at(0)->data_size, TPM_EVENT_MAX + 2);
    assert_int_equal(fake_measurement_at(0)->event_size, TPM_EVENT_MAX);
    free(path);
}

/* Where anything of a boot goes into: nothing leads back from there to a boot without the error. */
static void closing_reaches_every_register_of_this_file(void **state)
{
    static const uint32_t registers[] = {4, 5, 9, 11, 12, 13};
    static const uint8_t error[] = {1, 0, 0, 0};

    (void)state;
    a_tpm();
    assert_int_equal(measure_close(&tpm), 0);
    assert_true(tpm.closed);
    assert_int_equal(fake_measurement_count(), 6);
    for (size_t i = 0; i < 6; i++)
        expect(i, registers[i], 4, BYTES(error), BYTES(error));
}

/* Whoever is entered could extend the one that is left out. */
static void what_is_not_closed_everywhere_is_not_closed(void **state)
{
    (void)state;
    a_tpm()->fail_measurement = 3;
    assert_int_equal(measure_close(&tpm), FAKE_DEVICE_ERROR);
    assert_false(tpm.closed);
}

static efi_status measure_everything(void)
{
    efi_status status = measure_loader_conf(&tpm, BYTES("default a"));

    (void)measure_options(firmware, &tpm, BOTH, "ro");
    (void)measure_uki_section(&tpm, ".linux", BYTES("kernel"));
    (void)measure_initrd(&tpm, BYTES("initrd"));
    (void)measure_module(&tpm, "\\m", BYTES("module"));
    (void)measure_kernel(&tpm, BYTES("kernel"), "\\k");
    /* All that a caller has to look at, whether the last one measured something or not. */
    assert_int_equal(measure_initrd(&tpm, (struct span){0}), tpm.failure);
    assert_int_equal(measure_options(firmware, &tpm, BOTH, ""), tpm.failure);
    assert_int_equal(measure_uki_section(&tpm, ".osrel", (struct span){0}), tpm.failure);
    assert_int_equal(measure_uki_profile(&tpm, 0), tpm.failure);
    return status != 0 ? status : tpm.failure;
}

/* Nine measurements; whichever fails, those before it are in the registers, and nothing after it.
 */
static void a_failure_in_the_middle_leaves_a_beginning(void **state)
{
    struct fake_tpm_behaviour *behaviour;

    (void)state;
    for (unsigned int k = 1; k <= 10; k++) {
        begin(state);
        behaviour = a_tpm();
        behaviour->fail_measurement = k;
        assert_int_equal(measure_everything(), k <= 9 ? FAKE_DEVICE_ERROR : 0);
        assert_int_equal(fake_measurement_count(), k - 1);
        assert_int_equal(fake_calls_of("HashLogExtendEvent"), k <= 9 ? k : 9);
        end(state);
    }
}

static void a_machine_without_a_tpm_pays_nothing(void **state)
{
    (void)state;
    fake_allow("LocateProtocol");
    tpm = tpm_find(firmware);
    assert_int_equal(measure_everything(), 0);
    assert_int_equal(fake_call_count(), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_initrd_goes_into_pcr_9_as_the_stub_s),
        TEST(no_initrd_is_not_measured),
        TEST(options_go_into_pcr_12_and_9_as_utf_16),
        TEST(options_may_be_measured_as_one_of_both),
        TEST(no_options_are_not_measured),
        TEST(the_whole_of_long_options_is_hashed),
        TEST(options_that_are_no_utf_8_are_measured_as_they_are),
        TEST(without_memory_for_the_options_measuring_ends),
        TEST(loader_conf_goes_into_pcr_5_as_systemd_boot_s),
        TEST(a_section_goes_into_pcr_11_name_first),
        TEST(a_name_that_no_section_has_ends_measuring),
        TEST(a_kernel_goes_into_pcr_4_as_it_is),
        TEST(a_module_goes_into_pcr_9_name_first),
        TEST(a_path_longer_than_an_event_is_hashed_in_whole),
        TEST(closing_reaches_every_register_of_this_file),
        TEST(what_is_not_closed_everywhere_is_not_closed),
        TEST(a_failure_in_the_middle_leaves_a_beginning),
        TEST(a_machine_without_a_tpm_pays_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
