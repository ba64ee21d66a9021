# SPDX-License-Identifier: BSD-2-Clause
"""The faults that a firmware can have, and what Baton makes of each.

Knows: what the driver of this folder can do, and what is to be expected. Must not know: machines.

The words of a scenario are explained at the top of fault_*.c.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

ERROR = 1 << 63
STATUSES = {  # UEFI 2.10, appendix D
    "INVALID_PARAMETER": ERROR | 2,
    "NOT_READY": ERROR | 6,
    "DEVICE_ERROR": ERROR | 7,
    "ACCESS_DENIED": ERROR | 15,
    "TIMEOUT": ERROR | 18,
    "ABORTED": ERROR | 21,
    "SECURITY_VIOLATION": ERROR | 26,
    "WARN_UNKNOWN_GLYPH": 1,
    "of an OEM": ERROR | 0x4000000000000001,
}


class Outcome(Enum):
    """What becomes of the boot."""

    BOOTS = "boots"  # on the map that came with the key that was accepted
    GIVES_UP = "gives up"  # text, record, reset
    RETURNS = "returns"  # a message, and the firmware goes on
    EITHER = "boots or returns"  # as the firmware's own ways of reading have it; never anything else
    HANGS = "hangs"  # inside the firmware, where no loader can help


@dataclass(frozen=True)
class Scenario:
    """One fault."""

    name: str
    words: str
    outcome: Outcome = Outcome.BOOTS
    kernels: tuple[str, ...] = ("native", "linux")
    # The map contradicts itself, so the native kernel cannot hold its own against it.
    odd: bool = False
    # Text that Baton's message has, when it returns.
    message: str = ""
    # Part of what other firmware is tried with; and of the short run on Linux.
    chosen: bool = False
    # Debian suites whose firmware has what this needs; all: every one.
    only: tuple[str, ...] = ()
    module: bool = False  # with a module, whose content the native kernel tells
    # A machine without graphics and with a dead console says nothing.
    silent: bool = False

    @property
    def by_handler(self) -> bool:
        """Whether a handler of the driver's does it, which then says so."""
        return any(word == "ami" or word.startswith("on-") for word in self.words.split())


def _failures() -> Iterator[Scenario]:
    """The exit fails a number of times."""
    for times in (1, 2, 3, 5, 8, 16, 40):
        chosen = times in (2, 16)
        yield Scenario(f"exit fails {times}x, map changes", f"fail={times} change", chosen=chosen)
        yield Scenario(f"exit fails {times}x, map the same", f"fail={times}", chosen=chosen)
        yield Scenario(f"exit fails {times}x at random", f"fail={times} random={times + 7}")
    for seed in (1, 2, 3, 4, 5):
        yield Scenario(f"exit fails 20x at random ({seed})", f"fail=20 random={seed * 1000003}")
    give_up = Outcome.GIVES_UP
    yield Scenario("exit fails for ever, map changes", "fail=ever change", give_up, chosen=True)
    yield Scenario("exit fails for ever, map the same", "fail=ever", give_up, chosen=True)
    yield Scenario("exit fails for ever, map grows", "fail=ever grow=100", give_up)
    yield Scenario("exit fails for ever at random", "fail=ever random=99", give_up)
    for count in (1, 4, 16, 64, 256, 1000):
        words = f"fail=5 grow={count}"
        yield Scenario(f"map grows by {count} at each of 5 failures", words, chosen=count == 64)
    yield Scenario("map grows by 1000 at each of 15 failures", "fail=15 grow=1000")
    yield Scenario("map grows by 20000 at the first failure", "fail=1 grow=20000")
    yield Scenario("each of 8 failures really allocates", "fail=8 allocate=16", chosen=True)
    yield Scenario("exit fails 3x, timers go on", "fail=3 change polite")
    # Five seconds are the limit, and calls take their time.
    yield Scenario("exit fails for 4 s, map changes", "until=4000 change", chosen=True)
    yield Scenario("exit fails for 4 s, map the same", "until=4000")
    words = "fail=1 until=2000 change late refused-until=3000"
    yield Scenario("exit fails for 2 s, the map for 3 s", words)


