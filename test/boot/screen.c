/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The picture that src/core/screen/screen_text.c draws of a text: `screen WIDTH HEIGHT <text
 * >picture.ppm`. A test holds what a machine shows against it. The screen around the text is black.
 */
#include "core/screen/screen_text.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    struct framebuffer framebuffer = {
        .bits_per_pixel = 32, .red = {8, 16}, .green = {8, 8}, .blue = {8, 0}, .reserved = {8, 24}};
    struct screen_text screen;
    char text[4096];
    size_t length;
    uint32_t *pixels;

    if (argc != 3)
        return EXIT_FAILURE;
    framebuffer.width = (uint32_t)strtoul(argv[1], NULL, 10);
    framebuffer.height = (uint32_t)strtoul(argv[2], NULL, 10);
    framebuffer.pitch = framebuffer.width * 4;
    framebuffer.size = (uint64_t)framebuffer.pitch * framebuffer.height;
    pixels = calloc(framebuffer.height, framebuffer.pitch);
    if (pixels == NULL)
        return EXIT_FAILURE;
    framebuffer.address = (uintptr_t)pixels;
    length = fread(text, 1, sizeof(text) - 1, stdin);
    text[length] = '\0';
    if (!screen_text_begin(&framebuffer, &screen))
        return EXIT_FAILURE;
    screen_text_line(&screen, text);
    printf("P6\n%u %u\n255\n", framebuffer.width, framebuffer.height);
    for (uint64_t i = 0; i < framebuffer.size / 4; i++) {
        putchar((int)(pixels[i] >> 16 & 0xff));
        putchar((int)(pixels[i] >> 8 & 0xff));
        putchar((int)(pixels[i] & 0xff));
    }
    free(pixels);
    return EXIT_SUCCESS;
}
