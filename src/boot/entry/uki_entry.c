/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/entry/uki_entry.h"

#include "core/entry/os_release.h"
#include "core/image/pe.h"
#include "core/image/uki.h"
#include "core/text/text.h"

#define UNAME_MAX 256U /* bytes; the kernel's own limit is 64 */

#define NO_NAME                                                                                    \
    because("it has no section .osrel that says what it is", "build it with an os-release")

/* One file after the other goes through these. */
struct scratch {
    uint8_t head[PE_HEAD_MAX];
    uint8_t os_release[OS_RELEASE_MAX];
    uint8_t uname[UNAME_MAX];
};

struct uki_file {
    struct entry_files *files;
    struct scratch *scratch;
    const char *path;
    struct file *file;
    uint64_t size; /* bytes */
};

static bool fail(const struct uki_file *image, struct explanation why, efi_status status)
{
    entry_file_report(image->path, why, NULL, status);
    return false;
}

static bool read_bytes(const struct uki_file *image, uint64_t offset, uint64_t size, void *buffer)
{
    efi_status status = file_read(image->files->firmware, image->file, offset, size, buffer);

    return status == 0 || fail(image, entry_file_why(status), status);
}

/* The headers, all of them that matter; `ret_head` is in the scratch. */
static bool read_head(const struct uki_file *image, struct span *ret_head)
{
    uint8_t *buffer = image->scratch->head;
    uint64_t size = image->size < PE_HEAD_SIZE ? image->size : PE_HEAD_SIZE;
    uint64_t needed;

    if (!read_bytes(image, 0, size, buffer))
        return false;
    needed = pe_head_needed(span_of(buffer, size));
    if (needed > image->size)
        needed = image->size;
    if (needed > size) {
        if (!read_bytes(image, size, needed - size, buffer + size))
            return false;
        size = needed;
    }
    *ret_head = span_of(buffer, size);
    return true;
}

/* False for an image of another machine too, of which nothing is said. */
static bool find_sections(const struct uki_file *image, struct uki *ret_uki)
{
    struct explanation why;
    struct span head;

    if (!read_head(image, &head))
        return false;
    if (uki_find(head, image->size, 0, ret_uki, &why))
        return true;
    return why.problem != NULL && fail(image, why, 0);
}

/* The kernel's release, up to what no release has in it; "" when there is none. */
static bool read_uname(const struct uki_file *image, const struct uki_section *section,
                       struct string_pool *pool, const char **ret_version)
{
    struct span text = span_of(image->scratch->uname, 0);
    uint64_t size = section->size < UNAME_MAX ? section->size : UNAME_MAX;

    if (!section->present)
        return true;
    if (!read_bytes(image, section->offset, size, image->scratch->uname))
        return false;
    while (text.size < size && text.data[text.size] > ' ')
        text.size++;
    if (value_is_text(text))
        *ret_version = string_pool_add(pool, text);
    return true;
}

/* The words of the entry, into `pool`, which has room for all of them. */
static bool read_words(const struct uki_file *image, const struct uki *uki,
                       struct string_pool *pool, struct bls_entry *entry)
{
    const struct uki_section *section = &uki->sections[UKI_OSREL];
    struct os_release release;
    enum os_release_error error;

    if (!read_bytes(image, section->offset, section->size, image->scratch->os_release))
        return false;
    error = os_release_parse(span_of(image->scratch->os_release, section->size), pool, &release);
    if (error != OS_RELEASE_OK)
        return fail(image, os_release_explain(error), 0);
    if (release.version[0] == '\0' &&
        !read_uname(image, &uki->sections[UKI_UNAME], pool, &release.version))
        return false;
    entry->title = release.title;
    entry->version = release.version;
    entry->sort_key = release.sort_key;
    return true;
}

static struct bls_entry *read_image(const struct uki_file *image, const char *name)
{
    struct bls_entry *entry;
    struct string_pool pool;
    struct uki uki;
    size_t id_length;

    if (!find_sections(image, &uki))
        return NULL;
    if (!uki.sections[UKI_OSREL].present) {
        (void)fail(image, NO_NAME, 0);
        return NULL;
    }
    if (uki.sections[UKI_OSREL].size > OS_RELEASE_MAX) {
        (void)fail(image, os_release_explain(OS_RELEASE_TOO_LARGE), 0);
        return NULL;
    }
    pool.left = text_length(name) + 1 + text_length(image->path) + 1 +
                OS_RELEASE_CAPACITY(uki.sections[UKI_OSREL].size) + UNAME_MAX + 1;
    entry = arena_take(image->files->arena, sizeof(*entry));
    pool.next = arena_take(image->files->arena, pool.left);
    if (entry == NULL || pool.next == NULL) {
        (void)fail(image, FAILURE_NO_MEMORY, 0);
        return NULL;
    }
    *entry = (struct bls_entry){.is_image = true, .machine_id = "", .kind = BLS_UKI, .options = ""};
    (void)bls_file_name_parse(name, ".efi", &id_length, &entry->counter);
    entry->id = string_pool_add(&pool, span_of(name, id_length));
    entry->kernel = string_pool_add(&pool, span_of(image->path, text_length(image->path)));
    return read_words(image, &uki, &pool, entry) ? entry : NULL;
}

struct bls_entry *uki_entry_read(struct entry_files *files, const char *name)
{
    char path_buffer[sizeof(UKI_DIRECTORY) + ENTRY_NAME_MAX];
    struct text path = text_in(path_buffer, sizeof(path_buffer));
    struct uki_file image = {.files = files, .path = path.data};
    struct bls_entry *entry = NULL;
    efi_status status;

    text_put(&path, UKI_DIRECTORY "\\");
    text_put(&path, name);
    if (files->scratch == NULL)
        files->scratch = arena_take(files->arena, sizeof(struct scratch));
    image.scratch = files->scratch;
    if (image.scratch == NULL) {
        (void)fail(&image, FAILURE_NO_MEMORY, 0);
        return NULL;
    }
    status = file_open(files->firmware, files->directory, name, &image.file);
    if (status != 0) {
        (void)fail(&image, entry_file_why(status), status);
        return NULL;
    }
    status = file_size(image.file, &image.size);
    if (status == 0)
        entry = read_image(&image, name);
    else
        (void)fail(&image, entry_file_why(status), status);
    file_close(files->firmware, image.file);
    return entry;
}
