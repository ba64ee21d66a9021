/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves that load options are understood whoever wrote them (shell, boot manager, efibootmgr),
 * that what firmware passes on its own is left alone, and that each mistake has its own error.
 */
#include "core/entry/load_options.h"

#include "core/text/path.h"
#include "unit/fixture/exact.h"

#include <stdio.h>

#define IMAGE "\\EFI\\tools\\baton.efi"

struct outcome {
    enum load_options_error error;
    struct load_options options;
    struct load_options_fault fault;
    char *buffer;
};

static struct outcome parse_bytes(const void *bytes, size_t size, const char *image_path)
{
    struct span source = exact_copy(bytes, size);
    size_t capacity = LOAD_OPTIONS_CAPACITY(size);
    struct outcome outcome = {.buffer = exact_buffer(capacity)};

    outcome.error = load_options_parse(source, image_path, outcome.buffer, capacity,
                                       &outcome.options, &outcome.fault);
    if (outcome.error == LOAD_OPTIONS_OK || outcome.error == LOAD_OPTIONS_FOREIGN)
        assert_non_null(outcome.options.command_line);
    else
        assert_null(outcome.options.command_line);
    if (outcome.error == LOAD_OPTIONS_FOREIGN) {
        assert_null(outcome.options.kernel);
        assert_null(outcome.fault.if_present);
        assert_null(outcome.fault.why);
    }
    assert_int_equal(outcome.error > LOAD_OPTIONS_GARBAGE || outcome.error == LOAD_OPTIONS_FOREIGN,
                     outcome.fault.word != NULL);
    exact_free(source);
    return outcome;
}

/* `text` is ASCII; it is passed as UTF-16 with `nuls` units of zero behind it. */
static struct outcome parse_utf16(const char *text, size_t nuls, const char *image_path)
{
    size_t size = 2 * (strlen(text) + nuls);
    uint8_t *bytes = calloc(1, size + 1);
    struct outcome outcome;

    assert_non_null(bytes);
    for (size_t i = 0; text[i] != '\0'; i++)
        bytes[2 * i] = (uint8_t)text[i];
    outcome = parse_bytes(bytes, size, image_path);
    free(bytes);
    return outcome;
}

static struct outcome parse(const char *text)
{
    return parse_utf16(text, 1, IMAGE);
}

static void check_boot(struct outcome o, const char *kernel, const char *initrds,
                       const char *command_line)
{
    char joined[256] = "";

    assert_int_equal(o.error, LOAD_OPTIONS_OK);
    assert_string_equal(o.options.kernel, kernel);
    for (uint32_t i = 0; i < o.options.initrd_count; i++)
        strcat(strcat(joined, i == 0 ? "" : "|"), o.options.initrds[i]);
    assert_string_equal(joined, initrds);
    assert_string_equal(o.options.command_line, command_line);
    free(o.buffer);
}

static void reads_kernel_initrds_and_command_line(void **state)
{
    (void)state;
    check_boot(
        parse("\\vmlinuz initrd=\\ucode.img initrd=\\initrd.img console=ttyS0 root=/dev/sda2"),
        "\\vmlinuz", "\\ucode.img|\\initrd.img", "console=ttyS0 root=/dev/sda2");
    check_boot(parse("/EFI/debian/vmlinuz"), "\\EFI\\debian\\vmlinuz", "", "");
    check_boot(parse("vmlinuz-6.1 quiet"), "\\vmlinuz-6.1", "", "quiet");
    check_boot(parse("\\k a initrd=/1 b initrd=2 c"), "\\k", "\\1|\\2", "a b c");
    check_boot(parse("\\k a initrd=/1"), "\\k", "\\1", "a");
}

static void the_end_is_the_size_or_a_nul_or_many(void **state)
{
    (void)state;
    for (size_t nuls = 0; nuls < 4; nuls++)
        check_boot(parse_utf16("\\k a", nuls, IMAGE), "\\k", "", "a");
    /* One byte too few: the last half of the NUL is missing. */
    check_boot(parse_bytes("\\\0k\0\0", 5, IMAGE), "\\k", "", "");
    /* What is behind the NUL is not looked at. */
    check_boot(parse_bytes("\\\0k\0\0\0\xFF\xDF\x01", 9, IMAGE), "\\k", "", "");
}

