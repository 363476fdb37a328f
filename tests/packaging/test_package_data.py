"""What is no Python and has to come along with the package."""

from __future__ import annotations

import tomllib
from pathlib import Path

import edgeops
from edgeops.tui.greeting import SAMPLES, samples

ROOT = Path(__file__).parents[2]


def test_every_file_of_the_samples_that_the_first_screen_offers_is_packed() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]["edgeops"]
    home = Path(edgeops.__file__).parent
    packed = {file for pattern in told for file in home.glob(pattern)}
    folder = samples()
    assert folder == home / "samples"
    for name, _, _ in SAMPLES:
        place = folder / name
        files = [place] if place.is_file() else [file for file in place.rglob("*") if file.is_file()]
        assert files and packed >= set(files)
