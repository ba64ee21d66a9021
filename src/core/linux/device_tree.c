/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/device_tree.h"

#include "core/base/mem.h"
#include "core/linux/tree_blocks.h"
#include "core/text/text.h"

#define RESERVATIONS_SIZE 16U /* the pair of zeros that ends them */

#define EXPLANATIONS(X)                                                                            \
    X(DEVICE_TREE_OK, "a sound device tree", "nothing to do")                                      \
    X(DEVICE_TREE_NO_MAGIC, "it is no device tree", "update the firmware")                         \
    X(DEVICE_TREE_VERSION, "it has a version that Baton does not know", AS_BEFORE)                 \
    X(DEVICE_TREE_MALFORMED, "it is damaged", AS_BEFORE)                                           \
    X(DEVICE_TREE_TOO_DEEP, "its nodes are nested too deeply", AS_BEFORE)                          \
    X(DEVICE_TREE_TOO_LARGE, "it is larger than Linux takes, 2 MiB", AS_BEFORE)
EXPLAIN_TABLE(EXPLANATIONS)

struct explanation device_tree_explain(enum device_tree_error error)
{
    return EXPLAIN(error);
}

static void store_be32(uint8_t *at, uint32_t value)
{
    value = tree_swap(value);
    memcpy(at, &value, sizeof(value));
}

static void store_be64(uint8_t *at, uint64_t value)
{
    store_be32(at, (uint32_t)(value >> 32));
    store_be32(at + 4, (uint32_t)value);
}

/* --- names --- */

/* What is written into /chosen; what of these the firmware's tree has is left out. */
enum name {
    NAME_BOOTARGS,
    NAME_INITRD_START,
    NAME_INITRD_END,
    NAME_SYSTEM_TABLE,
    NAME_MAP_START,
    NAME_MAP_SIZE,
    NAME_DESCRIPTOR_SIZE,
    NAME_DESCRIPTOR_VERSION,
    NAME_SECURE_BOOT,
    NAME_JOURNAL,
    NAME_KASLR_SEED,
    NAME_ADDRESS_CELLS, /* not in /chosen */
    NAME_SIZE_CELLS,
    NAMES,
};

static const char names[] = "bootargs\0"
                            "linux,initrd-start\0"
                            "linux,initrd-end\0"
                            "linux,uefi-system-table\0"
                            "linux,uefi-mmap-start\0"
                            "linux,uefi-mmap-size\0"
                            "linux,uefi-mmap-desc-size\0"
                            "linux,uefi-mmap-desc-ver\0"
                            "linux,uefi-secure-boot\0"
                            "baton,exit-journal\0"
                            "kaslr-seed\0"
                            "#address-cells\0"
                            "#size-cells";

static const char *name_of(enum name which)
{
    const char *name = names;

    for (unsigned int i = 0; i < (unsigned int)which; i++)
        name += text_length(name) + 1;
    return name;
}

/* --- writing --- */

/* A tree that grows: the structure block at `at`, the strings behind it when that is complete. */
struct writer {
    uint8_t *target;
    size_t capacity;
    size_t at;
    uint32_t names_at; /* of our names in the strings block */
    bool overflow;
};

/* Room for `size` bytes and their padding, which is cleared; NULL when there is none. */
static uint8_t *grow(struct writer *writer, size_t size)
{
    uint8_t *here = writer->target + writer->at;
    size_t all = tree_padded(size);

    if (writer->overflow || all < size || all > writer->capacity - writer->at) {
        writer->overflow = true;
        return NULL;
    }
    memset(here, 0, all);
    writer->at += all;
    return here;
}

static void put(struct writer *writer, const void *data, size_t size)
{
    uint8_t *here = grow(writer, size);

    if (here != NULL && size != 0)
        memcpy(here, data, size);
}

static void put_u32(struct writer *writer, uint32_t value)
{
    uint8_t *here = grow(writer, sizeof(value));

    if (here != NULL)
        store_be32(here, value);
}

/* A property of one of our names; its value, zero, or NULL. */
static uint8_t *put_property(struct writer *writer, enum name which, size_t size)
{
    put_u32(writer, TOKEN_PROPERTY);
    put_u32(writer, (uint32_t)size);
    put_u32(writer, writer->names_at + (uint32_t)(name_of(which) - names));
    return grow(writer, size);
}

static void put_property_u32(struct writer *writer, enum name which, uint32_t value)
{
    uint8_t *here = put_property(writer, which, sizeof(value));

    if (here != NULL)
        store_be32(here, value);
}

static void put_property_u64(struct writer *writer, enum name which, uint64_t value)
{
    uint8_t *here = put_property(writer, which, sizeof(value));

    if (here != NULL)
        store_be64(here, value);
}

static void put_property_bytes(struct writer *writer, enum name which, const void *data,
                               size_t size)
{
    uint8_t *here = put_property(writer, which, size);

    if (here != NULL)
        memcpy(here, data, size);
}

