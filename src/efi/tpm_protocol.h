/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Private to src/efi: the two measurement protocols, which gnu-efi has no header for:
 * EFI_TCG2_PROTOCOL of the TCG EFI Protocol Specification, family 2.0, and
 * EFI_CC_MEASUREMENT_PROTOCOL of UEFI 2.10, section 38. The second is the first with other names:
 * the services that Baton calls and their structures are the same byte for byte, so one set of
 * types does for both.
 */
#ifndef BATON_EFI_TPM_PROTOCOL_H
#define BATON_EFI_TPM_PROTOCOL_H

#include <efi.h>

#include <stddef.h>

/*
 * EFI_TCG2_BOOT_SERVICE_CAPABILITY, as far as Baton reads it. Structure version 1.0 (the "TrEE"
 * protocol that came before, under the same GUID) has the same fields up to here.
 */
struct tpm_capability {
    UINT8 size; /* in: of this structure */
    UINT8 structure_version[2];
    UINT8 protocol_version[2];
    UINT32 hash_algorithms;
    UINT32 event_logs;
    BOOLEAN tpm_present;
    UINT8 rest[47]; /* 19 bytes of it in version 1.1, room for what later ones append */
};
_Static_assert(offsetof(struct tpm_capability, tpm_present) == 16, "as the specification has it");

/* EFI_TCG2_EVENT, EFI_CC_EVENT; the event's data follows. */
struct tpm_event {
    UINT32 size;        /* of all, with the data */
    UINT32 header_size; /* TPM_EVENT_HEADER_SIZE */
    UINT16 header_version;
    UINT32 index; /* PCR, or measurement register */
    UINT32 type;
} __attribute__((packed));
_Static_assert(sizeof(struct tpm_event) == 18, "as the specification has it");

#define TPM_EVENT_HEADER_SIZE    14U /* header_size to type */
#define TPM_EVENT_HEADER_VERSION 1U

struct tpm_protocol {
    EFI_STATUS(EFIAPI *get_capability)
    (struct tpm_protocol *self, struct tpm_capability *capability);
    EFI_STATUS(EFIAPI *get_event_log)
    (struct tpm_protocol *self, UINT32 format, EFI_PHYSICAL_ADDRESS *ret_first,
     EFI_PHYSICAL_ADDRESS *ret_last, BOOLEAN *ret_truncated);
    EFI_STATUS(EFIAPI *hash_log_extend_event)
    (struct tpm_protocol *self, UINT64 flags, EFI_PHYSICAL_ADDRESS data, UINT64 size,
     struct tpm_event *event);
    /* Of EFI_CC_MEASUREMENT_PROTOCOL only: TCG2 has another service in this place. */
    EFI_STATUS(EFIAPI *map_pcr_to_mr_index)
    (struct tpm_protocol *self, UINT32 pcr, UINT32 *ret_index);
};

#endif
