/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel of Multiboot2 that leaves boot services to its loader, checks what the manual (2.0)
 * promises from inside, and prints a verdict on COM1. 32 bits. Knows the manual, and nothing of
 * Baton.
 */
#include "check.h"

struct __attribute__((packed)) multiboot_registers {
    uint32_t eax, ebx, eflags, cr0, cr4, efer;
    uint16_t segments[6]; /* cs ds es fs gs ss */
};
extern struct multiboot_registers multiboot_registers __asm__("entry_registers");
extern const uint32_t pattern[], pattern_end[];

/* Not in the file. */
static uint8_t blank[3 * PAGE + 321];

struct tag {
    uint32_t type;
    uint32_t size;
    uint8_t body[];
};

static const uint8_t *info;

static uint32_t u32(const void *at)
{
    uint32_t value;

    __builtin_memcpy(&value, at, sizeof(value));
    return value;
}

static uint64_t u64(const void *at)
{
    return u32(at) | (uint64_t)u32((const uint8_t *)at + 4) << 32;
}

/* The first tag of the type behind `after`; NULL: of all. */
static const struct tag *tag_of(uint32_t type, const struct tag *after)
{
    const uint8_t *at = after == NULL ? info + 8 : (const uint8_t *)after;

    if (after != NULL)
        at += (after->size + 7) & ~7U;
    for (; at < info + u32(info); at += (((const struct tag *)(const void *)at)->size + 7) & ~7U) {
        const struct tag *tag = (const void *)at;

        if (tag->type == type)
            return tag;
        if (tag->type == 0)
            break;
    }
    return NULL;
}

static uint32_t limit_of(uint16_t selector)
{
    uint32_t limit = 0;

    __asm__("lsl %1, %0" : "+r"(limit) : "r"((uint32_t)selector) : "cc");
    return limit;
}

static uint32_t access_of(uint16_t selector)
{
    uint32_t access = 0;

    __asm__("lar %1, %0" : "+r"(access) : "r"((uint32_t)selector) : "cc");
    return access >> 8;
}

static void check_state(void)
{
    const struct multiboot_registers *found = &multiboot_registers;
    bool flat = true;

    put("state\n");
    check(found->eax == 0x36d76289, "EAX is the magic number");
    check(found->ebx != 0 && found->ebx % 8 == 0, "EBX is a multiple of 8");
    check((found->cr0 & 0x80000001) == 1, "protected mode, paging off");
    check((found->efer & 0x500) == 0, "no long mode");
    check((found->eflags & 0x20600) == 0, "IF, DF and VM are clear");
    for (unsigned int i = 0; i < 6; i++)
        flat = flat && limit_of(found->segments[i]) == UINT32_MAX;
    check(flat, "all segments have 4 GiB");
    check((access_of(found->segments[0]) & 0x409a) == 0x4098 + 2, "CS is 32-bit code, readable");
    for (unsigned int i = 1; i < 6; i++)
        flat = flat && (access_of(found->segments[i]) & 0x409a) == 0x4092;
    check(flat, "the others are 32-bit data, writable");
}

static void check_image(void)
{
    const struct tag *base = tag_of(21, NULL);
    bool whole = true;

    put("image\n");
    for (const uint32_t *word = pattern; word < pattern_end; word++)
        whole = whole && *word == (uint32_t)(word - pattern) * 28 + 3;
    check(whole, "every byte of it is here");
    for (uint32_t i = 0; i < sizeof(blank); i++)
        whole = whole && ((volatile uint8_t *)blank)[i] == 0;
    check(whole, ".bss is zero");
    check(base != NULL && base->size == 12 && u32(base->body) == (uintptr_t)image_start,
          "the tag of its base tells where it is");
}

static void check_tags(void)
{
    uint32_t at = 8;
    bool ends = false;

    put("tags\n");
    while (!ends && at + 8 <= u32(info)) {
        const struct tag *tag = (const void *)(info + at);

        if (tag->size < 8)
            break;
        ends = tag->type == 0 && tag->size == 8;
        at += (tag->size + 7) & ~7U;
    }
    check(ends && at == u32(info) && u32(info + 4) == 0, "they end where the total size says");
    check(tag_of(18, NULL) == NULL && tag_of(20, NULL) == NULL, "boot services are left");
    check(tag_of(12, NULL) != NULL && u64(tag_of(12, NULL)->body) != 0, "there is a system table");
}

static void check_string(uint32_t type, const char *name)
{
    const struct tag *tag = tag_of(type, NULL);

    if (!check(tag != NULL, name))
        return;
    put("        ");
    put((const char *)tag->body);
    put("\n");
    check(string_length((const char *)tag->body) + 9 == tag->size, "it is as long as it says");
}

/* --- memory --------------------------------------------------------------------------------------
 */

/* Is [start, end) in one entry of type 1? */
static bool is_memory(uint64_t start, uint64_t end)
{
    const struct tag *map = tag_of(6, NULL);

    for (uint32_t at = 8; map != NULL && at + 24 <= map->size - 8; at += 24) {
        uint64_t base = u64(map->body + at);

        if (u32(map->body + at + 16) == 1 && start >= base && end <= base + u64(map->body + at + 8))
            return true;
    }
    return false;
}

