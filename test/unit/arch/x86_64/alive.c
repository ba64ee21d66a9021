/* SPDX-License-Identifier: BSD-2-Clause */
/* The jump into a kernel that finds boot services alive: what it finds, and that it may come back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* arch_enter_alive() of src/arch/x86_64/alive.S; the fake has one of that name. */
void target_arch_enter_alive(uint64_t entry, uint32_t eax, uint32_t ebx);

struct found {
    uint64_t rax, rbx, rsp, flags;
};
extern struct found alive_found;
struct found alive_found;

/* The kernel: keeps what it finds, changes every register but the stack pointer, and returns. */
void alive_test_kernel(void);
__asm__(".text\n"
        ".globl alive_test_kernel\n"
        "alive_test_kernel:\n"
        "    mov %rax, alive_found+0(%rip)\n"
        "    mov %rbx, alive_found+8(%rip)\n"
        "    mov %rsp, alive_found+16(%rip)\n"
        "    pushfq\n"
        "    popq alive_found+24(%rip)\n"
        "    mov $-1, %rax\n"
        "    mov %rax, %rbx\n"
        "    mov %rax, %rcx\n"
        "    mov %rax, %rdx\n"
        "    mov %rax, %rsi\n"
        "    mov %rax, %rdi\n"
        "    mov %rax, %rbp\n"
        "    mov %rax, %r8\n"
        "    mov %rax, %r9\n"
        "    mov %rax, %r10\n"
        "    mov %rax, %r11\n"
        "    mov %rax, %r12\n"
        "    mov %rax, %r13\n"
        "    mov %rax, %r14\n"
        "    mov %rax, %r15\n"
        "    ret\n");

static void the_numbers_are_in_eax_and_ebx_and_nothing_above(void **state)
{
    (void)state;
    target_arch_enter_alive((uintptr_t)alive_test_kernel, 0x36d76289, 0x80000010);
    assert_int_equal(alive_found.rax, 0x36d76289);
    assert_int_equal(alive_found.rbx, 0x80000010);
}

static void the_stack_is_aligned_as_for_a_function(void **state)
{
    (void)state;
    target_arch_enter_alive((uintptr_t)alive_test_kernel, 0, 0);
    assert_int_equal(alive_found.rsp % 16, 8); /* with the return address on it */
    assert_int_equal(alive_found.flags & 0x400, 0);
}

/* Whatever it has done to the registers: the compiler keeps values in them across the call. */
static void a_kernel_may_come_back(void **state)
{
    volatile uint64_t source = 1;
    uint64_t kept[6];

    (void)state;
    for (unsigned int i = 0; i < 6; i++)
        kept[i] = source++;
    register uint64_t a __asm__("rbx") = kept[0];
    register uint64_t b __asm__("r12") = kept[1];
    register uint64_t c __asm__("r13") = kept[2];
    register uint64_t d __asm__("r14") = kept[3];
    register uint64_t e __asm__("r15") = kept[4];
    __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e));
    target_arch_enter_alive((uintptr_t)alive_test_kernel, 5, 6);
    __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e));
    assert_true(a == 1 && b == 2 && c == 3 && d == 4 && e == 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_numbers_are_in_eax_and_ebx_and_nothing_above),
        cmocka_unit_test(the_stack_is_aligned_as_for_a_function),
        cmocka_unit_test(a_kernel_may_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
