/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arch_enter() of arch/arch.h, in this order: interrupts off; CR4 = PAE, OSFXSR, OSXMMEXCPT, with MCE
 * and LA57 as found; own GDT (0x10 flat 64-bit code, 0x18 flat data, in all segment registers),
 * empty IDT and LDT; EFER.NXE where the processor has it, written only if it is off; CR0 = PG, WP,
 * NE, ET, MP, PE; x87 and MXCSR at their defaults; CR3; the stack, with a return address of 0 on it;
 * every general register 0 but RDI and RSI; jump. Linux asks for less
 * (Documentation/arch/x86/boot.rst).
 *
 * Position-independent, needs no data but the GDT below and the caller's stack. machine.c checks that
 * these are the places in struct entry_state.
 */

#define ENTRY      0
#define STACK      8
#define PAGE_TABLE 16
#define ARGUMENT   24

#define CODE 0x10
#define DATA 0x18

/* Intel SDM volume 3, 2.5 */
#define CR0_VALUE 0x80010033            /* PG, WP, NE, ET, MP, PE */
#define CR4_SET   0x00000620            /* PAE, OSFXSR, OSXMMEXCPT */
#define CR4_KEPT  0x00001040            /* LA57 cannot change; without MCE a TDX guest faults */

#define MSR_EFER 0xc0000080
#define EFER_NXE_BIT 11
#define CPUID_EXTENDED 0x80000001
#define CPUID_NX_BIT 20

        .section .text.arch_enter, "ax", @progbits
        .balign 256                     /* no longer than this: all of it is in one page */
        .globl  arch_enter_start
        .hidden arch_enter_start
        .globl  arch_enter
        .hidden arch_enter
        .type   arch_enter, @function
arch_enter_start:
arch_enter:
        cli
        mov     ENTRY(%rdi), %r8
        mov     STACK(%rdi), %r9
        mov     PAGE_TABLE(%rdi), %r10
        mov     ARGUMENT(%rdi), %r11

        /* First CR4: it ends CET, whose shadow stack does not know of the far return below and under
         * which CR0.WP must not change; PCIDs, with which CR3 would mean something else; and PGE,
         * with which the firmware's translations would stay. */
        mov     %cr4, %rax
        and     $CR4_KEPT, %eax
        or      $CR4_SET, %eax
        mov     %rax, %cr4

        lea     gdt(%rip), %rax
        push    %rax
        pushw   $gdt_end - gdt - 1
        lgdt    (%rsp)
        push    $CODE
        lea     1f(%rip), %rax
        push    %rax
        lretq
1:      mov     $DATA, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %fs
        mov     %eax, %gs
        mov     %eax, %ss
        xor     %eax, %eax
        lldt    %ax
        push    %rax
        push    %rax
        lidt    (%rsp)

        /* A write that changes nothing is left out: in a TDX guest every write to EFER faults, and
         * CPUID does in others (SEV-ES), and nobody is left to handle that. */
        mov     $MSR_EFER, %ecx
        rdmsr
        bts     $EFER_NXE_BIT, %eax
        jc      2f
        mov     %eax, %esi
        mov     %edx, %edi
        mov     $CPUID_EXTENDED, %eax
        cpuid
        bt      $CPUID_NX_BIT, %edx
        jnc     2f
        mov     $MSR_EFER, %ecx
        mov     %esi, %eax
        mov     %edi, %edx
        wrmsr
2:      mov     $CR0_VALUE, %eax
        mov     %rax, %cr0
        fninit
        push    $0x1f80
        ldmxcsr (%rsp)

        mov     %r10, %cr3
        mov     %r9, %rsp
        push    $0                      /* the return address of the kernel's entry function */
        push    %r8
        mov     %r11, %rdi
        mov     %r11, %rsi
        xor     %eax, %eax
        xor     %ecx, %ecx
        xor     %edx, %edx
        xor     %ebx, %ebx
        xor     %ebp, %ebp
        xor     %r8d, %r8d
        xor     %r9d, %r9d
        xor     %r10d, %r10d
        xor     %r11d, %r11d
        xor     %r12d, %r12d
        xor     %r13d, %r13d
        xor     %r14d, %r14d
        xor     %r15d, %r15d
        push    $2                      /* RFLAGS: nothing set; after xor, which sets some */
        popfq
        ret
        .size   arch_enter, . - arch_enter
arch_enter_end:

        .section .note.enter, "", @progbits  /* not in the program: an error if that is negative */
        .skip   256 - (arch_enter_end - arch_enter_start)

        /* Accessed bits are set: the processor would set them, in a page that may be read-only. */
        .section .rodata.arch_enter, "a", @progbits
        .balign 8
gdt:    .quad   0
        .quad   0
        .quad   0x00af9b000000ffff      /* CODE: execute, read; 64-bit */
        .quad   0x00cf93000000ffff      /* DATA: read, write */
gdt_end:

        .section .note.GNU-stack, "", @progbits
