/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory map, against the firmware's own and against what is known to be where (4). */
#include "check.h"

/* EFI_MEMORY_DESCRIPTOR (UEFI 2.10, 7.2.3) */
struct descriptor {
    uint32_t type;
    uint32_t padding;
    uint64_t address;
    uint64_t virtual;
    uint64_t pages;
    uint64_t attribute;
};

static const struct baton_region *region(const struct baton_handoff *handoff, uint32_t index)
{
    return at(handoff->memory.address + (uint64_t)index * handoff->memory.stride);
}

static const struct baton_region *region_with(const struct baton_handoff *handoff, uint64_t address)
{
    for (uint32_t i = 0; i < handoff->memory.count; i++) {
        const struct baton_region *candidate = region(handoff, i);

        if (address >= candidate->address && address - candidate->address < candidate->size)
            return candidate;
    }
    return NULL;
}

uint32_t region_type(const struct baton_handoff *handoff, uint64_t address)
{
    const struct baton_region *found = region_with(handoff, address);

    return found == NULL ? 0 : found->type;
}

bool is_all(const struct baton_handoff *handoff, uint64_t address, uint64_t size, uint32_t type)
{
    const struct baton_region *found = region_with(handoff, address);

    return found != NULL && found->type == type && size <= found->size - (address - found->address);
}

static const char *type_name(uint32_t type)
{
    switch (type) {
    case BATON_MEMORY_USABLE:
        return "usable";
    case BATON_MEMORY_BOOT_SERVICES:
        return "boot services";
    case BATON_MEMORY_LOADER:
        return "loader";
    case BATON_MEMORY_HANDOFF:
        return "hand-off";
    case BATON_MEMORY_PAGE_TABLES:
        return "page tables";
    case BATON_MEMORY_STACK:
        return "stack";
    case BATON_MEMORY_RESERVED:
        return "reserved";
    case BATON_MEMORY_KERNEL:
        return "kernel";
    case BATON_MEMORY_MODULE:
        return "module";
    case BATON_MEMORY_ACPI:
        return "ACPI tables";
    case BATON_MEMORY_ACPI_NVS:
        return "ACPI NVS";
    case BATON_MEMORY_RUNTIME_CODE:
        return "runtime code";
    case BATON_MEMORY_RUNTIME_DATA:
        return "runtime data";
    case BATON_MEMORY_MMIO:
        return "MMIO";
    default:
        return "other";
    }
}

static void print_map(const struct baton_handoff *handoff)
{
    for (uint32_t i = 0; i < handoff->memory.count; i++) {
        put("        ");
        put_hex(region(handoff, i)->address);
        put(" + ");
        put_hex(region(handoff, i)->size);
        put(" ");
        put(type_name(region(handoff, i)->type));
        put("\n");
    }
}

static void check_shape(const struct baton_handoff *handoff)
{
    bool aligned = true;
    bool sorted = true;
    bool merged = true;
    bool free_memory = false;

    for (uint32_t i = 0; i < handoff->memory.count; i++) {
        const struct baton_region *this = region(handoff, i);

        if ((this->address | this->size) % PAGE != 0 || this->size == 0 || this->reserved != 0)
            aligned = false;
        free_memory = free_memory || this->type == BATON_MEMORY_USABLE;
        if (i == 0)
            continue;
        const struct baton_region *before = region(handoff, i - 1);
        uint64_t end = before->address + before->size;

        sorted = sorted && end <= this->address && before->address < end;
        merged = merged && (end != this->address || before->type != this->type);
    }
    check(aligned, "regions are whole pages, none is empty");
    check(sorted, "regions are sorted and disjoint");
    check(merged, "neighbours differ in type");
    check(free_memory, "there is free memory");
    check(region_type(handoff, 0) == BATON_MEMORY_RESERVED || region_type(handoff, 0) == 0,
          "page 0 is not offered");
}

/* What a page of this EFI type may be called; the types that Baton's own things have included. */
static bool is_right(const struct descriptor *descriptor, uint32_t type, uint64_t address)
{
    bool reclaimable = (type & BATON_MEMORY_RECLAIMABLE) != 0;

    if (address == 0)
        return !reclaimable;
    if (descriptor->type <= 7 && descriptor->type != 0 && (descriptor->attribute >> 18 & 1) != 0)
        return type == BATON_MEMORY_SPECIAL_PURPOSE;
    switch (descriptor->type) {
    case 1: /* EfiLoaderCode, EfiLoaderData */
    case 2:
        return (type == BATON_MEMORY_RESERVED && is_kept(address)) || type == BATON_MEMORY_LOADER ||
               type == BATON_MEMORY_HANDOFF || type == BATON_MEMORY_PAGE_TABLES ||
               type == BATON_MEMORY_STACK || type == BATON_MEMORY_KERNEL ||
               type == BATON_MEMORY_MODULE;
    case 3: /* EfiBootServicesCode, EfiBootServicesData */
    case 4:
        return type == BATON_MEMORY_BOOT_SERVICES;
    case 5:
        return type == BATON_MEMORY_RUNTIME_CODE;
    case 6:
        return type == BATON_MEMORY_RUNTIME_DATA;
    case 7:
        return type == BATON_MEMORY_USABLE;
    case 8:
        return type == BATON_MEMORY_BAD;
    case 9:
        return type == BATON_MEMORY_ACPI;
    case 10:
        return type == BATON_MEMORY_ACPI_NVS;
    case 11:
        return type == BATON_MEMORY_MMIO;
    case 12:
        return type == BATON_MEMORY_MMIO_PORTS;
    case 14:
        return type == BATON_MEMORY_PERSISTENT;
    case 15:
        return type == BATON_MEMORY_UNACCEPTED;
    default:
        return type == BATON_MEMORY_RESERVED;
    }
}

