/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A name for a file that no boot protocol wants, so that the message can say what it looks like.
 * Only ever used for words: nothing is decided from it.
 */
#ifndef BATON_CORE_IMAGE_IDENTIFY_H
#define BATON_CORE_IMAGE_IDENTIFY_H

#include "core/base/span.h"

#include <stdint.h>

/*
 * `head` is the first bytes of the file, 4 KiB are plenty. Static string with its article, for "it
 * looks like ...": "a text file", "a gzip file", "nothing Baton can name".
 */
const char *identify_file(struct span head, uint64_t file_size);

#endif
