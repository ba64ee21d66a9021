/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Baton: reads a kernel, leaves boot services, enters the kernel. This page decides what to boot;
 * boot/boot.c is the life of one boot.
 */
#include "arch/arch.h"
#include "boot/announce.h"
#include "boot/boot.h"
#include "boot/entry/action.h"
#include "boot/entry/asked.h"
#include "boot/entry/boot_count.h"
#include "boot/entry/entries.h"
#include "boot/environment.h"
#include "boot/failure.h"
#include "boot/menu/chooser.h"
#include "core/base/mem.h"
#include "core/base/own_frame.h"
#include "core/entry/load_options.h"
#include "core/entry/oem_strings.h"
#include "core/text/lines.h"
#include "core/text/text.h"
#include "efi/arena.h"
#include "efi/console.h"
#include "efi/exit/exit.h"
#include "efi/exit/exit_record.h"
#include "efi/file.h"
#include "efi/keyboard.h"
#include "efi/linux/seed_file.h"
#include "efi/loaded_image.h"
#include "efi/tables.h"
#include "efi/volumes.h"
#include "efi/watchdog.h"

struct baton {
    struct firmware firmware;
    struct arena arena;
    struct session session;
    struct announcement announcement;
    struct span strings; /* of a virtual machine (core/entry/oem_strings.h) */
    bool has_been_read;  /* what was said, or nobody is to wait for that */
    char messages[4096]; /* what was said so far */
    char records[EXIT_VARIABLES][EXIT_RECORD_SIZE]; /* "" where there is none */
};

PACKED_DATA static const char usage[] =
    "Baton " BATON_VERSION ", an OS loader.\n"
    "\n"
    "  baton.efi [--debug] \\vmlinuz [initrd=\\initrd.img]... [words for the kernel]...\n"
    "  baton.efi            boots the default entry of \\loader\\entries or \\EFI\\Linux\n"
    "\n"
    "  --debug        one line on the serial port (COM1) after leaving boot services\n"
    "  --place-high   load above 4 GiB where the kernel allows it\n"
    "  --help         this text\n"
    "  --version      the version\n"
    "\n"
    "The kernel is a 64-bit bzImage, an ELF64 kernel with Baton's note, a Multiboot2 kernel, or\n"
    "an EFI program.\n"
    "Paths are on the volume that Baton was started from, with / or \\.\n";

PACKED_DATA static const char nothing_found[] =
    "baton: nothing to boot: no kernel in the load options, and no usable entry in "
    "\\loader\\entries or \\EFI\\Linux on the volume Baton was started from; add an entry with a "
    "`linux` line, or start baton.efi with a kernel's path\n";

static void boot_or_report(struct baton *baton, const struct bls_entry *entry,
                           struct boot_failure *ret_failure)
{
    boot_run(&baton->firmware, entry, &baton->session, ret_failure);
    failure_report_of(ret_failure, entry);
}

OWN_FRAME static efi_status boot_options(struct baton *baton, const struct load_options *options)
{
    struct bls_entry entry = {
        .id = options->kernel,
        .image_id = options->kernel,
        .file = "",
        .title = "",
        .version = "",
        .machine_id = "",
        .sort_key = "",
        .kind = BLS_LINUX,
        .kernel = options->kernel,
        .initrd_count = options->initrd_count,
        .options = options->command_line,
        .debug = options->debug,
        .place_high = options->place_high,
    };
    struct boot_failure failure;

    _Static_assert(sizeof(entry.initrds) == sizeof(options->initrds), "as many in both");
    memcpy(entry.initrds, options->initrds, sizeof(entry.initrds));
    boot_or_report(baton, &entry, &failure);
    baton->has_been_read = failure.came_back;
    return STATUS_LOAD_ERROR;
}

/* What the maker of a virtual machine adds to the options of a kernel. */
static void add_options(struct baton *baton, struct bls_entry *entry)
{
    struct span strings = baton->strings;
    struct span extra;
    struct text options;
    size_t capacity;
    char *buffer;

    if (!oem_strings_next(&strings, "io.systemd.boot.kernel-cmdline-extra=", &extra) ||
        !value_is_text(extra))
        return;
    capacity = text_length(entry->options) + 1 + extra.size + 1;
    buffer = arena_take(&baton->arena, capacity);
    if (buffer == NULL)
        return;
    options = text_in(buffer, capacity);
    text_put(&options, entry->options);
    text_put(&options, options.length != 0 && extra.size != 0 ? " " : "");
    text_put_bytes(&options, (const char *)extra.data, extra.size);
    entry->options = buffer;
}

