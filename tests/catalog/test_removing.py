"""A model that is removed is gone with what was known of it; what others hold stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeops.catalog import importing
from edgeops.catalog.adapters import Rack
from edgeops.catalog.pairing import use
from edgeops.catalog.removing import remove
from edgeops.catalog.store import Shelf
from edgeops.errors import CatalogError
from edgeops.records import Model
from tests.catalog.releases import Maker
from tests.catalog.tiny import Ears, noon


@pytest.fixture
def file(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "carried.gguf"
    path.write_bytes(b"GGUF" + content)
    return path


def bring(file: Path, shelf: Shelf, ears: Ears, *, link: bool = False) -> None:
    importing.bring(
        file, shelf, lambda path: importing.Facts("qwen2.5"), importing.Wish("mine", link=link), when=noon,
        progress=ears.progress, say=ears.say,
    )  # fmt: skip


def test_the_file_is_gone_and_the_choice_with_it(shelf: Shelf, file: Path, ears: Ears) -> None:
    bring(file, shelf, ears)
    shelf.use("mine")
    one = remove(shelf, (), "mine")
    assert not Path(one.path).exists() and file.exists()
    assert (shelf.installed(), shelf.chosen) == ((), "")


def test_of_a_linked_model_only_the_link_goes(shelf: Shelf, file: Path, ears: Ears) -> None:
    bring(file, shelf, ears, link=True)
    remove(shelf, (), "mine")
    assert file.exists() and shelf.installed() == ()


def test_what_another_model_answers_with_stays_chosen(
    shelf: Shelf, model: Model, content: bytes, file: Path, ears: Ears
) -> None:
    bring(file, shelf, ears)
    shelf.path(model).write_bytes(content)
    shelf.use("tiny")
    remove(shelf, (), "mine")
    assert shelf.chosen == "tiny"


def test_with_the_base_the_choice_of_its_adapter_goes(
    tmp_path: Path, shelf: Shelf, model: Model, content: bytes, ears: Ears
) -> None:
    Maker(tmp_path, model).release(place=tmp_path / "shipped" / "ops-tiny")
    adapters = Rack(tmp_path / "own", tmp_path / "shipped").adapters(ears.say)
    shelf.folder.mkdir()
    shelf.path(model).write_bytes(content)
    use(shelf, adapters, "ops-tiny")
    with pytest.raises(CatalogError, match="came with edgeops"):
        remove(shelf, adapters, "ops-tiny")
    assert shelf.chosen == "ops-tiny"
    remove(shelf, adapters, "tiny")
    assert (shelf.chosen, shelf.installed()) == ("", ())
