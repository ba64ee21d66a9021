/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/linux/tree/tree_image.h"

#include "arch/arch.h"
#include "boot/failure.h"
#include "boot/linux/tree/image_kind.h"
#include "boot/trust.h"
#include "boot/unpack.h"
#include "core/base/mem.h"
#include "core/base/page.h"
#include "core/image/gzip.h"
#include "core/linux/zboot.h"
#include "efi/pages.h"

struct tree_image_loading {
    struct boot *boot;
    struct span unpacked; /* the Image, in pages that a lease holds; empty: it is not packed */
    struct linux_image header;
    uint64_t size;     /* of the Image's bytes */
    bool to_be_judged; /* these are what the firmware has to judge */
};

bool tree_image_recognise(struct span head, uint64_t file_size, struct explanation *ret_why)
{
    struct linux_image image;
    struct zboot zboot;
    enum zboot_error packed = zboot_parse(head, file_size, &zboot);
    enum linux_image_error error;

    *ret_why = (struct explanation){0};
    if (gzip_recognise(head) || packed == ZBOOT_OK)
        return true;
    if (packed != ZBOOT_NO_MAGIC) {
        *ret_why = zboot_explain(packed);
        return true;
    }
    error = linux_image_parse(image_kind_magic, head, file_size, &image);
    if (error != LINUX_IMAGE_OK)
        *ret_why = linux_image_explain(error);
    return error != LINUX_IMAGE_NO_MAGIC;
}

/* All of the file in memory, where it may be already. */
static bool read_file(struct tree_image_loading *loading, struct span *ret_file)
{
    struct boot *boot = loading->boot;
    const struct boot_file *kernel = &boot->payload.kernel;

    *ret_file = span_of(kernel->bytes, kernel->size);
    return kernel->bytes != NULL ||
           (boot_file_load(boot, kernel, kernel->size, 0, "loading", ret_file) &&
            payload_is_unchanged(boot, ret_file->data));
}

/*
 * Of a program that unpacks itself the whole is judged, what is in it is part of that. What is in a
 * gzip file was signed before it was packed: that is judged, in its place.
 */
static bool unpack(struct tree_image_loading *loading)
{
    struct boot *boot = loading->boot;
    const char *path = boot->payload.kernel.path;
    struct zboot zboot;
    enum zboot_error kind =
        zboot_parse(payload_head(&boot->payload), boot->payload.kernel.size, &zboot);
    struct span file = {0};
    struct span packed;

    if (kind == ZBOOT_NO_MAGIC && !gzip_recognise(payload_head(&boot->payload)))
        return true;
    if (kind != ZBOOT_NO_MAGIC && kind != ZBOOT_OK)
        return boot_refuse(loading->boot, zboot_explain(kind));
    if (!read_file(loading, &file))
        return false;
    packed = file;
    if (kind == ZBOOT_OK) {
        if (loading->to_be_judged && !trust_image(boot, file, path))
            return false;
        loading->to_be_judged = false;
        packed = span_of(file.data + zboot.offset, zboot.size);
    }
    if (!unpack_gzip(boot, packed, path, &loading->unpacked))
        return false;
    if (boot->payload.kernel.bytes == NULL)
        pages_free(boot->firmware, (uintptr_t)file.data);
    return true;
}

/* What is packed is taken for a kernel before anybody sees what it is. */
static bool refuse_contents(struct tree_image_loading *loading)
{
    const struct explanation other =
        because("what is packed in it is no Linux kernel for this machine", "give another kernel");

    (void)boot_refuse_kind(loading->boot, other, loading->unpacked, loading->unpacked.size);
    return false;
}

static bool check_header(struct tree_image_loading *loading)
{
    static const uint32_t sizes[] = {[LINUX_IMAGE_PAGES_4K] = 4096,
                                     [LINUX_IMAGE_PAGES_16K] = 16384,
                                     [LINUX_IMAGE_PAGES_64K] = 65536};
    const struct explanation pages =
        because("it is built for pages of a size that this processor does not have",
                "use a kernel with pages of 4 KiB");
    const struct payload *payload = &loading->boot->payload;
    bool is_packed = loading->unpacked.data != NULL;
    struct span head = is_packed ? loading->unpacked : payload_head(payload);
    enum linux_image_error error;

    loading->size = is_packed ? loading->unpacked.size : payload->kernel.size;
    error = linux_image_parse(image_kind_magic, head, loading->size, &loading->header);
    if (error == LINUX_IMAGE_NO_MAGIC && is_packed)
        return refuse_contents(loading);
    if (error != LINUX_IMAGE_OK)
        return boot_refuse(loading->boot, linux_image_explain(error));
    return loading->header.pages == LINUX_IMAGE_PAGES_UNKNOWN ||
           arch_page_size(sizes[loading->header.pages]) || boot_refuse(loading->boot, pages);
}

/* All of the header's size is the kernel's: what is not in the file is memory that begins as zeros.
 */
static bool place(struct tree_image_loading *loading, uint64_t *ret_address)
{
    struct boot *boot = loading->boot;
    uint64_t size = loading->size > loading->header.size ? loading->size : loading->header.size;
    struct page_request wanted = {.type = MEMORY_LOADER_CODE,
                                  .count = pages_for(loading->header.text_offset + size),
                                  .alignment = LINUX_IMAGE_ALIGNMENT};
    uint64_t address;
    uint8_t *bytes;
    efi_status status = pages_allocate(boot->firmware, &wanted, &address);

    if (status != 0)
        return boot_fail_room(boot, status);
    address += loading->header.text_offset;
    bytes = (uint8_t *)(uintptr_t)address;
    if (loading->unpacked.data != NULL) {
        memcpy(bytes, loading->unpacked.data, loading->size);
        pages_free(boot->firmware, (uintptr_t)loading->unpacked.data);
    } else if (!payload_read_kernel(boot, bytes)) {
        return false;
    }
    if (loading->to_be_judged &&
        !trust_image(boot, span_of(bytes, loading->size), boot->payload.kernel.path))
        return false;
    memset(bytes + loading->size, 0, size - loading->size);
    *ret_address = address;
    return true;
}

bool tree_image_load(struct boot *boot, struct linux_image *ret_header, uint64_t *ret_address)
{
    struct tree_image_loading loading = {
        .boot = boot, .to_be_judged = boot->payload.kernel.bytes == NULL && trust_wanted(boot)};

    if (!unpack(&loading) || !check_header(&loading) || !place(&loading, ret_address))
        return false;
    *ret_header = loading.header;
    return true;
}
