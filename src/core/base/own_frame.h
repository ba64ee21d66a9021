/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For a function that is called once or a few times, and that the compiler would put into its
 * callers because a call is all that it sees to be saved. In a caller with many variables it costs
 * more than it saves: the further a variable is from the stack pointer, the longer is each
 * instruction that reaches it, and the fewer registers there are. Used where it makes the image
 * smaller.
 */
#ifndef BATON_CORE_BASE_OWN_FRAME_H
#define BATON_CORE_BASE_OWN_FRAME_H

#define OWN_FRAME __attribute__((noinline))

#endif
