/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * On the board `virt`: fw_cfg in memory (hw/arm/virt.c, VIRT_FW_CFG), and semihosting, for there is
 * no port of which the firmware knows nothing (Arm, Semihosting for AArch64: SYS_WRITE0). A machine
 * without -semihosting-config would fault: these drivers are for ones that have it.
 */
#include "qemu.h"

#include "arch/aarch64/machine.h"
#include "core/base/mem.h"

#define FW_CFG          0x09020000ULL
#define FW_CFG_DATA     (FW_CFG + 0)
#define FW_CFG_SELECTOR (FW_CFG + 8) /* 16 bits, big-endian */
#define SYS_WRITE0      4

void qemu_select(uint16_t key)
{
    uint16_t value = (uint16_t)(key << 8 | key >> 8);

    __asm__ volatile("strh %w0, [%1]" ::"r"(value), "r"(FW_CFG_SELECTOR) : "memory");
}

uint8_t qemu_byte(void)
{
    return machine_load8(FW_CFG_DATA);
}

void qemu_report(const char *bytes, size_t count)
{
    char text[257]; /* report.c has lines of 256 */

    memcpy(text, bytes, count);
    text[count] = '\0';
    __asm__ volatile("mov x0, %0\n\tmov x1, %1\n\thlt #0xf000"
                     :
                     : "r"((uint64_t)SYS_WRITE0), "r"(text)
                     : "x0", "x1", "memory");
}
