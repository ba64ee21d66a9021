# SPDX-License-Identifier: BSD-2-Clause
"""The reference-counted hand-off (include/exit-reference-protocol.h) in drivers, under real firmware.

A machine gets many sample buses, one controller each and each in another configuration, and one exit
shows all of them: Baton leaves and boots its test kernel. The drivers (test/firmware/bus.c, child.c)
report what they do, and a third (watch.c) what the devices' registers hold, which services were called
from where, and whether the map that the loader left with is true.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lab import debian, layout
from lab.machine import Boot, verdict
from lab.report import FILE, Line, parse, port
from lab.transcript import PASS

ROM = debian.BUILD / "firmware" / "buses.rom"
KERNEL = debian.NATIVE
FIRST_SLOT = 4  # PCI devices below belong to the machine
FUNCTIONS = 8
GENERAL = 0xFFFF
BOOT_SERVICES_DATA, CONVENTIONAL = 4, 7  # UEFI 2.10, 7.2: EFI_MEMORY_TYPE


@dataclass(frozen=True)
class Bus:
    """One bus: see test/firmware/sample_bus.h for the words."""

    children: str = ""  # one letter each: c, n (TPL of its exit handler), x (it has none)
    tpl: str = "c"
    after: int = 0
    stops: tuple[tuple[str, int], ...] = ()  # when -> the mask of children
    kind: str = "new"

    def words(self, at: int) -> str:
        """Its line of the configuration."""
        words = [f"at={at:#x}", f"tpl={self.tpl}", f"after={self.after}", f"kind={self.kind}"]
        words += [f"children={self.children}"] if self.children else []
        words += [f"{when}={mask:#x}" for when, mask in self.stops]
        return " ".join(words)

    def stopped(self, *whens: str) -> set[int]:
        """The children that are stopped at these times."""
        masks = [mask for when, mask in self.stops if when in whens]
        return {i for i in range(len(self.children)) if any(mask >> i & 1 for mask in masks)}

    @property
    def pinning(self) -> set[int]:
        """Children that hold a reference for ever."""
        stopped = self.stopped("before", "first", "middle", "last")
        return {i for i, letter in enumerate(self.children) if letter == "x"} - stopped


def of_all_orders(count: int, patterns: list[str] | None = None) -> list[Bus]:
    """Buses with `count` children: each place of the bus among them, each choice of priorities."""
    patterns = patterns or ["".join(letters) for letters in itertools.product("cn", repeat=count)]
    return [Bus(children, tpl, after)
            for children in patterns for tpl in "cn" for after in range(count + 1)]  # fmt: skip


ORDERS = {
    0: [Bus("", tpl) for tpl in "cn"],
    1: of_all_orders(1),
    2: of_all_orders(2),
    5: of_all_orders(5, ["ccccc", "nnnnn", "cncnc", "nnccc"]),
}
STOPPED_BEFORE = [Bus("c", stops=(("before", 1),)), Bus("cn", stops=(("before", 3),)),
                  Bus("cc", "n", stops=(("before", 1),)),
                  Bus("nn", "c", 1, stops=(("before", 2),))]  # fmt: skip
STOPPED_DURING = [Bus(children, tpl, stops=((when, 1),))
                  for children in ("c", "n", "x", "xc") for tpl in "cn"
                  for when in ("first", "middle", "last")]  # fmt: skip
# What the proposal of 2019 loses: the last to let go is a Stop().
LAST_IS_A_STOP = [Bus("cx", "n", stops=(("last", 2),)), Bus("cnx", "c", 2, stops=(("last", 4),))]
PINNED = [Bus("x"), Bus("x", "n"), Bus("cxncn", "n"), Bus("ccccx", "c", 5)]
ALL = [*itertools.chain(*ORDERS.values()), *STOPPED_BEFORE, *STOPPED_DURING, *LAST_IS_A_STOP, *PINNED]


@dataclass
class Story:
    """What one bus went through, taken from the report."""

    bus: Bus
    lines: list[Line] = field(default_factory=list)

    def count(self, event: str, **values: str) -> int:
        """How many lines there are of an event."""
        return len(self.of(event, **values))

    def of(self, event: str, **values: str) -> list[Line]:
        """The lines of an event, in order."""
        return [line for line in self.lines if line.event == event
                and all(line.values[name] == value for name, value in values.items())]  # fmt: skip

    def order(self) -> tuple[str, ...]:
        """Who was notified, in the order of the first exit."""
        names = [line.values["who"] for line in self.of("handler")]
        return tuple(names[: len(set(names))])


@dataclass
class Report:
    """What all drivers reported in one boot."""

    lines: list[Line]
    stories: list[Story]

    def images(self) -> dict[str, range]:
        """Where the drivers are."""
        return {line.values["name"]: range(line.number("base"), line.number("base") + line.number("size"))
                for line in self.lines if line.event == "image"}  # fmt: skip

    def services(self, *drivers: str) -> list[Line]:
        """Boot services that these drivers called while exit handlers ran."""
        places = self.images()
        return [line for line in self.lines if line.event == "service"
                and any(line.number("caller") in places[driver] for driver in drivers)]  # fmt: skip

    def type_at(self, event: str, address: int) -> int:
        """The type of memory at an address, in the loader's map (map) or in truth (truth)."""
        for line in self.lines:
            start = line.number("start") if line.event == event else address + 1
            if start <= address < start + line.number("pages") * 4096:
                return line.number("type")
        raise AssertionError(f"{address:#x} is not in the {event}")