static uint32_t map_type(uint32_t efi)
{
    if ((efi >= 1 && efi <= 4) || efi == 7)
        return 1;
    return efi == 9 ? 3 : efi == 10 ? 4 : efi == 8 ? 5 : 2;
}

/* Bytes of each type, in both maps. */
static void sum_up(const struct tag *map, const struct tag *efi, uint64_t sums[2][6])
{
    for (uint32_t at = 8; at + 24 <= map->size - 8; at += 24) {
        uint32_t type = u32(map->body + at + 16);

        sums[0][type < 6 ? type : 0] += u64(map->body + at + 8);
    }
    for (uint32_t at = 8; at + 40 <= efi->size - 8; at += u32(efi->body))
        sums[1][map_type(u32(efi->body + at))] += u64(efi->body + at + 24) * PAGE;
}

static void check_map(void)
{
    const struct tag *map = tag_of(6, NULL);
    const struct tag *efi = tag_of(17, NULL);
    const struct tag *old = tag_of(4, NULL);
    uint64_t sums[2][6] = {{0}};
    uint64_t end = 0;
    bool sorted = true;
    bool same_sums = true;

    put("memory\n");
    if (!check(map != NULL && efi != NULL && old != NULL, "it is told in three ways"))
        return;
    check(u32(map->body) == 24 && u32(map->body + 4) == 0 && (map->size - 16) % 24 == 0,
          "entries of 24 bytes");
    check(u32(efi->body) >= 40 && u32(efi->body + 4) == 1 && (efi->size - 16) % u32(efi->body) == 0,
          "descriptors as the firmware's");
    for (uint32_t at = 8; at + 24 <= map->size - 8; at += 24) {
        sorted = sorted && u64(map->body + at) >= end && u64(map->body + at + 8) != 0;
        end = u64(map->body + at) + u64(map->body + at + 8);
    }
    check(sorted, "the map is sorted");
    sum_up(map, efi, sums);
    for (unsigned int type = 0; type < 6; type++)
        same_sums = same_sums && sums[0][type] == sums[1][type];
    check(same_sums && sums[0][1] != 0, "it is the firmware's, byte for byte");
    check(is_memory((uintptr_t)image_start, (uintptr_t)image_end), "the kernel is in memory");
    check(is_memory((uintptr_t)info, (uintptr_t)info + u32(info)), "so is what it is told");
    check(u32(old->body) <= 640 && is_memory(0, u32(old->body) * 1024ULL), "lower memory");
    check(is_memory(1 << 20, (1 << 20) + u32(old->body + 4) * 1024ULL) &&
              !is_memory(1 << 20, (1 << 20) + u32(old->body + 4) * 1024ULL + 1),
          "upper memory");
}

static void check_modules(void)
{
    put("modules\n");
    for (const struct tag *tag = tag_of(3, NULL); tag != NULL; tag = tag_of(3, tag)) {
        uint32_t start = u32(tag->body);
        uint32_t end = u32(tag->body + 4);

        put("        module [");
        put((const char *)tag->body + 8);
        put("] CRC-32 ");
        put_hex(crc32(at(start), end - start));
        put("\n");
        check(start % PAGE == 0 && end > start, "it is on a page boundary");
        check(is_memory(start, end), "it is in memory");
        check(string_length((const char *)tag->body + 8) + 17 == tag->size,
              "so long are its words");
        check(end <= (uintptr_t)image_start || start >= (uintptr_t)image_end,
              "it is not in the kernel");
    }
}

static uint8_t sum_of(const uint8_t *bytes, uint32_t size)
{
    uint8_t sum = 0;

    while (size-- > 0)
        sum = (uint8_t)(sum + *bytes++);
    return sum;
}

static void check_machine_tags(void)
{
    const struct tag *old = tag_of(14, NULL);
    const struct tag *rsdp = tag_of(15, NULL);
    const struct tag *screen = tag_of(8, NULL);

    put("machine\n");
    check(old != NULL && old->size == 28 && same(old->body, "RSD PTR ", 8) &&
              sum_of(old->body, 20) == 0,
          "the RSDP of ACPI 1.0");
    check(rsdp != NULL && rsdp->size >= 44 && same(rsdp->body, "RSD PTR ", 8) &&
              u32(rsdp->body + 20) == rsdp->size - 8 && sum_of(rsdp->body, rsdp->size - 8) == 0,
          "the RSDP of ACPI 2.0");
    if (screen == NULL) {
        put("        no framebuffer\n");
        return;
    }
    check(screen->size == 38 && screen->body[21] == 1 && screen->body[20] == 32, "a framebuffer");
    check(u32(screen->body + 8) >= u32(screen->body + 12) * 4 && u32(screen->body + 16) != 0,
          "its lines fit");
    *(volatile uint32_t *)(uintptr_t)u64(screen->body) = 0xffffff;
}

_Noreturn void kernel_main(void);
_Noreturn void kernel_main(void)
{
    put("\nBATON-KERNEL: begin\n");
    info = at(multiboot_registers.ebx);
    check_state();
    check_tags();
    check_string(1, "a command line");
    check_string(2, "the loader's name");
    check_image();
    check_map();
    check_modules();
    check_machine_tags();
    put(failures() == 0 ? "BATON-KERNEL: PASS\n" : "BATON-KERNEL: FAIL\n");
    machine_stop(NULL, failures() == 0);
}
