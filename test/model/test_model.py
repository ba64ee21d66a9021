# SPDX-License-Identifier: BSD-2-Clause
"""The Promela models, checked with spin; and broken, to see that the check notices.

Knows: how to drive spin and what its verifier reports. Both models run the C functions that they are
about (src/core/exit/exit_policy.c, src/driver/exit_reference.c), linked into the verifier, so there is
no second copy of a decision that could drift; a change of the C code is a change of the model.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1] / "src"
COMPILER = os.environ.get("CC", "gcc")


@dataclass(frozen=True)
class Model:
    """A model, the C code that it runs, and what its verifier needs to be told."""

    name: str
    decides: str  # the C file with the decisions, below src/
    links: tuple[str, ...]  # everything to link, as the compiler's include path finds it
    compile: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    never_reached: tuple[str, ...] = ()  # statements that are there in order not to be reached


LOOP = Model(
    "exit_loop",
    "core/exit/exit_policy.c",
    ("exit_policy.c", "core/memory/memory_map.c", "core/text/explain.c"),
    run=("-a",),  # also the liveness claim: it ends
    never_reached=("assert(0)", "-end-"),
)
GUARD = Model("exit_guard", "core/guard/guard.c", ("core/guard/guard.c",), run=("-a",),
              never_reached=("-end-",))  # fmt: skip
REFERENCE = Model(
    "exit_reference", "driver/exit_reference.c", ("driver/exit_reference.c",), compile=("-DSAFETY",)
)


@dataclass(frozen=True)
class Break:
    """One way to break the C code (`model` False) or the model: a text that is replaced everywhere."""

    name: str
    old: str
    new: str
    model: bool = False


def substitute(path: Path, target: Path, change: Break) -> None:
    """A copy with the change; it is an error if there is nothing to change any more."""
    text = path.read_text()
    fresh = re.sub(change.old, change.new, text)
    assert fresh != text, f"{path.name} has no longer what {change.name!r} would break"
    target.write_text(fresh)


def verify(model: Model, room: Path, change: Break | None = None) -> str:
    """Run spin's verifier in `room`; its report."""
    promela = room / f"{model.name}.pml"
    shutil.copyfile(HERE / promela.name, promela)
    (room / model.decides).parent.mkdir(parents=True)
    if change is not None and change.model:
        substitute(HERE / promela.name, promela, change)
    elif change is not None:
        substitute(SOURCE / model.decides, room / model.decides, change)
    # The copy in `room`, if there is one, is found before the original.
    folders = [room, HERE, SOURCE]
    sources = [next(folder / name for folder in folders if (folder / name).exists())
               for name in model.links]  # fmt: skip

    def step(*words: str | Path) -> str:
        done = subprocess.run(words, cwd=room, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
        return done.stdout

    step("spin", "-a", promela.name)
    # Not optimised: most verifiers find what is wrong in less time than that takes.
    step(
        COMPILER, "-std=gnu17", "-w", "-ffunction-sections", "-Wl,--gc-sections",
        *(f"-I{folder}" for folder in folders), *model.compile, "-o", "pan", "pan.c", *sources,
    )  # fmt: skip
    # -m: depth of the search; what is deeper than that is an endless loop, and reported as such (-b).
    return step("./pan", "-m20000", "-b", "-w20", *model.run)


def errors(report: str) -> int:
    """The verifier's count of errors, of a search that was not cut short unless it found one."""
    found = re.search(r"errors: (\d+)", report)
    assert found, report
    count = int(found.group(1))
    if count == 0:
        assert "Search not completed" not in report and "search depth too small" not in report, report
    return count


def unreached(report: str) -> list[str]:
    """The statements of the model that no behaviour came to."""
    return [line.split(", ", 2)[-1].strip('"') for line in report.splitlines()
            if re.search(r", state \d+, ", line)]  # fmt: skip


@pytest.mark.parametrize("model", [LOOP, GUARD, REFERENCE], ids=lambda model: model.name)
def test_no_order_of_events_breaks_the_promises(model: Model, tmp_path: Path) -> None:
    report = verify(model, tmp_path)
    assert errors(report) == 0, report
    # A proof about a model most of which never happens would prove nothing.
    assert set(unreached(report)) == set(model.never_reached), report


def row(answer: str, old: str, new: str) -> tuple[str, str]:
    """In the table of rules: the row of one answer, with one word in place of another."""
    return rf"(\[{answer}\] = \{{[^}}]*?)\b{old}\b", rf"\1{new}"


LOOP_BREAKS = [
    Break("the key of a failed GetMemoryMap is used",
          *row("EXIT_MAP_TOO_SMALL", "EXIT_DO_GET_MAP_RESERVE", "EXIT_DO_EXIT")),
    Break("a malformed map is used",
          *row("EXIT_MAP_MALFORMED", "EXIT_DO_GIVE_UP", "EXIT_DO_EXIT")),
    Break("no new map after a refusal",
          *row("EXIT_REFUSED_STILL", "EXIT_DO_GET_MAP_PRIMARY", "EXIT_DO_EXIT")),
    Break("no retry",
          *row("EXIT_REFUSED_MOVED", "EXIT_DO_GET_MAP_PRIMARY", "EXIT_DO_GIVE_UP")),
    Break("unbounded retry", *row("EXIT_REFUSED_MOVED", "EXIT_COUNT_ATTEMPTS", "EXIT_COUNT_NOTHING")),
    Break("unbounded GetMemoryMap",
          *row("EXIT_MAP_REFUSED", "EXIT_COUNT_MAP_CALLS", "EXIT_COUNT_NOTHING")),
    Break("counts that an exit does not clear", "policy->map_calls = 0;", ""),
    Break("a refusal taken for success",
          *row("EXIT_REFUSED_STILL", "EXIT_DO_GET_MAP_PRIMARY", "EXIT_DO_FINISH")),
    Break("another call after boot services are gone",
          *row("EXIT_LEFT_UNSAID", "EXIT_DO_FINISH", "EXIT_DO_GET_MAP_PRIMARY")),
    Break("time that is over is ignored", r"began >= policy->limit", "false"),
    Break("time that is over ends the first attempt",
          r"policy->attempts >= EXIT_ATTEMPTS_BEFORE_TIME", "true"),
    Break("time is over a little early", r"began >= policy->limit", "began + 1 >= policy->limit"),
    Break("no wait after a refusal", r"rule->counts == EXIT_COUNT_ATTEMPTS", "false"),
    Break("no wait after a map that is none", r"rule->counts == EXIT_COUNT_MAP_CALLS", "false"),
    Break("the last try comes before the limit", r"bound - 1 - failures", "bound - failures"),
    Break("a wait beyond the limit", r"return limit - limit / \(waits", "return limit + limit / (waits"),
    Break("a ragged map is refused when time is over",
          *row("EXIT_MAP_RAGGED", "EXIT_DO_EXIT", "EXIT_DO_GIVE_UP")),
    Break("damaged memory is lived with",
          *row("EXIT_MAP_OVERRUN", "EXIT_OUTCOME_OVERRUN", "EXIT_OUTCOME_LEFT")),
    # The model's own eyes: what it is told about the loop in src/efi/exit/exit_loop.c, done wrong.
    Break("print between two attempts", r"exits\+\+;", "exits++; exiting = true; "
          "call(OTHER_BOOT_SERVICE);", model=True),
    Break("the map before the last is handed over", r"assert\(gone && key", r"used = 1 - used; "
          "assert(gone && key", model=True),
]  # fmt: skip

GUARD_BREAKS = [
    Break("success with a map that is wrong", r"first \|\| same \? GUARD_GONE : GUARD_LEFT;\n"
          r"    return first \|\| same \?", "GUARD_GONE;\n    return true ?"),
    Break("never success without a second call", r"\*ret_state = first \|\| same \?", "*ret_state = same ?"),
    Break("a wrong key reaches the firmware", r"    if \(!key_is_known\)\n        return GUARD_REFUSE;\n",
          ""),
    Break("the firmware is asked after it has gone", r"return state == GUARD_LIVE \? GUARD_ASK : GUARD_FINISH",
          "return GUARD_ASK"),
    Break("keys are forgotten", r"keys->keys\[keys->count\+\+ % GUARD_KEYS\] = key", "keys->count++"),
    # The model's own eyes: what it is told about src/efi/guard/guard.c, done wrong.
    Break("a second call without a second look is let go", r"            now.keys = \(struct guard_keys\)\{0\};",
          "            ;", model=True),
    Break("a program that comes back too late returns to the firmware", r":: STATE\(GUARD_LIVE\) -> assert",
          ":: true -> assert", model=True),
    Break("the size probe's key counts as the map's", r":: STATE\(GUARD_LEFT\) && room -> give_key\(\); take\(\)",
          ":: STATE(GUARD_LEFT) -> give_key(); if :: room -> take() :: else -> skip fi", model=True),
    Break("the map is taken for the same without a look", r":: has && has_key == given && has_kept == kept",
          ":: has && has_key == given", model=True),
]  # fmt: skip

REFERENCE_BREAKS = [
    Break("as proposed in 2019: a Stop() that comes last loses the reset",
          r"if \(hand_off\)\s*reference->handed_off = true;([^$]*)reference->bus_exited = true;"
          r"\s*return settle\(reference\);",
          r"reference->handed_off = hand_off;\1"
          r"return reference->handed_off ? EXIT_REFERENCE_NOTED : settle(reference);"),
    Break("reset while somebody still holds", r"reference->held != 0 \|\| ", ""),
    Break("reset again by the second exit", r"reference->reset && event != EXIT_REFERENCE_ADD",
          "false"),
    Break("the bus driver's handler does not count", r"reference->bus_exited = true;", ""),
    Break("a new reference in the middle of the exit",
          r"reference->handed_off \|\| reference->bus_exited \|\| reference->reset", "false"),
    Break("a stopped holder is still counted", r"reference->held--;",
          "reference->held -= hand_off;"),
    # What the contract asks of holders, and why.
    Break("a holder lets go again in the second exit", r":: state\[i\] == HOLDS ->\n"
          r"        state\[i\] = LET_GO;", ":: state[i] == HOLDS || state[i] == LET_GO ->\n"
          "        state[i] = LET_GO;", model=True),
]  # fmt: skip


@pytest.mark.parametrize("change", LOOP_BREAKS, ids=lambda change: change.name)
def test_a_broken_loop_is_caught(change: Break, tmp_path: Path) -> None:
    assert errors(verify(LOOP, tmp_path, change)) > 0


@pytest.mark.parametrize("change", GUARD_BREAKS, ids=lambda change: change.name)
def test_a_broken_guard_is_caught(change: Break, tmp_path: Path) -> None:
    assert errors(verify(GUARD, tmp_path, change)) > 0


@pytest.mark.parametrize("change", REFERENCE_BREAKS, ids=lambda change: change.name)
def test_a_broken_reference_counter_is_caught(change: Break, tmp_path: Path) -> None:
    assert errors(verify(REFERENCE, tmp_path, change)) > 0
