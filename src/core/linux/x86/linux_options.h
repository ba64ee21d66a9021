/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a Linux command line asks of whoever boots the kernel, read as the kernel's own EFI stub
 * reads it (efi_parse_options() in drivers/firmware/efi/libstub/efi-stub-helper.c, next_arg() in
 * lib/cmdline.c): words are parted by white space but for what is in double quotes, a word that is
 * "--" alone ends what is the kernel's. Knows nothing of Baton's own options.
 */
#ifndef BATON_CORE_LINUX_X86_LINUX_OPTIONS_H
#define BATON_CORE_LINUX_X86_LINUX_OPTIONS_H

#include <stdbool.h>

/*
 * True unless the last efi= has "nosoftreserve" in its list: then memory that the firmware keeps
 * for a special purpose is to be like any other.
 */
bool linux_options_soft_reserve(const char *command_line);

#endif
