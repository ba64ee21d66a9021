/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel that plays another boot to the TPM: extends registers with digests that a test has put
 * into its file, and prints what they are before and after. Talks to the TPM by itself, at the
 * address that a PC has it at (TCG PC Client Platform TPM Profile, 6: the FIFO interface; TPM 2.0
 * Library, part 3: PCR_Extend, PCR_Read).
 */
#include "check.h"

BATON_KERNEL(0, 0);

#define TPM         0xfed40000U /* locality 0 */
#define ACCESS      0x00U
#define STATUS      0x18U
#define FIFO        0x24U
#define ACTIVE      0x20U /* of ACCESS */
#define REQUEST     0x02U
#define READY       0x40U /* of STATUS */
#define GO          0x20U
#define DATA        0x10U
#define FORGED_MAX  32U
#define DIGEST_SIZE 32U
#define REGISTERS   16U
#define SHA256      0x0bU
#define MESSAGE_MAX 128U
#define DIGEST_AT   30U /* in the answer to PCR_Read of one register */
#define TURNS_MAX   100000000U

struct forged {
    uint8_t magic[16];
    uint32_t count;
    struct {
        uint32_t index;
        uint8_t digest[DIGEST_SIZE];
    } entries[FORGED_MAX];
};

/* The test changes it in the file. */
static volatile struct forged forged = {.magic = "BATON FORGERIES"};

struct message {
    uint8_t bytes[MESSAGE_MAX];
    uint32_t size;
};

static volatile uint8_t *port(uint32_t offset)
{
    return (volatile uint8_t *)(uintptr_t)(TPM + offset);
}

static void wait_for(uint32_t offset, uint8_t bits)
{
    for (uint32_t turn = 0; (*port(offset) & bits) != bits; turn++) {
        if (turn == TURNS_MAX) {
            put("BATON-KERNEL: FAIL the TPM does not answer\n");
            machine_stop(NULL, false);
        }
    }
}

/* Big-endian, as everything in the TPM's messages. */
static void add(struct message *message, uint32_t value, uint32_t bytes)
{
    while (bytes-- > 0)
        message->bytes[message->size++] = (uint8_t)(value >> (8 * bytes));
}

static struct message command(uint32_t tag, uint32_t code)
{
    struct message message = {.size = 0};

    add(&message, tag, 2);
    add(&message, 0, 4); /* the size, see run() */
    add(&message, code, 4);
    return message;
}

/* Leaves the answer in `message`. */
static void run(struct message *message)
{
    uint32_t size = message->size;

    message->size = 2;
    add(message, size, 4);
    *port(ACCESS) = REQUEST;
    wait_for(ACCESS, ACTIVE);
    *port(STATUS) = READY;
    wait_for(STATUS, READY);
    for (uint32_t i = 0; i < size; i++)
        *port(FIFO) = message->bytes[i];
    *port(STATUS) = GO;
    wait_for(STATUS, DATA);
    for (message->size = 0; (*port(STATUS) & DATA) != 0;) {
        uint8_t byte = *port(FIFO);

        if (message->size < MESSAGE_MAX)
            message->bytes[message->size++] = byte;
    }
    *port(STATUS) = READY;
    for (uint32_t i = 6; i < 10; i++) {
        if (message->bytes[i] != 0) {
            put("BATON-KERNEL: FAIL the TPM refuses a command\n");
            machine_stop(NULL, false);
        }
    }
}

static void extend(uint32_t index, const volatile uint8_t *digest)
{
    struct message message = command(0x8002, 0x182);

    add(&message, index, 4);
    add(&message, 9, 4); /* one session: the empty password */
    add(&message, 0x40000009, 4);
    add(&message, 0, 5);
    add(&message, 1, 4);
    add(&message, SHA256, 2);
    for (uint32_t i = 0; i < DIGEST_SIZE; i++)
        add(&message, digest[i], 1);
    run(&message);
}

static void show(const char *when, uint32_t index)
{
    struct message message = command(0x8001, 0x17e);

    add(&message, 1, 4);
    add(&message, SHA256, 2);
    add(&message, 3, 1);
    for (uint32_t i = 0; i < 3; i++)
        add(&message, index / 8 == i ? 1U << index % 8 : 0, 1);
    run(&message);
    put(when);
    put(" ");
    put_decimal(index);
    put(": ");
    for (uint32_t i = 0; i < DIGEST_SIZE; i++) {
        const char digits[] = "0123456789abcdef";
        const uint8_t byte = message.bytes[DIGEST_AT + i];
        const char text[] = {digits[byte >> 4], digits[byte & 15], '\0'};

        put(text);
    }
    put("\n");
}

_Noreturn void kernel_main(const struct baton_handoff *handoff);
_Noreturn void kernel_main(const struct baton_handoff *handoff)
{
    (void)handoff;
    put("\n");
    for (uint32_t i = 0; i < REGISTERS; i++)
        show("before", i);
    for (uint32_t i = 0; i < forged.count && i < FORGED_MAX; i++)
        extend(forged.entries[i].index, forged.entries[i].digest);
    for (uint32_t i = 0; i < REGISTERS; i++)
        show("after", i);
    put("BATON-KERNEL: PASS\n");
    machine_stop(NULL, true);
}
