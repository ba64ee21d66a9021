/* SPDX-License-Identifier: BSD-2-Clause */
/* What the running system is told, by which variables, and that none of them is written twice. */
#include "boot/announce.h"

#include "boot/boot.h"
#include "core/entry/entry_choice.h"
#include "fake/images.h"
#include "unit/fixture/firmware_fixture.h"
#include "unit/fixture/partition.h"

#include <stdio.h>

static struct announcement announcement;
static struct session session;
static struct boot boot;
static struct bls_entry entries[1024];
static struct bls_entry *pointers[1024];
static struct entry_list list;
static char names[1024][64];

/* `count` entries of which the second is booted. */
static void lay_down(size_t count)
{
    fake_allow_usual();
    fake_volume();
    fake_volume_path(partition_path);
    fake_image_path(u"\\EFI\\BOOT\\BOOTX64.EFI");
    fake_firmware_vendor(u"EDK II");
    fake_firmware_revision(0x10000);
    fake_cpuid_set(1, (struct cpuid_answer){.ecx = 1U << 31});
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof(names[i]), "%zu-%s.conf", i, "of-thirty-characters-or-more");
        entries[i] = (struct bls_entry){.id = names[i], .image_id = names[i]};
        pointers[i] = &entries[i];
    }
    list = (struct entry_list){.entries = pointers, .count = count};
    announcement = (struct announcement){.list = &list, .listed = &entries[1]};
    session = (struct session){.announcement = &announcement};
    boot = (struct boot){.firmware = firmware, .session = &session};
}

static const void *variable(const char *name, uint32_t attributes, size_t *ret_size)
{
    uint32_t found = 0;
    const void *data = fake_variable(fake_vendor_systemd, name, &found, ret_size);

    if (data != NULL)
        assert_int_equal(found, attributes);
    return data;
}

static void assert_text(const char *name, uint32_t attributes, const uint16_t *text)
{
    size_t units = 0;
    size_t size = 0;
    const void *data = variable(name, attributes, &size);

    while (text[units] != 0)
        units++;
    assert_non_null(data);
    assert_int_equal(size, (units + 1) * 2);
    assert_memory_equal(data, text, size);
}

static void the_system_is_told(void **state)
{
    static const uint8_t features[8] = {0x7f, 0x7b, 0x09};
    const void *data;
    size_t size = 0;

    (void)state;
    lay_down(2);
    announce(&boot);
    assert_text("LoaderInfo", 6, u"baton " BATON_VERSION);
    data = variable("LoaderFeatures", 6, &size);
    assert_int_equal(size, 8);
    assert_memory_equal(data, features, 8);
    assert_text("LoaderFirmwareInfo", 6, u"EDK II 1.00");
    assert_text("LoaderFirmwareType", 6, u"UEFI 2.70");
    assert_text("LoaderImageIdentifier", 6, u"\\EFI\\BOOT\\BOOTX64.EFI");
    assert_text("LoaderDevicePartUUID", 6, u"" PARTITION_GUID);
    assert_text("LoaderEntrySelected", 6, u"1-of-thirty-characters-or-more.conf");
    data = variable("LoaderEntries", 6, &size);
    assert_int_equal(size, 2 * 36 * 2);
    assert_memory_equal(data,
                        u"0-of-thirty-characters-or-more.conf\0"
                        u"1-of-thirty-characters-or-more.conf",
                        size);
    /* Of a virtual machine nobody knows when it was turned on. */
    assert_null(variable("LoaderTimeInitUSec", 6, &size));
    assert_null(variable("LoaderTimeExecUSec", 6, &size));
    assert_null(variable("LoaderSysFailReason", 6, &size));
    assert_null(variable("LoaderEntryLastBooted", 7, &size));
    assert_int_equal(fake_calls_of("SetVariable"), 8);
    assert_int_equal(fake_calls_of("GetVariable"), 1);
}

static void the_next_entry_changes_only_what_is_its_own(void **state)
{
    size_t before;

    (void)state;
    lay_down(2);
    announce(&boot);
    before = fake_calls_of("SetVariable");
    announcement.listed = &entries[0];
    announce(&boot);
    assert_int_equal(fake_calls_of("SetVariable"), before + 1);
    assert_text("LoaderEntrySelected", 6, u"0-of-thirty-characters-or-more.conf");
}

