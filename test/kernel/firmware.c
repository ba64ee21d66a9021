/* SPDX-License-Identifier: BSD-2-Clause */
/* What the firmware left behind: its tables, its framebuffer, its runtime services (5). */
#include "check.h"

/* UEFI 2.10, 4.3: offsets into EFI_SYSTEM_TABLE, in eight bytes. */
enum {
    ST_SIGNATURE = 0,
    ST_CONSOLE_FIRST = 5, /* ConsoleInHandle ... StdErr */
    ST_CONSOLE_LAST = 10,
    ST_RUNTIME_SERVICES = 11,
    ST_BOOT_SERVICES = 12,
};
/* UEFI 2.10, 4.5: likewise into EFI_RUNTIME_SERVICES. */
enum { RT_GET_TIME = 3, RT_GET_VARIABLE = 9 };

#define HEADER_SIZE 24
#define NOT_FOUND   0x800000000000000eULL

static bool sums_to_zero(const uint8_t *bytes, uint64_t size)
{
    uint8_t sum = 0;

    for (uint64_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + bytes[i]);
    return sum == 0;
}

static void check_acpi(const struct baton_handoff *handoff)
{
    const uint8_t *rsdp = at(handoff->acpi_rsdp);
    uint32_t type = region_type(handoff, handoff->acpi_rsdp);

    if (!check(rsdp != NULL || handoff->device_tree.size != 0,
               "there is an ACPI RSDP, or a device tree") ||
        rsdp == NULL)
        return;
    check(same(rsdp, "RSD PTR ", 8) && sums_to_zero(rsdp, 20), "it has signature and checksum");
    check(rsdp[15] < 2 || sums_to_zero(rsdp, 36), "and the checksum of ACPI 2.0");
    check(type != BATON_MEMORY_USABLE && type != 0, "it is not in free memory");
}

static void check_tree(const struct baton_handoff *handoff)
{
    const uint8_t *tree = at(handoff->device_tree.address);
    uint64_t size = handoff->device_tree.size;

    put("        device tree: ");
    put_decimal(size);
    put(" bytes\n");
    check((size == 0) == (tree == NULL) && (uintptr_t)tree % 8 == 0, "no tree, no address");
    if (size == 0)
        return;
    check(same(tree, "\xd0\x0d\xfe\xed", 4), "it has its magic");
    check((tree[4] << 24 | tree[5] << 16 | tree[6] << 8 | tree[7]) == (int)size, "and its size");
    check(is_all(handoff, handoff->device_tree.address, size, BATON_MEMORY_HANDOFF),
          "it is in the hand-off");
}

static void check_smbios(const struct baton_handoff *handoff)
{
    const uint8_t *old = at(handoff->smbios);
    const uint8_t *new = at(handoff->smbios3);

    check(old != NULL || new != NULL, "there is an SMBIOS entry point");
    check(old == NULL || (same(old, "_SM_", 4) && sums_to_zero(old, old[5])),
          "the 32-bit one has anchor and checksum, if it is there");
    check(new == NULL || (same(new, "_SM3_", 5) && sums_to_zero(new, new[6])),
          "the 64-bit one has anchor and checksum, if it is there");
}

/* The table with its CRC field taken for 0. */
static bool has_right_crc(const uint8_t *table)
{
    uint8_t copy[256] = {0};
    uint32_t size = *(const uint32_t *)(const void *)(table + 12);
    uint32_t crc = *(const uint32_t *)(const void *)(table + 16);

    if (size < HEADER_SIZE || size > sizeof(copy))
        return false;
    for (uint32_t i = 0; i < size; i++)
        copy[i] = i >= 16 && i < 20 ? 0 : table[i];
    return crc32(copy, size) == crc;
}