static void drops_the_program_however_the_shell_was_told(void **state)
{
    static const char *const programs[] = {
        "baton",           "baton.efi",        "BATON.EFI",
        "fs0:\\baton.efi", "fs0:baton",        "\\EFI\\tools\\baton.efi",
        ".\\baton",        "/EFI/tools/baton", "\"fs0:\\EFI\\tools\\baton.efi\"",
        "\"baton\"",       "  baton.efi",
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(programs); i++) {
        char text[128];

        sprintf(text, "%s \\k a", programs[i]);
        check_boot(parse(text), "\\k", "", "a");
    }
    check_boot(parse_utf16("BOOTX64.EFI \\k", 1, "\\EFI\\BOOT\\BOOTX64.EFI"), "\\k", "", "");
    check_boot(parse_utf16("bootx64 \\k", 1, "\\EFI\\BOOT\\BOOTX64.EFI"), "\\k", "", "");
    check_boot(parse_utf16("x \\k", 1, "x.efi"), "\\k", "", "");
    /* Nobody knows the image's name. */
    check_boot(parse_utf16("baton.efi \\k", 1, ""), "\\k", "", "");
    check_boot(parse_utf16("bootx64.efi \\k", 1, ""), "\\k", "", "");
}

static void a_first_word_that_is_not_the_program_is_the_kernel(void **state)
{
    (void)state;
    check_boot(parse("\\batonx.efi \\k"), "\\batonx.efi", "", "\\k");
    check_boot(parse("\\vmlinuz.efi a"), "\\vmlinuz.efi", "", "a");
    check_boot(parse_utf16("\\baton.efi \\k", 1, "\\other.efi"), "\\baton.efi", "", "\\k");
    check_boot(parse_utf16("\\vmlinuz.efi a", 1, ""), "\\vmlinuz.efi", "", "a");
    /* A name that is nothing but `.efi` is no shorter without it. */
    check_boot(parse_utf16(".efi \\k", 1, "efi"), "\\.efi", "", "\\k");
    check_boot(parse_utf16(".efi \\k", 1, ".efi"), "\\.efi", "", "\\k");
    /* Only the first word is the program's name. */
    check_boot(parse("baton \\baton.efi \\k"), "\\baton.efi", "", "\\k");
}

static void behind_the_program_any_word_can_be_the_kernel(void **state)
{
    (void)state;
    check_boot(parse("baton vmlinuz quiet"), "\\vmlinuz", "", "quiet");
    check_boot(parse("--debug vmlinuz quiet"), "\\vmlinuz", "", "quiet");
}

static void reads_flags_before_the_kernel_only(void **state)
{
    struct outcome o = parse("baton --debug --place-high \\k --debug --foo");

    (void)state;
    assert_true(o.options.debug);
    assert_true(o.options.place_high);
    assert_false(o.options.help);
    assert_false(o.options.version);
    check_boot(o, "\\k", "", "--debug --foo");
    o = parse("baton --help --version");
    assert_int_equal(o.error, LOAD_OPTIONS_OK);
    assert_true(o.options.help);
    assert_true(o.options.version);
    assert_false(o.options.debug);
    assert_null(o.options.kernel);
    assert_string_equal(o.options.command_line, "");
    free(o.buffer);
    o = parse("--debug"); /* the entries of the volume, with Baton's flag */
    assert_int_equal(o.error, LOAD_OPTIONS_OK);
    assert_true(o.options.debug);
    assert_null(o.options.kernel);
    free(o.buffer);
}

static void keeps_the_kernels_words_as_they_were_written(void **state)
{
    (void)state;
    check_boot(parse("\\k   a  b   c  "), "\\k", "", "a  b   c");
    check_boot(parse("\\k a  initrd=/1   b"), "\\k", "\\1", "a   b");
    check_boot(parse("\\k dyndbg=\"file foo +p\" b"), "\\k", "", "dyndbg=\"file foo +p\" b");
    check_boot(parse("\\k \"a b\" c=\"\""), "\\k", "", "\"a b\" c=\"\"");
    check_boot(parse("\\k a=\"x initrd=/1 y\" b"), "\\k", "", "a=\"x initrd=/1 y\" b");
    check_boot(parse("\\k a=\"not closed initrd=/1"), "\\k", "", "a=\"not closed initrd=/1");
    check_boot(parse("\\k xinitrd=/1 initrd"), "\\k", "", "xinitrd=/1 initrd");
    check_boot(parse("\\k INITRD=/1"), "\\k", "", "INITRD=/1");
    check_boot(parse("\\k\ta\tb\r\n"), "\\k", "", "a b");
    check_boot(parse("\\k -- initrd=/1 single"), "\\k", "\\1", "-- single");
}

