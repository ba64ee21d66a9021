/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/entry/automatic.h"

#include "boot/entry/entries.h"
#include "core/base/mem.h"
#include "core/base/target.h"
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
_Static_assert(NAMES == ENTRIES_AUTOMATIC_MAX, "there is room for all");

/* Bytes of an image's head that tell one program from another; where ImageBase ends in Baton's,
 * which the firmware changes when it loads it. */
#define HEAD_SIZE 1024U
#define HEAD_BASE 120U

/* False when the program in the default place is Baton, this one or its copy. */
static bool has_default(struct entry_files *files)
{
    static const char path[] = DEFAULT_PATH;
    struct loaded_image own = {0};
    uint8_t head[HEAD_SIZE];
    struct file *file;
    bool is_other;

    (void)loaded_image_read(files->firmware, &own);
    if (value_equals_ignoring_case(span_of(own.path, text_length(own.path)), path) ||
        file_open(files->firmware, files->root, path, &file) != 0)
        return false;
    is_other = own.memory.size < HEAD_SIZE ||
               (file_read(files->firmware, file, 0, HEAD_SIZE, head) == 0 &&
                memcmp(head + HEAD_BASE, own.memory.data + HEAD_BASE, HEAD_SIZE - HEAD_BASE) != 0);
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

void automatic_find(struct entry_files *files)
{
    struct entries *entries = files->entries;
    const char *id = names;

    for (unsigned int name = 0; name < NAMES; name++) {
        const char *title = next_string(id);
        const char *path = next_string(title);
        struct bls_entry *entry;

        if (has(files, name, path) && (entry = arena_take(files->arena, sizeof(*entry))) != NULL) {
            *entry = (struct bls_entry){
                .id = id + 1,
                .image_id = id + 1,
                .file = "",
                .title = title,
                .version = "",
                .machine_id = "",
                .sort_key = "",
                .kind = name < SETUP ? BLS_EFI : BLS_ACTION,
                .kernel = path,
                .options = "",
                .is_automatic = true,
                .action = (uint8_t)(name < SETUP ? 0 : name - SETUP),
                .hot_key = *id == ' ' ? '\0' : *id,
                .volume = name == OSX ? VOLUME_FOUND : files->firmware->volume,
            };
            entry->wanted = entry_wanted(entry, &entries->wishes);
            entries->automatic[entries->automatic_count++] = entry;
        }
        id = next_string(path);
    }
}