static void check_runtime(const struct baton_handoff *handoff, const uint64_t *services)
{
    /* EFI_GLOBAL_VARIABLE, 8be4df61-93ca-11d2-aa0d-00e098032b8c */
    static const uint8_t vendor[16] = {0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
                                       0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c};
    static const uint16_t name[] = u"BootOrder";
    uint64_t(EFI_CALL * get_time)(void *, void *);
    uint64_t(EFI_CALL * get_variable)(const uint16_t *, const void *, uint32_t *, uint64_t *,
                                      void *);
    uint16_t time[8] = {0};
    uint16_t value[64];
    uint64_t size = sizeof(value);
    uint32_t attributes = 0;
    uint64_t status;

    if ((handoff->flags & BATON_FLAG_RUNTIME_CALLABLE) == 0) {
        put("        runtime services are not callable: not tried\n");
        return;
    }
    get_time = (uint64_t(EFI_CALL *)(void *, void *))services[RT_GET_TIME];
    get_variable = (uint64_t(EFI_CALL *)(const uint16_t *, const void *, uint32_t *, uint64_t *,
                                         void *))services[RT_GET_VARIABLE];
    status = get_time(time, NULL);
    check(status == 0 && time[0] >= 2000, "GetTime works by physical address");
    status = get_variable(name, vendor, &attributes, &size, value);
    check((status == 0 && size >= 2 && attributes == 7) || status == NOT_FOUND,
          "GetVariable works by physical address");
}

static void check_efi(const struct baton_handoff *handoff)
{
    const uint64_t *table = at(handoff->efi_system_table);
    const uint64_t *services;
    bool clean = true;

    if (!check(table != NULL && table[ST_SIGNATURE] == 0x5453595320494249,
               "the EFI system table has its signature"))
        return;
    check(has_right_crc((const uint8_t *)table), "and its CRC");
    for (unsigned int i = ST_CONSOLE_FIRST; i <= ST_CONSOLE_LAST; i++)
        clean = clean && table[i] == 0;
    check(clean && table[ST_BOOT_SERVICES] == 0, "consoles and boot services are gone from it");
    services = at(table[ST_RUNTIME_SERVICES]);
    check(services[ST_SIGNATURE] == 0x56524553544e5552,
          "the runtime services have their signature");
    check_runtime(handoff, services);
}

/* Shows a bar, and that what is written there stays. */
static bool can_draw(const struct baton_framebuffer *framebuffer)
{
    volatile uint32_t *line = (volatile uint32_t *)(uintptr_t)framebuffer->address;

    for (uint32_t x = 0; x < framebuffer->width; x++)
        line[x] = 0x00ff8000;
    return (line[0] & 0xffffff) == 0xff8000 &&
           (line[framebuffer->width - 1] & 0xffffff) == 0xff8000;
}

static void check_framebuffer(const struct baton_handoff *handoff)
{
    const struct baton_framebuffer *framebuffer = at(handoff->framebuffers.address);

    put("        framebuffers: ");
    put_decimal(handoff->framebuffers.count);
    put("\n");
    check(handoff->framebuffers.stride >= sizeof(*framebuffer), "framebuffer stride");
    check((handoff->framebuffers.count == 0) == (framebuffer == NULL),
          "no framebuffer, no address");
    if (handoff->framebuffers.count == 0)
        return;
    check(framebuffer->width != 0 && framebuffer->height != 0 &&
              framebuffer->pitch >= framebuffer->width * (framebuffer->bits_per_pixel / 8U) &&
              (uint64_t)framebuffer->pitch * framebuffer->height <= framebuffer->size,
          "the framebuffer's sizes agree");
    check(
        framebuffer->red.size == 8 && framebuffer->green.size == 8 && framebuffer->blue.size == 8 &&
            framebuffer->red.position + framebuffer->green.position + framebuffer->blue.position ==
                24,
        "its colours are three different bytes");
    check(framebuffer->edid.size == 0 || framebuffer->edid.size == 128, "EDID: one block or none");
    if (check(is_mapped_to_itself(framebuffer->address, framebuffer->size), "it is mapped"))
        check(framebuffer->bits_per_pixel != 32 || can_draw(framebuffer), "it keeps what is drawn");
}

void check_firmware(const struct baton_handoff *handoff)
{
    put("firmware\n");
    check_acpi(handoff);
    check_tree(handoff);
    check_smbios(handoff);
    check_efi(handoff);
    check_framebuffer(handoff);
}