static void the_path_of_the_counter_is_that_of_the_entry(void **state)
{
    size_t size;

    (void)state;
    lay_down(2);
    announcement.count_path = "\\loader\\entries\\a+2-1.conf";
    announce(&boot);
    assert_text("LoaderBootCountPath", 6, u"\\loader\\entries\\a+2-1.conf");
    announcement.count_path = NULL;
    announce(&boot);
    assert_null(variable("LoaderBootCountPath", 6, &size));
}

static void the_loader_before_has_said_where_it_was_started_from(void **state)
{
    size_t size;

    (void)state;
    lay_down(2);
    fake_variable_set(fake_vendor_systemd, "LoaderInfo", 6, u"systemd-boot 262", 34);
    fake_variable_set(fake_vendor_systemd, "LoaderImageIdentifier", 6, u"\\x", 6);
    announce(&boot);
    assert_text("LoaderInfo", 6, u"baton " BATON_VERSION);
    assert_text("LoaderImageIdentifier", 6, u"\\x");
    assert_null(variable("LoaderDevicePartUUID", 6, &size));
}

static void a_kernel_of_the_load_options_is_no_entry(void **state)
{
    size_t size;

    (void)state;
    lay_down(2);
    announcement = (struct announcement){.list = NULL};
    announce(&boot);
    assert_text("LoaderInfo", 6, u"baton " BATON_VERSION);
    assert_null(variable("LoaderEntries", 6, &size));
    assert_null(variable("LoaderEntrySelected", 6, &size));
}

static void nobody_is_told_without_an_announcement(void **state)
{
    (void)state;
    lay_down(2);
    session.announcement = NULL;
    announce(&boot);
    assert_int_equal(fake_calls_of("SetVariable"), 0);
}

/* On a machine that counts from when it was turned on; a tick is a nanosecond. */
static void lay_down_clock(void)
{
    lay_down(2);
    fake_cpuid_set(1, (struct cpuid_answer){0});
    fake_cpuid_set(0, (struct cpuid_answer){.eax = 0x16});
    fake_cpuid_set(0x15, (struct cpuid_answer){.eax = 1, .ebx = 1, .ecx = 1000000000});
    arch_clock_start(0, &session.clock);
    session.ticks = 7000123999;
}

static void times_are_told_of_a_machine(void **state)
{
    size_t size;

    (void)state;
    lay_down_clock();
    announce(&boot);
    assert_text("LoaderTimeInitUSec", 6, u"7000123");
    assert_non_null(variable("LoaderTimeExecUSec", 6, &size));
    assert_null(variable("LoaderTimeMenuUSec", 6, &size));
}

static void the_time_of_the_menu_is_told_and_that_of_the_start_once(void **state)
{
    (void)state;
    lay_down_clock();
    announcement.menu_ticks = 8000456000;
    announce(&boot);
    assert_text("LoaderTimeInitUSec", 6, u"7000123");
    assert_text("LoaderTimeMenuUSec", 6, u"8000456");
    fake_variable_set(fake_vendor_systemd, "LoaderTimeInitUSec", 6, u"told", 10);
    announce(&boot);
    assert_text("LoaderTimeInitUSec", 6, u"told");
}

static void times_of_a_virtual_machine_are_not_told(void **state)
{
    size_t size;

    (void)state;
    lay_down_clock();
    fake_cpuid_set(1, (struct cpuid_answer){.ecx = 1U << 31});
    announce(&boot);
    assert_null(variable("LoaderTimeInitUSec", 6, &size));
    assert_null(variable("LoaderTimeExecUSec", 6, &size));
}

