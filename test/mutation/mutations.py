# SPDX-License-Identifier: BSD-2-Clause
"""Ways to break the exit: the mistakes that loaders have made or could make.

Knows: the source text of the exit loop. Each mutation replaces one text, which must be there exactly
once; one whose text is gone has to be written anew for what took its place.
"""

from __future__ import annotations

from dataclasses import dataclass

LOOP = "src/efi/exit/exit_loop.c"
EXIT = "src/efi/exit/exit.c"
FIRMWARE = "src/efi/firmware.c"
BUFFER = "src/efi/map_buffer.c"
TAKEN = "src/efi/exit/exit_map.c"
POLICY = "src/core/exit/exit_policy.c"
JOURNAL = "src/core/exit/exit_journal.c"
LATE = "src/efi/exit/late_map.c"
GIVE_UP = "src/efi/exit/give_up.c"
WATCH = "src/core/time/stopwatch.c"
RATE = "src/core/time/rate.c"
ACPI = "src/core/time/acpi_timer.c"
TABLES = "src/core/base/acpi.c"
WAIT = "src/arch/wait.c"
TSC = "src/arch/x86_64/tsc.c"
ALARM = "src/arch/x86_64/alarm.c"


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
BETWEEN = "        decision = exit_policy_next(&loop->policy, answer, loop->began);\n    }\n"

