# SPDX-License-Identifier: BSD-2-Clause
"""Ways to break the guard: what would lose a program, or a machine, that leaves boot services by itself.

Knows: the source text of the guard, and which unit programs run it.
"""

from __future__ import annotations

from mutation.mutations import Mutation

GUARD = "src/efi/guard/guard.c"
STUBS = "src/efi/guard/guard_stubs.c"
STAY = "src/efi/guard/guard_stay.c"
ANSWERS = "src/core/guard/guard.c"
MAPS = "src/core/guard/guard_map.c"

GUARD_PROGRAMS = {
    GUARD: ("efi/guard/guard", "efi/guard/guard_hooks", "efi/guard/guard_stubs"),
    STUBS: ("efi/guard/guard_stubs", "efi/guard/guard"),
    STAY: ("efi/guard/guard_stay",),
    ANSWERS: ("core/guard/guard", "efi/guard/guard"),
    MAPS: ("core/guard/guard_map", "efi/guard/guard"),
}

GUARD_MUTATIONS = [
    # --- what the program is told
    Mutation("guard: success, and a map that is wrong", GUARD,
             "first, !first && is_same(guard, &held, &loop.map)", "first, true"),
    Mutation("guard: always a second call", GUARD,
             "first, !first && is_same(guard, &held, &loop.map)", "first, false"),
    Mutation("guard: the firmware's status goes through", ANSWERS,
             "STATUS_SUCCESS : STATUS_INVALID_PARAMETER", "STATUS_SUCCESS : STATUS_NOT_FOUND"),
    Mutation("guard: no room for what is to come", ANSWERS, "GUARD_ROOM * descriptor_size, &needed",
             "0 * descriptor_size, &needed"),
    Mutation("guard: who has not looked again is let go", GUARD,
             "        guard->keys = (struct guard_keys){0};\n", ""),
    Mutation("guard: the key of a size probe counts as that of the map", GUARD,
             "    if (guard->state == GUARD_LIVE)\n        guard_keys_add", "    guard_keys_add"),
    Mutation("guard: a wrong key reaches the firmware", ANSWERS,
             "    if (!key_is_known)\n        return GUARD_REFUSE;\n", ""),
    Mutation("guard: only the newest key is known", ANSWERS,
             "for (uint32_t i = 0; i < GUARD_KEYS && i < keys->count; i++)",
             "for (uint32_t i = (keys->count - 1) % GUARD_KEYS; i < keys->count; i = keys->count)"),
    Mutation("guard: the same key fills the list", ANSWERS,
             "keys->keys[(keys->count - 1) % GUARD_KEYS] != key", "true"),
    Mutation("guard: a map that was not handed out is the program's", GUARD,
             "        guard->handed.size = 0; /*", "        guard->handed = map; /*"),
    Mutation("guard: another key's map is the program's", GUARD,
             "if (loop.map.key != key || loop.map.size == 0)", "if (loop.map.size == 0)"),
    Mutation("guard: the program's map is overwritten by the next", GUARD,
             "    memcpy(guard->room, map->data, map->size);\n    map->data = guard->room;\n", ""),
    # --- maps
    Mutation("guard: what has to be kept is not compared", MAPS,
             "numbers || !keep_the_same(held, accepted)", "numbers"),
    Mutation("guard: attributes are not compared", MAPS,
             " || ours.attribute != theirs.attribute", ""),
    Mutation("guard: a hole is not seen", MAPS,
             "if (there.start > wanted.start)", "if (false)"),
    Mutation("guard: memory with a purpose is free", MAPS,
             "(MEMORY_ATTRIBUTE_RUNTIME | MEMORY_ATTRIBUTE_SPECIFIC_PURPOSE)", "MEMORY_ATTRIBUTE_RUNTIME"),
    Mutation("guard: merged across a hole", MAPS,
             " ||\n        first->physical_start + first->page_count * PAGE_SIZE != next->physical_start)",
             ")"),
    Mutation("guard: merged into the less careful type", MAPS,
             "if (care(next->type) > care(first->type))", "if (care(next->type) < care(first->type))"),
    Mutation("guard: more is merged than has to be", MAPS, "if (left > wanted && take_in", "if (take_in"),
    Mutation("guard: map that does not fit handed out all the same", GUARD,
             "return caller->buffer != NULL && *caller->size >= map->size;", "return caller->buffer != NULL;"),
    Mutation("guard: the accepted map is cut for good", GUARD,
             "        map.data = guard->plan.previous.data;\n"
             "        memcpy(map.data, guard->handed.data, map.size);\n", ""),
    Mutation("guard: descriptor size that nobody wrote handed on", GUARD,
             " && facts.descriptor_size != 0", ""),
    # --- the exit
    Mutation("guard: never gives up", GUARD,
             "        give_up(&guard->options.means, guard->plan.journal);", "        ;"),
    Mutation("guard: another image's handle", GUARD,
             "    guard->firmware.image_handle = image;\n", ""),
    Mutation("guard: priority left as it is", GUARD,
             "        guard->services.RestoreTPL(TPL_APPLICATION);\n", "        (void)0;\n"),
    Mutation("guard: priority changed while the program looks", GUARD,
             "guard->services.RestoreTPL(guard->tpl);", "guard->services.RestoreTPL(TPL_APPLICATION);"),
    Mutation("guard: system table keeps what the firmware left", GUARD,
             "guard->plan.journal->table_cleaned = exit_clean_table(guard->plan.table);", ""),
    Mutation("guard: services keep their hooks", GUARD,
             "    memset(below.table, 0, guard_table_size(guard));\n", ""),
    Mutation("guard: says what nobody asked for", GUARD, "if (guard->options.debug)", "if (true)"),
    Mutation("guard: program that comes back too late goes on", GUARD,
             "if (below.guard != NULL && below.guard->state != GUARD_LIVE)", "if (false)"),
    # --- hooks
    Mutation("guard: table not sealed", GUARD,
             "    below.table->ExitBootServices = exit_hook;\n"
             "    table_seal(&below.table->Hdr, sizeof(EFI_TABLE_HEADER));\n",
             "    below.table->ExitBootServices = exit_hook;\n"),
    Mutation("guard: table not as it was", GUARD,
             "        below.table->GetMemoryMap = below.get_map;\n", "        (void)0;\n"),
    Mutation("guard: hooks of others taken away", GUARD,
             "    if (below.table->ExitBootServices == exit_hook)\n", ""),
    Mutation("guard: hook that was taken out stays out", GUARD,
             "    if (below.table->GetMemoryMap == map_hook)\n        take_exit();\n", ""),
    Mutation("guard: stands on top of who stands above both", GUARD,
             "    if (below.table->GetMemoryMap == map_hook)\n        take_exit();\n", "    take_exit();\n"),
    Mutation("guard: who stands above is called in a circle", GUARD,
             "        return below.before(image, key);", "        return below.exit(image, key);"),
    Mutation("guard: idle hook does not know that it is inside", GUARD, "        below.passing = true;\n", ""),
    Mutation("guard: handlers come into the guard's buffers", GUARD,
             "if (guard == NULL || guard->busy || (guard->state", "if (guard == NULL || (guard->state"),
    # --- stubs
    Mutation("guard: services left empty", STUBS, "        slots[i] = (void *)unsupported;\n", "        slots[i] = NULL;\n"),
    Mutation("guard: the system table leads nowhere", STUBS, "    system->BootServices = services;\n", ""),
    Mutation("guard: no console", STUBS, "    memcpy(&system->ConsoleInHandle, &guard->system.ConsoleInHandle, CONSOLE_SIZE);\n", ""),
    Mutation("guard: a console that is not there", STUBS,
             "    if (out == NULL)\n        out = &self->out;\n", ""),
    Mutation("guard: the firmware's own console", STUBS, "    PUT(out->OutputString, succeed);\n", ""),
    Mutation("guard: stubs' table not sealed", STUBS,
             "    table_seal(&services->Hdr, sizeof(EFI_TABLE_HEADER));\n", ""),
    Mutation("guard: memory without end", STUBS,
             "    if (size > self->room_size - at)\n        return NULL;\n", ""),
    Mutation("guard: pages above what was asked for", STUBS,
             "(type == AllocateMaxAddress && (uintptr_t)room", "(false && (uintptr_t)room"),
    Mutation("guard: pages that are none", STUBS,
             "self->room_used = (used + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);", "self->room_used = used;"),
    Mutation("guard: Exit comes back", STUBS, "    guard_abandon(self);\n", "    return EFI_SUCCESS;\n"),
    Mutation("guard: writes past an older table", STUBS,
             "    memcpy(services, &stubs, stubs.Hdr.HeaderSize);", "    *services = stubs;"),
    # --- as a driver
    Mutation("guard: driver lets a program come back too late", STAY, "    guard_check();\n", ""),
    Mutation("guard: driver names nobody", STAY, "    means.entry_name = started.path;\n", ""),
    Mutation("guard: driver shows nothing on a display that came later", STAY,
             "    (void)graphics_find(own, &means.framebuffer, edid);\n", "    (void)edid;\n"),
]  # fmt: skip
