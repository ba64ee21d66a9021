/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the checks of the native test kernel share. The kernel trusts nothing of Baton but the
 * public header: no file of src/ is included, so that a mistake there cannot confirm itself here.
 */
#ifndef KERNEL_CHECK_H
#define KERNEL_CHECK_H

#include <baton-handoff.h>
#include <registers.h> /* of the machine: struct entry_registers */
#include <stdbool.h>

#define PAGE 4096ULL

/* From the linker script: the image and its three segments. */
extern const uint8_t image_start[], text_start[], text_end[], rodata_start[], rodata_end[],
    data_start[], data_end[], bss_start[], image_end[];

/* --- of the machine's folder --- */

/* The serial port, before anything is put on it. */
void port_begin(const struct baton_handoff *handoff);
void port_put(char character);

uint64_t ticks(void);

/* Ends the machine; whoever runs it is told whether every promise was kept. */
_Noreturn void machine_stop(const struct baton_handoff *handoff, bool kept);

/* A page of the loader's that is not to be given out, on machines that have one. */
bool is_kept(uint64_t address);

/* --- of all --- */

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
bool is_segment(const uint8_t *start, const uint8_t *end, bool writable, bool executable);
void check_segments_mapped(const struct baton_handoff *handoff);

/* Type of the region that has this byte; 0 when none has. */
uint32_t region_type(const struct baton_handoff *handoff, uint64_t address);
bool is_all(const struct baton_handoff *handoff, uint64_t address, uint64_t size, uint32_t type);

void check_machine(const struct baton_handoff *handoff);
void check_page_tables(const struct baton_handoff *handoff);
/* The memory of the stack, which every machine has in the same way. */
void check_stack_memory(const struct baton_handoff *handoff);
void check_memory_map(const struct baton_handoff *handoff);
void check_firmware(const struct baton_handoff *handoff);
void check_exit(const struct baton_handoff *handoff);

#endif
