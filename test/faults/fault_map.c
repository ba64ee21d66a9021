/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GetMemoryMap as broken firmware answers it. The real map is fetched, changed, and handed on with
 * a key of its own; sizes and statuses are then right, or wrong as asked for.
 *
 *   late               everything below only from the first ExitBootServices on
 *   too-small=n        EFI_BUFFER_TOO_SMALL n times although it fits, with a key that is valid
 *   one-more=n         the same, and asking each time for one descriptor more than there is room
 *   refused=n          EFI_DEVICE_ERROR n times
 *   refused-until=n    the same until n milliseconds after the first exit
 *   inside=n           the map changes within n calls: the key is stale when the loader gets it
 *   stride=n           DescriptorSize; stride=alternate: 48 and 56 in turn
 *   unset              DescriptorSize and version not written when the buffer is too small
 *   version=n          DescriptorVersion
 *   ragged=n           n bytes more than the descriptors have
 *   spill=n            n bytes written behind the end of the buffer (`times=k`: in k calls only)
 *   beyond=n           success with a size n bytes beyond the capacity (`times` as above)
 *   probe=...          answer to GetMemoryMap(0, NULL): success, invalid, or zero (size, key)
 *   fragments=n        n one-page descriptors more, of memory that is free in truth
 *   types=a,b,..       a page of each type
 *   special            a range with EFI_MEMORY_SP
 *   bare               runtime regions without EFI_MEMORY_RUNTIME
 *   duplicate, overlap, empty, wrap      what they say
 *   shuffle=seed       in no order
 */
#include "fault.h"

#include "core/base/crc32.h"
#include "core/base/mem.h"
#include "hooks.h"
#include "report.h"

#define WORK_SIZE   (2ULL << 20)
#define ENTRIES_MAX (WORK_SIZE / sizeof(EFI_MEMORY_DESCRIPTOR))
#define PAGE        4096ULL
#define REAL_STRIDE 48U /* edk2's, so that nobody takes it for sizeof(EFI_MEMORY_DESCRIPTOR) */
#define MEMORY_SP   0x40000ULL
#define KEPT        8 /* answers that are remembered, to tell which one the loader left with */
#define LOWEST      0x1000000ULL /* below 16 MiB nothing is played with */

static EFI_GET_MEMORY_MAP get_memory_map;
static uint8_t *raw;                   /* as the firmware gave it */
static EFI_MEMORY_DESCRIPTOR *entries; /* as it is told */
static uint64_t count;
static uint8_t *told; /* the bytes of the last map told */

static struct {
    uint64_t calls;
    uint64_t salt;      /* what is added to the firmware's key */
    uint64_t fragments; /* on top of those asked for */
    uint64_t too_small;
    uint64_t one_more;
    uint64_t refused;
    uint64_t inside;
    uint64_t times;
} state;

struct answer {
    UINTN key;
    EFI_STATUS status;
    UINTN size;
    UINTN stride;
    UINT32 crc;
};
static struct answer last;      /* of any status */
static struct answer last_good; /* of status EFI_SUCCESS; its bytes are in `told` */

EFI_STATUS map_prepare(void)
{
    EFI_PHYSICAL_ADDRESS address = 0;
    EFI_STATUS status = fault.services->AllocatePages(AllocateAnyPages, EfiBootServicesData,
                                                      3 * WORK_SIZE / PAGE, &address);

    raw = (uint8_t *)address;
    entries = (EFI_MEMORY_DESCRIPTOR *)(address + WORK_SIZE);
    told = (uint8_t *)(address + 2 * WORK_SIZE);
    return status;
}

void map_change(uint64_t descriptors)
{
    state.salt += 3;
    state.fragments += descriptors;
}

UINTN map_real_key(UINTN key)
{
    return key - state.salt;
}

static bool active(void)
{
    return !fault_flag("late") || fault.exits > 0;
}

static uint64_t number(const char *name, uint64_t absent)
{
    return active() ? fault_number(name, absent) : absent;
}

static bool flag(const char *name)
{
    return number(name, 0) != 0;
}

static void put(uint32_t type, uint64_t start, uint64_t pages, uint64_t attribute)
{
    if (count < ENTRIES_MAX)
        entries[count++] = (EFI_MEMORY_DESCRIPTOR){
            .Type = type, .PhysicalStart = start, .NumberOfPages = pages, .Attribute = attribute};
}

/* Cuts `pages` pages off the largest free region and says where they are; 0: there is none. */
static uint64_t take(uint64_t pages, uint64_t *ret_attribute)
{
    EFI_MEMORY_DESCRIPTOR *largest = NULL;

    for (uint64_t i = 0; i < count; i++)
        if (entries[i].Type == EfiConventionalMemory && entries[i].PhysicalStart >= LOWEST &&
            entries[i].NumberOfPages > pages + 1 &&
            (largest == NULL || entries[i].NumberOfPages > largest->NumberOfPages))
            largest = &entries[i];
    if (largest == NULL)
        return 0;
    largest->NumberOfPages -= pages;
    *ret_attribute = largest->Attribute;
    return largest->PhysicalStart + largest->NumberOfPages * PAGE;
}

