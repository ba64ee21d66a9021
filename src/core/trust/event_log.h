/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many bytes a TPM's event log has. The firmware says where its first and its last entry begin,
 * and nothing else: how long the last one is must be read from it. Knows the two formats of the log
 * (TCG PC Client Platform Firmware Profile, section 10), hashes nothing and interprets no event.
 *
 * What is sized is what Linux can read (include/linux/tpm_eventlog.h, __calc_tpm2_event_size):
 * its rules for entries are ours. Entries between the first and the last are not looked at, as
 * Linux's stub does not: a firmware that wrote one wrong loses its readers there, not its log here.
 */
#ifndef BATON_CORE_TRUST_EVENT_LOG_H
#define BATON_CORE_TRUST_EVENT_LOG_H

#include "core/base/span.h"
#include "core/text/explain.h"

#include <stddef.h>
#include <stdint.h>

/*
 * A log, and a table of final events, may have this many bytes: sixteen times the 64 KiB that the
 * profile wants room for and that EDK II has. An address further from the first entry than this is
 * no address of the last one.
 */
#define EVENT_LOG_MAX (1024U << 10)

/* Algorithms that a log may have digests of: TCG2's mask of them has as many bits. */
#define EVENT_LOG_ALGORITHMS_MAX 32U

/* EFI_TCG2_EVENT_LOG_FORMAT_TCG_1_2 and _TCG_2; the log of confidential machines is the second. */
enum event_log_format {
    EVENT_LOG_SHA1 = 1,         /* one SHA-1 digest an entry */
    EVENT_LOG_CRYPTO_AGILE = 2, /* digests of each algorithm that the first entry lists */
};

enum event_log_error {
    EVENT_LOG_OK = 0,
    EVENT_LOG_ORDER,      /* the last entry begins before the first one, or in the middle of it */
    EVENT_LOG_END,        /* an entry begins or ends beyond what may be read */
    EVENT_LOG_HEADER,     /* no Spec ID event at the start, or its list is longer than it */
    EVENT_LOG_ALGORITHMS, /* more than EVENT_LOG_ALGORITHMS_MAX, in the list or in an entry */
    EVENT_LOG_UNKNOWN,    /* a digest of an algorithm that is not in the list */
    EVENT_LOG_EMPTY,      /* an entry without a size among the final events */
};

struct explanation event_log_explain(enum event_log_error error);

/*
 * Bytes from the first entry to the end of the last. `log` begins with the first entry and has all
 * that may be read, EVENT_LOG_MAX bytes at most; `last` is the last entry's address in it, or 0
 * when there are no entries. Reads the first and the last entry and never further.
 */
enum event_log_error event_log_size(struct span log, enum event_log_format format, uint64_t last,
                                    size_t *ret_size);

/*
 * Bytes of the events in a table of final events (EFI_TCG2_FINAL_EVENTS_TABLE: version, count, both
 * 64 bits, events), without its head. `log` is the crypto-agile log, of whose first entry the
 * algorithms are; `table` all that may be read. Time is linear in the table's size, whatever the
 * count says.
 */
enum event_log_error event_log_final_size(struct span log, struct span table, size_t *ret_size);

#endif
