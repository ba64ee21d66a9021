/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands in for arch/x86_64/enter.S: what is entered on the host ends the run, and says so. */
#include "private.h"

#include "arch/x86_entry.h"

const uint8_t arch_enter_start[256];
static struct entry_state entered;

_Noreturn void arch_enter(const struct entry_state *state)
{
    entered = *state;
    fake_end_with(FAKE_ENTERED);
}

const struct entry_state *fake_entered(void)
{
    return &entered;
}

static struct fake_alive alive;

void arch_enter_alive(uint64_t entry, uint32_t eax, uint32_t ebx)
{
    alive = (struct fake_alive){.entry = entry, .eax = eax, .ebx = ebx};
    if (fake_behaviour.kernel == NULL)
        fake_end_with(FAKE_ENTERED_ALIVE);
    fake_behaviour.kernel();
}

const struct fake_alive *fake_entered_alive(void)
{
    return &alive;
}
