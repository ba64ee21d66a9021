/* SPDX-License-Identifier: BSD-2-Clause */
/* The journal of the exit in the words of include/baton-handoff.h. Pure copying. */
#ifndef BATON_CORE_NATIVE_HANDOFF_JOURNAL_H
#define BATON_CORE_NATIVE_HANDOFF_JOURNAL_H

#include "baton-handoff.h"
#include "core/exit/exit_journal.h"

/* `attempts` has room for EXIT_JOURNAL_ATTEMPTS and is what ret_exit->attempts refers to. */
void handoff_journal(const struct exit_journal *journal, struct baton_attempt *attempts,
                     struct baton_exit *ret_exit);

#endif
