# SPDX-License-Identifier: BSD-2-Clause
"""The card whose option ROM is the driver of this folder, for any machine.

Knows: where the driver asks for its words. Must not know: what the words are.
"""

from __future__ import annotations

from typing import Any

from firmware import rom
from lab import debian
from lab.report import port

ROM = debian.BUILD / "firmware" / "fault.rom"


def misbehaving(words: str, reports: bool = False) -> dict[str, Any]:
    """Options of a Machine whose firmware misbehaves as `words` say, from when a loader starts.

    With `reports` the driver's are in the machine's directory.
    """
    return {
        "configuration": {"opt/org.baton/fault": words},
        "arguments": [*rom.card(ROM), *(port() if reports else [])],
    }
