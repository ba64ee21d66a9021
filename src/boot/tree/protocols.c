/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/protocol.h"

bool boot_deep_protocol(struct boot_protocol *ret_protocol)
{
    (void)ret_protocol;
    return false;
}
