/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TPM's event log and a table of final events, as src/efi/linux/tpm_log.c sizes them. Input: u8
 * format; u16 where the last entry begins, 0xffff when there is none; u16 bytes of log; log; table.
 */
#include "core/trust/event_log.h"

#include "fuzz/fuzz.h"

/* The first entry is in it, and what lies behind the last does not change where that ends. */
static void require_whole(struct span log, enum event_log_format format, uint64_t offset,
                          size_t size)
{
    uint8_t *bytes = exact(log.data, size);
    uint32_t first = 0;
    size_t again = 0;

    REQUIRE(format == EVENT_LOG_SHA1 || (span_u32(log, 28, &first) && size >= 32 + (size_t)first));
    REQUIRE(event_log_size(span_of(bytes, size), format, (uintptr_t)bytes + offset, &again) ==
            EVENT_LOG_OK);
    REQUIRE(again == size);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    enum event_log_format format =
        take(&input, 1) % 2 == 0 ? EVENT_LOG_CRYPTO_AGILE : EVENT_LOG_SHA1;
    uint64_t offset = take(&input, 2);
    size_t log_size = take(&input, 2);
    uint8_t *bytes;
    uint8_t *events;
    struct span log;
    size_t found = SIZE_MAX;
    enum event_log_error error;

    if (log_size > input.left)
        log_size = input.left;
    bytes = exact(input.data, log_size);
    events = exact(input.data + log_size, input.left - log_size);
    log = span_of(bytes, log_size);
    error =
        event_log_size(log, format, offset == UINT16_MAX ? 0 : (uintptr_t)bytes + offset, &found);
    require_explanation(event_log_explain(error));
    REQUIRE((error == EVENT_LOG_OK) == (found != SIZE_MAX));
    if (error == EVENT_LOG_OK && offset == UINT16_MAX) {
        REQUIRE(found == 0);
    } else if (error == EVENT_LOG_OK) {
        REQUIRE(found >= offset && found <= log_size);
        if (found > offset)
            require_whole(log, format, offset, found);
    }
    found = SIZE_MAX;
    error = event_log_final_size(log, span_of(events, input.left - log_size), &found);
    require_explanation(event_log_explain(error));
    REQUIRE((error == EVENT_LOG_OK) == (found != SIZE_MAX));
    REQUIRE(error != EVENT_LOG_OK || found <= input.left - log_size - 16);
    free(events);
    free(bytes);
    return 0;
}
