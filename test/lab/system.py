# SPDX-License-Identifier: BSD-2-Clause
"""A disk with a Debian on it that comes up to a login prompt, made without root.

Knows: which packages a small Debian with systemd is made of, what their maintainer scripts would have done.
Must not know: which loader boots it, QEMU, what is tried in it.

apt chooses and fetches the packages, which are unpacked; no maintainer script runs. The initramfs is made
by the suite's own tool in a chroot, the file system by mke2fs, both as root of a user namespace. What is made
is kept in build/cache, as the packages are.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lab import debian, esp
from lab.board import PC

# So does the kernel find the root of such a system.
ROOT = f"root=PARTUUID={esp.ROOT_ID} rw"
# On a busy computer all of it takes long; systemd gives up after 90 s, dracut after 180. This is for an initramfs.
PATIENCE = "systemd.default_timeout_start_sec=900 systemd.default_device_timeout_sec=900 rd.retry=900"
# A processor that does not tell of a hypervisor: loaders do not tell how long they took in a virtual machine.
REAL = f"{PC.cpu},-hypervisor"
PROMPT = "login:"
SHELL = "root has a shell"  # what the first shell says

COMMON = (
    "base-files bash coreutils dash dbus findutils grep gzip hostname kmod libc-bin libpam-modules libpam-runtime"
    " login mount passwd sed systemd systemd-boot systemd-sysv tar udev util-linux zstd"
)
INITRAMFS_TOOLS = "initramfs-tools busybox"
DRACUT = "dracut dracut-core busybox"


@dataclass(frozen=True)
class Recipe:
    """What one suite's disk is made of."""

    packages: str
    kernel: str  # its flavour; of bookworm, the kernels of later suites fail under the emulation
    initramfs: str  # the command, in the chroot, to make FILE for VERSION


RECIPES = {
    "bookworm": Recipe(f"{COMMON} {INITRAMFS_TOOLS}", "full", "mkinitramfs -o FILE VERSION"),
    "trixie": Recipe(f"{COMMON} {DRACUT}", "cloud", "dracut --no-hostonly --kver VERSION FILE"),
    "sid": Recipe(f"{COMMON} {DRACUT}", "cloud", "dracut --no-hostonly --kver VERSION FILE"),
}

MACHINE_ID = "0123456789abcdef0123456789abcdef"
PASSWD = """\
root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
messagebus:x:100:100::/nonexistent:/usr/sbin/nologin
"""
GROUPS = (
    "root:0 daemon:1 bin:2 sys:3 adm:4 tty:5 disk:6 lp:7 kmem:15 dialout:20 cdrom:24 floppy:25 tape:26 sudo:27"
    " audio:29 utmp:43 video:44 shadow:42 staff:50 users:100 input:101 kvm:102 render:103 sgx:104 messagebus:105"
    " nogroup:65534"
)
# What no test asks for and an emulated processor would be busy with.
MASKED = (
    "systemd-hwdb-update.service systemd-update-done.service ldconfig.service dpkg-db-backup.timer"
    " fstrim.timer e2scrub_all.timer e2scrub_reap.service systemd-tmpfiles-clean.timer getty@tty1.service"
    " systemd-pcrphase.service systemd-pcrphase-sysinit.service systemd-network-generator.service"
    " systemd-journal-flush.service systemd-journal-catalog-update.service systemd-firstboot.service"
)


