/* SPDX-License-Identifier: 0BSD */
/*
 * baton-handoff.h: what Baton hands to a kernel of its native protocol. This file is the whole
 * reference. C11, C++17 and assembly may include it; it needs <stdint.h> and <stddef.h> only.
 *
 * 1. The kernel file
 *
 * An ELF64 file for x86-64 or AArch64 without an interpreter, with a note of the owner "Baton" in a
 * PT_NOTE segment (BATON_KERNEL() below makes it). No segment is writable and executable, no two
 * segments share a page of 4 KiB. It may be linked in three ways:
 *
 *   lower half       ET_EXEC below 0x0000800000000000: every segment is loaded at the physical
 *                    address that equals its virtual address, from 1 MiB up. When the firmware
 *                    has that memory in use the boot is refused: prefer one of the other two.
 *   upper half       ET_EXEC from 0xffff800000000000 up, on AArch64 from 0xffff000000000000 up: at
 *                    any physical address, in one piece, mapped to the virtual address of the file
 *                    (p_paddr is not looked at).
 *   position-        ET_DYN (static PIE): at any address, virtual equals physical. Baton applies
 *   independent      the relocations; only R_X86_64_RELATIVE or R_AARCH64_RELATIVE is allowed.
 *
 * What no byte of the file fills (.bss, gaps between segments) is zero.
 *
 * 2. The machine at the entry point
 *
 * The entry point of the ELF header is called as a C function that never returns:
 * void entry(const struct baton_handoff *). Other processors are where the firmware parked them.
 * Devices are as their EFI drivers left them when told to stop. Mask or reset what you do not drive
 * before you turn interrupts on.
 *
 * 2.1 x86-64
 *
 *   RDI, RSI   address of the hand-off, physical and virtual
 *   RSP        16 * n + 8, as after a call; the return address there is 0, which faults
 *   RAX, RBX, RCX, RDX, RBP, R8 to R15: 0
 *   RFLAGS     2: interrupts off, direction flag clear
 *   CS         0x10, flat 64-bit code
 *   DS, ES, FS, GS, SS: 0x18, flat data; their bases are 0
 *   GDT        four entries: null, null, code, data; it is in BATON_MEMORY_LOADER
 *   IDT        limit 0: any exception resets the machine until the kernel loads its own
 *   LDTR       0
 *   TR         unspecified: load your own before you use it
 *   CR0        0x80010033: PG, WP, NE, ET, MP, PE
 *   CR3        the page tables described below
 *   CR4        PAE, OSFXSR, OSXMMEXCPT; MCE and LA57 as the firmware had them; nothing else (no
 *              PGE, PCIDE, SMEP, SMAP, CET, OSXSAVE...: the kernel turns on what it uses)
 *   EFER       LME, LMA, NXE are set; the others as the firmware had them
 *   x87, SSE   usable: FCW 0x037f, MXCSR 0x1f80; the registers' contents are unspecified
 *   others     PAT, MTRRs, debug registers, local APIC, I/O APIC, PIC, timers, IOMMU: as the
 *              firmware left them
 *
 * Other processors are started with INIT-SIPI-SIPI.
 *
 * 2.2 AArch64 (since version 1.2)
 *
 *   x0         address of the hand-off, physical and virtual
 *   x1 to x30  0: a return faults
 *   SP         the end of the stack, 16-byte aligned; it is SP_EL1, at EL2 SP_EL2
 *   PSTATE     EL1 with its own stack pointer; D, A, I and F masked; all else 0
 *   SCTLR_EL1  0x30d0198d: M, C, I, SA; SED and ITD; what ARMv8.0 has as 1. No alignment check, no
 *              WXN, no pointer authentication
 *   TCR_EL1    4 KiB granule, 48 bits in both halves (T0SZ, T1SZ 16), table walks inner shareable
 *              and write-back, IPS as the processor has it but 48 bits at most, all else 0
 *   MAIR_EL1   0x4404ff: 0 is write-back memory (0xff), 1 device nGnRE (0x04), 2 memory that is
 *              not cached (0x44)
 *   TTBR0_EL1  page_tables of the hand-off, ASID 0; TTBR1_EL1 the page behind it
 *   VBAR_EL1   a page where every exception waits for good: load your own
 *   CPACR_EL1  FPEN is 3: floating point is usable, FPCR and FPSR are 0, the registers' contents
 *              are unspecified; all else is trapped
 *   MDSCR_EL1  0
 *   ticks      are those of CNTVCT_EL0, tsc_hz is what CNTFRQ_EL0 says
 *   caches     on. The kernel, the page tables and total_size bytes of the hand-off are clean to
 *              the point of coherency, and no old instructions are cached
 *   others     the interrupt controller, timers, the IOMMU: as the firmware left them
 *
 * Firmware that runs at EL2 is left for EL1. Pointer authentication, memory tagging, SVE, counters,
 * timers and GICv3's registers are not trapped to EL2 then; of SME, profiling (SPE, TRBE) and
 * fine-grained traps nothing is promised. CNTVOFF_EL2 is 0, there is no stage 2, MIDR and MPIDR are
 * the processor's. The page of VBAR_EL1 is VBAR_EL2's too, so that it is never free.
 *
 * A kernel whose note has BATON_NOTE_KEEP_EL2 stays at EL2 if the firmware runs there and the
 * processor has the virtualization host extensions (FEAT_VHE). HCR_EL2.E2H and TGE are set: what
 * this section says of registers of EL1 is then true of those of EL2, by either name. In all other
 * cases it begins at EL1. privilege tells.
 *
 * Other processors are started by PSCI: by SMC if the firmware runs at EL2, else as ACPI or the
 * device tree says.
 *
 * 3. Virtual memory at entry
 *
 * Nothing is both writable and executable. Nothing is for user mode.
 *
 * 3.1 x86-64
 *
 * Page tables have four levels, five when CR4.LA57 is set. Everything is cached as the MTRRs say.
 * Physical address equals virtual address for all of [0x1000, identity_end): readable, writable,
 * not executable, with these exceptions:
 *
 *   - page 0 is not mapped: what dereferences NULL faults;
 *   - the page below the stack is not mapped: a stack that overflows faults;
 *   - the pages of the kernel's segments have the segment's permissions where the segment runs.
 *     If that is in the upper half, their identity mapping is never executable, and writable only
 *     where the segment is;
 *   - one page of Baton (the last instructions before the kernel) is readable and executable;
 *   - EFI runtime code is readable and executable if BATON_FLAG_RUNTIME_CALLABLE is set.
 *
 * identity_end is at least 4 GiB, and the end of all memory if that is more (but 64 TiB at most,
 * and 512 GiB where the processor has no 1 GiB pages); all that Baton placed is below it. A
 * framebuffer above it is mapped all the same, and so is what efi_map has there with
 * EFI_MEMORY_RUNTIME if BATON_FLAG_RUNTIME_CALLABLE is set. Everything else is not mapped.
 *
 * 3.2 AArch64 (since version 1.2)
 *
 * A processor may read ahead from whatever is mapped as memory, so that nothing is mapped but what
 * the firmware's map says shortly before the exit, at the physical address that equals the virtual
 * one: readable, writable, not executable.
 *
 *   - memory, free or not, as write-back: loader, boot services and runtime services types,
 *     conventional memory, both of ACPI's, persistent memory, if they have EFI_MEMORY_WB;
 *   - whatever else has EFI_MEMORY_RUNTIME, as device nGnRE;
 *   - the framebuffer, as memory that is not cached.
 *
 * The exceptions are those of x86-64, and two more pages: that of VBAR_EL1 is readable and
 * executable, and so is the page of Baton. Where descriptors overlap, the device wins over all
 * else, and what is no memory over memory. identity_end is the exclusive end of the highest such
 * address. A device that the kernel drives it maps itself: its serial port is not mapped. The
 * tables are memory like any other, so that the kernel can write to them.
 *
 * Every valid entry has AF set and nG clear; pages are inner shareable, UXN, and PXN unless they
 * are executable.
 *
 * 4. Who owns what
 *
 * Baton owns nothing any more: there is nothing to call back into. Every byte of memory is in the
 * memory map once, and its type says what may be done with it and when. In short: types with
 * BATON_MEMORY_RECLAIMABLE are ordinary memory for the kernel to use, at once (USABLE) or once it
 * has copied the hand-off and runs on its own page tables, GDT and stack; all others, known or
 * not, have somebody's data in them.
 *
 * Everything that an address in the hand-off points to lies in BATON_MEMORY_HANDOFF, but for the
 * kernel, modules, stack, page tables, framebuffers and the firmware's tables (ACPI, SMBIOS, EFI).
 *
 * On AArch64, a page that RESERVED describes may be Baton's: that of VBAR_EL1.
 *
 * 5. EFI runtime services
 *
 * Boot services are gone. SetVirtualAddressMap() was not called; the kernel can call it, once,
 * with the descriptors of efi_map whose attribute has EFI_MEMORY_RUNTIME. Until then runtime
 * services are called by physical address. With the page tables at entry that works as it is if
 * BATON_FLAG_RUNTIME_CALLABLE is set (and interrupts stay off, or have an IDT). It is not set on
 * firmware that does not keep code and data of its runtime services apart: there the kernel has to
 * map them writable and executable itself, if it wants to.
 *
 * 6. Compatibility
 *
 * All numbers are little-endian, all sizes in bytes, all addresses physical unless it says
 * virtual. Padding and reserved fields are 0 when written and not looked at when read.
 *
 *   - Within a major version nothing is ever removed, moved or given another meaning. A minor
 *     version appends fields to the end of struct baton_handoff and of table entries, uses up
 *     reserved fields, defines flags or types.
 *   - An older kernel on a newer Baton sees larger header_size and strides. It steps through
 *     tables by their stride, takes unknown memory types for what BATON_MEMORY_RECLAIMABLE says,
 *     passes over unknown flags.
 *   - A newer kernel on an older Baton: its note says the least minor version it can live with,
 *     and Baton refuses a kernel that wants more than it has while there still is a firmware to
 *     return to. What is merely nice to have is asked for with BATON_HAS().
 *   - Another major version is another protocol: Baton refuses kernels whose major version it
 *     does not speak, and says which it speaks.
 *
 * What was learnt from others: a memory map that leaves out kernel and modules gets them
 * overwritten (Multiboot2); a hand-off of fixed size cannot hold the map of a large machine
 * (BOOTBOOT); an address that may be physical or virtual is mistaken for the other (stivale);
 * what is mapped must be said exactly, or kernels come to rely on what happens to be (Limine).
 */
