/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/linux/hand_over.h"

#include "boot/failure.h"
#include "core/text/text.h"
#include "efi/linux/memory_overwrite.h"
#include "efi/linux/random.h"
#include "efi/linux/tpm_log.h"

static uint32_t hand_over_log(struct boot *boot)
{
    struct tpm_log_report report;

    if (!tpm_usable(boot->environment.tpm))
        return 0;
    report = tpm_log_install(boot->firmware, &boot->tables, boot->environment.tpm);
    if (report.error != EVENT_LOG_OK)
        failure_tell(PACKED("handing over"), PACKED("the TPM's event log"),
                     event_log_explain(report.error), 0);
    return (report.status != 0 ? SHORTFALL_NO_TPM_LOG : 0) |
           (report.truncated ? SHORTFALL_NOT_LOGGED : 0);
}

void linux_hand_over(struct boot *boot)
{
    efi_status status = memory_overwrite_request(boot->firmware);

    if (status != 0 && status != STATUS_NOT_FOUND)
        boot->shortfalls |= SHORTFALL_NO_MEMORY_OVERWRITE;
    status = random_table_install(boot->firmware, &boot->tables);
    if (status != 0 && status != STATUS_NOT_FOUND)
        boot->shortfalls |= SHORTFALL_NO_RANDOM_SEED;
    boot->shortfalls |= hand_over_log(boot);
}

#define SHORTFALLS_CAPACITY 1024U /* of it, however long the rest is */

size_t linux_put_journal(char *journal_at, const struct exit_journal *journal, uint32_t shortfalls)
{
    struct text text = text_in(journal_at, LINUX_JOURNAL_CAPACITY - SHORTFALLS_CAPACITY);

    exit_journal_put_all(&text, journal);
    text.capacity += SHORTFALLS_CAPACITY;
    shortfall_put(&text, shortfalls);
    return text.length;
}
