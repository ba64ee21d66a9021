# SPDX-License-Identifier: BSD-2-Clause
"""The mutation check as tests: for each way of breaking the code there is a unit test that notices.

Knows: mutate.py, which does it; where the Makefile has put the programs. `make test` has the exit's and a
choice of the others.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mutation.arm_mutations import ARM_EVERY_DAY, ARM_MUTATIONS
from mutation.boot_mutations import BOOT_EVERY_DAY, BOOT_MUTATIONS
from mutation.efi_mutations import EFI_MUTATIONS, EVERY_DAY
from mutation.guard_mutations import GUARD_MUTATIONS
from mutation.mutate import ALL, ROOT, mutated, try_mutation
from mutation.mutations import MUTATIONS, Mutation
from mutation.protocol_mutations import PROTOCOL_EVERY_DAY, PROTOCOL_MUTATIONS

BUILD = ROOT / (os.environ.get("BUILD") or "build")


def assert_noticed(mutation: Mutation, room: Path) -> None:
    verdict = try_mutation(BUILD, room, mutation)
    assert verdict.caught_by, verdict.problem


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_broken_exit_is_noticed(mutation: Mutation, tmp_path: Path) -> None:
    assert_noticed(mutation, tmp_path)


@pytest.mark.parametrize("mutation", GUARD_MUTATIONS[::3], ids=lambda mutation: mutation.name)
def test_a_broken_guard_is_noticed(mutation: Mutation, tmp_path: Path) -> None:
    verdict = try_mutation(BUILD, tmp_path, mutation)
    assert verdict.caught_by, verdict.problem


@pytest.mark.parametrize("mutation", EFI_MUTATIONS[:EVERY_DAY], ids=lambda mutation: mutation.name)
def test_firmware_that_is_believed_too_much_is_noticed(mutation: Mutation, tmp_path: Path) -> None:
    assert_noticed(mutation, tmp_path)


@pytest.mark.parametrize(
    "mutation",
    [
        *BOOT_MUTATIONS[:BOOT_EVERY_DAY],
        *PROTOCOL_MUTATIONS[:PROTOCOL_EVERY_DAY],
        *ARM_MUTATIONS[:ARM_EVERY_DAY],
    ],
    ids=lambda mutation: mutation.name,
)
def test_a_boot_that_is_not_what_was_asked_for_is_noticed(mutation: Mutation, tmp_path: Path) -> None:
    assert_noticed(mutation, tmp_path)


def test_every_mutation_has_its_place_in_the_source() -> None:
    names = [mutation.name for mutation in ALL]
    assert len(set(names)) == len(names)
    for mutation in ALL:
        assert mutated(mutation) != (ROOT / mutation.file).read_text(encoding="utf-8")
