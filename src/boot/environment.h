/* SPDX-License-Identifier: BSD-2-Clause */
/* Gathering what the machine offers a kernel, with the firmware alive. */
#ifndef BATON_BOOT_ENVIRONMENT_H
#define BATON_BOOT_ENVIRONMENT_H

#include "boot/protocol.h"
#include "core/trust/secure_boot.h"

/* Nothing here can fail: what the firmware does not have is left out. `ticks_start`: arch_ticks()
 * at entry. */
struct boot_environment environment_gather(const struct firmware *firmware, uint64_t ticks_start,
                                           struct tpm *tpm);

/* Is Secure Boot on? Asked before there is anything to boot. */
enum secure_boot_mode environment_secure_boot(const struct firmware *firmware);

#endif
