/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/tpm.h"

#include "core/base/mem.h"
#include "efi/progress.h"
#include "efi/services.h"
#include "efi/tpm_protocol.h"

#define EV_SEPARATOR 0x4U /* TCG PC Client Platform Firmware Profile 1.05, 10.4.1 */

struct whole_event {
    struct tpm_event head;
    UINT8 data[TPM_EVENT_MAX];
} __attribute__((packed));

struct tpm tpm_find(const struct firmware *firmware)
{
    static const EFI_GUID tcg2_guid = {
        0x607f766c, 0x7455, 0x42be, {0x93, 0x0b, 0xe4, 0xd7, 0x6d, 0xb2, 0x72, 0x0f}};
    static const EFI_GUID cc_guid = {
        0x96751a3d, 0x72f4, 0x41a6, {0xa7, 0x94, 0xed, 0x5d, 0x0e, 0x67, 0xae, 0x6b}};
    struct tpm_capability capability = {.size = sizeof(capability)};
    struct tpm_protocol *tcg2 = locate_protocol(firmware, &tcg2_guid);

    /* The protocol is there on machines whose TPM is missing or turned off, too. */
    if (tcg2 != NULL &&
        (tcg2->get_capability(tcg2, &capability) != EFI_SUCCESS || !capability.tpm_present))
        tcg2 = NULL;
    return (struct tpm){.tcg2 = tcg2, .cc = locate_protocol(firmware, &cc_guid)};
}

static EFI_STATUS extend(struct tpm_protocol *protocol, struct span data, struct whole_event *event)
{
    /* EDK II's Tcg2Dxe refuses the address 0, even of nothing. */
    const void *first = data.size != 0 ? (const void *)data.data : (const void *)event;
    EFI_STATUS status =
        protocol->hash_log_extend_event(protocol, 0, (uintptr_t)first, data.size, &event->head);

    return status == EFI_VOLUME_FULL ? EFI_SUCCESS : status;
}

static EFI_STATUS measure(const struct tpm *tpm, unsigned int pcr, uint32_t type, struct span data,
                          struct span event)
{
    struct tpm_protocol *cc = tpm->cc;
    EFI_STATUS status = EFI_SUCCESS;
    struct whole_event whole;
    UINT32 index = 0;

    if (event.size > TPM_EVENT_MAX)
        return EFI_BAD_BUFFER_SIZE;
    whole.head = (struct tpm_event){
        .size = (UINT32)(sizeof(whole.head) + event.size),
        .header_size = TPM_EVENT_HEADER_SIZE,
        .header_version = TPM_EVENT_HEADER_VERSION,
        .index = pcr,
        .type = type,
    };
    if (event.size != 0)
        memcpy(whole.data, event.data, event.size);
    if (tpm->tcg2 != NULL)
        status = extend(tpm->tcg2, data, &whole);
    if (status != EFI_SUCCESS || cc == NULL)
        return status;
    status = cc->map_pcr_to_mr_index(cc, pcr, &index);
    whole.head.index = index;
    return status == EFI_SUCCESS ? extend(cc, data, &whole) : status;
}

efi_status tpm_measure(struct tpm *tpm, unsigned int pcr, uint32_t type, struct span data,
                       struct span event)
{
    if (tpm->failure != EFI_SUCCESS || !tpm_usable(tpm))
        return tpm->failure;
    progress_work_begin(tpm->progress, "measuring", "", data.size);
    tpm->failure = measure(tpm, pcr, type, data, event);
    progress_work_end(tpm->progress, data.size, false);
    return tpm->failure;
}

efi_status tpm_close(const struct tpm *tpm, unsigned int pcr)
{
    static const UINT32 number = 1;
    const struct span error = span_of(&number, sizeof(number));

    return measure(tpm, pcr, EV_SEPARATOR, error, error);
}
