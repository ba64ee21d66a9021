/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the files of the fake firmware: EFI's types are known here. */
#ifndef BATON_TEST_FAKE_PRIVATE_H
#define BATON_TEST_FAKE_PRIVATE_H

#include "fake/fake.h"

#include <efi.h>

/*
 * Every service begins with this: fails the test when `service` is not allowed (now), else logs the
 * call and returns its entry, whose status the service fills in.
 */
struct fake_call *fake_enter(const char *service, uint64_t a, uint64_t b, uint64_t c);

/* Sets the status in the log entry and is the service's return value. */
EFI_STATUS fake_leave(struct fake_call *call, EFI_STATUS status);

extern EFI_SYSTEM_TABLE fake_system_table;
extern EFI_BOOT_SERVICES fake_boot_services;
extern EFI_RUNTIME_SERVICES fake_runtime_services;
#define FAKE_IMAGE_HANDLE  ((EFI_HANDLE)(uintptr_t)0x1111)
#define FAKE_DEVICE_HANDLE ((EFI_HANDLE)(uintptr_t)0x2222) /* Baton's volume */

/*
 * FAKE_DENY(X) defines what stands in a table for the service X that nobody wrote: it fails the
 * test by name. FAKE_DENIED(X) is its address, for a pointer of any type.
 */
#define FAKE_DENY(service)                                                                         \
    static EFI_STATUS EFIAPI deny_##service(void)                                                  \
    {                                                                                              \
        fake_denied(#service);                                                                     \
        return EFI_UNSUPPORTED;                                                                    \
    }                                                                                              \
    _Static_assert(sizeof(&deny_##service) == sizeof(void *), "a function's address is a pointer")
#define FAKE_DENIED(service) ((void *)(uintptr_t)deny_##service)
void fake_denied(const char *service);

/* Each file's own beginning and end. */
void fake_memory_begin(void);
void fake_memory_end(void);
void fake_exit_begin(void);
void fake_events_begin(void);
void fake_events_exit(void); /* signals the exit event group */
void fake_files_begin(void);
void fake_files_end(void);
void fake_devices_begin(void);
void fake_devices_end(void);
void fake_tpm_begin(void);
void fake_images_begin(void);
void fake_images_end(void);
void fake_variables_begin(void);
void fake_terminal_begin(void);
void fake_terminal_end(void);
void fake_terminal_stall(uint64_t us);
void fake_machine_begin(void);

/* The handle database. */
EFI_STATUS EFIAPI fake_connect_controller(EFI_HANDLE controller, EFI_HANDLE *drivers,
                                          EFI_DEVICE_PATH *rest, BOOLEAN recursive);
void fake_volume_again(EFI_HANDLE handle); /* the same files on another device */
void fake_install(EFI_HANDLE handle, EFI_GUID guid, void *interface);
bool fake_uninstall(EFI_HANDLE handle, EFI_GUID guid, const void *interface);
EFI_HANDLE fake_new_handle(void);
bool fake_guid_equal(const void *a, const void *b);

void fake_leave_boot_services(void);
bool fake_in_handlers(void);    /* of the exit event group */
bool fake_exit_attempted(void); /* from then on nothing can be given back any more */
void fake_interrupts_off(void);
void fake_end_with(enum fake_ending ending) __attribute__((noreturn));

/* Memory of the fake's own, given back by fake_end(). */
void *fake_keep(size_t size);

/* The services, by the file they live in. */
EFI_STATUS EFIAPI fake_allocate_pages(EFI_ALLOCATE_TYPE type, EFI_MEMORY_TYPE memory, UINTN pages,
                                      EFI_PHYSICAL_ADDRESS *address);
EFI_STATUS EFIAPI fake_free_pages(EFI_PHYSICAL_ADDRESS address, UINTN pages);
EFI_STATUS EFIAPI fake_allocate_pool(EFI_MEMORY_TYPE type, UINTN size, VOID **ret_buffer);
EFI_STATUS EFIAPI fake_free_pool(VOID *buffer);
EFI_STATUS EFIAPI fake_get_memory_map(UINTN *size, EFI_MEMORY_DESCRIPTOR *map, UINTN *key,
                                      UINTN *descriptor_size, UINT32 *version);
EFI_STATUS EFIAPI fake_exit_boot_services(EFI_HANDLE image, UINTN key);
EFI_STATUS fake_create_timer(EFI_EVENT *ret_event);
EFI_STATUS EFIAPI fake_set_timer(EFI_EVENT event, EFI_TIMER_DELAY type, UINT64 units);
EFI_STATUS EFIAPI fake_close_event(EFI_EVENT event);
EFI_STATUS EFIAPI fake_check_event(EFI_EVENT event);
EFI_STATUS EFIAPI fake_wait_for_event(UINTN count, EFI_EVENT *events, UINTN *ret_index);
EFI_STATUS EFIAPI fake_create_event(UINT32 type, EFI_TPL tpl, EFI_EVENT_NOTIFY notify,
                                    VOID *context, EFI_EVENT *ret_event);
EFI_STATUS EFIAPI fake_signal_event(EFI_EVENT event);
EFI_TPL EFIAPI fake_raise_tpl(EFI_TPL tpl);
VOID EFIAPI fake_restore_tpl(EFI_TPL tpl);
EFI_STATUS EFIAPI fake_stall(UINTN microseconds);
EFI_STATUS EFIAPI fake_set_watchdog_timer(UINTN timeout, UINT64 code, UINTN size, CHAR16 *data);
EFI_STATUS EFIAPI fake_handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, VOID **ret_interface);
EFI_STATUS EFIAPI fake_locate_protocol(EFI_GUID *guid, VOID *registration, VOID **ret_interface);
EFI_STATUS EFIAPI fake_locate_handle_buffer(EFI_LOCATE_SEARCH_TYPE type, EFI_GUID *guid, VOID *key,
                                            UINTN *ret_count, EFI_HANDLE **ret_handles);
EFI_STATUS EFIAPI fake_install_configuration_table(EFI_GUID *guid, VOID *table);
EFI_STATUS EFIAPI fake_install_multiple(EFI_HANDLE *handle, ...);
EFI_STATUS EFIAPI fake_uninstall_multiple(EFI_HANDLE handle, ...);
EFI_STATUS EFIAPI fake_locate_device_path(EFI_GUID *guid, EFI_DEVICE_PATH **path,
                                          EFI_HANDLE *ret_handle);
EFI_STATUS EFIAPI fake_load_image(BOOLEAN boot_policy, EFI_HANDLE parent, EFI_DEVICE_PATH *path,
                                  VOID *source, UINTN size, EFI_HANDLE *ret_handle);
EFI_STATUS EFIAPI fake_start_image(EFI_HANDLE handle, UINTN *exit_data_size, CHAR16 **exit_data);
EFI_STATUS EFIAPI fake_unload_image(EFI_HANDLE handle);
EFI_STATUS EFIAPI fake_get_variable(CHAR16 *name, EFI_GUID *vendor, UINT32 *attributes, UINTN *size,
                                    VOID *data);
EFI_STATUS EFIAPI fake_set_variable(CHAR16 *name, EFI_GUID *vendor, UINT32 attributes, UINTN size,
                                    VOID *data);
EFI_STATUS EFIAPI fake_get_time(EFI_TIME *time, EFI_TIME_CAPABILITIES *capabilities);
EFI_STATUS EFIAPI fake_reset_system(EFI_RESET_TYPE type, EFI_STATUS status, UINTN size,
                                    CHAR16 *data);

#endif