#ifndef BATON_HANDOFF_H
#define BATON_HANDOFF_H

#define BATON_VERSION_MAJOR 1
#define BATON_VERSION_MINOR 2

/* The first eight bytes of the hand-off: "BATONOFF". */
#define BATON_HANDOFF_MAGIC 0x46464f4e4f544142

/* --- the note in the kernel file -------------------------------------------------------------- */

/* Owner (6 bytes with its NUL, padded to 8), type, descriptor: struct baton_note. */
#define BATON_NOTE_OWNER  "Baton"
#define BATON_NOTE_KERNEL 1

/* struct baton_note, flags: stay at EL2, see 2.2 above; since version 1.2, nothing on x86-64 */
#define BATON_NOTE_KEEP_EL2 0x1

/* What a kernel gets that asks for 0, and the most it can ask for. */
#define BATON_STACK_DEFAULT 0x10000
#define BATON_STACK_MAX     0x1000000

/* --- values ---------------------------------------------------------------------------------- */

/* struct baton_region, type */

/* This bit: free once the kernel has copied the hand-off and runs on its own page tables, GDT and
 * stack. True of types of later minor versions too. Each type says if it can be had earlier. */
#define BATON_MEMORY_RECLAIMABLE 0x100

/* Free, now; contents unspecified. */
#define BATON_MEMORY_USABLE 0x100
/* Was the firmware's until it left: free, now. But firmware was seen to use it once more in
 * SetVirtualAddressMap(), and some of its tables may be here: if you use these, free after that. */
