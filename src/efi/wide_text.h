/* SPDX-License-Identifier: BSD-2-Clause */
/* Text as the firmware and its programs have it, UTF-16, made of text as Baton has it, UTF-8. */
#ifndef BATON_EFI_WIDE_TEXT_H
#define BATON_EFI_WIDE_TEXT_H

#include "core/base/span.h"
#include "efi/firmware.h"

/*
 * `utf8` with its NUL, in loader data pages of a lease; pages_free() takes ret_text->data.
 * EFI_INVALID_PARAMETER when it is not UTF-8.
 */
efi_status wide_text_make(struct firmware *firmware, const char *utf8, struct span *ret_text);

#endif