static void quotes_group_in_batons_own_part(void **state)
{
    (void)state;
    check_boot(parse("\"\\my kernel\" a"), "\\my kernel", "", "a");
    check_boot(parse("\\my\" \"kernel a"), "\\my kernel", "", "a");
    check_boot(parse("\\k initrd=\"\\my initrd\" a"), "\\k", "\\my initrd", "a");
    check_boot(parse("\\k \"initrd=\\my initrd\" a"), "\\k", "\\my initrd", "a");
    check_boot(parse("baton \"--debug\" \\k"), "\\k", "", "");
}

static void drops_a_volume_only_when_it_is_batons_own(void **state)
{
    struct outcome o;

    (void)state;
    check_boot(parse("fs0:\\baton.efi fs0:\\k initrd=FS0:\\i initrd=\\j"), "\\k", "\\i|\\j", "");
    check_boot(parse("\"FS0:baton\" \"fs0:k k\""), "\\k k", "", "");
    o = parse("fs0:\\baton.efi fs1:\\k");
    assert_int_equal(o.error, LOAD_OPTIONS_KERNEL);
    assert_string_equal(o.fault.word, "fs1:\\k");
    assert_non_null(o.fault.why);
    free(o.buffer);
    o = parse("baton.efi fs0:\\k");
    assert_int_equal(o.error, LOAD_OPTIONS_KERNEL);
    free(o.buffer);
    o = parse("fs0:\\baton.efi \\k initrd=fs1:\\i");
    assert_int_equal(o.error, LOAD_OPTIONS_INITRD);
    assert_string_equal(o.fault.word, "initrd=fs1:\\i");
    free(o.buffer);
    o = parse("fs0:\\baton.efi fs0:"); /* a volume is no kernel */
    assert_int_equal(o.error, LOAD_OPTIONS_KERNEL);
    assert_string_equal(o.fault.why, explained(path_explain(PATH_EMPTY)).problem);
    free(o.buffer);
}

static void refuses_each_mistake_with_its_own_error_and_word(void **state)
{
    static const struct {
        const char *text;
        enum load_options_error error;
        const char *word;
        bool why;
    } cases[] = {
        {"baton --foo \\k", LOAD_OPTIONS_FLAG, "--foo", false},
        {"baton --debug --foo", LOAD_OPTIONS_FLAG, "--foo", false},
        {"baton -x", LOAD_OPTIONS_FLAG, "-x", false},
        {"baton -hx", LOAD_OPTIONS_FLAG, "-hx", false},
        {"baton --", LOAD_OPTIONS_FLAG, "--", false},
        {"baton --debugx", LOAD_OPTIONS_FLAG, "--debugx", false},
        {"baton initrd=\\i \\k", LOAD_OPTIONS_NO_KERNEL, "initrd=\\i", false},
        {"baton root=/dev/sda2 quiet", LOAD_OPTIONS_NO_KERNEL, "root=/dev/sda2", false},
        {"baton --debug root=/dev/sda2", LOAD_OPTIONS_NO_KERNEL, "root=/dev/sda2", false},
        {"baton \"\\k", LOAD_OPTIONS_QUOTE, "\\k", false},
        {"baton \"--debug \\k", LOAD_OPTIONS_QUOTE, "--debug \\k", false},
        {"\\k initrd=\"\\i a", LOAD_OPTIONS_QUOTE, "initrd=\"\\i a", false},
        {"baton \\..\\k a", LOAD_OPTIONS_KERNEL, "\\..\\k", true},
        {"baton \"\" a", LOAD_OPTIONS_KERNEL, "\"\"", true},
        {"baton \"\"", LOAD_OPTIONS_KERNEL, "\"\"", true},
        {"baton \"", LOAD_OPTIONS_QUOTE, "\"\"", false},
        {"baton \\ a", LOAD_OPTIONS_KERNEL, "\\", true},
        {"baton \\k* a", LOAD_OPTIONS_KERNEL, "\\k*", true},
        {"\\k initrd= a", LOAD_OPTIONS_INITRD, "initrd=", true},
        {"\\k initrd=\"\" a", LOAD_OPTIONS_INITRD, "initrd=", true},
        {"\\k initrd=\\..\\j a", LOAD_OPTIONS_INITRD, "initrd=\\..\\j", true},
        {"\\k a initrd=\\i|j", LOAD_OPTIONS_INITRD, "initrd=\\i|j", true},
        {"\\k a \"initrd=\\i j*\"", LOAD_OPTIONS_INITRD, "initrd=\\i j*", true},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct outcome o = parse(cases[i].text);

        if (o.error != cases[i].error)
            fail_msg("'%s': error %d", cases[i].text, (int)o.error);
        assert_string_equal(o.fault.word, cases[i].word);
        assert_int_equal(o.fault.why != NULL, cases[i].why);
        /* Without the program's name they are mistakes only if the kernel is there. */
        if (cases[i].text[0] == '\\')
            assert_string_equal(o.fault.if_present, "\\k");
        else
            assert_null(o.fault.if_present);
        free(o.buffer);
    }
}

