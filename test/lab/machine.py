# SPDX-License-Identifier: BSD-2-Clause
"""One virtual machine: QEMU with a UEFI firmware, its command line, its serial port and its end.

Knows: QEMU's options and its QMP, what the firmware and Linux print when something is broken.
Must not know: Baton, Debian's archive, pytest.

A Machine describes; `command()` is the whole QEMU command, usable in any shell. `start()` runs it and gives
a Run, which collects the serial port and always kills QEMU at its end: as a context manager, and, should
this process be killed without a chance to clean up, through the kernel's parent-death signal.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import selectors
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from lab import no_tpm, tpm
from lab.board import PC, Board
from lab.debian import Firmware
from lab.patience import HostTooBusy, Patience, is_starved

# Messages of Linux about the emulated machine's clocks, and of what took it long (drivers/pci/quirks.c and others):
# they depend on what else runs on the real machine.
CLOCKS = re.compile(
    r"APIC calibration|clocksource|tsc:|TSC |hpet: Lost|MP-BIOS bug|hrtimer:|kernel command line|Unstable clock"
    r"|local clock|trace_clock|\btook \d+ (?:usecs|ns)\b|took too long|hogged CPU|RT throttling|replenish lagged"
)

# What never appears in the transcript of a healthy machine. A test that provokes one of these on purpose
# passes `allow`.
UNEXPECTED = (
    rb"!!!! X64 Exception Type",  # the firmware's exception dump
    rb"\bASSERT",
    rb"Kernel panic",
    rb"BUG: ",
    rb"WARNING: CPU",
    rb"Oops: ",
    rb"Call Trace:",
    rb"Call trace:",  # the same on AArch64
    rb"Synchronous Exception at",  # the firmware's exception dump there
    rb"BATON-KERNEL: FAIL",
    rb"BATON-USERSPACE: FAIL",
    rb"Could not map the memory map",
    rb"\[Firmware Bug\]: .*EFI",
)

# Linux's watchdogs say so of a processor that did not get on for 20 s (soft lockup), or of one that let RCU
# wait for 21 s (its stall detector, kernel/rcu/tree_stall.h; after it comes what the thread that RCU waits
# for was doing). The emulated processors stand still when the real ones are busy elsewhere, so these alone say
# nothing about what was booted. A report follows: the state of the processor, then what it was doing, which
# ends with </TASK>.
BUSY_HOST = (
    r"BUG: soft lockup - CPU#\d+ stuck for \d+s!"
    r"|rcu: INFO: rcu_\w+ (?:self-detected stall on CPU|detected (?:expedited )?stalls on CPUs/tasks)"
    r"|rcu: rcu_\w+ kthread (?:starved for \d+ jiffies|timer wakeup didn't happen for \d+ jiffies)"
)
# Linux waits 750 ms for most answers of a TPM (drivers/char/tpm/tpm2-cmd.c), and then does without it. Between the two
# are QEMU's processor, its other threads, and the TPM's process.
TPM_TOO_LATE = rb"tpm tpm0: Operation Timed out"
_REPORT_LINES = 60  # of it up to "Call Trace:", with another processor's lines between them
_REPORT = re.compile(
    rf"^.*(?:{BUSY_HOST}).*\n"
    rf"(?:(?:(?!.*(?:BUG: (?!soft)|WARNING: CPU)).*\n){{0,{2 * _REPORT_LINES}}}?.*</TASK>.*\n)?",
    re.MULTILINE,
)

# The firmware drives a terminal: colours, cursor positions, mode switches (ECMA-48 control sequences).
_CONTROL = re.compile(rb"\x1b\[[0-9;=?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[c=>78]")
# The beginning of one of these, of a line end or of a UTF-8 character, at the end of a piece of output.
_UNFINISHED = re.compile(rb"(?:\x1b(?:\[[0-9;=?]{0,15}|[()])?|\r|[\xc0-\xf7][\x80-\xbf]{0,2})\Z")
_POSITION = re.compile(rb"\x1b\[[0-9;]*H")


class UnexpectedOutput(AssertionError):
    """The machine said something that a healthy one never says."""


class NoToken(AssertionError):
    """QEMU ended, or time was up, before the awaited text came."""


def readable(raw: bytes) -> str:
    """A serial transcript as plain text: no control sequences, one kind of line end.

    A cursor position counts as a line end: what follows it stands elsewhere on the screen.
    """
    raw = _CONTROL.sub(b"", _POSITION.sub(b"\n", raw))
    text = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\0", b"")
    return re.sub(r"\n{3,}", "\n\n", text.decode("utf-8", "replace"))


class Transcript:
    """readable() for bytes that become more: each whole line is looked at once."""

    def __init__(self) -> None:
        self._lines = ""
        self._end = 0  # of the lines, in bytes

    def of(self, raw: bytes) -> str:
        """What readable() says of `raw`, which begins with what was given the last time."""
        end = raw.rfind(b"\n") + 1
        if end > self._end:
            self._lines = self._joined(readable(raw[self._end : end]))
            self._end = end
        return self._joined(readable(raw[end:]))

    def _joined(self, more: str) -> str:
        """The lines and more, with no longer a gap between them than within."""
        if "\n\n\n" not in self._lines[-2:] + more[:2]:
            return self._lines + more
        return self._lines.rstrip("\n") + "\n\n" + more.lstrip("\n")


def without_busy_host(text: str) -> str:
    """A transcript of Linux without what it reports because the host was busy."""
    return _REPORT.sub("", text)


class Alarms:
    """Looks for what no healthy machine says, line by line."""

    def __init__(self) -> None:
        self._report_lines = 0  # in which the report of a busy host may still come

    def of(self, line: bytes) -> list[bytes]:
        """The texts in the next line that alarm."""
        rest, busy = re.subn(BUSY_HOST.encode(), b"", line)
        self._report_lines = _REPORT_LINES if busy else max(0, self._report_lines - 1)
        found = [match.group() for pattern in UNEXPECTED if (match := re.search(pattern, rest))]
        return [text for text in found if not (self._report_lines and text == b"Call Trace:")]


class Screen:
    """Serial output on its way to a person, piece by piece.

    A terminal gets what is written, but for the control sequences before the first text: the firmware would
    clear away the lines above it. A log gets plain text.
    """

    def __init__(self, terminal: bool) -> None:
        self._terminal = terminal
        self._begun = False
        self._held = b""  # the end of a piece that means nothing without the next one
        self.at_line_start = True

    def show(self, piece: bytes, last: bool = False) -> bytes:
        """What of `piece`, and of what was held back, is to be shown now."""
        if self._terminal and self._begun:
            return self._shown(piece)
        piece = self._held + piece
        self._held = b""
        if not last and (cut := _UNFINISHED.search(piece)):
            piece, self._held = piece[: cut.start()], piece[cut.start() :]
        if not self._terminal:
            return self._shown(readable(piece).encode())
        text = re.search(rb"[^\s\0]", _CONTROL.sub(lambda found: bytes(len(found[0])), piece))
        if text is None:
            return b""
        self._begun = True
        shown = self._shown(piece[text.start() :] + self._held)
        self._held = b""
        return shown

    def _shown(self, text: bytes) -> bytes:
        if text:
            self.at_line_start = text.endswith(b"\n")
        return text


@dataclass
class Machine:
    """A machine that does not run yet. `directory` holds its private files, and stays after a run."""

    directory: Path
    disk: Path | None = None
    memory: str = "512M"
    cpus: int = 1
    board: Board = PC
    cpu: str = ""  # empty: the board's
    firmware: Firmware | None = None
    display: str = "none"  # of the guest: none, std, virtio, bochs, cirrus
    bus: str = "virtio"  # of the disk: virtio, ahci, nvme, usb
    sector: int = 512  # of the disk, bytes
    tpm: bool = False  # a TPM 2.0 that has never been used
    window: bool = False
    debug_console: bool = False  # collect port 0x402, where debug builds of OVMF log
    gdb: str = ""  # path of a socket for a debugger; relative to `directory`
    configuration: dict[str, str] = field(default_factory=dict)  # fw_cfg: name -> text
    arguments: Sequence[str] = ()  # anything else, as QEMU takes it
    variables: Path | None = None  # a prepared variable store, used in place of the firmware's own
    saved: Path | None = None  # what Run.save() made of a machine of its kind: it goes on from there

    def prepare(self) -> None:
        """Make the private copy of the variable store."""
        self.directory.mkdir(parents=True, exist_ok=True)
        if variables := self.variables or self._firmware.variables:
            shutil.copyfile(variables, self.store)
            self.store.chmod(0o600)

    @property
    def _firmware(self) -> Firmware:
        return self.firmware or self.board.firmware("")

    @property
    def store(self) -> Path:
        """The variable store of this machine."""
        return self.directory / "vars.fd"

    def _display(self) -> list[str]:
        devices = {
            "none": [],
            "std": ["-device", "VGA"],
            "virtio": ["-device", "virtio-vga"],
            "bochs": ["-device", "bochs-display"],
            "cirrus": ["-device", "cirrus-vga"],
        }
        return devices[self.display]

    def _disk(self) -> list[str]:
        if self.disk is None:
            return []
        device = {
            "virtio": ["-device", "virtio-blk-pci,drive=esp,bootindex=1"],
            "ahci": ["-device", "ide-hd,drive=esp,bus=ide.0,bootindex=1"],
            "nvme": ["-device", "nvme,drive=esp,serial=baton,bootindex=1"],
            "usb": ["-device", "qemu-xhci", "-device", "usb-storage,drive=esp,bootindex=1"],
        }
        drive = f"if=none,id=esp,format=raw,cache=unsafe,file={self.disk}"
        words = device[self.bus]
        if self.sector != 512:
            words[-1] += f",logical_block_size={self.sector},physical_block_size={self.sector}"
        return ["-drive", drive, *words]

    def _flash(self) -> list[str]:
        code = self._firmware.code
        if self._firmware.variables is None:
            return [self._firmware.option, str(code)]
        return [
            "-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={code}",
            # unsafe: no run waits until the host's disk has it, which keeps the disk free for the others.
            "-drive", f"if=pflash,unit=1,format=raw,cache=unsafe,file={self.store}",
        ]  # fmt: skip

    def command(self) -> list[str]:
        """The complete QEMU command, the serial port on its standard input and output.

        Several processors share one thread: with a thread for each, QEMU 7.2 has left one standing for minutes on an
        instruction of Linux that another one may have rewritten (a jump label).
        """
        words = [
            self.board.qemu, "-nodefaults", "-no-user-config", "-no-reboot",
            "-machine", self.board.machine, "-accel", "tcg" if self.cpus == 1 else "tcg,thread=single",
            "-cpu", self.cpu or self.board.cpu, "-m", self.memory, "-smp", str(self.cpus),
            "-display", "gtk" if self.window else "none", "-net", "none",
            *self._flash(),
            "-chardev", "stdio,id=com1", "-serial", "chardev:com1",
            *self.board.ending,
        ]  # fmt: skip
        words += self._display() + self._disk()
        if self.debug_console:
            words += ["-debugcon", f"file:{self.directory / 'debugcon.log'}"]
            words += ["-global", "isa-debugcon.iobase=0x402"]
        for name, text in self.configuration.items():
            words += ["-fw_cfg", f"name={name},string={text}"]
        if self.gdb:
            words += ["-chardev", f"socket,id=gdb,path={self.gdb},server=on,wait=off"]
            words += ["-gdb", "chardev:gdb"]
        return [*words, *self.arguments]

    def shell_line(self) -> str:
        """The command as one line to copy into a shell."""
        words = self.command()
        if self.saved:
            words += ["-incoming", f"exec:cat {shlex.quote(str(self.saved))}"]
        if not self.tpm:
            return shlex.join(words)
        channel = f"path={self.directory / 'tpm.sock'}"
        server = [*tpm.command(channel, self.directory / "tpm"), "--daemon"]
        return f"{shlex.join(server)} && {shlex.join([*words, *tpm.words(channel, self.board.tpm)])}"

    @property
    def is_told_that_no_tpm_is_there(self) -> bool:
        """Not where its instructions are counted, it goes on from a saved one, or somebody else lets it run."""
        kept = self.saved or self.tpm or self.gdb or {"-S", "-icount"} & set(self.arguments)
        return self.board is PC and not kept

    def start(self) -> Run:
        """Run it."""
        self.prepare()
        return Run(self)


class Run:
    """A running machine and everything it has said."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.raw = b""
        self._transcript = Transcript()
        self.allow: list[bytes] = []
        self._inspected = 0
        self._alarms = Alarms()
        self._silent = False  # nothing came the last time we looked
        self._answered = 0  # how much there was when something was typed last
        self.started = time.monotonic()
        self.tpm = tpm.Tpm(machine.directory) if machine.tpm else None
        words = machine.command()
        inherited = []
        if self.tpm:
            inherited.append(self.tpm.end)
            words += tpm.words(f"fd={self.tpm.end}", machine.board.tpm)
        with contextlib.ExitStack() as stack:
            settling = None
            if machine.is_told_that_no_tpm_is_there:
                settling, theirs = socket.socketpair()
                inherited.append(stack.enter_context(theirs).fileno())
                words += no_tpm.words(inherited[-1])
            if machine.saved:
                # Without a pipe that it all has to go through.
                inherited.append(stack.enter_context(machine.saved.open("rb")).fileno())
                words += ["-incoming", f"fd:{inherited[-1]}"]
            self.process, control = spawn(
                words,
                inherited=inherited,
                cwd=machine.directory,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stack.enter_context((machine.directory / "qemu.log").open("wb")),
            )
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self.process.stdout, selectors.EVENT_READ)
        try:
            # Its greeting is also proof that QEMU runs, with its parent-death signal, as asked to.
            self.qmp = Qmp(control)
            if settling:
                no_tpm.settle(settling)
                self.qmp.execute("cont")
        except ConnectionError:
            self.process.wait()
            if settling:
                settling.close()
            if self.tpm:
                self.tpm.close()
            raise RuntimeError(
                f"QEMU does not start: {self.complaints}\n{machine.shell_line()}"
            ) from None

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def kill(self) -> None:
        """End QEMU, whatever it is doing; harmless when it has ended."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.tpm:
            self.tpm.close()
        self.qmp.close()
        self._selector.close()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    @property
    def text(self) -> str:
        """The serial transcript so far, readable."""
        return self._transcript.of(self.raw)

    @property
    def complaints(self) -> str:
        """What QEMU itself had to say."""
        return (self.machine.directory / "qemu.log").read_text(errors="replace")

    def patience(self, seconds: float) -> Patience:
        """A bound for this machine and its TPM, beginning now."""
        pids = [self.process.pid, *([self.tpm.process.pid] if self.tpm else [])]
        return Patience(seconds, *pids)

    def _read(self, timeout: float) -> bool:
        """Collect what has come on the serial port; False when QEMU has closed it."""
        assert self.process.stdout is not None
        self._silent = not self._selector.select(timeout)
        if self._silent:
            return True
        # QEMU writes byte by byte: the next ones are read with the first.
        time.sleep(0.02)
        piece = self.process.stdout.read(1 << 16)
        if not piece:
            return piece is None
        self.raw += piece
        self._inspect()
        return True

    def collect(self, timeout: float) -> bool:
        """Read for so long at most; False when QEMU has ended. For those who watch something else too."""
        return self._read(timeout)

    def _inspect(self) -> None:
        """Fail on text that no healthy machine prints, as soon as its line is complete."""
        end = self.raw.rfind(b"\n") + 1
        fresh = self.raw[self._inspected : end]
        self._inspected = max(self._inspected, end)
        for line in fresh.splitlines():
            if TPM_TOO_LATE in line and self.machine.tpm and is_starved(self.process.pid):
                raise HostTooBusy(f"the TPM's answer came too late for Linux, which had no processor itself: {line!r}")
            for text in self._alarms.of(line):
                if not any(re.search(allowed, text) for allowed in self.allow):
                    self._linger()
                    raise UnexpectedOutput(f"{text!r} in:\n{self.tail()}")

    def _linger(self, seconds: float = 3) -> None:
        """Collect the lines after an alarming one, which explain it; a machine that hangs has few."""
        assert self.process.stdout is not None
        until = time.monotonic() + seconds
        while time.monotonic() < until and self._selector.select(0.5):
            piece = self.process.stdout.read(1 << 16)
            if piece == b"":
                return
            self.raw += piece or b""

    def tail(self, lines: int = 60) -> str:
        """The end of the transcript with what identifies the run, for a failure's message."""
        last = "\n".join(self.text.splitlines()[-lines:])
        return f"{last}\n-- QEMU: {self.complaints.strip() or 'silent'}\n-- {self.machine.shell_line()}"

    def expect(self, token: str | re.Pattern[str], timeout: float = 180, after: int = 0) -> str:
        """Wait until the transcript has `token`, behind so many characters; the text that matched.

        The deadline is a bound for a machine that hangs, not a measurement: it is generous because
        several machines share few processors.
        """
        pattern = re.compile(re.escape(token)) if isinstance(token, str) else token
        patience = self.patience(timeout)
        while True:
            found = pattern.search(self.text, after)
            if found:
                return found.group()
            if self._waits_at_prompt():
                raise NoToken(f"the shell waits, without {pattern.pattern!r}:\n{self.tail()}")
            left = patience.left()
            if left <= 0:
                raise NoToken(f"no {pattern.pattern!r} after {timeout} s in:\n{self.tail()}")
            if not self._read(min(left, 1.0)):
                found = pattern.search(self.text, after)
                if found:
                    return found.group()
                raise NoToken(f"QEMU ended without {pattern.pattern!r}:\n{self.tail()}")

    def _waits_at_prompt(self) -> bool:
        """Nothing more will come by itself: the UEFI shell is at its prompt, and nobody has typed."""
        at_prompt = readable(self.raw[-200:]).endswith("Shell> ")
        return self._silent and at_prompt and len(self.raw) > self._answered

    def expect_end(self, timeout: float = 180) -> int:
        """Wait until QEMU ends by itself; its exit status."""
        patience = self.patience(timeout)
        while self._read(min(1.0, patience.left())):
            if self._waits_at_prompt():
                raise NoToken(f"the shell waits, the machine does not end:\n{self.tail()}")
            if patience.is_over:
                raise NoToken(f"the machine still runs after {timeout} s:\n{self.tail()}")
        return self.process.wait()

    def send(self, text: str) -> None:
        """Type on the serial port."""
        assert self.process.stdin is not None
        self._answered = len(self.raw)
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def enter_shell(self, timeout: float = 180) -> None:
        """Let the UEFI shell run its startup.nsh at once instead of after its countdown."""
        self.expect("Press ESC in", timeout)
        self.send(" ")

    def save(self, path: Path) -> None:
        """Stop the machine and save it as the file `path`, which is there when it is complete.

        QEMU calls a migration completed when it has written the last byte to a pipe; whoever reads the pipe
        may still be busy then, and says when it is done.
        """
        fresh, copied = path.with_name(f"{path.name}.new"), path.with_name(f"{path.name}.copied")
        self.qmp.execute("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
        copy = f"cat >{shlex.quote(str(fresh))} && : >{shlex.quote(str(copied))}"
        self.qmp.execute("migrate", uri=f"exec:{copy}")
        while (status := self.qmp.execute("query-migrate")["status"]) != "completed":
            if status in ("failed", "cancelled"):
                raise RuntimeError(f"QEMU cannot save the machine: {self.complaints}")
            time.sleep(0.01)
        while not copied.exists():
            time.sleep(0.01)
        copied.unlink()
        fresh.rename(path)

    def screendump(self, path: Path) -> Path:
        """Write what the display shows as PNG."""
        self.qmp.execute("screendump", filename=str(path), format="png")
        return path


# How a test starts a machine: the fixture `boot`.
Boot = Callable[..., Run]


def verdict(status: int) -> int | None:
    """The value that a guest wrote to the isa-debug-exit port, from QEMU's exit status."""
    return status >> 1 if status & 1 else None


def spawn(
    words: Sequence[str], inherited: Sequence[int] = (), **popen: Any
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start QEMU so that it ends with this process; it and a socket to control it.

    The socket is one end of a pair: there is no name in a file system to wait for, or to be too long.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        number = theirs.fileno()
        control = ["-chardev", f"socket,id=qmp,fd={number}", "-mon", "chardev=qmp,mode=control"]
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *words, *control], pass_fds=[number, *inherited], **popen
        )
    return process, ours


