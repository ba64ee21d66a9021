# SPDX-License-Identifier: BSD-2-Clause
"""What a Linux kernel can tell of how it was started, brought out of the machine as files.

Knows: where Linux keeps it (sysfs, procfs, securityfs, its log), the zero page, how the kernel words its
messages. Must not know: which loaders there are, and what they should have done.

`SCRIPT` runs in userspace (initramfs.script), copies everything into one archive and prints that on the
serial port; `Witness` is the archive on this side.
"""

from __future__ import annotations

import base64
import io
import re
import tarfile
from dataclasses import dataclass
from functools import cached_property

from lab import event_log
from lab.event_log import EventLog
from lab.machine import without_busy_host

# One process for many small files: in emulation it is processes that cost time.
SCRIPT = r"""
mkdir /report
cd /report
mount -t securityfs securityfs /sys/kernel/security
dmesg -r >messages
cat /proc/cmdline >cmdline
cat /sys/kernel/boot_params/data >boot_params || true
test ! -e /sys/firmware/fdt || cat /sys/firmware/fdt >tree
for node in /sys/kernel/boot_params/setup_data/*; do
    test -e "$node/type" || continue
    cat "$node/data" >"setup_data-$(cat "$node/type")-${node##*/}"
done
(cd /sys/firmware/efi && grep -rs '' $(ls | grep -v efivars)) >efi || true
(cd /sys/firmware/efi/efivars && sha256sum *) >variables || true
(cd /sys/firmware/acpi/tables && sha256sum $(find . -maxdepth 1 -type f)) >acpi
grep -rs '' /sys/class/tpm/tpm0/pcr-* >pcrs || true
cat /sys/kernel/security/tpm0/binary_bios_measurements >event_log || true
cat /sys/kernel/security/lockdown >lockdown || true
for fb in /sys/class/graphics/fb[0-9]*; do
    test -e "$fb" && grep -s '' "$fb/name" "$fb/virtual_size" "$fb/stride" "$fb/bits_per_pixel" >>fb
done
tar -c . | gzip -c >/report.tar.gz
cd /
# The kernel may be in the middle of a line.
echo
echo "witness: $(base64 -w 0 /report.tar.gz)"
"""

_ARCHIVE = re.compile(r"^witness: ([A-Za-z0-9+/=]+)$", re.MULTILINE)
_MESSAGE = re.compile(r"^<(\d+)>\[[ .\d]+\] (.*)$", re.MULTILINE)
_E820 = re.compile(r"^BIOS-e820: \[mem 0x([0-9a-f]+)-0x([0-9a-f]+)\] (.*)$")
_DESCRIPTOR = re.compile(r"^efi: mem\d+: \[([^|]+)\|.*\] range=\[0x([0-9a-f]+)-0x([0-9a-f]+)\]")
_TABLE = re.compile(r"([A-Za-z][\w .]*)=0x([0-9a-f]+)")

# The zero page: offset, size, name. https://docs.kernel.org/arch/x86/zero-page.html and boot.html
BOOT_PARAMS = (
    (0x000, 0x40, "screen_info"), (0x040, 0x14, "apm_bios_info"), (0x058, 8, "tboot_addr"),
    (0x060, 0x10, "ist_info"), (0x070, 8, "acpi_rsdp_addr"), (0x080, 16, "hd0_info"),
    (0x090, 16, "hd1_info"), (0x0A0, 0x10, "sys_desc_table"), (0x0B0, 0x10, "olpc_ofw_header"),
    (0x0C0, 4, "ext_ramdisk_image"), (0x0C4, 4, "ext_ramdisk_size"), (0x0C8, 4, "ext_cmd_line_ptr"),
    (0x13C, 4, "cc_blob_address"), (0x140, 0x80, "edid_info"),
    (0x1C0, 4, "efi_loader_signature"), (0x1C4, 4, "efi_systab"), (0x1C8, 4, "efi_memdesc_size"),
    (0x1CC, 4, "efi_memdesc_version"), (0x1D0, 4, "efi_memmap"), (0x1D4, 4, "efi_memmap_size"),
    (0x1D8, 4, "efi_systab_hi"), (0x1DC, 4, "efi_memmap_hi"), (0x1E0, 4, "alt_mem_k"),
    (0x1E4, 4, "scratch"), (0x1E8, 1, "e820_entries"), (0x1E9, 1, "eddbuf_entries"),
    (0x1EA, 1, "edd_mbr_sig_buf_entries"), (0x1EB, 1, "kbd_status"), (0x1EC, 1, "secure_boot"),
    (0x1EF, 1, "sentinel"), (0x1F1, 1, "setup_sects"), (0x1F2, 2, "root_flags"),
    (0x1F4, 4, "syssize"), (0x1F8, 2, "ram_size"), (0x1FA, 2, "vid_mode"), (0x1FC, 2, "root_dev"),
    (0x1FE, 2, "boot_flag"), (0x200, 2, "jump"), (0x202, 4, "header"), (0x206, 2, "version"),
    (0x208, 4, "realmode_swtch"), (0x20C, 2, "start_sys_seg"), (0x20E, 2, "kernel_version"),
    (0x210, 1, "type_of_loader"), (0x211, 1, "loadflags"), (0x212, 2, "setup_move_size"),
    (0x214, 4, "code32_start"), (0x218, 4, "ramdisk_image"), (0x21C, 4, "ramdisk_size"),
    (0x220, 4, "bootsect_kludge"), (0x224, 2, "heap_end_ptr"), (0x226, 1, "ext_loader_ver"),
    (0x227, 1, "ext_loader_type"), (0x228, 4, "cmd_line_ptr"), (0x22C, 4, "initrd_addr_max"),
    (0x230, 4, "kernel_alignment"), (0x234, 1, "relocatable_kernel"), (0x235, 1, "min_alignment"),
    (0x236, 2, "xloadflags"), (0x238, 4, "cmdline_size"), (0x23C, 4, "hardware_subarch"),
    (0x240, 8, "hardware_subarch_data"), (0x248, 4, "payload_offset"), (0x24C, 4, "payload_length"),
    (0x250, 8, "setup_data"), (0x258, 8, "pref_address"), (0x260, 4, "init_size"),
    (0x264, 4, "handover_offset"), (0x268, 4, "kernel_info_offset"), (0x290, 0x40, "edd_mbr_sig"),
    (0xD00, 0x1EC, "eddbuf"),
)  # fmt: skip
HEADER = range(0x1F1, 0x290)  # what of it is the setup header, as it is in the kernel's file