static void add_fragments(uint64_t wanted)
{
    uint64_t attribute = 0;
    uint64_t start = wanted == 0 ? 0 : take(wanted, &attribute);

    for (uint64_t i = 0; start != 0 && i < wanted; i++)
        put(i % 2 == 0 ? EfiBootServicesData : EfiConventionalMemory, start + i * PAGE, 1,
            attribute);
}

static void add_types(void)
{
    const char *list;
    uint64_t attribute = 0;
    uint64_t type;

    if (!active() || !words_find(fault.words, "types", &list))
        return;
    while (words_next(&list, &type)) {
        uint64_t start = take(1, &attribute);

        if (start != 0)
            put((uint32_t)type, start, 1, attribute);
    }
}

static void add_nonsense(void)
{
    uint64_t attribute = 0;
    uint64_t start;

    if (flag("special") && (start = take(64, &attribute)) != 0)
        put(EfiConventionalMemory, start, 64, attribute | MEMORY_SP);
    if (flag("overlap") && (start = take(32, &attribute)) != 0) {
        put(EfiConventionalMemory, start, 24, attribute);
        put(EfiReservedMemoryType, start + 8 * PAGE, 8, attribute);
        put(EfiBootServicesData, start + 12 * PAGE, 20, attribute);
    }
    if (flag("empty")) {
        put(EfiReservedMemoryType, 0, 0, 0);
        put(EfiConventionalMemory, 0x2000000, 0, 0xf);
    }
    if (flag("wrap")) {
        put(EfiConventionalMemory, 0xfffffffffffff000, 2, 0xf);
        put(EfiReservedMemoryType, 0x100000, 1ULL << 52, 0);
        put(EfiReservedMemoryType, 0, UINT64_MAX, 0);
    }
}

static void strip_runtime(void)
{
    for (uint64_t i = 0; i < count; i++)
        if (entries[i].Type == EfiRuntimeServicesCode || entries[i].Type == EfiRuntimeServicesData)
            entries[i].Attribute &= ~EFI_MEMORY_RUNTIME;
}

static void duplicate(void)
{
    for (uint64_t i = count; i > 0 && count < ENTRIES_MAX; i--)
        put(entries[i - 1].Type, entries[i - 1].PhysicalStart, entries[i - 1].NumberOfPages,
            entries[i - 1].Attribute);
}

static void shuffle(uint64_t seed)
{
    for (uint64_t i = count; i > 1; i--) {
        EFI_MEMORY_DESCRIPTOR other;
        uint64_t j;

        seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
        j = (seed >> 33) % i;
        other = entries[j];
        entries[j] = entries[i - 1];
        entries[i - 1] = other;
    }
}

/* The real map into `entries`, then all that has been asked for. */
static EFI_STATUS compose(UINTN *ret_key, UINT32 *ret_version)
{
    UINTN size = WORK_SIZE;
    UINTN stride = 0;
    EFI_STATUS status =
        get_memory_map(&size, (EFI_MEMORY_DESCRIPTOR *)(void *)raw, ret_key, &stride, ret_version);

    if (status != EFI_SUCCESS)
        return status;
    count = size / stride;
    for (uint64_t i = 0; i < count; i++)
        memcpy(&entries[i], raw + i * stride, sizeof(entries[i]));
    add_fragments(state.fragments + number("fragments", 0));
    add_types();
    add_nonsense();
    if (flag("bare"))
        strip_runtime();
    if (flag("duplicate"))
        duplicate();
    if (flag("shuffle"))
        shuffle(number("shuffle", 0));
    *ret_key += state.salt;
    return EFI_SUCCESS;
}

static UINTN stride_now(void)
{
    if (active() && words_say(fault.words, "stride", "alternate"))
        return state.calls % 2 == 0 ? 48 : 56;
    return number("stride", REAL_STRIDE);
}

/* True, and one less to come, while there are some. */
static bool once_more(uint64_t *left)
{
    if (!active() || *left == 0)
        return false;
    if (*left != UINT64_MAX)
        --*left;
    return true;
}

static void emit(uint8_t *buffer, UINTN capacity, const struct answer *answer)
{
    UINTN step = answer->stride == 0 ? REAL_STRIDE : answer->stride;

    for (uint64_t i = 0; i < count && (i + 1) * step <= WORK_SIZE; i++) {
        memset(told + i * step, 0, step);
        memcpy(told + i * step, &entries[i], step < sizeof(entries[i]) ? step : sizeof(entries[i]));
    }
    memcpy(buffer, told, count * step <= capacity ? count * step : capacity);
    if (answer->size > count * step && answer->size <= capacity)
        memset(buffer + count * step, 0xee, answer->size - count * step);
}

