# SPDX-License-Identifier: BSD-2-Clause
"""Packages of Debian, fetched and unpacked without root.

Knows: apt's command line, and where Debian's packages keep the few files the boot tests use.
Must not know: the name of any archive host (the system's own apt configuration has it), QEMU, ESPs.

apt itself does the work, with a state directory of our own under build/cache: nothing of the system is
changed, an empty /var/lib/apt/lists does not matter, and apt verifies every signature and checksum.
What has been unpacked once is used again without looking at the network; `make clean` forgets it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.progress import Waiting, say

ROOT = Path(__file__).resolve().parents[2]
# make passes BUILD= on, relative to the top; a test of the launcher itself brings a cache of its own.
BUILD = ROOT / (os.environ.get("BUILD") or "build")
# Not Debian's: the kernel of the native protocol that tests each promise, and is through at once.
NATIVE = BUILD / "kernel" / "native.elf"
CACHE = ROOT / (os.environ.get("BATON_CACHE") or BUILD / "cache")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


class ArchiveUnreachable(Exception):
    """The package is not in the cache and apt could not bring it."""


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold `path` as a lock file: several test processes share one cache."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _own_suite() -> str:
    """The code name of the Debian that runs here, e.g. bookworm."""
    with open("/etc/os-release", encoding="utf-8") as release:
        fields = dict(line.rstrip().split("=", 1) for line in release if "=" in line)
    return fields.get("VERSION_CODENAME", "bookworm").strip('"')


def _place(suite: str, architecture: str) -> str:
    """What the folders for one suite and one machine are called."""
    return f"{suite}-{architecture}" if architecture else suite


class Step:
    """Something that is being fetched, and how far it is."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.how = ""

    def follow(self, status: Iterable[str]) -> None:
        """Take over what apt says of its progress; an update does not know its end before it is near."""
        for line in status:
            kind, _, rest = line.rstrip().partition(":")
            _, _, rest = rest.partition(":")
            percent, _, text = rest.partition(":")
            if kind == "dlstatus":
                self.how = f"{float(percent):.0f} %, {text[:1].lower()}{text[1:]}"

    def __str__(self) -> str:
        return f"FETCH   {self.what}" + (f": {self.how}" if self.how else "")


@contextlib.contextmanager
def step(what: str) -> Iterator[Step]:
    """Say that something is fetched, at once and every few seconds."""
    begun = Step(what)
    say(str(begun))
    with Waiting(lambda: str(begun)):
        yield begun


