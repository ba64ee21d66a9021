/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One entry of the Boot Loader Specification (UAPI.1), and the format of type 1, a file of
 * \loader\entries (type 2, an image, is made one by src/boot/entry/uki_entry.h). Knows the format;
 * reads no file and decides nothing about the order (entry_order.h) or the kernel.
 *
 * One bad line never costs an entry, unless something else would run than what was meant: a kernel
 * or an initrd whose path cannot be used, two kernels of different kinds, options that cannot be
 * passed on, the profile of an image. Everything else is a warning: a misspelt `intrd` that
 * vanishes is worse than a line on the console. Keys of other loaders that change nothing of what
 * runs are passed over in silence; keys that may be given once count with their last value.
 *
 * Quotes, double or single, around a whole value come off, as with systemd-boot; around all options
 * only when there are no others of them inside. An initrd line may be a list, which is GRUB's way
 * of writing it (each Fedora with TuneD has `initrd /a $tuned_initrd`): it is split at blanks, and
 * what begins with `$` is left out. In quotes a path keeps its blanks, but what follows one with a
 * slash is the next path, for no name on FAT ends in a blank.
 */
#ifndef BATON_CORE_ENTRY_BLS_ENTRY_H
#define BATON_CORE_ENTRY_BLS_ENTRY_H

#include "core/base/span.h"
#include "core/entry/bls_warning.h"
#include "core/entry/entry_name.h"
#include "core/text/explain.h"
#include "core/text/lines.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLS_INITRDS_MAX   64U /* with the modules and the extras */
#define BLS_MODULES_MAX   32U
#define BLS_OPTIONS_MAX   16384U /* bytes of all options together; kernels set lower bounds */
#define BLS_STRING_MAX    1024U  /* bytes of title, version, machine-id and sort-key each */
#define BLS_WARNINGS_MAX  8U     /* kept; more are counted */
#define BLS_EXIT_TIME_MAX 600U   /* seconds */
#define BLS_PROFILE_MAX   255U   /* systemd's UNIFIED_PROFILES_MAX is their count */

/* A buffer that is enough for any entry of `size` bytes with any file name. */
#define BLS_ENTRY_CAPACITY(size) ((size_t)(size) + 1024 + (size_t)2 * ENTRY_NAME_MAX)

enum bls_entry_error {
    BLS_ENTRY_OK = 0,
    BLS_ENTRY_FILE_NAME,    /* not `<id>.conf` */
    BLS_ENTRY_TOO_LARGE,    /* more than LINES_TEXT_MAX bytes */
    BLS_ENTRY_UTF16,        /* UTF-16, see lines_are_utf16() */
    BLS_ENTRY_ARCHITECTURE, /* for another machine: to be hidden, says the specification */
    BLS_ENTRY_NUL,          /* a NUL byte among the options, which are passed on as a C string */
    BLS_ENTRY_ENCODING,     /* options that are no UTF-8, for a program that gets them in UTF-16 */
    BLS_ENTRY_KERNEL_PATH,  /* of linux, efi or uki; the note says what about it */
    BLS_ENTRY_INITRD_PATH,  /* the note says what about it */
    BLS_ENTRY_MODULE_PATH,  /* of baton-module; the note says what about it */
    BLS_ENTRY_TREE_PATH,    /* of devicetree; the note says what about it */
    BLS_ENTRY_INITRDS,      /* more than BLS_INITRDS_MAX, modules and extras among them */
    BLS_ENTRY_OPTIONS,      /* more than BLS_OPTIONS_MAX bytes */
    BLS_ENTRY_PROFILE,      /* with uki: profile is no number up to BLS_PROFILE_MAX */
    BLS_ENTRY_NO_KERNEL,    /* none of linux, efi and uki */
    BLS_ENTRY_TWO_KERNELS,  /* two of linux, efi and uki */
    BLS_ENTRY_BUFFER,       /* the caller's buffer is smaller than BLS_ENTRY_CAPACITY */
};

struct explanation bls_entry_explain(enum bls_entry_error error);

enum bls_kind {
    BLS_LINUX,  /* the key `linux` */
    BLS_EFI,    /* the key `efi`: any EFI program */
    BLS_UKI,    /* the key `uki`: a unified kernel image */
    BLS_ACTION, /* no key and no file: what Baton does by itself, enum entry_action */
};

/* What stands in a file of the key `extra`, by the end of its name. */
enum bls_extra { BLS_EXTRA_CREDENTIAL, BLS_EXTRA_SYSEXT, BLS_EXTRA_CONFEXT, BLS_EXTRA_KINDS };

