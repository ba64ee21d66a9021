# SPDX-License-Identifier: BSD-2-Clause
"""The table's maker, on reports that were saved; and that the table in the tree is what it makes.

Knows: the lines of verdict.c for programs, and what a row says of them. No machine runs here.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.report import parse
from referee import table
from referee.report import Report

HERE = Path(__file__).parent

# As a loader that prints after a refused exit is reported; so much of the lines as the table needs.
REFUSED = """\
attempt n=0x1 key=0x822 stale=0x0 key_after=0x825 tpl=0x4 watchdog=0x0 status=0x8000000000000002
attempt n=0x2 key=0x825 stale=0x0 key_after=0x0 tpl=0x4 watchdog=0x0 status=0x0
referee image=\\EFI\\a_b.efi leaver=memory_of_it left=0x1 returned=0x0 attempts=0x2
rule party=loader rule=key verdict=ok section=7.4.6
rule party=loader rule=after verdict=violation section=7.4.6
call list=after service=ConOut.OutputString count=0x28 early=0x0 caller=0x1 offset=0x9 image=\\EFI\\a_b.efi
rule party=loader rule=capacity verdict=note section=7.2.3
capacity slack=0x8 capacity=0x1 told=0x1 required=0x1 used=0x1 shrunk=0x0 too_small=0x0
rule party=firmware rule=refusals verdict=note section=7.4.6
rule party=firmware rule=handlers verdict=violation section=7.1.1
call list=handlers service=FreePool count=0x1 early=0x0 caller=0x1 offset=0x9 image=SomeDxe,_d93c
tally party=loader violations=0x1 notes=0x1
tally party=firmware violations=0x1 notes=0x1
"""
CALM = """\
referee image=\\EFI\\a_b.efi leaver=memory_of_it left=0x1 returned=0x0 attempts=0x1
rule party=loader rule=key verdict=ok section=7.4.6
rule party=loader rule=after verdict=ok section=7.4.6
rule party=firmware rule=refusals verdict=ok section=7.4.6
rule party=firmware rule=handlers verdict=note section=7.1.1
call list=handlers service=FreePool count=0x1 early=0x1 caller=0x1 offset=0x9 image=SomeDxe,_d93c
"""
GAVE_UP = "referee image=\\b.efi leaver= left=0x0 returned=0x1 attempts=0x3\n"


def digested(text: str) -> table.Seen:
    return table.digest(Report(parse(text)))


def row(**exits: table.Seen) -> table.Seen:
    return {"name": "it", "version": "1.0", "boots": "something", "exits": exits}


def table_of(*rows: table.Seen) -> table.Seen:
    return {"date": "2026-01-02", "firmware": "a firmware", "loaders": list(rows)}


def cells(text: str) -> dict[str, str]:
    """The first row, by the names of the columns."""
    lines = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("|")]
    names, values = ([value.strip() for value in line] for line in (lines[0], lines[2]))
    return dict(zip(names, values, strict=True))


@pytest.fixture
def both() -> table.Seen:
    """A row with both exits."""
    return row(calm=digested(CALM) | {"kernel_runs": True}, refused=digested(REFUSED))


def test_a_row_has_the_worse_verdict_of_both_exits(both: table.Seen) -> None:
    found = cells(table.markdown(table_of(both)))
    assert (found["key"], found["after"], found["capacity"]) == ("ok", "**broken**", "note")
    assert (found["calm firmware"], found["first exit refused"]) == ("left at attempt 1", "left at attempt 2")
    assert found["tpl"] == ""  # nobody has judged it


def test_the_images_at_fault_are_named(both: table.Seen) -> None:
    text = table.markdown(table_of(both))
    assert "- left by: `memory of it`\n" in text
    assert "- after: ConOut.OutputString 40x, by `\\EFI\\a_b.efi`\n" in text
    assert "- capacity: room for 8 descriptors more\n" in text


def test_the_firmware_is_judged_by_all_exits_but_for_the_refusal_that_was_made(both: table.Seen) -> None:
    text = table.markdown(table_of(both))
    assert "- refusals: ok\n" in text
    assert "- handlers: **broken**\n" in text
    assert "- handlers: FreePool in 1 exits, by `SomeDxe, d93c`\n" in text
    assert "- handlers: FreePool in 1 exits, by `SomeDxe, d93c`, before the exit handlers" in text


def test_every_end_has_its_words() -> None:
    assert table.ending(digested(GAVE_UP)) == "returned after attempt 3"
    assert table.ending(digested("")) == "no exit seen"
    assert table.ending({"outcome": "no exit", "came_back": True}) == "came back without an exit"
    assert table.ending({"outcome": "hangs", "attempts": 2}) == "neither left nor returned; 2 attempts"
    silent = digested(CALM) | {"kernel_runs": False}
    assert table.ending(silent) == "left at attempt 1, but its kernel was not heard of"


def test_what_is_kept_is_enough_for_the_table(both: table.Seen) -> None:
    kept = table_of(both)
    assert table.markdown(json.loads(json.dumps(kept))) == table.markdown(kept)


def test_the_table_in_the_tree_is_made_from_its_facts() -> None:
    kept = json.loads((HERE / "table.json").read_text(encoding="utf-8"))
    assert (HERE / "table.md").read_text(encoding="utf-8") == table.markdown(kept)
    assert kept["date"] in (HERE / "README.md").read_text(encoding="utf-8")