#define BATON_MEMORY_BOOT_SERVICES 0x101
/* Baton, its GDT, the unmapped page below the stack: free once GDT and page tables are your own. */
#define BATON_MEMORY_LOADER 0x102
/* This structure and what it points to: free once copied. */
#define BATON_MEMORY_HANDOFF 0x103
/* Free once CR3, or TTBR0_EL1 and TTBR1_EL1, point elsewhere. */
#define BATON_MEMORY_PAGE_TABLES 0x104
/* Free once the stack pointer points elsewhere. */
#define BATON_MEMORY_STACK 0x105

/* Leave alone. Page 0 is this where it would be free. */
#define BATON_MEMORY_RESERVED 0x001
/* Your image, gaps between its segments included. */
#define BATON_MEMORY_KERNEL 0x002
/* A module: free when you are done with it. */
#define BATON_MEMORY_MODULE 0x003
/* ACPI tables: free when you are done with them. */
#define BATON_MEMORY_ACPI 0x004
/* The firmware's; must survive S4 sleep as it is. */
#define BATON_MEMORY_ACPI_NVS 0x005
/* Code and data of EFI runtime services: never yours. */
#define BATON_MEMORY_RUNTIME_CODE 0x006
#define BATON_MEMORY_RUNTIME_DATA 0x007
/* Device registers, here because EFI runtime services use them. */
#define BATON_MEMORY_MMIO 0x008
/* I/O ports seen through memory. */
#define BATON_MEMORY_MMIO_PORTS 0x009
/* Memory with errors. */
#define BATON_MEMORY_BAD 0x00a
/* Non-volatile memory with somebody's data in it. */
#define BATON_MEMORY_PERSISTENT 0x00b
/* Memory set aside for particular devices or programs: yours to use if you know for what. */
#define BATON_MEMORY_SPECIAL_PURPOSE 0x00c
/* Of a confidential machine: accept, then use. */
#define BATON_MEMORY_UNACCEPTED 0x00d

