/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows the layout of event logs; must not know what an event means. */
#include "core/trust/event_log.h"

#include "core/base/mem.h"

#define EXPLANATIONS(X)                                                                            \
    X(EVENT_LOG_OK, "nothing is wrong with the event log", "report this as a defect of Baton")     \
    X(EVENT_LOG_ORDER, "the last event of the TPM's log lies before or in its first", UPDATE)      \
    X(EVENT_LOG_END, "an event of the TPM's log goes beyond 1 MiB", AS_BEFORE)                     \
    X(EVENT_LOG_HEADER, "the TPM's log does not list its hash algorithms", AS_BEFORE)              \
    X(EVENT_LOG_ALGORITHMS, "the TPM's log has too many hash algorithms", AS_BEFORE)               \
    X(EVENT_LOG_UNKNOWN, "the TPM's log has a digest of unknown size", AS_BEFORE)                  \
    X(EVENT_LOG_EMPTY, "an event in the TPM's final events has no size", AS_BEFORE)
#define UPDATE "update the firmware"
EXPLAIN_TABLE(EXPLANATIONS)

/* TCG_PCR_EVENT: u32 PCR, u32 type, SHA-1 digest, u32 size of the data, data. */
#define SHA1_EVENT_SIZE_AT 28U
#define SHA1_EVENT_DATA_AT 32U

/* TCG_EfiSpecIDEvent, the data of the first entry: the list of algorithms is at its end. */
#define SPEC_ID          "Spec ID Event03"
#define SPEC_ID_COUNT_AT 24U
#define SPEC_ID_LIST_AT  28U
#define ALGORITHM_SIZE   4U /* u16 identifier, u16 bytes of a digest */

/* TCG_PCR_EVENT2: u32 PCR, u32 type, u32 count; count times u16 identifier and digest; as above. */
struct event_header {
    uint32_t pcr;
    uint32_t type;
    uint32_t count;
};

#define FINAL_COUNT_AT  8U
#define FINAL_EVENTS_AT 16U

struct explanation event_log_explain(enum event_log_error error)
{
    return EXPLAIN(error);
}

static enum event_log_error sha1_event_end(struct span log, uint64_t at, uint64_t *ret_end)
{
    uint32_t size;

    if (!span_u32(log, at + SHA1_EVENT_SIZE_AT, &size) ||
        !span_covers(log, at, SHA1_EVENT_DATA_AT + (uint64_t)size))
        return EVENT_LOG_END;
    *ret_end = at + SHA1_EVENT_DATA_AT + size;
    return EVENT_LOG_OK;
}

/*
 * The list of algorithms in the first entry, and where that ends. That the entry is in PCR 0 is not
 * asked for: the logs of confidential machines have another number there. Some firmware hands out
 * logs of this format without the entry (Linux commit 7dfc06a0f25b).
 */
static enum event_log_error find_algorithms(struct span log, struct span *ret_list,
                                            uint64_t *ret_end)
{
    struct span spec_id;
    uint32_t count;

    if (sha1_event_end(log, 0, ret_end) != EVENT_LOG_OK ||
        !span_part(log, SHA1_EVENT_DATA_AT, *ret_end - SHA1_EVENT_DATA_AT, &spec_id) ||
        !span_u32(spec_id, SPEC_ID_COUNT_AT, &count) ||
        memcmp(spec_id.data, SPEC_ID, sizeof(SPEC_ID)) != 0)
        return EVENT_LOG_HEADER;
    if (count > EVENT_LOG_ALGORITHMS_MAX)
        return EVENT_LOG_ALGORITHMS;
    return span_part(spec_id, SPEC_ID_LIST_AT, (uint64_t)count * ALGORITHM_SIZE, ret_list)
               ? EVENT_LOG_OK
               : EVENT_LOG_HEADER;
}

static bool find_digest_size(struct span list, uint16_t algorithm, uint16_t *ret_size)
{
    uint16_t identifier;

    for (uint64_t at = 0; span_u16(list, at, &identifier); at += ALGORITHM_SIZE)
        if (identifier == algorithm)
            return span_u16(list, at + 2, ret_size);
    return false;
}

/* Where the crypto-agile entry at `at` ends. Of type 0 without data it is the end of the log. */
static enum event_log_error event_end(struct span log, struct span list, uint64_t at,
                                      uint64_t *ret_end)
{
    struct event_header header;
    uint64_t here = at + sizeof(header);
    uint32_t size;

    if (!span_copy(log, at, &header, sizeof(header)))
        return EVENT_LOG_END;
    if (header.count > list.size / ALGORITHM_SIZE)
        return EVENT_LOG_ALGORITHMS;
    for (; header.count > 0; header.count--) {
        uint16_t algorithm;
        uint16_t digest_size;

        if (!span_u16(log, here, &algorithm))
            return EVENT_LOG_END;
        if (!find_digest_size(list, algorithm, &digest_size))
            return EVENT_LOG_UNKNOWN;
        here += sizeof(algorithm) + digest_size;
    }
    if (!span_u32(log, here, &size) || !span_covers(log, here + sizeof(size), size))
        return EVENT_LOG_END;
    *ret_end = header.type == 0 && size == 0 ? at : here + sizeof(size) + size;
    return EVENT_LOG_OK;
}

enum event_log_error event_log_size(struct span log, enum event_log_format format, uint64_t last,
                                    size_t *ret_size)
{
    enum event_log_error error = EVENT_LOG_OK;
    uint64_t offset = last - (uintptr_t)log.data;
    struct span list = {0};
    uint64_t end = 0;

    if (last != 0 && last < (uintptr_t)log.data)
        return EVENT_LOG_ORDER;
    if (last != 0 && offset > log.size)
        return EVENT_LOG_END;
    if (last != 0 && format == EVENT_LOG_CRYPTO_AGILE && offset != 0) {
        error = find_algorithms(log, &list, &end);
        if (error == EVENT_LOG_OK)
            error = offset < end ? EVENT_LOG_ORDER : event_end(log, list, offset, &end);
    } else if (last != 0) {
        /* The first entry is of the old layout in both formats. */
        error = sha1_event_end(log, offset, &end);
    }
    if (error == EVENT_LOG_OK)
        *ret_size = end;
    return error;
}

enum event_log_error event_log_final_size(struct span log, struct span table, size_t *ret_size)
{
    uint64_t here = FINAL_EVENTS_AT;
    enum event_log_error error;
    uint64_t header_end;
    struct span list;
    uint64_t count;

    if (!span_u64(table, FINAL_COUNT_AT, &count))
        return EVENT_LOG_END;
    error = count == 0 ? EVENT_LOG_OK : find_algorithms(log, &list, &header_end);
    for (; error == EVENT_LOG_OK && count > 0; count--) {
        uint64_t begin = here;

        error = event_end(table, list, begin, &here);
        if (error == EVENT_LOG_OK && here == begin)
            error = EVENT_LOG_EMPTY;
    }
    if (error == EVENT_LOG_OK)
        *ret_size = here - FINAL_EVENTS_AT;
    return error;
}