def run_buses(boot: Boot, baton: Path, room: Path, buses: list[Bus], *, repeat: bool = False,
              suite: str = "") -> Report:  # fmt: skip
    """Leave with these buses in the machine and boot the kernel; what was reported."""
    places = [FIRST_SLOT * FUNCTIONS + number for number in range(len(buses))]
    config = room / "buses"
    lines = [bus.words(at) for bus, at in zip(buses, places)]
    config.write_text("\n".join([*lines, f"at={GENERAL:#x} repeat={repeat:d}", ""]))
    log = room / FILE
    arguments = ["-fw_cfg", f"name=opt/org.baton/buses,file={config}", *port(log)]
    for number, at in enumerate(places):
        place = f"addr={at // FUNCTIONS:#x}.{at % FUNCTIONS}"
        many = ",multifunction=on" if at % FUNCTIONS == 0 else ""
        arguments += ["-device", f"edu,{place}{many}" + ("" if number else f",romfile={ROM}")]
    files = {
        layout.REMOVABLE: baton,
        "kernel.elf": KERNEL,
        "loader/entries/kernel.conf": layout.entry("/kernel.elf", [], ""),
    }
    run = boot(files, arguments=arguments, firmware=debian.firmware(suite))
    assert verdict(run.expect_end()) == PASS, run.tail()
    report = parse(log.read_text())
    assert report[-1].event == "done"
    by_place = {at: Story(bus) for bus, at in zip(buses, places)}
    for line in report:
        if "at" in line.values:
            by_place[line.number("at")].lines.append(line)
    return Report(report, list(by_place.values()))


def check_reset_once(story: Story) -> None:
    """The connection was made, and reset exactly once: by the drivers' word and by the device's."""
    (connect,), (before,), (after,) = (story.of(event) for event in ("connect", "before", "after"))
    assert before.number("ring") == connect.number("ring") != 0
    assert before.number("resets") == 0
    (reset,) = story.of("reset")
    assert reset.number("open") == 0, "a device could still have been in the middle of something"
    assert (after.number("ring"), after.number("resets")) == (0, 1)
    assert not story.of("pinned")


def check_pinned(story: Story, exits: int) -> None:
    """A holder never let go: the connection is left alone, and the bus said so in each exit."""
    (before,), (after,) = story.of("before"), story.of("after")
    assert not story.of("reset")
    assert after.number("ring") == before.number("ring") != 0
    assert after.number("resets") == 0
    assert [line.number("held") for line in story.of("pinned")] == [len(story.bus.pinning)] * exits


def check_notified(story: Story, exits: int) -> None:
    """Everybody with a handler was notified once in each exit, unless stopped before its turn."""
    bus = story.bus
    always = {i for i, letter in enumerate(bus.children) if letter != "x"}
    always -= bus.stopped("before", "first", "middle", "last")
    for who in ["bus", *map(str, always)]:
        assert story.count("handler", who=who) == exits, who
    for child in bus.stopped("before", "first"):
        assert story.count("handler", who=str(child)) == 0, child
        assert story.count("stop", who=str(child)) == 1, child


def check_orders(stories: list[Story]) -> None:
    """Every order that there is came about; of five devices, which are alike, each place of the bus."""
    orders = {count: {story.order() for story in stories if story.bus in buses}
              for count, buses in ORDERS.items()}  # fmt: skip
    assert orders[0] == {("bus",)}
    assert orders[1] == set(itertools.permutations(["bus", "0"]))
    assert orders[2] == set(itertools.permutations(["bus", "0", "1"]))
    assert {order.index("bus") for order in orders[5]} == set(range(6))


@pytest.mark.parametrize(
    ("suite", "repeat"), [("", False), ("", True), ("trixie", True), ("sid", False), ("sid", True)],
    ids=["one exit", "the first exit fails", "trixie, the first exit fails", "sid, one exit",
         "sid, the first exit fails"],
)  # fmt: skip
def test_the_connection_is_reset_once_in_every_order(
    boot: Boot, baton: Path, room: Path, suite: str, repeat: bool
) -> None:
    report = run_buses(boot, baton, room, ALL, repeat=repeat, suite=suite)
    exits = 2 if repeat else 1  # that got as far as the handlers
    events = [line.event for line in report.lines]
    # sid's FAT driver flushes its volumes in a handler that runs before the map key is checked, which
    # moves the map: there the first call fails by itself, before our handlers.
    assert events.count("exit") >= exits
    assert events.count("refused") == events.count("exit") - 1
    for story in report.stories:
        try:
            check_notified(story, exits)
            if story.bus.pinning:
                check_pinned(story, exits)
            else:
                check_reset_once(story)
        except (AssertionError, ValueError) as error:
            raise AssertionError(f"{story.bus}: {error}\n{story.lines}") from error
    check_orders(report.stories)
    # Where we made somebody stop a device in the middle of the exit its Stop() frees things: that is
    # our doing. Nothing else calls a service that allocates, directly or inside.
    assert [line for line in report.services("bus", "child") if not line.number("ours")] == []


def test_disconnecting_in_an_exit_handler_leaves_the_loader_with_a_stale_map(
    boot: Boot, baton: Path, room: Path
) -> None:
    report = run_buses(boot, baton, room, [Bus("cc", kind="old"), Bus("cc")])
    for story in report.stories:
        check_reset_once(story)
    old, new = (story.of("connect")[0].number("ring") for story in report.stories)
    assert report.type_at("map", new) == report.type_at("truth", new) == BOOT_SERVICES_DATA
    assert report.type_at("map", old) == BOOT_SERVICES_DATA
    assert report.type_at("truth", old) == CONVENTIONAL
    called = {line.values["name"] for line in report.services("old_bus", "child")}
    assert {"DisconnectController", "FreePages", "FreePool", "CloseEvent"} <= called
    assert report.services("bus") == []
