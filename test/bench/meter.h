/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the meter share. Knows no loader. */
#ifndef BATON_TEST_BENCH_METER_H
#define BATON_TEST_BENCH_METER_H

#include <efi.h>

/*
 * A disk whose content is the fw_cfg file opt/org.baton/disk: QEMU itself puts what is read into
 * the guest's memory, which costs the guest a few port writes and no waiting, whatever the size.
 * EFI_NOT_FOUND: there is no such file.
 */
EFI_STATUS disk_install(EFI_BOOT_SERVICES *services);

#endif
