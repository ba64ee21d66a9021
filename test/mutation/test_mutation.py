# SPDX-License-Identifier: BSD-2-Clause
"""The mutation check as tests: for each way of breaking the code there is a unit test that notices.

Knows: mutate.py, which does it; where the Makefile has put the programs.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mutation.efi_mutations import EFI_MUTATIONS, EVERY_DAY
from mutation.guard_mutations import GUARD_MUTATIONS
from mutation.mutate import ROOT, try_mutation
from mutation.mutations import MUTATIONS, Mutation

BUILD = ROOT / (os.environ.get("BUILD") or "build")


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_broken_exit_is_noticed(mutation: Mutation, tmp_path: Path) -> None:
    verdict = try_mutation(BUILD, tmp_path, mutation)
    assert verdict.caught_by, verdict.problem


@pytest.mark.parametrize("mutation", GUARD_MUTATIONS[::3], ids=lambda mutation: mutation.name)
def test_a_broken_guard_is_noticed(mutation: Mutation, tmp_path: Path) -> None:
    verdict = try_mutation(BUILD, tmp_path, mutation)
    assert verdict.caught_by, verdict.problem


@pytest.mark.parametrize("mutation", EFI_MUTATIONS[:EVERY_DAY], ids=lambda mutation: mutation.name)
def test_firmware_that_is_believed_too_much_is_noticed(mutation: Mutation, tmp_path: Path) -> None:
    verdict = try_mutation(BUILD, tmp_path, mutation)
    assert verdict.caught_by, verdict.problem