/* struct baton_handoff, flags: see 5. above */
#define BATON_FLAG_RUNTIME_CALLABLE 0x1

/* struct baton_handoff, secure_boot */
#define BATON_SECURE_BOOT_UNKNOWN  1
#define BATON_SECURE_BOOT_DISABLED 2
#define BATON_SECURE_BOOT_ENABLED  3

/*
 * baton_handoff.shortfalls, since version 1.1: what this boot went without. None of it is a reason
 * not to run; a kernel that has a log says it there. Unknown bits are shortfalls too.
 */
#define BATON_SHORTFALL_NOT_JUDGED          0x01 /* the firmware has not verified the kernel */
#define BATON_SHORTFALL_NOT_MEASURED        0x02 /* a measurement failed: the PCRs end with an error */
#define BATON_SHORTFALL_NOT_LOGGED          0x04 /* measured, but the TPM's log was full */
#define BATON_SHORTFALL_NO_TPM_LOG          0x08 /* the TPM's log cannot be handed over */
#define BATON_SHORTFALL_NO_RANDOM_SEED      0x10 /* there is a source of randomness, and it failed */
#define BATON_SHORTFALL_NO_MEMORY_OVERWRITE 0x20 /* memory may not be cleared at a reset */
#define BATON_SHORTFALL_NO_OPTION_ROMS      0x40 /* PCI option ROMs are not handed over */
#define BATON_SHORTFALL_MAP_TOO_LARGE       0x80 /* the firmware's map is more than can be taken */

/* struct baton_exit, outcome: ExitBootServices returned EFI_SUCCESS; or it returned an error, yet
 * boot services were gone. No other value ever reaches a kernel. */
#define BATON_EXIT_LEFT        1
#define BATON_EXIT_LEFT_UNSAID 2

/* struct baton_exit, flags: the memory map was at rest before the first attempt; Baton had been
 * started above TPL_APPLICATION; the firmware had left consoles or boot services in its table;
 * efi_map and memory are of late_map, not of the last attempt. */
#define BATON_EXIT_SETTLED       0x1
#define BATON_EXIT_TPL_REPAIRED  0x2
#define BATON_EXIT_TABLE_CLEANED 0x4
#define BATON_EXIT_LATE_MAP      0x8

/* struct baton_attempt, flags: ExitBootServices was called (else the map was not usable); the map
 * had outgrown its first buffer. */
#define BATON_ATTEMPT_EXIT_CALLED  0x1
#define BATON_ATTEMPT_USED_RESERVE 0x2

/* struct baton_change, a type: nothing was described there. */
#define BATON_CHANGE_ABSENT 0xffffffff

/* Offsets into struct baton_handoff, for assembly. */
#define BATON_OFFSET_MAGIC                  0
#define BATON_OFFSET_VERSION_MAJOR          8
#define BATON_OFFSET_VERSION_MINOR          10
#define BATON_OFFSET_HEADER_SIZE            12
#define BATON_OFFSET_TOTAL_SIZE             16
#define BATON_OFFSET_FLAGS                  24
#define BATON_OFFSET_LOADER                 32
#define BATON_OFFSET_COMMAND_LINE           48
#define BATON_OFFSET_KERNEL_PATH            64
#define BATON_OFFSET_KERNEL_VIRTUAL         80
#define BATON_OFFSET_KERNEL_PHYSICAL        88
#define BATON_OFFSET_KERNEL_SIZE            96
#define BATON_OFFSET_KERNEL_SLIDE           104
#define BATON_OFFSET_MEMORY                 112
#define BATON_OFFSET_MODULES                128
#define BATON_OFFSET_FRAMEBUFFERS           144
#define BATON_OFFSET_IDENTITY_END           160
#define BATON_OFFSET_PAGE_TABLES            168
#define BATON_OFFSET_STACK                  176
#define BATON_OFFSET_ACPI_RSDP              192
#define BATON_OFFSET_SMBIOS                 200
#define BATON_OFFSET_SMBIOS3                208
#define BATON_OFFSET_EFI_SYSTEM_TABLE       216
#define BATON_OFFSET_EFI_MAP                224
#define BATON_OFFSET_EFI_DESCRIPTOR_SIZE    240
#define BATON_OFFSET_EFI_DESCRIPTOR_VERSION 244
#define BATON_OFFSET_EXIT                   248
#define BATON_OFFSET_TSC_HZ                 264
#define BATON_OFFSET_TSC_START              272
#define BATON_OFFSET_TSC_ENTER              280
#define BATON_OFFSET_SECURE_BOOT            288
#define BATON_OFFSET_RANDOM_SEED_SIZE       292
#define BATON_OFFSET_RANDOM_SEED            296
#define BATON_OFFSET_SHORTFALLS             328
#define BATON_OFFSET_DEVICE_TREE            336
#define BATON_OFFSET_PROCESSOR              352
#define BATON_OFFSET_PRIVILEGE              360