class Apt:
    """apt with a private state: the system's sources, or one other suite of the same archive.

    `architecture`: Debian's name of another machine, whose packages are fetched and never installed.
    """

    def __init__(self, suite: str, architecture: str = "") -> None:
        self.suite = suite
        self.is_own = suite == _own_suite() and not architecture
        self.state = CACHE / "apt" / _place(suite, architecture)
        self.options = [
            "-qq",
            "-o", f"Dir::State={self.state}",
            "-o", "Dir::State::status=/var/lib/dpkg/status",
            "-o", f"Dir::Cache={self.state}/cache",
            # Containers' images tell apt not to keep what it has read of the lists: a second and more, each time.
            "-o", "Dir::Cache::pkgcache=pkgcache.bin",
            "-o", "Dir::Cache::srcpkgcache=srcpkgcache.bin",
            # As root apt would become the user _apt, who may not enter our directory.
            "-o", "APT::Sandbox::User=root",
            "-o", "Acquire::Retries=2",
            "-o", "Acquire::http::Timeout=20",
            "-o", "Acquire::https::Timeout=20",
            "-o", "Acquire::Languages=none",
            # Hooks in the system's configuration are meant for the system's own state.
            "-o", "APT::Update::Post-Invoke-Success::=",
            "-o", "Dir::Etc::apt-conf-d=/etc/apt/apt.conf.d",
        ]  # fmt: skip
        if architecture:
            # In place of the list of architectures that dpkg has.
            self.options += [
                "-o", f"APT::Architecture={architecture}",
                "-o", f"APT::Architectures::={architecture}",
            ]  # fmt: skip

    def run(
        self, tool: str, *words: str, cwd: Path | None = None, inherited: tuple[int, ...] = ()
    ) -> str:
        """Run one apt tool; its output, or ArchiveUnreachable with what it complained about."""
        done = subprocess.run(
            [tool, *self.options, *words],
            cwd=cwd,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            pass_fds=inherited,
            check=False,
        )
        if done.returncode != 0:
            last = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
            raise ArchiveUnreachable(f"{tool} {' '.join(words)} ({self.suite}): {last}")
        return done.stdout

    def fetch(self, step: Step, *words: str, cwd: Path | None = None) -> None:
        """Run apt-get to fetch something; `step` follows how far it is."""
        reading, writing = os.pipe()
        # apt tells "dlstatus:1:12.5:Retrieving file 1 of 3" there, several times a second.
        option = ("-o", f"APT::Status-Fd={writing}")
        with os.fdopen(reading, encoding="utf-8", errors="replace") as status:
            follower = threading.Thread(target=step.follow, args=(status,), daemon=True)
            follower.start()
            try:
                self.run("apt-get", *option, *words, cwd=cwd, inherited=(writing,))
            finally:
                os.close(writing)
                follower.join()

    def bring(self, step: Step, *words: str, cwd: Path | None = None) -> None:
        """Fetch packages; once more with new indexes, since those of last week name files that are gone."""
        try:
            self.fetch(step, *words, cwd=cwd)
        except ArchiveUnreachable:
            self.update(again=True)
            self.fetch(step, *words, cwd=cwd)

    def update(self, again: bool = False) -> None:
        """Fetch the indexes once; a later call finds the stamp and does nothing, unless told `again`."""
        stamp = self.state / "updated"
        if stamp.exists() and not again:
            return
        (self.state / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        (self.state / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
        if not self.is_own:
            self._write_sources()
        # A third-party source that does not answer is not our concern, so the exit status is not
        # the judge: whether Debian's own indexes came is.
        with contextlib.suppress(ArchiveUnreachable):
            with step(f"package lists of Debian {self.suite}") as begun:
                self.fetch(begun, "update")
        if not self._debian_targets():
            raise ArchiveUnreachable(f"apt-get update ({self.suite}) brought no index of Debian")
        stamp.touch()

    def _debian_targets(self) -> list[tuple[str, str, str]]:
        """(address, release, component) of each package index of Debian that has been fetched."""
        lines = self.run(
            "apt-get",
            "indextargets",
            "--format",
            "$(ORIGIN)|$(CREATED_BY)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)",
        ).splitlines()
        targets = []
        for line in lines:
            origin, kind, address, release, component = line.split("|")
            if origin == "Debian" and kind == "Packages":
                targets.append((address, release, component))
        return targets

    def _write_sources(self) -> None:
        """Point this state at another suite of the archive that the system itself uses."""
        own = Apt(_own_suite())
        with locked(CACHE / "apt" / "own.lock"):
            own.update()
        address = next((a for a, r, _ in own._debian_targets() if r == own.suite), None)
        if address is None:
            raise ArchiveUnreachable(f"no source of Debian {own.suite} in the apt configuration")
        sources = self.state / "sources.list"
        sources.write_text(f"deb [signed-by={KEYRING}] {address} {self.suite} main\n")
        self.options += ["-o", f"Dir::Etc::sourcelist={sources}", "-o", "Dir::Etc::sourceparts=-"]

    def use_sources(self) -> None:
        """Use the sources file that an earlier update of this state wrote."""
        sources = self.state / "sources.list"
        if sources.exists():
            self.options += [
                "-o", f"Dir::Etc::sourcelist={sources}",
                "-o", "Dir::Etc::sourceparts=-",
            ]  # fmt: skip


def packages(names: Sequence[str], suite: str | None = None, architecture: str = "") -> list[Path]:
    """The directories into which these packages are unpacked; those that are not there yet are fetched together.

    Of `suite` (default: this Debian), for a machine by Debian's name (default: this one).
    """
    suite = suite or _own_suite()
    place = _place(suite, architecture)
    parent = CACHE / "debian" / place
    where = [parent / name for name in names]
    if all(path.is_dir() for path in where):
        return where
    with locked(CACHE / "apt" / f"{place}.lock"):
        missing = [path.name for path in where if not path.is_dir()]
        if missing:
            apt = Apt(suite, architecture)
            apt.use_sources()
            apt.update()
            parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=parent, prefix=".unpack-") as scratch:
                debs, trees = Path(scratch, "debs"), Path(scratch, "trees")
                debs.mkdir()
                trees.mkdir()
                others = f" and {len(missing) - 1} others" if len(missing) > 1 else ""
                with step(f"{missing[0]}{others} of Debian {place}") as begun:
                    apt.bring(begun, "download", *missing, cwd=debs)
                    begun.how = "unpacking"
                    for name in missing:
                        deb = next(debs.glob(f"{name}_*.deb"))
                        subprocess.run(["dpkg-deb", "-x", deb, trees / name], check=True)
                        (trees / name).rename(parent / name)
    return where


def package(name: str, suite: str | None = None, architecture: str = "") -> Path:
    """The directory into which one package is unpacked."""
    return packages([name], suite, architecture)[0]


def with_dependencies(names: Sequence[str], suite: str) -> list[Path]:
    """The packages `names` of `suite` and all that they depend on, as the files of the archive."""
    mark = hashlib.sha256(" ".join(sorted(names)).encode()).hexdigest()[:12]
    where = CACHE / "debian" / suite / f"packages-{mark}"
    with locked(CACHE / "apt" / f"{suite}.lock"):
        if not where.is_dir():
            apt = Apt(suite)
            apt.use_sources()
            apt.update()
            where.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=where.parent, prefix=".fetch-") as scratch:
                status, archives = Path(scratch, "status"), Path(scratch, "archives")
                status.touch()  # of a system without any package
                (archives / "partial").mkdir(parents=True)
                apt.options += ["-o", f"Dir::State::status={status}", "-o", f"Dir::Cache::archives={archives}"]
                words = ("install", "--download-only", "--yes", "--no-install-recommends", *names)
                with step(f"{len(names)} packages of Debian {suite} and what they need") as begun:
                    apt.bring(begun, *words)
                archives.rename(where)
    return sorted(where.glob("*.deb"))


