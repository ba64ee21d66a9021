/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/entry/automatic.h"

#include "arch/arch.h"
#include "boot/entry/entries.h"
#include "boot/environment.h"
#include "core/base/mem.h"
#include "core/base/target.h"
#include "core/entry/baton_conf.h"
#include "core/text/printable.h"
#include "core/text/text.h"
#include "efi/loaded_image.h"
#include "efi/restart.h"
#include "efi/volumes.h"

#define DEFAULT_PATH "\\EFI\\BOOT\\BOOT" TARGET_BLS ".efi"

/* Of each a letter (its hot key, or a blank), id, title and path; pointers would need relocations.
 */
static const char names[] =
    "aauto-osx\0macOS\0\\System\\Library\\CoreServices\\boot.efi\0"
    "wauto-windows\0Windows Boot Manager\0\\EFI\\Microsoft\\Boot\\bootmgfw.efi\0"
    "sauto-efi-shell\0EFI Shell\0\\shell" TARGET_BLS ".efi\0"
    " auto-efi-default\0EFI Default Loader\0" DEFAULT_PATH "\0"
    " auto-reboot-to-firmware-setup\0Reboot Into Firmware Interface\0\0"
    " auto-poweroff\0Power Off The System\0\0"
    " auto-reboot\0Reboot The System\0";

/* The same order: it is systemd-boot's. */
enum name { OSX, WINDOWS, SHELL, DEFAULT, SETUP, POWER_OFF, REBOOT, NAMES };
_Static_assert(NAMES + 9 == ENTRIES_AUTOMATIC_MAX, "there is room for all, and nine keys");

/* The headers of Baton's file, sections and all, which are in memory as they are in the file (what
 * follows is not); where ImageBase ends in them, which the firmware changes when it loads it. */
#define HEAD_SIZE 480U /* lds/baton.lds makes as many */
#define HEAD_BASE 120U

/* False when the program in the default place is Baton, this one or its copy. */
static bool has_default(struct entry_files *files)
{
    static const char path[] = DEFAULT_PATH;
    struct span own = files->own->memory;
    uint8_t head[HEAD_SIZE];
    struct file *file;
    bool is_other;

    if (text_equal_ignoring_case(files->own->path, path) ||
        file_open(files->firmware, files->root, path, &file) != 0)
        return false;
    is_other = own.size < HEAD_SIZE ||
               (file_read(files->firmware, file, 0, HEAD_SIZE, head) == 0 &&
                memcmp(head + HEAD_BASE, own.data + HEAD_BASE, HEAD_SIZE - HEAD_BASE) != 0);
    file_close(files->firmware, file);
    return is_other;
}

static bool has(struct entry_files *files, enum name name, const char *path)
{
    const struct loader_conf *conf = &files->entries->conf;

    switch (name) {
    case OSX:
        return conf->auto_entries && firmware_is_apple(files->firmware) &&
               volume_find(files->firmware, path);
    case DEFAULT:
        return conf->auto_entries && has_default(files);
    case SETUP:
        return conf->auto_firmware && restart_has_setup(files->firmware);
    case POWER_OFF:
        return conf->auto_poweroff;
    case REBOOT:
        return conf->auto_reboot;
    default:
        return conf->auto_entries && file_probe(files->firmware, files->root, path) == 0;
    }
}

static const char *next_string(const char *string)
{
    return string + text_length(string) + 1;
}

/* NULL when there is no room. */
static struct bls_entry *add(struct entry_files *files, const char *id, const char *title,
                             const char *path)
{
    struct entries *entries = files->entries;
    struct bls_entry *entry = entries->automatic_count < ENTRIES_AUTOMATIC_MAX
                                  ? arena_take(files->arena, sizeof(*entry))
                                  : NULL;

    if (entry == NULL)
        return NULL;
    *entry = (struct bls_entry){
        .id = id,
        .image_id = id,
        .file = "",
        .title = title,
        .version = "",
        .machine_id = "",
        .sort_key = "",
        .kind = BLS_ACTION,
        .kernel = path,
        .options = "",
        .is_automatic = true,
        .volume = files->firmware->volume,
    };
    baton_conf_apply(&entries->conf, entry);
    entry->wanted = entry_wanted(entry, &entries->wishes);
    entries->automatic[entries->automatic_count++] = entry;
    return entry;
}

/* --- keys for Secure Boot -------------------------------------------------------------------- */

#define KEYS_DIRECTORY "\\loader\\keys"
#define KEYS_ID        "secure-boot-keys-"
#define KEYS_TITLE     "Enroll Secure Boot keys: "

/* Names in that directory that are looked at. */
#define KEYS_MAX 64U

/* Three strings that end in the name, one behind the other. */
static void add_keys(struct entry_files *files, const char *name)
{
    struct entries *entries = files->entries;
    uint8_t enroll = entries->conf.enroll;
    size_t capacity = 3 * (sizeof(KEYS_ID KEYS_TITLE KEYS_DIRECTORY) + 4 * text_length(name));
    char *buffer = arena_take(files->arena, capacity);
    struct text text;
    const char *title;
    const char *path;
    struct bls_entry *entry;

    if (buffer == NULL)
        return;
    text = text_in(buffer, capacity);
    text_format(&text, KEYS_ID "%s", name);
    text_put_char(&text, '\0');
    title = buffer + text.length;
    text_format(&text, KEYS_TITLE "%-s", name);
    text_put_char(&text, '\0');
    path = buffer + text.length;
    text_format(&text, KEYS_DIRECTORY "\\%s", name);
    entry = add(files, buffer, title, path);
    if (entry == NULL)
        return;
    entry->action = ENTRY_ENROLL;
    if ((enroll == ENROLL_FORCE || (enroll == ENROLL_IF_SAFE && arch_is_virtual())) &&
        value_equals_ignoring_case(span_of(name, text_length(name)), "auto"))
        entries->enrolls = entry;
}

static void find_keys(struct entry_files *files)
{
    char name[ENTRY_NAME_MAX];
    struct file *directory;
    bool is_directory;

    if (files->entries->conf.enroll == ENROLL_OFF || !environment_takes_keys(files->firmware) ||
        directory_open(files->firmware, files->root, KEYS_DIRECTORY, &directory) != 0)
        return;
    for (uint32_t i = 0;
         i < KEYS_MAX && directory_next(directory, name, sizeof(name), &is_directory) == 0; i++)
        if (is_directory && name[0] != '.' && name[0] != '\0')
            add_keys(files, name);
    file_close(files->firmware, directory);
}

/* --------------------------------------------------------------------------------------------- */

void automatic_find(struct entry_files *files)
{
    const char *id = names;

    for (unsigned int name = 0; name < NAMES; name++) {
        const char *title = next_string(id);
        const char *path = next_string(title);
        struct bls_entry *entry = has(files, name, path) ? add(files, id + 1, title, path) : NULL;

        if (entry != NULL) {
            entry->hot_key = *id == ' ' ? '\0' : *id;
            entry->is_windows = name == WINDOWS;
            entry->kind = name < SETUP ? BLS_EFI : BLS_ACTION;
            entry->action = (uint8_t)(name < SETUP ? 0 : name - SETUP);
        }
        if (entry != NULL && name == OSX)
            entry->volume = VOLUME_FOUND;
        id = next_string(path);
    }
    find_keys(files);
}
