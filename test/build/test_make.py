# SPDX-License-Identifier: BSD-2-Clause
"""`make` itself: the same bytes everywhere, every gnu-efi, clear refusals, and `make install`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from build.build import IMAGE, copy_sources, made, make, small_sources
from lab import debian


def test_two_trees_give_the_same_bytes(tmp_path: Path) -> None:
    """Neither the place nor the moment of the build is in the image or in its symbols."""
    first = copy_sources(tmp_path / "a")
    second = tmp_path / "somewhere/else-with-a-longer-name/b"
    shutil.copytree(first, second)
    for tree in (first, second):
        made("-j2", tree=tree)
    for name in ("BOOTX64.EFI", "BOOTX64.EFI.debug"):
        assert (first / "build" / name).read_bytes() == (second / "build" / name).read_bytes()


@pytest.mark.parametrize("suite", ["trixie", "sid"])
def test_builds_with_the_gnu_efi_of(suite: str, tmp_path: Path) -> None:
    """3.0.18 and 4.x: other places, other crt0, other headers."""
    try:
        prefix = debian.package("gnu-efi", suite)
    except debian.ArchiveUnreachable as error:
        pytest.skip(f"no package archive: {error}")
    made(f"GNU_EFI={prefix}", f"BUILD={tmp_path}/out")
    assert (tmp_path / "out" / "BOOTX64.EFI").read_bytes()[:2] == b"MZ"


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
    done = make("SIZE_LIMIT=1024", tree=tree)
    assert done.returncode != 0
    assert "too large" in done.stderr
    assert not (tree / "build/BOOTX64.EFI").exists()


def test_image_is_smaller_than_96_kib() -> None:
    """The promise of the README, whatever SIZE_LIMIT was set to."""
    assert IMAGE.stat().st_size < 96 * 1024


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


def test_help_lists_every_target_and_variable() -> None:
    """What is declared phony or settable for people is in `make help`."""
    said = made("help")
    for word in ("run", "debug", "test", "unit", "boot", "lint", "format", "install", "clean"):
        assert f"make {word} " in said
    for word in ("KERNEL INITRD CMDLINE MEM SMP FIRMWARE GUI RECORD GDB_ARGS V GNU_EFI BUILD SIZE_LIMIT"
                 " DESTDIR ESPDIR FORCE DEPS JOBS VERSION").split():  # fmt: skip
        assert f"{word}=" in said or f"$({word})" in said, word
