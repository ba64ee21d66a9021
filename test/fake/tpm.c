/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI_TCG2_PROTOCOL and EFI_CC_MEASUREMENT_PROTOCOL. */
#include "tpm.h"

#include "private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define MEASUREMENTS_MAX 64

/* In 32-bit and 16-bit units as they lie in memory: TCG EFI Protocol Specification. */
struct capability {
    UINT8 size;
    UINT8 structure_major;
    UINT8 structure_minor;
    UINT8 protocol_major;
    UINT8 protocol_minor;
    UINT8 padding[3];
    UINT32 hash_algorithms;
    UINT32 event_logs;
    UINT8 present;
    UINT8 rest[19];
};

struct protocol {
    EFI_STATUS(EFIAPI *get_capability)(void *self, struct capability *capability);
    EFI_STATUS(EFIAPI *get_event_log)
    (void *self, UINT32 format, UINT64 *first, UINT64 *last, BOOLEAN *truncated);
    EFI_STATUS(EFIAPI *hash_log_extend_event)
    (void *self, UINT64 flags, UINT64 data, UINT64 size, const UINT8 *event);
    void *fourth;  /* TCG2: SubmitCommand; CC: MapPcrToMrIndex, its last */
    void *rest[4]; /* TCG2: banks, LogHashEvent */
};

static struct protocol protocols[2];
static struct fake_tpm_behaviour behaviours[2];
static unsigned int measured[2]; /* calls */
static struct fake_measurement measurements[MEASUREMENTS_MAX];
static size_t measurement_count;

static enum fake_tpm which_of(const void *self)
{
    assert_true(self == &protocols[FAKE_TCG2] || self == &protocols[FAKE_CC]);
    return self == &protocols[FAKE_TCG2] ? FAKE_TCG2 : FAKE_CC;
}

static EFI_STATUS EFIAPI get_capability(void *self, struct capability *capability)
{
    struct fake_call *call = fake_enter("GetCapability", capability->size, 0, 0);
    const struct fake_tpm_behaviour *behaviour = &behaviours[which_of(self)];

    if (capability->size < behaviour->capability_size) {
        capability->size = behaviour->capability_size;
        return fake_leave(call, EFI_BUFFER_TOO_SMALL);
    }
    if (behaviour->capability_status == EFI_SUCCESS) {
        capability->structure_major = 1;
        capability->structure_minor = behaviour->structure_minor;
        capability->hash_algorithms = 2;
        capability->event_logs = 3;
        capability->present = behaviour->present;
    }
    return fake_leave(call, behaviour->capability_status);
}

static EFI_STATUS EFIAPI get_event_log(void *self, UINT32 format, UINT64 *first, UINT64 *last,
                                       BOOLEAN *truncated)
{
    enum fake_tpm which = which_of(self);
    struct fake_call *call = fake_enter("GetEventLog", which, format, 0);
    const struct fake_tpm_log *log;

    assert_true(format == 1 || format == 2);
    log = &behaviours[which].logs[format];
    *first = log->first;
    *last = log->last;
    *truncated = log->truncated;
    return fake_leave(call, log->status);
}

static UINT32 number_at(const UINT8 *bytes, size_t size)
{
    UINT32 number = 0;

    memcpy(&number, bytes, size);
    return number;
}

static const uint8_t *kept(const void *bytes, size_t size)
{
    return memcpy(fake_keep(size + 1), bytes, size);
}

/* u32 size of all; u32 size of the header, u16 its version 1, u32 register, u32 type; data */
static EFI_STATUS EFIAPI hash_log_extend_event(void *self, UINT64 flags, UINT64 data, UINT64 size,
                                               const UINT8 *event)
{
    enum fake_tpm which = which_of(self);
    const struct fake_tpm_behaviour *behaviour = &behaviours[which];
    struct fake_call *call = fake_enter("HashLogExtendEvent", which, size, 0);
    EFI_STATUS status = EFI_SUCCESS;
    size_t whole = number_at(event, 4);

    assert_int_equal(flags, 0);
    assert_true(data != 0);
    assert_true(whole >= 18);
    assert_int_equal(number_at(event + 4, 4), 14);
    assert_int_equal(number_at(event + 8, 2), 1);
    fake_map_touch();
    if (++measured[which] == behaviour->fail_measurement ||
        (behaviour->fail_ever_after && measured[which] > behaviour->fail_measurement))
        status = behaviour->fail_status;
    if (status != EFI_SUCCESS && status != EFI_VOLUME_FULL)
        return fake_leave(call, status);
    assert_true(measurement_count < MEASUREMENTS_MAX);
    measurements[measurement_count++] = (struct fake_measurement){
        .where = which,
        .index = number_at(event + 10, 4),
        .type = number_at(event + 14, 4),
        .data_address = data,
        .data = kept((const void *)(uintptr_t)data, size),
        .data_size = size,
        .event = kept(event + 18, whole - 18),
        .event_size = whole - 18,
    };
    return fake_leave(call, status);
}

static EFI_STATUS EFIAPI map_pcr_to_mr_index(void *self, UINT32 pcr, UINT32 *index)
{
    struct fake_call *call = fake_enter("MapPcrToMrIndex", pcr, 0, 0);

    assert_int_equal(which_of(self), FAKE_CC);
    if (behaviours[FAKE_CC].map_status == EFI_SUCCESS)
        *index = pcr + FAKE_CC_OFFSET;
    return fake_leave(call, behaviours[FAKE_CC].map_status);
}

FAKE_DENY(SubmitCommand);
FAKE_DENY(PcrBanksAndLogHashEvent);

struct fake_tpm_behaviour *fake_tpm_add(enum fake_tpm which)
{
    static const EFI_GUID guids[] = {
        [FAKE_TCG2] = {0x607f766c,
                       0x7455,
                       0x42be,
                       {0x93, 0x0b, 0xe4, 0xd7, 0x6d, 0xb2, 0x72, 0x0f}},
        [FAKE_CC] = {0x96751a3d, 0x72f4, 0x41a6, {0xa7, 0x94, 0xed, 0x5d, 0x0e, 0x67, 0xae, 0x6b}},
    };
    struct protocol *protocol = &protocols[which];
    struct fake_tpm_behaviour *behaviour = &behaviours[which];

    *protocol = (struct protocol){
        .get_capability = get_capability,
        .get_event_log = get_event_log,
        .hash_log_extend_event = hash_log_extend_event,
        .fourth =
            which == FAKE_CC ? (void *)(uintptr_t)map_pcr_to_mr_index : FAKE_DENIED(SubmitCommand),
    };
    for (size_t i = 0; i < sizeof(protocol->rest) / sizeof(protocol->rest[0]); i++)
        protocol->rest[i] = FAKE_DENIED(PcrBanksAndLogHashEvent);
    *behaviour = (struct fake_tpm_behaviour){
        .structure_minor = 1,
        .capability_size = 36,
        .present = true,
        .fail_status = EFI_DEVICE_ERROR,
        .logs = {{.status = EFI_INVALID_PARAMETER},
                 {.status = EFI_INVALID_PARAMETER},
                 {.status = EFI_INVALID_PARAMETER}},
    };
    fake_install((EFI_HANDLE)(0x7000 + (uintptr_t)which), guids[which], protocol);
    return behaviour;
}

size_t fake_measurement_count(void)
{
    return measurement_count;
}

const struct fake_measurement *fake_measurement_at(size_t index)
{
    assert_true(index < measurement_count);
    return &measurements[index];
}

void fake_tpm_begin(void)
{
    measured[FAKE_TCG2] = 0;
    measured[FAKE_CC] = 0;
    measurement_count = 0;
}