static void what_was_booted_is_saved_when_somebody_wants_it(void **state)
{
    static const struct {
        bool saves;
        const char *saved;
        uint8_t wanted;
        size_t writes;
        const uint16_t *afterwards; /* NULL: none */
    } cases[] = {
        {true, NULL, ENTRY_UNASKED, 1, u"1-of-thirty-characters-or-more.conf"},
        {true, "other.conf", ENTRY_DEFAULT_CONF, 1, u"1-of-thirty-characters-or-more.conf"},
        {true, "1-of-thirty-characters-or-more.conf", ENTRY_DEFAULT_CONF, 0, u"before"},
        {true, "other.conf", ENTRY_ONE_SHOT, 0, u"before"},
        {false, "other.conf", ENTRY_DEFAULT_CONF, 1, NULL},
        {false, NULL, ENTRY_DEFAULT_CONF, 0, u"before"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t size;

        (void)begin(state);
        lay_down(2);
        fake_variable_set(fake_vendor_systemd, "LoaderEntryLastBooted", 7, u"before", 14);
        announcement.saves = cases[i].saves;
        announcement.last_booted = cases[i].saved;
        entries[1].wanted = cases[i].wanted;
        announce(&boot);
        assert_int_equal(fake_calls_of("SetVariable"), 8 + cases[i].writes);
        if (cases[i].afterwards == NULL)
            assert_null(variable("LoaderEntryLastBooted", 7, &size));
        else
            assert_text("LoaderEntryLastBooted", 7, cases[i].afterwards);
        (void)end(state);
    }
    (void)begin(state);
}

/* Of what came back nothing is left: the next one is the last one booted, stored before or not. */
static void what_is_booted_after_another_is_saved_again(void **state)
{
    (void)state;
    lay_down(2);
    announcement.saves = true;
    announcement.last_booted = entries[0].id;
    announce(&boot);
    assert_text("LoaderEntryLastBooted", 7, u"1-of-thirty-characters-or-more.conf");
    announcement.listed = &entries[0];
    announce(&boot);
    assert_text("LoaderEntryLastBooted", 7, u"0-of-thirty-characters-or-more.conf");
}

static void what_nobody_wants_saved_is_deleted_once(void **state)
{
    size_t before;
    size_t size;

    (void)state;
    lay_down(2);
    fake_variable_set(fake_vendor_systemd, "LoaderEntryLastBooted", 7, u"before", 14);
    announcement.last_booted = "before";
    announce(&boot);
    assert_null(variable("LoaderEntryLastBooted", 7, &size));
    before = fake_calls_of("SetVariable");
    announce(&boot);
    assert_int_equal(fake_calls_of("SetVariable"), before + 1);
}

/* Whole ids, and the one that is booted among them. */
static void a_small_store_gets_as_many_ids_as_it_takes(void **state)
{
    unsigned int held = firmware->leases.count;
    const uint16_t *data;
    size_t size = 0;
    size_t units = 0;

    (void)state;
    lay_down(1024);
    announcement.listed = &entries[1000];
    announce(&boot);
    data = variable("LoaderEntries", 6, &size);
    assert_non_null(data);
    assert_in_range(size, 0x1000, 0x2000);
    assert_int_equal(data[size / 2 - 1], 0);
    for (; data[units] != 0; units++)
        assert_int_equal(data[units], names[1000][units]);
    assert_int_equal(data[units + 1], '0');
    assert_int_equal(data[units + 2], '-');
    assert_int_equal(firmware->leases.count, held);
}

static void what_is_booted_is_in_a_short_list_once(void **state)
{
    const uint16_t *data;
    unsigned int found = 0;
    size_t size = 0;

    (void)state;
    lay_down(1024);
    announcement.listed = &entries[3];
    announce(&boot);
    data = variable("LoaderEntries", 6, &size);
    assert_non_null(data);
    for (size_t i = 0; i + 1 < size / 2; i++)
        found += (i == 0 || data[i - 1] == 0) && data[i] == '3' && data[i + 1] == '-';
    assert_int_equal(found, 1);
}

static void make_two_automatic(size_t first)
{
    entries[first].id = "auto-windows";
    entries[first + 1].id = "auto-reboot";
    entries[first].is_automatic = entries[first + 1].is_automatic = true;
}

/* bootctl and logind find the others in their directories. */
static void automatic_entries_are_in_a_short_list(void **state)
{
    static const uint16_t expected[] = u"3-of-thirty-characters-or-more.conf\0auto-windows\0"
                                       u"auto-reboot\0000-of-";
    const uint16_t *data;
    size_t size = 0;

    (void)state;
    lay_down(1024);
    announcement.listed = &entries[3];
    make_two_automatic(1022);
    announce(&boot);
    data = variable("LoaderEntries", 6, &size);
    assert_non_null(data);
    assert_in_range(size, 0x1000, 0x2000);
    assert_memory_equal(data, expected, sizeof(expected) - sizeof(expected[0]));
}

static uint64_t largest_write(void)
{
    uint64_t largest = 0;

    for (size_t i = 0; i < fake_call_count(); i++)
        if (strcmp(fake_call_at(i)->service, "SetVariable") == 0 && fake_call_at(i)->a > largest)
            largest = fake_call_at(i)->a;
    return largest;
}

/* More than a thousand long names are: those that fit are written, and not one of them in part.
 * Nor does a short one that would still fit come behind one that is missing. */
static void more_ids_than_there_is_room_for_are_cut_between_two(void **state)
{
    const uint16_t *data;
    size_t size = 0;

    (void)state;
    lay_down(1024);
    fake_behaviour.variable_size_max = 8192;
    for (size_t i = 0; i < 1024; i++)
        entries[i].id = names[i % 2];
    entries[1023].id = "z";
    announce(&boot);
    assert_int_equal(largest_write(), (64U << 10) / (36 * 2) * (36 * 2));
    data = variable("LoaderEntries", 6, &size);
    assert_non_null(data);
    assert_int_equal(size % (36 * 2), 0);
}

/* A store that takes all that Baton writes at once gets what matters, too; and nothing twice. */
static void what_matters_is_in_front_of_more_ids_than_there_is_room_for(void **state)
{
    static const uint16_t expected[] = u"1023-of-thirty-characters-or-more.conf\0auto-windows\0"
                                       u"auto-reboot\0000-of-";
    const uint16_t *data;
    unsigned int found = 0;
    size_t size = 0;

    (void)state;
    lay_down(1024);
    fake_behaviour.variable_size_max = 64U << 10;
    announcement.listed = &entries[1023];
    make_two_automatic(1021);
    announce(&boot);
    data = variable("LoaderEntries", 6, &size);
    assert_non_null(data);
    assert_in_range(size, 0xff00, 0x10000);
    assert_memory_equal(data, expected, sizeof(expected) - sizeof(expected[0]));
    for (size_t i = 0; i + 1 < size / 2; i++)
        found += (i == 0 || data[i - 1] == 0) && data[i] == 'a';
    assert_int_equal(found, 2);
}

/* EDK II says so to what is larger than any variable may be. */
static void a_store_that_finds_the_list_too_large_gets_a_shorter_one(void **state)
{
    size_t before;

    (void)state;
    lay_down(2);
    announce(&boot);
    before = fake_calls_of("SetVariable");
    announcement.is_told = false;
    fake_behaviour.set_variable_status = FAKE_INVALID_PARAMETER;
    announce(&boot);
    assert_int_equal(fake_calls_of("SetVariable"), before + 3 + 2);
}

static void a_store_that_is_write_protected_is_asked_once(void **state)
{
    (void)state;
    lay_down(1024);
    fake_behaviour.set_variable_status = FAKE_ACCESS_DENIED;
    announce(&boot);
    assert_int_equal(fake_calls_of("SetVariable"), 8);
}

static void a_store_that_takes_nothing_stops_nothing(void **state)
{
    (void)state;
    lay_down(2);
    announcement.saves = true;
    fake_behaviour.set_variable_status = FAKE_OUT_OF_RESOURCES;
    announce(&boot);
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    announcement.is_told = false;
    announce(&boot);
}

static void a_failed_update_is_told_to_its_entry(void **state)
{
    (void)state;
    lay_down(2);
    announcement.update_failed = true;
    announce(&boot);
    assert_text("LoaderSysFailReason", 6, u"firmware-update-failure");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_system_is_told),
        TEST(the_next_entry_changes_only_what_is_its_own),
        TEST(the_path_of_the_counter_is_that_of_the_entry),
        TEST(the_loader_before_has_said_where_it_was_started_from),
        TEST(a_kernel_of_the_load_options_is_no_entry),
        TEST(nobody_is_told_without_an_announcement),
        TEST(times_are_told_of_a_machine),
        TEST(the_time_of_the_menu_is_told_and_that_of_the_start_once),
        TEST(times_of_a_virtual_machine_are_not_told),
        TEST(what_was_booted_is_saved_when_somebody_wants_it),
        TEST(what_is_booted_after_another_is_saved_again),
        TEST(what_nobody_wants_saved_is_deleted_once),
        TEST(a_small_store_gets_as_many_ids_as_it_takes),
        TEST(what_is_booted_is_in_a_short_list_once),
        TEST(automatic_entries_are_in_a_short_list),
        TEST(more_ids_than_there_is_room_for_are_cut_between_two),
        TEST(what_matters_is_in_front_of_more_ids_than_there_is_room_for),
        TEST(a_store_that_finds_the_list_too_large_gets_a_shorter_one),
        TEST(a_store_that_is_write_protected_is_asked_once),
        TEST(a_store_that_takes_nothing_stops_nothing),
        TEST(a_failed_update_is_told_to_its_entry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
