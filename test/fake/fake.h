/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A firmware for tests on the host: real EFI tables, called by the real calling convention, over
 * memory, files, variables and a clock that a test lays down. It denies by default: a service that
 * the test has not allowed fails the test by its name, a service that nobody wrote always does. It
 * logs every call. From the first ExitBootServices on it denies all boot services but GetMemoryMap
 * and ExitBootServices, whatever was allowed. It also stands in for the bare machine (machine.h).
 *
 * Free of EFI's types: tests of code that must not know them can include it. GUIDs are pointers to
 * their 16 bytes. There is one fake firmware at a time; fake_begin() makes it anew.
 */
#ifndef BATON_TEST_FAKE_FAKE_H
#define BATON_TEST_FAKE_FAKE_H

#include "arch/arch.h"
#include "arch/x86_64/machine.h"
#include "core/memory/memory_map.h"
#include "efi/firmware.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_SUCCESS           0ULL
#define FAKE_ERROR(code)       ((1ULL << 63) | (code))
#define FAKE_INVALID_PARAMETER FAKE_ERROR(2)
#define FAKE_UNSUPPORTED       FAKE_ERROR(3)
#define FAKE_BUFFER_TOO_SMALL  FAKE_ERROR(5)
#define FAKE_NOT_READY         FAKE_ERROR(6)
#define FAKE_DEVICE_ERROR      FAKE_ERROR(7)
#define FAKE_OUT_OF_RESOURCES  FAKE_ERROR(9)
#define FAKE_VOLUME_CORRUPTED  FAKE_ERROR(10)
#define FAKE_NOT_FOUND         FAKE_ERROR(14)
#define FAKE_ACCESS_DENIED     FAKE_ERROR(15)
#define FAKE_END_OF_FILE       FAKE_ERROR(31)
#define FAKE_COMPROMISED_DATA  FAKE_ERROR(33)

/* --- life ------------------------------------------------------------------------------------- */

/* A fresh firmware: nothing allowed, nothing on the volume, no console, no display. */
struct firmware *fake_begin(void);

/*
 * The end of a test: fails it when pages, pool or files were not given back, unless an exit was
 * attempted (from then on nothing can be).
 */
void fake_end(void);

/* --- services --------------------------------------------------------------------------------- */

void fake_allow(const char *service); /* "AllocatePages"; an unknown name fails the test */
void fake_deny(const char *service);
/* Pages, pool, map, protocols, priority, watchdog, stall, exit, variables. */
void fake_allow_usual(void);

struct fake_call {
    const char *service;
    uint64_t a; /* the arguments that matter; see each service */
    uint64_t b;
    uint64_t c;
    uint64_t status; /* of those that return one */
    bool by_handler; /* called from inside ExitBootServices */
};
size_t fake_call_count(void);
const struct fake_call *fake_call_at(size_t index);
size_t fake_calls_of(const char *service);

/* --- memory ----------------------------------------------------------------------------------- */
/*
 *   0x100000           FAKE_LOW    real memory of the test process at this very address; pages that
 *                                  are not allocated are poisoned for the address sanitizer
 *   0x200000000000     FAKE_HIGH   the same above 4 GiB
 *   elsewhere                      descriptors without memory behind them
 */
#define FAKE_LOW        0x100000ULL
#define FAKE_LOW_PAGES  0x8000ULL /* 128 MiB */
#define FAKE_HIGH       0x200000000000ULL
#define FAKE_HIGH_PAGES 0x4000ULL /* 64 MiB */

/* Makes pages of the two regions what they are at the start: taken by somebody else. */
void fake_memory_set(uint64_t address, uint64_t pages, uint32_t type);
uint32_t fake_memory_type(uint64_t address);
uint64_t fake_memory_held(void);                           /* pages allocated and not freed */
void fake_memory_disown(uint64_t address, uint64_t pages); /* nobody is to give these back */

/* The first 640 KiB are free. There is no memory behind them: who touches it crashes. */
void fake_memory_below_1_mib(void);

/* The n-th AllocatePages from now on fails (1 is the next); 0: none. */
void fake_fail_allocation(unsigned int n, uint64_t status);

/* --- the memory map and the exit ----------------------------------------------------------------
 */

#define FAKE_DESCRIPTORS_MAX 60000

/* Appends a descriptor and changes the key. */
void fake_map_add(uint32_t type, uint64_t start, uint64_t pages);
/* Appends `count` descriptors of one page each that no firmware could merge; changes the key once.
 */
void fake_map_grow(size_t count);
void fake_map_touch(void); /* changes the key and nothing else */

