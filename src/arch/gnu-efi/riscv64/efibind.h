/* SPDX-License-Identifier: BSD-2-Clause */
#include "arch/gnu-efi/efibind_c.h"
