/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the caller of Baton asks for in EFI_LOADED_IMAGE_PROTOCOL.LoadOptions:
 *
 *     [program] [--debug] [--help] [--version] [--place-high] \vmlinuz initrd=\a.img words...
 *
 * Untrusted, and often not meant for Baton at all: EDK2's boot manager passes 16 bytes of a GUID
 * with every option it made itself, other firmware the description of the option (`M.2 SSD 1`), a
 * copy of the device path, also as text (`PciRoot(0x0)/Pci(0x1F,0x2)`), or the whole of
 * EFI_LOAD_OPTION; U-Boot its variable `bootargs`; and tools leave what they had for another
 * program
 * (`root=/dev/sda2 initrd=...`). Knows how options are written; reads no file and no protocol.
 *
 * Encoding: UTF-16, ended by a NUL or by the size, with or without a byte order mark. Options whose
 * bytes are all printable ASCII are taken as 8-bit text, because efibootmgr without --unicode
 * writes them so; UTF-16 with a single backslash or space in it has a zero byte and is never
 * mistaken for that.
 *
 * The program's name is the first word when its last component is the image's own file name, with
 * or without `.efi`, in any case. The UEFI shell passes it, the boot manager does not. Behind it
 * stands what somebody typed for Baton, and a mistake there is an error.
 *
 * Without it only a flag of Baton's, or the path of a file that is there, makes the options
 * Baton's: whatever else there is must not keep a machine from booting. Whether the file is there
 * is the caller's to find out, see `if_present`. A path has a slash or a dot in it, unless it
 * stands behind a flag.
 *
 * The kernel is the first word that is not a flag.
 *
 * `fs0:` in front of a path is the shell's own name of a volume, which Baton cannot look up. It is
 * dropped when the program's name was typed with the same one, for then it is Baton's volume;
 * otherwise it is refused rather than reading another volume's file of that name.
 *
 * Quotes: up to and with the kernel, and in `initrd=` words, double quotes group and are removed.
 * In the words for the kernel they group (an `initrd=` inside is the kernel's) and are kept.
 */
#ifndef BATON_CORE_ENTRY_LOAD_OPTIONS_H
#define BATON_CORE_ENTRY_LOAD_OPTIONS_H

#include "core/base/span.h"
#include "core/text/explain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOAD_OPTIONS_MAX         65536U /* bytes; more is LOAD_OPTIONS_GARBAGE */
#define LOAD_OPTIONS_INITRDS_MAX 64U

/* A buffer that is enough for any options of `size` bytes. */
#define LOAD_OPTIONS_CAPACITY(size) (3 * (size_t)(size) + 256)

enum load_options_error {
    LOAD_OPTIONS_OK = 0,
    LOAD_OPTIONS_NONE,    /* no options: nothing, white space, or the program's name alone */
    LOAD_OPTIONS_FOREIGN, /* text, and not for Baton: to be said, and treated as no options */
    LOAD_OPTIONS_GARBAGE, /* bytes that say nothing: to be treated as no options, in silence */
    /*
     * Everything below is text that somebody wrote for Baton, and wrong: with the program's name in
     * front, or, behind a kernel, if that is there (fault.if_present).
     */
    LOAD_OPTIONS_FLAG,      /* a word with a dash in front that is no flag of Baton's */
    LOAD_OPTIONS_NO_KERNEL, /* `initrd=` or another parameter where the kernel's path belongs */
    LOAD_OPTIONS_QUOTE,     /* a double quote is not closed in Baton's own part */
    LOAD_OPTIONS_KERNEL,    /* the kernel's path; fault.why says what about it */
    LOAD_OPTIONS_INITRD,    /* an initrd's path; fault.why says what about it */
    LOAD_OPTIONS_INITRDS,   /* more than LOAD_OPTIONS_INITRDS_MAX */
    LOAD_OPTIONS_BUFFER,    /* the caller's buffer is smaller than LOAD_OPTIONS_CAPACITY */
};

struct explanation load_options_explain(enum load_options_error error);

/* Strings live in the caller's buffer. */
struct load_options {
    bool debug;
    bool help;
    bool version;
    bool place_high;
    const char *kernel; /* normalised; NULL: flags only, the entries on the volume are used */
    /*
     * NULL, or the kernel again: then nobody typed the program's name, and if there is no such file
     * on the volume, kernel, initrds and command line are not for Baton. The flags count all the
     * same; the rest is as with LOAD_OPTIONS_FOREIGN.
     */
    const char *if_present;
    const char *command_line; /* without the initrd= words; "" when there is none */
    uint32_t initrd_count;
    const char *initrds[LOAD_OPTIONS_INITRDS_MAX]; /* normalised, in the order written */
};

/* For the message about an error, and about what is not for Baton. */
struct load_options_fault {
    const char *word; /* in the caller's buffer, printable; "" when no word is to blame */
    const char *why;  /* static, the problem of the path; NULL: load_options_explain() says all */
    /* NULL, or a path: if there is no such file on the volume it is no error, see above. */
    const char *if_present;
};

/*
 * `image_path` is the file Baton was loaded from, UTF-8; "" when the firmware does not say (then
 * `baton` and `bootx64`, with or without `.efi`, are taken for the program's name). ret_options is
 * filled on LOAD_OPTIONS_OK, and with the flags and nothing else on LOAD_OPTIONS_FOREIGN; ret_fault
 * on LOAD_OPTIONS_FOREIGN and on errors after LOAD_OPTIONS_GARBAGE.
 */
enum load_options_error load_options_parse(struct span bytes, const char *image_path, char *buffer,
                                           size_t capacity, struct load_options *ret_options,
                                           struct load_options_fault *ret_fault);

#endif