def _statuses() -> Iterator[Scenario]:
    """The exit fails with another status than the usual one."""
    for name, status in STATUSES.items():
        if name == "INVALID_PARAMETER":
            continue
        words = f"status={status:#x}"
        chosen = name == "NOT_READY"
        yield Scenario(f"status {name} once", f"fail=1 {words}", chosen=chosen)
        yield Scenario(f"status {name} 5x, map changes", f"fail=5 change {words}")
        yield Scenario(f"status {name} for ever", f"fail=ever {words}", Outcome.GIVES_UP)
    for name in ("INVALID_PARAMETER", "DEVICE_ERROR"):
        words = f"unsaid status={STATUSES[name]:#x}"
        yield Scenario(f"leaves, but says {name}", words, chosen=name == "DEVICE_ERROR")


def _partial() -> Iterator[Scenario]:
    """A firmware that is half gone after the first failed exit."""
    late = {
        "map changes": "change",
        "map the same": "",
        "map grows by 256": "grow=256",
        "map grows by 1000": "grow=1000",
        "NOT_READY": f"status={STATUSES['NOT_READY']:#x}",
        "DEVICE_ERROR": f"status={STATUSES['DEVICE_ERROR']:#x} change",
        "at random": "random=77",
        "buffer too small 6x": "late too-small=6",
        "descriptor size changes": "late stride=alternate",
        "map shuffled": "late shuffle=5",
        "2000 fragments": "late fragments=2000",
    }
    for kind in ("memory", "strict"):
        for name, words in late.items():
            chosen = kind == "strict" and name in ("map changes", "map the same")
            yield Scenario(
                f"partial shutdown ({kind}), {name}",
                f"fail=3 partial={kind} {words}".strip(),
                chosen=chosen,
            )
        yield Scenario(
            f"partial shutdown ({kind}) for ever",
            f"fail=ever change partial={kind}",
            Outcome.GIVES_UP,
        )


def _answers() -> Iterator[Scenario]:
    """GetMemoryMap answers oddly."""
    returns, give_up = Outcome.RETURNS, Outcome.GIVES_UP
    no_map = "the firmware gives no memory map that can be read"
    for times in (1, 3, 6, 20):
        yield Scenario(f"buffer too small {times}x although it fits", f"too-small={times}")
        yield Scenario(f"the same after a failed exit, {times}x", f"fail=1 late too-small={times}",
                       chosen=times == 6)  # fmt: skip
        yield Scenario(f"always one descriptor more, {times}x", f"fail=1 late one-more={times}")
    yield Scenario("buffer too small for ever", "too-small=ever", returns, message=no_map)
    words = "fail=1 late too-small=ever"
    yield Scenario("buffer too small for ever after a failed exit", words, give_up)
    yield Scenario("always one descriptor more", "one-more=ever", returns, message=no_map)
    words = "fail=1 late one-more=ever"
    yield Scenario("always one descriptor more after a failed exit", words, give_up)
    yield Scenario("the map is refused 5x", "fail=1 late refused=5")
    yield Scenario("the map is refused for ever", "refused=ever", returns, message=no_map)
    words = "fail=1 late refused=ever"
    yield Scenario("the map is refused for ever after a failed exit", words, give_up)
    for times in (1, 5, 30):
        yield Scenario(f"the map changes inside {times} calls", f"inside={times}")
    yield Scenario("the map changes inside each call", "inside=ever", give_up)
    for size in (40, 56, 64):
        words = f"fail=2 change stride={size}"
        yield Scenario(f"descriptor size {size}", words, chosen=size == 56)
    yield Scenario("descriptor size changes", "fail=3 change stride=alternate", chosen=True)
    for size in (0, 39):
        yield Scenario(f"descriptor size {size}", f"stride={size}", returns, message=no_map)
        words = f"fail=1 late stride={size}"
        yield Scenario(f"descriptor size {size} after a failed exit", words, give_up)
    yield Scenario("descriptor size unset when too small", "fail=2 change unset", chosen=True)
    yield Scenario("descriptor size unset and too small 6x", "fail=1 late unset too-small=6")
    yield Scenario("size no multiple", "fail=2 change ragged=8")
    yield Scenario("more written than there is room, once", "spill=16 times=1")
    words = "fail=1 late spill=64 times=1"
    yield Scenario("more written than there is room, once, after a failed exit", words)
    yield Scenario("more written than there is room", "spill=16", returns, message=no_map)
    yield Scenario("two pages more written", "fail=1 late spill=5000", give_up)
    yield Scenario("success with a size beyond the buffer, once", "beyond=48 times=1")
    yield Scenario("the same after a failed exit", "fail=1 late beyond=48 times=1")
    words = "beyond=480"
    yield Scenario("success with a size beyond the buffer", words, returns, message=no_map)
    words = "fail=1 late beyond=480"
    yield Scenario("success beyond the buffer after a failed exit", words, give_up)
    for answer in ("success", "invalid", "zero"):
        yield Scenario(f"size probe says {answer}", f"fail=2 grow=16 probe={answer}")
    # The firmware behind this one knows version 1 only, and Linux hands it back what it was told.
    yield Scenario("descriptor version 2", "version=2", kernels=("native",), odd=True)


