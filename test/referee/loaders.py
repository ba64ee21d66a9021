# SPDX-License-Identifier: BSD-2-Clause
"""The loaders and kernels of the table, and the disk that each finds.

Knows: where Debian keeps them, and how each is told what to boot. Must not know: the referee, the table.
"""

from __future__ import annotations

import gzip
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

from lab import debian, layout, uki
from lab.esp import Content

OPTIONS = layout.CONSOLE
LINUX_RUNS = "Linux version "
KERNEL_PACKAGE = debian.FLAVOURS["cloud"]
NATIVE = debian.NATIVE
BATON = debian.BUILD / "BOOTX64.EFI"

Files = dict[str, Content]


def multiboot2_kernel() -> bytes:
    """The smallest kernel of the multiboot2 protocol: it ends the machine."""
    base = 0x400000
    code = bytes.fromhex("66baf400 b010 ee f4 ebfd")  # out 0xf4, 0x10; hlt
    addresses = struct.pack("<HHIIIII", 2, 0, 24, base, base, 0, 0)
    length = 16 + 24 + 16 + 8
    entry = struct.pack("<HHII4x", 3, 0, 12, base + length)
    head = struct.pack("<IIII", 0xE85250D6, 0, length, -(0xE85250D6 + length) & 0xFFFFFFFF)
    return head + addresses + entry + struct.pack("<HHI", 0, 0, 8) + code


def grub_multiboot2(path: str = layout.REMOVABLE) -> Files:
    """GRUB, which leaves by itself for a kernel of the multiboot2 protocol."""
    modules = debian.package("grub-efi-amd64-bin") / "usr/lib/grub/x86_64-efi"
    files: Files = {
        path: debian.grub(),
        "EFI/debian/grub.cfg": "insmod multiboot2\nmultiboot2 /kernel\nboot\n",
        "kernel": multiboot2_kernel(),
    }
    for name in ("multiboot2", "relocator", "boot", "net", "acpi", "linux", "video", "mmap",
                 "priority_queue", "datetime", "bufio", "extcmd"):  # fmt: skip
        files[f"EFI/debian/x86_64-efi/{name}.mod"] = modules / f"{name}.mod"
    return files


def grub_linux(path: str = layout.REMOVABLE) -> Files:
    """GRUB with Debian's kernel."""
    return {
        path: debian.grub(),
        "EFI/debian/grub.cfg": f"linux ($root)/vmlinuz {OPTIONS}\nboot\n",
        "vmlinuz": debian.cloud_kernel().image,
    }


def systemd_boot(path: str = layout.REMOVABLE) -> Files:
    """systemd-boot with Debian's kernel."""
    return {
        path: debian.systemd_boot(),
        "vmlinuz": debian.cloud_kernel().image,
        "loader/loader.conf": "timeout 0\n",
        "loader/entries/linux.conf": layout.entry("/vmlinuz", options=OPTIONS),
    }


def _stub() -> Files:
    return {layout.REMOVABLE: debian.cloud_kernel().image}


def _uki() -> Files:
    image = uki.build(debian.BUILD / "referee-table.efi",
                      {".cmdline": OPTIONS.encode(), ".linux": debian.cloud_kernel().image})  # fmt: skip
    return {layout.REMOVABLE: image}


def _shim() -> Files:
    shim = debian.package("shim-signed") / "usr/lib/shim/shimx64.efi.signed"
    return {**grub_multiboot2("EFI/BOOT/grubx64.efi"), layout.REMOVABLE: shim}


def _syslinux() -> Files:
    program = debian.package("syslinux-efi") / "usr/lib/SYSLINUX.EFI/efi64/syslinux.efi"
    modules = debian.package("syslinux-common") / "usr/lib/syslinux/modules/efi64"
    return {
        layout.REMOVABLE: program,
        "EFI/BOOT/ldlinux.e64": modules / "ldlinux.e64",
        "EFI/BOOT/syslinux.cfg": "DEFAULT linux\nPROMPT 0\nLABEL linux\n"
        f"  KERNEL /vmlinuz\n  APPEND {OPTIONS}\n",
        "vmlinuz": debian.cloud_kernel().image,
    }


def _refind() -> Files:
    program = debian.package("refind") / "usr/share/refind/refind/refind_x64.efi"
    return {
        layout.REMOVABLE: program,
        "EFI/BOOT/refind.conf": "timeout -1\ntextonly true\nscanfor manual\n"
        f'menuentry linux {{\n  loader /vmlinuz\n  options "{OPTIONS}"\n}}\n',
        "vmlinuz": debian.cloud_kernel().image,
    }


def _xen() -> Files:
    return {
        layout.REMOVABLE: debian.xen(),
        "EFI/BOOT/BOOTX64.cfg": "[global]\ndefault=linux\n[linux]\n"
        "options=console=com1 com1=115200,8n1 dom0_mem=256M\nkernel=vmlinuz console=hvc0\n",
        "EFI/BOOT/vmlinuz": debian.cloud_kernel().image,
    }


def _memtest() -> Files:
    return {layout.REMOVABLE: debian.memtest(efi=True)}


def _ipxe() -> Files:
    return {layout.REMOVABLE: debian.package("ipxe") / "boot/ipxe.efi"}


