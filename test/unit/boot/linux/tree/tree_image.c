/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernels that come packed: a gzip file, and the program that unpacks itself. Where they go once
 * they are unpacked is the same as for any other, which linux.c has the tests of.
 */
#include "boot/linux/tree/tree_image.h"

#include "core/base/crc32.h"
#include "efi/pages.h"
#include "fake/images.h"
#include "fake/tpm.h"
#include "unit/fixture/arm_fixture.h"
#include "unit/fixture/deflate_fixture.h"

#define ZBOOT_PAYLOAD 0x100U

static uint8_t image[FILE_SIZE]; /* what is packed */
static struct linux_image header;
static uint64_t address;

/* A gzip file of `size` bytes of `contents`, in `packed`. */
static void pack(const uint8_t *contents, uint16_t size)
{
    uint32_t sum = crc32_update(0, contents, size);

    deflate_begin();
    put_bytes("\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
    put_stored(contents, size, true);
    put(sum & 0xffff, 16);
    put(sum >> 16, 16);
    put(size, 16);
    put(0, 16);
}

static void lay_down_file(size_t size)
{
    lay_down();
    boot.payload.kernel.size = size;
    kernel->size = size;
}

/* The Image as a gzip file. */
static void lay_down_gzip(void)
{
    make_image();
    memcpy(image, kernel_file, FILE_SIZE);
    pack(image, FILE_SIZE);
    memset(kernel_file, 0, sizeof(kernel_file));
    memcpy(kernel_file, packed, packed_size());
    lay_down_file(packed_size());
}

/* The same inside of a program, which is signed behind it. */
static void lay_down_zboot(const char *method)
{
    make_image();
    memcpy(image, kernel_file, FILE_SIZE);
    pack(image, FILE_SIZE);
    memset(kernel_file, 0, sizeof(kernel_file));
    memcpy(kernel_file, "MZ\0\0zimg", 8);
    store_u32(kernel_file + 8, ZBOOT_PAYLOAD);
    store_u32(kernel_file + 12, (uint32_t)packed_size());
    strcpy((char *)kernel_file + 24, method);
    store_u32(kernel_file + 56, 0x818223cd);
    memcpy(kernel_file + ZBOOT_PAYLOAD, packed, packed_size());
    lay_down_file(ZBOOT_PAYLOAD + packed_size() + 77);
}

static void judged(bool secure)
{
    fake_allow("LoadImage");
    fake_allow("UnloadImage");
    tpm = tpm_find(firmware);
    boot.environment.secure_boot_enforced = secure;
}

static uint64_t judged_address(void)
{
    for (size_t i = 0; i < fake_call_count(); i++)
        if (strcmp(fake_call_at(i)->service, "LoadImage") == 0)
            return fake_call_at(i)->a;
    return 0;
}

/* The Image in its place, and nothing else is held. */
static void assert_loaded(void)
{
    static const uint8_t zeros[64];

    if (!tree_image_load(&boot, &header, &address))
        fail_msg("%s %s: %s", boot.failure.doing, boot.failure.file,
                 explained(boot.failure.why).problem);
    assert_int_equal(address % TWO_MIB, 0);
    assert_int_equal(header.size, IMAGE_SIZE);
    assert_memory_equal((const void *)(uintptr_t)address, image, FILE_SIZE);
    assert_memory_equal((const void *)(uintptr_t)(address + FILE_SIZE), zeros, sizeof(zeros));
    assert_int_equal(fake_memory_type(address + IMAGE_SIZE - 1), MEMORY_LOADER_CODE);
    assert_int_equal(fake_memory_held(), pages_for(IMAGE_SIZE));
}

static void assert_not_loaded(const char *problem, uint64_t status)
{
    assert_false(tree_image_load(&boot, &header, &address));
    assert_string_equal(boot.failure.file, "\\kernel");
    if (strstr(explained(boot.failure.why).problem, problem) == NULL)
        fail_msg("\"%s\", not \"%s\"", explained(boot.failure.why).problem, problem);
    assert_true(boot.failure.status == status);
}

static void a_gzip_file_is_unpacked(void **state)
{
    (void)state;
    lay_down_gzip();
    assert_loaded();
}

static void what_unpacks_itself_is_unpacked(void **state)
{
    (void)state;
    lay_down_zboot("gzip");
    assert_loaded();
}

static void a_packed_kernel_in_a_unified_image_is_unpacked(void **state)
{
    (void)state;
    lay_down_gzip();
    boot.payload.kernel.bytes = kernel_file;
    assert_loaded();
    assert_int_equal(kernel->reads, 0);
}

/* What was signed was packed afterwards. */
static void of_a_gzip_file_the_contents_are_judged_where_they_run(void **state)
{
    (void)state;
    lay_down_gzip();
    judged(true);
    assert_loaded();
    assert_int_equal(fake_calls_of("LoadImage"), 1);
    assert_true(judged_address() == address);
}

static void contents_that_are_not_trusted_are_refused(void **state)
{
    (void)state;
    lay_down_gzip();
    judged(true);
    fake_images.load_status = FAKE_SECURITY_VIOLATION;
    assert_not_loaded("not signed", FAKE_SECURITY_VIOLATION);
}

static void what_unpacks_itself_is_judged_as_a_whole(void **state)
{
    (void)state;
    lay_down_zboot("gzip");
    judged(true);
    assert_loaded();
    assert_int_equal(fake_calls_of("LoadImage"), 1);
    assert_true(judged_address() != 0 && judged_address() != address);
}

static void what_unpacks_itself_and_is_not_trusted_is_not_unpacked(void **state)
{
    (void)state;
    lay_down_zboot("gzip");
    judged(true);
    fake_images.load_status = FAKE_SECURITY_VIOLATION;
    kernel_file[0x3000] ^= 1; /* it would be seen to be damaged */
    assert_not_loaded("not signed", FAKE_SECURITY_VIOLATION);
}

static void what_only_its_stub_unpacks_is_told(void **state)
{
    struct explanation why;

    (void)state;
    lay_down_zboot("zstd");
    assert_true(tree_image_recognise(payload_head(&boot.payload), boot.payload.kernel.size, &why));
    assert_non_null(strstr(explained(why).problem, "only its own stub unpacks it"));
    assert_not_loaded("only its own stub unpacks it", 0);
    assert_int_equal(kernel->reads, 0);
}

static void what_is_packed_is_recognised(void **state)
{
    struct explanation why;

    (void)state;
    lay_down_gzip();
    assert_true(tree_image_recognise(payload_head(&boot.payload), boot.payload.kernel.size, &why));
    assert_null(why.at);
    (void)end(state);
    (void)begin(state);
    lay_down_zboot("gzip");
    assert_true(tree_image_recognise(payload_head(&boot.payload), boot.payload.kernel.size, &why));
    assert_null(why.at);
    assert_true(tree_image_recognise(payload_head(&boot.payload), ZBOOT_PAYLOAD + 9, &why));
    assert_non_null(
        strstr(explained(why).problem, "the end of the compressed kernel in it is missing"));
}

static void what_is_no_kernel_inside_is_called_that(void **state)
{
    static const uint8_t text[] = "#!/bin/sh\n# not a kernel\n";

    (void)state;
    pack(text, sizeof(text) - 1);
    memset(kernel_file, 0, sizeof(kernel_file));
    memcpy(kernel_file, packed, packed_size());
    lay_down_file(BOOT_HEAD_SIZE + 1);
    assert_not_loaded("what is packed in it is no Linux kernel for this machine", 0);
    assert_non_null(strstr(boot.failure.detail, "it looks like a "));
}

static void contents_that_are_unsound_are_refused(void **state)
{
    (void)state;
    make_image();
    store_u64(kernel_file + 24, 1);
    pack(kernel_file, FILE_SIZE);
    memcpy(kernel_file, packed, packed_size());
    lay_down_file(packed_size());
    assert_not_loaded("big-endian", 0);
}

static void damage_is_called_that(void **state)
{
    (void)state;
    lay_down_gzip();
    kernel_file[0x3000] ^= 1;
    assert_not_loaded("checksum", 0);
    assert_string_equal(boot.failure.doing, "unpacking");
}

static void a_packed_file_that_cannot_be_read_is_refused(void **state)
{
    (void)state;
    lay_down_gzip();
    kernel->fail_read = 1;
    kernel->fail_ever_after = true;
    assert_not_loaded("cannot be read", FAKE_DEVICE_ERROR);
}

static void a_packed_file_that_changes_while_it_is_read_is_refused(void **state)
{
    (void)state;
    lay_down_gzip();
    kernel_file[100]++;
    assert_not_loaded("not the same as when it was opened", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_gzip_file_is_unpacked),
        TEST(what_unpacks_itself_is_unpacked),
        TEST(a_packed_kernel_in_a_unified_image_is_unpacked),
        TEST(of_a_gzip_file_the_contents_are_judged_where_they_run),
        TEST(contents_that_are_not_trusted_are_refused),
        TEST(what_unpacks_itself_is_judged_as_a_whole),
        TEST(what_unpacks_itself_and_is_not_trusted_is_not_unpacked),
        TEST(what_only_its_stub_unpacks_is_told),
        TEST(what_is_packed_is_recognised),
        TEST(what_is_no_kernel_inside_is_called_that),
        TEST(contents_that_are_unsound_are_refused),
        TEST(damage_is_called_that),
        TEST(a_packed_file_that_cannot_be_read_is_refused),
        TEST(a_packed_file_that_changes_while_it_is_read_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
