# SPDX-License-Identifier: BSD-2-Clause
"""What alarms a test in the transcript of Linux, and what only tells of a busy host."""

from __future__ import annotations

import pytest

from faults import trial
from lab.machine import Alarms, without_busy_host
from oracle import oracle
from oracle.witness import Witness

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
STALL = """\
<3>[   31.004523] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
<3>[   31.004523] rcu: \t1-...!: (0 ticks this GP) idle=0d38/0/0x0 softirq=65/65 fqs=0 (false positive?)
<4>[   31.004523] \t(detected by 0, t=5252 jiffies, g=-1079, q=1 ncpus=2)
<6>[   31.004523] Sending NMI from CPU 0 to CPUs 1:
<4>[   31.004600] NMI backtrace for cpu 1
<4>[   31.004600] CPU: 1 PID: 0 Comm: swapper/1 Not tainted 6.1.0-56-cloud-amd64 #1
<4>[   31.004600] Call Trace:
<4>[   31.004600]  <TASK>
<4>[   31.004600]  </TASK>
<3>[   31.005523] rcu: rcu_preempt kthread timer wakeup didn't happen for 5251 jiffies! g-1079 f0x0 RCU_GP_WAIT_FQS(5)
<3>[   31.005523] rcu: \tPossible timer handling issue on cpu=0 timer-softirq=104
<3>[   31.005523] rcu: rcu_preempt kthread starved for 5252 jiffies! g-1079 f0x0 RCU_GP_WAIT_FQS(5) ->state=0x402 ->cpu=0
<3>[   31.005523] rcu: \tUnless rcu_preempt kthread gets sufficient CPU time, OOM is now expected behavior.
<3>[   31.005523] rcu: RCU grace-period kthread stack dump:
<6>[   31.005523] task:rcu_preempt     state:I stack:0     pid:15    ppid:2      flags:0x00004000
<6>[   31.005523] Call Trace:
<6>[   31.005523]  <TASK>
<6>[   31.005523]  </TASK>
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


@pytest.mark.parametrize("report", [LOCKUP, STALL],
                         ids=["soft lockup", "RCU stall"])  # fmt: skip
def test_a_watchdogs_report_alone_is_the_hosts(report: str) -> None:
    assert alarms(BEFORE + report + AFTER) == []
    assert without_busy_host(BEFORE + report + AFTER) == BEFORE + AFTER
    assert trial.warnings(BEFORE + report + AFTER) == set()
    said = Witness({"messages": (BEFORE + report + AFTER).encode()}).said
    assert said == Witness({"messages": (BEFORE + AFTER).encode()}).said
    assert len(said) == 2


@pytest.mark.parametrize("line", [
    "pci 0000:00:1f.0: quirk_ich7_lpc+0x0/0x70 took 15625 usecs",
    "hrtimer: interrupt took 5839210 ns",
    "perf: interrupt took too long (3123 > 2500), lowering kernel.perf_event_max_sample_rate to 64000",
    "workqueue: acpi_os_execute_deferred hogged CPU for >10000us 4 times, consider switching to WQ_UNBOUND",
    "sched: RT throttling activated",
])  # fmt: skip
def test_what_took_long_is_the_hosts(line: str) -> None:
    text = f"{BEFORE}<4>[    1.000000] {line}\n{AFTER}"
    assert alarms(text) == []
    assert trial.warnings(text) == set()
    machines = [Witness({"messages": each.encode()}) for each in (text, BEFORE + AFTER)]
    assert oracle.kept_messages(machines[0]) == oracle.kept_messages(machines[1])


def test_two_processors_may_lock_up_at_once() -> None:
    lines = [line for pair in zip(LOCKUP.splitlines(), LOCKUP.splitlines()) for line in pair]
    assert alarms("\n".join(lines)) == []


@pytest.mark.parametrize("bug", [
    BUG,
    "BUG: scheduling while atomic: swapper/0/0/0x00000002\n",
    "BUG: kernel NULL pointer dereference, address: 0000000000000010\n",
    "watchdog: BUG: soft lockup, as nobody says it\n",
], ids=["a page fault", "atomic", "a null pointer", "half a lockup"])  # fmt: skip
@pytest.mark.parametrize("before", [
    BEFORE,
    BEFORE + LOCKUP,
    LOCKUP.splitlines()[0] + "\n",
    BEFORE + STALL,
    STALL.partition("Call Trace:")[0] + "\n",
], ids=["alone", "after a lockup", "inside its report", "after a stall", "inside a stall's"])  # fmt: skip
def test_any_other_bug_alarms(before: str, bug: str) -> None:
    assert b"BUG: " in alarms(before + bug + AFTER)
    assert bug.splitlines()[0] in without_busy_host(before + bug + AFTER)


def test_a_call_trace_that_no_lockup_explains_alarms() -> None:
    assert alarms("Call Trace:\n") == [b"Call Trace:"]
    assert alarms(LOCKUP + AFTER * 60 + "Call Trace:\n") == [b"Call Trace:"]


def test_a_panic_over_a_lockup_alarms() -> None:
    assert alarms(LOCKUP + "Kernel panic - not syncing: softlockup: hung tasks\n") == [b"Kernel panic"]
