/* SPDX-License-Identifier: BSD-2-Clause */
/* How fast the time stamp counter runs, as far as the processor says; nothing is measured. */
#ifndef BATON_X86_64_TSC_H
#define BATON_X86_64_TSC_H

#include <stdint.h>

/* Ticks in a second, or 0 when neither the processor nor a hypervisor says. */
uint64_t tsc_hz(void);

/*
 * Where a bound in seconds has to become ticks and nobody knew: more than any processor of today,
 * so that the bound comes late rather than early...
 */
#define TSC_HZ_FASTEST 6000000000ULL
/* ...and less than any, so that a wait is over early rather than late. */
#define TSC_HZ_SLOWEST 1000000000ULL

#endif
