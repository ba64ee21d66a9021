# SPDX-License-Identifier: BSD-2-Clause
"""Ways to break the exit: the mistakes that loaders have made or could make.

Knows: the source text of the exit loop. Each mutation replaces one text, which must be there exactly
once; one whose text is gone has to be written anew for what took its place.
"""

from __future__ import annotations

from dataclasses import dataclass

LOOP = "src/efi/exit/exit.c"
BUFFER = "src/efi/map_buffer.c"
TAKEN = "src/efi/exit/exit_map.c"
POLICY = "src/core/exit/exit_policy.c"
JOURNAL = "src/core/exit/exit_journal.c"


@dataclass(frozen=True)
class Mutation:
    """One mistake."""

    name: str
    file: str
    old: str
    new: str
    more: tuple[tuple[str, str], ...] = ()  # further replacements


def rule(answer: str, old: str, new: str) -> tuple[str, str, str]:
    """In the table of rules: the row of one answer, with the first of one word replaced."""
    return POLICY, f"[{answer}] = {{{old}", f"[{answer}] = {{{new}"


# A service that must not be called once the first ExitBootServices has been.
BETWEEN = "        decision = exit_policy_next(&policy, answer, time_over);\n"

MUTATIONS = [
    # --- GetMemoryMap and its buffer
    Mutation("size reused as capacity", BUFFER,
             "UINTN size = buffer->capacity;",
             "UINTN size = reused != 0 ? reused : buffer->capacity;",
             (("void map_buffer_get(", "static UINTN reused;\nvoid map_buffer_get("),
              ("                                           .size = size,\n",
               "                                           .size = reused = size,\n"))),
    Mutation("no room beyond what the probe asks for", LOOP,
             "pages_for(needs.size + spare)", "pages_for(needs.size + 0 * spare + 1)"),
    Mutation("probe believed without limit", LOOP,
             " || needs.size > RESERVE_SIZE_MIN * 16", ""),
    Mutation("reserve never used", LOOP,
             "return action == EXIT_DO_GET_MAP_RESERVE ? &plan->reserve : &plan->primary;",
             "(void)action;\n    return &plan->primary;"),
    Mutation("reserve left again after one use", POLICY,
             "policy->use_reserve = true;", "policy->use_reserve = false;"),
    Mutation("canary not looked at", BUFFER,
             "    if (tail != 0)\n        return EXIT_GUARD_BROKEN;\n"
             "    return head != 0 ? EXIT_GUARD_SPILLED : EXIT_GUARD_WHOLE;",
             "    (void)(head + tail);\n    return EXIT_GUARD_WHOLE;"),
    Mutation("canary not laid again after a spill", BUFFER,
             "    if (ret_answer->guard == EXIT_GUARD_SPILLED)\n        guard_arm(buffer);\n", ""),
    Mutation("damaged memory lived with", POLICY,
             "        return EXIT_MAP_OVERRUN;", "        return EXIT_MAP_SPILLED;"),
    Mutation("failed GetMemoryMap not noticed", POLICY,
             "    if (answer->status != STATUS_SUCCESS)\n        return EXIT_MAP_REFUSED;\n", ""),
    Mutation("key of a failed GetMemoryMap used",
             *rule("EXIT_MAP_TOO_SMALL", "EXIT_COUNT_MAP_CALLS, EXIT_DO_GET_MAP_RESERVE",
                   "EXIT_COUNT_MAP_CALLS, EXIT_DO_EXIT")),
    Mutation("malformed map used",
             *rule("EXIT_MAP_MALFORMED", "EXIT_COUNT_MAP_CALLS, EXIT_DO_GET_MAP_RESERVE",
                   "EXIT_COUNT_MAP_CALLS, EXIT_DO_EXIT")),
    Mutation("ragged map not cut", TAKEN,
             "        ret_map->size -= facts.size % facts.descriptor_size;\n", ""),
    Mutation("ragged map not looked at", TAKEN,
             "if (!memory_map_is_aligned(ret_map))", "if (0 && !memory_map_is_aligned(ret_map))"),
    Mutation("descriptor size of an EFI_MEMORY_DESCRIPTOR assumed", BUFFER,
             "answer->size, answer->key, answer->descriptor_size,",
             "answer->size, answer->key, sizeof(EFI_MEMORY_DESCRIPTOR),"),
    Mutation("unbounded GetMemoryMap", POLICY,
             "return ++policy->map_calls >= EXIT_MAP_CALLS_MAX;",
             "return ++policy->map_calls == UINT32_MAX;"),
    # --- between the calls
    Mutation("key of the first look used", LOOP,
             "ExitBootServices(firmware->image_handle, map->key)",
             "ExitBootServices(firmware->image_handle, plan->first_key)"),
    Mutation("another image's handle", LOOP,
             "ExitBootServices(firmware->image_handle, map->key)",
             "ExitBootServices(NULL, map->key)"),
    Mutation("print between the attempts", LOOP, BETWEEN,
             BETWEEN + "        if (decision.action != EXIT_DO_FINISH &&\n"
             "            firmware->system_table->ConOut != NULL)\n"
             "            firmware->system_table->ConOut->OutputString(\n"
             '                firmware->system_table->ConOut, (CHAR16 *)L"again");\n'),
    Mutation("allocation between GetMemoryMap and ExitBootServices", LOOP, BETWEEN,
             BETWEEN + "        VOID *pool = NULL;\n"
             "        if (decision.action == EXIT_DO_EXIT)\n"
             "            boot_services(firmware)->AllocatePool(EfiLoaderData, 64, &pool);\n"),
    Mutation("allocation between the attempts", LOOP, BETWEEN,
             BETWEEN + "        VOID *pool = NULL;\n"
             "        if (attempt->exit_called && decision.action != EXIT_DO_FINISH)\n"
             "            boot_services(firmware)->AllocatePool(EfiLoaderData, 64, &pool);\n"),
    Mutation("Stall between the attempts", LOOP,
             "            wait_for_stuck_firmware(plan);\n",
             "            boot_services(firmware)->Stall(plan->time_limit / 100);\n"),
    Mutation("look at the key between GetMemoryMap and ExitBootServices", LOOP, BETWEEN,
             BETWEEN + "        if (decision.action == EXIT_DO_EXIT)\n"
             "            (void)probe(firmware);\n"),
    Mutation("services through a cached pointer", LOOP,
             "    EFI_STATUS status = boot_services(firmware)->ExitBootServices(firmware",
             "    static EFI_EXIT_BOOT_SERVICES cached;\n    if (cached == NULL)\n"
             "        cached = boot_services(firmware)->ExitBootServices;\n"
             "    EFI_STATUS status = cached(firmware"),
    # --- again and again
    Mutation("no retry",
             *rule("EXIT_REFUSED_MOVED", "EXIT_COUNT_ATTEMPTS, EXIT_DO_GET_MAP_PRIMARY",
                   "EXIT_COUNT_ATTEMPTS, EXIT_DO_GIVE_UP")),
    Mutation("no retry when nothing changed",
             *rule("EXIT_REFUSED_STILL", "EXIT_COUNT_ATTEMPTS, EXIT_DO_GET_MAP_PRIMARY",
                   "EXIT_COUNT_ATTEMPTS, EXIT_DO_GIVE_UP")),
    Mutation("one retry only", POLICY,
             "return ++policy->attempts >= EXIT_ATTEMPTS_MAX;", "return ++policy->attempts >= 2;"),
    Mutation("unbounded retry", POLICY,
             "return ++policy->attempts >= EXIT_ATTEMPTS_MAX;",
             "return ++policy->attempts == UINT32_MAX;"),
    Mutation("retry with the old map",
             *rule("EXIT_REFUSED_MOVED", "EXIT_COUNT_ATTEMPTS, EXIT_DO_GET_MAP_PRIMARY",
                   "EXIT_COUNT_ATTEMPTS, EXIT_DO_EXIT")),
    Mutation("refusal taken for success",
             *rule("EXIT_REFUSED_MOVED", "EXIT_COUNT_ATTEMPTS, EXIT_DO_GET_MAP_PRIMARY",
                   "EXIT_COUNT_ATTEMPTS, EXIT_DO_FINISH")),
    Mutation("time limit ignored", LOOP,
             "time_over = arch_ticks() - begin > plan->time_limit;", "time_over = false;"),
    Mutation("slow first exit ends it", POLICY,
             "policy->attempts >= EXIT_ATTEMPTS_BEFORE_TIME", "policy->attempts >= 1"),
    Mutation("stuck wait dropped", LOOP,
             "        if (decision.wait)\n            wait_for_stuck_firmware(plan);\n", ""),
    Mutation("wait for a firmware that moves", POLICY,
             "decision.wait = answer == EXIT_REFUSED_STILL && policy->still >= EXIT_STUCK_AFTER &&",
             "decision.wait = answer >= EXIT_REFUSED_MOVED && policy->attempts >= EXIT_STUCK_AFTER &&"),
    # --- before and after
    Mutation("TPL not repaired", LOOP,
             "    boot_services(firmware)->RestoreTPL(TPL_APPLICATION);\n",
             "    boot_services(firmware)->RestoreTPL(before);\n"),
    Mutation("watchdog not disarmed", LOOP,
             "    boot_services(firmware)->SetWatchdogTimer(0, 0, 0, NULL);\n", ""),
    Mutation("exit at once while the key moves", LOOP, "    settle(firmware, plan);\n", ""),
    Mutation("settling for long", LOOP, "settle_calls < SETTLE_CALLS_MAX", "settle_calls < 500"),
    Mutation("error with services gone not believed", LOOP,
             "bool gone = status == EFI_SUCCESS || services_gone(firmware);",
             "bool gone = status == EFI_SUCCESS;"),
    Mutation("only the table's pointer looked at", LOOP,
             "return services == NULL || services->GetMemoryMap == NULL || "
             "services->ExitBootServices == NULL;", "return services == NULL;"),
    Mutation("interrupts left on", LOOP,
             "    if (gone)\n        arch_interrupts_off();",
             "    if (0)\n        arch_interrupts_off();"),
    Mutation("system table not cleaned", LOOP,
             "journal->table_cleaned = clean_system_table(table);",
             "journal->table_cleaned = false && clean_system_table(table);"),
    Mutation("system table's checksum not repaired", LOOP,
             "    table->Hdr.CRC32 = crc32_update(0, table, size);\n", ""),
    Mutation("runtime services cleaned away", LOOP,
             "        if (fields[i] == table->RuntimeServices)\n            continue;\n", ""),
    Mutation("firmware still reachable afterwards", LOOP, "    firmware->system_table = NULL;\n", ""),
    Mutation("map of the first look handed over", LOOP,
             "    *ret_map = map;\n    return true;",
             "    *ret_map = (struct memory_map){plan->previous.data, map.size, map.key,\n"
             "                                   map.descriptor_size, map.descriptor_version};\n"
             "    return true;"),
    # --- the second look from a last handler
    Mutation("late map of a failed exit kept", LOOP, "    late_map_forget(&plan->late);\n", ""),
    Mutation("late map not handed over", LOOP, "        *map = late->map;\n", ""),
    Mutation("damage by the late map lived with", LOOP,
             "return late->answer != EXIT_MAP_OVERRUN;", "return true;"),
    # --- the journal
    Mutation("journal not written", LOOP,
             "    attempt->exit_called = true;\n    attempt->exit_status = status;\n", ""),
    Mutation("outcome not written", LOOP,
             "    journal->ticks_end = arch_ticks();\n", "    journal->ticks_end = 0;\n"),
    Mutation("map of the attempt before not kept", LOOP,
             "        memcpy(plan->previous.data, map->data, map->size);\n", "        (void)0;\n"),
    Mutation("changes not looked for", LOOP,
             "        exit_journal_compare(attempt, &old, map);\n", "        (void)old;\n"),
    Mutation("journal of one attempt too many", JOURNAL,
             "if (journal->attempt_count < EXIT_JOURNAL_ATTEMPTS)",
             "if (journal->attempt_count <= EXIT_JOURNAL_ATTEMPTS)"),
    Mutation("new attempt begins with the words of the last", JOURNAL,
             "    memset(attempt, 0, sizeof(*attempt));\n", ""),
]  # fmt: skip
