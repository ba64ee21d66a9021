/* SPDX-License-Identifier: BSD-2-Clause */
#include "verdict.h"

#include "arch/arch.h"
#include "core/text/text.h"
#include "efi/exit/give_up.h"
#include "report.h"
#include "services.h"

/* What Linux keeps since 2024; sixteen were not enough for some machines. */
#define SLACK_ENOUGH 32
/* Memory Allocation Services are allowed after the first exit since this revision. */
#define REVISION_2_9 (2 << 16 | 90)
#define LINE         256

enum verdict { VERDICT_OK, VERDICT_NOTE, VERDICT_VIOLATION };
enum party { PARTY_LOADER, PARTY_FIRMWARE };

static const char *const verdict_names[] = {"ok", "note", "violation"};
static const char *const party_names[] = {"loader", "firmware"};
static unsigned int tally[2][3];

/* --- lines for people --- */

static char buffer[LINE];
static struct text line;

static void line_begin(const char *start)
{
    line = text_in(buffer, sizeof(buffer));
    text_put(&line, "referee: ");
    text_put(&line, start);
}

static void line_number(const char *before, uint64_t value, const char *after)
{
    text_put(&line, before);
    text_put_decimal(&line, value);
    text_put(&line, after);
}

static void line_hex(const char *before, uint64_t value)
{
    text_put(&line, before);
    text_put_hex(&line, value);
}

static void line_end(void)
{
    uint64_t uart = arch_uart_find();

    arch_uart_write(uart, buffer);
    arch_uart_write(uart, "\n");
}

static void line_say(const char *string)
{
    line_begin(string);
    line_end();
}

static void pad(size_t column)
{
    while (line.length < column && !line.truncated)
        text_put_char(&line, ' ');
}

/* The line stays open for details, and ends with line_end(). */
static void rule(enum party party, const char *name, enum verdict verdict, const char *section,
                 const char *finding)
{
    tally[party][verdict]++;
    report_begin("rule");
    report_text("party", party_names[party]);
    report_text("rule", name);
    report_text("verdict", verdict_names[verdict]);
    report_text("section", section);
    report_end();
    line_begin("  ");
    text_put(&line, verdict_names[verdict]);
    pad(22);
    text_put(&line, name);
    pad(33);
    text_put(&line, "UEFI ");
    text_put(&line, section);
    pad(45);
    text_put(&line, finding);
}

static void line_place(const void *address)
{
    const struct image *image = image_at(address);

    if (image == NULL) {
        line_hex("what the loader has in memory at ", (uintptr_t)address);
        return;
    }
    text_put(&line, image->name);
    line_hex(" +", (uintptr_t)address - image->base);
}

static void list_calls(const char *name, const struct call_list *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const struct call *call = &list->calls[i];
        const struct image *image = image_at(call->caller);

        report_begin("call");
        report_text("list", name);
        report_text("service", service_name(call->service));
        report_number("count", call->count);
        report_number("early", call->early);
        report_number("caller", (uintptr_t)call->caller);
        report_number("offset", image == NULL ? 0 : (uintptr_t)call->caller - image->base);
        report_text("image", image == NULL ? "" : image->name);
        report_end();
        line_begin("      ");
        text_put(&line, service_name(call->service));
        line_number(" ", call->count, "x, by ");
        line_place(call->caller);
        if (call->early)
            text_put(&line, " (before the exit handlers)");
        line_end();
    }
    if (list->dropped != 0) {
        line_begin("      ");
        line_number("and ", list->dropped, " calls from elsewhere");
        line_end();
    }
}

/* --- the rules, and what is said when they are kept or broken --- */

static void judge_key(const struct record *record)
{
    rule(PARTY_LOADER, "key", record->stale != 0 ? VERDICT_VIOLATION : VERDICT_OK, "7.4.6",
         record->stale != 0 ? "a key that is not that of the last successful GetMemoryMap"
                            : "the key is that of the last successful GetMemoryMap");
    if (record->stale != 0)
        line_number(", ", record->stale, " times");
    line_end();
}

static void judge_between(const struct record *record)
{
    bool clean = record->between.count == 0;

    rule(PARTY_LOADER, "between", clean ? VERDICT_OK : VERDICT_NOTE, "7.4.6",
         clean ? "no service between the last GetMemoryMap and ExitBootServices"
               : "services between the last GetMemoryMap and ExitBootServices:");
    line_end();
    list_calls("between", &record->between);
}

static enum verdict verdict_after(const struct record *record, uint32_t revision)
{
    enum verdict verdict = VERDICT_OK;

    for (uint32_t i = 0; i < record->after.count; i++) {
        if (service_kind(record->after.calls[i].service) != SERVICE_MEMORY ||
            revision < REVISION_2_9)
            return VERDICT_VIOLATION;
        verdict = VERDICT_NOTE;
    }
    return verdict;
}