/* It is on Baton's own volume, wherever the entry is. */
static void use_seed_file(struct baton *baton)
{
    const struct explanation too_long = because("it has more than 32 KiB and is not used",
                                                "make it anew with `bootctl random-seed`");
    efi_status status;

    baton->firmware.volume = VOLUME_OWN;
    status = seed_file_use(&baton->firmware, secure_boot_enforced(&baton->session.secure_boot));
    if (status != 0)
        failure_tell("reading", SEED_FILE_PATH, too_long, status);
}

/* What loader.conf and the load options say of it is added to its own words; options that somebody
 * has typed take the place of its own. */
static void boot_with(struct baton *baton, struct bls_entry *entry, const char *options,
                      const struct entries *entries, const struct load_options *flags,
                      struct boot_failure *ret_failure)
{
    const struct loader_conf *conf = &entries->conf;

    baton->session.secure_boot = environment_secure_boot(&baton->firmware);
    if (entry->kind != BLS_EFI)
        use_seed_file(baton);
    else if (entry->is_windows && conf->reboot_for_bitlocker)
        action_before_windows(&baton->firmware, baton->session.tpm);
    baton->firmware.volume = entry->volume;
    if (options != NULL)
        entry->options = options;
    if (entry->kind == BLS_LINUX)
        add_options(baton, entry);
    entry->debug = entry->debug || conf->log_level == LOADER_LOG_DEBUG || flags->debug;
    entry->is_silent = conf->log_level < LOADER_LOG_INFO;
    entry->place_high = entry->place_high || flags->place_high;
    boot_or_report(baton, entry, ret_failure);
}

/* Whatever comes of it, what it took is given back. */
OWN_FRAME static void boot_entry(struct baton *baton, struct bls_entry *found, const char *options,
                                 const struct entries *entries, const struct load_options *flags,
                                 struct boot_failure *ret_failure)
{
    struct bls_entry entry;
    struct arena arena;
    unsigned int mark;

    baton->firmware.volume = found->volume;
    baton->announcement.listed = found;
    baton->announcement.count_path =
        boot_count(&baton->firmware, &baton->arena, &entries->list, found);
    entry = *found;
    mark = baton->firmware.leases.count;
    arena = baton->arena;
    if (entry.kind == BLS_ACTION)
        action_run(&baton->firmware, &baton->arena, &entry, entries->conf.enroll_shutdown,
                   ret_failure);
    else
        boot_with(baton, &entry, options, entries, flags, ret_failure);
    lease_release_since(&baton->firmware, mark);
    baton->arena = arena;
    baton->firmware.volume = VOLUME_OWN;
}

/* Whether the record of a failed exit is about the entry. */
static bool has_failed_before(const struct baton *baton, const struct bls_entry *entry)
{
    return exit_record_is_about(baton->records[EXIT_RECORD], entry->id) ||
           exit_record_is_about(baton->records[EXIT_MARKER], entry->id);
}

/* What a person has to know before choosing one of these. */
static void mark_failures(const struct baton *baton, struct chooser *chooser)
{
    for (size_t i = 0; i < chooser->listed; i++)
        if (has_failed_before(baton, chooser->choices[i].entry))
            chooser_mark(
                chooser, i,
                PACKED("an earlier start with this entry did not get through the firmware's "
                       "exit, so it is tried last; m shows what was recorded"));
}

/* The default entry, then the others, or what a person chooses, until one boots. */
OWN_FRAME static efi_status boot_chosen(struct baton *baton, struct chooser *chooser,
                                        const struct load_options *flags)
{
    struct bls_entry *entry;
    const char *options;
    enum chooser_verdict verdict;

    while ((verdict = chooser_next(chooser, &entry, &options)) == CHOOSER_BOOT) {
        struct boot_failure failure;

        baton->announcement.menu_ticks = chooser->menu_ticks;
        boot_entry(baton, entry, options, chooser->entries, flags, &failure);
        chooser_failed(chooser, &failure);
    }
    if (verdict == CHOOSER_QUIT)
        return 0;
    if (chooser->has_tried) {
        console_put(
            PACKED("baton: no entry could be booted; the firmware goes on with its next choice\n"));
        return STATUS_LOAD_ERROR;
    }
    console_put(nothing_found);
    return STATUS_NOT_FOUND;
}

