/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows "Sorting" of the Boot Loader Specification and, where it leaves two entries equal, what
 * systemd-boot does; must not know where entries come from. */
#include "core/entry/entry_order.h"

#include "core/text/glob.h"
#include "core/text/text.h"
#include "core/text/version.h"

/* strcmp(3), which the specification names for sort-key and machine-id. */
static int compare_bytes(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return (int)(uint8_t)*a - (int)(uint8_t)*b;
}

static int compare_numbers(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static bool is_bad(const struct bls_entry *entry)
{
    return entry->counter.counted && entry->counter.left == 0;
}

int entry_compare(const struct bls_entry *a, const struct bls_entry *b)
{
    bool keyed_a = a->sort_key[0] != '\0';
    bool keyed_b = b->sort_key[0] != '\0';
    int result = (int)is_bad(a) - (int)is_bad(b);

    if (result == 0)
        result = (int)keyed_b - (int)keyed_a;
    if (result == 0 && keyed_a) {
        result = compare_bytes(a->sort_key, b->sort_key);
        if (result == 0)
            result = compare_bytes(a->machine_id, b->machine_id);
        if (result == 0)
            result = version_compare(b->version, a->version);
    }
    if (result == 0)
        result = version_compare(b->id, a->id);
    /* The same name but for the boot counter: the one with more tries left, then the one that
     * failed less often, as systemd-boot does. */
    if (result == 0)
        result = compare_numbers(b->counter.left, a->counter.left);
    if (result == 0)
        result = compare_numbers(a->counter.done, b->counter.done);
    return result;
}

/* Whether `a`, which was read before `b`, is to be left out rather than `b`. */
static bool is_wanted_less(const struct bls_entry *a, const struct bls_entry *b)
{
    return a->wanted < b->wanted || (a->wanted == b->wanted && entry_compare(a, b) > 0);
}

const struct bls_entry *entry_keep(const struct bls_entry **entries, size_t *count,
                                   const struct bls_entry *entry)
{
    const struct bls_entry *last = entry;
    size_t place = *count;

    if (*count < ENTRY_ORDER_MAX) {
        entries[(*count)++] = entry;
        return NULL;
    }
    for (size_t i = *count; i-- > 0;) {
        if (is_wanted_less(entries[i], last)) {
            last = entries[i];
            place = i;
        }
    }
    if (place == *count)
        return entry;
    for (; place + 1 < *count; place++)
        entries[place] = entries[place + 1];
    entries[place] = entry;
    return last;
}

/* Whether entry `a` comes before entry `b`; equal ones stay in the order they were read. */
static bool is_before(const struct bls_entry *const *entries, uint16_t a, uint16_t b)
{
    int result = entry_compare(entries[a], entries[b]);

    return result < 0 || (result == 0 && a < b);
}

/* Lets order[root] sink in a heap whose top is the last entry. */
static void sift_down(const struct bls_entry *const *entries, uint16_t *order, size_t root,
                      size_t count)
{
    uint16_t sinking = order[root];
    size_t child;

    while ((child = 2 * root + 1) < count) {
        if (child + 1 < count && is_before(entries, order[child], order[child + 1]))
            child++;
        if (!is_before(entries, sinking, order[child]))
            break;
        order[root] = order[child];
        root = child;
    }
    order[root] = sinking;
}

/* systemd-boot matches against the id with its suffix; people leave that out. */
bool entry_matches(const struct bls_entry *entry, const char *pattern)
{
    char name[1024]; /* 255 UTF-16 units are at most 765 bytes */
    struct text with_suffix = text_in(name, sizeof(name));

    if (glob_match(pattern, entry->id))
        return true;
    text_put(&with_suffix, entry->id);
    text_put(&with_suffix, entry->is_image ? ".efi" : ".conf");
    return glob_match(pattern, name);
}

void entry_order(const struct bls_entry *const *entries, size_t count, const char *pattern,
                 uint16_t *ret_order)
{
    size_t wanted = 0;
    uint16_t index;

    for (size_t i = 0; i < count; i++)
        ret_order[i] = (uint16_t)i;
    /* Heap sort: no second array, no recursion, and no order of the files makes it slow. */
    for (size_t root = count / 2; root-- > 0;)
        sift_down(entries, ret_order, root, count);
    for (size_t end = count; end-- > 1;) {
        index = ret_order[0];
        ret_order[0] = ret_order[end];
        ret_order[end] = index;
        sift_down(entries, ret_order, 0, end);
    }
    if (pattern == NULL)
        return;
    while (wanted < count && !entry_matches(entries[ret_order[wanted]], pattern))
        wanted++;
    if (wanted == count)
        return;
    index = ret_order[wanted];
    for (; wanted > 0; wanted--)
        ret_order[wanted] = ret_order[wanted - 1];
    ret_order[0] = index;
}
