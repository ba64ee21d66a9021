/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/map_buffer.h"

#include "efi/services.h"

/* Canaries at both ends of the guard page: the first notices a spill, the second what went past. */
#define CANARY_WORDS 8U
#define CANARY       0x6261746f6e2d2d21ULL /* unlike any address, size or type in a descriptor */

_Static_assert(sizeof(EFI_MEMORY_DESCRIPTOR) == sizeof(struct memory_descriptor),
               "core's descriptor is the firmware's");

static uint64_t *canary_head(const struct map_buffer *buffer)
{
    return (uint64_t *)(void *)(buffer->data + buffer->capacity);
}

static uint64_t *canary_tail(const struct map_buffer *buffer)
{
    return canary_head(buffer) + MAP_BUFFER_GUARD / sizeof(uint64_t) - CANARY_WORDS;
}

static void guard_arm(const struct map_buffer *buffer)
{
    for (unsigned int i = 0; i < CANARY_WORDS; i++) {
        canary_head(buffer)[i] = CANARY ^ i;
        canary_tail(buffer)[i] = CANARY ^ i;
    }
}

static enum exit_guard guard_look(const struct map_buffer *buffer)
{
    uint64_t head = 0;
    uint64_t tail = 0;

    for (unsigned int i = 0; i < CANARY_WORDS; i++) {
        head |= canary_head(buffer)[i] ^ CANARY ^ i;
        tail |= canary_tail(buffer)[i] ^ CANARY ^ i;
    }
    if (tail != 0)
        return EXIT_GUARD_BROKEN;
    return head != 0 ? EXIT_GUARD_SPILLED : EXIT_GUARD_WHOLE;
}

struct map_buffer map_buffer_take(uint64_t *address, uint64_t capacity)
{
    struct map_buffer buffer = {(uint8_t *)(uintptr_t)*address, capacity};

    guard_arm(&buffer);
    *address += capacity + MAP_BUFFER_GUARD;
    return buffer;
}

void map_buffer_get(const struct firmware *firmware, const struct map_buffer *buffer,
                    struct exit_map_answer *ret_answer)
{
    UINTN size = buffer->capacity; /* a constant: never what an earlier call returned */
    UINTN key = 0;
    UINTN descriptor_size = 0;
    UINT32 version = 0;
    EFI_STATUS status = boot_services(firmware)->GetMemoryMap(&size, (void *)buffer->data, &key,
                                                              &descriptor_size, &version);

    *ret_answer = (struct exit_map_answer){.status = status,
                                           .size = size,
                                           .capacity = buffer->capacity,
                                           .descriptor_size = descriptor_size,
                                           .key = key,
                                           .descriptor_version = version};
    if (buffer->data != NULL)
        ret_answer->guard = guard_look(buffer);
    if (ret_answer->guard == EXIT_GUARD_SPILLED)
        guard_arm(buffer);
}

enum exit_answer map_buffer_judge(const struct map_buffer *buffer,
                                  const struct exit_map_answer *answer, struct memory_map *ret_map)
{
    enum exit_answer judged = exit_judge_map(answer);

    *ret_map = (struct memory_map){buffer->data, answer->size, answer->key, answer->descriptor_size,
                                   answer->descriptor_version};
    if (judged != EXIT_MAP_RAGGED)
        return judged;
    ret_map->size -= answer->size % answer->descriptor_size;
    return memory_map_is_aligned(ret_map) ? EXIT_MAP_RAGGED : EXIT_MAP_MALFORMED;
}
