/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unpacking the files of gzip (RFC 1952), as kernels come packed in. Pure, and bounded in all that
 * core/base/inflate.h says.
 */
#ifndef BATON_CORE_IMAGE_GZIP_H
#define BATON_CORE_IMAGE_GZIP_H

#include "core/base/inflate.h"
#include "core/text/explain.h"

struct explanation inflate_explain(enum inflate_error error);

/* Is this the beginning of a gzip file? */
bool gzip_recognise(struct span head);

/*
 * How much it unpacks to, by the last bytes of the whole file: a claim of the file, modulo 4 GiB,
 * and of its last member only. 0 when it has none.
 */
uint32_t gzip_claimed_size(struct span file);

/*
 * Unpacks a whole gzip file: one member, or several whose contents are one behind the other. What
 * else stands behind the last one does not count, as for gzip(1). INFLATE_FULL when target->size is
 * more than the capacity: then nothing that was written is to be believed, the CRC was not checked.
 */
enum inflate_error gzip_unpack(struct span file, struct inflate_target *target);

#endif
