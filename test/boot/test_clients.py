# SPDX-License-Identifier: BSD-2-Clause
"""systemd of three releases on one disk each, under Baton and under the release's own systemd-boot.

Every tool that talks to the loader, and logind, are asked the same under both, in two starts, and what they say
is compared: MAY_DIFFER names what may differ. What they have said is left in build/clients. `make test-clients`.
"""

from __future__ import annotations

import difflib
import json
import re
from pathlib import Path

import pytest

from lab import debian, esp, layout, system
from lab.esp import Content
from lab.login import Shell
from lab.machine import Boot, Run

pytestmark = pytest.mark.clients

SPARE = 64 * esp.MIB  # for the kernel that is installed while the system runs
LOGIND = "org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager"
SUITES = ("bookworm", "trixie", "sid")
# How long it took; and the initrds, of which the kernel's own stub is told on the command line.
VARIES = re.compile(r"(?:\d+min )?(?:\d+\.)?\d+m?s\b|\binitrd=\\\S+ ")
KERNEL = "$(uname -r) /boot/vmlinuz-$(uname -r) /boot/initrd.img-$(uname -r)"
BLESS = "/usr/lib/systemd/systemd-bless-boot"

# The name of each question, and what is typed.
FIRST = {
    "state": "systemctl is-system-running --wait",
    "status": "bootctl status",
    "list": "bootctl list",
    "times": "systemd-analyze",
    # systemd-gpt-auto-generator and udev, by LoaderDevicePartUUID; in later releases the initramfs has no other root.
    "esp": "systemctl show -P What efi.mount; bootctl --print-esp-path",
    "root": "readlink /dev/gpt-auto-root; findmnt -n -o SOURCE /; cat /proc/cmdline",
    "blessed": f"{BLESS} status",
    # The tool keeps the token away from virtual machines.
    "seed": "SYSTEMD_WRITE_SYSTEM_TOKEN=1 bootctl random-seed; stat -c %s /efi/loader/random-seed",
    "update": "bootctl --graceful update; systemctl start systemd-boot-update; systemctl show -P Result systemd-boot-update",
    "add": f"echo 3 >/etc/kernel/tries; kernel-install add {KERNEL}; find /efi -type f | sort",
    "list-added": "bootctl list",
    "ids": "systemctl reboot --boot-loader-entry=help",
    "can": f"for to in BootLoaderEntry BootLoaderMenu FirmwareSetup; do busctl call {LOGIND} CanRebootTo$to; done",
    "set": "bootctl set-default first.conf && bootctl set-timeout 7 && bootctl set-oneshot first.conf"
           " && bootctl set-timeout-oneshot 9",
    "variables": "cd /sys/firmware/efi/efivars; for name in Loader*; do"
                 " echo ${name%%-*}: $(cat $name | tail -c +5 | tr -c '[:print:]' ' '); done",
}  # fmt: skip
REBOOT = (
    f"systemctl reboot --boot-loader-entry={system.MACHINE_ID}-$(uname -r).conf --boot-loader-menu=0 --firmware-setup"
)
# In the kernel that kernel-install has installed.
SECOND = {
    "state": "systemctl is-system-running --wait",
    "booted": "cat /proc/cmdline",
    "blessed": f"{BLESS} status; systemctl is-active systemd-bless-boot; ls /efi/loader/entries",
    "list": "bootctl list",
    "status": "bootctl status",
    "remove": "kernel-install remove $(uname -r); find /efi -type f | sort",
    "list-removed": "bootctl list",
    "variables": FIRST["variables"],
}

# Where `bootctl install` puts a loader too, and `bootctl update` looks first.
INSTALLED = "EFI/systemd/systemd-bootx64.efi"
ROOTS = {"bookworm": system.ROOT}  # no systemd in its initramfs
MENU = {"baton": "Enter boots", "systemd-boot": "Reboot Into Firmware Interface"}

# Its ids have the counter, those that logind asks for have not: what logind asked for is not what starts second.
FORGETS = ("bookworm", "systemd-boot")

# What may differ, line by line: the question, the line, and why.
MAY_DIFFER = (
    ("status", r"Product: (systemd-boot|baton) [\w.~-]+", "its name"),
    ("status", r"File: .*\((systemd-boot|baton) [\w.~-]+\)|└─.*\((systemd-boot|baton) [\w.~-]+\)", "its name"),
    ("status", r"[✓✗] Load drop-in drivers", "Baton loads none"),
    ("status", r"[✓✗] Support Type #1 devicetree field", "not obeyed, which the entry says"),
    ("status", r"[✓✗] Support Type #1 uki-url field", "Baton boots from disks"),
    ("status", r"[✓✗] Loader reports (network boot URL|active TPM2 PCR banks|firmware keyboard layout)", "not said"),
    ("status", r"Keyboard Layout: .*", "not said"),
    ("status", r"[✓✗] Loader measures SMBIOS information", "not measured"),
    ("update", r"Skipping .* (owned by another boot loader|same boot loader version in place already)\.", "Baton stays"),
    ("times", r"Startup finished in .*", "later ones tell none where the SMBIOS has a virtual machine"),
    ("variables", r"Loader(Info|Features|TimeInitUSec|TimeMenuUSec|TimeExecUSec|SystemToken):.*", "its own; random"),
    ("variables", r"Loader(Tpm2ActivePcrBanks|KeyboardLayout|PcrSMBIOS|DeviceURL):.*", "not said"),
)


