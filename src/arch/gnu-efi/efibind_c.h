/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What gnu-efi's efi.h asks of the file efibind.h of a machine: the types of UEFI (UEFI 2.10,
 * 2.3.1) and some words, the same on all machines of 64 bits where the firmware calls as C does.
 * gnu-efi has such files too, but the package of Debian has only that of the machine it is for.
 */
#ifndef BATON_GNU_EFI_EFIBIND_C_H
#define BATON_GNU_EFI_EFIBIND_C_H

#include <stdint.h>

typedef uint64_t UINT64;
typedef int64_t INT64;
typedef uint32_t UINT32;
typedef int32_t INT32;
typedef uint16_t UINT16;
typedef int16_t INT16;
typedef uint8_t UINT8;
typedef int8_t INT8;
typedef __WCHAR_TYPE__ WCHAR;
typedef uint64_t UINTN;
typedef int64_t INTN;

#define VOID void

#define EFIERR(number)     (0x8000000000000000ULL | (number))
#define EFIERR_OEM(number) (0xc000000000000000ULL | (number))
#define EFI_ERROR_MASK     0x8000000000000000ULL
#define BAD_POINTER        0xfbfbfbfbfbfbfbfbULL
#define MAX_ADDRESS        0xffffffffffffffffULL

/* UEFI 2.10, 2.3.6.4 and 2.3.7.3. */
#define EFIAPI
#define EXPORTAPI
#define BOOTSERVICE
#define RUNTIMESERVICE
#define RUNTIMEFUNCTION
#define RUNTIME_CODE(function)
#define BEGIN_RUNTIME_DATA()
#define END_RUNTIME_DATA()
#define VOLATILE             volatile
#define MEMORY_FENCE()       __sync_synchronize()
#define INTERFACE_DECL(name) struct name
#define EFI_FUNCTION

#endif
