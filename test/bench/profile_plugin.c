/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plugin for QEMU's TCG: counts how often each instruction is executed between the meter's marks.
 * Knows the plugin interface (QEMU, docs/devel/tcg-plugins), of which it declares what it uses,
 * because Debian's QEMU has plugins but no package with their header. Knows no loader.
 *
 * Argument: out=FILE, which gets a line "address executions", hexadecimal, for each instruction.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

/* qemu-plugin.h, version 1 of the interface: the same up to and including QEMU 8. */
typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
enum qemu_plugin_mem_rw { QEMU_PLUGIN_MEM_R = 1 };
struct qemu_info_t;

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*callback)(qemu_plugin_id_t id,
                                                            struct qemu_plugin_tb *block));
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction,
                                            void (*callback)(unsigned int cpu, void *data),
                                            enum qemu_plugin_cb_flags flags, void *data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
                                    void (*callback)(qemu_plugin_id_t id, void *data), void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *instruction);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *instruction);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);

EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc,
                               char **argv);

#define COUNTERS (1U << 20) /* a power of two; a start executes some 20,000 different addresses */

struct counter {
    uint64_t address;
    uint64_t executions;
};

static struct counter counters[COUNTERS];
static bool counting;
static const char *output;

/* The counter of an address, from a hash table with open addressing; the same for each translation.
 */
static struct counter *counter_of(uint64_t address)
{
    uint64_t slot = address * 0x9e3779b97f4a7c15ULL >> 44;

    for (unsigned int i = 0; i < COUNTERS; i++) {
        struct counter *counter = &counters[(slot + i) % COUNTERS];

        if (counter->address == 0)
            counter->address = address;
        if (counter->address == address)
            return counter;
    }
    return NULL;
}

static void executed(unsigned int cpu, void *data)
{
    (void)cpu;
    if (counting)
        ((struct counter *)data)->executions++;
}

static void marked(unsigned int cpu, void *data)
{
    (void)cpu;
    counting = data != NULL;
}

/* nopl number(%rax): 0f 1f 80 and the number, which meter.c has too. */
static bool is_mark(const struct qemu_plugin_insn *instruction, uint32_t number)
{
    uint8_t wanted[7] = {0x0f, 0x1f, 0x80};

    memcpy(wanted + 3, &number, sizeof(number));
    return qemu_plugin_insn_size(instruction) == sizeof(wanted) &&
           memcmp(qemu_plugin_insn_data(instruction), wanted, sizeof(wanted)) == 0;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    size_t count = qemu_plugin_tb_n_insns(block);

    (void)id;
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
        struct counter *counter = counter_of(qemu_plugin_insn_vaddr(instruction));

        if (is_mark(instruction, 0x47454221))
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, marked, QEMU_PLUGIN_CB_NO_REGS,
                                                   counters);
        else if (is_mark(instruction, 0x444e4521))
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, marked, QEMU_PLUGIN_CB_NO_REGS,
                                                   NULL);
        else if (counter != NULL)
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, executed, QEMU_PLUGIN_CB_NO_REGS,
                                                   counter);
    }
}

static void ended(qemu_plugin_id_t id, void *data)
{
    FILE *file = fopen(output, "w");

    (void)id;
    (void)data;
    if (file == NULL)
        return;
    for (unsigned int i = 0; i < COUNTERS; i++)
        if (counters[i].executions != 0)
            fprintf(file, "%llx %llx\n", (unsigned long long)counters[i].address,
                    (unsigned long long)counters[i].executions);
    fclose(file);
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++)
        if (strncmp(argv[i], "out=", 4) == 0)
            output = strdup(argv[i] + 4);
    if (output == NULL)
        return 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
