/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/image/shim.h"

#include "core/base/mem.h"
#include "core/base/target.h"
#include "efi/device_path.h"
#include "efi/services.h"
#include "efi/variable.h"

/* shim.h of shim. Its functions have the System V convention of the compiler's default. */
struct shim_lock {
    EFI_STATUS TARGET_C_CALL (*verify)(const void *buffer, UINT32 size);
    void *hash;
    void *context;
};

/* The beginning of what shim since 16 offers: what it puts in LoadImage's place when it validates.
 */
struct shim_loader {
    EFI_IMAGE_LOAD load_image;
};

/* EFI_SECURITY_ARCH_PROTOCOL: PI 1.8, volume 2, 12.9. */
struct security {
    EFI_STATUS(EFIAPI *judge)
    (struct security *self, UINT32 authentication, const EFI_DEVICE_PATH *path);
};

/* EFI_SECURITY2_ARCH_PROTOCOL: the same place. */
struct security2 {
    EFI_STATUS(EFIAPI *judge)
    (struct security2 *self, const EFI_DEVICE_PATH *path, VOID *file, UINTN size,
     BOOLEAN boot_policy);
};

/* What stands in for the firmware's judges works on; `security` and `security2` may be NULL. */
static struct {
    struct span file;
    struct span nodes;
    struct security *security;
    struct security original;
    struct security2 *security2;
    struct security2 original2;
} vouched;

/* The protocol of a shim that does not judge in LoadImage; NULL when there is none. */
static const struct shim_lock *find_lock(const struct firmware *firmware)
{
    static const EFI_GUID loader_guid = {
        0x1f492041, 0xfadb, 0x4e59, {0x9e, 0x57, 0x7c, 0xaf, 0xe7, 0x3a, 0x55, 0xab}};
    const struct shim_loader *loader = locate_protocol(firmware, &loader_guid);

    if (loader != NULL && loader->load_image == boot_services(firmware)->LoadImage)
        return NULL;
    /* SHIM_LOCK_GUID is that of its variables too. */
    return locate_protocol(firmware, &variable_vendors[VARIABLE_SHIM]);
}

bool shim_judges(const struct firmware *firmware, struct span file, efi_status *ret_verdict)
{
    const struct shim_lock *lock = find_lock(firmware);

    if (lock == NULL)
        return false;
    *ret_verdict = EFI_UNSUPPORTED;
    if (file.size <= INT32_MAX)
        *ret_verdict = lock->verify(file.data, (UINT32)file.size);
    return true;
}

static EFI_STATUS EFIAPI judge_path(struct security *self, UINT32 authentication,
                                    const EFI_DEVICE_PATH *path)
{
    struct span nodes;

    if (device_path_nodes(path, &nodes) && nodes.size == vouched.nodes.size &&
        memcmp(nodes.data, vouched.nodes.data, nodes.size) == 0)
        return EFI_SUCCESS;
    return vouched.original.judge(self, authentication, path);
}

static EFI_STATUS EFIAPI judge_file(struct security2 *self, const EFI_DEVICE_PATH *path, VOID *file,
                                    UINTN size, BOOLEAN boot_policy)
{
    if (size == vouched.file.size &&
        (file == vouched.file.data || memcmp(file, vouched.file.data, size) == 0))
        return EFI_SUCCESS;
    return vouched.original2.judge(self, path, file, size, boot_policy);
}

void shim_vouch_begin(const struct firmware *firmware, struct span file, struct span nodes)
{
    static const EFI_GUID security_guid = {
        0xa46423e3, 0x4617, 0x49f1, {0xb9, 0xff, 0xd1, 0xbf, 0xa9, 0x11, 0x58, 0x39}};
    static const EFI_GUID security2_guid = {
        0x94ab2f58, 0x1438, 0x4ef1, {0x91, 0x52, 0x18, 0x94, 0x1a, 0x3a, 0x0e, 0x68}};

    vouched.file = file;
    vouched.nodes = nodes;
    vouched.security = locate_protocol(firmware, &security_guid);
    if (vouched.security != NULL) {
        vouched.original = *vouched.security;
        vouched.security->judge = judge_path;
    }
    vouched.security2 = locate_protocol(firmware, &security2_guid);
    if (vouched.security2 != NULL) {
        vouched.original2 = *vouched.security2;
        vouched.security2->judge = judge_file;
    }
}

void shim_vouch_end(void)
{
    if (vouched.security != NULL)
        *vouched.security = vouched.original;
    if (vouched.security2 != NULL)
        *vouched.security2 = vouched.original2;
}

void shim_keep(const struct firmware *firmware)
{
    const uint8_t yes = 1;

    if (find_lock(firmware) != NULL)
        (void)variable_write(firmware_runtime_services(firmware), VARIABLE_SHIM,
                             "ShimRetainProtocol", EFI_VARIABLE_BOOTSERVICE_ACCESS, &yes,
                             sizeof(yes));
}
