/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/entry_tree.h"

bool entry_tree_use(struct boot *boot)
{
    (void)boot;
    return true;
}