/* Nobody has typed these: firmware, U-Boot and tools for other loaders put them there. */
static void what_is_not_for_baton_is_said_to_be_so(void **state)
{
    static const struct {
        const char *text;
        const char *word;
    } cases[] = {
        {"debian", "debian"},
        {"UEFI OS", "UEFI"},
        {"Windows Boot Manager", "Windows"},
        {"UEFI: SanDisk, Partition 1", "UEFI:"},
        {"UEFI:CD/DVD Drive", "UEFI:CD/DVD"},
        {"\"Disk", "Disk"},
        {"19\" x", "19 x"},
        {"\"", "\"\""},
        {"\"\" \\k", "\"\""},
        {"RC", "RC"},
        {"-USB Stick", "-USB"},
        {"--foo", "--foo"},
        {"--foo \\k", "--foo"},
        {"--", "--"},
        {"- \\k", "-"},
        {"\"--debug", "--debug"},
        {"console=ttyS0,115200 root=/dev/vda2 rootwait", "console=ttyS0,115200"},
        {"root=/dev/sda2 quiet", "root=/dev/sda2"},
        {"root=/dev/sda2 initrd=\\initrd.img", "root=/dev/sda2"},
        {"BOOT_IMAGE=/vmlinuz-6.1 ro", "BOOT_IMAGE=/vmlinuz-6.1"},
        {"initrd=\\i \\k", "initrd=\\i"},
        {"quiet splash", "quiet"},
        {"ro root=LABEL=a.b", "ro"},
        {"fs1:\\k a", "fs1:\\k"},
        {"\\..\\k a", "\\..\\k"},
        {"\\ a", "\\"},
        {"\\k* a", "\\k*"},
        {"VenHw(99E275E7-75A0-4B37-A2E6-C5385E6C00CB)",
         "VenHw(99E275E7-75A0-4B37-A2E6-C5385E6C00CB)"},
        {"HD(1,GPT,0-0-0,0x800,0x100000)/\\EFI\\x:y.efi",
         "HD(1,GPT,0-0-0,0x800,0x100000)/\\EFI\\x:y.efi"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct outcome o = parse(cases[i].text);

        if (o.error != LOAD_OPTIONS_FOREIGN)
            fail_msg("'%s': error %d", cases[i].text, (int)o.error);
        assert_string_equal(o.fault.word, cases[i].word);
        assert_false(o.options.debug || o.options.help || o.options.version ||
                     o.options.place_high);
        free(o.buffer);
    }
}

/* What looks like a path counts if a file is there, which is for the caller to find out. */
static void a_path_that_nobody_typed_is_asked_for(void **state)
{
    static const char *const cases[][2] = {
        {"\\vmlinuz root=/dev/sda2", "\\vmlinuz"},
        {"M.2 SSD 1", "\\M.2"},
        {"PciRoot(0x0)/Pci(0x1F,0x2)/Sata(0x0,0xFFFF,0x0)",
         "\\PciRoot(0x0)\\Pci(0x1F,0x2)\\Sata(0x0,0xFFFF,0x0)"},
        {"--debug \\nope", "\\nope"},
        {"--debug nope", "\\nope"},
        {"--help \\nope a", "\\nope"},
    };
    struct outcome o;

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        o = parse(cases[i][0]);
        assert_int_equal(o.error, LOAD_OPTIONS_OK);
        assert_string_equal(o.options.kernel, cases[i][1]);
        assert_ptr_equal(o.options.if_present, o.options.kernel);
        assert_int_equal(o.options.debug, strncmp(cases[i][0], "--debug", 7) == 0);
        assert_int_equal(o.options.help, strncmp(cases[i][0], "--help", 6) == 0);
        free(o.buffer);
    }
    o = parse("baton \\vmlinuz a");
    assert_int_equal(o.error, LOAD_OPTIONS_OK);
    assert_null(o.options.if_present);
    free(o.buffer);
    o = parse("baton --debug vmlinuz");
    assert_null(o.options.if_present);
    free(o.buffer);
}