class Qmp:
    """The few words of the QEMU machine protocol that are needed here."""

    def __init__(self, control: socket.socket) -> None:
        self._events: list[tuple[str, str]] = []  # name, and reason when it has one
        self._socket = control
        self._lines = self._socket.makefile("r", encoding="utf-8")
        self._receive()  # the greeting
        self.execute("qmp_capabilities")

    def _receive(self) -> dict[str, Any]:
        line = self._lines.readline()
        if not line:
            raise ConnectionError("QEMU has ended")
        answer: dict[str, Any] = json.loads(line)
        if "event" in answer:
            self._events.append((answer["event"], answer.get("data", {}).get("reason", "")))
        return answer

    def execute(self, name: str, **arguments: Any) -> Any:
        """Run one command; its result."""
        request = {"execute": name, "arguments": arguments}
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        while True:
            answer = self._receive()
            if "error" in answer:
                raise RuntimeError(f"QMP {name}: {answer['error']}")
            if "return" in answer:
                return answer["return"]

    def monitor(self, line: str) -> str:
        """Run one command of the human monitor: some things only that one can tell."""
        text: str = self.execute("human-monitor-command", **{"command-line": line})
        return text

    def wait_event(self, name: str) -> None:
        """Wait until QEMU has reported event `name`."""
        while all(event != name for event, _ in self._events):
            self._receive()

    def all_events(self) -> list[tuple[str, str]]:
        """Every event with its reason, for when QEMU has ended: until then this waits."""
        with contextlib.suppress(ConnectionError):
            while True:
                self._receive()
        return self._events

    def close(self) -> None:
        """Let go of the socket."""
        self._lines.close()
        self._socket.close()
