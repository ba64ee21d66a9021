/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of the boot protocols share: a machine, a volume with a kernel and modules on it,
 * and the request to boot them. Knows nothing of what a kernel of either protocol looks like: the
 * test has put one into kernel_file.
 */
#ifndef BATON_TEST_UNIT_KERNEL_BENCH_H
#define BATON_TEST_UNIT_KERNEL_BENCH_H

#include "boot/protocol.h"
#include "core/checked.h"
#include "core/text.h"
#include "efi/file.h"
#include "firmware_bench.h"

#define KERNEL_SIZE_MAX 0x5000U
#define MODULE_SIZE_MAX 0x3000U
#define DESCRIPTORS     700U
#define LOW_END         (FAKE_LOW + FAKE_LOW_PAGES * PAGE_SIZE)
#define COMMAND_LINE    "root=/dev/vda quiet"
#define SYSTEM_TABLE    0x123456789aU /* only ever handed on */

static uint8_t kernel_file[KERNEL_SIZE_MAX];
static uint8_t head[BOOT_HEAD_SIZE];
static struct fake_file *kernel;
static uint8_t module_files[BOOT_MODULES_MAX][MODULE_SIZE_MAX];
static struct boot_file modules[BOOT_MODULES_MAX];
static struct fake_file *module_fakes[BOOT_MODULES_MAX];
static char module_paths[BOOT_MODULES_MAX][16];
static struct boot_environment environment;
static struct tpm tpm;
static struct kernel_tables tables;
static struct boot_request request;
static struct boot_plan plan;
static struct boot_failure failure;
static struct exit_journal journal;
static struct file *root;

/* A machine, a volume with the first `size` bytes of kernel_file, and a request for it. */
static inline void lay_down_kernel(size_t size)
{
    fake_allow_usual();
    fake_volume();
    fake_cpuid_set(0x80000001, (struct cpuid_answer){.edx = 1U << 20 | 1U << 26});
    kernel = fake_file_add("\\kernel", kernel_file, size);
    assert_int_equal(volume_open(firmware, &leases, &root), 0);
    memcpy(head, kernel_file, sizeof(head));
    memset(&environment, 0, sizeof(environment));
    memset(&journal, 0, sizeof(journal));
    tpm = (struct tpm){0};
    tables = (struct kernel_tables){0};
    environment.tpm = &tpm;
    environment.system_table = SYSTEM_TABLE;
    environment.acpi_rsdp = 0x5678;
    environment.secure_boot = 2;
    request = (struct boot_request){
        .kernel = {.path = "\\kernel", .size = size},
        .kernel_head = span_of(head, sizeof(head)),
        .command_line = COMMAND_LINE,
        .modules = modules,
        .environment = &environment,
        .tables = &tables,
        .map_descriptors_max = DESCRIPTORS,
        .memory_end = LOW_END,
    };
    assert_int_equal(file_open(&leases, root, "\\kernel", &request.kernel.file), 0);
}

/* Module `i` of `size` bytes, each of them i + 1, behind those that the request has. */
static inline void open_module(unsigned int i, uint64_t size)
{
    struct text path = text_in(module_paths[i], sizeof(module_paths[i]));

    text_put(&path, "\\initrd");
    text_put_decimal(&path, i);
    memset(module_files[i], (int)(i + 1), sizeof(module_files[i]));
    modules[i] = (struct boot_file){.path = module_paths[i], .size = size};
    module_fakes[i] = fake_file_add(module_paths[i], module_files[i], size);
    assert_int_equal(file_open(&leases, root, module_paths[i], &modules[i].file), 0);
    request.module_count = i + 1;
}

#endif