/* GetMemoryMap(0, NULL), by firmware that answers it in another way than the usual one. */
static bool odd_probe(UINTN *size, UINTN *key, EFI_STATUS *ret_status)
{
    if (!active() || *size != 0)
        return false;
    if (words_say(fault.words, "probe", "success"))
        *ret_status = EFI_SUCCESS;
    else if (words_say(fault.words, "probe", "invalid"))
        *ret_status = EFI_INVALID_PARAMETER;
    else if (words_say(fault.words, "probe", "zero")) {
        *size = 0;
        *key = 0;
        *ret_status = EFI_BUFFER_TOO_SMALL;
    } else {
        return false;
    }
    return true;
}

/* The status for a buffer of `capacity` bytes, and how `answer` says it. */
static EFI_STATUS judge(UINTN capacity, bool buffer, struct answer *answer)
{
    if (!buffer || answer->size > capacity)
        return EFI_BUFFER_TOO_SMALL;
    if (once_more(&state.refused) || (fault.exits > 0 && exit_age() < number("refused-until", 0)))
        return EFI_DEVICE_ERROR;
    if (once_more(&state.too_small))
        return EFI_BUFFER_TOO_SMALL;
    if (once_more(&state.one_more)) {
        answer->size = capacity + answer->stride;
        return EFI_BUFFER_TOO_SMALL;
    }
    return EFI_SUCCESS;
}

static void spoil(uint8_t *buffer, UINTN capacity, struct answer *answer)
{
    uint64_t spill = number("spill", 0);
    uint64_t beyond = number("beyond", 0);

    if ((spill == 0 && beyond == 0) || !once_more(&state.times))
        return;
    memset(buffer + capacity, 0xee, spill);
    if (beyond != 0)
        answer->size = capacity + beyond;
}

static void report_map(UINTN capacity, const struct answer *answer)
{
    report_begin("map");
    report_number("n", state.calls);
    report_number("capacity", capacity);
    report_number("size", answer->size);
    report_number("key", answer->key);
    report_number("status", answer->status);
    report_end();
}

static EFI_STATUS answer_map(UINTN *size, EFI_MEMORY_DESCRIPTOR *map, UINTN *key, UINTN *stride,
                             UINT32 *version)
{
    UINTN capacity = *size;
    struct answer answer = {0};

    state.calls++;
    if (odd_probe(size, key, &answer.status))
        return answer.status;
    answer.status = compose(&answer.key, version);
    if (answer.status != EFI_SUCCESS)
        return answer.status;
    *version = (UINT32)number("version", *version);
    answer.stride = stride_now();
    answer.size = count * (answer.stride == 0 ? REAL_STRIDE : answer.stride) + number("ragged", 0);
    answer.status = judge(capacity, map != NULL, &answer);
    if (answer.status == EFI_SUCCESS) {
        emit((uint8_t *)map, capacity, &answer);
        spoil((uint8_t *)map, capacity, &answer);
        answer.crc = crc32_update(0, told, count * answer.stride);
        last_good = answer;
        if (once_more(&state.inside))
            map_change(0);
    }
    last = answer;
    *size = answer.size;
    *key = answer.key;
    if (answer.status == EFI_SUCCESS || !flag("unset"))
        *stride = answer.stride;
    report_map(capacity, &answer);
    return answer.status;
}

static EFI_STATUS EFIAPI map_hook(UINTN *size, EFI_MEMORY_DESCRIPTOR *map, UINTN *key,
                                  UINTN *stride, UINT32 *version)
{
    EFI_STATUS status;

    machine_open();
    status = answer_map(size, map, key, stride, version);
    machine_shut();
    return status;
}

void map_report_left(UINTN key)
{
    report_begin("left");
    report_number("count", count);
    report_number("crc", last_good.crc);
    report_number("stride", last_good.stride);
    report_number("maps", state.calls);
    report_number("exits", fault.exits);
    /* With a key that came with no map, or with an older one, it leaves on a map it has not seen.
     */
    report_number("fresh", last_good.key == key && last.status == EFI_SUCCESS);
    report_end();
    if (!fault_flag("dump"))
        return;
    for (uint64_t i = 0; i < count; i++) {
        report_begin("range");
        report_number("type", entries[i].Type);
        report_number("start", entries[i].PhysicalStart);
        report_number("pages", entries[i].NumberOfPages);
        report_number("attribute", entries[i].Attribute);
        report_end();
    }
}

void map_arm(void)
{
    state.too_small = fault_number("too-small", 0);
    state.one_more = fault_number("one-more", 0);
    state.refused = fault_number("refused", 0);
    state.inside = fault_number("inside", 0);
    state.times = fault_number("times", UINT64_MAX);
    get_memory_map = hook_service(fault.services, GetMemoryMap, map_hook);
}