static void put_chosen(struct writer *writer, const struct device_tree_chosen *chosen,
                       struct device_tree_blanks *blanks)
{
    put_property_bytes(writer, NAME_BOOTARGS, chosen->bootargs, text_length(chosen->bootargs) + 1);
    if (chosen->initrd_end != chosen->initrd_start) {
        put_property_u64(writer, NAME_INITRD_START, chosen->initrd_start);
        put_property_u64(writer, NAME_INITRD_END, chosen->initrd_end);
    }
    put_property_u64(writer, NAME_SYSTEM_TABLE, chosen->system_table);
    blanks->map_start = put_property(writer, NAME_MAP_START, 8);
    blanks->map_size = put_property(writer, NAME_MAP_SIZE, 4);
    blanks->descriptor_size = put_property(writer, NAME_DESCRIPTOR_SIZE, 4);
    blanks->descriptor_version = put_property(writer, NAME_DESCRIPTOR_VERSION, 4);
    put_property_u32(writer, NAME_SECURE_BOOT, chosen->secure_boot);
    if (chosen->kaslr_seed.size != 0)
        put_property_bytes(writer, NAME_KASLR_SEED, chosen->kaslr_seed.data,
                           chosen->kaslr_seed.size);
    blanks->journal = put_property(writer, NAME_JOURNAL, chosen->journal_size);
}

static void put_node(struct writer *writer, const char *name)
{
    put_u32(writer, TOKEN_BEGIN);
    put(writer, name, text_length(name) + 1);
}

/* Is it one that Baton writes itself? Random numbers of the firmware stay where Baton has none. */
static bool is_ours(struct span name, const struct device_tree_chosen *chosen)
{
    for (unsigned int i = 0; i <= NAME_KASLR_SEED; i++)
        if (tree_is_name(name, name_of((enum name)i)))
            return i != NAME_KASLR_SEED || chosen->kaslr_seed.size != 0;
    return false;
}

/* --- copying --- */

struct copy {
    struct writer *writer;
    const struct tree *tree;
    const struct device_tree_chosen *chosen;
    struct device_tree_blanks *blanks;
    uint64_t offset; /* in the structure block */
    unsigned int depth;
    unsigned int chosen_depth; /* of the node /chosen while in it, or 0 */
    bool seen;                 /* /chosen has been written */
};

static bool copy_begin(struct copy *copy)
{
    struct span name;

    if (!tree_string_at(copy->tree->structure, copy->offset, &name) || copy->depth == DEPTH_MAX)
        return false;
    copy->offset += tree_padded(name.size);
    copy->depth++;
    put_u32(copy->writer, TOKEN_BEGIN);
    put(copy->writer, name.data, name.size);
    if (copy->depth == 2 && tree_is_name(name, "chosen") && !copy->seen) {
        copy->seen = true;
        copy->chosen_depth = copy->depth;
        put_chosen(copy->writer, copy->chosen, copy->blanks);
    }
    return true;
}

static bool copy_end(struct copy *copy)
{
    if (copy->depth == 0)
        return false;
    if (copy->depth == 1 && !copy->seen) {
        copy->seen = true;
        put_node(copy->writer, "chosen");
        put_chosen(copy->writer, copy->chosen, copy->blanks);
        put_u32(copy->writer, TOKEN_END);
    }
    if (copy->depth == copy->chosen_depth)
        copy->chosen_depth = 0;
    copy->depth--;
    put_u32(copy->writer, TOKEN_END);
    return true;
}

static bool copy_property(struct copy *copy)
{
    struct span value;
    struct span name;

    if (copy->depth == 0 || !tree_read_property(copy->tree, &copy->offset, &name, &value))
        return false;
    if (copy->depth == copy->chosen_depth && is_ours(name, copy->chosen))
        return true;
    put_u32(copy->writer, TOKEN_PROPERTY);
    put_u32(copy->writer, (uint32_t)value.size);
    put_u32(copy->writer, (uint32_t)(name.data - copy->tree->strings.data));
    put(copy->writer, value.data, value.size);
    return true;
}

static enum device_tree_error copy_structure(struct copy *copy)
{
    for (;;) {
        uint32_t token;
        bool good;

        if (!tree_load_be32(copy->tree->structure, copy->offset, &token))
            return DEVICE_TREE_MALFORMED;
        copy->offset += sizeof(token);
        if (token == TOKEN_NOP)
            continue;
        if (token == TOKEN_LAST)
            return copy->depth == 0 && copy->seen ? DEVICE_TREE_OK : DEVICE_TREE_MALFORMED;
        if (token == TOKEN_BEGIN && copy->depth == DEPTH_MAX)
            return DEVICE_TREE_TOO_DEEP;
        /* One root. */
        if (token == TOKEN_BEGIN && copy->depth == 0 && copy->seen)
            return DEVICE_TREE_MALFORMED;
        good = token == TOKEN_BEGIN ? copy_begin(copy)
               : token == TOKEN_END ? copy_end(copy)
                                    : token == TOKEN_PROPERTY && copy_property(copy);
        if (!good)
            return DEVICE_TREE_MALFORMED;
        if (copy->writer->overflow)
            return DEVICE_TREE_TOO_LARGE;
    }
}

