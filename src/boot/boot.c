/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of one boot: open, identify, prepare, the commit point, exit, finish, enter. Knows the
 * order and nothing of any protocol.
 */
#include "boot/boot.h"

#include "arch/arch.h"
#include "boot/announce.h"
#include "boot/chain.h"
#include "boot/entry_tree.h"
#include "boot/protocol.h"
#include "boot/trust.h"
#include "boot/uki_open.h"
#include "core/base/mem.h"
#include "core/base/own_frame.h"
#include "core/image/pe.h"
#include "core/multiboot/multiboot_header.h"
#include "core/text/printable.h"
#include "core/text/text.h"
#include "efi/console.h"
#include "efi/exit/exit.h"
#include "efi/exit/exit_record.h"
#include "efi/exit/give_up.h"
#include "efi/guard/guard.h"
#include "efi/pages.h"
#include "efi/progress.h"
#include "efi/watchdog.h"

#define LINE_SIZE 512 /* of titles longer than that the beginning is shown */

/* The protocol that wants the kernel. False when none does, or when it cannot be booted: then why.
 */
static bool identify(struct boot *boot, struct boot_protocol *ret_protocol)
{
    const struct boot_file *kernel = &boot->payload.kernel;
    struct explanation why;

    for (unsigned int i = 0; boot_protocol_at(i, ret_protocol); i++) {
        if (ret_protocol->recognise(payload_head(&boot->payload), kernel->size, &why))
            return why.at == NULL || boot_refuse(boot, why);
    }
    return false;
}

/* No protocol wants it: what each of them has looked for. */
static bool fail_unknown(struct boot *boot)
{
    const struct explanation unknown = {boot_protocols_unknown};
    const struct boot_file *kernel = &boot->payload.kernel;
    struct span head = payload_head(&boot->payload);
    struct text detail = boot_refuse_kind(boot, unknown, head, kernel->size);
    struct boot_protocol protocol;

    for (unsigned int i = 0; boot_protocol_at(i, &protocol); i++) {
        struct explanation why;

        (void)protocol.recognise(head, kernel->size, &why);
        text_format(&detail, PACKED(", %s"), explained(why).problem);
    }
    return false;
}

struct give_up_means boot_means(const struct boot *boot)
{
    return (struct give_up_means){
        .runtime_services = firmware_runtime_services(boot->firmware),
        .framebuffer = boot->environment.framebuffer,
        .board = boot_board(boot),
        .entry_name = boot->entry->id,
        .marked = boot->entry->exit_marker,
    };
}

/* Says that the firmware is about to go into its exit, for the start after one that hangs there. */
static void put_marker(const struct give_up_means *means)
{
    char buffer[256];
    struct text marker = text_in(buffer, sizeof(buffer));

    exit_record_begin(&marker, means->runtime_services, means->entry_name);
    (void)exit_record_write(means->runtime_services, EXIT_MARKER, buffer);
}

/* The far side: arithmetic, and no way back. */
static _Noreturn void cross_over(struct firmware *firmware, struct exit_plan *exit,
                                 const struct boot_protocol *protocol, struct boot_plan *plan,
                                 const struct give_up_means *means, const struct bls_entry *entry)
{
    struct memory_map map;
    bool left;

    if (entry->exit_marker)
        put_marker(means);
    left = exit_boot_services(firmware, exit, &map);
    if (!left)
        give_up(means, exit->journal);
    if (entry->exit_marker)
        (void)exit_record_clear(means->runtime_services, EXIT_MARKER);
    if (!protocol->finish(plan, &map, exit->journal)) {
        exit->journal->outcome = EXIT_OUTCOME_MAP;
        give_up(means, exit->journal);
    }
    if (entry->debug)
        exit_say(means->board.uart, exit->journal);
    arch_enter(&plan->entry);
}

static bool fail_preparing(struct boot *boot, struct explanation why, efi_status status)
{
    return boot_fail(boot, "preparing", boot->entry->id, why, status);
}

/* The map as it is, or the words for a firmware that gives none. */
static bool look_at_map(struct boot *boot, struct exit_plan *exit, struct memory_map *ret_map)
{
    const struct explanation no_map =
        because("the firmware gives no memory map that can be read", "update the firmware");
    efi_status status = exit_look(boot->firmware, exit, ret_map);

    return status == 0 || fail_preparing(boot, no_map, status);
}

struct exit_options boot_exit_options(const struct boot *boot)
{
    return (struct exit_options){.clock = boot->session->clock,
                                 .tpl_at_start = boot->session->tpl,
                                 .seconds = boot->entry->exit_seconds,
                                 .late_map = boot->entry->late_map,
                                 .type = MEMORY_LOADER_DATA};
}