static void flags_count_whatever_follows_them(void **state)
{
    static const char *const rest[] = {"",         " --foo", " root=/dev/sda2",
                                       " \\..\\k", " \"\\k", " UEFI:CD/DVD"};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rest); i++) {
        char text[64] = "--help --debug";
        struct outcome o = parse(strcat(text, rest[i]));

        assert_int_equal(o.error, i == 0 ? LOAD_OPTIONS_OK : LOAD_OPTIONS_FOREIGN);
        assert_true(o.options.help && o.options.debug);
        assert_null(o.options.kernel);
        assert_string_equal(o.options.command_line, "");
        free(o.buffer);
    }
}

static void h_is_help(void **state)
{
    static const char *const texts[] = {"-h", "baton -h", "baton.efi --debug -h"};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(texts); i++) {
        struct outcome o = parse(texts[i]);

        assert_int_equal(o.error, LOAD_OPTIONS_OK);
        assert_true(o.options.help);
        free(o.buffer);
    }
}

static void a_byte_order_mark_is_passed_over(void **state)
{
    static const uint8_t kernel[] = {0xFF, 0xFE, '\\', 0, 'k', 0, ' ', 0, 'a', 0};
    static const uint8_t twice[] = {0xFF, 0xFE, '\\', 0, 'k', 0, ' ', 0, 0xFF, 0xFE};
    static const uint8_t stubs[] = {0xFF, 0xFE, 'r', 0, 'o', 0, 'o', 0, 't', 0, '=', 0, '/', 0};
    static const uint8_t big_endian[] = {0xFE, 0xFF, 0, '\\', 0, 'k', 0, ' ', 0, 'a'};
    struct outcome o;

    (void)state;
    check_boot(parse_bytes(kernel, sizeof(kernel), IMAGE), "\\k", "", "a");
    check_boot(parse_bytes(twice, sizeof(twice), IMAGE), "\\k", "", "\xEF\xBB\xBF");
    o = parse_bytes(stubs, sizeof(stubs), IMAGE);
    assert_int_equal(o.error, LOAD_OPTIONS_FOREIGN);
    assert_string_equal(o.fault.word, "root=/");
    free(o.buffer);
    o = parse_bytes(kernel, 2, IMAGE);
    assert_int_equal(o.error, LOAD_OPTIONS_NONE);
    free(o.buffer);
    o = parse_bytes(big_endian, sizeof(big_endian), IMAGE);
    assert_int_equal(o.error, LOAD_OPTIONS_GARBAGE);
    free(o.buffer);
}

/* Control characters make no text of it, but these are text: a line of Baton's must not end there.
 */
static void words_to_blame_are_printable(void **state)
{
    static const uint8_t separator[] = {'-', 0, 0x28, 0x20, 'a', 0, 0x2E, 0x20};
    static const uint8_t initrd[] = {'\\', 0, 'k', 0, ' ', 0, 'i',  0,    'n', 0, 'i', 0, 't', 0,
                                     'r',  0, 'd', 0, '=', 0, 0x29, 0x20, '*', 0, ' ', 0, 'x', 0};
    struct outcome o = parse_bytes(separator, sizeof(separator), IMAGE);

    (void)state;
    assert_int_equal(o.error, LOAD_OPTIONS_FOREIGN);
    assert_string_equal(o.fault.word, "-?a?");
    free(o.buffer);
    o = parse_bytes(initrd, sizeof(initrd), IMAGE);
    assert_int_equal(o.error, LOAD_OPTIONS_INITRD);
    assert_string_equal(o.fault.word, "initrd=?*");
    free(o.buffer);
}

