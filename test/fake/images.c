/* SPDX-License-Identifier: BSD-2-Clause */
/* Images, who judges them, and who asks for an initrd. */
#include "images.h"

#include "private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fake_images fake_images;

struct loaded {
    EFI_LOADED_IMAGE protocol;
    EFI_HANDLE handle;
    bool there;
    bool started;
    bool must_not_start; /* its load was a security violation */
};

#define LOADED_MAX 16
static struct loaded images[LOADED_MAX];
static size_t image_count;
static EFI_LOADED_IMAGE other_image;
static EFI_GUID loaded_image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;

/* --- judges: PI 1.8, volume 2, 12.9 ------------------------------------------------------------
 */

struct path_judge {
    EFI_STATUS(EFIAPI *judge)
    (struct path_judge *self, UINT32 authentication, const EFI_DEVICE_PATH *path);
};
struct file_judge {
    EFI_STATUS(EFIAPI *judge)
    (struct file_judge *self, const EFI_DEVICE_PATH *path, VOID *file, UINTN size,
     BOOLEAN boot_policy);
};
static struct path_judge path_judge;
static struct file_judge file_judge;
static unsigned int judges;

static EFI_STATUS judgement(void)
{
    fake_images.judges_asked++;
    fake_images.measured++;
    return fake_images.judge_status;
}

static EFI_STATUS EFIAPI judge_path(struct path_judge *self, UINT32 authentication,
                                    const EFI_DEVICE_PATH *path)
{
    assert_ptr_equal(self, &path_judge);
    assert_int_equal(authentication, 0);
    assert_non_null(path);
    return judgement();
}

static EFI_STATUS EFIAPI judge_file(struct file_judge *self, const EFI_DEVICE_PATH *path,
                                    VOID *file, UINTN size, BOOLEAN boot_policy)
{
    assert_ptr_equal(self, &file_judge);
    assert_true(path != NULL && file != NULL && size != 0 && !boot_policy);
    return judgement();
}

void fake_judges(unsigned int wanted)
{
    static const EFI_GUID security = {
        0xa46423e3, 0x4617, 0x49f1, {0xb9, 0xff, 0xd1, 0xbf, 0xa9, 0x11, 0x58, 0x39}};
    static const EFI_GUID security2 = {
        0x94ab2f58, 0x1438, 0x4ef1, {0x91, 0x52, 0x18, 0x94, 0x1a, 0x3a, 0x0e, 0x68}};

    judges = wanted;
    if ((judges & FAKE_JUDGE_OF_PATHS) != 0)
        fake_install(fake_new_handle(), security, &path_judge);
    if ((judges & FAKE_JUDGE_OF_FILES) != 0)
        fake_install(fake_new_handle(), security2, &file_judge);
}

bool fake_judges_are_untouched(void)
{
    return path_judge.judge == judge_path && file_judge.judge == judge_file;
}

/* As old firmware does (edk2 since 2012 asks the judge of paths about its own volumes only). */
static EFI_STATUS ask(const EFI_DEVICE_PATH *path, VOID *file, UINTN size)
{
    EFI_STATUS status = EFI_SUCCESS;

    if ((judges & FAKE_JUDGE_OF_FILES) != 0)
        status = file_judge.judge(&file_judge, path, file, size, FALSE);
    if (status == EFI_SUCCESS && (judges & FAKE_JUDGE_OF_PATHS) != 0)
        status = path_judge.judge(&path_judge, 0, path);
    return status;
}

/* A file of the same size, whose name differs in its last letter. */
static EFI_STATUS ask_about_another(UINTN size)
{
    uint8_t path[sizeof(fake_images.origin)];
    VOID *file = calloc(1, size);
    EFI_STATUS status;

    memcpy(path, fake_images.origin, fake_images.origin_size);
    path[fake_images.origin_size - 8] ^= 1; /* behind it are its NUL and the end node */
    status = ask((EFI_DEVICE_PATH *)(void *)path, file, size);
    free(file);
    return status;
}

static EFI_STATUS ask_about(const EFI_DEVICE_PATH *path, VOID *file, UINTN size)
{
    VOID *copy = NULL;
    EFI_STATUS status;

    if (fake_images.load_status != EFI_SUCCESS)
        return fake_images.load_status;
    if (fake_images.judges_another_file)
        fake_images.another_status = ask_about_another(size);
    if (!fake_images.judges_get_a_copy)
        return ask(path, file, size);
    copy = malloc(size);
    memcpy(copy, file, size);
    status = ask((EFI_DEVICE_PATH *)(void *)fake_images.origin, copy, size);
    free(copy);
    return status;
}

