# SPDX-License-Identifier: BSD-2-Clause
"""`make bench`: what Baton and other loaders cost, in guest instructions, side by side.

Knows: the loaders, how each is told what to boot, how the figures are shown.
Must not know: how a start is measured (measure.py), QEMU.

    bench.py [--sizes 1,64,256] [--loaders floor,baton] [--firmware bookworm,trixie,sid] [--wall]

Each loader is started twice with the smallest initrd: the control. The figures must agree to one part in
ten thousand; as a rule they are equal, but a character on the serial port may take one more look at it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from measure import MIB, Figures, Meter, Start, make_disk, noise

import debian  # noqa: I001 (measure.py makes the modules of test/boot importable)
import esp
import layout
import plot

OUTPUT = debian.BUILD / "bench"
BATON = debian.BUILD / "BOOTX64.EFI"
FLOOR = OUTPUT / "floor.efi"
OPTIONS = "console=ttyS0"
CAPACITY = 256 * MIB  # of each disk, so that the geometry of the file system is always the same
CONTROL = 10_000  # one part of these is how much a repeated figure may differ

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
    options: str = ""


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
    """The disk, the same for all loaders but for BOOTX64.EFI."""
    return {
        layout.REMOVABLE: loader.image(),
        "vmlinuz": debian.cloud_kernel().image,
        "initrd.img": noise(size),
        "loader/loader.conf": "timeout 0\n",
        "loader/entries/linux.conf": layout.entry("/vmlinuz", ["/initrd.img"], OPTIONS),
        "EFI/debian/grub.cfg": GRUB,
    }


def say(text: str) -> None:
    """Progress, apart from the result."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def measure(meter: Meter, key: str, size: int, capacity: int) -> Figures:
    """One figure."""
    loader = LOADERS[key]
    disk = make_disk(meter.directory / "disk.img", files_for(loader, size), capacity)
    figures = meter.measure(Start(disk, loader.options), timeout=3600)
    disk.unlink()
    say(f"{loader.name}, initrd of {size // MIB} MiB: {figures.total / 1e6:.2f} million")
    return figures


def table(results: dict[str, dict[int, Figures]], sizes: list[int]) -> str:
    """Million instructions, how many times Baton's, and the growth per MiB of initrd."""
    columns = [f"{size} MiB" for size in sizes]
    head = ["million guest instructions", *columns, "per MiB"]
    rows = [head, ["---", *["---:"] * (len(columns) + 1)]]
    for key, by_size in results.items():
        row = [LOADERS[key].name]
        for size in sizes:
            ratio = ""
            if "baton" in results and key != "baton":
                ratio = f" ({by_size[size].total / results['baton'][size].total:.2f} x)"
            row.append(f"{by_size[size].total / 1e6:.2f}{ratio}")
        growth = (by_size[sizes[-1]].total - by_size[sizes[0]].total) / 1e6
        steps = sizes[-1] - sizes[0]
        row.append(f"{growth / steps:.4f}" if steps else "")
        rows.append(row)
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def sections() -> dict[str, int]:
    """Baton's size by section, and of the whole file."""
    listing = subprocess.run(
        ["size", "-A", "-d", f"{BATON}.debug"], check=True, capture_output=True, text=True
    ).stdout
    words = [line.split() for line in listing.splitlines()]
    sizes = {
        word[0]: int(word[1])
        for word in words
        if len(word) == 3 and word[0].startswith(".") and not word[0].startswith(".debug")
    }
    return {**sizes, "file": BATON.stat().st_size}


def bench(firmware: str, keys: list[str], sizes: list[int], work: Path) -> dict[str, object]:
    """All figures on one firmware; the table on the terminal."""
    meter = Meter(work / (firmware or "own"), debian.firmware(firmware))
    meter.directory.mkdir()
    say(f"firmware {meter.firmware.name}: starting it once")
    capacity = max(CAPACITY, sizes[-1] * MIB)
    worst = 0
    results: dict[str, dict[int, Figures]] = {}
    for key in keys:
        results[key] = {size: measure(meter, key, size * MIB, capacity) for size in sizes}
    for key in keys:
        again = measure(meter, key, sizes[0] * MIB, capacity)
        first = results[key][sizes[0]]
        worst = max(worst, abs(again.total - first.total))
        if abs(again.total - first.total) * CONTROL > first.total:
            raise SystemExit(f"bench: control of {key}: {again} is not {first}")
    shutil.rmtree(meter.directory)
    print(f"\nFirmware: OVMF of {meter.firmware.name}\n\n{table(results, sizes)}\n")
    for key in keys:
        figures = results[key][sizes[0]]
        print(
            f"{LOADERS[key].name}: {figures.maps} maps read, {figures.probes} probes; "
            f"{figures.between} instructions from the last map to ExitBootServices, "
            f"{figures.exit} in it"
        )
    print(f"control: a second start differs by {worst} instructions at most")
    return {key: {size: asdict(one) for size, one in by.items()} for key, by in results.items()}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make bench BENCH_ARGS=...")
    parser.add_argument("--sizes", default="1,64,256", help="of the initrds, in MiB")
    parser.add_argument("--loaders", default=",".join(LOADERS))
    parser.add_argument("--firmware", default="", help="suites of Debian, e.g. bookworm,trixie,sid")
    asked = parser.parse_args()
    sizes = sorted(int(word) for word in asked.sizes.split(","))
    keys = asked.loaders.split(",")
    OUTPUT.mkdir(parents=True, exist_ok=True)
    document: dict[str, object] = {"unit": "guest instructions", "size": sections()}
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as scratch:
        for firmware in asked.firmware.split(","):
            figures = bench(firmware, keys, sizes, Path(scratch))
            document[f"ovmf {debian.firmware(firmware).name}"] = figures
            (OUTPUT / "bench.json").write_text(json.dumps(document, indent=1) + "\n")
            plot.write(OUTPUT / f"bench-{firmware or 'own'}.svg", plot.series(LOADERS, figures))
    parts = ", ".join(f"{name} {size}" for name, size in sections().items() if size)
    print(f"\nBOOTX64.EFI, bytes: {parts}\nWritten: {OUTPUT}/bench.json and bench-*.svg")


if __name__ == "__main__":
    main()
