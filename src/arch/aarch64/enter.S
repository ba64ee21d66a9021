/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arch_enter(): the last instructions before a kernel.
 *
 * Without an address space, as Linux wants them (Documentation/arch/arm64/booting.rst): x0 is the
 * argument, x1 to x3 are 0, interrupts off, MMU and data cache off, at the exception level of the
 * firmware, the kernel's bytes in memory and not in a cache, no old instructions in one.
 *
 * With one, as include/baton-handoff.h promises, 2.2: translation must not change while the MMU is on,
 * so it is turned off, all is set, at EL1 or at EL2 with the host extensions, where the registers of
 * EL1 are EL2's, and it is turned on again, by instructions in a page that is mapped to itself.
 *
 * Cleaned is by address, to the point of coherency: the kernel reads with its caches off at first.
 * What runs here after the MMU is off is read past the data cache too, so it is cleaned as well.
 * Between there and the kernel there is no stack and no memory.
 */
#define ENTRY         0
#define ADDRESS_SPACE 16
#define CODE          32
#define ARGUMENT_SIZE 48

#define SCTLR_M_C_I 0x1005
#define SCTLR_OFF   0x30d01988          /* without M and C; what ARMv8.0 has as 1, SA, SED, ITD */
#define SCTLR_ON    0x30d0198d
#define MAIR        0x4404ff            /* paging.h */
#define CPACR_FPEN  (3 << 20)
/* T0SZ, T1SZ 16; both halves inner shareable, write-back, 4 KiB; IPS is at 32. */
#define TCR_LOW     0x3510
#define TCR_HIGH    0xb510
#define IPS_48_BITS 5

#define HCR_E2H_BIT 34
#define HCR_TGE     0x0800              /* from bit 16 on */
#define HCR_RW      0x8000
#define HCR_E2H     0x0004              /* from bit 32 on */
#define HCR_APK_API 0x0300              /* pointer authentication */
#define HCR_ATA     0x0100              /* from bit 48 on: memory tags */

#define SPSR_MASKED 0x3c1               /* D, A, I, F; the level's own stack pointer */

        .section .text.arch_enter, "ax", @progbits
        .globl  arch_enter
        .type   arch_enter, @function
        .globl  arch_enter_start
        .p2align 10                     /* shorter than this: all in one page */