static void judge_after(const struct record *record, bool returned, uint32_t revision)
{
    enum verdict verdict = verdict_after(record, revision);
    const char *finding = "services after the first ExitBootServices:";

    if (returned)
        verdict = VERDICT_VIOLATION;
    if (record->after.count == 0)
        finding = returned ? "returned to the firmware after ExitBootServices"
                           : "no other service after the first ExitBootServices";
    rule(PARTY_LOADER, "after", verdict, "7.4.6", finding);
    line_end();
    list_calls("after", &record->after);
    if (returned && record->after.count != 0)
        line_say("      and it returned to the firmware");
}

static void judge_attempts(const struct record *record)
{
    rule(PARTY_LOADER, "attempts",
         record->attempts == 1 && record->left ? VERDICT_OK : VERDICT_NOTE, "7.4.6",
         record->left ? "left at attempt " : "gave up after attempt ");
    line_number("", record->attempts, "");
    line_end();
}

static int64_t spare(const struct look *look, uint64_t needed)
{
    return look->stride == 0 ? 0 : (int64_t)(look->capacity - needed) / (int64_t)look->stride;
}

static void judge_capacity(const struct record *record)
{
    const struct look *look = &record->first.look;
    bool told = look->told != 0;
    int64_t slack = spare(look, told ? look->told : look->required);
    bool shrunk = record->attempts > 1 && record->last.look.capacity < record->last.look.required;
    enum verdict verdict = slack >= SLACK_ENOUGH ? VERDICT_OK : VERDICT_NOTE;

    if (slack < 1 || shrunk)
        verdict = VERDICT_VIOLATION;
    rule(PARTY_LOADER, "capacity", verdict, "7.2.3", "");
    line_number("room for ", (uint64_t)(slack < 0 ? 0 : slack), " descriptors more than ");
    text_put(&line, told ? "the firmware had asked for" : "the map has");
    line_number(" (", look->capacity, " bytes, ");
    line_number("", told ? look->told : look->required, " asked for, ");
    line_number("", look->used, " used)");
    line_end();
    if (shrunk)
        line_say("      the last attempt had less room than the firmware then asked for");
    if (record->too_small != 0) {
        line_begin("      ");
        line_number("too little room ", record->too_small, " times after the first attempt");
        line_end();
    }
    report_begin("capacity");
    report_number("slack", (uint64_t)(slack < 0 ? 0 : slack));
    report_number("capacity", look->capacity);
    report_number("told", look->told);
    report_number("required", look->required);
    report_number("used", look->used);
    report_number("shrunk", shrunk);
    report_number("too_small", record->too_small);
    report_end();
}

static void judge_state(const struct record *record)
{
    const struct attempt *last = &record->last;

    rule(PARTY_LOADER, "tpl", record->wrong_tpl != 0 ? VERDICT_VIOLATION : VERDICT_OK, "7.1",
         record->wrong_tpl != 0 ? "left at task priority " : "left at TPL_APPLICATION");
    if (record->wrong_tpl != 0)
        line_number("", last->tpl, ", where exit handlers may not run");
    line_end();
    rule(PARTY_LOADER, "watchdog", last->watchdog != 0 ? VERDICT_NOTE : VERDICT_OK, "7.5.1",
         last->watchdog != 0 ? "armed: " : "not armed, as far as was seen");
    if (last->watchdog != 0)
        line_number("", last->watchdog, " seconds; an exit that fails may leave it dead or alive");
    line_end();
}

static void judge_refusals(const struct record *record)
{
    uint32_t refusals = record->attempts - record->left;
    const char *finding = "refused nothing";
    enum verdict verdict = refusals == 0 ? VERDICT_OK : VERDICT_NOTE;

    if (refusals != 0)
        finding = "the map had changed, or the key was wrong";
    if (record->unfounded != 0) {
        verdict = VERDICT_VIOLATION;
        finding = "refused a key that was, and still is, the map's";
    }
    if (record->odd != 0) {
        verdict = VERDICT_VIOLATION;
        finding = "a status that ExitBootServices does not have";
    }
    rule(PARTY_FIRMWARE, "refusals", verdict, "7.4.6", finding);
    if (refusals != 0)
        line_number("; refusals: ", refusals, "");
    line_end();
}

static void judge_handlers(const struct record *record)
{
    enum verdict verdict = VERDICT_OK;

    for (uint32_t i = 0; i < record->handlers.count; i++)
        if (!record->handlers.calls[i].early)
            verdict = VERDICT_VIOLATION;
        else if (verdict == VERDICT_OK)
            verdict = VERDICT_NOTE;
    rule(PARTY_FIRMWARE, "handlers", verdict, "7.1.1",
         verdict == VERDICT_OK ? "no memory service during ExitBootServices"
                               : "memory services, or such as need them, during ExitBootServices:");
    line_end();
    list_calls("handlers", &record->handlers);
}

