/* SPDX-License-Identifier: BSD-2-Clause */
/* The decisions of the exit as they are, compiled with the model's bounds. */
#include "bounds.h"

#include "core/exit/exit_policy.c"
