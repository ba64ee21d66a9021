/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of one attempt: read, identify, plan, the commit point, exit, finish, enter. Knows the
 * order and nothing of any protocol.
 */
#include "boot/boot.h"

#include "arch/arch.h"
#include "boot/chain.h"
#include "boot/environment.h"
#include "boot/failure.h"
#include "boot/payload.h"
#include "boot/trust.h"
#include "boot/uki_open.h"
#include "core/exit/exit_journal.h"
#include "core/image/identify.h"
#include "core/image/pe.h"
#include "core/text/text.h"
#include "efi/console.h"
#include "efi/exit/exit.h"
#include "efi/exit/exit_record.h"
#include "efi/exit/give_up.h"

static const struct boot_protocol *const protocols[] = {&boot_linux, &boot_native};
#define PROTOCOL_COUNT (sizeof(protocols) / sizeof(protocols[0]))

struct attempt {
    struct firmware *firmware;
    const struct candidate *candidate;
    const struct start *start;
    struct kernel_tables tables;
    struct boot_environment environment;
    struct opened opened;
    uint32_t notes; /* enum boot_note */
    struct boot_failure *failure;
};

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
        .uart = arch_uart_find(),
        .ticks_hz = environment->ticks_hz,
        .entry_name = candidate->name,
    };
}

/* Should this exit fail too there will be new ones; afterwards nobody could do this. */
static void put_records_in_order(const struct attempt *attempt)
{
    uint64_t runtime_services = firmware_runtime_services(attempt->firmware);

    if (attempt->candidate->record != NULL)
        exit_record_mark_told(runtime_services, attempt->candidate->record);
    if (attempt->candidate->clear_marker)
        (void)exit_record_clear(runtime_services, EXIT_MARKER);
}

static void summarise(const struct last_words *words, const struct exit_journal *journal)
{
    char buffer[160];
    struct text line = text_in(buffer, sizeof(buffer));

    text_put(&line, "baton: ");
    exit_journal_put_summary(&line, journal);
    text_put_char(&line, '\n');
    arch_uart_write(words->uart, buffer);
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
    arch_enter(&plan->entry);
}

/* The map as it is, or the words for a firmware that gives none. */
static bool look_at_map(struct attempt *attempt, struct exit_plan *exit, struct memory_map *ret_map)
{
    const struct explanation no_map =
        because("the firmware gives no memory map that can be read", "update the firmware");
    efi_status status = exit_first_map(attempt->firmware, exit, ret_map);

    return status == 0 ||
           boot_fail(attempt->failure, "preparing", attempt->candidate->name, no_map, status);
}

/* The order of the boot, from here to the kernel's first instruction. */
static bool enter(struct attempt *attempt, const struct boot_protocol *protocol,
                  struct boot_request *request)
{
    const struct explanation no_room =
        because("there is no memory for the hand-off", "give the machine more memory or load less");
    const struct explanation bad_map = because("the firmware's memory map can not be converted",
                                               "update the firmware, or report its map");
    const struct candidate *candidate = attempt->candidate;
    struct firmware *firmware = attempt->firmware;
    const struct exit_options exit_options = {.ticks_hz = attempt->environment.ticks_hz,
                                              .tpl_at_start = attempt->start->tpl,
                                              .seconds = candidate->exit_seconds,
                                              .late_map = candidate->late_map};
    struct boot_plan plan = {0};
    struct exit_plan exit;
    struct last_words words;
    struct memory_map map;
    efi_status status = exit_reserve(firmware, &exit_options, &exit);

    if (status != 0)
        return boot_fail(attempt->failure, "preparing", candidate->name, no_room, status);
    request->map_descriptors_max = exit.descriptors_max;
    if (protocol->wants_memory_end && exit_first_map(firmware, &exit, &map) == 0)
        request->memory_end = memory_map_end(&map);
    if (!protocol->prepare(firmware, request, &plan, attempt->failure)) {
        /* What looks like a lack of memory may be the lack of a map that tells what is free. */
        (void)look_at_map(attempt, &exit, &map);
        return false;
    }
    plan.notes |= attempt->notes;
    words = gather_last_words(firmware, &attempt->environment, candidate);
    files_close(firmware);
    put_records_in_order(attempt);
    if (attempt->opened.image_is_measured)
        uki_announce(firmware);
    if (protocol->commit != NULL)
        protocol->commit(firmware, request, &plan);