def unpack(debs: Sequence[Path], tree: Path) -> None:
    """All of these packages into `tree`, whose /usr is merged."""
    for name in ("bin", "sbin", "lib", "lib64"):
        (tree / "usr" / name).mkdir(parents=True, exist_ok=True)
        (tree / name).symlink_to(f"usr/{name}")
    for deb in debs:
        archive = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE)
        subprocess.run(
            ["tar", "-x", "--no-same-owner", "--keep-directory-symlink", "-C", tree, "--exclude=./usr/share/doc/*",
             "--exclude=./usr/share/man/*", "--exclude=./usr/share/locale/*"],
            stdin=archive.stdout, check=True,
        )  # fmt: skip
        if archive.wait() != 0:
            raise RuntimeError(f"{deb.name} cannot be unpacked")


# A program of another suite, with that suite's libraries, on this one.
START = """\
#!/bin/sh
tree='{tree}'
exec "$tree/lib64/ld-linux-x86-64.so.2" --library-path "$tree/usr/lib/x86_64-linux-gnu" "$tree/usr/bin/{program}" \\
    -L "$tree/usr/share/qemu" "$@"
"""


def later_qemu(program: str, package_name: str, suite: str) -> Path:
    """QEMU of a later suite than this one, of which nothing is installed: a script that starts it."""
    where = CACHE / "debian" / suite / f"{package_name}-tree"
    debs = with_dependencies([package_name], suite)
    with locked(CACHE / "debian" / suite / f"{package_name}.lock"):
        if not where.is_dir():
            with tempfile.TemporaryDirectory(dir=where.parent, prefix=".unpack-") as scratch:
                tree = Path(scratch, "tree")
                with step(f"{program} of Debian {suite}") as begun:
                    begun.how = "unpacking"
                    unpack(debs, tree)
                tree.rename(where)
    # Not kept: it has the path of this build directory.
    start = BUILD / f"{program}-of-{suite}"
    fresh = start.with_name(f".{start.name}-{os.getpid()}")
    fresh.write_text(START.format(tree=where, program=program))
    fresh.chmod(0o755)
    fresh.rename(start)
    return start


