/* SPDX-License-Identifier: BSD-2-Clause */
/* The bare machine: a clock that advances when it is looked at, ports, and ends that do not end. */
#include "private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define UART_LINE_STATUS 5
#define UART_SCRATCH     7
#define UART_EMPTY       0x60
#define ENDLESS          100000000U

static uint64_t clock_ticks; /* what passes in truth: nanoseconds */
static unsigned int pauses;
static struct acpi_timer timer;
static void (*alarm_handler)(void);
static struct {
    uint32_t leaf;
    struct cpuid_answer answer;
} cpuid_answers[16];
static size_t cpuid_count;

static struct {
    uint32_t msr;
    uint64_t value;
} registers[8];
static size_t register_count;
static uint64_t cr4;

static struct {
    uint16_t port;
    bool stuck;
    uint8_t scratch;
    char text[16384];
    size_t length;
} uart;

static struct fake_port_write writes[256];
static size_t write_count;
static struct fake_port_write inputs[16];
static size_t input_count;

static jmp_buf run_start;
static bool running;
static enum fake_ending ending;

void fake_machine_begin(void)
{
    clock_ticks = 0x123456789;
    pauses = 0;
    cpuid_count = 0;
    register_count = 0;
    cr4 = 0x668; /* OVMF's: DE, PAE, MCE, OSFXSR, OSXMMEXCPT */
    alarm_handler = NULL;
    timer = (struct acpi_timer){0};
    memset(&uart, 0, sizeof(uart));
    write_count = 0;
    input_count = 0;
    running = false;
}

uint64_t arch_ticks(void)
{
    clock_ticks += fake_behaviour.ticks_step;
    return fake_behaviour.counter != NULL ? fake_behaviour.counter(clock_ticks) : clock_ticks;
}

void fake_ticks_advance(uint64_t ticks)
{
    clock_ticks += ticks;
}

/* A wait of milliseconds need not take millions of rounds here. */
void arch_pause(void)
{
    clock_ticks += 1000 * fake_behaviour.ticks_step;
    if (++pauses > ENDLESS)
        fail_msg("a loop that never ends");
}

void fake_cpuid_set(uint32_t leaf, struct cpuid_answer answer)
{
    assert_true(cpuid_count < sizeof(cpuid_answers) / sizeof(cpuid_answers[0]));
    cpuid_answers[cpuid_count].leaf = leaf;
    cpuid_answers[cpuid_count++].answer = answer;
}

struct cpuid_answer machine_cpuid(uint32_t leaf, uint32_t subleaf)
{
    (void)subleaf;
    for (size_t i = cpuid_count; i-- > 0;)
        if (cpuid_answers[i].leaf == leaf)
            return cpuid_answers[i].answer;
    return (struct cpuid_answer){0};
}

void machine_wrmsr(uint32_t msr, uint64_t value)
{
    for (size_t i = register_count; i-- > 0;)
        if (registers[i].msr == msr) {
            registers[i].value = value;
            return;
        }
    fail_msg("there is no MSR 0x%x: a real machine would fault", msr);
}

void machine_alarm_gate(void *room, void (*handler)(void))
{
    for (size_t i = 0; i < MACHINE_GATES_SIZE; i++)
        assert_int_equal(((const uint8_t *)room)[i], 0);
    assert_false(fake_interrupts_are_on());
    alarm_handler = handler;
}

void (*fake_alarm(void))(void)
{
    return alarm_handler;
}

uint64_t machine_cr4(void)
{
    return cr4;
}

void fake_cr4_set(uint64_t value)
{
    cr4 = value;
}

void fake_msr_set(uint32_t msr, uint64_t value)
{
    assert_true(register_count < sizeof(registers) / sizeof(registers[0]));
    registers[register_count].msr = msr;
    registers[register_count++].value = value;
}

uint64_t machine_rdmsr(uint32_t msr)
{
    for (size_t i = register_count; i-- > 0;)
        if (registers[i].msr == msr)
            return registers[i].value;
    fail_msg("there is no MSR 0x%x: a real machine would fault", msr);
    return 0;
}

void arch_interrupts_off(void)
{
    fake_interrupts_off();
}

void fake_uart(uint16_t port, bool stuck)
{
    uart.port = port;
    uart.stuck = stuck;
}

const char *fake_uart_text(void)
{
    return uart.text;
}

void fake_port_set(uint16_t port, uint8_t value)
{
    assert_true(input_count < sizeof(inputs) / sizeof(inputs[0]));
    inputs[input_count++] = (struct fake_port_write){port, value};
}

size_t fake_port_writes(const struct fake_port_write **ret_writes)
{
    *ret_writes = writes;
    return write_count;
}

void machine_out8(uint16_t port, uint8_t value)
{
    if (uart.port != 0 && port == uart.port + UART_SCRATCH)
        uart.scratch = value;
    if (uart.port != 0 && port == uart.port) {
        assert_false(uart.stuck);
        assert_true(uart.length + 1 < sizeof(uart.text));
        uart.text[uart.length++] = (char)value;
        return;
    }
    assert_true(write_count < sizeof(writes) / sizeof(writes[0]));
    writes[write_count++] = (struct fake_port_write){port, value};
}

uint8_t machine_in8(uint16_t port)
{
    for (size_t i = input_count; i-- > 0;)
        if (inputs[i].port == port)
            return inputs[i].value;
    if (uart.port != 0 && port == uart.port + UART_LINE_STATUS) {
        clock_ticks += fake_behaviour.ticks_step;
        return uart.stuck ? 0 : UART_EMPTY;
    }
    if (uart.port != 0 && port == uart.port + UART_SCRATCH)
        return uart.scratch;
    return 0xff;
}

void fake_acpi_timer(const struct acpi_timer *wanted)
{
    timer = *wanted;
}

uint32_t machine_in32(uint16_t port)
{
    uint32_t count = UINT32_MAX;

    clock_ticks += fake_behaviour.port_ticks;
    if (port == timer.port && timer.port != 0)
        count =
            (uint32_t)((unsigned __int128)clock_ticks * ACPI_TIMER_HZ / 1000000000) & timer.mask;
    return fake_behaviour.port_read != NULL ? fake_behaviour.port_read(count) : count;
}

void fake_end_with(enum fake_ending how)
{
    ending = how;
    if (!running)
        fail_msg("the machine was halted or reset outside fake_run()");
    longjmp(run_start, 1);
}

_Noreturn void arch_halt(void)
{
    fake_end_with(FAKE_HALTED);
}

_Noreturn void machine_triple_fault(void)
{
    fake_end_with(FAKE_TRIPLE_FAULT);
}

enum fake_ending fake_run(void (*code)(void *context), void *context)
{
    ending = FAKE_RETURNED;
    running = true;
    if (setjmp(run_start) == 0)
        code(context);
    running = false;
    return ending;
}