#ifdef __ASSEMBLER__

/* clang-format off */
/* Makes a kernel of an ELF file; once, in any section: baton_kernel minor=0, stack_size=0x8000 */
.macro baton_kernel minor=0, stack_size=0, flags=0
        .pushsection .note.baton, "a", @note
        .balign 4
        .long   6, 24, BATON_NOTE_KERNEL
        .asciz  BATON_NOTE_OWNER
        .balign 4
        .short  BATON_VERSION_MAJOR, \minor
        .long   \flags
        .quad   \stack_size, 0
        .popsection
.endm
/* clang-format on */

#else

#include <stddef.h>
#include <stdint.h>

struct baton_note {
    uint16_t version_major; /* the kernel speaks this one */
    uint16_t version_minor; /* the least it can live with */
    uint32_t flags;         /* BATON_NOTE_*; Baton refuses a kernel with one it does not know */
    uint64_t stack_size;    /* least size of the stack at entry; 0: BATON_STACK_DEFAULT */
    uint64_t reserved;
};

/* A table of `count` entries, `stride` bytes from one to the next; also of one or none. */
struct baton_table {
    uint64_t address; /* 0 when count is 0; 8-byte aligned */
    uint32_t count;
    uint32_t stride; /* not smaller than the structure of this minor version */
};

/* UTF-8. A NUL follows it in memory, so that it is a C string too. */
struct baton_string {
    uint64_t address; /* never 0 */
    uint64_t size;    /* without the NUL */
};

struct baton_range {
    uint64_t address;
    uint64_t size;
};

/*
 * The memory map: sorted, disjoint, whole pages, never empty; neighbours differ in type. All that
 * the firmware's map describes is in it; where that contradicts itself the more restrictive type
 * wins. The firmware's own words, attributes included, are in efi_map.
 */
struct baton_region {
    uint64_t address;
    uint64_t size;
    uint32_t type; /* BATON_MEMORY_*; an unknown one without RECLAIMABLE is reserved */
    uint32_t reserved;
};

/* A file that the user wants the kernel to have (an initial RAM disk, say), page-aligned. */
struct baton_module {
    uint64_t address;
    uint64_t size;            /* the rest of the last page is zero */
    struct baton_string name; /* the path, as in the boot entry */
};

struct baton_channel {
    uint8_t size;     /* bits; 0: the pixel has none of it */
    uint8_t position; /* of the least significant bit */
};

/* A linear framebuffer in the mode that the firmware had set. Map it write-combining. */
struct baton_framebuffer {
    uint64_t address;
    uint64_t size;
    uint32_t width;  /* pixels */
    uint32_t height; /* pixels */
    uint32_t pitch;  /* bytes from one line to the next */
    uint16_t bits_per_pixel;
    struct baton_channel red;
    struct baton_channel green;
    struct baton_channel blue;
    struct baton_channel unused;
    uint16_t reserved;
    struct baton_range edid; /* of the display; both 0 when unknown */
};

/* A piece of memory whose type changed from one attempt to the next. */
struct baton_change {
    uint64_t start;
    uint64_t end;      /* exclusive */
    uint32_t old_type; /* EFI_MEMORY_TYPE or BATON_CHANGE_ABSENT */
    uint32_t new_type;
};

#define BATON_CHANGES_KEPT 4

/* One round of GetMemoryMap and ExitBootServices. */
struct baton_attempt {
    uint64_t tsc;         /* when GetMemoryMap was called */
    uint64_t map_status;  /* EFI_STATUS of the last GetMemoryMap of this attempt */
    uint64_t exit_status; /* EFI_STATUS of ExitBootServices, if BATON_ATTEMPT_EXIT_CALLED */
    uint64_t key;         /* the map key that it was given */
    uint64_t map_size;
    uint64_t descriptor_size;
    uint32_t map_calls;    /* GetMemoryMap calls in this attempt */
    uint32_t map_checksum; /* CRC-32 of the map after a refusal; 0: not taken */
    uint32_t flags;        /* BATON_ATTEMPT_* */
    uint32_t change_count; /* all changes since the attempt before; the first few are kept */
    struct baton_change changes[BATON_CHANGES_KEPT];
};