def _depends(name: str, pattern: str, suite: str, architecture: str) -> str:
    """The first package in the dependencies of meta package `name` that looks like `pattern`."""
    with locked(CACHE / "apt" / f"{_place(suite, architecture)}.lock"):
        apt = Apt(suite, architecture)
        apt.use_sources()
        apt.update()
        fields = apt.run("apt-cache", "show", name)
    found = re.search(rf"^Depends: .*?({pattern})", fields, re.MULTILINE)
    if found is None:
        raise ArchiveUnreachable(f"{name} of {suite} names no {pattern}")
    return found.group(1)


@dataclass(frozen=True)
class Kernel:
    """One Linux kernel package: its release, its image, and its modules."""

    release: str
    image: Path
    modules: Path

    def module(self, path: str) -> Path:
        """A module by its path below kernel/, e.g. fs/efivarfs/efivarfs.ko."""
        return next((self.modules / "kernel").glob(path + "*"))


# The meta packages that name the current kernel.
FLAVOURS = {
    "cloud": "linux-image-cloud-amd64",
    "full": "linux-image-amd64",
    "cloud-arm64": "linux-image-cloud-arm64",
    "riscv64": "linux-image-riscv64",
}


def linux(flavour: str, suite: str | None = None, architecture: str = "") -> Kernel:
    """Debian's current kernel of one flavour: the one its meta package points to."""
    suite = suite or _own_suite()
    link = CACHE / "debian" / _place(suite, architecture) / f"{flavour}-kernel"
    if not link.exists():
        name = _depends(FLAVOURS[flavour], r"linux-image-[0-9][^ ,]*", suite, architecture)
        unpacked = package(name, suite, architecture)
        fresh = link.with_name(f".{flavour}-kernel-{os.getpid()}")
        fresh.symlink_to(unpacked.name)
        fresh.rename(link)
    tree = link.resolve()
    release = tree.name.removeprefix("linux-image-")
    below = f"lib/modules/{release}"
    if (tree / "boot").exists():
        image, modules = next((tree / "boot").glob(f"vmlinu?-{release}")), tree  # vmlinux on RISC-V
    else:  # newer suites have both in packages of their own
        image = package(f"linux-binary-{release}", suite, architecture) / f"usr/{below}/vmlinuz"
        modules = package(f"linux-modules-{release}", suite, architecture)
    choices = (modules / below, modules / "usr" / below)
    return Kernel(release, image, next(path for path in choices if path.exists()))


def cloud_kernel(suite: str | None = None) -> Kernel:
    """Debian's current kernel for virtual machines: the one that most tests boot."""
    return linux("cloud", suite)


def systemd_boot(suite: str | None = None) -> Path:
    """The loader that starts kernels through their own EFI stub."""
    return package("systemd-boot-efi", suite) / "usr/lib/systemd/boot/efi/systemd-bootx64.efi"


def busybox(architecture: str = "", suite: str | None = None) -> Path:
    """A busybox that needs no library."""
    tree = package("busybox-static", suite, architecture)
    return next(path for path in (tree / "bin/busybox", tree / "usr/bin/busybox") if path.exists())


def memtest(efi: bool = False) -> Path:
    """memtest86+: a Linux-bootable image for a fixed address, no EFI stub involved; or an EFI program."""
    kind = "efi" if efi else "bin"
    return next((package("memtest86+") / "boot").glob(f"memtest86+*x64.{kind}"))


def shell() -> Path:
    """The UEFI shell as a file: this Debian has it inside its firmware only."""
    return package("efi-shell-x64", "trixie") / "usr/share/efi-shell-x64/shellx64.efi"


def ipxe() -> Path:
    """iPXE as an EFI program that uses the firmware's network drivers."""
    return package("ipxe") / "usr/lib/ipxe/snponly.efi"


