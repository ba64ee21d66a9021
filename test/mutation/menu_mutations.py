# SPDX-License-Identifier: BSD-2-Clause
"""Mistakes in who chooses what is booted: the menu's own decisions, and entries that nobody has written.

Knows: the source text of these files. `make mutation` tries them.
"""

from __future__ import annotations

from mutation.mutations import Mutation

PROGRESS = "src/efi/progress.c"
IMAGE = "src/efi/image/image.c"
MENU_TPM = "src/efi/tpm.c"
MENU_TRUST = "src/boot/trust.c"
MENU_UKI = "src/boot/entry/uki_entry.c"
PAGES = "src/boot/menu/pages.c"
ASK = "src/boot/menu/ask.c"
CHOOSER = "src/boot/menu/chooser.c"
AUTOMATIC = "src/boot/entry/automatic.c"
ACTION = "src/boot/entry/action.c"
ENROLL = "src/boot/entry/enroll.c"
SPEAKER = "src/efi/speaker.c"
TONE = "src/arch/x86_64/speaker.c"
RESTART = "src/efi/restart.c"

MENU_PROGRAMS = {
    PROGRESS: ("efi/progress",),
    PAGES: ("boot/menu/chooser", "boot/menu/chooser_conf"),
    ASK: ("boot/menu/chooser", "boot/menu/chooser_conf"),
    CHOOSER: ("boot/menu/chooser", "boot/menu/chooser_conf"),
    SPEAKER: ("efi/speaker",),
    TONE: ("arch/x86_64/speaker",),
    AUTOMATIC: ("boot/entry/automatic",),
    ACTION: ("boot/entry/action", "boot/entry/enroll"),
    ENROLL: ("boot/entry/enroll",),
    RESTART: ("efi/restart", "boot/entry/action"),
}