/* The journal of how boot services were left. */
struct baton_exit {
    uint32_t outcome;            /* BATON_EXIT_LEFT or BATON_EXIT_LEFT_UNSAID */
    uint32_t flags;              /* BATON_EXIT_* */
    struct baton_table attempts; /* struct baton_attempt, the last one succeeded */
    uint32_t settle_calls;       /* GetMemoryMap calls before the first attempt */
    uint32_t tpl_at_start;       /* TPL that Baton was started at; 4 is right */
    uint64_t map_capacity;       /* what the first buffer could hold */
    uint64_t reserve_capacity;   /* what the second could */
    uint64_t map_required;       /* what the firmware first asked for */
    uint64_t tsc_begin;          /* at the first attempt */
    uint64_t tsc_end;            /* boot services are gone */
    /* A look at the map from inside the last exit, if the boot entry asked for one; map_calls 0:
     * none. Its changes are those since the map of the last attempt. */
    struct baton_attempt late_map;
};

struct baton_handoff {
    uint64_t magic;         /* BATON_HANDOFF_MAGIC */
    uint16_t version_major; /* BATON_VERSION_MAJOR of the Baton that made it */
    uint16_t version_minor;
    uint32_t header_size; /* of this structure, as that Baton knows it */
    uint64_t total_size;  /* from `magic` on: all that is pointed to in BATON_MEMORY_HANDOFF, but
                             for memory, efi_map and device_tree, which lie elsewhere in it */
    uint64_t flags;       /* BATON_FLAG_* */

    struct baton_string loader;       /* name and version: "Baton 1.0.0" */
    struct baton_string command_line; /* "" when there is none */
    struct baton_string kernel_path;  /* as in the boot entry */

    uint64_t kernel_virtual;  /* where the image begins: the page of its lowest segment */
    uint64_t kernel_physical; /* the same byte's physical address */
    uint64_t kernel_size;     /* to the end of the last segment's last page */
    uint64_t kernel_slide;    /* what was added to each address of an ET_DYN file; else 0 */

    struct baton_table memory;       /* struct baton_region */
    struct baton_table modules;      /* struct baton_module, in the order of the boot entry */
    struct baton_table framebuffers; /* struct baton_framebuffer; the first has the console */

    uint64_t identity_end;    /* see 3. above */
    uint64_t page_tables;     /* CR3; TTBR0_EL1 */
    struct baton_range stack; /* the stack pointer at entry is at its end */

    uint64_t acpi_rsdp; /* of ACPI 2.0 or later, else of 1.0; 0: none */
    uint64_t smbios;    /* 32-bit entry point ("_SM_"); 0: none */
    uint64_t smbios3;   /* 64-bit entry point ("_SM3_"); 0: none */

    uint64_t efi_system_table;
    struct baton_range efi_map;      /* the firmware's map as it gave it at the exit */
    uint32_t efi_descriptor_size;    /* the step from one descriptor to the next */
    uint32_t efi_descriptor_version; /* 1 */

    struct baton_table exit; /* one struct baton_exit */

    /* Everything with tsc in its name is in ticks: of the time stamp counter, or of CNTVCT_EL0. */
    uint64_t tsc_hz;    /* ticks a second; 0: nobody knows */
    uint64_t tsc_start; /* ticks when Baton started */
    uint64_t tsc_enter; /* ticks when the hand-off was complete, just before the kernel */

    uint32_t secure_boot;      /* BATON_SECURE_BOOT_* */
    uint32_t random_seed_size; /* how much of random_seed is from the firmware's generator; or 0 */
    uint8_t random_seed[32];   /* use once, then overwrite */

    uint32_t shortfalls; /* BATON_SHORTFALL_*; since version 1.1 */
    uint32_t reserved;

    /* Since version 1.2. */
    struct baton_range device_tree; /* flattened, 8-byte aligned, as the firmware gave it and not
                                       checked; both 0: none, or it was not asked for (x86-64) */
    uint64_t processor;             /* that the kernel begins on: AArch64: MPIDR_EL1; x86-64: 0 */
    uint64_t privilege;             /* AArch64: the exception level at entry, 1 or 2; x86-64: 0 */
};

