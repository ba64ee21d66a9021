# SPDX-License-Identifier: BSD-2-Clause
"""`make` itself: the same bytes everywhere, every gnu-efi, clear refusals, and `make install`."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from build.build import BUILD, IMAGE, IMAGES, ROOT, copy_sources, made, make, small_sources
from lab import debian


@pytest.mark.parametrize(
    "words",
    [
        (),
        pytest.param(("ARCH=aarch64",), marks=pytest.mark.arch),
        pytest.param(("ARCH=riscv64",), marks=pytest.mark.arch),
    ],
    ids=" ".join,
)
def test_another_tree_gives_the_same_bytes(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Neither the place nor the moment of the build is in the image or in its symbols."""
    tree = copy_sources(tmp_path / "somewhere/with-a-longer-name")
    if gnu_efi := os.environ.get("GNU_EFI"):
        words = (*words, f"GNU_EFI={gnu_efi}")
    made("-j2", *words, tree=tree)
    images = sorted((tree / "build").rglob("BOOT*.EFI*"))
    assert [image.suffix for image in images] == [".EFI", ".debug"]
    for image in images:
        assert image.read_bytes() == (BUILD / image.relative_to(tree / "build")).read_bytes()


@pytest.mark.parametrize("suite", ["trixie", "sid"])
def test_builds_with_the_gnu_efi_of(suite: str, tmp_path: Path) -> None:
    """3.0.18 and 4.x: other places, other crt0, other headers."""
    try:
        prefix = debian.package("gnu-efi", suite)
    except debian.ArchiveUnreachable as error:
        pytest.skip(f"no package archive: {error}")
    made(f"GNU_EFI={prefix}", f"BUILD={tmp_path}/out")
    image = (tmp_path / "out" / "BOOTX64.EFI").read_bytes()
    assert image[:2] == b"MZ"
    # Nothing is missing: some of these start with another function than efi_main.
    assert abs(len(image) - (BUILD / "BOOTX64.EFI").stat().st_size) < 1024


def test_missing_gnu_efi_is_one_line_that_names_the_package(tmp_path: Path) -> None:
    """Not a page of missing headers."""
    done = make(f"GNU_EFI={tmp_path}", f"BUILD={tmp_path}/out")
    assert done.returncode != 0
    (line,) = done.stderr.strip().splitlines()
    assert "install the Debian package gnu-efi" in line
    assert str(tmp_path) in line


def test_another_flag_makes_everything_again(tmp_path: Path) -> None:
    """Objects of another version or gnu-efi are never mixed with new ones."""
    tree = small_sources(tmp_path / "tree")
    image = tree / "build/BOOTX64.EFI"
    for version in ("1.2.3", "4.5.6"):
        made(f"VERSION={version}", tree=tree)
        assert f",{version},".encode() in image.read_bytes(), "in .sbat"
        assert version.encode("utf-16-le") in image.read_bytes(), "in main.c"
        assert made(f"VERSION={version}", tree=tree) == "", "made again for nothing"


def test_an_image_over_the_limit_fails_the_build(tmp_path: Path) -> None:
    """And is not left behind to be used."""
    tree = small_sources(tmp_path / "tree")
    done = make("SIZE_LIMIT=512", tree=tree)
    assert done.returncode != 0
    assert "too large" in done.stderr
    assert not (tree / "build/BOOTX64.EFI").exists()


def test_image_is_as_small_as_the_readme_says() -> None:
    """The promise of the README, whatever SIZE_LIMIT was set to; and without it that is the limit."""
    promise = re.search(r"one file of at most (\d+) KiB", (ROOT / "README.md").read_text())
    assert promise, "the README makes none"
    assert IMAGE.stat().st_size <= int(promise[1]) * 1024
    assert re.search(rf"^SIZE_LIMIT \?= {int(promise[1]) * 1024}$", (ROOT / "Makefile").read_text(), re.M)


def test_the_image_for_aarch64_is_a_fifth_larger_at_most() -> None:
    assert IMAGES[1].stat().st_size <= 1.2 * IMAGES[0].stat().st_size