struct fake_map_answer {
    unsigned int call; /* 1: the first GetMemoryMap */
    bool probe;        /* there was no buffer */
    uint64_t capacity; /* as the caller said */
    /* what the firmware is about to do; may be changed */
    uint64_t status;
    uint64_t size;
    uint64_t key;
    uint64_t descriptor_size;
    uint32_t version;
    uint64_t overrun; /* bytes to write behind the capacity */
};

struct fake_exit_answer {
    unsigned int call; /* 1: the first ExitBootServices */
    uint64_t key;      /* as the caller said */
    bool key_is_right; /* it is that of the map as it is now */
    /* what the firmware is about to do; may be changed */
    uint64_t status;
    bool leaves;  /* does what leaving does, whatever the status */
    bool signals; /* signals the exit event group first; with the right key only, as edk2 */
};

/*
 * A driver's handler of the exit event group, registered before anything that the code under test
 * registers. As in edk2, handlers of a higher priority run first, then the newest first, then what
 * they have signalled in that order. Returns its event.
 */
void *fake_handler_add(uint64_t tpl, void (*notify)(void));
/* An event that only fake_signal() notifies: what a handler puts off. */
void *fake_event_add(uint64_t tpl, void (*notify)(void));
void fake_signal(void *event);

/* How the firmware behaves; fake_begin() sets what is healthy, a test changes what it is about. */
struct fake_behaviour {
    uint64_t descriptor_size; /* 48 */
    uint64_t extra_required;  /* bytes that a size probe asks for beyond the need; 336, as edk2 */
    /* The descriptors before they are laid out: may be changed, moved, removed, added. */
    void (*content)(struct memory_descriptor *descriptors, size_t *count);
    void (*map)(struct fake_map_answer *answer);
    void (*exit)(struct fake_exit_answer *answer);
    bool leaving_cleans_table;        /* true: console and boot services pointers, CRC */
    bool leaving_clears_services;     /* true: the boot services table is zeroed */
    bool leaving_stops_interrupts;    /* true */
    uint64_t tpl;                     /* 4; the task priority the loader was started at */
    uint64_t ticks_step;              /* 100; ticks between two looks at the TSC */
    uint64_t (*counter)(uint64_t ns); /* what the TSC shows, of a broken or a faster one; NULL */
    uint64_t port_ticks;              /* 1000; of a read of a port of 32 bits */
    uint32_t (*port_read)(uint32_t value); /* what such a read gives instead; NULL */
    bool drops_own_signal;           /* false; as U-Boot: of an event that is being notified */
    uint64_t ticks_per_us;           /* 1000; of a stall */
    unsigned int resets_that_return; /* 0; how many ResetSystem calls do nothing */
    uint64_t open_units_max; /* of one path for Open: more is EFI_INVALID_PARAMETER; 0: no limit */
    bool open_gives_nothing; /* Open and OpenVolume succeed, and there is no handle */
    uint64_t open_volume_status;
    bool bottom_up; /* AllocatePages gives the lowest pages, with fake_memory_below_1_mib() too */
    /* Where AllocatePages says its pages are, and has them: `address` may be changed. */
    void (*pages)(uint64_t count, uint64_t *address);
    uint64_t set_variable_status;   /* what SetVariable says instead of doing it */
    uint64_t claimed_variable_size; /* what GetVariable says when it succeeds; 0: the truth */
    bool variables_give_nothing;    /* success of GetVariable, and not a byte */
    uint64_t install_status;        /* the same of InstallMultipleProtocolInterfaces */
    uint64_t variable_size_max;     /* 0x2000 */
    uint64_t install_table_status;  /* what InstallConfigurationTable says instead of doing it */
    size_t event_that_fails;        /* 0: none; the n-th CreateEvent fails */
    void (*on_set_variable)(void);  /* called before anything else */
    void (*kernel)(void); /* NULL; what is entered with boot services alive does, and comes back */
    bool set_variable_forgets; /* says success and does nothing */
    /* Of all calls that change a volume (Open for writing, Write, Flush, Delete, SetInfo). */
    unsigned int change_that_fails; /* 0: none; the n-th of them fails */
    bool changes_fail_ever_after;   /* and all that follow */
    uint64_t change_status;         /* EFI_DEVICE_ERROR */
    uint64_t free_space;            /* of the volume; 1 GiB */
    bool volume_is_read_only;       /* it says so of itself, and has no free space then */
    void (*on_change)(void);        /* called behind each of them */
};
extern struct fake_behaviour fake_behaviour;

