# SPDX-License-Identifier: BSD-2-Clause
"""What alarms a test in the transcript of Linux, and what only tells of a busy host."""

from __future__ import annotations

import pytest

from faults import trial
from lab.machine import Alarms, without_lockups

LOCKUP = """\
<0>[   48.019911] watchdog: BUG: soft lockup - CPU#1 stuck for 23s! [swapper/1:0]
<4>[   48.019911] Modules linked in:
<4>[   48.019911] CPU: 1 PID: 0 Comm: swapper/1 Not tainted 6.1.0-56-cloud-amd64 #1
<4>[   48.019911] Hardware name: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 2022.11-6
<4>[   48.019911] RIP: 0010:default_idle+0x10/0x20
<4>[   48.019911] Call Trace:
<4>[   48.019911]  <TASK>
<4>[   48.019911]  default_idle_call+0x30/0xf0
<4>[   48.019911]  </TASK>
"""
BUG = """\
<1>[   50.100000] BUG: unable to handle page fault for address: ffffa000000ff000
<4>[   50.100000] Call Trace:
<4>[   50.100000]  <TASK>
<4>[   50.100000]  </TASK>
"""
BEFORE = "<5>[    0.000000] Linux version 6.1.0-56-cloud-amd64\n"
AFTER = "<6>[   51.000000] Run /init as init process\n"


def alarms(transcript: str) -> list[bytes]:
    """Everything in it that alarms."""
    look = Alarms()
    return [text for line in transcript.encode().splitlines() for text in look.of(line)]


def test_a_soft_lockup_alone_is_the_hosts() -> None:
    assert alarms(BEFORE + LOCKUP + AFTER) == []
    assert without_lockups(BEFORE + LOCKUP + AFTER) == BEFORE + AFTER
    assert trial.warnings(BEFORE + LOCKUP + AFTER) == set()


def test_two_processors_may_lock_up_at_once() -> None:
    lines = [line for pair in zip(LOCKUP.splitlines(), LOCKUP.splitlines()) for line in pair]
    assert alarms("\n".join(lines)) == []


@pytest.mark.parametrize("bug", [
    BUG,
    "BUG: scheduling while atomic: swapper/0/0/0x00000002\n",
    "BUG: kernel NULL pointer dereference, address: 0000000000000010\n",
    "watchdog: BUG: soft lockup, as nobody says it\n",
], ids=["a page fault", "atomic", "a null pointer", "half a lockup"])  # fmt: skip
@pytest.mark.parametrize("before", [BEFORE, BEFORE + LOCKUP, LOCKUP.splitlines()[0] + "\n"],
                         ids=["alone", "after a lockup", "inside its report"])  # fmt: skip
def test_any_other_bug_alarms(before: str, bug: str) -> None:
    assert b"BUG: " in alarms(before + bug + AFTER)
    assert bug.splitlines()[0] in without_lockups(before + bug + AFTER)


def test_a_call_trace_that_no_lockup_explains_alarms() -> None:
    assert alarms("Call Trace:\n") == [b"Call Trace:"]
    assert alarms(LOCKUP + AFTER * 60 + "Call Trace:\n") == [b"Call Trace:"]


def test_a_panic_over_a_lockup_alarms() -> None:
    assert alarms(LOCKUP + "Kernel panic - not syncing: softlockup: hung tasks\n") == [b"Kernel panic"]
