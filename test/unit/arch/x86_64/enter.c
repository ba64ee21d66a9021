/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last instructions before a kernel, on a processor that is made up: what a program may not do
 * raises a signal, and the handler does it to registers of its own. What the state is in the end is
 * what include/baton-handoff.h promises; how often a register is written matters to guests.
 */
#define _GNU_SOURCE /* the names of the registers in a signal */
#include "arch/arch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <ucontext.h>

#include <cmocka.h>

/* arch_enter() of src/arch/x86_64/enter.S; the fake has one of that name, which ends the run. */
_Noreturn void target_arch_enter(const struct entry_state *state);

#define EFER_LONG_MODE  0x500U
#define EFER_NO_EXECUTE 0x800U
#define STACK_SIZE      0x4000U
#define SIGNALS         64U

static struct {
    uint64_t cr0;
    uint64_t cr3;
    uint64_t cr4;
    uint64_t efer;
    unsigned int efer_reads;
    unsigned int efer_writes;
    uint64_t code_segment;
    uint64_t data_segments; /* loaded with 0x18 */
    bool has_gdt;
    bool has_idt;
    bool has_ldt;
    unsigned int signals;
    gregset_t at_entry;
} machine;

static sigjmp_buf landed;
static uint8_t kernel_stack[STACK_SIZE] __attribute__((aligned(16)));
static uint8_t signal_stack[0x10000];

/* The kernel: one instruction that no program may run. */
void enter_test_kernel(void);
__asm__(".text\n"
        ".globl enter_test_kernel\n"
        "enter_test_kernel: hlt\n");

static bool is(const uint8_t *code, const char *bytes, size_t size)
{
    return memcmp(code, bytes, size) == 0;
}
#define IS(code, bytes) is(code, bytes, sizeof(bytes) - 1)

/* Bytes of a segment register's load, 0x8e and what says which. */
static bool loads_data_segment(const uint8_t *code)
{
    return code[0] == 0x8e && strchr("\xd8\xc0\xe0\xe8\xd0", code[1]) != NULL;
}

static void model_specific(greg_t *registers, bool write)
{
    assert_int_equal(registers[REG_RCX], 0xc0000080);
    if (write) {
        machine.efer =
            (uint64_t)(uint32_t)registers[REG_RAX] | (uint64_t)(uint32_t)registers[REG_RDX] << 32;
        machine.efer_writes++;
        return;
    }
    registers[REG_RAX] = (greg_t)(uint32_t)machine.efer;
    registers[REG_RDX] = (greg_t)(machine.efer >> 32);
    machine.efer_reads++;
}

static void far_return(greg_t *registers)
{
    uint64_t stack[2];

    memcpy(stack, (const void *)registers[REG_RSP], sizeof(stack));
    registers[REG_RIP] = (greg_t)stack[0];
    machine.code_segment = stack[1];
    registers[REG_RSP] += 16;
}

/* Does what one instruction does; how long it is. */
static unsigned int run_one(const uint8_t *code, greg_t *registers)
{
    if (IS(code, "\xfa"))
        return 1;
    if (IS(code, "\x0f\x20\xe0")) {
        registers[REG_RAX] = (greg_t)machine.cr4;
        return 3;
    }
    if (IS(code, "\x0f\x22\xe0")) {
        machine.cr4 = (uint64_t)registers[REG_RAX];
        return 3;
    }
    if (IS(code, "\x0f\x22\xc0")) {
        machine.cr0 = (uint64_t)registers[REG_RAX];
        return 3;
    }
    if (IS(code, "\x41\x0f\x22\xda")) {
        machine.cr3 = (uint64_t)registers[REG_R10];
        return 4;
    }
    if (IS(code, "\x0f\x01\x14\x24") || IS(code, "\x0f\x01\x1c\x24")) {
        machine.has_gdt |= code[2] == 0x14;
        machine.has_idt |= code[2] == 0x1c && *(const uint8_t *)registers[REG_RSP] == 0;
        return 4;
    }
    if (IS(code, "\x0f\x00\xd0")) {
        machine.has_ldt = registers[REG_RAX] != 0;
        return 3;
    }
    if (IS(code, "\x0f\x32") || IS(code, "\x0f\x30")) {
        model_specific(registers, code[1] == 0x30);
        return 2;
    }
    if (loads_data_segment(code)) {
        machine.data_segments += registers[REG_RAX] == 0x18 ? 1 : 0;
        return 2;
    }
    return 0;
}

static void on_signal(int number, siginfo_t *information, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    const uint8_t *code = (const uint8_t *)registers[REG_RIP];
    unsigned int length;

    (void)number;
    (void)information;
    if (code == (const uint8_t *)(uintptr_t)enter_test_kernel || ++machine.signals == SIGNALS) {
        memcpy(machine.at_entry, registers, sizeof(machine.at_entry));
        siglongjmp(landed, 1);
    }
    if (IS(code, "\x48\xcb")) {
        far_return(registers);
        return;
    }
    length = run_one(code, registers);
    if (length == 0) /* an instruction that nobody knows: the count of signals ends it */
        return;
    registers[REG_RIP] += length;
}