static const char *type_name(uint32_t type)
{
    static const char *const names[] = {
        "reserved", "loader code", "loader data",  "boot code", "boot data",
        "run code", "run data",    "conventional", "unusable",  "ACPI reclaim",
        "ACPI NVS", "MMIO",        "MMIO ports",   "PAL code",  "persistent",
    };

    if (type == UINT32_MAX)
        return "nothing";
    return type < sizeof(names) / sizeof(names[0]) ? names[type] : "other";
}

static void list_changes(const struct record *record)
{
    for (uint32_t i = 0; i < record->change_count && i < RECORD_CHANGES_MAX; i++) {
        const struct change *change = &record->changes[i];

        line_begin("      ");
        line_hex("", change->start);
        line_number(", ", change->pages, " pages: the loader has ");
        text_put(&line, type_name(change->was));
        text_put(&line, ", it is ");
        text_put(&line, type_name(change->is));
        line_end();
        report_begin("change");
        report_number("start", change->start);
        report_number("pages", change->pages);
        report_number("was", change->was);
        report_number("is", change->is);
        report_end();
    }
}

static void judge_map(const struct record *record)
{
    bool compared = record->map.size != 0 && record->truth.size != 0;

    if (!record->left)
        return;
    if (!compared) {
        line_say("  the maps before and after could not be compared");
        return;
    }
    rule(PARTY_FIRMWARE, "map", record->change_count != 0 ? VERDICT_VIOLATION : VERDICT_OK, "7.4.6",
         record->change_count != 0 ? "changed after the key was checked, places: "
                                   : "unchanged since the key was checked");
    if (record->change_count != 0)
        line_number("", record->change_count, "");
    line_end();
    list_changes(record);
}

/* --- the report --- */

static void line_attempt(const struct record *record)
{
    const struct attempt *last = &record->last;

    line_number("attempt ", record->attempts, ": ");
    line_hex("key ", last->key);
    line_number(", map ", last->look.used, " bytes");
    line_number(" in ", last->look.capacity, "");
    line_number(", TPL ", last->tpl, "");
    if (last->status == 0) {
        text_put(&line, ", success");
        return;
    }
    line_hex(", status ", last->status);
    if (last->key_after != 0)
        line_hex(", the key is now ", last->key_after);
}

void verdict_attempt(const struct record *record)
{
    const struct attempt *last = &record->last;

    report_begin("attempt");
    report_number("n", record->attempts);
    report_number("key", last->key);
    report_number("stale", last->stale);
    report_number("key_after", last->key_after);
    report_number("tpl", last->tpl);
    report_number("watchdog", last->watchdog);
    report_number("status", last->status);
    report_end();
    if (last->status == 0)
        return;
    line_begin("");
    line_attempt(record);
    line_end();
}

static void line_revision(uint32_t revision)
{
    line_number("UEFI ", revision >> 16, "");
    line_number(".", (revision & 0xffff) / 10, "");
    if ((revision & 0xffff) % 10 != 0)
        line_number(".", (revision & 0xffff) % 10, "");
}

static void report_tally(enum party party)
{
    line_begin(party == PARTY_LOADER ? "the loader: " : "firmware and drivers: ");
    line_number("violations: ", tally[party][VERDICT_VIOLATION], ", ");
    line_number("notes: ", tally[party][VERDICT_NOTE], "");
    line_end();
    report_begin("tally");
    report_text("party", party_names[party]);
    report_number("violations", tally[party][VERDICT_VIOLATION]);
    report_number("notes", tally[party][VERDICT_NOTE]);
    report_end();
}

static void report_title(const struct record *record, const struct image *loader, bool returned,
                         uint64_t status, uint32_t revision)
{
    const struct image *leaver = image_at(record->leaver);
    const char *name = loader == NULL ? "?" : loader->name;

    report_begin("referee");
    report_text("image", name);
    report_text("leaver", leaver == NULL ? "" : leaver->name);
    report_number("left", record->left);
    report_number("returned", returned);
    report_number("attempts", record->attempts);
    report_end();
    line_say("");
    line_begin(name);
    if (returned)
        line_hex(" came back with status ", status);
    else
        text_put(&line, " left boot services");
    text_put(&line, ", firmware of ");
    line_revision(revision);
    line_end();
}

void verdict_report(const struct record *record, const struct image *loader, bool returned,
                    uint64_t status, uint32_t revision)
{
    report_title(record, loader, returned, status, revision);
    if (record->attempts != 0) {
        for (unsigned int party = 0; party < 2; party++)
            for (unsigned int verdict = 0; verdict < 3; verdict++)
                tally[party][verdict] = 0;
        line_begin("");
        line_attempt(record);
        line_end();
        line_say("the loader");
        judge_key(record);
        judge_between(record);
        judge_after(record, returned, revision);
        judge_attempts(record);
        judge_capacity(record);
        judge_state(record);
        line_say("the firmware and its drivers");
        judge_refusals(record);
        judge_handlers(record);
        judge_map(record);
        report_tally(PARTY_LOADER);
        report_tally(PARTY_FIRMWARE);
    }
    report_begin("end");
    report_end();
}
