/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel that checks every promise of include/baton-handoff.h from inside and prints a verdict on
 * the serial port. Linked three ways: at a fixed low address, in the upper half,
 * position-independent.
 */
#include "check.h"

#ifdef NOTE_FLAGS
BATON_KERNEL_WITH(2, 0x8000, NOTE_FLAGS);
#else
BATON_KERNEL(0, 0x8000);
#endif

/* Not in the file: page after page that must be zero. And pointers that must have been relocated.
 */
static uint8_t blank[5 * PAGE + 123];
static const char *const words[] = {"left", "right"};

static void check_header(const struct baton_handoff *handoff)
{
    put("hand-off\n");
    check((uintptr_t)handoff % PAGE == 0, "it is at the beginning of a page");
    check(handoff->magic == BATON_HANDOFF_MAGIC, "magic");
    check(handoff->version_major == BATON_VERSION_MAJOR, "major version");
    check(handoff->version_minor == BATON_VERSION_MINOR, "minor version");
    check(handoff->header_size >= sizeof(*handoff) && BATON_HAS(handoff, privilege),
          "it has every field");
    check(handoff->total_size >= handoff->header_size && handoff->total_size % PAGE == 0,
          "it says how large it is");
    check((handoff->flags & ~(uint64_t)BATON_FLAG_RUNTIME_CALLABLE) == 0, "no unknown flag");
    check(handoff->memory.stride >= sizeof(struct baton_region) &&
              handoff->modules.stride >= sizeof(struct baton_module),
          "strides");
}

static void check_string(const struct baton_handoff *handoff, struct baton_string string,
                         const char *name)
{
    const char *text = at(string.address);

    put("        ");
    put(name);
    put(": ");
    put(text);
    put("\n");
    check(string_length(text) == string.size, "it is a C string of its size");
    check(is_all(handoff, string.address, string.size + 1, BATON_MEMORY_HANDOFF),
          "it is in the hand-off");
}

static void check_image(const struct baton_handoff *handoff)
{
    bool zero = true;

    put("kernel\n");
    check(handoff->kernel_virtual == (uintptr_t)image_start,
          "it begins where it is linked or moved to");
    check(handoff->kernel_size ==
              (((uintptr_t)image_end + PAGE - 1) & ~(PAGE - 1)) - (uintptr_t)image_start,
          "its size is that of the image");
    check(handoff->kernel_slide == 0 || handoff->kernel_slide == handoff->kernel_physical,
          "its slide is right");
    for (uint64_t i = 0; i < sizeof(blank); i++)
        zero = zero && ((volatile uint8_t *)blank)[i] == 0;
    for (const uint8_t *byte = bss_start; byte < image_end; byte++)
        zero = zero && *byte == 0;
    check(zero, ".bss is zero");
    check(same(((const char *const volatile *)words)[1], "right", 6), "relocations are applied");
}

static void check_modules(const struct baton_handoff *handoff)
{
    put("modules\n");
    for (uint32_t i = 0; i < handoff->modules.count; i++) {
        const struct baton_module *module =
            at(handoff->modules.address + (uint64_t)i * handoff->modules.stride);
        bool zero = true;

        check_string(handoff, module->name, "module");
        put("        ");
        put_decimal(module->size);
        put(" bytes, CRC-32 ");
        put_hex(crc32(at(module->address), module->size));
        put("\n");
        check(module->address % PAGE == 0 && module->address != 0, "it is on a page boundary");
        for (uint64_t byte = module->address + module->size; byte % PAGE != 0; byte++)
            zero = zero && *(const uint8_t *)at(byte) == 0;
        check(zero, "the rest of its last page is zero");
    }
}

_Noreturn void kernel_main(const struct baton_handoff *handoff);
_Noreturn void kernel_main(const struct baton_handoff *handoff)
{
    port_begin(handoff);
    put("\nBATON-KERNEL: begin\n");
    check_header(handoff);
    check_string(handoff, handoff->loader, "loader");
    check_string(handoff, handoff->command_line, "command line");
    check_string(handoff, handoff->kernel_path, "kernel path");
    check_image(handoff);
    check_machine(handoff);
    check_page_tables(handoff);
    check_memory_map(handoff);
    check_modules(handoff);
    check_firmware(handoff);
    check_exit(handoff);
    if (failures() == 0) {
        put("BATON-KERNEL: PASS\n");
        machine_stop(handoff, true);
    }
    put("BATON-KERNEL: FAIL ");
    put_decimal(failures());
    put("\n");
    machine_stop(handoff, false);
}
