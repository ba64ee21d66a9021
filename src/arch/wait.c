/* SPDX-License-Identifier: BSD-2-Clause */
#include "arch/arch.h"

void arch_wait(struct stopwatch *watch, uint64_t until)
{
    stopwatch_look(watch, arch_ticks());
    while (watch->elapsed < until) {
        arch_pause();
        stopwatch_look(watch, arch_ticks());
    }
}