def _files() -> dict[str, str]:
    """What a Debian's /etc has that is in no package, or made by a maintainer script."""
    permit = "{0} sufficient pam_permit.so\n"
    groups = (word.split(":") for word in GROUPS.split())
    return {
        "etc/passwd": PASSWD,
        "etc/group": "".join(f"{name}:x:{number}:\n" for name, number in groups),
        "etc/shadow": "root::19000:0:99999:7:::\n",
        "etc/nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files\n",
        "etc/hostname": "baton\n",
        "etc/hosts": "127.0.0.1 localhost baton\n",
        "etc/machine-id": f"{MACHINE_ID}\n",
        "etc/fstab": "",
        "etc/systemd/system.conf.d/patience.conf":
            "[Manager]\nDefaultTimeoutStartSec=900\nDefaultDeviceTimeoutSec=900\n",
        "etc/profile": f"stty -echo; PS1=; PS2=\nexport PATH=/usr/sbin:/usr/bin PAGER=cat SYSTEMD_COLORS=0\necho '{SHELL}'\n",
        **{f"etc/pam.d/common-{kind}": permit.format(kind) for kind in ("auth", "account", "password", "session")},
        "etc/pam.d/common-session-noninteractive": permit.format("session"),
        "etc/kernel/cmdline": "",
        # depmod has run; in the guest it takes a minute.
        "etc/kernel/install.d/50-depmod.install": "",
        "etc/initramfs-tools/conf.d/resume": "RESUME=none\n",
    }


@dataclass(frozen=True)
class System:
    """What is installed: the file system of its root, and its kernel's release, image and initramfs."""

    root: Path
    release: str
    kernel: Path
    initramfs: Path


def _as_root(*words: str | Path, tree: Path | None = None) -> None:
    """Run a command that finds itself root, or in the root directory `tree`, where it also sees /proc and /dev."""
    inner = list(map(str, words))
    if tree is not None:
        script = 'mount --rbind /proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"'
        inner = ["sh", "-c", script, str(tree), *inner]
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", *inner],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TMPDIR": "/tmp"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, words))}: {done.stdout.strip()}")


def _configure(tree: Path) -> None:
    """Do what maintainer scripts do, as far as this system needs it."""
    for name, text in _files().items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(text)
    for unit in MASKED.split():
        (tree / "etc/systemd/system" / unit).symlink_to("/dev/null")
    for name in ("proc", "sys", "dev", "run", "tmp", "root", "efi", "boot", "var/log/journal"):
        (tree / name).mkdir(parents=True, exist_ok=True)
    (tree / "bin/sh").unlink(missing_ok=True)
    (tree / "bin/sh").symlink_to("dash")


def _make(suite: str, place: Path) -> None:
    """Make the system of `suite` in the folder `place`."""
    recipe = RECIPES[suite]
    kernel = debian.linux(recipe.kernel, "bookworm")
    with tempfile.TemporaryDirectory(dir=place, prefix=".tree-") as scratch:
        tree = Path(scratch, "root")
        debian.unpack(debian.with_dependencies(recipe.packages.split(), suite), tree)
        _configure(tree)
        shutil.copytree(kernel.modules, tree / "usr/lib/modules" / kernel.release, copy_function=os.link)
        shutil.copy(kernel.image, tree / f"boot/vmlinuz-{kernel.release}")
        if (config := kernel.image.with_name(f"config-{kernel.release}")).exists():
            shutil.copy(config, tree / "boot")
        _as_root("ldconfig", tree=tree)
        _as_root("depmod", kernel.release, tree=tree)
        initramfs = f"boot/initrd.img-{kernel.release}"
        words = recipe.initramfs.replace("FILE", f"/{initramfs}").replace("VERSION", kernel.release)
        _as_root(*words.split(), tree=tree)
        shutil.copy(tree / initramfs, place / "initrd.img")
        shutil.copy(kernel.image, place / "vmlinuz")
        (place / "release").write_text(kernel.release)
        used = sum(path.lstat().st_size + 4096 for path in tree.rglob("*"))
        size = used * 5 // 4 + 128 * esp.MIB
        _as_root("mke2fs", "-q", "-t", "ext4", "-U", str(esp.ROOT_ID), "-d", tree, place / "root.ext4", f"{size >> 10}k")


def installed(suite: str) -> System:
    """The system of `suite`, made once and kept in the cache."""
    recipe = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    place = debian.CACHE / "system" / suite
    with debian.locked(debian.CACHE / "system" / f"{suite}.lock"):
        stamp = place / "recipe"
        if not stamp.exists() or stamp.read_text() != recipe:
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            with debian.step(f"a system of Debian {suite}"):
                _make(suite, place)
            stamp.write_text(recipe)
    return System(place / "root.ext4", (place / "release").read_text(), place / "vmlinuz", place / "initrd.img")
