/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The revocation data that shim reads (SBAT.md of github.com/rhboot/shim): which program this is and
 * its security generation. The generation goes up when a hole is closed that lets unsigned code run;
 * never otherwise. Columns: component, generation, vendor, package, version, address.
 */
        .section .sbat, "a", @progbits
        .ascii  "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n"
        .ascii  "baton,1,The Baton authors,baton," BATON_VERSION "," SBAT_URL "\n"

/*
 * Whose file this is, for bootctl: `status` shows it, `update` leaves it alone because it is not
 * systemd-boot's. Version 262 looks for the section, 252 and 257 for the words, anywhere in the
 * file: so nothing else in Baton has them.
 */
        .section .sdmagic, "a", @progbits
        .asciz  "#### LoaderInfo: baton " BATON_VERSION " ####"

        .section .note.GNU-stack, "", @progbits
