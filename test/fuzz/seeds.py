# SPDX-License-Identifier: BSD-2-Clause
"""Seed corpora for the fuzz targets: sound inputs, made here, so that the fuzzer starts behind the
first checks of each parser.

Knows: the formats, and how each target reads its input (the comment at its top).
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

PAGE = 4096


def put(image: bytearray, offset: int, layout: str, *values: int | bytes) -> None:
    """Little-endian numbers at an offset."""
    struct.pack_into("<" + layout, image, offset, *values)


def bzimage() -> Iterator[bytes]:
    """Heads of kernels: relocatable and fixed, with and without what later protocols added."""
    for version, flags, relocatable, alignment, low, preferred in (
        (0x20F, 0x7F, 1, 0x200000, 21, 0x1000000),
        (0x20C, 0x09, 0, 0x1000, 12, 0x100000),
        (0x20D, 0x03, 1, 0x1000000, 13, 0),
    ):
        head = bytearray(1536)
        put(head, 0x1F1, "B", 1)
        put(head, 0x1F4, "I", 0x40)
        put(head, 0x1FE, "HBB4sH", 0xAA55, 0xEB, 0x6A, b"HdrS", version)
        put(head, 0x211, "B", 1)
        put(head, 0x214, "I", 0x100000)
        put(head, 0x22C, "IIBBHI", 0x7FFFFFFF, alignment, relocatable, low, flags, 2047)
        put(head, 0x248, "II", 0x100, 0x80)
        put(head, 0x258, "QII", preferred, 0x100000, 0x40)
        put(head, 0x268, "I", 0x300)
        put(head, 0x300, "4sIII", b"LToP", 16, 16, 0x80000009)
        yield struct.pack("<I", 0x10000) + bytes(head)
        # The last paragraph of the code is not complete, as memtest86+ has it.
        yield struct.pack("<I", 504) + bytes(head)


def elf() -> Iterator[bytes]:
    """Kernels of three segments with a note: fixed, upper half, position-independent."""
    for kind, base in ((2, 0x200000), (2, 0xFFFFFFFF80000000), (3, 0)):
        image = bytearray(0xE00)
        segments = [
            (1, 5, 0x400, base + 0x400, 0x100, 0x100, 0x400),
            (1, 4, 0x800, base + 0x1800, 0x100, 0x100, 0x400),
            (1, 6, 0xC00, base + 0x2C00, 0x100, 0x800, 0x400),
            (4, 4, 0x800, base + 0x1800, 44, 44, 4),
            (2, 6, 0xC00, base + 0x2C00, 0x40, 0x40, 8),
        ]
        put(image, 0, "4sBBB", b"\x7fELF", 2, 1, 1)
        put(image, 16, "HHIQQ", kind, 62, 1, base + 0x410, 64)
        put(image, 52, "HHH", 64, 56, len(segments))
        for index, (what, flags, offset, address, size, memory, align) in enumerate(segments):
            put(image, 64 + 56 * index, "IIQQQQQQ",
                what, flags, offset, address, address, size, memory, align)  # fmt: skip
        put(image, 0x800, "III8sHHIQQ", 6, 24, 1, b"Baton\0", 1, 0, 0, 0x8000, 0)
        # DT_RELA, DT_RELASZ, DT_RELAENT; two R_X86_64_RELATIVE behind them
        put(image, 0xC00, "QQQQQQQQ", 7, base + 0x2C40, 8, 48, 9, 24, 0, 0)
        put(image, 0xC40, "QQQQQQ", base + 0x2C80, 8, base + 0x400, base + 0x2C88, 8, base + 0x1800)
        yield bytes(image)


def inflate() -> Iterator[bytes]:
    """Streams with each kind of block, and gzip files of one and two members."""
    text = b"".join(b"%d words, %d repetitions\n" % (i % 7, i * i) for i in range(150))
    noise = bytes((i * i * 31 + (i >> 3)) & 0xFF for i in range(700))
    for content in (b"", text, noise, text + noise + bytes(60000) + text):
        for level, strategy in ((0, 0), (1, 0), (9, 0), (6, zlib.Z_HUFFMAN_ONLY), (6, zlib.Z_FIXED)):
            packer = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
            stream = packer.compress(content) + packer.flush()
            if len(stream) < 5000:
                yield struct.pack("<HB", 0xFFFF, 0) + stream
                tail = struct.pack("<II", zlib.crc32(content), len(content))
                member = b"\x1f\x8b\x08\x18\0\0\0\0\0\3name\0comment\0" + stream + tail
                yield struct.pack("<HB", 0x100, 1) + member + gzip.compress(noise[:40], mtime=0) + b"\0\0"


def multiboot() -> Iterator[bytes]:
    """Kernels as Xen and GNU Mach are, one that is loaded flat; and bytes that make a map."""

    def header(*tags: tuple[int, int, str, tuple[int, ...]]) -> bytes:
        body = b""
        for kind, flags, layout, values in (*tags, (0, 0, "", ())):
            tag = struct.pack("<" + layout, *values)
            body += struct.pack("<HHI", kind, flags, 8 + len(tag)) + tag
            body += bytes(-len(body) % 8)
        size = 16 + len(body)
        return struct.pack("<IIII", 0xE85250D6, 0, size, -(0xE85250D6 + size) & 0xFFFFFFFF) + body

    xen = header((1, 0, "II", (4, 6)), (6, 0, "", ()), (10, 1, "IIII", (0x200000, 0xFFFFFFFF, 0x200000, 2)),
                 (4, 1, "I", (2,)), (5, 1, "III", (0, 0, 0)), (7, 1, "", ()), (9, 1, "I", (0x200010,)))  # fmt: skip
    mach = header((1, 0, "IIII", (6, 4, 1, 3)), (6, 0, "", ()), (5, 0, "III", (0, 0, 0)))
    flat = header((2, 0, "IIII", (0x100040, 0x100000, 0, 0x101000)), (3, 0, "I", (0x100000,)))
    small = bytearray(0x300)
    put(small, 0, "4sBBB", b"\x7fELF", 1, 1, 1)
    put(small, 16, "HHIIII", 2, 3, 1, 0x200000, 52, 0)
    put(small, 40, "HHH", 52, 32, 1)
    put(small, 52, "IIIIIIII", 1, 0x100, 0x200000, 0x200000, 0x200, 0x1000, 7, 64)
    put(small, 0x100, f"{len(xen)}s", xen)
    large = bytearray(0x300)
    put(large, 0, "4sBBB", b"\x7fELF", 2, 1, 1)
    put(large, 16, "HHIQQQIHHH", 2, 62, 1, 0xFFFFFFFF81000000, 64, 0, 0, 64, 56, 2)
    put(large, 64, "IIQQQQQQ", 1, 7, 0x200, 0x1000000, 0x1000000, 0x80, 0x80, 8)
    put(large, 120, "IIQQQQQQ", 1, 7, 0x280, 0xFFFFFFFF81000000, 0x1000080, 0x80, 0x800, 8)
    put(large, 0x200, f"{len(mach)}s", mach)
    for file in (small, large, bytes(64) + flat + bytes(100)):
        yield struct.pack("<H", 0xFFFF) + bytes(file)
    for room, more in ((0x200, 8), (0xFFFF, 0)):
        ranges = b"".join(struct.pack("<IIQQQQ", kind, 0, start << 12, 0, 16, 0) + bytes(more)
                          for kind, start in ((7, 0), (10, 16), (4, 256), (7, 272), (9, 300)))  # fmt: skip
        yield struct.pack("<H", room) + b"/xen\noptions\n" + struct.pack("<QB", 1 << 31, more) + ranges


def bls_entry() -> Iterator[bytes]:
    """Entries as distributions write them, and with everything that there is."""
    yield (b"debian-6.1.conf\ntitle Debian\nversion 6.1\nmachine-id 0123456789abcdef\n"
           b"sort-key debian\nlinux /vmlinuz\ninitrd /initrd.img\noptions root=/dev/sda2 ro\n"
           b"options quiet\n")  # fmt: skip
    yield b"a+3-1.conf\n# comment\r\nefi \\EFI\\x.efi\r\narchitecture x64\r\nbaton-debug yes\r\n"
    yield (b"B.CONF\nuki uki.efi\nbaton-exit-time 10\nbaton-place-high off\nbaton-exit baton\n"
           b"profile 1\nintrd x\ninitrd a\ninitrd b\nextra /a.cred\nextra b.sysext.raw\nextra c.confext.raw")  # fmt: skip
    yield (b"fedora.conf\ntitle \"Fe'd\xfcra\"\rlinux '/vm linuz'\n"
           b"initrd \"/a b\" /c $tuned_initrd\noptions $kernelopts initrd=/x\n"
           b"options \"a b\"\nextra /x\nuki-url :u\nid\n\0\0")  # fmt: skip


def image(*sections: tuple[bytes, bytes], signature: int = 0x40) -> bytes:
    """A PE image; what a section lacks to a multiple of 512 bytes is padding."""
    table = signature + 24 + 112
    headers = (table + 40 * len(sections) + 511) & ~511
    result = bytearray(headers)
    address = 0x1000
    put(result, 0, "2s", b"MZ")
    put(result, 0x3C, "I", signature)
    put(result, signature, "4sHH", b"PE\0\0", 0x8664, len(sections))
    put(result, signature + 20, "H", 112)
    put(result, signature + 24, "H", 0x20B)
    put(result, signature + 24 + 60, "I", headers)
    put(result, signature + 24 + 68, "H", 10)
    for index, (name, content) in enumerate(sections):
        padded = content.ljust((len(content) + 511) & ~511, b"\0")
        put(result, table + 40 * index, "8sIIII",
            name, len(content), address, len(padded), len(result))  # fmt: skip
        result += padded
        address += (len(content) + 4095) & ~4095
    put(result, signature + 24 + 56, "I", address)
    return bytes(result)


def uki() -> Iterator[bytes]:
    """Images with everything, with profiles, with sections that repeat, and cut ones."""
    names = (b".text", b".linux", b".osrel", b".initrd", b".ucode", b".splash", b".uname", b".sbat",
             b".pcrsig", b".pcrpkey", b".hwids")  # fmt: skip
    texts = ((b".cmdline", b" root=/dev/sda2\tro\n\0"),
             (b".sdmagic", b"#### LoaderInfo: systemd-stub 252.39-1~deb12u2 ####"))  # fmt: skip
    whole = image(*((name, name) for name in names), *texts)
    yield struct.pack("<BI", 0, 0) + whole
    yield struct.pack("<BI", 0, 1 << 20) + whole[:1536]
    profiles = image((b".linux", b"x"), texts[0], (b".profile", b"ID=a\n"), (b".profile", b"ID=b\n"),
                     (b".cmdline", b"debug"), (b".dtbauto", b"1"), (b".dtbauto", b"2"),
                     (b".efifw", b"1"), (b".profile", b"ID=c\n"), signature=0x80)  # fmt: skip
    for profile in range(4):
        yield struct.pack("<BI", profile, 0) + profiles
    yield struct.pack("<BI", 0, 0) + image((b".text", b"x" * 512), (b".reloc", b"y"))


def os_release() -> Iterator[bytes]:
    """As distributions write it, in each kind of quotes, with each field."""
    yield (b'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\n'
           b'VERSION_ID="12"\nVERSION="12 (bookworm)"\nID=debian\n')  # fmt: skip
    yield b"NAME='Arch'\r\nID=arch\r\nBUILD_ID=rolling\r\n# comment\r\n"
    yield b'\xef\xbb\xbfIMAGE_ID="a\\"b\\\\"\nIMAGE_VERSION=1\nNAME="\xc3\xa4"\n\0\0'


def gpt() -> Iterator[bytes]:
    """A header, and four entries of which one has the type that the target looks for."""
    header = struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0, 1, 99, 40, 80, b"", 2, 4, 128, 0)
    entry = struct.pack("<16s16sQQ", b"type of interest", b"its own", 40, 80)
    yield header.ljust(512, b"\0") + bytes(128) + entry.ljust(384, b"\0")


def oem_strings() -> Iterator[bytes]:
    """A structure without strings, one of type 11, the end."""
    yield b"\4\5\0\0\0\0\0\x0b\5\1\0\2first\0abc\0a\0\0\x7f\4\2\0\0\0"


def loader_conf() -> Iterator[bytes]:
    """Each key with each kind of value."""
    yield b"debian-6.1.conf\ndefault debian-*\ntimeout 5\nbaton-debug yes\n"
    yield b"x[a]\ndefault @saved\ntimeout menu-force\neditor no\nbaton-exit baton\n"
    yield b"a b.conf\rdefault 'a b*'\rtimeout \"3\"\rbaton-debug\0\0"
    yield b"\xc3\xa4b.conf\n\xef\xbb\xbfdefault ?[!x-z]\\*.conf\r\ntimeout menu-hidden\r\n#\n"


def printable() -> Iterator[bytes]:
    """Words in several languages, and ones that want to write their own lines."""
    yield b"\x40Debian GNU/Linux \xc3\xa4\xe5\x86\x85\xf0\x9f\x90\xa7"
    yield b"\x05a\nbaton: \x1b[2J\xe2\x80\xa8\xe2\x80\xae\xc2\x9b\t\x7f\xef\xbf\xb1"
    yield b"\xffB\xfcro\xed\xa0\x80\xf3\xa0\x81\x81\xe0\x80\x8a"


def menu() -> Iterator[bytes]:
    """Three entries, one with options, and keys: down, edit, typed text, Escape, an answer, a search."""
    head = bytes([2, 0, 5, 1, 0, 1, 64]) + b"root=/dev/sda quiet\n" + bytes([80, 25])
    for keys in (b"je\x1b", b"jjk", b"/lin", b"12", b"eab"):
        yield head + bytes(key + 72 for key in keys) + bytes([20, 72 + ord("n")])
    yield head + bytes([24, 2, 24, 1, 16, 40, 0, 10, 24, 6])


def linux_options() -> Iterator[bytes]:
    """Lists that ask and that do not, quoted and not."""
    yield b"root=/dev/sda2 ro efi=debug,nosoftreserve console=ttyS0 -- single"
    yield b'x="a efi=nosoftreserve b" efi="nosoftreserve" "efi=novamap"'


def load_options() -> Iterator[bytes]:
    """What the shell, the boot manager and efibootmgr pass."""
    for text in (
        b"\\EFI\\BOOT\\BOOTX64.EFI\nfs0:\\EFI\\BOOT\\BOOTX64.EFI fs0:\\vmlinuz initrd=fs0:\\a quiet",
        b'\\baton.efi\nbaton --debug --place-high "\\my kernel" initrd="\\a b" x="a initrd=b" ro',
        b"\\EFI\\b.efi\n\\vmlinuz initrd=/a initrd=/b console=ttyS0",
        b"\nbootx64 --help",
        b"\nUEFI Misc Device\0\x7f\xff\4\0",
        b"\nPciRoot(0x0)/Pci(0x1F,0x2)/Sata(0x0,0xFFFF,0x0)",
        b"\n--debug M.2 SSD 1",
        b"\n\\k initrd=\"\" root=/dev/sda2",
        b"\nroot=/dev/sda2 initrd=\\initrd.img",
    ):
        yield b"\1" + text
        yield b"\0" + text
    yield b"\0\n" + "\ufeff\\k quiet".encode("utf-16-le")


def descriptor(kind: int, start: int, pages: int, attribute: int = 0, odd: int = 0) -> bytes:
    """Six bytes, as test/fuzz/maps.h takes them; start in pages."""
    return bytes((kind + 18 * attribute, start, pages, odd, 0, 1))


def maps() -> Iterator[bytes]:
    """Descriptors: a sound map, one with everything, one that contradicts itself."""
    sound = ((7, 0, 1), (7, 1, 15), (2, 16, 4), (4, 20, 8), (3, 28, 4), (7, 32, 64), (6, 96, 4),
             (5, 100, 4), (10, 104, 2), (9, 106, 2), (0, 108, 4), (7, 112, 100))  # fmt: skip
    yield b"".join(descriptor(*each) for each in sound)
    yield b"".join(descriptor(kind, 14 * kind, 13, kind % 5) for kind in range(18))
    yield b"".join(descriptor(7 if i % 2 else i % 16, 3 * i, 20, i % 7, 250 + i % 6)
                   for i in range(40))  # fmt: skip
    yield b"".join(descriptor(7, i, 1, 4 * (i % 2)) for i in range(170))


def memory_map() -> Iterator[bytes]:
    """Stride, holdings, a placement of two aligned pages, a map."""
    for content in maps():
        for shape, high in ((0, 0), (129, 1)):
            placement = struct.pack("<HB", 8191, 2) + b"\0\0\0\xff\xff\x0f" + bytes((high,))
            yield bytes((shape, 2, 17, 1, 40, 6)) + placement + content


def efi_map_shrink() -> Iterator[bytes]:
    """Maps too large for Linux because of their stride."""
    for content in maps():
        yield b"\0" + content
        yield b"\5" + content
    chain = [descriptor(4 if i % 3 else 3, 2 * i, 2, i % 2) for i in range(60)]
    yield b"\0" + b"".join(chain)


def exit_policy() -> Iterator[bytes]:
    """Refusals, moved and still; maps that are never right; an exit in the end, early or late."""
    for lets_go in (0, 10**9, 5 * 10**9, 9 * 10**9):
        times = (5 * 10**9).to_bytes(5, "little") + lets_go.to_bytes(5, "little")
        for answers in ((1, 2), (1, 3, 1, 3), (0, 0, 0), (7, 7, 7, 1, 9), (1, 0x8002)):
            yield times + struct.pack(f"<{len(answers)}H", *answers)


def acpi_timer() -> Iterator[bytes]:
    """Sound tables, which the target makes; with bytes changed that matter: lengths, flags, port."""
    for at, value in ((0, ord("R")), (15, 0), (0x100 + 91, 0), (0x100 + 113, 1), (0x100 + 208, 0),
                      (0x100 + 213, 8), (0x44, 40), (0x84, 44)):  # fmt: skip
        yield b"\3" + struct.pack("<HB", at, value)


def exit_journal() -> Iterator[bytes]:
    """Few and many attempts, much and little room, two maps that differ."""
    first, second, *_ = maps()
    for attempts, room, odd in ((1, 4096, 0), (64, 600, 0xFF), (5, 30000, 0x7F)):
        numbers = bytes((attempts, 7, 15)) + bytes((odd,)) * 48 + bytes((1,)) + bytes((odd,)) * 40
        yield numbers + struct.pack("<HB", room, 12) + first + second


def event_log() -> Iterator[bytes]:
    """Logs of both formats with two entries and two final events; one without entries."""
    algorithms = struct.pack("<IHHHHB", 2, 4, 20, 11, 32, 0)
    spec_id = b"Spec ID Event03\0" + bytes(4) + bytes((0, 2, 0, 2)) + algorithms
    header = struct.pack("<II20xI", 0, 3, len(spec_id)) + spec_id

    def event(kind: int, content: bytes) -> bytes:
        digests = struct.pack("<IH20xH32x", 2, 4, 11)
        return struct.pack("<II", 9, kind) + digests + struct.pack("<I", len(content)) + content

    final = struct.pack("<QQ", 1, 2) + event(6, b"options") + event(0x80000007, b"exit")
    first = header + event(8, b"version")
    log = first + event(6, b"initrd")
    yield struct.pack("<BHH", 0, len(first), len(log)) + log + final
    yield struct.pack("<BHH", 0, 0xFFFF, len(header)) + header + final
    yield struct.pack("<BHH", 0, 0, len(header)) + header + struct.pack("<QQ", 1, 0)
    old = struct.pack("<II20xI", 0, 8, 7) + b"version"
    yield struct.pack("<BHH", 1, len(old), 2 * len(old)) + old + old


def device_tree() -> Iterator[bytes]:
    """Trees of a board, with and without a /chosen that has what a loader replaces."""
    for names in ((b"memory",), (b"memory", b"chosen")):
        strings = b"reg\0bootargs\0kaslr-seed\0"
        structure = struct.pack(">I4x", 1)
        for name in names:
            padded = name + bytes(4 - len(name) % 4)
            structure += struct.pack(">I", 1) + padded
            for at, value in ((0, b"\0" * 8), (4, b"quiet\0\0\0"), (13, b"12345678")):
                structure += struct.pack(">III", 3, len(value), at) + value
            structure += struct.pack(">I", 2)
        structure += struct.pack(">III", 2, 4, 9)
        end = 56 + len(structure)
        yield struct.pack(
            ">10I16x", 0xD00DFEED, end + len(strings), 56, end, 40, 17, 16, 0, len(strings), len(structure)
        ) + structure + strings


TREE_NAMES = (b"#address-cells", b"stdout-path", b"reg", b"compatible", b"ranges", b"serial0", b"reg-shift", b"method")
TREE_STRINGS = b"".join(name + b"\0" for name in TREE_NAMES)


def _node(name: bytes, *inside: bytes) -> bytes:
    return struct.pack(">I", 1) + name + bytes(4 - len(name) % 4) + b"".join(inside) + struct.pack(">I", 2)


def _value(name: bytes, content: bytes) -> bytes:
    head = struct.pack(">III", 3, len(content), TREE_STRINGS.index(name + b"\0"))
    return head + content + bytes(-len(content) % 4)


def _tree(root: bytes) -> bytes:
    structure = root + struct.pack(">I", 9)
    end = 56 + len(structure)
    sizes = len(TREE_STRINGS), len(structure)
    header = struct.pack(">10I16x", 0xD00DFEED, end + sizes[0], 56, end, 40, 17, 16, 0, *sizes)
    return header + structure + TREE_STRINGS


def tree_uart() -> Iterator[bytes]:
    """A port at the root, one on a bus, by path and by alias."""
    one, two = struct.pack(">I", 1), struct.pack(">I", 2)
    for path in (b"/u@1000:115200\0", b"/soc/v@2000\0", b"serial0\0"):
        yield _tree(_node(
            b"",
            _node(b"aliases", _value(b"serial0", b"/soc/v@2000\0")),
            _node(b"u@1000", _value(b"reg", struct.pack(">QQ", 0x1000, 16)), _value(b"compatible", b"arm,pl011\0")),
            _node(b"soc", _value(b"#address-cells", one), _value(b"ranges", b""),
                  _node(b"v@2000", _value(b"reg", struct.pack(">II", 0x2000, 16)),
                        _value(b"compatible", b"ns16550a\0"), _value(b"reg-shift", two))),
            _node(b"chosen", _value(b"stdout-path", path)),
        ))  # fmt: skip


def board() -> Iterator[bytes]:
    """An interrupt controller at the root, one on a bus; the same in ACPI's words."""
    one = struct.pack(">I", 1)
    for compatible in (b"arm,gic-v3\0", b"arm,gic-400\0"):
        yield _tree(_node(
            b"",
            _node(b"psci", _value(b"method", b"hvc\0")),
            _node(b"soc", _value(b"#address-cells", one), _value(b"ranges", b""),
                  _node(b"gic", _value(b"reg", struct.pack(">IIII", 1, 2, 3, 4)),
                        _value(b"compatible", compatible))),
        ))  # fmt: skip
    header = b"APIC" + bytes(40)
    distributor = struct.pack("<BB6xQ4xB3x", 12, 24, 0x8000000, 3)
    yield header + distributor + struct.pack("<BB2xQI", 14, 16, 0x80A0000, 0x20000)
    yield header + distributor + struct.pack("<BB30xQ20xQ12x", 11, 80, 0x8010000, 0x80A0000)


def linux_image() -> Iterator[bytes]:
    """An Image for arm64, and a program that unpacks one."""
    yield struct.pack("<2s14xQQ24x4s4x", b"MZ", 0x251000, 0xA, b"ARM\x64")
    yield struct.pack("<2s2x4sII8x8s24x", b"MZ", b"zimg", 64, 4, b"gzip") + struct.pack("<I4x", 0x818223CD) + bytes(8)


def write(target: str, directory: Path) -> None:
    """All seeds of a target, in a directory that is made; one without any begins from nothing."""
    directory.mkdir(parents=True, exist_ok=True)
    seeds = globals().get(target, lambda: [b""])
    for index, seed in enumerate(seeds()):
        (directory / f"seed-{index}").write_bytes(seed)