bool fake_has_left(void);
/* The system table as it is, console and services and all, with a right or wrong CRC. */
bool fake_system_table_is_clean(void);
bool fake_system_table_crc_is_right(void);
bool fake_interrupts_are_on(void);
uint64_t fake_tpl(void);
bool fake_watchdog_is_armed(void); /* as at the start, five minutes */
uint64_t fake_key(void);
/* The map as it is now, 40 bytes a descriptor, key and all; valid until the next change. */
struct memory_map fake_map(void);

/*
 * From now on another boot services table is in the system table, whose GetMemoryMap and
 * ExitBootServices are somebody's own (a driver that watches or repairs the exit) and call the ones
 * before. Each call through them is counted.
 */
void fake_interpose(void);
unsigned int fake_interposed_calls(void);

/*
 * The rules of the exit, on the log: each ExitBootServices comes right after a GetMemoryMap that
 * said EFI_SUCCESS and uses its key; nothing but these two after the first; no allocation after the
 * last reservation; every GetMemoryMap with a buffer was told a whole capacity, never anything
 * else. Handlers of exit events call GetMemoryMap and SignalEvent and nothing else.
 */
void fake_assert_exit_log(uint64_t capacity, uint64_t reserve_capacity);

/* --- files --------------------------------------------------------------------------------------
 */

/* What SetPosition(2^64-1) does, and GetPosition says then. */
enum fake_end_of_file {
    FAKE_END_IS_RIGHT,
    FAKE_END_IS_REFUSED,
    FAKE_END_IS_KEPT, /* as the number that it is */
    FAKE_END_IS_THE_LAST_BYTE,
    FAKE_END_IS_0,
    FAKE_END_IS_CLAIMED, /* claimed_end */
};

struct fake_file {
    char path[512]; /* "\\loader\\entries\\a.conf" */
    const void *data;
    uint64_t size;
    bool is_directory;
    bool is_read_only;
    bool is_gone; /* it has been deleted */
    /* misbehaviour */
    uint64_t most_per_read;      /* short reads; 0: as much as wanted */
    uint64_t fail_above;         /* reads of more bytes than this fail; 0: none */
    uint64_t fail_above_address; /* so do reads to addresses above this; 0: none */
    unsigned int fail_read;      /* the k-th Read of this file fails; 0: none */
    bool fail_ever_after;        /* and all that follow */
    uint64_t fail_status;        /* EFI_DEVICE_ERROR */
    uint64_t open_status;
    bool lies; /* says `claimed_size` in GetInfo */
    uint64_t claimed_size;
    enum fake_end_of_file end;
    uint64_t claimed_end;
    uint64_t info_status;
    uint64_t info_room;   /* bytes that GetInfo, or Read of a directory, wants to have at least */
    uint64_t info_wants;  /* what it says it wants then; 0: the truth */
    uint64_t info_claims; /* what these say when they succeed; 0: the truth */
    uint64_t read_claims; /* how much more a Read says than was asked for, and wrote */
    bool strict_end;      /* a Read at the end is an error, not 0 bytes */
    bool whole_only;      /* a Read of less than all is EFI_BUFFER_TOO_SMALL, of more an error */
    bool no_position;     /* GetPosition is refused */
    bool endless;         /* any Read succeeds; what it gives is not written */
    bool reopen_fails;    /* it can be opened once */
    bool has_no_end;      /* a directory that begins again after its last name */
    unsigned int reads;   /* counted */
    unsigned int opens;
    /* As in EDK II the first error of a Read is that of all Reads, until nobody has it open. */
    uint64_t error;
};

/* Gives the image a volume (LoadedImage, SimpleFileSystem) with an empty root. */
void fake_volume(void);
/* `data` is not copied. Directories on the way are made. */
struct fake_file *fake_file_add(const char *path, const void *data, uint64_t size);
struct fake_file *fake_directory_add(const char *path);
unsigned int fake_files_open(void);
/* NULL when there is no such file. */
const struct fake_file *fake_file_find(const char *path);
unsigned int fake_changes(void); /* calls so far that change a volume */

/* The disk that Baton's volume is on, and a partition of it that has the same files again. */
struct fake_disk {
    const uint8_t *bytes;      /* not copied */
    uint64_t size;             /* bytes */
    uint32_t block_size;       /* bytes */
    const void *path;          /* device path of the disk */
    const void *extended_path; /* of the partition; NULL: there is none */
    /* misbehaviour */
    unsigned int connects; /* 1: the partition appears when the disk is connected; 2: its volume
                              when the partition is; 3: never */
    uint64_t bad_block;    /* cannot be read; 0: none */
    bool is_absent;        /* no medium */
    bool is_partition;
};
void fake_disk(const struct fake_disk *disk);

