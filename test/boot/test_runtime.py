# SPDX-License-Identifier: BSD-2-Clause
"""What a running system wants of the firmware: variables, boot options, resets, dumps, resources, kexec.

The machine has a driver (test/firmware/runtime.c) that gives the firmware an EFI System Resource Table, tells
when ResetSystem is called, and takes away the way to switch off through ACPI, so that Linux has to ask the
firmware. What each start does is in a script; a machine starts several times.

The scripts come to the same end when the same kernel is started through its own stub, by systemd-boot.
"""

from __future__ import annotations

import re
import uuid
from pathlib import Path

from firmware import rom
from lab import debian, initramfs, layout, programs
from lab.debian import Kernel
from lab.esp import Content
from lab.machine import Boot, Run
from lab.report import FILE, Line, parse, port
from lab.variables import VariableStore

ROM = debian.BUILD / "firmware" / "runtime.rom"
VENDOR = uuid.UUID("ba70ba70-0000-4000-8000-000000000003")
CRASH = uuid.UUID("cfc8fc79-be2e-4ddc-97f0-9f98bfe298a0")  # Linux, LINUX_EFI_CRASH_GUID
COLD, SHUTDOWN = 0, 2  # UEFI 2.10, 8.5.1: EFI_RESET_TYPE
BY_ENTRY = f"{layout.CONSOLE} reboot=efi by-entry"

# Package -> program in it, and the packages with the libraries. busybox has no chattr.
EFIBOOTMGR = (
    {"efibootmgr": "bin/efibootmgr", "e2fsprogs": "usr/bin/chattr"},
    ("libc6", "libefivar1", "libefiboot1", "libext2fs2", "libcom-err2"),
)
KEXEC = (
    {"kexec-tools": "sbin/kexec", "e2fsprogs": "usr/bin/chattr"},
    ("libc6", "libext2fs2", "libcom-err2", "libxenmisc4.17", "libxencall1", "libxendevicemodel1",
     "libxenevtchn1", "libxenforeignmemory1", "libxengnttab1", "libxentoolcore1", "libxentoollog1"),
)  # fmt: skip
# In the order in which they need each other.
FAT = ("fs/nls/nls_cp437.ko", "fs/nls/nls_ascii.ko", "fs/fat/fat.ko", "fs/fat/vfat.ko")

# For all scripts. Linux protects variables that it does not know from accidents: chattr.
COMMON = f"""
cd /sys/firmware/efi/efivars
put() {{
    test ! -e "$1-{VENDOR}" || chattr -i "$1-{VENDOR}"
    printf '\\007\\000\\000\\000%s' "$2" >"$1-{VENDOR}"
}}
get() {{ tail -c +5 "$1-{VENDOR}"; }}
started() {{ grep -qw "$1" /proc/cmdline; }}
resources() {{
    cd /sys/firmware/efi/esrt
    echo "userspace: resources $(cat fw_resource_count) $(cat fw_resource_version)"
    for entry in entries/*; do
        echo "userspace: resource" $(cd "$entry"; cat fw_class fw_type fw_version \\
            lowest_supported_fw_version capsule_flags last_attempt_version last_attempt_status)
    done
    cd "$OLDPWD"
}}
"""

RESOURCES = [
    "2 1",
    "ba70ba70-0000-4000-8000-00000000000a 1 66051 65536 0x0 66052 3",
    "ba70ba70-0000-4000-8000-00000000000b 2 7 5 0x8000 7 0",
]


def start(boot: Boot, files: dict[str, Content]) -> Run:
    """A machine with the driver, which starts again when the guest resets it."""
    return boot(
        files,
        bus="nvme",  # Debian's cloud kernel can read it without modules
        arguments=["-action", "reboot=reset", *rom.card(ROM), *port()],
    )


