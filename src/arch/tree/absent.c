/* SPDX-License-Identifier: BSD-2-Clause */
/* What a PC has, and machines whose kernels begin with a device tree have not. */
#include "arch/arch.h"

bool arch_memory_is_encrypted(void)
{
    return false;
}

/* What a hypervisor says of itself lies in tables here. */
bool arch_is_virtual(void)
{
    return false;
}

void arch_speaker(bool on)
{
    (void)on;
}
