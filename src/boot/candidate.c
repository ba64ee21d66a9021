/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of one attempt: read, identify, plan, the commit point, exit, finish, enter. Knows the
 * order and nothing of any protocol.
 */
#include "boot/candidate.h"

#include "boot/environment.h"
#include "boot/failure.h"
#include "core/exit_journal.h"
#include "core/identify.h"
#include "core/text.h"
#include "efi/console.h"
#include "efi/exit.h"
#include "efi/exit_record.h"
#include "efi/give_up.h"
#include "x86_64/enter.h"

static const struct boot_protocol *const protocols[] = {&boot_linux, &boot_native};
#define PROTOCOL_COUNT (sizeof(protocols) / sizeof(protocols[0]))

/* What an attempt reads from disk before it knows what it has. */
struct opened {
    struct boot_file kernel;
    struct boot_file modules[BOOT_MODULES_MAX];
    uint8_t head[BOOT_HEAD_SIZE];
    uint32_t head_size;
};

static struct explanation why_not_open(efi_status status)
{
    if (status == STATUS_NOT_FOUND)
        return because("there is no such file",
                       "check its path on the volume that Baton was started from");
    if (status == STATUS_INVALID_PARAMETER)
        return because("it is a directory", "name a file");
    return because("the firmware can not open it", "check the file system for errors");
}

static bool open_file(struct leases *leases, struct file *root, const char *path,
                      struct boot_file *ret_file, struct boot_failure *ret_failure)
{
    const struct explanation no_size =
        because("the firmware can not tell its size", "check the file system for errors");
    struct boot_file opened = {.path = path};
    efi_status status = file_open(leases, root, path, &opened.file);

    if (status != 0)
        return boot_fail(ret_failure, "opening", path, why_not_open(status), status);
    status = file_size(opened.file, &opened.size);
    if (status != 0)
        return boot_fail(ret_failure, "opening", path, no_size, status);
    *ret_file = opened;
    return true;
}

static bool open_all(struct firmware *firmware, struct leases *leases,
                     const struct candidate *candidate, struct opened *ret_opened,
                     struct boot_failure *ret_failure)
{
    const struct explanation no_volume =
        because("the volume Baton was started from can not be opened",
                "start Baton from a FAT file system that this firmware reads");
    const struct explanation cannot_read =
        because("its first bytes can not be read", "check the disk for errors");
    struct file *root;
    efi_status status = volume_open(firmware, leases, &root);

    if (status != 0)
        return boot_fail(ret_failure, "opening", candidate->kernel, no_volume, status);
    if (!open_file(leases, root, candidate->kernel, &ret_opened->kernel, ret_failure))
        return false;
    ret_opened->head_size = BOOT_HEAD_SIZE;
    if (ret_opened->kernel.size < BOOT_HEAD_SIZE)
        ret_opened->head_size = (uint32_t)ret_opened->kernel.size;
    status =
        file_read(firmware, ret_opened->kernel.file, 0, ret_opened->head_size, ret_opened->head);
    if (status != 0)
        return boot_fail(ret_failure, "reading", candidate->kernel, cannot_read, status);
    for (unsigned int i = 0; i < candidate->initrd_count; i++) {
        if (!open_file(leases, root, candidate->initrds[i], &ret_opened->modules[i], ret_failure))
            return false;
    }
    return true;
}

static const struct boot_protocol *identify(struct span head, const struct boot_file *kernel,
                                            struct boot_failure *ret_failure)
{
    const struct explanation unknown =
        because("not a kernel that Baton knows",
                "give a 64-bit bzImage, or an ELF64 kernel that carries Baton's note");
    struct boot_failure failure = {.doing = "loading", .file = kernel->path, .why = unknown};
    struct text detail = text_in(failure.detail, sizeof(failure.detail));

    text_put(&detail, "it looks like ");
    text_put(&detail, identify_file(head, kernel->size));
    for (unsigned int i = 0; i < PROTOCOL_COUNT; i++) {
        struct explanation why = {0};

        if (!protocols[i]->recognise(head, kernel->size, &why)) {
            text_put(&detail, ", ");
            text_put(&detail, why.problem);
            continue;
        }
        if (why.problem == NULL)
            return protocols[i];
        boot_fail(ret_failure, "loading", kernel->path, why, 0);
        return NULL;
    }
    *ret_failure = failure;
    return NULL;
}

static struct last_words gather_last_words(const struct firmware *firmware,
                                           const struct boot_environment *environment,
                                           const struct candidate *candidate)
{
    return (struct last_words){
        .runtime_services = firmware_runtime_services(firmware),
        .framebuffer = environment->framebuffer,
        .uart = uart_find(),
        .tsc_hz = environment->tsc_hz,
        .entry_name = candidate->name,
    };
}