/* --- what else a machine has --------------------------------------------------------------------
 */

void fake_image_memory(const void *memory, uint64_t size);   /* Baton's own; needs fake_volume() */
void fake_image_options(const void *options, uint32_t size); /* needs fake_volume() */
void fake_image_path(const uint16_t *path);                  /* the same; NUL-terminated */
void fake_image_path_nodes(const void *nodes);               /* the same; a device path */
void fake_image_device_absent(void);
void fake_in_shell(void);      /* the UEFI shell has started the image */
void fake_volume_absent(void); /* its device has no file system */

void fake_console(void);
const char *fake_console_text(void); /* UTF-8, what was printed so far, "\r\n" and all */

/*
 * A console with rows and columns, and keys that are pressed at their time, in place of the one
 * above. Time passes only while somebody waits, and who would wait for ever fails the test.
 */
struct fake_stroke {
    uint64_t at; /* ms */
    uint16_t scan;
    uint16_t character;
    uint32_t held; /* KeyShiftState */
    bool on_other; /* on another device than the console's */
};
struct fake_terminal {
    uint32_t columns; /* of mode 0; of mode n 20 more each */
    uint32_t rows;    /* 10 more each */
    bool has_plain;   /* ConIn */
    bool has_extended;
    bool
        breaks_lines; /* what is too long for a row goes on in the next one; else it is a failure */
    bool has_other;   /* the protocol on a device that is not the console's */
    const struct fake_stroke *strokes;
    size_t stroke_count;
    /* misbehaviour */
    bool is_stuck; /* the event of the other device, else of ConIn, is always signalled */
    bool no_timer;
    bool no_mode; /* the pointer is NULL */
    uint64_t check_status;
    uint64_t wait_status;
    uint64_t read_status;
    uint64_t query_status;
    uint64_t set_mode_status;
    uint64_t broken_mode; /* 0: none, for mode 0 always works */
};
void fake_terminal(const struct fake_terminal *terminal);
const char *fake_terminal_row(uint32_t row); /* valid until the next call */
uint32_t fake_terminal_attribute(uint32_t row);
bool fake_terminal_shows(const char *text); /* in one row */
bool fake_terminal_cursor_is_visible(void);
uint64_t fake_terminal_ms(void);
void fake_terminal_is_unplugged(void); /* reading a key fails from now on */

enum fake_pixels { FAKE_PIXELS_RGB, FAKE_PIXELS_BGR, FAKE_PIXELS_MASK, FAKE_PIXELS_BLT_ONLY };
struct fake_display {
    uint32_t width;
    uint32_t height;
    uint32_t pixels_per_line;
    enum fake_pixels format;
    uint32_t masks[4]; /* red, green, blue, reserved; with FAKE_PIXELS_MASK */
    uint64_t base;     /* 0: memory is made for it */
    uint64_t size;     /* 0: what the geometry needs */
    bool shows_console;
    const uint8_t *edid; /* of EFI_EDID_ACTIVE_PROTOCOL; NULL: it is not there */
    uint32_t edid_size;
    const uint8_t *edid_discovered; /* of EFI_EDID_DISCOVERED_PROTOCOL; NULL: it is not there */
    uint32_t edid_discovered_size;
    /* misbehaviour: pointers that are NULL */
    bool lacks_mode;
    bool lacks_info;
    bool lacks_base;
    bool lacks_edid_data; /* both protocols are there and say a size */
};
/* Returns the address of the pixels. */
uint64_t fake_display(const struct fake_display *display);

enum fake_table {
    FAKE_TABLE_ACPI,
    FAKE_TABLE_ACPI_20,
    FAKE_TABLE_SMBIOS,
    FAKE_TABLE_SMBIOS3,
    FAKE_TABLE_MEMORY_ATTRIBUTES,
    FAKE_TABLE_RANDOM_SEED,   /* Linux's */
    FAKE_TABLE_TPM_LOG,       /* Linux's */
    FAKE_TABLE_TPM_FINAL_LOG, /* EFI_TCG2_FINAL_EVENTS_TABLE_GUID */
    FAKE_TABLE_CC_FINAL_LOG,  /* EFI_CC_FINAL_EVENTS_TABLE_GUID */
    FAKE_TABLE_ESRT,          /* EFI_SYSTEM_RESOURCE_TABLE_GUID */
    FAKE_TABLE_DEVICE_TREE,   /* EFI_DTB_TABLE_GUID */
    FAKE_TABLE_MEMRESERVE,    /* Linux's */
    FAKE_TABLE_SCREEN_INFO,   /* Linux's */
};
/* As InstallConfigurationTable does: 0 takes the table out. */
void fake_table(enum fake_table table, uint64_t address);
uint64_t fake_table_at(enum fake_table table);    /* 0: there is none */
void fake_smbios(const void *table, size_t size); /* of version 3; not copied */
void fake_tables_fill(uint64_t count);            /* up to so many, with tables nobody knows */
void fake_table_count(uint64_t count);            /* a lie about how many there are */

