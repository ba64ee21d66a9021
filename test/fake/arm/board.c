/* SPDX-License-Identifier: BSD-2-Clause */
/* The bare machine where it is an AArch64 one: what its processor says of itself, and what is below
 * it. */
#include "fake/arm/board.h"

#include "arch/arch.h"
#include "core/base/uart.h"
#include "fake/private.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct fake_board fake_board;

unsigned int machine_exception_level(void)
{
    return fake_board.exception_level;
}

uint64_t machine_features(void)
{
    return fake_board.features;
}

uint64_t machine_memory_model(void)
{
    return fake_board.memory_model;
}

uint64_t machine_memory_model_1(void)
{
    return fake_board.memory_model_1;
}

uint64_t machine_processor(void)
{
    return fake_board.processor;
}

void machine_clean(const void *start, uint64_t size)
{
    fake_board.cleaned = start;
    fake_board.cleaned_size = size;
}

const uint8_t machine_other_start[MACHINE_OTHER_SIZE];

#define PSCI_RESET     0x84000009U
#define PSCI_CPU_ON    0xc4000003U
#define PSCI_NO_SUCH   (-2)
#define PSCI_NOT_KNOWN (-1)

int64_t machine_psci(bool by_smc, uint32_t function, uint64_t first, uint64_t second,
                     uint64_t third)
{
    fake_board.psci_function = function;
    fake_board.psci_by_smc = by_smc;
    if (fake_board.psci_refuses)
        return PSCI_NOT_KNOWN;
    if (function == PSCI_CPU_ON) {
        fake_board.asked++;
        assert_int_not_equal(first, fake_board.processor);
        if (first != fake_board.other || first == 0)
            return PSCI_NO_SUCH;
        assert_ptr_equal(fake_board.cleaned, machine_other_start);
        assert_int_equal(second, (uintptr_t)machine_other_start);
        fake_board.other_begins = third;
        return 0;
    }
    assert_int_equal(function, PSCI_RESET);
    fake_end_with(FAKE_RESET);
}

void machine_gic_open(void)
{
    fake_board.gic_is_open = true;
}

void machine_reset_after(uint64_t ticks, bool by_smc)
{
    fake_board.reset_after = ticks;
    fake_board.reset_by_smc = by_smc;
}

/* --- the interrupt controller: one distributor, and frames of 128 KiB or an interface --- */

/* The register's place, or NULL; frames of other processors can be read only. */
static uint32_t *gic_register(uint64_t address, bool is_store)
{
    static uint32_t told;
    const struct gic *gic = &fake_board.gic;
    uint64_t offset = address - gic->distributor;
    uint64_t frame = (address - gic->processor) / 0x20000;

    if (gic->version == 0)
        return NULL;
    if (offset < 0x1000)
        return &fake_board.gic_shared[offset / 4];
    offset = address - gic->processor;
    if (gic->version == 2)
        return offset < 0x1000 ? &fake_board.gic_own[offset / 4] : NULL;
    if (offset >= (uint64_t)fake_board.gic_frames * 0x20000)
        return NULL;
    offset %= 0x20000;
    assert_true(!is_store || frame == fake_board.gic_own_frame);
    if (offset >= 0x10000)
        return offset < 0x11000 ? &fake_board.gic_own[(offset - 0x10000) / 4] : NULL;
    if (offset == 0x14)
        return &fake_board.gic_waker;
    assert_false(is_store);
    if (offset == 8)
        told = frame + 1 == fake_board.gic_frames ? 1U << 4 : 0;
    else if (offset == 12)
        told = frame == fake_board.gic_own_frame ? 0x01020304 : (uint32_t)frame;
    else
        fail_msg("a redistributor's register %#x", (unsigned int)offset);
    return &told;
}

/* Processors in a redistributor wake when they are told to. */
static void gic_settle(void)
{
    if ((fake_board.gic_waker & 2) == 0 && !fake_board.gic_never_wakes)
        fake_board.gic_waker &= ~4U;
}

/* A tick of the fake is a nanosecond. */
void arch_clock_start(uint64_t acpi_root, struct arch_clock *ret_clock)
{
    (void)acpi_root;
    *ret_clock = (struct arch_clock){.hz = 1000000000};
}

uint64_t arch_clock_hz(const struct arch_clock *clock)
{
    return clock->hz;
}

/* --- the serial port: one register at a time, of the width that it has --- */

static uint64_t uart_register(uint64_t address, unsigned int size)
{
    enum uart_kind kind = (enum uart_kind)(fake_board.uart & UART_KIND_MASK);

    assert_int_not_equal(kind, UART_NONE);
    assert_int_equal(size, kind == UART_16550 ? 1 : 4);
    return address - (fake_board.uart & ~(uint64_t)UART_KIND_MASK);
}

static uint32_t uart_load(uint64_t address, unsigned int size)
{
    uint64_t offset = uart_register(address, size);

    if ((fake_board.uart & UART_KIND_MASK) == UART_PL011) {
        assert_int_equal(offset, 0x18);
        return fake_board.uart_is_stuck ? 0x20 : 0x90;
    }
    assert_int_equal(offset, 5 * size);
    return fake_board.uart_is_stuck ? 0 : 0x60;
}

static void uart_store(uint64_t address, unsigned int size, uint32_t value)
{
    assert_int_equal(uart_register(address, size), 0);
    assert_false(fake_board.uart_is_stuck);
    assert_true(fake_board.uart_length + 1 < sizeof(fake_board.uart_text));
    fake_board.uart_text[fake_board.uart_length++] = (char)value;
}

uint8_t machine_load8(uint64_t address)
{
    return (uint8_t)uart_load(address, 1);
}

void machine_store8(uint64_t address, uint8_t value)
{
    uart_store(address, 1, value);
}

uint32_t machine_load32(uint64_t address)
{
    const uint32_t *found = gic_register(address, false);

    if (found != NULL)
        return *found;
    return uart_load(address, 4);
}

void machine_store32(uint64_t address, uint32_t value)
{
    uint32_t *found = gic_register(address, true);

    if (found != NULL) {
        *found = value;
        gic_settle();
        return;
    }
    uart_store(address, 4, value);
}