/* --- shim --------------------------------------------------------------------------------------
 */

static struct {
    EFI_STATUS __attribute__((sysv_abi)) (*verify)(VOID *buffer, UINT32 size);
    void *hash;
    void *context;
} lock;
static struct {
    void *load_image;
    void *others[3];
} loader;
static uint64_t verdict;

static EFI_STATUS __attribute__((sysv_abi)) verify(VOID *buffer, UINT32 size)
{
    struct fake_call *call = fake_enter("Verify", (uintptr_t)buffer, size, 0);

    fake_images.shim_asked++;
    fake_images.measured++;
    return fake_leave(call, verdict);
}

void fake_shim(uint64_t wanted, enum fake_shim kind)
{
    static const EFI_GUID lock_guid = {
        0x605dab50, 0xe046, 0x4300, {0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23}};
    static const EFI_GUID loader_guid = {
        0x1f492041, 0xfadb, 0x4e59, {0x9e, 0x57, 0x7c, 0xaf, 0xe7, 0x3a, 0x55, 0xab}};

    verdict = wanted;
    lock.verify = verify;
    fake_install(fake_new_handle(), lock_guid, &lock);
    loader.load_image = kind == FAKE_SHIM_16 ? (void *)(uintptr_t)fake_load_image : NULL;
    if (kind != FAKE_SHIM_15)
        fake_install(fake_new_handle(), loader_guid, &loader);
}

/* --- the services ------------------------------------------------------------------------------
 */

static void keep_origin(const uint8_t *path)
{
    size_t size = 0;

    assert_non_null(path);
    while (path[size] != 0x7f)
        size += path[size + 2] + path[size + 3] * 256U;
    size += 4;
    assert_true(size <= sizeof(fake_images.origin));
    memcpy(fake_images.origin, path, size);
    fake_images.origin_size = size;
}

static struct loaded *find(EFI_HANDLE handle)
{
    for (size_t i = 0; i < image_count; i++)
        if (images[i].handle == handle)
            return &images[i];
    fail_msg("%p is no image", handle);
    return NULL;
}

uint32_t fake_image_options_size(const void *handle)
{
    const struct loaded *image = find((EFI_HANDLE)(uintptr_t)handle);

    assert_true(image->there);
    assert_int_equal(image->protocol.LoadOptions == NULL, image->protocol.LoadOptionsSize == 0);
    return image->protocol.LoadOptionsSize;
}

static EFI_HANDLE add_image(EFI_HANDLE parent, bool must_not_start)
{
    struct loaded *image = &images[image_count++];

    assert_true(image_count <= LOADED_MAX);
    *image = (struct loaded){
        .handle = fake_new_handle(), .there = true, .must_not_start = must_not_start};
    image->protocol.Revision = EFI_LOADED_IMAGE_PROTOCOL_REVISION;
    image->protocol.ParentHandle = parent;
    image->protocol.SystemTable = &fake_system_table;
    image->protocol.DeviceHandle = fake_images.has_no_device ? NULL : FAKE_DEVICE_HANDLE;
    if (!fake_images.has_no_loaded_image)
        fake_install(image->handle, loaded_image_guid, &image->protocol);
    fake_images.loaded++;
    return image->handle;
}

static void remove_image(struct loaded *image)
{
    image->there = false;
    if (!fake_images.has_no_loaded_image)
        assert_true(fake_uninstall(image->handle, loaded_image_guid, &image->protocol));
    fake_images.loaded--;
}

EFI_STATUS EFIAPI fake_load_image(BOOLEAN boot_policy, EFI_HANDLE parent, EFI_DEVICE_PATH *path,
                                  VOID *source, UINTN size, EFI_HANDLE *ret_handle)
{
    struct fake_call *call = fake_enter("LoadImage", (uintptr_t)source, size, 0);
    EFI_STATUS status;

    assert_ptr_equal(parent, FAKE_IMAGE_HANDLE);
    assert_false(boot_policy);
    keep_origin((const uint8_t *)path);
    status = ask_about(path, source, size);
    if ((status == EFI_SUCCESS && !fake_images.has_no_handle) || status == EFI_SECURITY_VIOLATION)
        *ret_handle = add_image(parent, status != EFI_SUCCESS);
    return fake_leave(call, status);
}

