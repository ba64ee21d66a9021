/* SPDX-License-Identifier: BSD-2-Clause */
/* A linear framebuffer as data: what the Graphics Output Protocol says of it (UEFI 2.10, 12.9). */
#ifndef BATON_CORE_SCREEN_FRAMEBUFFER_H
#define BATON_CORE_SCREEN_FRAMEBUFFER_H

#include <stdint.h>

struct framebuffer_channel {
    uint8_t size;     /* bits */
    uint8_t position; /* of the least significant bit in a pixel */
};

struct framebuffer {
    uint64_t address; /* physical; 0: there is none */
    uint64_t size;    /* bytes that the firmware says it has */
    uint32_t width;   /* pixels */
    uint32_t height;  /* pixels */
    uint32_t pitch;   /* bytes from one line to the next */
    uint8_t bits_per_pixel;
    struct framebuffer_channel red;
    struct framebuffer_channel green;
    struct framebuffer_channel blue;
    struct framebuffer_channel reserved;
};

#endif
