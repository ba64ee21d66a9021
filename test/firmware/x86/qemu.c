/* SPDX-License-Identifier: BSD-2-Clause */
/* By ports: fw_cfg at 0x510, and an isa-debugcon. */
#include "qemu.h"

#include "arch/x86_64/machine.h"
#include "report.h"

#define PORT_SELECTOR 0x510
#define PORT_DATA     0x511

/* What the port reads as says whether it is there (QEMU, isa-debugcon: readback). */
#define READBACK 0xe9

void qemu_select(uint16_t key)
{
    __asm__ volatile("outw %0, %1" : : "a"(key), "Nd"((uint16_t)PORT_SELECTOR));
}

uint8_t qemu_byte(void)
{
    return machine_in8(PORT_DATA);
}

void qemu_report(const char *bytes, size_t count)
{
    /* On a real machine the port may be anything. */
    if (machine_in8(REPORT_PORT) != READBACK)
        return;
    __asm__ volatile("cld; rep outsb"
                     : "+S"(bytes), "+c"(count)
                     : "d"((uint16_t)REPORT_PORT)
                     : "memory");
}