static void takes_64_initrds_and_no_more(void **state)
{
    char text[2048] = "\\k";
    struct outcome o;

    (void)state;
    for (unsigned int i = 0; i < LOAD_OPTIONS_INITRDS_MAX; i++)
        sprintf(text + strlen(text), " initrd=%u", i);
    o = parse(text);
    assert_int_equal(o.error, LOAD_OPTIONS_OK);
    assert_int_equal(o.options.initrd_count, LOAD_OPTIONS_INITRDS_MAX);
    assert_string_equal(o.options.initrds[63], "\\63");
    free(o.buffer);
    strcat(text, " initrd=64");
    o = parse(text);
    assert_int_equal(o.error, LOAD_OPTIONS_INITRDS);
    assert_string_equal(o.fault.word, "initrd=64");
    free(o.buffer);
}

static void check_error(const void *bytes, size_t size, enum load_options_error error)
{
    struct outcome o = parse_bytes(bytes, size, IMAGE);

    assert_int_equal(o.error, error);
    free(o.buffer);
}

static void nothing_is_no_options(void **state)
{
    static const char *const texts[] = {"",          " ",      " \t \r\n",
                                        "baton.efi", "baton ", " fs0:\\baton "};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(texts); i++) {
        for (size_t nuls = 0; nuls < 3; nuls++) {
            struct outcome o = parse_utf16(texts[i], nuls, IMAGE);

            assert_int_equal(o.error, LOAD_OPTIONS_NONE);
            free(o.buffer);
        }
    }
    check_error(NULL, 0, LOAD_OPTIONS_NONE);
    check_error("", 1, LOAD_OPTIONS_NONE);
    check_error("\0\0x\0", 4, LOAD_OPTIONS_NONE);
}

/* Seen as LoadOptions in the field, byte for byte or in kind. */
static void what_firmware_passes_on_its_own_is_garbage(void **state)
{
    /* EDK2 marks boot options that it made itself: mBmAutoCreateBootOptionGuid, BmBoot.c. */
    static const uint8_t edk2[] = {0x4E, 0xAC, 0x08, 0x81, 0x11, 0x9F, 0x59, 0x4D,
                                   0x85, 0x0E, 0xE2, 0x1A, 0x52, 0x2C, 0x59, 0xB2};
    /* A device path: Pci, Sata, HD, as copied by firmware that mixes up two lengths. */
    static const uint8_t device_path[] = {
        0x02, 0x01, 0x0C, 0x00, 0xD0, 0x41, 0x03, 0x0A, 0x00, 0x00, 0x00, 0x00, 0x01, 0x01,
        0x06, 0x00, 0x02, 0x1F, 0x03, 0x12, 0x0A, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0x00, 0x00,
        0x04, 0x01, 0x2A, 0x00, 0x01, 0x00, 0x00, 0x00, 0x7F, 0xFF, 0x04, 0x00};
    /* A whole EFI_LOAD_OPTION: attributes, length of the path, description "debian". */
    static const uint8_t load_option[] = {0x01, 0x00, 0x00, 0x00, 0x62, 0x00, 'd',  0,
                                          'e',  0,    'b',  0,    'i',  0,    'a',  0,
                                          'n',  0,    0,    0,    0x04, 0x01, 0x2A, 0x00};
    static const uint8_t flash[] = {0xFF, 0xFF, 0xFF, 0xFF};
    static const uint8_t marker[] = {'R', 'C', 0x01, 0x00};
    static const uint8_t odd[] = {'\\', 0, 'k', 0, 'x'};
    static const uint8_t surrogate[] = {'\\', 0, 'k', 0, ' ', 0, 0x00, 0xD8};

    (void)state;
    check_error(edk2, sizeof(edk2), LOAD_OPTIONS_GARBAGE);
    check_error(device_path, sizeof(device_path), LOAD_OPTIONS_GARBAGE);
    check_error(load_option, sizeof(load_option), LOAD_OPTIONS_GARBAGE);
    check_error(flash, sizeof(flash), LOAD_OPTIONS_GARBAGE);
    check_error(marker, sizeof(marker), LOAD_OPTIONS_GARBAGE);
    check_error(odd, sizeof(odd), LOAD_OPTIONS_GARBAGE);
    check_error(surrogate, sizeof(surrogate), LOAD_OPTIONS_GARBAGE);
    check_error("x", 1, LOAD_OPTIONS_GARBAGE);
    check_error("BOOT", 4, LOAD_OPTIONS_FOREIGN);
}

