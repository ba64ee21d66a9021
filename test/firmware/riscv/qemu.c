/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * On the board `virt`: fw_cfg in memory (hw/riscv/virt.c, VIRT_FW_CFG), and semihosting (RISC-V
 * Semihosting 0.4: SYS_WRITE0). A machine without -semihosting-config would fault: these drivers
 * are for ones that have it.
 */
#include "qemu.h"

#include "core/base/mem.h"

#define FW_CFG          0x10100000ULL
#define FW_CFG_DATA     (FW_CFG + 0)
#define FW_CFG_SELECTOR (FW_CFG + 8) /* 16 bits, big-endian */
#define SYS_WRITE0      4

void qemu_select(uint16_t key)
{
    *(volatile uint16_t *)(uintptr_t)FW_CFG_SELECTOR = (uint16_t)(key << 8 | key >> 8);
}

uint8_t qemu_byte(void)
{
    return *(volatile uint8_t *)(uintptr_t)FW_CFG_DATA;
}

/* These three instructions, each of 32 bits and all in one page, are the call. */
static void call(uint64_t number, const char *argument)
{
    register uint64_t a0 __asm__("a0") = number;
    register const char *a1 __asm__("a1") = argument;

    __asm__ volatile(".option push\n\t"
                     ".option norvc\n\t"
                     ".balign 16\n\t"
                     "slli x0, x0, 0x1f\n\t"
                     "ebreak\n\t"
                     "srai x0, x0, 7\n\t"
                     ".option pop"
                     : "+r"(a0)
                     : "r"(a1)
                     : "memory");
}

void qemu_report(const char *bytes, size_t count)
{
    char text[257]; /* report.c has lines of 256 */

    memcpy(text, bytes, count);
    text[count] = '\0';
    call(SYS_WRITE0, text);
}
