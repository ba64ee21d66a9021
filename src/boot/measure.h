/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of a boot is measured, into which PCR, and how the events look: exactly as Linux's own EFI
 * stub, systemd-boot and systemd-stub measure the same things, so that policies and tools made for
 * those hold. Which PCR belongs to whom: UAPI group, "Linux TPM PCR Registry". Knows no service
 * (efi/tpm.h).
 *
 * Each function returns 0 when everything was measured, and when the machine has nothing to measure
 * into. Anything else is the first failure of this `struct tpm`. Nothing is measured from then on,
 * and nothing is entered before measure_close(): whoever is entered could extend the registers with
 * what is missing. boot/trust.h sees to that for every kind of boot.
 *
 * A boot that fails after its measurements leaves them in the registers; the next one's come on
 * top, in the log as well.
 *
 * The PCR's value depends on the order. As through the stub: measure_options(), then
 * measure_initrd().
 */
#ifndef BATON_BOOT_MEASURE_H
#define BATON_BOOT_MEASURE_H

#include "core/base/span.h"
#include "efi/firmware.h"
#include "efi/lease.h"
#include "efi/tpm.h"

#include <stdbool.h>

/*
 * PCR 9, as Linux's stub: the initrd as the kernel gets it, all its files in one, with the padding
 * between them and without any behind the last. An empty one is not measured.
 */
efi_status measure_initrd(struct tpm *tpm, struct span initrd);

/*
 * PCR 4, where LoadImage measures what it loads: code that Baton enters without the firmware. The
 * hash is of `file` as it is, from its first byte to its last; no Authenticode hash, for it may be
 * anything. EV_IPL is the code of the initial program loader and whatever it loads; the event is
 * the path, UTF-8 with its NUL.
 */
efi_status measure_kernel(struct tpm *tpm, struct span file, const char *path);

/*
 * PCR 9: a file that a kernel is given under its path, as GRUB names it in the event (EV_IPL). The
 * path is hashed in an event of its own in front of the contents, as the stub does with sections: a
 * kernel may tell its modules apart by their names. Empty files are measured as well.
 */
efi_status measure_module(struct tpm *tpm, const char *path, struct span contents);

/* Who measures a kernel's options; bits. */
enum measure_as {
    MEASURE_AS_LOADER = 1, /* PCR 12, as systemd-boot (252 and later) does for type 1 entries */
    MEASURE_AS_STUB = 2,   /* PCR 9, as Linux's stub does with its load options */
};

/*
 * Options, UTF-8 (boot/trust.h says which), as whoever `as` names: each hashes the text as UTF-16
 * with its NUL, as load options have it. Empty options are not measured: the stub then has none.
 *
 * The event in PCR 12 is the text; of options that are longer than TPM_EVENT_MAX bytes of UTF-16
 * its beginning. The hash is of the whole text whatever its length. Text that is not UTF-8 is
 * measured as the bytes that it is.
 *
 * Uses pages for the UTF-16 and gives them back.
 */
efi_status measure_options(struct firmware *firmware, struct tpm *tpm, unsigned int as,
                           const char *options);

/* PCR 5, as systemd-boot (257): the bytes of \loader\loader.conf, before they are parsed. */
efi_status measure_loader_conf(struct tpm *tpm, struct span file);

/* PCR 5, with a tag of Baton's own: the bytes of \loader\baton.conf, before they are parsed. */
efi_status measure_baton_conf(struct tpm *tpm, struct span file);

/*
 * PCR 11, as systemd-stub (252 and later): the section's name with its NUL, then what is in it.
 * An empty section is not measured. `name` is ASCII, at most 8 bytes (PE/COFF, section headers).
 * The order of the sections is the caller's.
 */
efi_status measure_uki_section(struct tpm *tpm, const char *name, struct span data);

/* PCR 12, as systemd-stub (257): which profile was chosen, unless it is the first. */
efi_status measure_uki_profile(struct tpm *tpm, uint32_t profile);

/*
 * PCR 12, or 13 for extensions of the system: an archive of files that an entry adds, as
 * systemd-boot (262) does. `name` is ASCII, at most 39 bytes.
 */
efi_status measure_extras(struct tpm *tpm, bool is_system, const char *name, struct span archive);

/*
 * After a failure: every register that anything above goes into ends with an error (tpm_close()).
 * 0 only when all of them do; then tpm->closed is set, for good.
 */
efi_status measure_close(struct tpm *tpm);

#endif
