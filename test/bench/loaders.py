# SPDX-License-Identifier: BSD-2-Clause
"""The loaders that are compared, and the disk that each finds.

Knows: where Debian keeps other loaders, how each is told what to boot.
Must not know: how a start is measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.measure import noise
from lab import debian, esp, layout

OUTPUT = debian.BUILD / "bench"
BATON = debian.BUILD / "BOOTX64.EFI"
FLOOR = OUTPUT / "floor.efi"
OPTIONS = "console=ttyS0"

GRUB = f"""\
set timeout=0
search --no-floppy --set=root --file /vmlinuz
menuentry linux {{
    linux /vmlinuz {OPTIONS}
    initrd /initrd.img
}}
"""


@dataclass(frozen=True)
class Loader:
    """A loader: the file that firmware starts, and what it is told."""

    name: str
    image: Callable[[], Path]
    options: str = ""  # load options


def _systemd_boot() -> Path:
    tree = debian.package("systemd-boot-efi")
    return tree / "usr/lib/systemd/boot/efi/systemd-bootx64.efi"


def _grub() -> Path:
    tree = debian.package("grub-efi-amd64-bin")
    return tree / "usr/lib/grub/x86_64-efi/monolithic/grubx64.efi"


LOADERS = {
    "floor": Loader("the floor", lambda: FLOOR),
    "baton": Loader("Baton", lambda: BATON),
    "stub": Loader(
        "Linux's stub as BOOTX64.EFI",
        lambda: debian.cloud_kernel().image,
        rf"{OPTIONS} initrd=\initrd.img",
    ),
    "systemd-boot": Loader("systemd-boot and stub", _systemd_boot),
    "grub": Loader("GRUB", _grub),
}


def files_for(loader: Loader, size: int) -> dict[str, esp.Content]:
    """The disk, the same for all loaders but for BOOTX64.EFI, with an initrd of `size` bytes."""
    return {
        layout.REMOVABLE: loader.image(),
        "vmlinuz": debian.cloud_kernel().image,
        "initrd.img": noise(size),
        "loader/loader.conf": "timeout 0\n",
        "loader/entries/linux.conf": layout.entry("/vmlinuz", ["/initrd.img"], OPTIONS),
        "EFI/debian/grub.cfg": GRUB,
    }


def add_entries(disk: Path, number: int) -> None:
    """So many entries more on a disk, all for the same kernel."""
    text = layout.entry("/vmlinuz", ["/initrd.img"], OPTIONS)
    esp.add_folder(
        disk, "loader/entries", {f"a{index:04}.conf": text for index in range(number)}
    )
