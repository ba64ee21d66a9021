/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/linux/x86/apple.h"

#include "unit/fixture/firmware_fixture.h"

static _Alignas(8) uint8_t memory[4096];

static struct fake_properties mac(void)
{
    return (struct fake_properties){.version = 0x10000, .data = "properties", .size = 10};
}

static struct setup_nodes gather(const uint16_t *vendor, const struct fake_properties *properties)
{
    struct setup_nodes nodes = {.memory = memory, .capacity = sizeof(memory)};

    memset(memory, 0xee, sizeof(memory));
    fake_allow_usual();
    if (vendor != NULL)
        fake_firmware_vendor(vendor);
    if (properties != NULL)
        fake_apple_properties(properties);
    apple_properties_add(firmware, &nodes);
    return nodes;
}

static void properties_of_a_mac(void **state)
{
    static const uint8_t header[16] = {[8] = 5, [12] = 10};
    struct fake_properties properties = mac();

    (void)state;
    assert_int_equal(gather(u"Apple", &properties).used, 32);
    assert_memory_equal(memory, header, 16);
    assert_memory_equal(memory + 16, "properties", 10);
}

static void other_firmware_is_not_even_asked(void **state)
{
    static const uint16_t *const vendors[] = {u"EDK II", u"Appl", u"Apple Inc.", u""};
    struct fake_properties properties = mac();

    (void)state;
    assert_int_equal(gather(NULL, &properties).used, 0);
    for (size_t i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++)
        assert_int_equal(gather(vendors[i], NULL).used, 0);
    assert_int_equal(fake_calls_of("LocateProtocol"), 0);
}

static void mac_without_the_protocol(void **state)
{
    (void)state;
    assert_int_equal(gather(u"Apple", NULL).used, 0);
}

static void protocol_of_another_version(void **state)
{
    struct fake_properties properties = mac();

    (void)state;
    properties.version = 0x20000;
    assert_int_equal(gather(u"Apple", &properties).used, 0);
    assert_int_equal(fake_calls_of("GetAll"), 0);
}

static void mac_without_properties(void **state)
{
    struct fake_properties none = mac();

    (void)state;
    none.size = 0;
    assert_int_equal(gather(u"Apple", &none).used, 0);
}

static void more_than_a_mebibyte_is_nonsense(void **state)
{
    struct fake_properties many = mac();
    struct setup_nodes counted = {.capacity = UINT64_MAX};

    (void)state;
    many.probed_size = (1 << 20) + 1;
    fake_allow_usual();
    fake_firmware_vendor(u"Apple");
    fake_apple_properties(&many);
    apple_properties_add(firmware, &counted);
    assert_int_equal(counted.used, 0);
}

static void properties_that_can_not_be_read(void **state)
{
    struct fake_properties properties = mac();

    (void)state;
    properties.status = FAKE_DEVICE_ERROR;
    assert_int_equal(gather(u"Apple", &properties).used, 0);
}

/* The firmware says one size when asked for it and another when it delivers. */
static void properties_that_have_grown(void **state)
{
    struct fake_properties properties = mac();

    (void)state;
    properties.probed_size = 9;
    assert_int_equal(gather(u"Apple", &properties).used, 0);
}

static void properties_that_have_shrunk(void **state)
{
    static const uint8_t header[16] = {[8] = 5, [12] = 10};
    struct fake_properties properties = mac();

    (void)state;
    properties.probed_size = 100;
    assert_int_equal(gather(u"Apple", &properties).used, 32);
    assert_memory_equal(memory, header, 16);
}

static void success_that_claims_more_than_there_was_room_for(void **state)
{
    struct fake_properties properties = mac();

    (void)state;
    properties.claimed_size = 11;
    assert_int_equal(gather(u"Apple", &properties).used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(properties_of_a_mac),
        TEST(other_firmware_is_not_even_asked),
        TEST(mac_without_the_protocol),
        TEST(protocol_of_another_version),
        TEST(mac_without_properties),
        TEST(more_than_a_mebibyte_is_nonsense),
        TEST(properties_that_can_not_be_read),
        TEST(properties_that_have_grown),
        TEST(properties_that_have_shrunk),
        TEST(success_that_claims_more_than_there_was_room_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
