/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/linux/tpm_log.h"

#include "core/base/mem.h"
#include "efi/services.h"
#include "efi/tpm_protocol.h"

/* struct linux_efi_tpm_eventlog, include/linux/efi.h; the log follows. */
struct log_table {
    UINT32 size;                      /* bytes of log */
    UINT32 final_events_preboot_size; /* bytes of final events that are in the log already */
    UINT8 version;                    /* the log's format */
} __attribute__((packed));
_Static_assert(sizeof(struct log_table) == 9, "as Linux has it");

/*
 * Zeros behind the log. Linux reads the algorithms from the first entry without asking whether
 * there is one: 60 bytes of an empty log.
 */
#define TAIL_SIZE 64U

struct source {
    struct span log; /* the first entry and what may be read from there; data is NULL: no log */
    uint64_t last;
    enum event_log_format format;
    const EFI_GUID *final_events; /* the table's GUID; NULL: the format has none */
    bool truncated;
};

/* What may be read from an address that the firmware gave: it never wraps around. */
static struct span readable(uint64_t address)
{
    uint64_t to_the_end = UINT64_MAX - address;

    return span_of((const void *)(uintptr_t)address,
                   to_the_end < EVENT_LOG_MAX ? to_the_end : EVENT_LOG_MAX);
}

static bool ask(struct tpm_protocol *protocol, enum event_log_format format,
                struct source *ret_source)
{
    EFI_PHYSICAL_ADDRESS first = 0;
    EFI_PHYSICAL_ADDRESS last = 0;
    BOOLEAN truncated = FALSE;

    if (protocol == NULL ||
        protocol->get_event_log(protocol, format, &first, &last, &truncated) != EFI_SUCCESS ||
        first == 0)
        return false;
    *ret_source = (struct source){
        .log = readable(first),
        .last = last,
        .format = format,
        .truncated = truncated != FALSE,
    };
    return true;
}

static struct source find_source(const struct tpm *tpm)
{
    static const EFI_GUID tcg2_final = {
        0x1e2ed096, 0x30e2, 0x4254, {0xbd, 0x89, 0x86, 0x3b, 0xbe, 0xf8, 0x23, 0x25}};
    static const EFI_GUID cc_final = {
        0xdd4a4648, 0x2de7, 0x4665, {0x96, 0x4d, 0x21, 0xd9, 0xef, 0x5f, 0xb4, 0x46}};
    struct source source = {0};

    if (ask(tpm->tcg2, EVENT_LOG_CRYPTO_AGILE, &source))
        source.final_events = &tcg2_final;
    else if (!ask(tpm->tcg2, EVENT_LOG_SHA1, &source) &&
             ask(tpm->cc, EVENT_LOG_CRYPTO_AGILE, &source))
        source.final_events = &cc_final;
    return source;
}

/* 0 when they cannot be sized: Linux, which reads the same table, cannot do it either. */
static size_t final_events_size(const struct firmware *firmware, const struct source *source)
{
    const void *table =
        source->final_events != NULL ? configuration_table(firmware, source->final_events) : NULL;
    size_t size = 0;

    if (table != NULL)
        (void)event_log_final_size(source->log, readable((uintptr_t)table), &size);
    return size;
}

struct tpm_log_report tpm_log_install(struct firmware *firmware, struct linux_tables *tables,
                                      const struct tpm *tpm)
{
    struct source source = find_source(tpm);
    struct tpm_log_report report = {.truncated = source.truncated};
    struct log_table *table;
    size_t size = 0;

    report.status = EFI_NOT_FOUND;
    if (source.log.data == NULL)
        return report;
    report.status = EFI_VOLUME_CORRUPTED;
    report.error = event_log_size(source.log, source.format, source.last, &size);
    if (report.error != EVENT_LOG_OK)
        return report;
    report.status = EFI_OUT_OF_RESOURCES;
    table = linux_tables_take(firmware, tables, sizeof(*table) + size + TAIL_SIZE);
    if (table == NULL)
        return report;
    *table = (struct log_table){
        .size = (UINT32)size,
        .final_events_preboot_size = (UINT32)final_events_size(firmware, &source),
        .version = (UINT8)source.format,
    };
    memcpy(table + 1, source.log.data, size);
    memset((UINT8 *)(table + 1) + size, 0, TAIL_SIZE);
    report.status = linux_tables_install(firmware, LINUX_TABLE_TPM_LOG, table);
    return report;
}