/* All that the far side needs, at its worst case. */
static bool reserve(struct boot *boot, const struct boot_protocol *protocol, struct exit_plan *exit)
{
    const struct exit_options options = boot_exit_options(boot);
    efi_status status = exit_reserve(boot->firmware, &options, exit);

    if (status != 0)
        return fail_preparing(boot, FAILURE_NO_MEMORY, status);
    boot->map_descriptors_max = exit->descriptors_max;
    if (protocol->wants_memory_end && exit_look(boot->firmware, exit, &boot->map) == 0) {
        boot->memory_end = memory_map_end(&boot->map);
        runtime_regions_find(&boot->map, arch_identity_end(boot->memory_end),
                             ADDRESS_SPACE_LOWER_END, &boot->runtime_regions);
    }
    return true;
}

static bool dry_run(struct boot *boot, const struct boot_protocol *protocol, struct exit_plan *exit,
                    struct boot_plan *plan)
{
    const struct explanation bad_map = because("the firmware's memory map cannot be converted",
                                               "update the firmware, or report its map");
    struct memory_map map;

    if (!look_at_map(boot, exit, &map))
        return false;
    return protocol->finish(plan, &map, exit->journal) || fail_preparing(boot, bad_map, 0);
}

/* The one place where a kernel is entered that leaves boot services by itself, with its own loop
 * and with the guard, as a program that is started. A return is a failure. */
static bool enter_alive(struct boot *boot, const struct boot_plan *plan)
{
    const struct explanation came_back =
        because("it was entered and has come back", "see what it said before");
    bool guarded;

    files_close(boot->firmware);
    watchdog_arm(boot->firmware, WATCHDOG_SECONDS);
    guarded = chain_guard(boot);
    plan->enter_alive(&plan->entry);
    if (guarded)
        guard_end();
    watchdog_disarm(boot->firmware);
    return boot_fail(boot, "starting", boot->payload.kernel.path, came_back, 0);
}

void boot_say(const struct bls_entry *entry)
{
    char buffer[LINE_SIZE];
    struct text line = text_in(buffer, sizeof(buffer) - 1);

    if (entry->is_silent)
        return;
    text_format(&line, entry->version[0] != '\0' ? "baton: booting %-s (%s)" : "baton: booting %-s",
                entry->title[0] != '\0' ? entry->title : entry->id, entry->version);
    buffer[line.length] = '\n';
    buffer[line.length + 1] = '\0';
    console_put(buffer);
}

/* The order of the boot, from here to the kernel's first instruction. */
static bool prepare_and_leave(struct boot *boot, const struct boot_protocol *protocol,
                              struct exit_plan *exit)
{
    struct boot_plan plan;
    struct give_up_means means;
    struct memory_map map;

    if (!protocol->prepare(boot, &plan)) {
        /* What looks like a lack of memory may be the lack of a map that tells what is free. */
        (void)look_at_map(boot, exit, &map);
        return false;
    }
    if (!trust_may_enter(boot))
        return false;
    if (plan.enter_alive != NULL)
        return enter_alive(boot, &plan);
    means = boot_means(boot);
    files_close(boot->firmware);
    if (boot->payload.image_is_measured)
        uki_announce(boot->firmware);
    announce(boot);
    if (protocol->commit != NULL)
        protocol->commit(boot);
    plan.shortfalls = boot->shortfalls;
    boot_say(boot->entry);

    /* From here to the exit nothing is printed: one line can change the map. */
    console_put("baton: leaving boot services\n");
    if (!dry_run(boot, protocol, exit, &plan))
        return false;
    console_close();
    cross_over(boot->firmware, exit, protocol, &plan, &means, boot->entry);
}

static bool enter(struct boot *boot, const struct boot_protocol *protocol)
{
    struct exit_plan exit;

    if (!reserve(boot, protocol, &exit))
        return false;
    boot->firmware->map_room = &exit.previous;
    (void)prepare_and_leave(boot, protocol, &exit);
    boot->firmware->map_room = NULL;
    return false;
}

/* Kernels that nobody has signed are for machines that do not ask, and a TPM is told of them. */
static bool may_enter(struct boot *boot, const struct boot_protocol *protocol)
{
    const struct explanation unsigned_kind = because(
        "Secure Boot is on, or cannot be read, and this kind of kernel carries no signature",
        "put it into a signed unified kernel image and use `baton-exit baton`");

    if (protocol->signable || boot->payload.kernel.bytes != NULL)
        return true;
    if (trust_required(boot))
        return boot_refuse(boot, unsigned_kind);
    return trust_take_in(boot);
}

/* An EFI program, whatever it was called: what Baton cannot enter, the firmware may start. */
bool boot_can_start(const struct boot *boot)
{
    const struct payload *payload = &boot->payload;
    struct pe pe;

    return boot->entry->exit == BLS_EXIT_DEFAULT && payload->kernel.bytes == NULL &&
           pe_parse(payload_head(payload), payload->kernel.size, &pe) == PE_OK;
}