/* Region by region through one descriptor: nothing missing, nothing called what it is not. */
static bool is_described(const struct baton_handoff *handoff, const struct descriptor *descriptor)
{
    uint64_t address = descriptor->address;
    uint64_t end = address + descriptor->pages * PAGE;

    while (address < end) {
        const struct baton_region *found = region_with(handoff, address);

        if (found == NULL || !is_right(descriptor, found->type, address)) {
            put("        descriptor of type ");
            put_decimal(descriptor->type);
            put(" at ");
            put_hex(address);
            put(found == NULL ? " is missing\n" : " has another type\n");
            return false;
        }
        address = found->address + found->size;
    }
    return true;
}

/* For a test that knows from elsewhere what the firmware said last. */
static void print_efi_map(const struct baton_handoff *handoff)
{
    put("        EFI map: ");
    put_decimal(handoff->efi_map.size / handoff->efi_descriptor_size);
    put(" descriptors of ");
    put_decimal(handoff->efi_descriptor_size);
    put(" bytes, CRC-32 ");
    put_hex(crc32(at(handoff->efi_map.address), handoff->efi_map.size));
    put("\n");
}

/* Whether the test says that its firmware's map contradicts itself. */
static bool map_is_odd(const struct baton_handoff *handoff)
{
    static const char word[] = "odd-map";
    const char *line = at(handoff->command_line.address);

    for (uint64_t i = 0; i + sizeof(word) - 1 <= handoff->command_line.size; i++)
        if (same(line + i, word, sizeof(word) - 1))
            return true;
    return false;
}

static void check_against_firmware(const struct baton_handoff *handoff)
{
    uint64_t described = 0;
    uint64_t mapped = 0;
    bool right = true;

    if (!check(handoff->efi_map.size != 0 && handoff->efi_descriptor_size >= 40 &&
                   handoff->efi_map.size % handoff->efi_descriptor_size == 0,
               "the raw EFI map has whole descriptors"))
        return;
    print_efi_map(handoff);
    if (map_is_odd(handoff))
        return;
    check(handoff->efi_descriptor_version == 1, "the EFI descriptor version is 1");
    for (uint64_t offset = 0; offset < handoff->efi_map.size;
         offset += handoff->efi_descriptor_size) {
        const struct descriptor *descriptor = at(handoff->efi_map.address + offset);

        described += descriptor->pages * PAGE;
        right = is_described(handoff, descriptor) && right;
    }
    for (uint32_t i = 0; i < handoff->memory.count; i++)
        mapped += region(handoff, i)->size;
    check(right, "every EFI descriptor is in the map, as what it is");
    check(described == mapped, "and nothing else is");
}

static void check_owners(const struct baton_handoff *handoff)
{
    bool modules = true;

    check(is_all(handoff, handoff->kernel_physical, handoff->kernel_size, BATON_MEMORY_KERNEL),
          "the kernel is the kernel's");
    check(is_all(handoff, (uintptr_t)handoff, handoff->total_size, BATON_MEMORY_HANDOFF),
          "the hand-off is the hand-off");
    check(is_all(handoff, handoff->efi_map.address, handoff->efi_map.size, BATON_MEMORY_HANDOFF),
          "the raw EFI map is part of it");
    for (uint32_t i = 0; i < handoff->modules.count; i++) {
        const struct baton_module *module =
            at(handoff->modules.address + (uint64_t)i * handoff->modules.stride);

        modules = modules && is_all(handoff, module->address, module->size, BATON_MEMORY_MODULE);
    }
    check(modules, "modules are modules");
}

void check_stack_memory(const struct baton_handoff *handoff)
{
    uint64_t end = handoff->stack.address + handoff->stack.size;
    bool mapped = true;

    check(handoff->stack.size >= 0x8000, "the stack is as large as the note asked for");
    for (uint64_t page = handoff->stack.address; page < end; page += PAGE) {
        struct translation t = translate(page);

        if (!t.present || !t.writable || t.executable || t.physical != page)
            mapped = false;
    }
    check(mapped, "the stack is mapped to itself, writable, not executable");
    check(!translate(handoff->stack.address - 1).present, "the page below the stack is not mapped");
    check(is_all(handoff, handoff->stack.address, handoff->stack.size, BATON_MEMORY_STACK),
          "the memory map calls the stack the stack");
    check(region_type(handoff, handoff->stack.address - PAGE) == BATON_MEMORY_LOADER,
          "the memory map does not offer the page below it");
}

void check_memory_map(const struct baton_handoff *handoff)
{
    put("memory map\n");
    print_map(handoff);
    check_shape(handoff);
    check_against_firmware(handoff);
    check_owners(handoff);
}