/* True when the hand-off at `handoff` is new enough to have `field`. */
#define BATON_HAS(handoff, field)                                                                  \
    ((handoff)->header_size >= offsetof(struct baton_handoff, field) + sizeof((handoff)->field))

/* Makes a kernel of an ELF file: BATON_KERNEL(0, 0x8000); once, outside of functions. The other
 * one is for a kernel that has flags for its note. */
struct baton_note_in_file {
    uint32_t owner_size;
    uint32_t note_size;
    uint32_t type;
    char owner[8];
    struct baton_note note;
} __attribute__((packed, aligned(4)));

/* clang-format off */
#define BATON_KERNEL(minor, stack_size) BATON_KERNEL_WITH(minor, stack_size, 0)
#define BATON_KERNEL_WITH(minor, stack_size, flags)                                                \
    __attribute__((section(".note.baton"), used, aligned(4)))                                      \
    static const struct baton_note_in_file baton_note_in_file = {                                  \
        6, sizeof(struct baton_note), BATON_NOTE_KERNEL, BATON_NOTE_OWNER,                         \
        {BATON_VERSION_MAJOR, (minor), (flags), (stack_size), 0}}
/* clang-format on */

#ifdef __cplusplus
#define BATON_AT(structure, field, offset)                                                         \
    static_assert(offsetof(struct structure, field) == (offset), #structure "." #field)
#define BATON_SIZE(structure, size) static_assert(sizeof(struct structure) == (size), #structure)
#else
#define BATON_AT(structure, field, offset)                                                         \
    _Static_assert(offsetof(struct structure, field) == (offset), #structure "." #field)
#define BATON_SIZE(structure, size) _Static_assert(sizeof(struct structure) == (size), #structure)
#endif
BATON_AT(baton_handoff, magic, BATON_OFFSET_MAGIC);
BATON_AT(baton_handoff, version_major, BATON_OFFSET_VERSION_MAJOR);
BATON_AT(baton_handoff, version_minor, BATON_OFFSET_VERSION_MINOR);
BATON_AT(baton_handoff, header_size, BATON_OFFSET_HEADER_SIZE);
BATON_AT(baton_handoff, total_size, BATON_OFFSET_TOTAL_SIZE);
BATON_AT(baton_handoff, flags, BATON_OFFSET_FLAGS);
BATON_AT(baton_handoff, loader, BATON_OFFSET_LOADER);
BATON_AT(baton_handoff, command_line, BATON_OFFSET_COMMAND_LINE);
BATON_AT(baton_handoff, kernel_path, BATON_OFFSET_KERNEL_PATH);
BATON_AT(baton_handoff, kernel_virtual, BATON_OFFSET_KERNEL_VIRTUAL);
BATON_AT(baton_handoff, kernel_physical, BATON_OFFSET_KERNEL_PHYSICAL);
BATON_AT(baton_handoff, kernel_size, BATON_OFFSET_KERNEL_SIZE);
BATON_AT(baton_handoff, kernel_slide, BATON_OFFSET_KERNEL_SLIDE);
BATON_AT(baton_handoff, memory, BATON_OFFSET_MEMORY);
BATON_AT(baton_handoff, modules, BATON_OFFSET_MODULES);
BATON_AT(baton_handoff, framebuffers, BATON_OFFSET_FRAMEBUFFERS);
BATON_AT(baton_handoff, identity_end, BATON_OFFSET_IDENTITY_END);
BATON_AT(baton_handoff, page_tables, BATON_OFFSET_PAGE_TABLES);
BATON_AT(baton_handoff, stack, BATON_OFFSET_STACK);
BATON_AT(baton_handoff, acpi_rsdp, BATON_OFFSET_ACPI_RSDP);
BATON_AT(baton_handoff, smbios, BATON_OFFSET_SMBIOS);
BATON_AT(baton_handoff, smbios3, BATON_OFFSET_SMBIOS3);
BATON_AT(baton_handoff, efi_system_table, BATON_OFFSET_EFI_SYSTEM_TABLE);
BATON_AT(baton_handoff, efi_map, BATON_OFFSET_EFI_MAP);
BATON_AT(baton_handoff, efi_descriptor_size, BATON_OFFSET_EFI_DESCRIPTOR_SIZE);
BATON_AT(baton_handoff, efi_descriptor_version, BATON_OFFSET_EFI_DESCRIPTOR_VERSION);
BATON_AT(baton_handoff, exit, BATON_OFFSET_EXIT);
BATON_AT(baton_handoff, tsc_hz, BATON_OFFSET_TSC_HZ);
BATON_AT(baton_handoff, tsc_start, BATON_OFFSET_TSC_START);
BATON_AT(baton_handoff, tsc_enter, BATON_OFFSET_TSC_ENTER);
BATON_AT(baton_handoff, secure_boot, BATON_OFFSET_SECURE_BOOT);
BATON_AT(baton_handoff, random_seed_size, BATON_OFFSET_RANDOM_SEED_SIZE);
BATON_AT(baton_handoff, random_seed, BATON_OFFSET_RANDOM_SEED);
BATON_AT(baton_handoff, shortfalls, BATON_OFFSET_SHORTFALLS);
BATON_AT(baton_handoff, device_tree, BATON_OFFSET_DEVICE_TREE);
BATON_AT(baton_handoff, processor, BATON_OFFSET_PROCESSOR);
BATON_AT(baton_handoff, privilege, BATON_OFFSET_PRIVILEGE);
BATON_SIZE(baton_handoff, 368);
BATON_AT(baton_note, version_major, 0);
BATON_AT(baton_note, version_minor, 2);
BATON_AT(baton_note, flags, 4);
BATON_AT(baton_note, stack_size, 8);
BATON_AT(baton_note, reserved, 16);
BATON_SIZE(baton_note, 24);
BATON_AT(baton_table, address, 0);
BATON_AT(baton_table, count, 8);
BATON_AT(baton_table, stride, 12);
BATON_SIZE(baton_table, 16);
BATON_AT(baton_string, address, 0);
BATON_AT(baton_string, size, 8);
BATON_SIZE(baton_string, 16);
BATON_AT(baton_range, address, 0);
BATON_AT(baton_range, size, 8);
BATON_SIZE(baton_range, 16);
BATON_AT(baton_region, address, 0);
BATON_AT(baton_region, size, 8);
BATON_AT(baton_region, type, 16);
BATON_AT(baton_region, reserved, 20);
BATON_SIZE(baton_region, 24);
BATON_AT(baton_module, address, 0);
BATON_AT(baton_module, size, 8);
BATON_AT(baton_module, name, 16);
BATON_SIZE(baton_module, 32);
BATON_AT(baton_framebuffer, address, 0);
BATON_AT(baton_framebuffer, size, 8);
BATON_AT(baton_framebuffer, width, 16);
BATON_AT(baton_framebuffer, height, 20);
BATON_AT(baton_framebuffer, pitch, 24);
BATON_AT(baton_framebuffer, bits_per_pixel, 28);
BATON_AT(baton_framebuffer, red, 30);
BATON_AT(baton_framebuffer, green, 32);
BATON_AT(baton_framebuffer, blue, 34);
BATON_AT(baton_framebuffer, unused, 36);
BATON_AT(baton_framebuffer, reserved, 38);
BATON_AT(baton_framebuffer, edid, 40);
BATON_SIZE(baton_framebuffer, 56);
BATON_AT(baton_change, start, 0);
BATON_AT(baton_change, end, 8);
BATON_AT(baton_change, old_type, 16);
BATON_AT(baton_change, new_type, 20);
BATON_SIZE(baton_change, 24);
BATON_AT(baton_attempt, tsc, 0);
BATON_AT(baton_attempt, map_status, 8);
BATON_AT(baton_attempt, exit_status, 16);
BATON_AT(baton_attempt, key, 24);
BATON_AT(baton_attempt, map_size, 32);
BATON_AT(baton_attempt, descriptor_size, 40);
BATON_AT(baton_attempt, map_calls, 48);
BATON_AT(baton_attempt, map_checksum, 52);
BATON_AT(baton_attempt, flags, 56);
BATON_AT(baton_attempt, change_count, 60);
BATON_AT(baton_attempt, changes, 64);
BATON_SIZE(baton_attempt, 160);
BATON_AT(baton_exit, outcome, 0);
BATON_AT(baton_exit, flags, 4);
BATON_AT(baton_exit, attempts, 8);
BATON_AT(baton_exit, settle_calls, 24);
BATON_AT(baton_exit, tpl_at_start, 28);
BATON_AT(baton_exit, map_capacity, 32);
BATON_AT(baton_exit, reserve_capacity, 40);
BATON_AT(baton_exit, map_required, 48);
BATON_AT(baton_exit, tsc_begin, 56);
BATON_AT(baton_exit, tsc_end, 64);
BATON_AT(baton_exit, late_map, 72);
BATON_SIZE(baton_exit, 232);
BATON_SIZE(baton_note_in_file, 44);
#undef BATON_AT
#undef BATON_SIZE

#endif /* !__ASSEMBLER__ */
#endif
