/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An archive that Linux unpacks into its initial root (Linux,
 * Documentation/driver-api/early-userspace/buffer-format.rst, "newc"). Byte for byte as
 * systemd-boot (262) and systemd-stub write theirs, so that PCRs have the same values: no times, no
 * owners. Knows the format; writes to memory of the caller's.
 */
#ifndef BATON_CORE_LINUX_CPIO_H
#define BATON_CORE_LINUX_CPIO_H

#include <stdint.h>

#define CPIO_DIRECTORY 0040000U
#define CPIO_FILE      0100000U

/* Begins as zeros; filled twice, the first time to see how large it becomes. */
struct cpio {
    uint8_t *data;  /* 4-byte aligned; NULL: it is only measured out */
    uint64_t size;  /* bytes so far */
    uint32_t items; /* so far: the next one's inode is one more */
};

/*
 * Adds an item with its permissions and what it is as `mode`. Returns where its `size` bytes
 * belong, which are the caller's to fill in; the bytes up to the next multiple of 4 are zeros. NULL
 * when it is only measured out.
 */
uint8_t *cpio_put(struct cpio *cpio, const char *name, uint32_t mode, uint32_t size);

/* What stands behind the last item. */
void cpio_end(struct cpio *cpio);

#endif