EFI_STATUS EFIAPI fake_unload_image(EFI_HANDLE handle)
{
    struct fake_call *call = fake_enter("UnloadImage", (uintptr_t)handle, 0, 0);
    struct loaded *image = find(handle);

    if (!image->there)
        fail_msg("an image was unloaded that was not there any more");
    remove_image(image);
    return fake_leave(call, EFI_SUCCESS);
}

static void run_image(const struct loaded *image)
{
    const struct fake_started started = {
        .options = image->protocol.LoadOptions,
        .options_size = image->protocol.LoadOptionsSize,
        .has_device = image->protocol.DeviceHandle == FAKE_DEVICE_HANDLE,
    };

    if (fake_images.run != NULL)
        fake_images.run(&started);
}

EFI_STATUS EFIAPI fake_start_image(EFI_HANDLE handle, UINTN *exit_data_size, CHAR16 **exit_data)
{
    struct fake_call *call = fake_enter("StartImage", (uintptr_t)handle, 0, 0);
    struct loaded *image = find(handle);
    VOID *data = NULL;

    if (!image->there || image->started || image->must_not_start)
        fail_msg("an image was started that must not be");
    if (fake_images.refuse_status != EFI_SUCCESS)
        return fake_leave(call, fake_images.refuse_status);
    image->started = true;
    run_image(image);
    if (fake_images.exit_data != NULL) {
        fake_allocate_pool(EfiBootServicesData, fake_images.exit_data_size, &data);
        memcpy(data, fake_images.exit_data, fake_images.exit_data_size);
        *exit_data = data;
        *exit_data_size = fake_images.exit_data_size;
    }
    if (!fake_images.is_driver || EFI_ERROR(fake_images.start_status))
        remove_image(image);
    else
        fake_images.loaded--;
    if (fake_images.is_succeeded)
        fake_install(handle, loaded_image_guid, &other_image);
    return fake_leave(call, fake_images.start_status);
}

/* --- initrds -----------------------------------------------------------------------------------
 */

static EFI_GUID load_file2 = {
    0x4006c0c1, 0xfcb3, 0x403e, {0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d}};

/* LINUX_EFI_INITRD_MEDIA_GUID on a vendor media node, as Linux's efi-stub-helper.c has it. */
static uint8_t initrd_path[] = {
    4,    3,    20,   0,    0x27, 0xe4, 0x68, 0x55, 0xfc, 0x68, 0x3d, 0x4f,
    0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68, 0x7f, 0xff, 4,    0,
};

uint64_t fake_initrd_load(const void *path, bool boot_policy, uint64_t *size, void *buffer)
{
    EFI_DEVICE_PATH *rest = (EFI_DEVICE_PATH *)(void *)initrd_path;
    EFI_LOAD_FILE_PROTOCOL *protocol;
    EFI_HANDLE handle = NULL;
    VOID *interface = NULL;
    EFI_STATUS status = fake_locate_device_path(&load_file2, &rest, &handle);

    if (status != EFI_SUCCESS)
        return status;
    status = fake_handle_protocol(handle, &load_file2, &interface);
    assert_int_equal(status, EFI_SUCCESS);
    protocol = interface;
    if (path != NULL)
        rest = (EFI_DEVICE_PATH *)(uintptr_t)path;
    return protocol->LoadFile(protocol, rest, boot_policy, size, buffer);
}

void fake_initrd_of_another(void)
{
    static const EFI_GUID device_path = DEVICE_PATH_PROTOCOL;
    static EFI_LOAD_FILE_PROTOCOL protocol;
    EFI_HANDLE handle = fake_new_handle();

    fake_install(handle, device_path, initrd_path);
    fake_install(handle, load_file2, &protocol);
}

/* --- life --------------------------------------------------------------------------------------
 */

void fake_images_begin(void)
{
    memset(&fake_images, 0, sizeof(fake_images));
    image_count = 0;
    judges = 0;
    path_judge.judge = judge_path;
    file_judge.judge = judge_file;
}

void fake_images_end(void)
{
    if (!fake_exit_attempted() && fake_images.loaded != 0)
        fail_msg("%u images were not unloaded", fake_images.loaded);
    if (!fake_judges_are_untouched())
        fail_msg("the firmware's judges were not put back");
}
