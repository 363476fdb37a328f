"""The adapters that come with edgeops: whole, signed, small, for bases that the catalogue knows, and part of the package."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgeops.catalog.adapters import SHIPPED, Rack
from edgeops.catalog.entries import read_catalog
from edgeops.catalog.release import check_files, read_release

CHECKOUT = Path(__file__).parents[2]
FOLDERS = sorted(SHIPPED.glob("ops-*"))
MOST_BYTES = 20_000_000


def test_every_adapter_of_the_checkout_is_part_of_the_package() -> None:
    """A link in the package, as the catalogue file itself is one."""
    assert [folder.name for folder in FOLDERS] == sorted(path.name for path in (CHECKOUT / "models").glob("ops-*"))
    assert all((folder / "manifest.json").is_file() for folder in FOLDERS), "a link that leads nowhere"


def test_what_is_shipped_is_offered_without_a_word(tmp_path: Path) -> None:
    assert [one.name for one in Rack(tmp_path).adapters(pytest.fail)] == [folder.name for folder in FOLDERS]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_shipped_adapter_is_whole_small_and_measured(folder: Path) -> None:
    release = read_release(folder)
    check_files(release)
    said = release.manifest
    assert said.name == folder.name and said.adapter.bytes <= MOST_BYTES
    assert said.base.sha256 in {model.sha256 for model in read_catalog()}
    assert {"no model", "base"} < said.evaluation.keys() and said.data["train.jsonl"]
    assert "curve.png" in said.files and json.loads((folder / "evaluation.json").read_text("utf-8"))["rows"]
