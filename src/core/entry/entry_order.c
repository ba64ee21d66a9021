/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows how entries compare; must not know where entries come from. */
#include "core/entry/entry_order.h"

#include "core/entry/entry_choice.h"
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

int entry_compare(const struct bls_entry *a, const struct bls_entry *b)
{
    bool keyed_a = a->sort_key[0] != '\0';
    bool keyed_b = b->sort_key[0] != '\0';
    int result = (int)entry_is_bad(a) - (int)entry_is_bad(b);

    if (result == 0)
        result = (int)keyed_b - (int)keyed_a;
    if (result == 0 && keyed_a) {
        result = compare_bytes(a->sort_key, b->sort_key);
        if (result == 0)
            result = compare_bytes(a->machine_id, b->machine_id);
        if (result == 0)
            result = version_compare(b->version, a->version);
        if (result == 0)
            result = compare_numbers(a->profile, b->profile);
    }
    if (result == 0)
        result = version_compare(b->image_id, a->image_id);
    if (result == 0)
        result = compare_numbers(a->profile, b->profile);
    if (result == 0 && a->counter.counted && b->counter.counted) {
        result = compare_numbers(b->counter.left, a->counter.left);
        if (result == 0)
            result = compare_numbers(a->counter.done, b->counter.done);
    }
    return result;
}

/* Whether `a` belongs behind `b`. */
typedef bool is_behind_function(const struct bls_entry *a, const struct bls_entry *b);

/* In the list; equal ones stay as they were read. */
static bool is_listed_behind(const struct bls_entry *a, const struct bls_entry *b)
{
    int result = entry_compare(a, b);

    return result > 0 || (result == 0 && a->place > b->place);
}

/* Among those of which the last one is left out. */
static bool is_wanted_less(const struct bls_entry *a, const struct bls_entry *b)
{
    return a->wanted < b->wanted || (a->wanted == b->wanted && is_listed_behind(a, b));
}

/* Lets entries[root] sink in a heap whose top is the one behind all others. */
static void sift_down(struct bls_entry **entries, size_t root, size_t count,
                      is_behind_function *is_behind)
{
    struct bls_entry *sinking = entries[root];
    size_t child;

    while ((child = 2 * root + 1) < count) {
        if (child + 1 < count && is_behind(entries[child + 1], entries[child]))
            child++;
        if (!is_behind(entries[child], sinking))
            break;
        entries[root] = entries[child];
        root = child;
    }
    entries[root] = sinking;
}

static void make_heap(struct entry_list *list, is_behind_function *is_behind)
{
    for (size_t root = list->count / 2; root-- > 0;)
        sift_down(list->entries, root, list->count, is_behind);
}

struct bls_entry *entry_keep(struct entry_list *list, struct bls_entry *entry)
{
    struct bls_entry *last;

    entry->place = list->offered++;
    if (list->count < ENTRY_ORDER_MAX) {
        list->entries[list->count++] = entry;
        return NULL;
    }
    if (entry->place == ENTRY_ORDER_MAX)
        make_heap(list, is_wanted_less);
    last = list->entries[0];
    if (is_wanted_less(entry, last))
        return entry;
    list->entries[0] = entry;
    sift_down(list->entries, 0, list->count, is_wanted_less);
    return last;
}

void entry_sort(struct entry_list *list)
{
    /* Heap sort: no second array, no recursion, and no order of the files makes it slow. */
    make_heap(list, is_listed_behind);
    for (size_t end = list->count; end-- > 1;) {
        struct bls_entry *last = list->entries[0];

        list->entries[0] = list->entries[end];
        list->entries[end] = last;
        sift_down(list->entries, 0, end, is_listed_behind);
    }
}

static bool is_next_copy(const struct bls_entry *entry, const struct bls_entry *of)
{
    return entry->text != NULL && of->text != NULL && entry->volume == of->volume &&
           entry->counter.done == of->counter.done + 1 && text_equal(entry->id, of->id) &&
           text_equal(entry->text, of->text);
}

void entry_join(struct entry_list *list)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++) {
        struct bls_entry *entry = list->entries[i];
        size_t next = entry->counter.counted ? i + 1 : list->count;

        while (next < list->count && !is_next_copy(list->entries[next], entry))
            next++;
        if (next < list->count)
            list->entries[next]->file = entry->file;
        else
            list->entries[kept++] = entry;
    }
    list->count = kept;
}
