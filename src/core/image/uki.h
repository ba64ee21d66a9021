/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a unified kernel image carries and where, so that Baton can take it apart and enter the
 * kernel in it by itself. Sees the section table (pe.h) and single sections' contents; reads,
 * measures and places nothing.
 *
 * Sources: UAPI.5, https://uapi-group.org/specifications/specs/unified_kernel_image/; for the order
 * of measurements and for profiles systemd's src/fundamental/uki.h and src/boot/pe.c (v257), for
 * what older stubs measure src/fundamental/tpm-pcr.h (v252), for command lines
 * mangle_stub_cmdline() in src/boot/util.c.
 */
#ifndef BATON_CORE_IMAGE_UKI_H
#define BATON_CORE_IMAGE_UKI_H

#include "core/base/span.h"
#include "core/image/pe.h"
#include "core/text/explain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order in which systemd-stub measures them into PCR 11, .pcrsig left out. */
enum uki_part {
    UKI_LINUX,
    UKI_OSREL,
    UKI_CMDLINE,
    UKI_INITRD,
    UKI_UCODE,
    UKI_SPLASH,
    UKI_DTB,
    UKI_UNAME,
    UKI_SBAT,
    UKI_PCRSIG,
    UKI_PCRPKEY,
    UKI_PROFILE,
    UKI_DTBAUTO,
    UKI_HWIDS,
    UKI_EFIFW,
    UKI_SDMAGIC, /* systemd-stub's own: says which version it is */
    UKI_PART_COUNT,
};

enum uki_error {
    UKI_OK = 0,
    UKI_DUPLICATE,  /* a section that may be there once is there twice */
    UKI_NO_PROFILE, /* the profile that was asked for does not exist */
    /* The following only stand in the way of opening; the firmware can start the image. */
    UKI_NO_KERNEL,        /* no .linux: an EFI program, perhaps a loader with an os-release */
    UKI_ZEROS,            /* a section ends in zeros that are not in the file */
    UKI_DEVICE_TREE,      /* .dtb or .dtbauto: only its own stub can install that */
    UKI_FIRMWARE,         /* .efifw: the same */
    UKI_UNMEASURED,       /* its stub would not measure what opening it loads */
    UKI_CMDLINE_ENCODING, /* .cmdline is not UTF-8 */
    UKI_CMDLINE_TOO_LONG, /* .cmdline does not fit into the caller's buffer */
};

struct explanation uki_explain(enum uki_error error);

/*
 * One section's bytes. All numbers are bytes. The zeros behind them that are in memory only are
 * measured by a stub as if they were in the file: some versions of ukify give .linux the size in
 * memory that the kernel's own headers ask for.
 */
struct uki_section {
    bool present;    /* false: there is none, or it is empty; nothing else means anything then */
    uint64_t offset; /* in the file */
    uint64_t size;   /* in the file */
    uint64_t zeros;  /* that follow in memory; after uki_openable() only .linux may have some */
};

struct uki {
    struct uki_section sections[UKI_PART_COUNT]; /* as the profile has them */
    uint32_t profile_count; /* 0: a UKI without profiles; below PE_SECTIONS_MAX */
};

/* With its dot, for example ".linux": what is measured before the section's contents, with NUL. */
const char *uki_part_name(enum uki_part part);

/*
 * Finds the sections of one profile: those before the first .profile, each replaced by the
 * profile's own if it has one. Profile 0 is the default, and always there. ret_uki is untouched on
 * every error.
 */
enum uki_error uki_parse(const struct pe *pe, uint32_t profile, struct uki *ret_uki);

/*
 * The same from the first bytes of a file of `file_size` bytes, pe_head_needed() of them at least.
 * When false, ret_why is {NULL, NULL} for an image of another machine, and says what is wrong else.
 */
bool uki_find(struct span head, uint64_t file_size, uint32_t profile, struct uki *ret_uki,
              struct explanation *ret_why);

/* Whether Baton can enter the kernel itself; if not, why not. */
enum uki_error uki_openable(const struct uki *uki);

/*
 * Whether a stub of that version measures that section into PCR 11. `stub_version` is what
 * uki_stub_version() made of the contents of .sdmagic, for example 252; 0: unknown, taken for the
 * newest. Callers go through the parts in the enum's order and measure those that are present.
 */
bool uki_measured(enum uki_part part, uint32_t stub_version);
uint32_t uki_stub_version(struct span sdmagic);

/*
 * Whether that section comes to the kernel when the image is opened. All of those have to be
 * measured, or the image is left closed (UKI_UNMEASURED): nobody measures .sdmagic, so an older
 * version in it must not make a section invisible that is loaded all the same.
 */
bool uki_loaded(enum uki_part part);
enum uki_error uki_measurable(const struct uki *uki, uint32_t stub_version);

/*
 * The command line as the stub hands it to the kernel: up to the first NUL, white space around it
 * cut off, other control characters made spaces. NUL-terminated UTF-8. `section` is the contents of
 * .cmdline, which itself is what is measured. Bytes of buffer that are enough: section.size + 1.
 */
enum uki_error uki_cmdline(struct span section, char *buffer, size_t capacity, size_t *ret_length);

#endif
