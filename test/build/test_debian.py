# SPDX-License-Identifier: BSD-2-Clause
"""How packages are fetched for the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import debian

# What Debian's images for containers say.
CLEAN = 'Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";\n'


def test_what_apt_has_read_of_the_lists_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or each of a hundred packages costs more than a second to find."""
    monkeypatch.setattr(debian, "CACHE", tmp_path)
    configuration = tmp_path / "apt.conf"
    configuration.write_text(CLEAN)
    monkeypatch.setenv("APT_CONFIG", str(configuration))
    apt = debian.Apt("bookworm")
    for place in ("lists", "cache"):
        (apt.state / place / "partial").mkdir(parents=True)
    apt.run("apt-cache", "gencaches")
    assert {path.name for path in (apt.state / "cache").glob("*.bin")} == {"pkgcache.bin", "srcpkgcache.bin"}