def _contents() -> Iterator[Scenario]:
    """The map says strange things."""
    for count in (500, 2000, 8000, 20000):
        yield Scenario(f"{count} descriptors more", f"fragments={count}", chosen=count == 2000)
    yield Scenario("4000 descriptors more in truth", "occupy=4000")
    yield Scenario("shuffled", "shuffle=1", chosen=True)
    yield Scenario("shuffled, 2000 descriptors more", "shuffle=2 fragments=2000")
    yield Scenario("overlapping", "overlap", odd=True, chosen=True)
    yield Scenario("duplicated", "duplicate", odd=True)
    yield Scenario("empty descriptors", "empty", odd=True)
    yield Scenario("wrapping descriptors", "wrap", odd=True, chosen=True)
    yield Scenario("persistent and unaccepted memory", "types=14,15", chosen=True)
    yield Scenario("types of OEMs and of loaders", "types=0x70000000,0x7fffffff,0x80000000,0xffffffff")
    yield Scenario("types not assigned", "types=16,17,255,0x6fffffff")
    yield Scenario("special-purpose memory", "special")
    yield Scenario("runtime regions without their attribute", "bare", odd=True)
    yield Scenario("all of it", "shuffle=9 overlap duplicate empty wrap special types=14,15,0x70000001"
                   " fragments=300 fail=3 grow=20", odd=True)


def _callbacks() -> Iterator[Scenario]:
    """Drivers that allocate in their handlers."""
    yield Scenario("a timer allocates every 10 ms", "timer=10", chosen=True)
    yield Scenario("a timer allocates every ms", "timer=1")
    yield Scenario("a timer allocates 64 pages every ms", "timer=1 pages=64")
    yield Scenario("AMI order: events, then the key check", "ami", chosen=True)
    yield Scenario("a handler allocates after the key check", "on-exit", chosen=True)
    yield Scenario("a handler frees after the key check", "on-exit-free")
    yield Scenario("a handler's second event allocates", "on-exit-late")
    yield Scenario("handlers allocate 200 pages", "on-exit on-exit-late pages=200")
    yield Scenario("a handler allocates at each failure", "fail=5 on-failed", chosen=True)
    yield Scenario("a map change begets map changes", "fail=2 allocate=4 on-map-change")
    before = ("trixie", "sid")
    yield Scenario("a handler allocates before the exit", "on-before", only=before, chosen=True)
    words = "on-before pages=300"
    yield Scenario("a handler allocates 300 pages before the exit", words, only=before)
    yield Scenario("everybody allocates", "timer=1 on-before on-exit on-exit-late on-failed"
                   " on-map-change fail=3 grow=7")  # fmt: skip
    yield Scenario("a handler never returns", "on-exit-hang", Outcome.HANGS)