def test_an_undefined_symbol_fails_the_build(tmp_path: Path) -> None:
    """`ld -pie` alone would link it quietly."""
    tree = small_sources(tmp_path / "tree")
    (tree / "src/core/trap.c").write_text(
        "void nowhere(void);\nvoid trap(void);\n"
        "__attribute__((used, retain)) void trap(void) { nowhere(); }\n"
    )
    done = make(tree=tree)
    assert done.returncode != 0
    assert "undefined reference to `nowhere'" in done.stderr


def test_a_section_the_layout_does_not_know_fails_the_build(tmp_path: Path) -> None:
    """Nothing can be left out of the image silently."""
    tree = small_sources(tmp_path / "tree")
    (tree / "src/core/trap.c").write_text(
        "extern const int trap;\n"
        '__attribute__((used, retain, section("stray"))) const int trap = 1;\n'
    )
    done = make(tree=tree)
    assert done.returncode != 0
    assert "orphan section" in done.stderr


def install(tree: Path, destination: Path, *words: str) -> tuple[int, str]:
    """`make install` below `destination`: its status and what it said."""
    done = make("install", f"DESTDIR={destination}", *words, tree=tree)
    return done.returncode, done.stdout + done.stderr


def test_install_puts_the_image_where_firmware_looks(tmp_path: Path) -> None:
    """DESTDIR and ESPDIR are honoured, and nothing else is written."""
    tree, root = small_sources(tmp_path / "tree"), tmp_path / "root"
    assert install(tree, root, "ESPDIR=/efi")[0] == 0
    files = [path for path in root.rglob("*") if path.is_file()]
    assert files == [root / "efi/EFI/BOOT/BOOTX64.EFI"]
    assert files[0].read_bytes() == (tree / "build/BOOTX64.EFI").read_bytes()
    made("VERSION=2.0", tree=tree)
    assert install(tree, root, "ESPDIR=/efi", "VERSION=2.0")[0] == 0, "an older Baton is replaced"
    assert b",2.0," in files[0].read_bytes()


def test_install_does_not_replace_another_loader(tmp_path: Path) -> None:
    """The user has to say so."""
    tree, root = small_sources(tmp_path / "tree"), tmp_path / "root"
    other = root / "boot/efi/EFI/BOOT/BOOTX64.EFI"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"MZ another loader")
    status, said = install(tree, root)
    assert status != 0 and "FORCE=1" in said
    assert other.read_bytes() == b"MZ another loader"
    assert install(tree, root, "FORCE=1")[0] == 0
    assert other.read_bytes() == (tree / "build/BOOTX64.EFI").read_bytes()


