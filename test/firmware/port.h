/* SPDX-License-Identifier: BSD-2-Clause */
/* An instruction that the loader has no use for, so that its machine.h does not have it. */
#ifndef BATON_TEST_FIRMWARE_PORT_H
#define BATON_TEST_FIRMWARE_PORT_H

#include <stdint.h>

void port_out16(uint16_t port, uint16_t value);

#endif
