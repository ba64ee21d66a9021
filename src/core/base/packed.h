/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Texts that a person reads when something has gone wrong, or has been asked for: they are in the
 * loader's file packed, and are unpacked when the first one of them is read. A boot that goes well
 * reads none. Such a text must hold no pointer, and whoever reads its bytes calls packed_text()
 * before; core/text/text.h and core/text/explain.h do.
 *
 * The linker collects them (lds/baton.lds), the Makefile packs them, src/arch/packed.c unpacks
 * them. In programs for the machine that builds they are texts like any other.
 */
#ifndef BATON_CORE_BASE_PACKED_H
#define BATON_CORE_BASE_PACKED_H

#if __STDC_HOSTED__
#define PACKED_DATA
#define PACKED_BINARY
#define PACKED_AMONG(kind)
static inline const void *packed_text(const void *text)
{
    return text;
}
#else
/* For a constant array of bytes, texts or others; padding between them would be packed too. */
#define PACKED_DATA        PACKED_AMONG("4")
#define PACKED_BINARY      PACKED_AMONG("5")
/* Those of a kind and of a file are packed side by side: they have more in common. */
#define PACKED_AMONG(kind) __attribute__((section(".packed." kind __FILE__), aligned(1)))
/* Makes sure that it can be read, if it is a packed one. Returns it. Calls nothing outside of
 * Baton's image, and works on both sides of the point of no return. */
const void *packed_text(const void *text);
#endif

/* A literal text, inside of a function. */
#define PACKED(text) PACKED_LITERAL("3", text)
#define PACKED_LITERAL(kind, text)                                                                 \
    ({                                                                                             \
        PACKED_AMONG(kind) static const char packed_literal[] = text;                              \
        packed_literal;                                                                            \
    })

#endif
