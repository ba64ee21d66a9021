/* SPDX-License-Identifier: BSD-2-Clause */
#include "fault.h"

#include "core/base/mem.h"

/* fault_levels.S; `root` is below 4 GiB. */
void EFIAPI fault_five_levels(UINTN root);

/* The new root's first entry is the old root: every address of the firmware stays what it is. */
void fault_add_level(void)
{
    EFI_PHYSICAL_ADDRESS root = UINT32_MAX;
    UINTN old;

    if (fault.original.AllocatePages(AllocateMaxAddress, EfiBootServicesData, 1, &root) !=
        EFI_SUCCESS)
        return;
    __asm__ volatile("mov %%cr3, %0" : "=r"(old));
    memset((void *)(UINTN)root, 0, EFI_PAGE_SIZE);
    *(UINTN *)(UINTN)root = (old & ~(UINTN)0xfff) | 3; /* present, writable */
    fault_five_levels(root);
}

void fault_interrupts_on(void)
{
    __asm__ volatile("sti");
}

void fault_idle(void)
{
    __asm__ volatile("hlt" ::: "memory");
}