MUTATIONS = [
    # --- GetMemoryMap and its buffer
    Mutation("size reused as capacity", BUFFER,
             "UINTN size = buffer->capacity;",
             "UINTN size = reused != 0 ? reused : buffer->capacity;",
             (("void map_buffer_get(", "static UINTN reused;\nvoid map_buffer_get("),
              ("                                           .size = size,\n",
               "                                           .size = reused = size,\n"))),
    Mutation("no room beyond what the probe asks for", EXIT,
             "pages_for(needs.size + spare)", "pages_for(needs.size + 0 * spare + 1)"),
    Mutation("probe believed without limit", EXIT,
             " || needs.size > RESERVE_SIZE_MIN * 16", ""),
    Mutation("reserve never used", EXIT,
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
    Mutation("ragged map not cut", BUFFER,
             "    ret_map->size -= answer->size % answer->descriptor_size;\n", ""),
    Mutation("ragged map not looked at", BUFFER,
             "return memory_map_is_aligned(ret_map) ?", "return true ?"),
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
             BETWEEN[:-6] + "        if (decision.action != EXIT_DO_FINISH &&\n"
             "            firmware->system_table->ConOut != NULL)\n"
             "            firmware->system_table->ConOut->OutputString(\n"
             '                firmware->system_table->ConOut, (CHAR16 *)L"again");\n    }\n'),
    Mutation("allocation between GetMemoryMap and ExitBootServices", LOOP, BETWEEN,
             BETWEEN[:-6] + "        VOID *pool = NULL;\n"
             "        if (decision.action == EXIT_DO_EXIT)\n"
             "            boot_services(firmware)->AllocatePool(EfiLoaderData, 64, &pool);\n    }\n"),
    Mutation("allocation between the attempts", LOOP, BETWEEN,
             BETWEEN[:-6] + "        VOID *pool = NULL;\n"
             "        if (loop->attempt->exit_called && decision.action != EXIT_DO_FINISH)\n"
             "            boot_services(firmware)->AllocatePool(EfiLoaderData, 64, &pool);\n    }\n"),
    Mutation("Stall between the attempts", LOOP,
             "    arch_wait(&loop->watch, decision->due);\n",
             "    if (decision->due != 0)\n"
             "        boot_services(firmware)->Stall(decision->due / 1000);\n"),
    Mutation("look at the key between GetMemoryMap and ExitBootServices", LOOP, BETWEEN,
             BETWEEN[:-6] + "        struct exit_map_answer hint;\n"
             "        if (decision.action == EXIT_DO_EXIT)\n"
             "            map_buffer_get(firmware, &MAP_BUFFER_NONE, &hint);\n    }\n"),
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
             "    loop->began = loop->watch.elapsed;\n", "    loop->began = 0;\n"),
    Mutation("slow first exit ends it", POLICY,
             "policy->attempts >= EXIT_ATTEMPTS_BEFORE_TIME", "policy->attempts >= 1"),
    # --- time
    Mutation("no wait between the attempts", LOOP,
             "    arch_wait(&loop->watch, decision->due);\n", "    arch_wait(&loop->watch, 0);\n"),
    Mutation("no wait after refusals", POLICY,
             "if (rule->counts == EXIT_COUNT_ATTEMPTS)", "if (0)"),
    Mutation("wait only for a firmware that moves nothing", POLICY,
             "if (rule->counts == EXIT_COUNT_ATTEMPTS)", "if (answer == EXIT_REFUSED_STILL)"),
    Mutation("no wait after a map that is none", POLICY,
             "if (rule->counts == EXIT_COUNT_MAP_CALLS)", "if (0)"),
    Mutation("wait from the first refusal on", POLICY,
             "    if (failures < EXIT_TRIES_AT_ONCE)\n        return 0;\n",
             "    if (failures < EXIT_TRIES_AT_ONCE)\n        return limit / 100;\n"),
    Mutation("waits all alike, and the last try early", POLICY,
             "(ahead * (2 * waits - ahead))", "(ahead * waits)"),
    Mutation("last try before the limit", POLICY, "bound - 1 - failures", "bound - failures"),
    Mutation("waits that add up", LOOP,
             "arch_wait(&loop->watch, decision->due);",
             "arch_wait(&loop->watch, loop->watch.elapsed + decision->due);"),
    Mutation("time counted from the end of a slow call", LOOP,
             BETWEEN,
             "        stopwatch_look(&loop->watch, arch_ticks());\n"
             "        decision = exit_policy_next(&loop->policy, answer, loop->watch.elapsed);\n    }\n"),
    Mutation("slow maps without end", POLICY,
             " ||\n                                      policy->map_calls >= EXIT_MAP_CALLS_BEFORE_TIME);",
             ");"),
    Mutation("time that is over ends it without a try", POLICY,
             "return began >= policy->limit && (policy->attempts",
             "return began >= policy->limit && (true || policy->attempts"),
    Mutation("outcome of time that is over not told", POLICY,
             "rule->outcome : EXIT_OUTCOME_TIME", "rule->outcome : rule->outcome"),
    Mutation("first map asked for without a pause", EXIT,
             "            boot_services(firmware)->Stall(decision.due - waited);\n", ""),
    Mutation("first map asked for with whole pauses", EXIT,
             "Stall(decision.due - waited)", "Stall(decision.due)"),
    Mutation("rate not asked for", LOOP,
             "    uint64_t hz = arch_clock_hz(&plan->clock);\n",
             "    uint64_t hz = plan->clock.hz;\n"),
    Mutation("unknown rate taken for a slow one", LOOP,
             "hz != 0 ? hz : TICKS_HZ_FASTEST", "hz != 0 ? hz : TICKS_HZ_SLOWEST"),
    Mutation("entry's time limit ignored", EXIT,
             "options->seconds != 0 ? options->seconds : EXIT_TIME_LIMIT_DEFAULT",
             "EXIT_TIME_LIMIT_DEFAULT"),
    # --- broken clocks
    Mutation("a step back taken for a long time", WATCH,
             "if (passed != 0 && passed <= INT64_MAX)", "if (passed != 0)"),
    Mutation("a clock that stands still waited for", WATCH,
             "passed = watch->still < STOPWATCH_STILL_MAX ? 0 : STOPWATCH_ROUND_TICKS;",
             "passed = 0;"),
    Mutation("a coarse clock taken for one that stands still", WATCH,
             "        watch->still = 0;\n", ""),
    Mutation("time that wraps", WATCH,
             "        watch->elapsed = UINT64_MAX;\n", "        watch->elapsed += passed;\n"),
    Mutation("waits by the bare counter", WAIT,
             "    stopwatch_look(watch, arch_ticks());\n    while (watch->elapsed < until) {",
             "    uint64_t start = arch_ticks() - watch->elapsed;\n"
             "    while ((watch->elapsed = arch_ticks() - start) < until) {",
             (("        arch_pause();\n        stopwatch_look(watch, arch_ticks());\n",
               "        arch_pause();\n"),)),
    # --- the rate of the clock
    Mutation("a timer that went round not noticed", RATE,
             "ticks / SLOWEST_HZ >= timer->mask / timer->hz || ", ""),
    Mutation("too few steps of the timer", RATE, "count < RATE_ERROR * 2", "count == 0"),
    Mutation("disturbed looks believed", RATE,
             "first->width > width_max || second->width > width_max", "0"),
    Mutation("24 bits not cut", RATE,
             "(second->count - first->count) & timer->mask", "second->count - first->count"),
    Mutation("no short wait where the boot does not tell", TSC, "i < WAITS && hz == 0", "0"),
    Mutation("a wait always", TSC,
             "plausible(rate_between(&rate, &clock->look, &now));", "now.ticks & 0;"),
    Mutation("a timer that stands still waited for", TSC,
             " &&\n               polls++ < POLLS_MAX)", ")"),
    Mutation("readings that are no count believed", TSC,
             "if (((look.count - last) & timer->mask) <= LOOK_COUNTS_MAX)", "if (1)"),
    Mutation("Hyper-V's register read where it may not be", TSC,
             "(machine_cpuid(CPUID_HV_FEATURES, 0).eax & HV_FREQUENCY_MSRS) != 0", "1"),
    Mutation("another hypervisor taken for Hyper-V", TSC,
             "machine_cpuid(CPUID_HV_INTERFACE, 0).eax == HV_INTERFACE", "1"),
    Mutation("base frequency believed before the timer", TSC,
             "    uint64_t hz = clock->hz;\n", "    uint64_t hz = plausible(base_frequency());\n"),
    Mutation("ACPI's tables believed without their checksums", TABLES,
             "    return sum == 0 && bytes.size != 0;", "    return bytes.size != 0;"),
    Mutation("hardware-reduced machines have a timer", ACPI,
             " || (flags & FLAG_REDUCED) != 0", ""),
    Mutation("timer of 32 bits taken for one of 24", ACPI,
             "(flags & FLAG_TIMER_32) != 0 ? UINT32_MAX", "(flags & FLAG_TIMER_32) != 0 ? 0xffffffU"),
    # --- giving up
    Mutation("record before the wait for the reader", GIVE_UP,
             "    count_down(means, journal, has_screen ? &screen : NULL);\n",
             "    leave_record(means, journal);\n    count_down(means, journal, has_screen ? &screen : NULL);\n"),
    Mutation("record before the text", GIVE_UP,
             "    has_screen = tell(means, journal, &screen);\n",
             "    leave_record(means, journal);\n    has_screen = tell(means, journal, &screen);\n"),
    Mutation("no alarm", GIVE_UP,
             "    arch_alarm(journal->ticks_hz, LAST_CALLS_SECONDS, &means->board, room);\n", "    (void)room;\n"),
    Mutation("alarm that never rings", ALARM,
             "apic_write(base, APIC_TIMER, MACHINE_ALARM_VECTOR);",
             "apic_write(base, APIC_TIMER, MASKED | MACHINE_ALARM_VECTOR);"),
    Mutation("alarm that rings for the keyboard", ALARM,
             "    machine_out8(PIC_MASK_1, 0xff);\n", ""),
    Mutation("alarm too early on a fast timer", ALARM,
             "count < UINT32_MAX ? (uint32_t)count : UINT32_MAX", "(uint32_t)count"),
    Mutation("alarm written to memory where it has registers", ALARM,
             "    if ((base & APIC_X2) != 0)\n        machine_wrmsr(", "    if (0)\n        machine_wrmsr("),
    Mutation("marker left behind", GIVE_UP, "    if (means->marked)\n", "    if (0)\n"),
    Mutation("marker cleared before the record is there", GIVE_UP,
             "    leave_record(means, journal);\n    /*",
             "    (void)exit_record_clear(means->runtime_services, EXIT_MARKER);\n"
             "    leave_record(means, journal);\n    /*"),
    # --- before and after
    Mutation("TPL not repaired", EXIT,
             "    boot_services(firmware)->RestoreTPL(TPL_APPLICATION);\n",
             "    boot_services(firmware)->RestoreTPL(before);\n"),
    Mutation("watchdog not disarmed", EXIT,
             "    boot_services(firmware)->SetWatchdogTimer(0, 0, 0, NULL);\n", ""),
    Mutation("exit at once while the key moves", EXIT, "    settle(firmware, plan);\n", ""),
    Mutation("settling for long", EXIT, "settle_calls < SETTLE_CALLS_MAX", "settle_calls < 500"),
    Mutation("error with services gone not believed", LOOP,
             "bool gone = status == EFI_SUCCESS || services_gone(plan);",
             "bool gone = status == EFI_SUCCESS;"),
    Mutation("only the table's pointer looked at", LOOP,
             "return services == NULL || services->GetMemoryMap == NULL || "
             "services->ExitBootServices == NULL;", "return services == NULL;"),
    Mutation("interrupts left on", LOOP,
             "    if (gone)\n        arch_interrupts_off();",
             "    if (0)\n        arch_interrupts_off();"),
    Mutation("system table not cleaned", EXIT,
             "journal->table_cleaned = exit_clean_table(plan->table);",
             "journal->table_cleaned = false && exit_clean_table(plan->table);"),
    Mutation("system table's checksum not repaired", FIRMWARE,
             "    header->CRC32 = crc32_update(0, header, size);\n", ""),
    Mutation("runtime services cleaned away", LOOP,
             "        if (fields[i] == table->RuntimeServices)\n            continue;\n", ""),
    Mutation("firmware still reachable afterwards", EXIT, "    firmware->system_table = NULL;\n", ""),
    Mutation("map of the first look handed over", EXIT,
             "    *ret_map = loop.map;\n",
             "    *ret_map = (struct memory_map){plan->previous.data, loop.map.size, loop.map.key,\n"
             "                                   loop.map.descriptor_size, loop.map.descriptor_version};\n"),
    # --- the second look from a last handler
    Mutation("an event that signals itself", LATE,
             "SignalEvent(late->events[late->steps % 2])", "SignalEvent(late->events[0])"),
    Mutation("behind the handlers, but not behind what they put off", LATE,
             "#define STEPS 3U", "#define STEPS 0U"),
    Mutation("late map of a failed exit kept", LOOP, "    late_map_forget(&plan->late);\n", ""),
    Mutation("late map not handed over", EXIT, "        *map = late->map;\n", ""),
    Mutation("damage by the late map lived with", EXIT,
             "return late->answer != EXIT_MAP_OVERRUN;", "return true;"),
    # --- the journal
    Mutation("journal not written", LOOP,
             "    attempt->exit_called = true;\n    attempt->exit_status = status;\n", ""),
    Mutation("outcome not written", LOOP,
             "    journal->ticks_end = journal->ticks_begin + loop->watch.elapsed;\n", ""),
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
