/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/trust.h"

#include "boot/measure.h"
#include "efi/image/image.h"
#include "efi/progress.h"

bool trust_image(struct boot *boot, struct span image, const char *path)
{
    efi_status status = image_verify(boot->firmware, image, path);

    if (status == 0)
        return true;
    if (trust_required(boot) || progress_is_stopped(boot->firmware->progress))
        return boot_fail(boot, "verifying", path, image_explain(status), status);
    boot->shortfalls |= SHORTFALL_NOT_JUDGED;
    (void)measure_kernel(boot->environment.tpm, image, path);
    return true;
}

bool trust_take_in(struct boot *boot)
{
    struct boot_file *kernel = &boot->payload.kernel;
    struct span whole = {0};

    if (kernel->bytes != NULL || !tpm_usable(boot->environment.tpm))
        return true;
    if (!boot_file_load(boot, kernel, kernel->size, 0, "loading", &whole) ||
        !payload_is_unchanged(boot, whole.data))
        return false;
    kernel->bytes = whole.data;
    (void)measure_kernel(boot->environment.tpm, whole, kernel->path);
    return true;
}

efi_status trust_load_options(struct boot *boot, const char **ret_options)
{
    unsigned int first = boot->entry->module_count;

    *ret_options = boot->payload.command_line;
    if (boot->entry->kind != BLS_LINUX || first == boot->payload.module_count)
        return 0;
    return payload_load_options(boot, first, ret_options);
}

void trust_measure_options(struct boot *boot)
{
    struct tpm *tpm = boot->environment.tpm;
    const char *options;

    if (!boot->payload.options_are_judged && tpm_usable(tpm)) {
        efi_status status = trust_load_options(boot, &options);

        if (status != 0)
            tpm->failure = status;
        (void)measure_options(boot->firmware, tpm, MEASURE_AS_LOADER, options);
    }
    (void)measure_options(boot->firmware, tpm, MEASURE_AS_STUB, boot->payload.command_line);
}

bool trust_may_enter(struct boot *boot)
{
    const struct explanation closed = because(
        "a measurement failed, so the registers 4, 5, 9 and 11 to 13 of the TPM end with an "
        "error, and nothing that is sealed to them can be had in this boot",
        "reset the machine; if it fails again, update the firmware");
    const struct explanation open =
        because("a measurement failed, and the TPM's registers cannot be closed either",
                "reset the machine; if it fails again, update the firmware or turn the TPM off in "
                "its setup");
    const char *kernel = boot->payload.kernel.path;
    struct tpm *tpm = boot->environment.tpm;

    if (tpm->failure == 0)
        return true;
    boot->shortfalls |= SHORTFALL_NOT_MEASURED;
    if (tpm->closed)
        return true;
    if (measure_close(tpm) != 0)
        return boot_fail(boot, "measuring", kernel, open, tpm->failure);
    failure_tell("measuring", kernel, closed, tpm->failure);
    return true;
}
