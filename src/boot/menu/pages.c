/* SPDX-License-Identifier: BSD-2-Clause */
/* Everything about an entry, and about the machine, for whoever asks in the menu. */
#include "boot/menu/chooser.h"
#include "core/base/target.h"
#include "core/text/printable.h"
#include "efi/origin.h"

static void put(struct text *page, const char *label, const char *value)
{
    static const char blanks[] = "            ";

    if (value == NULL || text_length(value) == 0)
        return;
    text_format(page, PACKED("%s%s: %-s\n"), blanks + text_length(label), label, value);
}

static void put_number(struct text *page, const char *label, uint64_t value)
{
    char buffer[24];
    struct text text = text_in(buffer, sizeof(buffer));

    text_put_decimal(&text, value);
    put(page, label, buffer);
}

/* What its file asks for, and does not get. */
static void put_warnings(struct text *page, const struct bls_entry *entry)
{
    for (uint32_t i = 0; i < entry->warning_count && i < BLS_WARNINGS_MAX; i++) {
        const struct explained why = explained(bls_warning_explain(entry->warnings[i].kind));
        char buffer[256];
        struct text text = text_in(buffer, sizeof(buffer));

        text_format(&text, PACKED("line %lu: %s; %s"), (uint64_t)entry->warnings[i].line,
                    why.problem, why.remedy);
        put(page, PACKED("not obeyed"), buffer);
    }
}

void chooser_put_details(const struct chooser *chooser, size_t choice, struct text *page)
{
    PACKED_DATA static const char labels[][11] = {"title",   "id",       "file",
                                                  "version", "sort-key", "machine-id"};
    static const uint8_t offsets[] = {
        offsetof(struct bls_entry, title),    offsetof(struct bls_entry, id),
        offsetof(struct bls_entry, file),     offsetof(struct bls_entry, version),
        offsetof(struct bls_entry, sort_key), offsetof(struct bls_entry, machine_id)};
    const struct menu_item *item = &chooser->menu.items[choice];
    const struct bls_entry *entry = chooser->choices[choice].entry;

    for (unsigned int i = 0; i < sizeof(offsets); i++)
        put(page, labels[i], *(const char *const *)((const char *)entry + offsets[i]));
    put(page,
        entry->kind == BLS_LINUX ? PACKED("linux")
        : entry->kind == BLS_EFI ? PACKED("efi")
                                 : PACKED("uki"),
        entry->kernel);
    for (uint32_t i = 0; i < entry->initrd_count; i++)
        put(page, PACKED("initrd"), entry->initrds[i]);
    if (TARGET_HAS_TREES)
        put(page, PACKED("devicetree"), entry->device_tree);
    for (uint32_t i = 0; i < entry->extra_count; i++)
        put(page, PACKED("extra"), bls_extra(entry, i));
    for (uint32_t i = 0; i < entry->module_count; i++)
        text_format(page, PACKED("baton-module: %-s %-s\n"), entry->modules[i],
                    bls_module_words(entry->modules[i]));
    put(page, PACKED("options"), item->options);
    if (menu_item_is_edited(item))
        put(page, PACKED("edited"), item->editor->text);
    if (entry->profile != 0)
        put_number(page, PACKED("profile"), entry->profile);
    if (entry->counter.counted) {
        put_number(page, PACKED("tries left"), entry->counter.left);
        put_number(page, PACKED("tries done"), entry->counter.done);
    }
    put_warnings(page, entry);
    put(page, item->came_back ? PACKED("came back") : PACKED("failed"), item->reason);
}

void chooser_put_status(const struct chooser *chooser, struct text *page)
{
    PACKED_DATA static const char labels[ENTRY_WISHES][12] = {
        [ENTRY_DEFAULT_CONF] = "default",     [ENTRY_DEFAULT_VARIABLE] = "by variable",
        [ENTRY_PREFERRED_CONF] = "preferred", [ENTRY_PREFERRED_VARIABLE] = "by variable",
        [ENTRY_ONE_SHOT] = "this once",       [ENTRY_SYS_FAIL] = "on failure",
    };
    struct origin origin;

    origin_read(chooser->firmware, &origin);
    put(page, PACKED("loader"), "Baton " BATON_VERSION);
    put(page, PACKED("firmware"), origin.firmware);
    put(page, PACKED("its standard"), origin.specification);
    put(page, PACKED("partition"), origin.partition);
    put(page, PACKED("Secure Boot"),
        environment_secure_boot_enforced(chooser->firmware) ? PACKED("on, or not to be read")
                                                            : PACKED("off"));
    put_number(page, PACKED("entries"), chooser->listed);
    for (unsigned int i = 0; i < ENTRY_WISHES; i++)
        put(page, labels[i], chooser->entries->wishes.patterns[i]);
    put(page, PACKED("last booted"), chooser->asked->last_booted);
}