def finish(run: Run, starts: int) -> list[Line]:
    """Wait for the token and the power-off; the driver's report, which is sound for so many starts."""
    run.expect(initramfs.TOKEN, 300)
    assert run.expect_end() == 0, run.tail()
    assert run.text.count("baton: leaving boot services") == starts, run.tail()
    assert run.text.count("userspace: test passed") == 1, run.tail()
    report = parse((run.machine.directory / FILE).read_text())
    # The machine that the scripts are about: Linux cannot have switched it off by itself.
    assert [line.number("found") for line in report if line.event == "s5"] == [1] * starts
    return report


def resets(report: list[Line]) -> list[int]:
    """With which types the firmware's ResetSystem was called."""
    return [line.number("type") for line in report if line.event == "reset"]


def ends(run: Run) -> list[tuple[str, str]]:
    """How the guest left each start, as QEMU sees it."""
    return [event for event in run.qmp.all_events() if event[1]]


def told(run: Run, what: str) -> list[str]:
    """The rests of the lines in which userspace tells of `what`."""
    return re.findall(rf"^userspace: {what} (.*)$", run.text, re.MULTILINE)


def boot_options(run: Run) -> dict[str, bytes]:
    """Boot#### in the store of the machine that is off."""
    store = VariableStore(run.machine.store)
    contents = {f"Boot{number:04X}": store.read(f"Boot{number:04X}") for number in range(64)}
    return {name: content for name, content in contents.items() if content is not None}


OPTION = (
    r"\debian\vmlinuz initrd=\debian\1.img initrd=\debian\2.img initrd=\debian\3.img "
    f"{layout.CONSOLE} by-option"
)
VARIABLES = rf"""
if started by-entry; then
    put BatonStays created
    test "$(get BatonStays)" = created
    put BatonStays "changed, and longer than before"
    test "$(get BatonStays)" = "changed, and longer than before"
    put BatonGoes created
    chattr -i BatonGoes-{VENDOR}
    rm BatonGoes-{VENDOR}
    test ! -e BatonGoes-{VENDOR}

    listing() {{ efibootmgr --verbose | sed 's/^/userspace: efibootmgr: /'; }}
    create() {{
        efibootmgr --quiet --create-only --disk /dev/nvme0n1 --part 1 --label "$1" \
            --loader '\EFI\BOOT\BOOTX64.EFI' --unicode '{OPTION}'
        efibootmgr | sed -n "s/^Boot\(....\).*$1.*/\1/p"
    }}
    goes=$(create 'Baton goes')
    stays=$(create 'Baton stays')
    listing
    efibootmgr --quiet --bootnum "$goes" --delete-bootnum
    if efibootmgr | grep 'Baton goes'; then exit 1; fi
    efibootmgr --quiet --bootnext "$stays"
    reboot -f
fi
started by-option
current=$(efibootmgr | sed -n 's/^BootCurrent: //p')
efibootmgr | grep -q "^Boot$current.*Baton stays"
if efibootmgr | grep BootNext; then exit 1; fi
test "$(get BatonStays)" = "changed, and longer than before"
resources
"""