def _ipxe_server() -> Files:
    return {
        "boot.ipxe": f"#!ipxe\nkernel vmlinuz {OPTIONS}\nboot\n",
        "vmlinuz": debian.cloud_kernel().image,
    }


def _fwupd() -> Files:
    return {layout.REMOVABLE: debian.package("fwupd-unsigned") / "usr/libexec/fwupd/efi/fwupdx64.efi"}


def _baton(more: Files, entry: str) -> Files:
    return {layout.REMOVABLE: BATON, "loader/entries/it.conf": entry, **more}


def _baton_linux() -> Files:
    return _baton({"vmlinuz": debian.cloud_kernel().image}, layout.entry("/vmlinuz", options=OPTIONS))


def _baton_native() -> Files:
    return _baton({"kernel.elf": NATIVE}, layout.entry("/kernel.elf", options=""))


def _guarded_stub() -> Files:
    entry = layout.entry("/vmlinuz", options=OPTIONS) + "baton-exit guard\n"
    return _baton({"vmlinuz": debian.cloud_kernel().image}, entry)


def _guarded_grub() -> Files:
    return _baton(grub_linux("EFI/debian/grubx64.efi"), "efi /EFI/debian/grubx64.efi\n")


def _guarded_xen() -> Files:
    xen = {path.replace("BOOT/", "xen/"): content for path, content in _xen().items()}
    xen["EFI/xen/xen.cfg"] = xen.pop("EFI/xen/BOOTX64.cfg")
    xen["EFI/xen/xen.efi"] = xen.pop("EFI/xen/BOOTX64.EFI")
    return _baton(xen, "efi /EFI/xen/xen.efi\n")


@dataclass(frozen=True)
class Loader:
    """One row: a loader and what it boots."""

    name: str
    package: str  # of Debian; "" for Baton
    boots: str
    files: Callable[[], Files]
    runs: str = LINUX_RUNS  # what the serial port shows when the kernel runs; "" when it shows nothing
    options: str = ""  # load options in the firmware's boot option
    changelog: str = ""  # the package that has its changelog, if that is another
    ends_machine: bool = False  # the kernel has nothing to say and turns the machine off
    server: Callable[[], Files] | None = None  # what a TFTP server has; the first is the boot file

    def version(self) -> str:
        """Of the package, as its changelog has it."""
        if not self.package:
            return "of this tree"
        if self.package == KERNEL_PACKAGE:
            return debian.cloud_kernel().release
        source = self.changelog or self.package
        notes = debian.package(source) / "usr/share/doc" / source
        for log in (*notes.glob("changelog.Debian*.gz"), *notes.glob("changelog.gz")):
            found = re.match(r"\S+ \((\S+)\)", gzip.decompress(log.read_bytes()).decode(errors="replace"))
            if found:
                return found.group(1)
        return ""


KERNEL = "Debian's kernel"
LOADERS = (
    Loader("Linux's stub", KERNEL_PACKAGE, KERNEL, _stub, options=OPTIONS),
    Loader("systemd-boot", "systemd-boot-efi", f"{KERNEL}, by its stub", systemd_boot),
    Loader("systemd-stub", "systemd-boot-efi", f"{KERNEL} in a unified image", _uki),
    Loader("GRUB, linux", "grub-efi-amd64-bin", KERNEL, grub_linux, changelog="grub-common"),
    Loader("GRUB, multiboot2", "grub-efi-amd64-bin", "a test kernel of the multiboot2 protocol",
           grub_multiboot2, runs="", ends_machine=True, changelog="grub-common"),
    Loader("shim", "shim-signed", "GRUB, and that a multiboot2 kernel; Secure Boot is off", _shim,
           runs="", ends_machine=True),
    Loader("SYSLINUX", "syslinux-efi", KERNEL, _syslinux),
    Loader("rEFInd", "refind", f"{KERNEL}, by its stub", _refind),
    Loader("Xen", "xen-hypervisor-4.17-amd64", f"{KERNEL} as its first domain", _xen, runs="(XEN) "),
    Loader("memtest86+", "memtest86+", "itself", _memtest, runs="Memtest86+ v",
           options="console=ttyS0,115200"),
    Loader("iPXE", "ipxe", f"{KERNEL} from a TFTP server, by its stub", _ipxe, server=_ipxe_server),
    Loader("fwupd-efi", "fwupd-unsigned", "nothing: there is no update to install", _fwupd, runs=""),
    Loader("Baton, Linux", "", KERNEL, _baton_linux),
    Loader("Baton, native", "", "a test kernel of Baton's own protocol", _baton_native,
           runs="BATON-KERNEL: PASS"),
    Loader("Linux's stub, guarded", KERNEL_PACKAGE, f"{KERNEL}, started by Baton", _guarded_stub),
    Loader("GRUB, guarded", "grub-efi-amd64-bin", f"{KERNEL}; GRUB started by Baton", _guarded_grub,
           changelog="grub-common"),
    Loader("Xen, guarded", "xen-hypervisor-4.17-amd64", f"{KERNEL} as its first domain; Xen started by Baton",
           _guarded_xen, runs="(XEN) "),
)  # fmt: skip
