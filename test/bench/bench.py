# SPDX-License-Identifier: BSD-2-Clause
"""`make bench`: what Baton and other loaders cost, in guest instructions, side by side.

Knows: what is compared with what, and how the figures are shown.
Must not know: how a start is measured (measure.py), how a loader is set up (loaders.py), QEMU.

    python3 -m bench.bench [--parts loaders,maps,entries,tpm,wall,size] [--sizes 1,64,256] [--loaders floor,baton]
             [--firmware bookworm,trixie,sid] [--rounds 3]

Each loader is started twice with the smallest initrd: the control. The figures must agree to one part in
ten thousand; as a rule they are equal, but a character on the serial port may take one more look at it.
"""

from __future__ import annotations

import argparse
import datetime
import json
import statistics
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench import growth, image_size, loaders, plot, wall
from bench.loaders import LOADERS
from bench.measure import MIB, Figures, Meter, Start, make_disk
from lab import debian

OUTPUT = loaders.OUTPUT
CONTROL = 10_000  # one part of these is how much a repeated figure may differ
PARTS = ("loaders", "maps", "entries", "tpm", "wall", "size")
OCCUPIED = (0, 5_000, 10_000, 20_000)  # pages, each a descriptor more
ENTRIES = 1000
WALL_SIZE = 64 * MIB  # of the initrd
MEASURING = ("baton", "systemd-boot")  # loaders whose kernel is not measured before they start
MEASURED_SIZES = (1, 32)  # of the initrd, in MiB


def say(text: str) -> None:
    """Progress, apart from the result."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def measure(meter: Meter, key: str, size: int, tpm: bool = False) -> Figures:
    """One figure."""
    loader = LOADERS[key]
    disk = make_disk(meter.directory / "disk.img", loaders.files_for(loader, size), size)
    figures = meter.measure(Start(disk, loader.options), timeout=3600, tpm=tpm)
    disk.unlink()
    beside = " and a TPM" if tpm else ""
    say(f"{loader.name}, initrd of {size // MIB} MiB{beside}: {figures.total / 1e6:.2f} million")
    return figures


def show(rows: list[list[str]]) -> None:
    """A table as Markdown has them; all columns but the first are numbers."""
    rule = ["---", *["---:"] * (len(rows[0]) - 1)]
    print("\n".join("| " + " | ".join(row) + " |" for row in [rows[0], rule, *rows[1:]]), "\n")


def loader_rows(results: dict[str, dict[int, Figures]], sizes: list[int]) -> list[list[str]]:
    """Million instructions, how many times Baton's, and the growth per MiB of initrd."""
    rows = [["million guest instructions", *(f"{size} MiB" for size in sizes), "per MiB"]]
    for key, by_size in results.items():
        row = [LOADERS[key].name]
        for size in sizes:
            ratio = ""
            if "baton" in results and key != "baton":
                ratio = f" ({by_size[size].total / results['baton'][size].total:.2f} x)"
            row.append(f"{by_size[size].total / 1e6:.2f}{ratio}")
        growth_of_all = (by_size[sizes[-1]].total - by_size[sizes[0]].total) / 1e6
        steps = sizes[-1] - sizes[0]
        row.append(f"{growth_of_all / steps:.4f}" if steps else "")
        rows.append(row)
    return rows


def control(meter: Meter, results: dict[str, dict[int, Figures]], size: int) -> int:
    """Every loader once more; by how many instructions it differs at most."""
    worst = 0
    for key, by_size in results.items():
        first, again = by_size[size], measure(meter, key, size * MIB)
        worst = max(worst, abs(again.total - first.total))
        if abs(again.total - first.total) * CONTROL > first.total:
            raise SystemExit(f"bench: control of {key}: {again} is not {first}")
    return worst


def compare(meter: Meter, keys: list[str], sizes: list[int]) -> dict[str, object]:
    """The loaders side by side."""
    results = {key: {size: measure(meter, key, size * MIB) for size in sizes} for key in keys}
    worst = control(meter, results, sizes[0])
    show(loader_rows(results, sizes))
    rows = [["instructions", "last map to exit", "in the exit", "maps read", "probes"]]
    for key in keys:
        one = results[key][sizes[0]]
        numbers = (one.between, one.exit, one.maps, one.probes)
        rows.append([LOADERS[key].name, *(f"{number:,}" for number in numbers)])
    show(rows)
    print(f"control: a second start of each differs by {worst} instructions at most\n")
    figures = {
        key: {size: asdict(one) for size, one in by_size.items()}
        for key, by_size in results.items()
    }
    name = f"bench-{meter.firmware.name}.svg"
    plot.write(OUTPUT / name, plot.series(LOADERS, figures))
    return {"figures": figures, "control": worst}


def maps(meter: Meter) -> list[object]:
    """Baton's own instructions, by length of the memory map."""
    results = []
    for occupied in OCCUPIED:
        results.append(growth.long_map(meter, occupied))
        say(f"map of {results[-1].descriptors} descriptors: {results[-1].own / 1e6:.2f} million")
    rows = [["descriptors", "Baton's own instructions", "for each"]]
    for one in results:
        more = one.own - results[0].own
        each = f"{more / (one.descriptors - results[0].descriptors):.0f}" if more else ""
        rows.append([f"{one.descriptors:,}", f"{one.own:,}", each])
    show(rows)
    return [asdict(one) for one in results]