/* False for any other name, and for one that is not ASCII. */
bool bls_extra_is(const char *path, enum bls_extra *ret_kind);

enum entry_action { ENTRY_SETUP, ENTRY_POWER_OFF, ENTRY_REBOOT, ENTRY_ENROLL };

/* Who leaves boot services. */
enum bls_exit {
    BLS_EXIT_DEFAULT,  /* Baton for a kernel it can enter, else the program itself */
    BLS_EXIT_FIRMWARE, /* the program, started by the firmware: a kernel's own EFI stub */
    BLS_EXIT_GUARD,    /* the same, and Baton sees to it that it succeeds */
    BLS_EXIT_BATON,    /* Baton or nobody; a unified kernel image is opened for that */
};

/* False for any other word than firmware, guard and baton. */
bool bls_exit_parse(struct span value, enum bls_exit *ret_exit);

/*
 * Strings live in the caller's buffer and are never NULL where not said otherwise. Title, version,
 * machine-id and sort-key are printable (printable.h); what is not was made so.
 */
struct bls_entry {
    const char *id;         /* entry_name.h; of a further profile of an image with `@profile` */
    const char *image_id;   /* without that; the same as `id` for all others */
    const char *file;       /* its name in the directory; "" when it has none */
    const char *title;      /* "" when not given: show the id */
    const char *version;    /* "" when not given */
    const char *machine_id; /* "" when not given */
    const char *sort_key;   /* "" when not given */
    const char *kernel;     /* normalised path of linux, efi or uki */
    /*
     * All of them, joined with single spaces; "" when none. As they are in the file: may be no
     * UTF-8 with the key `linux`, and may have control characters.
     */
    const char *options;
    enum bls_kind kind;
    enum bls_exit exit;    /* baton-exit */
    bool debug;            /* baton-debug */
    bool place_high;       /* baton-place-high */
    bool late_map;         /* baton-late-map */
    bool exit_marker;      /* baton-exit-marker */
    bool is_silent;        /* set by the caller: it is not said that it is booted */
    bool is_image;         /* of type 2: the kernel is the entry, and its name ends in .efi */
    bool is_automatic;     /* nobody has written it: src/boot/entry/automatic.h */
    bool is_windows;       /* of these the one that starts Windows */
    uint8_t action;        /* enum entry_action, of BLS_ACTION */
    char hot_key;          /* of an automatic one, as systemd-boot has it; 0: none */
    uint8_t volume;        /* set by the caller: which of its volumes the paths are on */
    uint8_t wanted;        /* likewise: enum entry_wish, see entry_choice.h */
    uint32_t exit_seconds; /* baton-exit-time; 0 when not given */
    uint32_t profile;      /* of a unified kernel image; 0: the first, which is the default; of any
                              other the number that goes in front of its options, 0: none */
    uint32_t initrd_count;
    uint32_t module_count;
    uint32_t extra_count;   /* bls_extra(); of BLS_UKI only */
    uint32_t place;         /* set by entry_keep(): how many were read before it */
    uint32_t warning_count; /* kept below or not */
    struct entry_counter counter;
    /* Normalised paths, in their order; at the end those of the extras, the first one last. */
    const char *initrds[BLS_INITRDS_MAX];
    const char *modules[BLS_INITRDS_MAX]; /* baton-module: a path, and bls_module_words() */
    struct bls_warning warnings[BLS_WARNINGS_MAX];
    const char *device_tree; /* normalised path; NULL: none, and on machines without device trees */
    const char *text; /* set by the caller: the bytes of its file and a NUL; NULL for others */
};

/* The normalised path of an extra, in their order; its name is ASCII and of a known kind. */
const char *bls_extra(const struct bls_entry *entry, uint32_t place);

/* What stands behind the path of a module, as it is in the file; "" when nothing does. */
const char *bls_module_words(const char *module);

struct loader_conf;

/*
 * `file_name` is the name in the directory; `conf` has the settings of Baton's own that the entry
 * begins with (baton_conf.h). ret_entry is filled on BLS_ENTRY_OK only, ret_note (the line of the
 * first error) on every error.
 */
enum bls_entry_error bls_entry_parse(struct span text, const char *file_name,
                                     const struct loader_conf *conf, char *buffer, size_t capacity,
                                     struct bls_entry *ret_entry, struct line_note *ret_note);

/*
 * One line of Baton's own, `baton-...`, wherever it stands, into the entry's fields of that name.
 * What is wrong with it, else BLS_WARNING_NONE; in the first case the entry is as it was.
 */
enum bls_warning_kind bls_setting_parse(struct span word, struct span value,
                                        struct bls_entry *entry);

#endif
