/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/loaded_image.h"

#include "unit/fixture/firmware_fixture.h"

static struct loaded_image image;

static efi_status read(void)
{
    fake_allow("HandleProtocol");
    memset(&image, 0xee, sizeof(image));
    return loaded_image_read(firmware, &image);
}

static void options_and_path(void **state)
{
    static const uint16_t options[] = u"\\vmlinuz quiet";

    (void)state;
    fake_volume();
    fake_image_options(options, sizeof(options));
    fake_image_path(u"\\EFI\\BOOT\\BOOTX64.EFI");
    assert_int_equal(read(), 0);
    assert_ptr_equal(image.load_options.data, options);
    assert_int_equal(image.load_options.size, sizeof(options));
    assert_string_equal(image.path, "\\EFI\\BOOT\\BOOTX64.EFI");
}

static void neither_options_nor_path(void **state)
{
    (void)state;
    fake_volume();
    fake_image_options(NULL, 4096); /* a size without bytes */
    assert_int_equal(read(), 0);
    assert_int_equal(image.load_options.size, 0);
    assert_string_equal(image.path, "");
}

static void path_longer_than_its_room_is_unknown(void **state)
{
    uint16_t path[290];

    (void)state;
    for (size_t i = 0; i < 289; i++)
        path[i] = 'x';
    path[289] = 0;
    fake_volume();
    fake_image_path(path);
    assert_int_equal(read(), 0);
    assert_string_equal(image.path, "");
}

/* GRUB's chainloader: the directory and the file. */
static void path_in_two_nodes(void **state)
{
    static const uint16_t nodes[] = {0x0404, 22, '\\', 'E', 'F', 'I', '\\', 'D', 'E',    'B', 0,
                                     0x0404, 16, 'B',  '.', 'E', 'F', 'I',  0,   0xff7f, 4};

    (void)state;
    fake_volume();
    fake_image_path_nodes(nodes);
    assert_int_equal(read(), 0);
    assert_string_equal(image.path, "\\EFI\\DEB\\B.EFI");
}

/* 255 bytes and the NUL, and one more. */
static void longest_path_that_fits(void **state)
{
    uint16_t path[257];

    (void)state;
    fake_volume();
    for (size_t length = 255; length <= 256; length++) {
        for (size_t i = 0; i < length; i++)
            path[i] = 'x';
        path[length] = 0;
        fake_image_path(path);
        assert_int_equal(read(), 0);
        assert_int_equal(strlen(image.path), length == 255 ? 255 : 0);
    }
}

static void no_protocol(void **state)
{
    (void)state;
    assert_int_equal(read(), FAKE_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(options_and_path),
        TEST(neither_options_nor_path),
        TEST(path_longer_than_its_room_is_unknown),
        TEST(path_in_two_nodes),
        TEST(longest_path_that_fits),
        TEST(no_protocol),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
