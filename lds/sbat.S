/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The revocation data that shim reads (SBAT.md of github.com/rhboot/shim): which program this is and
 * its security generation. The generation goes up when a hole is closed that lets unsigned code run;
 * never otherwise. Columns: component, generation, vendor, package, version, address.
 */
        .section .sbat, "a", @progbits
        .ascii  "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n"
        .ascii  "baton,1,The Baton authors,baton," BATON_VERSION "," SBAT_URL "\n"

        .section .note.GNU-stack, "", @progbits