def test_variables_boot_options_resets_and_resources_are_the_firmwares(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    initrds = {
        "1.img": userspace,
        "2.img": programs.initrd(*EFIBOOTMGR),
        "3.img": initramfs.script(COMMON + VARIABLES),
    }
    run = start(boot, layout.disk(baton, kernel, initrds, BY_ENTRY))
    report = finish(run, starts=2)

    assert resets(report) == [COLD, SHUTDOWN]
    assert ends(run) == [("RESET", "guest-reset"), ("SHUTDOWN", "guest-shutdown")]
    assert told(run, "resources?") == RESOURCES

    store = VariableStore(run.machine.store)
    assert store.read("BatonStays", VENDOR) == b"changed, and longer than before"
    assert store.read("BatonGoes", VENDOR) is None
    assert store.read("BootNext") is None
    labels = {name: content[6:].decode("utf-16-le", "replace").partition("\0")[0]
              for name, content in boot_options(run).items()}  # fmt: skip
    assert "Baton stays" in labels.values() and "Baton goes" not in labels.values(), labels
    # The firmware's own boot options are among those that efibootmgr sees.
    listed = dict(re.findall(r"efibootmgr: (Boot[0-9A-F]{4})\S* ([^\t\n]*)", run.text))
    assert labels.items() <= listed.items() and len(labels) > 1


PANIC = f"""
mount -t pstore pstore /sys/fs/pstore
if test ! -e BatonCrashed-{VENDOR}; then
    test -z "$(ls /sys/fs/pstore)"
    put BatonCrashed yes
    echo "userspace: crashing"
    echo c >/proc/sysrq-trigger
fi
ls dump-type0-* | sed 's/^/userspace: variable /'
sed -n 's/^.*sysrq: /userspace: dump /p' /sys/fs/pstore/dmesg-efi*
rm /sys/fs/pstore/*
"""


def test_a_panic_is_kept_in_variables_and_read_after_the_reset(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    initrds = {
        "1.img": userspace,
        "2.img": initramfs.modules(kernel, ["drivers/firmware/efi/efi-pstore.ko"]),
        "3.img": initramfs.script(COMMON + PANIC),
    }
    run = start(boot, layout.disk(baton, kernel, initrds, BY_ENTRY))
    run.allow += [rb"Kernel panic", rb"Call Trace:"]
    report = finish(run, starts=2)
    assert resets(report) == [COLD, SHUTDOWN]
    assert told(run, "dump") == ["Trigger a crash"], run.tail()
    # Each part of the dump was a variable; one whose file is removed is gone.
    parts = [name.removesuffix(f"-{CRASH}") for name in told(run, "variable")]
    store = VariableStore(run.machine.store)
    assert parts and not any(store.read(name, CRASH) for name in parts)


KEXEC_CHAIN = rf"""
again() {{
    word=$1
    shift
    mkdir -p /mnt
    mount -t vfat -o ro /dev/nvme0n1p1 /mnt
    cat /mnt/debian/1.img /mnt/debian/2.img /mnt/debian/3.img /mnt/debian/4.img >/tmp/initrd
    kexec "$@" --load /mnt/debian/vmlinuz --initrd=/tmp/initrd \
        --command-line="{layout.CONSOLE} $word"
    umount /mnt
    kexec --exec
}}
resources
put BatonKernel "$(get BatonKernel 2>/dev/null) $(sed 's/.* //' /proc/cmdline)"
test -e SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
regions() {{ for region in /sys/firmware/efi/runtime-map/*; do echo $(cat "$region"/*); done; }}
echo "userspace: $(regions | wc -l) regions $(regions | sort | md5sum)"
if started by-entry; then again by-file --kexec-file-syscall; fi
# No hash of what is loaded is compared on the way: seconds in emulation.
if started by-file; then again by-segments --kexec-syscall --no-checks; fi
started by-segments
"""


def test_kexec_into_the_same_kernel_twice_keeps_the_runtime_services(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    first = userspace.read_bytes()
    initrds = {
        "1.img": first + bytes(-len(first) % 4),
        "2.img": programs.initrd(*KEXEC),
        "3.img": initramfs.modules(kernel, FAT),
        "4.img": initramfs.script(COMMON + KEXEC_CHAIN),
    }
    run = start(boot, layout.disk(baton, kernel, initrds, BY_ENTRY))
    report = finish(run, starts=1)
    assert told(run, "resources?") == RESOURCES * 3
    # Addresses, sizes, kinds; in which order they are told is the kexec command's affair.
    regions = told(run, r"\d+ regions")
    assert len(regions) == 3 and len(set(regions)) == 1
    # Each kernel has written to the variable that the one before had left; the last one asked the
    # firmware to switch off.
    store = VariableStore(run.machine.store)
    assert store.read("BatonKernel", VENDOR) == b" by-entry by-file by-segments"
    assert resets(report) == [SHUTDOWN]
    assert ends(run) == [("SHUTDOWN", "guest-shutdown")]
