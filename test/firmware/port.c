/* SPDX-License-Identifier: BSD-2-Clause */
#include "port.h"

void port_out16(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}
