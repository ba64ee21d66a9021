/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event logs of both formats and tables of final events, written entry by entry as the TCG PC
 * Client Platform Firmware Profile lays them out (section 10). Tests break them afterwards.
 */
#ifndef BATON_TEST_UNIT_EVENT_LOGS_H
#define BATON_TEST_UNIT_EVENT_LOGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ALG_SHA1   0x4U
#define ALG_SHA256 0xbU

#define LIST_COUNT_AT 56U /* of the algorithms, from the start of a log */
#define LIST_AT       60U

struct written {
    size_t size;
    uint8_t bytes[4096];
};

static inline void write_number(struct written *log, uint64_t value, size_t size)
{
    memcpy(log->bytes + log->size, &value, size);
    log->size += size;
}

static inline void write_bytes(struct written *log, uint8_t byte, size_t count)
{
    memset(log->bytes + log->size, byte, count);
    log->size += count;
}

/* TCG_PCR_EVENT. Returns where it begins. */
static inline size_t write_sha1_event(struct written *log, uint32_t type, uint32_t data_size)
{
    size_t at = log->size;

    write_number(log, 4, 4);
    write_number(log, type, 4);
    write_bytes(log, 0xd1, 20);
    write_number(log, data_size, 4);
    write_bytes(log, 0xda, data_size);
    return at;
}

/* The first entry of a crypto-agile log: SHA-1 and SHA-256, no vendor information. */
static inline void write_spec_id(struct written *log)
{
    write_number(log, 0, 4);
    write_number(log, 3, 4); /* EV_NO_ACTION */
    write_bytes(log, 0, 20);
    write_number(log, 37, 4);
    memcpy(log->bytes + log->size, "Spec ID Event03", 16);
    log->size += 16;
    write_number(log, 0, 4);          /* platform class: client */
    write_number(log, 0x02000200, 4); /* version 2.0, errata 0, UINTN of 2 * 4 bytes */
    write_number(log, 2, 4);
    write_number(log, ALG_SHA1 | 20U << 16, 4);
    write_number(log, ALG_SHA256 | 32U << 16, 4);
    write_number(log, 0, 1);
}

/* TCG_PCR_EVENT2 with a SHA-256 digest, and before it one of SHA-1 when `both`. */
static inline size_t write_event(struct written *log, uint32_t type, bool both, uint32_t data_size)
{
    size_t at = log->size;

    write_number(log, 9, 4);
    write_number(log, type, 4);
    write_number(log, both ? 2 : 1, 4);
    if (both) {
        write_number(log, ALG_SHA1, 2);
        write_bytes(log, 0xd1, 20);
    }
    write_number(log, ALG_SHA256, 2);
    write_bytes(log, 0xd2, 32);
    write_number(log, data_size, 4);
    write_bytes(log, 0xda, data_size);
    return at;
}

/* The head of a table of final events. */
static inline void write_final(struct written *table, uint64_t count)
{
    write_number(table, 1, 8);
    write_number(table, count, 8);
}

#endif
