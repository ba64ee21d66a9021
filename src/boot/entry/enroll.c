/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/entry/enroll.h"

#include "boot/entry/entry_file.h"
#include "efi/variable.h"

/* In the order in which they are written. */
static const struct key {
    char name[4];
    uint8_t vendor; /* enum variable_vendor */
    bool optional;
} keys[] = {
    {"db", VARIABLE_DATABASE, false},
    {"dbx", VARIABLE_DATABASE, true},
    {"KEK", VARIABLE_GLOBAL, false},
    {"PK", VARIABLE_GLOBAL, false},
};
#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

/* EFI_VARIABLE_AUTHENTICATION_2: a time, then WIN_CERTIFICATE_UEFI_GUID, whose length comes first
 * and is this when no signature is in it. */
#define LENGTH_AT    16U
#define LENGTH_EMPTY 24U

static bool is_unsigned(struct span key)
{
    uint32_t length;

    return span_u32(key, LENGTH_AT, &length) && length <= LENGTH_EMPTY;
}

/* An empty span for one that may be missing and is. */
static bool read_key(struct entry_files *files, const char *directory, const struct key *key,
                     struct span *ret_key, struct boot_failure *failure)
{
    const struct explanation size = because("it is empty, or has more than 64 KiB", "make it anew");
    struct text path = text_in(failure->detail, sizeof(failure->detail));
    efi_status status;

    text_format(&path, "%s\\%s.auth", directory, key->name);
    status = path.truncated ? STATUS_INVALID_PARAMETER
                            : entry_file_read(files, files->root, path.data, ret_key);
    if (status == STATUS_NOT_FOUND && key->optional)
        return true;
    failure->status = status;
    failure->why = status == STATUS_NOT_FOUND
                       ? because("there is no such file", "put it there, or take out the folder")
                   : status != 0 ? entry_file_why(status)
                                 : size;
    return status == 0 && ret_key->size != 0 && ret_key->size <= LINES_TEXT_MAX;
}

static bool read_keys(struct entry_files *files, const char *directory,
                      struct span contents[KEY_COUNT], struct boot_failure *failure)
{
    bool sound = true;

    failure->status = volume_open(files->firmware, &files->root);
    failure->why = FAILURE_UNREADABLE;
    if (failure->status != 0)
        return false;
    for (size_t i = 0; i < KEY_COUNT && sound; i++)
        sound = read_key(files, directory, &keys[i], &contents[i], failure);
    file_close(files->firmware, files->root);
    return sound;
}

bool enroll_keys(struct firmware *firmware, struct arena *arena, const char *directory,
                 struct boot_failure *ret_failure)
{
    const struct explanation refused =
        because("the firmware does not take it", "see whether it is made for this variable");
    struct entry_files files = {.firmware = firmware, .arena = arena};
    struct span contents[KEY_COUNT] = {0};
    uint64_t services = firmware_runtime_services(firmware);
    static const uint8_t custom = 1;

    *ret_failure =
        (struct boot_failure){.doing = PACKED("enrolling the keys in"), .file = directory};
    if (!read_keys(&files, directory, contents, ret_failure))
        return false;
    if (is_unsigned(contents[KEY_COUNT - 1]))
        (void)variable_write(services, VARIABLE_CUSTOM_MODE, "CustomMode", VARIABLE_HIDDEN, &custom,
                             sizeof(custom));
    for (size_t i = 0; i < KEY_COUNT; i++) {
        struct text name = text_in(ret_failure->detail, sizeof(ret_failure->detail));

        if (contents[i].size == 0)
            continue;
        text_put(&name, keys[i].name);
        ret_failure->why = refused;
        ret_failure->status = variable_write(services, keys[i].vendor, keys[i].name,
                                             VARIABLE_SIGNED, contents[i].data, contents[i].size);
        if (ret_failure->status != 0)
            return false;
    }
    return true;
}