@dataclass(frozen=True)
class Range:
    """Memory of one kind, from `first` to `last` (inclusive, as Linux prints it)."""

    first: int
    last: int
    kind: str

    def __str__(self) -> str:
        return f"{self.first:#x}-{self.last:#x} {self.kind}"


@dataclass(frozen=True)
class Witness:
    """What one boot told. `files` are those of SCRIPT."""

    files: dict[str, bytes]

    def text(self, name: str) -> str:
        """One of the files."""
        return self.files.get(name, b"").decode("utf-8", "replace")

    def lines(self, name: str, separator: str, prefix: str = "") -> dict[str, str]:
        """The lines "<prefix>NAME<separator>VALUE" of a file."""
        pairs = (line.partition(separator) for line in self.text(name).splitlines())
        return {key.removeprefix(prefix): value for key, found, value in pairs if found}

    @cached_property
    def messages(self) -> list[tuple[int, str]]:
        """(level, text) of each message of the kernel, without its time, and without a busy host's."""
        text = without_busy_host(self.text("messages"))
        return [(int(level) & 7, text) for level, text in _MESSAGE.findall(text)]

    @cached_property
    def said(self) -> list[str]:
        """The messages without their levels."""
        return [text for _, text in self.messages]

    @cached_property
    def e820(self) -> list[Range]:
        """The table that the loader or the stub made, before the kernel changed anything in it."""
        found = (_E820.match(text) for text in self.said)
        return [Range(int(one[1], 16), int(one[2], 16), _kind(one[3])) for one in found if one]

    @cached_property
    def memory_map(self) -> list[Range]:
        """The firmware's map as it was handed over (`efi=debug`).

        Later the kernel prints its own, shorter one under a title.
        """
        first = self.said[: self.said.index("efi: EFI runtime memory map:")]
        found = (_DESCRIPTOR.match(text) for text in first)
        return [Range(int(one[2], 16), int(one[3], 16), one[1].strip()) for one in found if one]

    @cached_property
    def tables(self) -> dict[str, int]:
        """The firmware's tables that this kernel knows, by its names for them."""
        lines = [line for line in self.said if line.startswith("efi: ") and "ACPI 2.0=0x" in line]
        assert len(lines) == 1, lines
        return {name: int(value, 16) for name, value in _TABLE.findall(lines[0])}

    @cached_property
    def pcrs(self) -> dict[str, dict[int, str]]:
        """Algorithm -> number -> value."""
        banks: dict[str, dict[int, str]] = {}
        for path, value in self.lines("pcrs", ":", "/sys/class/tpm/tpm0/pcr-").items():
            bank, _, number = path.partition("/")
            banks.setdefault(bank, {})[int(number)] = value.lower()
        return banks

    @cached_property
    def event_log(self) -> EventLog | None:
        """What the kernel has as the firmware's log; None when it has none."""
        log = self.files.get("event_log", b"")
        return event_log.parse(log) if log else None

    @property
    def boot_params(self) -> dict[str, bytes]:
        """The fields of the zero page but the e820 table."""
        page = self.files["boot_params"]
        return {name: page[start : start + size] for start, size, name in BOOT_PARAMS}

    @property
    def setup_data(self) -> dict[int, list[bytes]]:
        """Type -> the nodes of that type, in their order."""
        nodes: dict[int, list[bytes]] = {}
        for name in sorted(self.files):
            if name.startswith("setup_data-"):
                nodes.setdefault(int(name.split("-")[1], 16), []).append(self.files[name])
        return nodes

    @property
    def runtime_regions(self) -> dict[str, str]:
        """What the kernel keeps mapped for the firmware: range -> type, attributes.

        Linux lists boot services' memory (types 3 and 4) there too, because some firmware uses it when it
        should not.
        """
        regions: dict[str, dict[str, str]] = {}
        for path, value in self.lines("efi", ":").items():
            parts = path.split("/")
            if parts[0] == "runtime-map":
                regions.setdefault(parts[1], {})[parts[2]] = value
        return {
            f"{one['phys_addr']} pages {one['num_pages']}": (
                f"type {one['type']} attributes {one['attribute']}"
            )
            for one in regions.values()
            if one["type"] not in ("0x3", "0x4")
        }


def _kind(name: str) -> str:
    """A kind of the e820 map as Linux 6 calls it; Linux 7 has other names for some."""
    return {"System RAM": "usable", "device reserved": "reserved"}.get(name.strip(), name.strip())


def read(transcript: str) -> Witness:
    """The witness in a machine's transcript."""
    found = _ARCHIVE.search(transcript)
    assert found is not None, f"userspace has not told what it saw:\n{transcript[-3000:]}"
    files = {}
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(found.group(1)))) as archive:
        for member in archive.getmembers():
            content = archive.extractfile(member)
            if content is not None:
                files[member.name.removeprefix("./")] = content.read()
    return Witness(files)