arch_enter:
arch_enter_start:
        msr     daifset, #0xf
        mov     x18, x0
        ldp     x19, x20, [x18, #ENTRY]         /* and the stack */
        ldp     x21, x22, [x18, #ADDRESS_SPACE] /* and the argument */
        ldp     x1, x2, [x18, #CODE]
        mrs     x3, ctr_el0             /* DminLine: log2 of the words in the smallest line */
        ubfx    x3, x3, #16, #4
        mov     x4, #4
        lsl     x3, x4, x3
        sub     x4, x3, #1
        bl      .Lclean
        mov     x1, x22
        ldp     x2, x23, [x18, #ARGUMENT_SIZE]  /* and the level */
        bl      .Lclean
        adr     x1, arch_enter
        adr     x2, arch_enter_end
        bic     x1, x1, x4
1:      dc      cvac, x1
        add     x1, x1, x3
        cmp     x1, x2
        b.lo    1b
        dsb     sy
        ic      ialluis
        dsb     sy
        isb
        mov     x5, #SCTLR_M_C_I
        mrs     x6, CurrentEL
        cmp     x6, #8                  /* EL2 */
        b.eq    2f
        mrs     x4, sctlr_el1
        bic     x4, x4, x5
        isb                             /* Falkor's erratum 1041 wants it in front */
        msr     sctlr_el1, x4
        b       3f
2:      mrs     x4, sctlr_el2
        bic     x4, x4, x5
        isb
        msr     sctlr_el2, x4
3:      isb
        ic      iallu
        dsb     nsh
        isb
        cbnz    x21, .Lwith_space
        mov     x0, x22
        mov     x1, xzr
        mov     x2, xzr
        mov     x3, xzr
        br      x19

        /* Writes [x1, x1 + x2) back and drops it; x3 is a line's size, x4 that less 1. */
.Lclean:
        add     x2, x1, x2
        bic     x1, x1, x4
4:      cmp     x1, x2
        b.hs    5f
        dc      civac, x1
        add     x1, x1, x3
        b       4b
5:      ret

.Lwith_space:
        b.ne    .Lat_level              /* still of CurrentEL: there is no EL2, or not for us */

        /* EL2. What a kernel at EL1 could be trapped by, opened; E2H may be set, and stay so. No
         * translation stays, of the firmware's or of a level that nobody has used yet. */
        tlbi    alle2
        tlbi    alle1
        dsb     nsh
        mov     x0, #HCR_RW << 16
        movk    x0, #HCR_APK_API, lsl #32
        movk    x0, #HCR_ATA, lsl #48
        mov     x1, x0
        movk    x1, #HCR_RW + HCR_TGE, lsl #16
        movk    x1, #HCR_APK_API + HCR_E2H, lsl #32
        cmp     x23, #2
        csel    x0, x1, x0, eq
        msr     hcr_el2, x0
        isb
        mrs     x0, hcr_el2
        ubfx    x24, x0, #HCR_E2H_BIT, #1
        mrs     x1, id_aa64pfr0_el1
        ubfx    x2, x1, #32, #4         /* SVE */
        mov     x3, #0x33ff             /* CPTR_EL2: what has to be 1, and TZ */
        mov     x4, #3                  /* CNTHCTL_EL2: EL1PCTEN, EL1PCEN */
        cbz     x2, 6f
        bic     x3, x3, #0x100
6:      cbz     x24, 7f                 /* with E2H both are laid out otherwise */
        mov     x3, #0x330000           /* FPEN, ZEN */
        mov     x4, #0xc00
7:      msr     cptr_el2, x3
        msr     cnthctl_el2, x4
        msr     cntvoff_el2, xzr
        isb
        cbz     x2, 8f
        mov     x3, #0xf
        msr     s3_4_c1_c2_0, x3        /* ZCR_EL2: vectors of all lengths */
8:      msr     vttbr_el2, xzr
        msr     hstr_el2, xzr
        mrs     x3, midr_el1
        msr     vpidr_el2, x3
        mrs     x3, mpidr_el1
        msr     vmpidr_el2, x3
        mrs     x3, id_aa64dfr0_el1
        ubfx    x3, x3, #8, #4          /* counters: 0 and 15 are none that are the architecture's */
        sub     x3, x3, #1
        cmp     x3, #13
        mov     x4, xzr
        b.hi    9f
        mrs     x4, pmcr_el0
        ubfx    x4, x4, #11, #5         /* N: all of them are the kernel's */
9:      msr     mdcr_el2, x4
        tst     x1, #0xf000000          /* the interrupt controller has registers */
        b.eq    10f
        mrs     x3, s3_4_c12_c9_5       /* ICC_SRE_EL2: SRE, Enable */
        orr     x3, x3, #1
        orr     x3, x3, #8
        msr     s3_4_c12_c9_5, x3
        isb
        mrs     x3, s3_4_c12_c9_5
        tbz     x3, #0, 10f
        msr     s3_4_c12_c11_0, xzr     /* ICH_HCR_EL2 */
10:     sub     x3, x21, #0x1000
        msr     vbar_el2, x3
        cmp     x23, #2
        b.eq    .Lat_level
        mov     x3, #SCTLR_OFF & 0xffff
        movk    x3, #SCTLR_OFF >> 16, lsl #16
        cbz     x24, 11f
        msr     s3_5_c1_c0_0, x3        /* SCTLR_EL12 */
        b       12f
11:     msr     sctlr_el1, x3
12:     mov     x3, #SPSR_MASKED + 4    /* EL1 */
        msr     spsr_el2, x3
        adr     x3, .Lat_level
        msr     elr_el2, x3
        isb
        eret

        /* EL1, or EL2 by the names of EL1. */
.Lat_level:
        mov     x3, #SCTLR_OFF & 0xffff
        movk    x3, #SCTLR_OFF >> 16, lsl #16
        msr     sctlr_el1, x3
        mov     x3, #CPACR_FPEN
        msr     cpacr_el1, x3
        msr     mdscr_el1, xzr
        sub     x3, x21, #0x1000
        msr     vbar_el1, x3
        mov     x3, #MAIR & 0xffff
        movk    x3, #MAIR >> 16, lsl #16
        msr     mair_el1, x3
        mrs     x4, id_aa64mmfr0_el1
        and     x4, x4, #15             /* PARange, for IPS */
        mov     x5, #IPS_48_BITS
        cmp     x4, x5
        csel    x4, x4, x5, lo
        mov     x3, #TCR_LOW
        movk    x3, #TCR_HIGH, lsl #16
        orr     x3, x3, x4, lsl #32
        msr     tcr_el1, x3
        msr     ttbr0_el1, x21
        add     x3, x21, #0x1000
        msr     ttbr1_el1, x3
        isb
        tlbi    vmalle1
        ic      iallu
        dsb     nsh
        isb
        mov     x3, #SCTLR_ON & 0xffff
        movk    x3, #SCTLR_ON >> 16, lsl #16
        msr     sctlr_el1, x3
        isb
        msr     fpcr, xzr
        msr     fpsr, xzr
        msr     spsel, #1
        mov     sp, x20
        mrs     x3, CurrentEL
        mov     x4, #SPSR_MASKED
        orr     x3, x3, x4
        msr     spsr_el1, x3
        msr     elr_el1, x19
        mov     x0, x22
        .irp    register, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
        mov     x\register, xzr
        .endr
        eret                            /* by a register there would be one that is not 0 */
arch_enter_end:
        .size   arch_enter, . - arch_enter
        .if     . - arch_enter > 1024
        .error  "longer than its alignment"
        .endif

        .section .note.GNU-stack, "", @progbits
