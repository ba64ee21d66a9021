/* SPDX-License-Identifier: BSD-2-Clause */
/* A firmware's device tree, copied with /chosen as a kernel gets it. Input: the tree. */
#include "core/linux/device_tree.h"

#include "fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct device_tree_chosen chosen = {.bootargs = "console=ttyAMA0",
                                              .initrd_start = 0x1000,
                                              .initrd_end = 0x2000,
                                              .kaslr_seed = span_of("seedseed", 8),
                                              .journal_size = 64};
    struct device_tree_blanks blanks = {0};
    uint8_t *tree = exact(data, size);
    uint64_t room = device_tree_room(size, &chosen);
    uint8_t *target = malloc(room);
    enum device_tree_error error;

    REQUIRE(target != NULL);
    error = device_tree_make(span_of(tree, size), &chosen, target, room, &blanks);
    require_explanation(device_tree_explain(error));
    /* The room that is promised is enough for any tree, but for those that no kernel takes. */
    REQUIRE(error != DEVICE_TREE_TOO_LARGE || room > DEVICE_TREE_SIZE_MAX);
    if (error == DEVICE_TREE_OK) {
        uint64_t made = device_tree_size(span_of(target, room));

        REQUIRE(made != 0 && made <= room);
        device_tree_fill_map(&blanks, 1, 2, 3, 4);
        memset(blanks.journal, 'x', chosen.journal_size);
        REQUIRE(blanks.journal >= target && blanks.journal + chosen.journal_size <= target + made);
        /* What was made is a tree that can be copied again, and what we wrote is replaced by as
         * much. */
        if (size != 0 && made <= DEVICE_TREE_SIZE_MAX / 2) {
            uint64_t again_room = device_tree_room(made, &chosen);
            uint8_t *again = malloc(again_room);
            uint8_t *source = exact(target, made);

            REQUIRE(again != NULL);
            REQUIRE(device_tree_make(span_of(source, made), &chosen, again, again_room, &blanks) ==
                    DEVICE_TREE_OK);
            free(source);
            free(again);
        }
    }
    free(target);
    free(tree);
    return 0;
}
