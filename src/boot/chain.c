/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/chain.h"

#include "boot/announce.h"
#include "boot/extras.h"
#include "boot/measure.h"
#include "boot/trust.h"
#include "core/base/page.h"
#include "core/image/pe.h"
#include "core/text/text.h"
#include "efi/console.h"
#include "efi/guard/guard.h"
#include "efi/image/image.h"
#include "efi/image/initrd_media.h"
#include "efi/loaded_image.h"
#include "efi/pages.h"
#include "efi/variable.h"

/* Initrds are not named to the program (offer_initrds()); systemd-boot names them, and measures
 * them like that. */
static bool give_options(struct boot *boot, struct image *image)
{
    const struct explanation no_text =
        because("its options are not UTF-8", "save the entry as UTF-8 text");
    const char *options;
    efi_status status = trust_load_options(boot, &options);

    if (status == 0)
        status = image_set_options(boot->firmware, image, boot->payload.command_line);
    if (status != 0)
        return boot_fail(boot, "starting", boot->payload.kernel.path,
                         status == STATUS_INVALID_PARAMETER ? no_text : FAILURE_NO_MEMORY, status);
    (void)measure_options(boot->firmware, boot->environment.tpm, MEASURE_AS_LOADER, options);
    return true;
}

static bool offer_initrds(struct boot *boot)
{
    const struct explanation refused =
        because("its initrds cannot be offered to it", "start Baton from the firmware itself");
    const struct payload *payload = &boot->payload;
    struct initrd_file files[BOOT_MODULES_MAX];
    efi_status status;

    if (payload->module_count == 0)
        return true;
    for (unsigned int i = 0; i < payload->module_count; i++)
        files[i] = (struct initrd_file){.file = payload->modules[i].file,
                                        .bytes = payload->modules[i].bytes,
                                        .size = payload->modules[i].size};
    status = initrd_media_install(boot->firmware, files, payload->module_count);
    return status == 0 || boot_fail(boot, "starting", payload->kernel.path, refused, status);
}

/*
 * How many Batons have started a program that has not come back. Two loaders whose entries name
 * each other would start each other until the firmware's stack is used up, and the machine resets
 * for ever.
 */
#define DEPTH_VARIABLE "BatonDepth"
#define DEPTH_MAX      4U
_Static_assert(DEPTH_MAX == 4, "the number in the message");

static uint8_t depth_read(const struct firmware *firmware)
{
    uint8_t depth = 0;
    uint32_t attributes;
    size_t size;

    /* One with other attributes is not ours, and may outlive a reset. */
    if (variable_read(firmware, VARIABLE_BATON, DEPTH_VARIABLE, &depth, sizeof(depth), &size,
                      &attributes) != 0 ||
        size != sizeof(depth) || attributes != VARIABLE_HERE)
        return 0;
    return depth;
}

static void depth_write(const struct firmware *firmware, uint8_t depth)
{
    uint64_t runtime_services = firmware_runtime_services(firmware);

    if (depth != 0)
        (void)variable_write(runtime_services, VARIABLE_BATON, DEPTH_VARIABLE, VARIABLE_HERE,
                             &depth, sizeof(depth));
    else
        (void)variable_delete(runtime_services, VARIABLE_BATON, DEPTH_VARIABLE);
}

/* False for what would never end. */
static bool may_start(struct boot *boot, struct span bytes, uint8_t depth)
{
    const struct explanation itself =
        because("it is Baton itself, which would start itself for ever",
                "name the program that it is meant to start");
    const struct explanation circle = because("loaders have started each other 4 times over",
                                              "take out the entries with which they do");
    const char *path = boot->payload.kernel.path;
    struct loaded_image own;

    if (loaded_image_read(boot->firmware, &own) == 0 && pe_is_loaded(bytes, own.memory))
        return boot_fail(boot, "starting", path, itself, 0);
    return depth < DEPTH_MAX || boot_fail(boot, "starting", path, circle, 0);
}

bool chain_guard(struct boot *boot)
{
    const struct bls_entry *entry = boot->entry;
    const struct guard_options options = {
        .exit = boot_exit_options(boot), .means = boot_means(boot), .debug = entry->debug};

    if (entry->exit == BLS_EXIT_FIRMWARE)
        return false;
    if (guard_begin(boot->firmware, &options) == 0)
        return true;
    console_put(
        PACKED("baton: there is no memory to guard the program's exit; it is started without\n"));
    return false;
}

/* Starts the image that was loaded; its end is the failure. */
static void start(struct boot *boot, struct image *image, uint8_t depth)
{
    const struct explanation came_back =
        because("it was started and has come back", "see what it said before");
    struct image_end end;
    struct text detail;
    bool guarded;

    announce(boot);
    boot_say(boot->entry);
    depth_write(boot->firmware, depth + 1);
    guarded = chain_guard(boot);
    image_start(boot->firmware, image, &end);
    if (guarded)
        guard_end();
    depth_write(boot->firmware, depth);
    (void)boot_fail(boot, "starting", boot->payload.kernel.path, came_back, end.status);
    boot->failure.came_back = end.status == 0;
    detail = text_in(boot->failure.detail, sizeof(boot->failure.detail));
    text_put(&detail, end.text[0] == '\0' && end.status == 0 ? "Success" : end.text);
}

bool chain_start(struct boot *boot)
{
    const struct boot_file *file = &boot->payload.kernel;
    uint8_t depth = depth_read(boot->firmware);
    struct image image = {0};
    struct span bytes = {0};
    efi_status status;

    if (!boot_file_load(boot, file, file->size, 0, "starting", &bytes) ||
        !may_start(boot, bytes, depth))
        return false;
    status = image_load(boot->firmware, bytes, file->path, &image);
    pages_free(boot->firmware, (uintptr_t)bytes.data);
    if (status != 0)
        return boot_fail(boot, "starting", file->path, image_explain(status), status);
    if (extras_add(boot) && give_options(boot, &image) && offer_initrds(boot) &&
        trust_may_enter(boot))
        start(boot, &image, depth);
    return false;
}
