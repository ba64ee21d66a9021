/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the checks of the native test kernel share. The kernel trusts nothing of Baton but the
 * public header: no file of src/ is included, so that a mistake there cannot confirm itself here.
 */
#ifndef KERNEL_CHECK_H
#define KERNEL_CHECK_H

#include <baton-handoff.h>
#include <stdbool.h>

#define PAGE 4096ULL

/* Filled by entry.S before anything else runs; the order is known there. */
struct entry_registers {
    uint64_t general[16]; /* rax rbx rcx rdx rsi rdi rbp rsp r8 ... r15 */
    uint64_t flags;
    uint64_t return_address; /* what RSP pointed to */
    uint64_t cr0, cr3, cr4, efer;
    uint64_t fs_base, gs_base;
    uint16_t cs, ds, es, fs, gs, ss, ldt, reserved;
    uint8_t gdt[16]; /* limit, base; as stored */
    uint8_t idt[16];
    uint32_t mxcsr;
    uint16_t fcw, padding;
};
extern struct entry_registers entry_registers;
enum { RAX, RBX, RCX, RDX, RSI, RDI, RBP, RSP, R8 };

/* From the linker script: the image and its three segments. */
extern const uint8_t image_start[], text_start[], text_end[], rodata_start[], rodata_end[],
    data_start[], data_end[], bss_start[], image_end[];

/* Bytes on COM1. */
void put(const char *text);
void put_hex(uint64_t value);
void put_decimal(uint64_t value);

/* Prints "ok" or "FAIL" and the promise; counts. Returns `kept`. */
bool check(bool kept, const char *promise);
unsigned int failures(void);

static inline const void *at(uint64_t address)
{
    return (const void *)(uintptr_t)address;
}

uint32_t crc32(const void *bytes, uint64_t size);
bool same(const void *a, const void *b, uint64_t size);
uint64_t string_length(const char *string);

/* What the page tables at entry say of one virtual address. */
struct translation {
    bool present;
    bool writable;
    bool executable;
    bool user;
    uint64_t physical;
    uint64_t size; /* of the page */
};
struct translation translate(uint64_t virtual);
bool is_mapped_to_itself(uint64_t address, uint64_t size);

/* Type of the region that has this byte; 0 when none has. */
uint32_t region_type(const struct baton_handoff *handoff, uint64_t address);
bool is_all(const struct baton_handoff *handoff, uint64_t address, uint64_t size, uint32_t type);

void check_machine(const struct baton_handoff *handoff);
void check_page_tables(const struct baton_handoff *handoff);
void check_memory_map(const struct baton_handoff *handoff);
void check_firmware(const struct baton_handoff *handoff);
void check_exit(const struct baton_handoff *handoff);

#endif
