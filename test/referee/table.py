# SPDX-License-Identifier: BSD-2-Clause
"""The table of rules kept and broken: python3 -m referee.table [--only TEXT] [--jobs N] [--into DIR].

Knows: how a loader is watched, twice, and what the table looks like. Must not know: which loaders there are.

Each loader leaves a firmware that refuses nothing, and one that refuses the first exit because the map has
changed. What was seen goes into table.json, which keeps the rows of loaders that were not asked for, and from there
into table.md; with --again only the second.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from firmware import rom
from lab import debian, esp, layout
from lab.machine import Machine, NoToken, Run
from lab.report import port
from lab.variables import utf16, with_boot_option
from referee.loaders import LOADERS, Loader
from referee.report import REFEREE_ROM, WITH_FAULT_ROM, Report, report_of, reported

FAULTS = {"calm": "", "refused": "fail=1 change"}  # words of test/faults/fault.c
RULES = ("key", "between", "after", "capacity", "tpl", "watchdog")  # of the loader; attempts are told apart
FIRMWARE_RULES = ("refusals", "handlers", "map")
ORDER = ("ok", "note", "violation")
PATIENCE = 300  # seconds for a report: a bound for what hangs among others that compete for processors
KERNEL_PATIENCE = 120  # seconds from there to the kernel's first words

Seen = dict[str, Any]


# --- what was seen of one exit ---------------------------------------------------------------------


def digest(report: Report) -> Seen:
    """What the table needs of a report."""
    titles = report.of("referee")
    if not titles:
        return {"outcome": "no exit"}
    title = titles[-1]
    seen: Seen = {
        "outcome": "left" if title.number("left") else "returned" if title.number("returned") else "?",
        "attempts": title.number("attempts"),
        "image": _image(title.values["image"]),
        "leaver": _image(title.values["leaver"]),
        "loader": report.verdicts("loader"),
        "firmware": report.verdicts("firmware"),
        "calls": [
            {
                "list": line.values["list"],
                "service": line.values["service"],
                "times": line.number("count"),
                "image": _image(line.values["image"]),
                "offset": line.number("offset"),
                "early": bool(line.number("early")),
            }
            for line in report.of("call")
        ],
    }
    if report.of("capacity"):
        seen["spare"] = report.one("capacity").number("slack")
    return seen


def _image(name: str) -> str:
    """A name without the underscores that stand for blanks in a report; a path keeps its own."""
    return name if name.startswith("\\") else name.replace("_", " ") or "memory that no image has"


def watch(loader: Loader, fault: str, room: Path) -> Seen:
    """One loader in one machine."""
    machine = room / "machine"
    machine.mkdir(parents=True)
    arguments = [*port(), *rom.card(WITH_FAULT_ROM if fault else REFEREE_ROM)]
    if loader.server is not None:
        arguments += _server(room / "server", loader.server())
    variables = None
    if loader.options:
        variables = with_boot_option(debian.firmware().variables, room / "store.fd", layout.REMOVABLE,
                                     utf16(loader.options))  # fmt: skip
    described = Machine(
        machine,
        esp.build(machine / "esp.img", loader.files()),
        memory="1G",
        display="std",
        configuration={"opt/org.baton/fault": fault} if fault else {},
        arguments=arguments,
        variables=variables,
    )
    with described.start() as run:
        run.allow = [b""]  # a kernel without a root file system panics
        seen = _follow(run)
        if seen["outcome"] == "left":
            seen["kernel_runs"] = _kernel_runs(run, loader)
    return seen


def _server(folder: Path, files: dict[str, esp.Content]) -> list[str]:
    folder.mkdir()
    for name, content in files.items():
        data = content.read_bytes() if isinstance(content, Path) else content
        (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return ["-netdev", f"user,id=net,tftp={folder},bootfile={next(iter(files))}",
            "-device", "virtio-net-pci,netdev=net,romfile="]  # fmt: skip


def _follow(run: Run) -> Seen:
    """The report; without one, what is known of a loader that came back before any exit, or hangs."""
    try:
        return digest(report_of(run, PATIENCE))
    except NoToken:
        report = reported(run)
        attempts = len(report.of("attempt"))
        returned = any(line.number("returned") for line in report.of("referee"))
        if attempts == 0:
            return {"outcome": "no exit", "came_back": returned}
        return {"outcome": "hangs", "attempts": attempts}


def _kernel_runs(run: Run, loader: Loader) -> bool | None:
    """Whether the kernel was heard of; None for one that says nothing."""
    try:
        if loader.ends_machine:
            run.expect_end(KERNEL_PATIENCE)
            return True
        if not loader.runs:
            return None
        run.expect(loader.runs, KERNEL_PATIENCE)
    except NoToken:
        return False
    return True


# --- the table -------------------------------------------------------------------------------------


def worst(verdicts: Iterable[str]) -> str:
    """The worst of some verdicts; "" of none."""
    return max(verdicts, key=ORDER.index, default="")


def cell(row: Seen, rule: str) -> str:
    """The verdict on one rule over both exits."""
    found = worst(seen["loader"][rule] for seen in row["exits"].values() if rule in seen.get("loader", {}))
    return {"": "", "violation": "**broken**"}.get(found, found)


def ending(seen: Seen) -> str:
    """What became of one exit, in a few words."""
    outcome = str(seen["outcome"])
    if outcome == "no exit":
        return "came back without an exit" if seen.get("came_back") else "no exit seen"
    if outcome == "hangs":
        return f"neither left nor returned; {seen['attempts']} attempts"
    words = {"left": "left at attempt", "returned": "returned after attempt"}.get(outcome, outcome)
    text = f"{words} {seen['attempts']}"
    return text + (", but its kernel was not heard of" if seen.get("kernel_runs") is False else "")


def findings(row: Seen) -> list[str]:
    """What a loader broke and what is worth knowing, with the image at fault."""
    lines = []
    leavers = {seen["leaver"] for seen in row["exits"].values() if seen.get("leaver")}
    if leavers:
        lines.append(f"left by: {', '.join(f'`{name}`' for name in sorted(leavers))}")
    for name in ("between", "after"):
        calls: dict[tuple[str, str], int] = {}
        for seen in row["exits"].values():
            for call in seen.get("calls", ()):
                if call["list"] == name:
                    key = (call["image"], call["service"])
                    calls[key] = max(calls.get(key, 0), call["times"])
        for (image, service), times in sorted(calls.items()):
            lines.append(f"{name}: {service} {times}x, by `{image}`")
    for seen in row["exits"].values():
        if seen.get("loader", {}).get("capacity", "ok") != "ok":
            lines.append(f"capacity: room for {seen['spare']} descriptors more")
            break
    return lines


def markdown(table: Seen) -> str:
    """The table for people."""
    head = ["loader", "version", "boots", "calm firmware", "first exit refused", *RULES]
    lines = [
        "# What loaders do when they leave boot services",
        "",
        "Made by `make referee-table`; [`table.json`](table.json) has the same for programs, and"
        " [`README.md`](README.md) says what each rule is.",
        "",
        f"Watched on {table['date']}: {table['firmware']} in QEMU, 1 GiB of memory, one processor. Each loader"
        " leaves twice: a firmware that refuses nothing, and one whose first ExitBootServices fails because"
        " the map has changed. A cell has the worse verdict of the two: `ok`, `note` (allowed, and worth"
        " knowing), **broken**; it is empty where there was no exit to judge.",
        "",
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
    ]
    for row in table["loaders"]:
        ends = [ending(row["exits"][name]) for name in FAULTS]
        cells = [row["name"], row["version"], row["boots"], *ends, *(cell(row, rule) for rule in RULES)]
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "## The images at fault", ""]
    for row in table["loaders"]:
        if found := findings(row):
            lines += [f"**{row['name']}**", "", *(f"- {line}" for line in found), ""]
    lines += ["## The firmware and its drivers", ""]
    lines += [*_firmware(table), ""]
    return "\n".join(lines)


def _firmware(table: Seen) -> list[str]:
    """What the firmware broke while the loaders left: the same for most of them."""
    verdicts: dict[str, str] = {}
    callers: dict[tuple[str, str, bool], set[tuple[str, str]]] = {}
    for row in table["loaders"]:
        for name, seen in row["exits"].items():
            for rule, verdict in seen.get("firmware", {}).items():
                if rule != "refusals" or name == "calm":  # the refusal is our own driver's
                    verdicts[rule] = worst([verdicts.get(rule, "ok"), verdict])
            for call in seen.get("calls", ()):
                if call["list"] == "handlers":
                    image = f"`{call['image']}`"
                    if call["image"].startswith("\\"):  # it was the loader that has such a handler
                        image += f" ({row['name']})"
                    key = (image, call["service"], call["early"])
                    callers.setdefault(key, set()).add((row["name"], name))
    lines = [f"- {rule}: {verdicts[rule].replace('violation', '**broken**')}"
             for rule in FIRMWARE_RULES if rule in verdicts]  # fmt: skip
    for (image, service, early), exits in sorted(callers.items()):
        when = ", before the exit handlers, where it is allowed" if early else ""
        lines.append(f"- handlers: {service} in {len(exits)} exits, by {image}{when}")
    return lines


def make_row(loader: Loader) -> Seen:
    """Watch one loader, both times."""
    exits = {}
    for name, fault in FAULTS.items():
        with tempfile.TemporaryDirectory(prefix="baton-referee-") as room:
            exits[name] = watch(loader, fault, Path(room))
        print(f"{loader.name:20} {name:8} {ending(exits[name])}", flush=True)
    return {
        "name": loader.name,
        "package": loader.package,
        "version": loader.version(),
        "boots": loader.boots,
        "date": datetime.date.today().isoformat(),
        "exits": exits,
    }


def make(only: str, jobs: int, rows: list[Seen]) -> Seen:
    """Watch the loaders with `only` in their name; the others keep their rows."""
    kept = {row["name"]: row for row in rows}
    chosen = [loader for loader in LOADERS if only in loader.name]
    with ThreadPoolExecutor(jobs) as pool:
        kept |= {row["name"]: row for row in pool.map(make_row, chosen)}
    rows = [kept[loader.name] for loader in LOADERS if loader.name in kept]
    return {
        "licence": "SPDX-License-Identifier: BSD-2-Clause (see LICENSE)",
        "date": min(row["date"] for row in rows),
        "firmware": f"OVMF of Debian {debian.firmware().name}",
        "loaders": rows,
    }


def main() -> int:
    """Make the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="only loaders with this in their name")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--into", type=Path, default=Path(__file__).parent)
    parser.add_argument("--again", action="store_true", help="table.md anew from table.json")
    asked = parser.parse_args()
    kept = asked.into / "table.json"
    table = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {"loaders": []}
    if not asked.again:
        table = make(asked.only, asked.jobs, table["loaders"])
        asked.into.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    (asked.into / "table.md").write_text(markdown(table), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