MENU_MUTATIONS = [
    # --- automatic entries
    Mutation("held key turns the machine off", CHOOSER,
             " ||\n        chooser->choices[choice].entry->kind == BLS_ACTION)", ")"),
    Mutation("chosen action done unasked", CHOOSER,
             " &&\n            entry_may_run(chooser->choices[chosen].entry))", ")"),
    Mutation("menu-on-failure heeded by nobody", CHOOSER,
             "is_doubtful(chooser) || has_failed(chooser)", "is_doubtful(chooser)"),
    Mutation("menu-on-failure asked for by nobody", CHOOSER, "!chooser->entries->conf.menu_on_failure ||", "false ||"),
    Mutation("keyboard of before a program came back", CHOOSER, "    chooser->keyboard = keyboard_open",
             "    if (!chooser->has_begun)\n        chooser->keyboard = keyboard_open"),
    Mutation("failed exit no failure", CHOOSER, "counter.done == 0 && !chosen->failed_before", "counter.done == 0"),
    Mutation("automatic entry edited", CHOOSER, "    if (!entry->is_automatic)\n        item->options", "        item->options"),
    Mutation("automatic entry without its key", CHOOSER, "BLS_ACTION ? entry->hot_key : 'l'", "BLS_ACTION ? 0 : 'l'"),
    Mutation("auto-entries not obeyed", AUTOMATIC, "conf->auto_entries && file_probe", "file_probe"),
    Mutation("auto-entries not obeyed for the default loader", AUTOMATIC,
             "conf->auto_entries && has_default", "has_default"),
    Mutation("auto-firmware not obeyed", AUTOMATIC, "conf->auto_firmware && ", ""),
    Mutation("setup listed where there is none", AUTOMATIC,
             "conf->auto_firmware && restart_has_setup(files->firmware)", "conf->auto_firmware"),
    Mutation("auto-poweroff and auto-reboot mistaken", AUTOMATIC, "return conf->auto_poweroff;", "return conf->auto_reboot;"),
    Mutation("macOS looked for on any machine", AUTOMATIC, "firmware_is_apple(files->firmware) &&", "true &&"),
    Mutation("macOS on Baton's volume", AUTOMATIC, "if (entry != NULL && name == OSX)", "if (false)"),
    Mutation("Baton in the default place lists itself", AUTOMATIC,
             "text_equal_ignoring_case(files->own->path, path) ||", "false ||"),
    Mutation("copy of Baton listed", AUTOMATIC, "HEAD_SIZE - HEAD_BASE) != 0);", "HEAD_SIZE - HEAD_BASE) != 0 || true);"),
    Mutation("base of the loaded image compared", AUTOMATIC, "#define HEAD_BASE 120U", "#define HEAD_BASE 112U"),
    Mutation("bytes behind the headers compared", AUTOMATIC, "#define HEAD_SIZE 480U", "#define HEAD_SIZE 512U"),
    Mutation("head behind the image compared", AUTOMATIC, "own.size < HEAD_SIZE ||", "false ||"),
    Mutation("default program left open", AUTOMATIC, "    file_close(files->firmware, file);\n    return is_other;",
             "    return is_other;"),
    Mutation("wish for an automatic entry not heeded", AUTOMATIC,
             "    entry->wanted = entry_wanted(entry, &entries->wishes);\n", ""),
    Mutation("off and on again mistaken", ACTION, "entry->action == ENTRY_POWER_OFF", "entry->action != ENTRY_POWER_OFF"),
    Mutation("setup not asked for", ACTION, "restart_into_setup(firmware);", "restart(firmware, false);"),
    Mutation("Windows restarted without a TPM", ACTION, "tpm_usable(tpm) && ", ""),
    Mutation("Windows restarted without a sealed volume", ACTION, " && volume_is_any_sealed(firmware)", ""),
    Mutation("what others ask the firmware for is lost", RESTART,
             'read_indications(firmware, "OsIndications") | ', ""),
    Mutation("restart without what it is for", RESTART,
             "value, size) == EFI_SUCCESS)", "value, size) != 99)"),
    Mutation("boot option whose name begins alike", RESTART, "        if (description[i] == '\\0')\n            return true;",
             "        if (description[i + 1] == '\\0')\n            return true;"),
    Mutation("last boot option taken", RESTART, "sizeof(order[i]));\n        return;", "sizeof(order[i]));"),
    Mutation("number of a boot option in the wrong order", RESTART, "12 - 4 * digit", "4 * digit"),
    # --- keys for Secure Boot
    Mutation("keys offered where there are some", AUTOMATIC, " || !environment_takes_keys(files->firmware) ||", " ||"),
    Mutation("secure-boot-enroll off not obeyed", AUTOMATIC, "files->entries->conf.enroll == ENROLL_OFF || ", ""),
    Mutation("keys enrolled unasked on a real machine", AUTOMATIC, "enroll == ENROLL_IF_SAFE && arch_is_virtual()",
             "enroll == ENROLL_IF_SAFE"),
    Mutation("any folder enrolled unasked", AUTOMATIC,
             " &&\n        value_equals_ignoring_case(span_of(name, text_length(name)), \"auto\"))", ")"),
    Mutation("folder of keys that is a file", AUTOMATIC, "if (is_directory && name[0]", "if (name[0]"),
    Mutation("hidden folder of keys offered", AUTOMATIC, "name[0] != '.' && ", ""),
    Mutation("folder of keys left open", AUTOMATIC, "    file_close(files->firmware, directory);\n", ""),
    Mutation("more automatic entries than there is room for", AUTOMATIC,
             "entries->automatic_count < ENTRIES_AUTOMATIC_MAX", "true"),
    Mutation("folders of keys without end", AUTOMATIC, "i < KEYS_MAX && ", ""),
    Mutation("keys enrolled again and again", CHOOSER, "    chooser->enrolls = MENU_NONE;\n", ""),
    Mutation("hidden enrolment waits", CHOOSER, "seconds == LOADER_ENROLL_HIDDEN ||", "false ||"),
    Mutation("enrolment waits where nobody can stop it", CHOOSER,
             "|| !has_keys(chooser)\n", "|| false\n"),
    Mutation("keys enrolled though somebody has stopped it", CHOOSER,
             "    return *ret_action == MENU_NOTHING;", "    return true;"),
    Mutation("signed key written in custom mode", ENROLL, "length <= LENGTH_EMPTY;", "length != 0;"),
    Mutation("keys without their attributes", ENROLL, "VARIABLE_SIGNED,", "VARIABLE_KEPT,"),
    Mutation("key that is refused passed over", ENROLL,
             "        if (ret_failure->status != 0)\n            return false;\n", ""),
    Mutation("any key may be missing", ENROLL, "status == STATUS_NOT_FOUND && key->optional", "status == STATUS_NOT_FOUND"),
    Mutation("empty key written", ENROLL, "ret_key->size != 0 && ", ""),
    Mutation("key of any size written", ENROLL, " && ret_key->size <= LINES_TEXT_MAX;", ";"),
    Mutation("volume of the keys left open", ENROLL, "    file_close(files->firmware, files->root);\n", ""),
    Mutation("machine turned off behind the keys", ACTION, "enrolls ? enroll_shutdown : ", "enrolls ? true : "),
    Mutation("restart though no key was enrolled", ACTION,
             "!enrolls || enroll_keys(firmware, arena, entry->kernel, ret_failure)",
             "!enrolls || enroll_keys(firmware, arena, entry->kernel, ret_failure) || true"),
    # --- loader.conf
    Mutation("reboot-on-error not obeyed", CHOOSER, "conf.reboot_on_error == LOADER_YES && ", "conf.reboot_on_error == 99 && "),
    Mutation("reboot-on-error auto restarts", CHOOSER, "conf.reboot_on_error == LOADER_YES && ",
             "conf.reboot_on_error != LOADER_NO && "),
    Mutation("restart behind what a person has chosen", CHOOSER, "LOADER_YES && !chooser->by_person)", "LOADER_YES)"),
    Mutation("restart that no key stops", CHOOSER, "    if (action == MENU_NOTHING)\n        restart(", "    restart("),
    Mutation("restart with a menu where there is none", CHOOSER,
             "    if (chooser_may_ask(chooser))\n        action = chooser_ask(chooser, RESTART", "    action = chooser_ask(chooser, RESTART"),
    Mutation("speaker at each second", ASK, " && here->beeped != menu->chosen)", ")"),
    Mutation("speaker not asked for", ASK, "here->chooser->entries->conf.beep && ", ""),
    Mutation("tones without a pause", SPEAKER, "            boot_services(firmware)->Stall(PAUSE_US);\n", "            (void)0;\n"),
    Mutation("tones without end", SPEAKER, " && i < SPEAKER_BEEPS_MAX", ""),
    Mutation("tone that does not end", SPEAKER, "        arch_speaker(false);\n", ""),
    Mutation("other bits of the speaker's port", TONE, "machine_in8(SPEAKER) & (uint8_t)~SPEAKER_ON", "0"),
    # --- options of an image
    Mutation("options of another profile edited", MENU_UKI, "find_sections(image, profile, &uki) ||\n        !read_section",
             "find_sections(image, 0, &uki) ||\n        !read_section"),
    Mutation("options of an image on another volume", MENU_UKI, "    firmware->volume = VOLUME_OWN;\n    if (status != 0) {",
             "    if (status != 0) {"),
    Mutation("image left open behind its options", MENU_UKI, "        file_close(firmware, image.file);\n    }\n", "    }\n"),
    Mutation("root left open behind its options", MENU_UKI, "    file_close(firmware, files.root);\n    return options;", "    return options;"),
    Mutation("options of an image not read", ASK, "if (entry->kind != BLS_UKI || ", "if (true || "),
    Mutation("editor without options", ASK, "if (!read_options(here))\n        return;", "if (!read_options(here))\n        item->options = \"\";"),
    Mutation("what is not obeyed not on the page", PAGES, "    put_warnings(page, entry);\n", "    (void)put_warnings;\n"),
    # --- what takes long
    Mutation("short work told of", PROGRESS, "    if (ms < SILENT_MS)\n        return;\n    text_format(&line", "    text_format(&line"),
    Mutation("small work timed", PROGRESS, "size < WORK_TELLING)\n        return;\n    ms = look", "false)\n        return;\n    ms = look"),
    Mutation("rate of the work forgotten", PROGRESS, "progress->work_rate != 0 ? progress->work_rate : WORK_RATE", "WORK_RATE"),
    Mutation("what is measured stopped", PROGRESS, "progress->is_drawn && may_stop", "progress->is_drawn"),
    Mutation("any key stops", PROGRESS,
             "    if (progress->is_drawn && may_stop)\n        progress->is_stopped = keyboard_look(&progress->keyboard) == KEY_ESCAPE;",
             "    if (progress->is_drawn && may_stop)\n        progress->is_stopped = keyboard_look(&progress->keyboard) != KEY_NONE;"),
    Mutation("image that somebody stopped started", IMAGE,
             "if (status == EFI_SUCCESS && progress_is_stopped(firmware->progress))", "if (false)"),
    Mutation("image that somebody stopped kept", IMAGE,
             "        unload(firmware, handle);\n        status = EFI_ABORTED;", "        status = EFI_ABORTED;"),
    Mutation("kernel that somebody stopped measured and entered", MENU_TRUST,
             " || progress_is_stopped(boot->firmware->progress))", ")"),
    Mutation("long measuring not told of", MENU_TPM, '    progress_work_begin(tpm->progress, "measuring", "", data.size);\n', ""),
]