def _machine() -> Iterator[Scenario]:
    """The state at the start, and after the end."""
    for name, tpl in (("CALLBACK", 8), ("NOTIFY", 16)):
        yield Scenario(f"started at TPL_{name}", f"tpl={tpl}", chosen=True)
        yield Scenario(f"started at TPL_{name}, exit fails 3x", f"tpl={tpl} fail=3 change")
    yield Scenario("watchdog armed, and the exit leaves it so", "watchdog=300", chosen=True)
    yield Scenario("system table not cleared", "keep-table", chosen=True)
    yield Scenario("the services' table moves at each failure", "fail=4 change moved", chosen=True)
    yield Scenario("interrupts left on", "interrupts", chosen=True)
    yield Scenario("interrupts on, table not cleared", "interrupts keep-table fail=2 change")
    yield Scenario("no ConOut", "no-conout", silent=True, chosen=True)
    yield Scenario("no StdErr", "no-stderr")
    yield Scenario("no ConIn", "no-conin")
    yield Scenario("no graphics", "no-gop")
    words = "no-conout no-stderr no-conin no-gop"
    yield Scenario("no console at all, no graphics", words, silent=True)
    yield Scenario("no console at all, exit fails 3x", words + " fail=3 change", silent=True)
    words = "no-conout fail=ever change"
    yield Scenario("no ConOut, exit fails for ever", words, Outcome.GIVES_UP, silent=True)


LIES = ("half", "double", "zero", "huge", "page", "less")


def _reading(file: str, kernels: tuple[str, ...]) -> Iterator[Scenario]:
    """Reads of one file that fail or fall short."""

    def of(what: str, words: str, outcome: Outcome) -> Scenario:
        words = f"file={file} {words}"
        message = "" if outcome is Outcome.EITHER else file
        return Scenario(f"{file}: {what}", words, outcome, kernels, message=message, module=True)

    for number in ("1", "2", "ever"):
        yield of(f"read {number} short", f"short={number}", Outcome.BOOTS)
    yield of("read 1 fails", "read-error=1", Outcome.EITHER)
    yield of("read 2 fails", "read-error=2", Outcome.EITHER)
    yield of("three reads fail", "read-error=1 times=3", Outcome.EITHER)
    yield of("all reads fail", "read-error=1 times=ever", Outcome.RETURNS)
    # The first is a kernel's head, and all of a module: what fails behind that is its end.
    whole = Outcome.BOOTS if file == "module.bin" else Outcome.RETURNS
    yield of("all reads but the first fail", "read-error=2 times=ever", whole)
    yield of("cannot be opened", "open-error", Outcome.RETURNS)
    for lie in LIES:
        words = f"size={lie} size-of"
        yield of(f"GetInfo says {lie} size", f"{words}=info", Outcome.BOOTS)
        yield of(f"position says {lie} size", f"{words}=position", Outcome.BOOTS)


def _files() -> Iterator[Scenario]:
    """Files and disks that fail or lie. The kernels tell the checksum of their module or initrd."""
    yield from _reading("native.elf", ("native",))
    yield from _reading("module.bin", ("native",))
    yield from _reading("vmlinuz", ("linux",))
    for lie in LIES:
        words = f"file=module.bin size={lie}"
        name = f"module.bin: everybody says {lie} size"
        # A size of 0 is never believed unseen.
        outcome = Outcome.BOOTS if lie == "zero" else Outcome.RETURNS
        yield Scenario(name, words, outcome, ("native",), module=True,
                       message="module.bin", chosen=lie in ("half", "zero"))  # fmt: skip
    for read in (1, 2, 3, 4):
        either = Outcome.EITHER
        words = f"disk-error={read}"
        for kernel in ("native", "linux"):
            name = f"the disk fails from its read {read} on, {kernel}"
            yield Scenario(name, words + " times=ever", either, (kernel,), module=True)
            name = f"the disk fails at its read {read}, {kernel}"
            yield Scenario(name, words + " times=1", either, (kernel,), module=True)


def scenarios() -> list[Scenario]:
    """All of them; every name once."""
    every = [
        *_failures(), *_statuses(), *_partial(), *_answers(), *_contents(), *_callbacks(),
        *_machine(), *_files(),
    ]  # fmt: skip
    assert len({each.name for each in every}) == len(every)
    return every