    /* From here to the exit nothing is printed: one line can change the map. */
    console_put("baton: leaving boot services\n");
    if (!look_at_map(attempt, &exit, &map))
        return false;
    if (!protocol->finish(&plan, &map, exit.journal))
        return boot_fail(attempt->failure, "preparing", candidate->name, bad_map, 0);
    console_close();
    leave(firmware, &exit, protocol, &plan, &words, candidate);
}

/* Kernels that nobody has signed are for machines that do not ask. */
static bool may_enter(struct attempt *attempt, const struct boot_protocol *protocol)
{
    const struct explanation unsigned_kind =
        because("Secure Boot is on and this kind of kernel carries no signature",
                "put it into a signed unified kernel image and use `baton-exit baton`");

    return protocol->signable || attempt->opened.kernel.bytes != NULL ||
           !trust_required(&attempt->environment) ||
           boot_fail(attempt->failure, "loading", attempt->opened.kernel.path, unsigned_kind, 0);
}

static bool start_by_firmware(struct attempt *attempt)
{
    put_records_in_order(attempt);
    return chain_start(attempt->firmware, &attempt->environment, attempt->candidate,
                       &attempt->opened, attempt->failure);
}

/* An EFI program, whatever it was called: what Baton can not enter, the firmware may start. */
static bool can_start(const struct attempt *attempt)
{
    const struct opened *opened = &attempt->opened;
    struct pe pe;

    return attempt->candidate->exit == BLS_EXIT_DEFAULT && opened->kernel.bytes == NULL &&
           pe_parse(opened_head(opened), opened->kernel.size, &pe) == PE_OK;
}

static bool boot_kernel(struct attempt *attempt)
{
    struct opened *opened = &attempt->opened;
    const struct boot_protocol *protocol =
        identify(opened_head(opened), &opened->kernel, attempt->failure);
    struct boot_request request;

    if (protocol == NULL)
        return can_start(attempt) && start_by_firmware(attempt);
    if (!may_enter(attempt, protocol))
        return false;
    request = (struct boot_request){
        .kernel = opened->kernel,
        .kernel_head = opened_head(opened),
        .command_line = opened->command_line,
        .options_are_judged = opened->options_are_judged,
        .modules = opened->modules,
        .module_count = opened->module_count,
        .environment = &attempt->environment,
        .tables = &attempt->tables,
        .place_high = attempt->candidate->place_high,
    };
    return enter(attempt, protocol, &request);
}

static bool boot(struct attempt *attempt)
{
    const struct candidate *candidate = attempt->candidate;

    if (!opened_open(attempt->firmware, candidate, &attempt->opened, attempt->failure))
        return false;
    if (candidate->kind == BLS_EFI || candidate->exit == BLS_EXIT_FIRMWARE ||
        (candidate->kind == BLS_UKI && candidate->exit == BLS_EXIT_DEFAULT))
        return start_by_firmware(attempt);
    if (candidate->kind == BLS_UKI &&
        !uki_open(attempt->firmware, &attempt->environment, candidate, &attempt->opened,
                  &attempt->notes, attempt->failure))
        return false;
    return boot_kernel(attempt);
}

void candidate_boot(struct firmware *firmware, const struct candidate *candidate,
                    const struct start *start, struct boot_failure *ret_failure)
{
    unsigned int mark = firmware->leases.count;
    struct attempt attempt = {.firmware = firmware,
                              .candidate = candidate,
                              .start = start,
                              .tables = start->tables,
                              .failure = ret_failure};

    attempt.environment = environment_gather(firmware, start->ticks, start->tpm);
    (void)boot(&attempt);
    lease_release_since(firmware, mark);
}
