/* SPDX-License-Identifier: BSD-2-Clause */
/* The answers of firmware services as numbers, for code that does not include <efi.h>. */
#ifndef BATON_CORE_BASE_EFI_STATUS_H
#define BATON_CORE_BASE_EFI_STATUS_H

#include <stdint.h>

typedef uint64_t efi_status; /* EFI_STATUS */

/* UEFI 2.10, appendix D: the highest bit is set in every error, and in no warning. */
#define STATUS_ERROR_BIT (1ULL << 63)

#define STATUS_SUCCESS           0ULL
#define STATUS_LOAD_ERROR        (STATUS_ERROR_BIT | 1)
#define STATUS_INVALID_PARAMETER (STATUS_ERROR_BIT | 2)
#define STATUS_UNSUPPORTED       (STATUS_ERROR_BIT | 3)
#define STATUS_BUFFER_TOO_SMALL  (STATUS_ERROR_BIT | 5)
#define STATUS_OUT_OF_RESOURCES  (STATUS_ERROR_BIT | 9)
#define STATUS_VOLUME_CORRUPTED  (STATUS_ERROR_BIT | 10)
#define STATUS_NOT_FOUND         (STATUS_ERROR_BIT | 14)
#define STATUS_END_OF_FILE       (STATUS_ERROR_BIT | 31)

#endif
