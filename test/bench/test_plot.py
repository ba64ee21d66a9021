# SPDX-License-Identifier: BSD-2-Clause
"""The picture of costs that the README shows is that of the README's own table."""

from __future__ import annotations

import re

from bench import plot

AGAIN = "run test/bench/plot.py and commit test/bench/cost.svg"


def test_the_picture_in_the_readme_shows_its_table() -> None:
    """Whoever writes new figures into the table draws it again."""
    readme = plot.README.read_text()
    assert f"]({plot.PICTURE.relative_to(plot.ROOT)})" in readme, "the README shows another picture"
    lines = plot.table(readme)
    assert {"Baton", "the floor"} < lines.keys()
    assert plot.PICTURE.read_text() == plot.draw(lines), AGAIN


def test_a_table_is_read_by_the_numbers_that_begin_its_cells() -> None:
    """The ratio in brackets and the column that is no size do not count."""
    markdown = (
        "| what | 1 MiB | 64 MiB | per MiB |\n| --- | ---: | ---: | ---: |\n"
        "| Baton | 1.89 | 5.65 | 0.0597 |\n| GRUB 2.06 | 485.36 (256.80 x) | 1695.68 (299.99 x) | 19.2 |\n\ntext\n"
    )
    assert plot.table(markdown) == {
        "Baton": [(1, 1.89), (64, 5.65)],
        "GRUB 2.06": [(1, 485.36), (64, 1695.68)],
    }


def test_names_at_the_ends_of_lines_do_not_cover_each_other() -> None:
    """Baton and the floor end within a pixel."""
    picture = plot.draw({"a": [(1, 1), (256, 16.2)], "b": [(1, 2), (256, 17.1)], "c": [(1, 9), (256, 16)]})
    heights = sorted(
        float(height) for height in re.findall(r'<text x="[^"]*" y="([^"]*)" fill="#', picture)
    )
    assert len(heights) == 3
    assert all(below - above >= plot.LINE for above, below in zip(heights, heights[1:]))
