/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake firmware's images: LoadImage, StartImage and UnloadImage, the judges that LoadImage
 * asks, shim, and somebody who asks for an initrd as Linux's EFI stub does. A load options' worth
 * of what the specification leaves open can be chosen; what it forbids fails the test: an image
 * unloaded twice, started twice, or started although its load ended with EFI_SECURITY_VIOLATION.
 */
#ifndef BATON_TEST_FAKE_IMAGES_H
#define BATON_TEST_FAKE_IMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_SECURITY_VIOLATION ((1ULL << 63) | 26)
#define FAKE_LOAD_ERROR         ((1ULL << 63) | 1)
#define FAKE_ALREADY_STARTED    ((1ULL << 63) | 20)
#define FAKE_ABORTED            ((1ULL << 63) | 21)

/* What a started image finds. */
struct fake_started {
    const void *options; /* as the firmware's table says */
    uint32_t options_size;
    bool has_device; /* LoadedImage has the handle of Baton's volume */
};

/* fake_begin() clears it: then every image loads and returns EFI_SUCCESS. */
struct fake_images {
    /* LoadImage */
    uint64_t load_status;     /* said instead of asking the judges */
    uint64_t judge_status;    /* what the firmware's own judges say of every file */
    bool judges_get_a_copy;   /* of the file and of the path, at another address */
    bool judges_another_file; /* first: a driver that the firmware loads meanwhile */
    bool has_no_handle;       /* EFI_SUCCESS without an image */
    bool has_no_loaded_image; /* nor EFI_LOADED_IMAGE_PROTOCOL on it */
    bool has_no_device;       /* LoadedImage's DeviceHandle is NULL */
    /* StartImage */
    uint64_t refuse_status; /* said instead of starting, and the image stays loaded */
    uint64_t start_status;  /* what the image returns */
    bool is_driver;         /* stays unless it returns an error */
    bool is_succeeded;      /* another image has its handle then */
    const void *exit_data;  /* what it leaves: copied into pool */
    uint64_t exit_data_size;
    void (*run)(const struct fake_started *started);
    /* what happened */
    unsigned int loaded;       /* images that are there now, without drivers that stay */
    unsigned int measured;     /* files extended into PCR 4, by whoever */
    unsigned int shim_asked;   /* calls of Verify */
    unsigned int judges_asked; /* calls of the firmware's own judges */
    uint64_t another_status;   /* what became of the other file */
    uint8_t origin[8192];      /* the device path that the last LoadImage was given */
    size_t origin_size;        /* with its end */
};
extern struct fake_images fake_images;

/* LoadOptionsSize of an image that is there, a driver that stays included. */
uint32_t fake_image_options_size(const void *handle);

/* What LoadImage asks; none of it: it does not ask. */
enum fake_judges { FAKE_JUDGE_OF_PATHS = 1, FAKE_JUDGE_OF_FILES = 2 };
void fake_judges(unsigned int judges);
/* Nobody's hand is in the judges' protocols. */
bool fake_judges_are_untouched(void);

/* shim with its lock protocol; since 16 also with its own LoadImage, unless it does not validate.
 */
enum fake_shim { FAKE_SHIM_15, FAKE_SHIM_16, FAKE_SHIM_16_IDLE };
void fake_shim(uint64_t verdict, enum fake_shim kind);

/* The device path of Baton's volume, not copied; needs fake_volume(). */
void fake_volume_path(const void *path);

/* Protocols that the code under test has installed and not taken away. */
unsigned int fake_protocols_installed(void);

/*
 * Asks for the initrd: finds the handle as Linux does and calls LoadFile with `path`, or with what
 * the search has left of the path if that is NULL. FAKE_NOT_FOUND when there is no initrd.
 */
uint64_t fake_initrd_load(const void *path, bool boot_policy, uint64_t *size, void *buffer);
/* Somebody else's initrd. */
void fake_initrd_of_another(void);

#endif
