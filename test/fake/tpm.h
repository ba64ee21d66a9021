/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake firmware's TPM and its measurement registers of a confidential machine: both protocols
 * laid out anew from the specifications, so that a wrong offset in the code under test is seen.
 * Every measurement is checked for its form and kept with copies of what it hashed and logged.
 */
#ifndef BATON_TEST_FAKE_TPM_H
#define BATON_TEST_FAKE_TPM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fake_tpm { FAKE_TCG2, FAKE_CC };

/* What GetEventLog says of one format; with an error too. */
struct fake_tpm_log {
    uint64_t status;
    uint64_t first;
    uint64_t last;
    bool truncated;
};

struct fake_tpm_behaviour {
    uint64_t capability_status;
    uint8_t structure_minor;       /* 1; 0 is the protocol before TCG2 */
    uint8_t capability_size;       /* 36; refuses structures that are smaller */
    bool present;                  /* true */
    unsigned int fail_measurement; /* the k-th HashLogExtendEvent of this protocol; 0: none */
    bool fail_ever_after;          /* and all that follow it */
    uint64_t fail_status;          /* EFI_DEVICE_ERROR */
    uint64_t map_status;           /* of MapPcrToMrIndex */
    struct fake_tpm_log logs[3];   /* by format; 0 is not one; status EFI_INVALID_PARAMETER */
};

/* Installs the protocol, healthy and without logs; what is returned may be changed. */
struct fake_tpm_behaviour *fake_tpm_add(enum fake_tpm which);

struct fake_measurement {
    enum fake_tpm where;
    uint32_t index; /* PCR; of FAKE_CC the register: the PCR plus FAKE_CC_OFFSET */
    uint32_t type;
    uint64_t data_address;
    const uint8_t *data;
    size_t data_size;
    const uint8_t *event;
    size_t event_size;
};
#define FAKE_CC_OFFSET 100U

/* Successful ones and those that were extended but not logged, in their order. */
size_t fake_measurement_count(void);
const struct fake_measurement *fake_measurement_at(size_t index);

#endif