/* A return means that nothing was booted. */
static efi_status boot_entries(struct baton *baton, const struct load_options *flags)
{
    const struct explanation unreadable =
        because("the volume Baton was started from cannot be read",
                "start Baton from a FAT file system that this firmware reads");
    struct entries entries;
    struct chooser chooser;
    struct asked asked;
    efi_status status;

    asked_read(&baton->firmware, &baton->arena,
               arch_memory_is_encrypted() || baton->session.tpm->cc != NULL, &asked);
    baton->has_been_read = asked.timeout.wait == LOADER_WAIT_DISABLED;
    status = entries_read(&baton->firmware, &baton->arena, baton->session.tpm, &asked, &entries);
    if (status != 0) {
        failure_tell("reading", ENTRIES_DIRECTORY, unreadable, status);
        return status;
    }
    baton->strings = asked.strings;
    baton->announcement = (struct announcement){
        .list = &entries.list,
        .last_booted = asked.last_booted,
        .saves = entries.saves,
        .update_failed = asked.wishes.patterns[ENTRY_SYS_FAIL] != NULL,
    };
    if (!chooser_begin(&baton->firmware, &baton->arena, &asked, &entries, baton->messages,
                       &chooser)) {
        failure_tell("listing", ENTRIES_DIRECTORY, FAILURE_NO_MEMORY, 0);
        return STATUS_OUT_OF_RESOURCES;
    }
    mark_failures(baton, &chooser);
    if (chooser_next_unasked(&chooser) == MENU_NONE)
        chooser.menu.message = nothing_found;
    status = boot_chosen(baton, &chooser, flags);
    baton->has_been_read = chooser.menu_ticks != 0 || entries.timeout.wait == LOADER_WAIT_DISABLED;
    return status;
}

static void report_options(enum load_options_error error, const struct load_options_fault *fault)
{
    struct boot_failure failure = {.doing = PACKED("reading the load options"),
                                   .why = load_options_explain(error)};
    struct text detail = text_in(failure.detail, sizeof(failure.detail));

    text_format(&detail, fault->why != NULL ? PACKED("%s: %s") : PACKED("%s"), fault->word,
                fault->why);
    failure_report(&failure);
}

/* Is there such a file? A directory is none, and no path that no file can have. What cannot be
 * opened for another reason is there. */
static bool is_there(struct baton *baton, const char *path)
{
    struct file *root;
    efi_status status = volume_open(&baton->firmware, &root);

    if (status != 0)
        return true; /* whoever opens it for good says why it cannot be */
    status = file_probe(&baton->firmware, root, path);
    file_close(&baton->firmware, root);
    return status != STATUS_NOT_FOUND && status != STATUS_UNSUPPORTED &&
           status != STATUS_INVALID_PARAMETER;
}

/*
 * Load options that nobody typed are Baton's only when they begin with a file that is there: U-Boot
 * hands its bootargs to every program, other firmware descriptions and device paths. True when
 * there is something to tell about them; *error is what they come to.
 */
static bool are_foreign(struct baton *baton, enum load_options_error *error,
                        struct load_options *options, struct load_options_fault *fault)
{
    const char *path = *error == LOAD_OPTIONS_OK ? options->if_present : fault->if_present;

    if (*error != LOAD_OPTIONS_FOREIGN) {
        if (path == NULL || is_there(baton, path))
            return false;
        fault->word = path;
        fault->why = NULL;
        options->kernel = NULL;
    }
    *error = LOAD_OPTIONS_FOREIGN;
    return true;
}

/* Anybody who can start Baton can write load options; an entry's are at least measured. */
static bool may_take_options(struct baton *baton, const struct load_options *options)
{
    const struct explanation secure =
        because("Secure Boot is on, or cannot be read, so no kernel is taken from there",
                "write an entry in " ENTRIES_DIRECTORY "; the entries are tried");

    baton->session.secure_boot = environment_secure_boot(&baton->firmware);
    if (!secure_boot_enforced(&baton->session.secure_boot))
        return true;
    failure_tell(PACKED("reading the load options for"), options->kernel, secure, 0);
    return false;
}