def entries(meter: Meter) -> dict[str, int]:
    """What a directory of many entries costs over reading the files in it."""
    floor, baton = growth.many_entries(meter, ENTRIES)
    show(
        [
            [f"million guest instructions, {ENTRIES} entries", "1 MiB"],
            ["the floor, which reads the entries too", f"{floor.total / 1e6:.2f}"],
            ["Baton", f"{baton.total / 1e6:.2f}"],
            ["Baton over the floor", f"{(baton.total - floor.total) / 1e6:.2f}"],
        ]
    )
    return {"floor": floor.total, "baton": baton.total}


def hashing(meter: Meter) -> dict[str, dict[int, int]]:
    """What a TPM adds: all of it is the firmware's, which hashes for each of the TPM's banks. These
    figures repeat to one part in a hundred only, as the TPM answers in its own time."""
    results: dict[str, dict[int, int]] = {}
    rows = [["million guest instructions that a TPM adds", *(f"{size} MiB" for size in MEASURED_SIZES)]]
    for key in MEASURING:
        results[key] = {}
        for size in MEASURED_SIZES:
            plain = measure(meter, key, size * MIB)
            results[key][size] = measure(meter, key, size * MIB, tpm=True).total - plain.total
        numbers = (f"{added / 1e6:,.0f}" for added in results[key].values())
        rows.append([LOADERS[key].name, *numbers])
    show(rows)
    return results


def wall_times(
    firmware: debian.Firmware, keys: list[str], rounds: int, work: Path
) -> dict[str, dict[str, list[float]]]:
    """Seconds on disks that have to be waited for; the rounds go through all, so that each loader
    meets the same of what else this machine does."""
    times: dict[str, dict[str, list[float]]] = {key: {bus: [] for bus in wall.BUSES} for key in keys}
    disks = {
        key: make_disk(work / f"{key}.img", loaders.files_for(LOADERS[key], WALL_SIZE), WALL_SIZE)
        for key in keys
    }
    for number in range(rounds):
        say(f"wall time, round {number + 1} of {rounds}")
        for key in keys:
            for bus, seen in times[key].items():
                seen.append(wall.seconds(bus, firmware, disks[key], LOADERS[key].options))
    rows = [[f"milliseconds, median of {rounds}, initrd of {WALL_SIZE // MIB} MiB", *wall.BUSES]]
    for key in keys:
        row = [LOADERS[key].name]
        for bus, seen in times[key].items():
            median = statistics.median(seen)
            ratio = ""
            if "baton" in times and key != "baton":
                ratio = f" ({median / statistics.median(times['baton'][bus]):.2f} x)"
            row.append(f"{median * 1000:.0f}{ratio}")
        rows.append(row)
    show(rows)
    return times


def bench(firmware: str, asked: argparse.Namespace, work: Path) -> dict[str, object]:
    """All that was asked for on one firmware; tables on the terminal."""
    meter = Meter(work / (firmware or "own"), debian.firmware(firmware))
    meter.directory.mkdir()
    keys = asked.loaders.split(",")
    result: dict[str, object] = {}
    print(f"\nFirmware: OVMF of {meter.firmware.name}\n", flush=True)
    if "loaders" in asked.parts:
        sizes = sorted(int(word) for word in asked.sizes.split(","))
        result["loaders"] = compare(meter, keys, sizes)
    if "maps" in asked.parts:
        result["maps"] = maps(meter)
    if "entries" in asked.parts:
        result["entries"] = entries(meter)
    if "tpm" in asked.parts:
        result["tpm"] = hashing(meter)
    if "wall" in asked.parts:
        result["wall"] = wall_times(meter.firmware, keys, asked.rounds, meter.directory)
    return result


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make bench BENCH_ARGS=...")
    parser.add_argument("--parts", default=",".join(PARTS), help="of the bench, default: all")
    parser.add_argument("--sizes", default="1,64,256", help="of the initrds, in MiB")
    parser.add_argument("--loaders", default=",".join(LOADERS))
    parser.add_argument("--firmware", default="", help="suites of Debian, e.g. bookworm,trixie,sid")
    parser.add_argument("--rounds", type=int, default=3, help="of wall times")
    asked = parser.parse_args()
    asked.parts = asked.parts.split(",")
    OUTPUT.mkdir(parents=True, exist_ok=True)
    document: dict[str, object] = {"date": datetime.date.today().isoformat()}
    if "size" in asked.parts:
        sizes = image_size.measure(loaders.BATON)
        document["size"] = vars(sizes)
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as scratch:
        for firmware in asked.firmware.split(","):
            name = f"ovmf {debian.firmware(firmware).name}"
            document[name] = bench(firmware, asked, Path(scratch))
            (OUTPUT / "bench.json").write_text(json.dumps(document, indent=1) + "\n")
    if "size" in asked.parts:
        print(f"BOOTX64.EFI, bytes\n\n{image_size.table(sizes)}\n")
    print(f"Written: {OUTPUT}/bench.json and bench-*.svg")


if __name__ == "__main__":
    main()