/* The state that the kernel begins with, from a machine with these registers. */
static void enter(uint64_t cr4, uint64_t efer)
{
    const struct entry_state state = {.entry = (uintptr_t)enter_test_kernel,
                                      .stack = (uintptr_t)kernel_stack + STACK_SIZE,
                                      .address_space = 0x123000,
                                      .argument = 0x4567};
    const stack_t own = {.ss_sp = signal_stack, .ss_size = sizeof(signal_stack)};
    struct sigaction action = {.sa_sigaction = on_signal,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    struct sigaction before[2];
    stack_t stack_before;

    memset(&machine, 0, sizeof(machine));
    memset(kernel_stack, 0xff, sizeof(kernel_stack));
    machine.cr4 = cr4;
    machine.efer = efer;
    assert_int_equal(sigaltstack(&own, &stack_before), 0);
    assert_int_equal(sigaction(SIGSEGV, &action, &before[0]), 0);
    assert_int_equal(sigaction(SIGILL, &action, &before[1]), 0);
    if (sigsetjmp(landed, 1) == 0)
        target_arch_enter(&state);
    (void)sigaction(SIGSEGV, &before[0], NULL);
    (void)sigaction(SIGILL, &before[1], NULL);
    (void)sigaltstack(&stack_before, NULL);
    assert_true(machine.signals < SIGNALS);
    assert_true((uintptr_t)machine.at_entry[REG_RIP] == (uintptr_t)enter_test_kernel);
}

static void the_kernel_finds_the_promised_state(void **state)
{
    static const int cleared[] = {REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RBP, REG_R8, REG_R9,
                                  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

    (void)state;
    enter(0x668, EFER_LONG_MODE);
    assert_int_equal(machine.cr0, 0x80010033);
    assert_int_equal(machine.cr3, 0x123000);
    assert_int_equal(machine.efer, EFER_LONG_MODE | EFER_NO_EXECUTE);
    assert_int_equal(machine.code_segment, 0x10);
    assert_int_equal(machine.data_segments, 5);
    assert_true(machine.has_gdt);
    assert_true(machine.has_idt);
    assert_false(machine.has_ldt);
    for (size_t i = 0; i < sizeof(cleared) / sizeof(cleared[0]); i++)
        assert_int_equal(machine.at_entry[cleared[i]], 0);
    assert_int_equal(machine.at_entry[REG_RDI], 0x4567);
    assert_int_equal(machine.at_entry[REG_RSI], 0x4567);
    assert_true((uintptr_t)machine.at_entry[REG_RSP] == (uintptr_t)kernel_stack + STACK_SIZE - 8);
    assert_int_equal(*(const uint64_t *)(const void *)(kernel_stack + STACK_SIZE - 8), 0);
    /* No arithmetic flag, no direction; a program cannot take its interrupts (bit 9) away. */
    assert_int_equal(machine.at_entry[REG_EFL] & 0xcd5, 0);
}

/* Intel TDX: a guest that writes EFER gets an exception, for which nobody is left (TDX module,
 * "MSR virtualization"). CPUID does the same to guests of AMD SEV-ES. */
static void a_register_that_is_right_already_is_not_written(void **state)
{
    (void)state;
    enter(0x668, EFER_LONG_MODE | EFER_NO_EXECUTE);
    assert_int_equal(machine.efer_writes, 0);
    assert_int_equal(machine.efer, EFER_LONG_MODE | EFER_NO_EXECUTE);
}

static void no_execute_is_turned_on_once_and_nothing_else_changes(void **state)
{
    (void)state;
    enter(0x668, EFER_LONG_MODE | 1 | 1ULL << 40);
    assert_int_equal(machine.efer_reads, 1);
    assert_int_equal(machine.efer_writes, 1);
    assert_true(machine.efer == (EFER_LONG_MODE | 1 | 1ULL << 40 | EFER_NO_EXECUTE));
}

/* A TDX guest must keep MCE; LA57 cannot change in long mode; CET, PCIDs and PGE must go. */
static void of_cr4_what_must_stay_stays_and_the_rest_goes(void **state)
{
    (void)state;
    enter(0x20, EFER_LONG_MODE);
    assert_int_equal(machine.cr4, 0x620);
    enter(0x40 | 0x1000, EFER_LONG_MODE);
    assert_int_equal(machine.cr4, 0x1660);
    enter(0x800000 | 0x20000 | 0x80 | 0x2000, EFER_LONG_MODE);
    assert_int_equal(machine.cr4, 0x620);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kernel_finds_the_promised_state),
        cmocka_unit_test(a_register_that_is_right_already_is_not_written),
        cmocka_unit_test(no_execute_is_turned_on_once_and_nothing_else_changes),
        cmocka_unit_test(of_cr4_what_must_stay_stays_and_the_rest_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