def ask(boot: Boot, suite: str, loader: str, image: Path) -> dict[str, str]:
    """What all of them say, in two starts through `loader`."""
    installed = system.installed(suite)
    options = f"{layout.CONSOLE} quiet {system.PATIENCE} {ROOTS.get(suite, 'root=gpt-auto rw')}"
    files: dict[str, Content] = {
        layout.REMOVABLE: image,
        INSTALLED: image,
        "vmlinuz": installed.kernel,
        "initrd.img": installed.initramfs,
        "loader/loader.conf": "timeout 0\ndefault first.conf\n",
        "loader/entries/first.conf": layout.entry("/vmlinuz", ["/initrd.img"], options, title="The first"),
    }
    run = boot(
        files, root=installed.root, spare=SPARE, arguments=("-action", "reboot=reset"), memory="1G", cpu=system.REAL
    )
    said: dict[str, str] = {}
    try:
        visit(run, loader, options, said)
    finally:
        keep(run, f"{suite}-{loader}", said)
    for name in (layout.REMOVABLE, INSTALLED):
        assert esp.extract(run.machine.disk, name) == image.read_bytes()
    return said


def visit(run: Run, loader: str, options: str, said: dict[str, str]) -> None:
    """Ask in both starts; what is said goes into `said`."""
    shell = Shell(run)
    shell.run(f"echo layout=bls >/etc/kernel/install.conf; echo '{options}' >/etc/kernel/cmdline")
    for name, question in FIRST.items():
        said[f"1 {name}"] = shell.run(question)
    length = shell.leave(REBOOT)
    run.expect("Boot Maintenance Manager", timeout=1800, after=length)  # the firmware's setup
    run.qmp.execute("system_reset")
    run.expect(MENU[loader], timeout=1800, after=len(run.text))
    run.send("\r")
    shell = Shell(run, len(run.text))
    for name, question in SECOND.items():
        said[f"2 {name}"] = shell.run(question)
    shell.leave("systemctl poweroff")
    assert run.expect_end(timeout=1800) == 0


def keep(run: Run, name: str, said: dict[str, str]) -> None:
    """Leave it where a person can read it."""
    place = debian.BUILD / "clients"
    place.mkdir(exist_ok=True)
    (place / f"{name}.txt").write_text("".join(f"--- {key}\n{text}" for key, text in said.items()))
    (place / f"{name}.log").write_bytes(run.raw)


def asked(boot: Boot, shared: Path, suite: str, loader: str, image: Path) -> dict[str, str]:
    """What they say under this loader; the machine runs when nobody has asked yet."""
    saved = shared / f"clients-{suite}-{loader}"
    with debian.locked(shared / f"clients-{suite}-{loader}.lock"):
        if not saved.exists():
            saved.write_text(json.dumps(ask(boot, suite, loader, image)))
    said: dict[str, str] = json.loads(saved.read_text())
    return said


def differences(theirs: str, ours: str) -> list[str]:
    """The lines of one answer that are only there under systemd-boot (-) or only under Baton (+)."""
    before, after = (VARIES.sub("", text).splitlines() for text in (theirs, ours))
    return [line.rstrip() for line in difflib.ndiff(before, after) if line[0] in "+-"]


@pytest.mark.parametrize("loader", ["baton", "systemd-boot"])
@pytest.mark.parametrize("suite", SUITES)
def test_they_do_what_they_are_for(boot: Boot, shared: Path, baton: Path, suite: str, loader: str) -> None:
    said = asked(boot, shared, suite, loader, baton if loader == "baton" else debian.systemd_boot(suite))
    installed = f"{system.MACHINE_ID}-{system.installed(suite).release}"
    assert (said["1 state"], said["2 state"]) == ("running\n", "running\n")
    assert said["1 esp"] == "/dev/vda1\n/efi\n"
    assert said["1 root"].startswith("vda2\n/dev/vda2\n")
    assert said["1 blessed"] == "clean\n"
    assert f"/efi/loader/entries/{installed}+3.conf\n" in said["1 add"]
    assert said["1 ids"].split() == [f"{installed}.conf", "first.conf", "auto-reboot-to-firmware-setup"]
    assert said["1 can"] == 's "yes"\n' * 3
    if (suite, loader) == FORGETS:
        assert "systemd.machine_id=" not in said["2 booted"]
        return
    # The second start is the kernel that was installed; it has lost a try, and got its name back.
    assert f"systemd.machine_id={system.MACHINE_ID}" in said["2 booted"]
    assert said["2 blessed"].split() == ["good", "active", f"{installed}.conf", "first.conf"]
    assert system.MACHINE_ID not in said["2 remove"]


@pytest.mark.parametrize("suite", SUITES)
def test_they_say_the_same_as_under_systemd_boot(boot: Boot, shared: Path, baton: Path, suite: str) -> None:
    ours = asked(boot, shared, suite, "baton", baton)
    theirs = asked(boot, shared, suite, "systemd-boot", debian.systemd_boot(suite))
    unnamed = [
        (question, line)
        for question in theirs
        if question.startswith("1") or suite != FORGETS[0]
        for line in differences(theirs[question], ours[question])
        if not any(
            question.endswith(f" {name}") and re.fullmatch(pattern, line[1:].strip())
            for name, pattern, _ in MAY_DIFFER
        )
    ]
    assert unnamed == []
