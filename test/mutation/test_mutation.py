# SPDX-License-Identifier: BSD-2-Clause
"""The mutation check as tests: for each way of breaking the exit there is a unit test that notices.

Knows: mutate.py, which does it; where the Makefile has put the programs.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mutation.mutate import ROOT, try_mutation
from mutation.mutations import MUTATIONS, Mutation

BUILD = ROOT / (os.environ.get("BUILD") or "build")


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_broken_exit_is_noticed(mutation: Mutation, tmp_path: Path) -> None:
    verdict = try_mutation(BUILD, tmp_path, mutation)
    assert verdict.caught_by, verdict.problem
