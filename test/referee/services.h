/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The services that the referee stands in for: all boot services but those it replaces by functions
 * of its own, and the console. Knows the tables and which services touch memory; not what is made
 * of a call.
 */
#ifndef BATON_REFEREE_SERVICES_H
#define BATON_REFEREE_SERVICES_H

#include <efi.h>

#include <stdint.h>

#define SERVICES_MAX      64
#define SERVICE_STUB_SIZE 16

enum service_kind {
    SERVICE_PLAIN,
    SERVICE_MEMORY,    /* Memory Allocation Services, but for GetMemoryMap (UEFI 2.10, 7.2) */
    SERVICE_ALLOCATES, /* cannot do its work without them */
    SERVICE_CONSOLE,
};

const char *service_name(uint32_t service);
enum service_kind service_kind(uint32_t service);

/* Called for each call of a service: by whom. */
typedef void service_observer(uint32_t service, const void *caller);

/* From now on, until services_release(). Allocates nothing; may be called again. */
void services_watch(EFI_SYSTEM_TABLE *system, service_observer *observer);

/* Puts back what was there, wherever nobody else has put something since. */
void services_release(EFI_SYSTEM_TABLE *system);

#endif