class Mounts:
    """A pretended computer: what df and lsblk say of it."""

    def __init__(self, directory: Path) -> None:
        self.bin = directory / "bin"
        self.bin.mkdir()
        self.esp = directory / "esp"
        self.disk("/dev/sda1 - /", "")
        self.mount("/dev/sda1", "ext4", Path("/"))

    def _command(self, name: str, script: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def mount(self, source: str, kind: str, target: Path) -> None:
        """What df says of every place."""
        fields = f"source) echo {source} ;; fstype) echo {kind} ;; target) echo {target} ;;"
        self._command("df", f'case ${{1#--output=}} in {fields} esac | sed "1i head"')

    def disk(self, line: str, parent: str) -> None:
        """A line of lsblk about a partition, and the disk of every partition."""
        self._command("lsblk", f'case $1 in -no) echo "{parent}" ;; *) echo "{line}" ;; esac')

    def install(self, tree: Path, *words: str) -> tuple[int, str]:
        """`make install ESPDIR=` the ESP of this computer."""
        path = f"{self.bin}:{os.environ['PATH']}"
        done = make("install", f"ESPDIR={self.esp}", *words, tree=tree, path=path)
        return done.returncode, done.stdout + done.stderr


ESP_TYPE = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"


@pytest.fixture(name="tree", scope="module")
def fixture_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small Baton, built."""
    tree = small_sources(tmp_path_factory.mktemp("install") / "tree")
    made(tree=tree)
    return tree


@pytest.fixture(name="mounts")
def fixture_mounts(tmp_path: Path) -> Mounts:
    """A computer without a mounted ESP."""
    return Mounts(tmp_path)


@pytest.mark.parametrize("there", [False, True], ids=["no directory", "a directory"])
def test_install_refuses_what_firmware_does_not_read(
    mounts: Mounts, tree: Path, there: bool
) -> None:
    """An ordinary directory, or none: one line names what is wrong, and the line that mounts the ESP."""
    mounts.disk(f"/dev/vda15 {ESP_TYPE} ", "")
    if there:
        mounts.esp.mkdir()
    status, said = mounts.install(tree)
    (line,) = (line for line in said.splitlines() if line.startswith("make install: "))
    assert status != 0 and "FORCE=1" in line
    assert ("no mounted FAT file system (/dev/sda1, ext4)" if there else "there is no directory") in line
    assert ("" if there else f"mkdir -p {mounts.esp} && ") + f"mount /dev/vda15 {mounts.esp};" in line
    assert not (mounts.esp / "EFI").exists()


def test_install_names_the_place_where_the_esp_is_mounted(mounts: Mounts, tree: Path) -> None:
    mounts.disk(f"/dev/vda15 {ESP_TYPE} /efi", "")
    status, said = mounts.install(tree)
    assert status != 0 and "make install ESPDIR=/efi;" in said


def test_install_without_any_esp_still_says_how(mounts: Mounts, tree: Path) -> None:
    mounts.esp.mkdir()
    status, said = mounts.install(tree)
    assert status != 0 and f"mount /dev/PARTITION {mounts.esp};" in said


def test_install_refuses_a_folder_of_the_esp(mounts: Mounts, tree: Path) -> None:
    """Firmware looks in the root."""
    mounts.esp.mkdir()
    mounts.mount("/dev/vda15", "vfat", mounts.esp.parent)
    status, said = mounts.install(tree)
    assert status != 0 and f"FAT file system at {mounts.esp.parent}, not its root" in said


@pytest.mark.parametrize(("device", "parent", "words"), [
    ("/dev/vda15", "vda", "--disk /dev/vda --part 15 "),
    ("/dev/nvme0n1p1", "nvme0n1", "--disk /dev/nvme0n1 --part 1 "),
    ("/dev/mapper/esp", "dm-0", "--disk /dev/DISK --part N "),
    ("/dev/sdb", "", "--disk /dev/DISK --part N "),
])  # fmt: skip
def test_install_says_what_firmware_will_do_and_how_to_add_an_entry(
    mounts: Mounts, tree: Path, device: str, parent: str, words: str
) -> None:
    mounts.esp.mkdir()
    mounts.mount(device, "vfat", mounts.esp)
    mounts.disk(f"{device} {ESP_TYPE} {mounts.esp}", parent)
    status, said = mounts.install(tree)
    assert status == 0 and (mounts.esp / "EFI/BOOT/BOOTX64.EFI").exists()
    assert "when no Boot#### entry works" in said
    assert f"efibootmgr --create {words}" in said and r"--loader '\EFI\BOOT\BOOTX64.EFI'" in said


def test_install_elsewhere_is_forced_and_said(mounts: Mounts, tree: Path) -> None:
    status, said = mounts.install(tree, "FORCE=1")
    assert status == 0 and (mounts.esp / "EFI/BOOT/BOOTX64.EFI").exists()
    assert "on no FAT file system" in said and "efibootmgr" not in said


def test_help_lists_every_target_and_variable() -> None:
    """What is declared phony or settable for people is in `make help`."""
    said = made("help")
    for word in ("run", "debug", "test", "unit", "boot", "lint", "format", "install", "clean"):
        assert f"make {word} " in said
    for word in ("KERNEL INITRD CMDLINE MEM SMP FIRMWARE GUI RECORD GDB_ARGS V GNU_EFI BUILD SIZE_LIMIT"
                 " DESTDIR ESPDIR FORCE DEPS JOBS VERSION").split():  # fmt: skip
        assert f"{word}=" in said or f"$({word})" in said, word