/* What went wrong at an earlier start: said once, by the first one after it that boots anything. */
static void heed_last_exit(struct baton *baton, enum exit_variable variable, const char *what)
{
    char *record = baton->records[variable];

    if (exit_record_read(&baton->firmware, variable, record) != 0)
        return;
    if (exit_record_is_told(record)) {
        (void)exit_record_clear(firmware_runtime_services(&baton->firmware), variable);
        record[0] = '\0';
        return;
    }
    console_put(PACKED("baton: an earlier start "));
    console_put(what);
    console_put(":\n");
    exit_record_show(record);
    if (exit_record_settle(&baton->firmware, variable, record)) {
        console_put(PACKED("baton: the entry that it names is tried last\n"));
        return;
    }
    record[0] = '\0';
    console_put(
        PACKED("baton: the firmware keeps this variable as it is, so the entries stay in order\n"));
}

static efi_status run(struct baton *baton)
{
    struct load_options_fault fault = {0};
    struct load_options options = {0};
    struct loaded_image image = {0};
    enum load_options_error error = LOAD_OPTIONS_NONE;
    size_t capacity;
    char *buffer;

    if (loaded_image_read(&baton->firmware, &image) == 0 &&
        image.load_options.size <= LOAD_OPTIONS_MAX) {
        capacity = LOAD_OPTIONS_CAPACITY(image.load_options.size);
        buffer = arena_take(&baton->arena, capacity);
        if (buffer != NULL)
            error = load_options_parse(image.load_options, image.path, buffer, capacity, &options,
                                       &fault);
    }
    if (are_foreign(baton, &error, &options, &fault))
        report_options(error, &fault);
    if (error > LOAD_OPTIONS_GARBAGE) {
        report_options(error, &fault);
        return STATUS_INVALID_PARAMETER;
    }
    if (options.help || options.version) {
        console_put(options.help ? usage : "Baton " BATON_VERSION "\n");
        return 0;
    }
    heed_last_exit(baton, EXIT_RECORD, PACKED("could not leave the firmware"));
    heed_last_exit(baton, EXIT_MARKER,
                   PACKED("went into the firmware's exit and did not come back"));
    if (options.kernel != NULL && may_take_options(baton, &options))
        return boot_options(baton, &options);
    return boot_entries(baton, &options);
}

/* Most firmware clears the screen before it goes on; a shell does not. */
static void hold(const struct firmware *firmware)
{
    struct keyboard keyboard = keyboard_open(firmware);

    if (!keyboard_is_there(&keyboard) || loaded_image_is_in_shell(firmware))
        return;
    _Static_assert(READING_SECONDS == 10, "the number in the message");
    console_put(PACKED("baton: press a key, or wait ten seconds\n"));
    (void)keyboard_wait(&keyboard, READING_SECONDS * 1000);
    keyboard_close(&keyboard);
}

/* Called by start.S with the System V convention. Whatever is returned goes to the firmware. */
efi_status efi_main(void *image_handle, struct _EFI_SYSTEM_TABLE *system_table);

efi_status efi_main(void *image_handle, struct _EFI_SYSTEM_TABLE *system_table)
{
    struct baton baton = {.firmware = {.image_handle = image_handle, .system_table = system_table},
                          .session = {.ticks = arch_ticks()}};
    struct tpm tpm;
    efi_status status;

    arch_clock_start(tables_find(&baton.firmware).acpi_rsdp, &baton.session.clock);
    tpm = tpm_find(&baton.firmware);
    /* Before anything else is allocated, and without it when there is no room. */
    (void)linux_tables_reserve(&baton.firmware,
                               tpm_usable(&tpm) ? LINUX_TABLES_SIZE_TPM : LINUX_TABLES_SIZE,
                               &baton.session.tables);
    baton.session.tpl = tpl_repair(&baton.firmware);
    baton.session.tpm = &tpm;
    baton.session.announcement = &baton.announcement;
    baton.arena = arena_of(&baton.firmware);
    console_open(&baton.firmware);
    console_keep(baton.messages, sizeof(baton.messages));
    status = run(&baton);
    if (status != 0 && !baton.has_been_read)
        hold(&baton.firmware);
    lease_release_since(&baton.firmware, 0);
    watchdog_disarm(&baton.firmware);
    console_close();
    tpl_restore(&baton.firmware, baton.session.tpl);
    return status;
}