static void summarise(const struct last_words *words, const struct exit_journal *journal)
{
    char buffer[160];
    struct text line = text_in(buffer, sizeof(buffer));

    text_put(&line, "baton: ");
    exit_journal_put_summary(&line, journal);
    text_put(&line, "\r\n");
    uart_write(words->uart, buffer);
}

/* Says that the firmware is about to go into its exit, for the start after one that hangs there. */
static void put_marker(const struct last_words *words)
{
    char buffer[256];
    struct text marker = text_in(buffer, sizeof(buffer));

    exit_record_begin(&marker, words->runtime_services, words->entry_name);
    (void)exit_record_write(words->runtime_services, EXIT_MARKER, buffer);
}

/* The far side: arithmetic, and no way back. */
static _Noreturn void leave(struct firmware *firmware, struct exit_plan *exit,
                            const struct boot_protocol *protocol, struct boot_plan *plan,
                            const struct last_words *words, const struct candidate *candidate)
{
    struct memory_map map;
    bool left;

    if (candidate->exit_marker)
        put_marker(words);
    left = exit_boot_services(firmware, exit, &map);
    if (candidate->exit_marker)
        (void)exit_record_clear(words->runtime_services, EXIT_MARKER);
    if (!left)
        give_up(words, exit->journal);
    if (!protocol->finish(plan, &map, exit->journal)) {
        exit->journal->outcome = EXIT_OUTCOME_MAP;
        give_up(words, exit->journal);
    }
    if (candidate->debug)
        summarise(words, exit->journal);
    enter_kernel(&plan->entry);
}

static bool attempt(struct firmware *firmware, struct leases *leases,
                    const struct candidate *candidate, const struct start *start,
                    struct boot_failure *ret_failure)
{
    const struct explanation no_room =
        because("there is no memory for the hand-off", "give the machine more memory or load less");
    const struct explanation bad_map = because("the firmware's memory map can not be converted",
                                               "update the firmware, or report its map");
    struct boot_environment environment = environment_gather(firmware, start->tsc);
    const struct exit_options exit_options = {.tsc_hz = environment.tsc_hz,
                                              .tpl_at_start = start->tpl,
                                              .seconds = candidate->exit_seconds,
                                              .late_map = candidate->late_map};
    const struct boot_protocol *protocol;
    struct boot_request request;
    struct opened opened = {0};
    struct boot_plan plan = {0};
    struct exit_plan exit;
    struct last_words words;
    struct memory_map map;
    efi_status status;

    if (!open_all(firmware, leases, candidate, &opened, ret_failure))
        return false;
    request = (struct boot_request){
        .kernel = opened.kernel,
        .kernel_head = span_of(opened.head, opened.head_size),
        .command_line = candidate->command_line,
        .modules = opened.modules,
        .module_count = candidate->initrd_count,
        .environment = &environment,
        .place_high = candidate->place_high,
    };
    protocol = identify(request.kernel_head, &request.kernel, ret_failure);
    if (protocol == NULL)
        return false;
    status = exit_reserve(firmware, leases, &exit_options, &exit);
    if (status != 0)
        return boot_fail(ret_failure, "preparing", candidate->name, no_room, status);
    request.map_descriptors_max = exit.descriptors_max;
    if (protocol->wants_memory_end && exit_first_map(firmware, &exit, &map) == 0)
        request.memory_end = memory_map_end(&map);
    if (!protocol->prepare(firmware, leases, &request, &plan, ret_failure))
        return false;
    words = gather_last_words(firmware, &environment, candidate);
    lease_release_files(firmware, leases);
    /* Should this exit fail too there will be new ones; afterwards nobody could do this. */
    if (candidate->record != NULL)
        exit_record_mark_told(words.runtime_services, candidate->record);
    if (candidate->clear_marker)
        (void)exit_record_clear(words.runtime_services, EXIT_MARKER);

    /* From here to the exit nothing is printed: one line can change the map. */
    console_put("baton: leaving boot services\n");
    status = exit_first_map(firmware, &exit, &map);
    if (status != 0 || !protocol->finish(&plan, &map, exit.journal))
        return boot_fail(ret_failure, "preparing", candidate->name, bad_map, status);
    console_close();
    leave(firmware, &exit, protocol, &plan, &words, candidate);
}

void candidate_boot(struct firmware *firmware, struct leases *leases,
                    const struct candidate *candidate, const struct start *start,
                    struct boot_failure *ret_failure)
{
    unsigned int mark = leases->count;

    (void)attempt(firmware, leases, candidate, start, ret_failure);
    lease_release_since(firmware, leases, mark);
}