static void control_characters_are_garbage_wherever_they_are(void **state)
{
    static const uint16_t bad[] = {0x01, 0x08, 0x0B, 0x0C, 0x1B, 0x1F, 0x7F, 0x85, 0xFFFE, 0xFFFF};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(bad); i++) {
        for (size_t at = 0; at < 5; at++) {
            uint8_t bytes[10] = {'\\', 0, 'k', 0, ' ', 0, 'a', 0, 'b', 0};

            bytes[2 * at] = (uint8_t)bad[i];
            bytes[2 * at + 1] = (uint8_t)(bad[i] >> 8);
            check_error(bytes, sizeof(bytes), LOAD_OPTIONS_GARBAGE);
        }
    }
}

static void takes_8_bit_text_as_efibootmgr_writes_it(void **state)
{
    (void)state;
    check_boot(parse_bytes("\\vmlinuz initrd=\\i a=b", 22, IMAGE), "\\vmlinuz", "\\i", "a=b");
    check_boot(parse_bytes("\\k a\n\0\0", 7, IMAGE), "\\k", "", "a");
    check_boot(parse_bytes("\\k", 2, IMAGE), "\\k", "", "");
    check_boot(parse_bytes("\\k\ta\rb", 6, IMAGE), "\\k", "", "a b");
    check_error("\\k\0\1", 4, LOAD_OPTIONS_GARBAGE);
}

static void takes_utf16_that_is_not_ascii(void **state)
{
    /* U+5167 U+6838 are bytes that are printable ASCII all four; the dot is not. */
    static const uint8_t cjk[] = {0x67, 0x51, 0x38, 0x68, '.', 0, 'e', 0, ' ', 0, 0xE4, 0};

    (void)state;
    check_boot(parse_bytes(cjk, sizeof(cjk), IMAGE), "\\\xE5\x85\xA7\xE6\xA0\xB8.e", "",
               "\xC3\xA4");
}

/* No-break space is the first character behind the control characters of Latin-1. */
static void takes_a_no_break_space_as_a_letter(void **state)
{
    static const uint8_t bytes[] = {'\\', 0, 'k', 0, ' ', 0, 0xA0, 0, 'b', 0};

    (void)state;
    check_boot(parse_bytes(bytes, sizeof(bytes), IMAGE), "\\k", "",
               "\xC2\xA0"
               "b");
}

static void bounds_the_size_and_the_buffer(void **state)
{
    uint8_t *bytes = calloc(1, LOAD_OPTIONS_MAX + 2);
    struct outcome o;

    (void)state;
    assert_non_null(bytes);
    /* The most that there can be, every unit three bytes of UTF-8. */
    for (size_t i = 0; i < LOAD_OPTIONS_MAX; i += 2) {
        bytes[i] = 0xAC;
        bytes[i + 1] = 0x20;
    }
    memcpy(bytes, "\\\0k\0 \0", 6);
    o = parse_bytes(bytes, LOAD_OPTIONS_MAX, IMAGE);
    assert_int_equal(o.error, LOAD_OPTIONS_OK);
    assert_int_equal(strlen(o.options.command_line), (LOAD_OPTIONS_MAX - 6) / 2 * 3);
    free(o.buffer);
    check_error(bytes, LOAD_OPTIONS_MAX + 2, LOAD_OPTIONS_GARBAGE);
    for (size_t capacity = 0; capacity < LOAD_OPTIONS_CAPACITY(4); capacity++) {
        struct load_options options;
        struct load_options_fault fault;
        char *buffer = exact_buffer(capacity);

        assert_int_equal(
            load_options_parse(span_of(bytes, 4), IMAGE, buffer, capacity, &options, &fault),
            LOAD_OPTIONS_BUFFER);
        free(buffer);
    }
    free(bytes);
}

static void many_short_paths_fit_into_the_promised_buffer(void **state)
{
    char text[LOAD_OPTIONS_INITRDS_MAX * 10 + 8] = "\\k";

    (void)state;
    for (unsigned int i = 0; i < LOAD_OPTIONS_INITRDS_MAX; i++)
        strcat(text, " initrd=x");
    free(parse(text).buffer);
    free(parse_bytes(text, strlen(text), IMAGE).buffer);
}

