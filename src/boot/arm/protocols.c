/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/protocol.h"

/* None yet: what this machine boots, the firmware starts. */
const struct boot_protocol *const boot_protocols[] = {NULL};