/* False when the entry has modules, which only one protocol takes: as initrds they would be
 * nonsense to all others. */
static bool has_no_modules(struct boot *boot)
{
    const struct explanation not_taken =
        because("it is no Multiboot2 kernel, and only these take a baton-module",
                "take these lines out, or write initrd lines");

    return boot->entry->module_count == 0 || boot_refuse(boot, not_taken);
}

static bool start(struct boot *boot)
{
    return has_no_modules(boot) && chain_start(boot);
}

/* What Baton would enter if it could: why it does not is said first, then the firmware starts it.
 */
static bool start_instead(struct boot *boot, const char *remedy)
{
    struct boot_failure *why = &boot->failure;
    struct text detail = text_in(why->detail, sizeof(why->detail));

    text_put(&detail, remedy);
    why->remedy = PACKED("the firmware starts it instead");
    failure_report(why);
    return start(boot);
}

/*
 * What nobody else knows, and the firmware cannot start: Multiboot2's header lies further inside
 * than the others', so that it costs another look, and may be in an ELF file as well. Without one
 * the failure stays what it was. False: *ret_protocol is not to be used.
 */
static bool is_multiboot(struct boot *boot, struct boot_protocol *ret_protocol)
{
    const struct boot_file *kernel = &boot->payload.kernel;
    uint64_t size = kernel->size < MULTIBOOT_SEARCH ? kernel->size : MULTIBOOT_SEARCH;
    struct explanation why;
    struct span head;

    if (size == 0 || boot_can_start(boot) || !boot_deep_protocol(ret_protocol) ||
        !boot_file_load(boot, kernel, size, 0, "loading", &head) ||
        !ret_protocol->recognise(head, kernel->size, &why))
        return false;
    boot->failure = (struct boot_failure){0};
    return why.at == NULL || boot_refuse(boot, why);
}

static bool boot_kernel(struct boot *boot)
{
    const struct explanation encrypted =
        because("Baton cannot build page tables for the encrypted memory of this machine (AMD SEV)",
                "boot Linux with its own EFI stub, or turn SEV off");
    unsigned int mark = boot->firmware->leases.count;
    struct boot_protocol protocol;
    bool known = identify(boot, &protocol);
    bool deep = (!known || boot->entry->module_count != 0) && is_multiboot(boot, &protocol);

    known |= deep;
    if (known && arch_memory_is_encrypted()) {
        (void)boot_refuse(boot, encrypted);
        return boot_can_start(boot) && start_instead(boot, "");
    }
    if (!known && boot_can_start(boot))
        return boot->failure.why.at == NULL
                   ? start(boot)
                   : start_instead(boot, explained(boot->failure.why).remedy);
    if (!known)
        return boot->failure.why.at == NULL && fail_unknown(boot);
    if ((!deep && !has_no_modules(boot)) || !may_enter(boot, &protocol))
        return false;
    if (!protocol.signable && !payload_is_whole(boot))
        return false;
    (void)enter(boot, &protocol);
    if (boot->start_instead) {
        lease_release_since(boot->firmware, mark);
        return start_instead(boot, "");
    }
    return boot->unclaimed && is_multiboot(boot, &protocol) && enter(boot, &protocol);
}

/* A return is a failure. */
OWN_FRAME static bool run(struct boot *boot)
{
    const struct bls_entry *entry = boot->entry;

    if (!payload_open(boot) || !entry_tree_use(boot))
        return false;
    if (entry->kind == BLS_EFI || entry->exit == BLS_EXIT_FIRMWARE ||
        entry->exit == BLS_EXIT_GUARD ||
        (entry->kind == BLS_UKI && entry->exit == BLS_EXIT_DEFAULT))
        return start(boot);
    if (entry->kind == BLS_UKI && (!has_no_modules(boot) || !uki_open(boot)))
        return false;
    return boot_kernel(boot);
}

/* Whoever stops a boot wants to choose another one, as if it had come back. */
static void report_stop(struct boot *boot)
{
    (void)boot_fail(boot, "reading", boot->failure.file,
                    because("Escape was pressed", "choose an entry"), 0);
    boot->failure.was_stopped = true;
}

void boot_run(struct firmware *firmware, const struct bls_entry *entry,
              const struct session *session, struct boot_failure *ret_failure)
{
    unsigned int mark = firmware->leases.count;
    struct progress progress = progress_of(firmware, &session->clock);
    struct boot boot = {
        .firmware = firmware, .session = session, .entry = entry, .tables = session->tables};

    firmware->progress = session->tpm->progress = &progress;
    boot.environment =
        environment_gather(firmware, session->ticks, &session->secure_boot, session->tpm);
    (void)run(&boot);
    firmware->progress = session->tpm->progress = NULL;
    if (progress.is_stopped)
        report_stop(&boot);
    *ret_failure = boot.failure;
    lease_release_since(firmware, mark);
}