static void damage_anywhere_is_survived(void **state)
{
    static const char text[] =
        "fs0:\\baton.efi --debug fs0:/k initrd=\"a b\" x=\"y z\"  initrd=c d";
    uint8_t whole[2 * sizeof(text)] = {0};
    uint32_t seed = 77;

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++)
        whole[2 * i] = (uint8_t)text[i];
    for (size_t size = 0; size <= sizeof(whole); size++)
        free(parse_bytes(whole, size, IMAGE).buffer);
    for (size_t at = 0; at < sizeof(whole); at++) {
        for (unsigned int value = 0; value < 256; value++) {
            uint8_t bytes[sizeof(whole)];

            memcpy(bytes, whole, sizeof(whole));
            bytes[at] = (uint8_t)value;
            free(parse_bytes(bytes, sizeof(bytes), IMAGE).buffer);
        }
    }
    for (unsigned int round = 0; round < 20000; round++) {
        static const char alphabet[] = " \"\\/.:=-kinitrd";
        char words[32];
        size_t size = exact_noise(&seed) % sizeof(words);

        for (size_t i = 0; i < size; i++)
            words[i] = alphabet[exact_noise(&seed) % (sizeof(alphabet) - 1)];
        free(parse_bytes(words, size, "k.efi").buffer);
    }
}

static void every_error_has_a_problem_and_a_remedy_of_its_own(void **state)
{
    const struct explanation none = load_options_explain((enum load_options_error)0);

    (void)state;
    for (int i = 1; i <= LOAD_OPTIONS_BUFFER; i++) {
        assert_non_null(explained(load_options_explain((enum load_options_error)i)).problem);
        assert_non_null(explained(load_options_explain((enum load_options_error)i)).remedy);
        assert_ptr_not_equal(explained(load_options_explain((enum load_options_error)i)).problem,
                             explained(none).problem);
    }
    assert_ptr_equal(explained(load_options_explain((enum load_options_error) - 1)).problem,
                     explained(none).problem);
    assert_ptr_equal(
        explained(load_options_explain((enum load_options_error)(LOAD_OPTIONS_BUFFER + 1))).problem,
        explained(none).problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_kernel_initrds_and_command_line),
        cmocka_unit_test(the_end_is_the_size_or_a_nul_or_many),
        cmocka_unit_test(drops_the_program_however_the_shell_was_told),
        cmocka_unit_test(a_first_word_that_is_not_the_program_is_the_kernel),
        cmocka_unit_test(behind_the_program_any_word_can_be_the_kernel),
        cmocka_unit_test(reads_flags_before_the_kernel_only),
        cmocka_unit_test(keeps_the_kernels_words_as_they_were_written),
        cmocka_unit_test(quotes_group_in_batons_own_part),
        cmocka_unit_test(drops_a_volume_only_when_it_is_batons_own),
        cmocka_unit_test(refuses_each_mistake_with_its_own_error_and_word),
        cmocka_unit_test(what_is_not_for_baton_is_said_to_be_so),
        cmocka_unit_test(a_path_that_nobody_typed_is_asked_for),
        cmocka_unit_test(flags_count_whatever_follows_them),
        cmocka_unit_test(h_is_help),
        cmocka_unit_test(a_byte_order_mark_is_passed_over),
        cmocka_unit_test(words_to_blame_are_printable),
        cmocka_unit_test(takes_64_initrds_and_no_more),
        cmocka_unit_test(nothing_is_no_options),
        cmocka_unit_test(what_firmware_passes_on_its_own_is_garbage),
        cmocka_unit_test(control_characters_are_garbage_wherever_they_are),
        cmocka_unit_test(takes_8_bit_text_as_efibootmgr_writes_it),
        cmocka_unit_test(takes_utf16_that_is_not_ascii),
        cmocka_unit_test(takes_a_no_break_space_as_a_letter),
        cmocka_unit_test(bounds_the_size_and_the_buffer),
        cmocka_unit_test(many_short_paths_fit_into_the_promised_buffer),
        cmocka_unit_test(damage_anywhere_is_survived),
        cmocka_unit_test(every_error_has_a_problem_and_a_remedy_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
