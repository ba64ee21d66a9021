# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of all who boot: what to boot, and a factory for machines that never outlive their test.

The folder of this file is where Python finds the packages of the tests (lab, faults...): pytest puts it into
its path because of this file, for the programs that `make` runs the Makefile does.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lab import counted, debian, esp, head_start, initramfs
from lab.machine import Boot, Machine, Run
from lab.patience import HostTooBusy

# Its assertions are a test's own: pytest shows what was compared.
pytest.register_assert_rewrite("lab.transcript")

BATON = debian.BUILD / "BOOTX64.EFI"


def pytest_configure(config: pytest.Config) -> None:
    """Tests are counted in place of dots; `-v` and `-q` choose pytest's own output."""
    if not hasattr(config, "workerinput") and config.option.verbose == 0:
        config.pluginmanager.register(counted.Counted())


# Modules of many tests, most of which take a second or less, with the quickest last.
LAST = ("test_faults", "test_house", "test_model", "test_mutation")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is quick comes last: processes are handed rows of tests, and at the end few are left alone for long."""
    items.sort(key=lambda item: LAST.index(item.path.stem) + 1 if item.path.stem in LAST else 0)


@pytest.hookimpl(hookwrapper=True)
def pytest_pyfunc_call() -> Iterator[None]:
    """A test that the host had no time for is skipped, with the reason."""
    outcome = yield
    try:
        outcome.get_result()  # type: ignore[attr-defined]
    except HostTooBusy as reason:
        pytest.skip(str(reason))


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Path]:
    """A directory for disk images and logs that is gone when the test is over."""
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that all test processes of this run share: what is made once for all of them."""
    place = tmp_path_factory.getbasetemp()
    return place.parent if place.name.startswith("popen-") else place


@pytest.fixture(scope="session")
def head_starts(shared: Path) -> Path:
    """Where machines are whose firmware is up already."""
    return shared / "head-starts"


@pytest.fixture
def boot(room: Path, head_starts: Path) -> Iterator[Boot]:
    """boot(files, **options): start a Machine with a disk whose ESP holds `files`.

    `medium` is what the disk is like, `root` the file system of a partition behind the ESP, which has `spare`
    bytes free; `options` are Machine's. Several machines may run in one test; all are killed at its end.
    """
    runs: list[Run] = []

    def start(
        files: Mapping[str, esp.Content],
        medium: esp.Medium = esp.DISK,
        root: Path | None = None,
        spare: int = 0,
        **options: Any,
    ) -> Run:
        directory = room / f"machine{len(runs)}"
        directory.mkdir()
        disk = directory / "esp.img"
        if root is None:
            esp.build(disk, files, medium=medium)
        else:
            esp.build_before(disk, files, root, spare)
        run = head_start.start(Machine(directory, disk, sector=medium.sector, **options), head_starts)
        runs.append(run)
        return run

    yield start
    for run in runs:
        run.kill()


@pytest.fixture(scope="session")
def baton() -> Path:
    """The loader under test."""
    assert BATON.exists(), "build/BOOTX64.EFI is not built: run make first"
    return BATON


@pytest.fixture(scope="session")
def kernel() -> debian.Kernel:
    """Debian's cloud kernel."""
    return debian.cloud_kernel()


@pytest.fixture(scope="session")
def userspace(kernel: debian.Kernel) -> Path:
    """The initramfs that looks around, says what it sees, and powers off."""
    return initramfs.build()