/* A tree with any other node would turn ACPI off (Linux, arch/arm64/kernel/acpi.c, dt_is_stub). */
static void make_new(struct writer *writer, const struct device_tree_chosen *chosen,
                     struct device_tree_blanks *blanks)
{
    put_node(writer, "");
    put_property_u32(writer, NAME_ADDRESS_CELLS, 2);
    put_property_u32(writer, NAME_SIZE_CELLS, 2);
    put_node(writer, "chosen");
    put_chosen(writer, chosen, blanks);
    put_u32(writer, TOKEN_END);
    put_u32(writer, TOKEN_END);
}

static void put_header(uint8_t *target, size_t structure_end, size_t end, uint32_t boot_cpu)
{
    store_be32(target + HEADER_MAGIC, TREE_MAGIC);
    store_be32(target + HEADER_TOTAL_SIZE, (uint32_t)end);
    store_be32(target + HEADER_STRUCTURE, DEVICE_TREE_HEADER + RESERVATIONS_SIZE);
    store_be32(target + HEADER_STRINGS, (uint32_t)structure_end);
    store_be32(target + HEADER_RESERVATIONS, DEVICE_TREE_HEADER);
    store_be32(target + HEADER_VERSION, TREE_VERSION);
    store_be32(target + HEADER_COMPATIBLE, TREE_COMPATIBLE);
    store_be32(target + HEADER_BOOT_CPU, boot_cpu);
    store_be32(target + HEADER_STRINGS_SIZE, (uint32_t)(end - structure_end));
    store_be32(target + HEADER_STRUCT_SIZE,
               (uint32_t)(structure_end - DEVICE_TREE_HEADER - RESERVATIONS_SIZE));
}

enum device_tree_error device_tree_make(struct span source, const struct device_tree_chosen *chosen,
                                        uint8_t *target, size_t capacity,
                                        struct device_tree_blanks *ret_blanks)
{
    struct writer writer = {.target = target, .capacity = capacity};
    struct tree tree = {0};
    enum device_tree_error error = DEVICE_TREE_OK;
    size_t structure_end;

    if (capacity > DEVICE_TREE_SIZE_MAX)
        writer.capacity = DEVICE_TREE_SIZE_MAX;
    if (source.size != 0)
        error = tree_parse(source, &tree);
    if (error != DEVICE_TREE_OK)
        return error;
    writer.names_at = (uint32_t)tree.strings.size;
    (void)grow(&writer, DEVICE_TREE_HEADER + RESERVATIONS_SIZE);
    if (source.size == 0) {
        make_new(&writer, chosen, ret_blanks);
    } else {
        struct copy copy = {
            .writer = &writer, .tree = &tree, .chosen = chosen, .blanks = ret_blanks};

        error = copy_structure(&copy);
    }
    if (error != DEVICE_TREE_OK)
        return error;
    put_u32(&writer, TOKEN_LAST);
    structure_end = writer.at;
    /* Names follow each other without padding. */
    if (tree.strings.size + sizeof(names) > writer.capacity - writer.at)
        writer.overflow = true;
    if (writer.overflow)
        return DEVICE_TREE_TOO_LARGE;
    if (tree.strings.size != 0)
        memcpy(target + structure_end, tree.strings.data, tree.strings.size);
    memcpy(target + structure_end + tree.strings.size, names, sizeof(names));
    put_header(target, structure_end, structure_end + tree.strings.size + sizeof(names),
               tree.boot_cpu);
    return DEVICE_TREE_OK;
}

uint64_t device_tree_room(uint64_t source_size, const struct device_tree_chosen *chosen)
{
    /* Of each of our properties three words and the padding; the two nodes; the tokens around. */
    return DEVICE_TREE_HEADER + RESERVATIONS_SIZE + source_size + sizeof(names) +
           NAMES * (3 * sizeof(uint32_t) + sizeof(uint64_t)) + 64 +
           tree_padded(text_length(chosen->bootargs) + 1) + tree_padded(chosen->kaslr_seed.size) +
           tree_padded(chosen->journal_size);
}

void device_tree_fill_map(const struct device_tree_blanks *blanks, uint64_t start, uint32_t size,
                          uint32_t descriptor_size, uint32_t descriptor_version)
{
    store_be64(blanks->map_start, start);
    store_be32(blanks->map_size, size);
    store_be32(blanks->descriptor_size, descriptor_size);
    store_be32(blanks->descriptor_version, descriptor_version);
}