/*
 * EFI_MEMORY_ATTRIBUTE_PROTOCOL, whose ClearMemoryAttributes ends with `status`; logged with
 * address, size and attributes.
 */
void fake_page_access(uint64_t status);

/* A random number generator; `raw_status` for the raw algorithm, `status` for the default one. */
void fake_rng(const uint8_t *bytes, size_t size, uint64_t raw_status, uint64_t status);

/* A PCI device with EFI_PCI_IO_PROTOCOL; lives until the next fake_begin(). */
struct fake_pci {
    const void *rom;
    uint64_t rom_size;
    uint16_t vendor;
    uint16_t device;
    uint64_t location[4]; /* segment, bus, device, function */
    uint64_t read_status;
    uint64_t location_status;
    uint64_t later_rom_size; /* once it has been asked who it is; 0: the same */
};
void fake_pci(const struct fake_pci *pci);

/* Apple's protocol with the properties of all devices; `data` is not copied. */
struct fake_properties {
    uint64_t version;
    const void *data;
    uint32_t size;
    uint32_t probed_size;  /* what a call without a buffer says; 0: the size */
    uint32_t claimed_size; /* what a call that succeeds says; 0: the size */
    uint64_t status;       /* of a call with a buffer, when there is room */
};
void fake_apple_properties(const struct fake_properties *properties);
void fake_firmware_vendor(const uint16_t *vendor); /* in the system table; NUL-terminated */
void fake_firmware_revision(uint32_t revision);    /* the same */

/* --- variables ----------------------------------------------------------------------------------
 */

extern const uint8_t fake_vendor_global[16];
extern const uint8_t fake_vendor_shim[16];
extern const uint8_t fake_vendor_baton[16];
extern const uint8_t fake_vendor_random_seed[16]; /* Linux's, of the table too */
extern const uint8_t fake_vendor_overwrite[16];   /* of MemoryOverwriteRequestControl */
extern const uint8_t fake_vendor_systemd[16];
void fake_variable_set(const uint8_t vendor[16], const char *name, uint32_t attributes,
                       const void *data, size_t size);
/* NULL when there is none. */
const void *fake_variable(const uint8_t vendor[16], const char *name, uint32_t *ret_attributes,
                          size_t *ret_size);

/* --- the bare machine ---------------------------------------------------------------------------
 */

void fake_ticks_advance(uint64_t ticks);                        /* a tick is a nanosecond */
void fake_cpuid_set(uint32_t leaf, struct cpuid_answer answer); /* all zero else */
void fake_msr_set(uint32_t msr, uint64_t value); /* there is no other: reading one fails the test */
void fake_cr4_set(uint64_t value);
void (*fake_alarm(void))(void); /* where the alarm's interrupt goes; NULL: it is not let in */
void fake_acpi_timer(const struct acpi_timer *timer); /* ACPI's timer, at its port */

void fake_uart(uint16_t port, bool stuck); /* a 16550; a stuck one never has room for a character */
const char *fake_uart_text(void);

struct fake_port_write {
    uint16_t port;
    uint8_t value;
};
size_t
fake_port_writes(const struct fake_port_write **ret_writes); /* but those to the UART's data */
void fake_port_set(uint16_t port, uint8_t value);            /* what reading gives; 0xff else */

/* How code that does not return ended. */
enum fake_ending {
    FAKE_RETURNED,
    FAKE_HALTED,
    FAKE_TRIPLE_FAULT,
    FAKE_RESET,
    FAKE_ENTERED,
    FAKE_ENTERED_ALIVE
};
enum fake_ending fake_run(void (*code)(void *context), void *context);

/* What the kernel was entered with, after FAKE_ENTERED. */
struct entry_state;
const struct entry_state *fake_entered(void);

/* The same after FAKE_ENTERED_ALIVE, or with a fake_behaviour.kernel. */
struct fake_alive {
    uint64_t entry;
    uint32_t eax;
    uint32_t ebx;
};
const struct fake_alive *fake_entered_alive(void);

#endif