def grub() -> Path:
    """GRUB as one file, which reads /EFI/debian/grub.cfg on the volume that it was loaded from."""
    return package("grub-efi-amd64-bin") / "usr/lib/grub/x86_64-efi/monolithic/grubx64.efi"


def xen() -> Path:
    """Xen as an EFI program."""
    return next((package("xen-hypervisor-4.17-amd64") / "boot").glob("xen-*.efi"))


def xen_multiboot(suite: str | None = None) -> Path:
    """Xen as a kernel of Multiboot2, packed with gzip as Debian installs it."""
    version = {"trixie": "4.20"}.get(suite or _own_suite(), "4.17")
    return package(f"xen-hypervisor-{version}-amd64", suite) / f"boot/xen-{version}-amd64.gz"


def gnumach() -> Path:
    """GNU Mach for x86-64: a kernel of Multiboot2 for which its loader leaves the firmware."""
    return next((package("gnumach-image-1.8-amd64-smp", "sid") / "boot").glob("gnumach-*.gz"))


@dataclass(frozen=True)
class Firmware:
    """A UEFI firmware for QEMU: read-only code, and the variable store that each machine copies.

    Without a store it is one ROM, which keeps its variables elsewhere or not at all.
    """

    name: str
    code: Path
    variables: Path | None
    option: str = "-bios"  # of QEMU, for one without a store


def firmware(choice: str = "") -> Firmware:
    """A firmware by suite name, by path of its code, or (default) the installed one.

    A path FILE needs the variable store beside it under the same name with CODE changed to VARS.
    """
    if "/" in choice or choice.endswith(".fd"):
        code = Path(choice).resolve()
        return Firmware(code.stem, code, _variables_of(code))
    inside = "usr/share/OVMF/OVMF_CODE_4M.fd"
    choice = choice or _own_suite()
    root = Path("/")
    if choice != _own_suite() or not (root / inside).exists():
        root = package("ovmf", choice)
        if not (root / inside).exists():  # newer suites keep only a transitional package there
            root = package("ovmf-generic", choice)
    code = root / inside
    return Firmware(choice, code, _variables_of(code))


def arm_firmware(choice: str = "") -> Firmware:
    """EDK II for QEMU's ARM board, by suite name (default: this Debian)."""
    tree = package("qemu-efi-aarch64", choice or _own_suite()) / "usr/share/AAVMF"
    names = ("AAVMF_CODE.no-secboot.fd", "AAVMF_CODE.fd")
    code = next(tree / name for name in names if (tree / name).exists())
    return Firmware(choice or _own_suite(), code, tree / "AAVMF_VARS.fd")


def u_boot(board: str = "qemu-x86_64/u-boot.rom") -> Firmware:
    """U-Boot's implementation of UEFI; of trixie, because bookworm's gives its kernels no RTPROP table."""
    return Firmware("u-boot", package("u-boot-qemu", "trixie") / "usr/lib/u-boot" / board, None)


def riscv_firmware(choice: str = "") -> Firmware:
    """U-Boot for QEMU's RISC-V board, which QEMU's OpenSBI starts as it would start a kernel."""
    code = package("u-boot-qemu", choice or "trixie") / "usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin"
    return Firmware("u-boot", code, None, "-kernel")


def riscv_edk2(choice: str = "") -> Firmware:
    """EDK II for QEMU's RISC-V board, from QEMU 8.1 on."""
    suite = choice or "trixie"
    tree = package("qemu-efi-riscv64", suite) / "usr/share/qemu-efi-riscv64"
    return Firmware(suite, tree / "RISCV_VIRT_CODE.fd", tree / "RISCV_VIRT_VARS.fd")


def _variables_of(code: Path) -> Path:
    """The variable store that belongs to a firmware's code: the same name, VARS instead of CODE."""
    variables = code.with_name(
        code.name.replace("CODE", "VARS").replace(".secboot", "").replace(".snakeoil", "")
    )
    if variables == code or not variables.exists():
        raise FileNotFoundError(f"{code}: no variable store {variables.name} beside it")
    return variables
