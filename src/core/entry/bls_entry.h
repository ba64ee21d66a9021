/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One entry of the Boot Loader Specification (UAPI.1), and the format of type 1, a file of
 * \loader\entries (type 2, an image, is made one by src/boot/entry/uki_entry.h). Knows the format;
 * reads no file and decides nothing about the order (entry_order.h) or the kernel.
 *
 * Unknown keys are ignored, as the specification wants, but Baton says so (a misspelt `intrd` that
 * vanishes is worse than a line on the console); keys that other loaders use are passed over in
 * silence. A line that is no key at all is ignored with a warning too: the rest of the entry still
 * boots. Keys that may be given once count with their last value.
 */
#ifndef BATON_CORE_ENTRY_BLS_ENTRY_H
#define BATON_CORE_ENTRY_BLS_ENTRY_H

#include "core/base/span.h"
#include "core/text/explain.h"
#include "core/text/lines.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLS_INITRDS_MAX   64U
#define BLS_OPTIONS_MAX   16384U /* bytes of all options together; kernels set lower bounds */
#define BLS_WARNINGS_MAX  4U     /* kept; more are counted */
#define BLS_EXIT_TIME_MAX 600U   /* seconds */
#define BLS_PROFILE_MAX   255U   /* systemd's UNIFIED_PROFILES_MAX is their count */

/* A buffer that is enough for any entry of `size` bytes with any file name. */
#define BLS_ENTRY_CAPACITY(size) ((size_t)(size) + 1024)

enum bls_entry_error {
    BLS_ENTRY_OK = 0,
    BLS_ENTRY_FILE_NAME,     /* not `<id>.conf` */
    BLS_ENTRY_TOO_LARGE,     /* more than LINES_TEXT_MAX bytes */
    BLS_ENTRY_BINARY,        /* a NUL byte: UTF-16 or no text at all */
    BLS_ENTRY_ARCHITECTURE,  /* for another machine: to be hidden, says the specification */
    BLS_ENTRY_LINE_TOO_LONG, /* more than LINES_LINE_MAX bytes */
    BLS_ENTRY_NO_VALUE,      /* linux, efi, uki, initrd or architecture with nothing after it */
    BLS_ENTRY_ENCODING,      /* control characters or no UTF-8 in the value of a known key */
    BLS_ENTRY_KERNEL_PATH,   /* of linux, efi or uki; the note says what about it */
    BLS_ENTRY_INITRD_PATH,   /* the note says what about it */
    BLS_ENTRY_INITRDS,       /* more than BLS_INITRDS_MAX */
    BLS_ENTRY_OPTIONS,       /* more than BLS_OPTIONS_MAX bytes */
    BLS_ENTRY_BOOLEAN,       /* baton-debug or baton-place-high with something else than yes/no */
    BLS_ENTRY_EXIT_TIME,     /* baton-exit-time is no number from 1 to BLS_EXIT_TIME_MAX */
    BLS_ENTRY_EXIT,          /* baton-exit is neither firmware nor baton */
    BLS_ENTRY_PROFILE,       /* profile is no number up to BLS_PROFILE_MAX */
    BLS_ENTRY_NO_KERNEL,     /* none of linux, efi and uki */
    BLS_ENTRY_TWO_KERNELS,   /* more than one of linux, efi and uki */
    BLS_ENTRY_BUFFER,        /* the caller's buffer is smaller than BLS_ENTRY_CAPACITY */
};

struct explanation bls_entry_explain(enum bls_entry_error error);

enum bls_kind {
    BLS_LINUX, /* the key `linux` */
    BLS_EFI,   /* the key `efi`: any EFI program */
    BLS_UKI,   /* the key `uki`: a unified kernel image */
};

/* Who leaves boot services. */
enum bls_exit {
    BLS_EXIT_DEFAULT,  /* Baton for a kernel it can enter, else the program itself */
    BLS_EXIT_FIRMWARE, /* the program, started by the firmware: a kernel's own EFI stub */
    BLS_EXIT_BATON,    /* Baton or nobody; a unified kernel image is opened for that */
};

/* False for any other word than firmware and baton. */
bool bls_exit_parse(struct span value, enum bls_exit *ret_exit);

/* `<id>[+LEFT[-DONE]].conf`, or .efi, "Boot counting" in the specification. */
struct bls_counter {
    bool counted;  /* false: not subject to boot counting, the entry is good */
    uint32_t left; /* tries left; 0 when counted: a "bad" entry; saturates */
    uint32_t done; /* tries done; saturates */
};

/* Strings live in the caller's buffer and are never NULL where not said otherwise. */
struct bls_entry {
    const char *id; /* file name without boot counter and without .conf or .efi */
    bool is_image;  /* of type 2: the kernel is the entry, and its name ends in .efi */
    struct bls_counter counter;
    const char *title;      /* "" when not given: show the id */
    const char *version;    /* "" when not given */
    const char *machine_id; /* "" when not given */
    const char *sort_key;   /* "" when not given */
    enum bls_kind kind;
    const char *kernel;                   /* normalised path of linux, efi or uki */
    const char *initrds[BLS_INITRDS_MAX]; /* normalised paths, in their order */
    uint32_t initrd_count;
    const char *options;    /* all of them, joined with single spaces; "" when none */
    bool debug;             /* baton-debug */
    bool place_high;        /* baton-place-high */
    bool late_map;          /* baton-late-map */
    bool exit_marker;       /* baton-exit-marker */
    enum bls_exit exit;     /* baton-exit */
    uint32_t exit_seconds;  /* baton-exit-time; 0 when not given */
    uint32_t profile;       /* of a unified kernel image; 0: the first, which is the default */
    uint32_t warning_count; /* lines that were ignored, kept below or not */
    struct line_note warnings[BLS_WARNINGS_MAX];
};

/*
 * `file_name` is the name in the directory. ret_entry is filled on BLS_ENTRY_OK only, ret_note
 * (the line of the first error) on every error.
 */
enum bls_entry_error bls_entry_parse(struct span text, const char *file_name, char *buffer,
                                     size_t capacity, struct bls_entry *ret_entry,
                                     struct line_note *ret_note);

/*
 * Bytes of `file_name` that are the id; false when it does not end in `suffix`, ".conf" or ".efi"
 * in any case, or has nothing before it.
 */
bool bls_file_name_parse(const char *file_name, const char *suffix, size_t *ret_id_length,
                         struct bls_counter *ret_counter);

#endif
