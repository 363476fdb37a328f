"""Habits are kept between runs, and nothing that befalls their file costs more than time."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeops.assistant.habits import Habits


def test_habits_are_known_in_the_next_run(tmp_path: Path) -> None:
    Habits(tmp_path, "abc").keep({"en/3/root": (0.2, 0.8)})
    assert Habits(tmp_path, "abc").get("en/3/root", 2) == (0.2, 0.8)


def test_another_model_has_other_habits(tmp_path: Path) -> None:
    Habits(tmp_path, "abc").keep({"form": (1.0,)})
    assert Habits(tmp_path, "xyz").get("form", 1) is None


@pytest.mark.parametrize("damage", [b"", b"{", b'{"form": 3}', b'{"form": [0.5, 0.5]}'])
def test_a_damaged_file_is_measured_again(tmp_path: Path, damage: bytes) -> None:
    Habits(tmp_path, "abc").keep({"form": (1.0,)})
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)
    assert Habits(tmp_path, "abc").get("form", 1) is None


def test_a_folder_that_is_gone_costs_nothing(tmp_path: Path) -> None:
    habits = Habits(tmp_path / "gone", "abc")
    habits.keep({"form": (1.0,)})
    assert habits.get("form", 1) == (1.0,)
