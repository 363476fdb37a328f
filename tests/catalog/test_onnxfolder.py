"""An exported folder comes onto the shelf as one file that carries its tokeniser, or not at all."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from edgeops.catalog.importing import Facts, Wish, bring
from edgeops.catalog.onnxfolder import BESIDE, MANIFEST, MODEL
from edgeops.catalog.store import Shelf
from edgeops.engines.probe import probe
from edgeops.errors import CatalogError, HashMismatch, ModelUnfit
from edgeops.records import Installed, Purpose
from tests.catalog.tiny import Ears, noon
from tests.engines.tiny_onnx import config, growing, tokenizer

PLENTY = 1 << 40


def facts(path: Path) -> Facts:
    header = probe(path)
    return Facts(header.family, header.licence, header.context)


def run(path: Path, shelf: Shelf, ears: Ears, free: int = PLENTY, **wish: object) -> Installed:
    return bring(path, shelf, facts, Wish(**wish), when=noon, progress=ears.progress, say=ears.say, free=lambda _: free)  # type: ignore[arg-type]


def manifest(folder: Path, **changes: str) -> None:
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (MODEL, *BESIDE)}
    (folder / MANIFEST).write_text(json.dumps({"licence": "MIT", "files": {**files, **changes}, "loss": {"kl": 0.1}}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "Tiny.int8"
    made.mkdir()
    for name, content in zip((MODEL, *BESIDE), (growing(), config(), tokenizer()), strict=True):
        (made / name).write_bytes(content)
    manifest(made)
    return made


def left(shelf: Shelf) -> list[str]:
    return sorted(path.name for path in shelf.folder.glob("*") if not path.name.endswith(".lock"))


def test_a_folder_becomes_one_verified_file_that_can_answer(folder: Path, shelf: Shelf, ears: Ears) -> None:
    one = run(folder, shelf, ears)
    assert (one.model.name, one.model.family, one.model.context) == ("tiny.int8", "chatml", 512)
    assert (one.model.licence, one.model.purpose) == ("MIT", Purpose.ANSWERS)
    content = Path(one.path).read_bytes()
    assert content.startswith(growing())
    assert (len(content), hashlib.sha256(content).hexdigest()) == (one.model.bytes, one.model.sha256)
    assert probe(Path(one.path)).tensors == 8, "what was appended hides nothing"
    assert shelf.installed() == (one,)
    assert shelf.verify(one, noon(), ears.progress).verified


def test_the_same_folder_twice_is_one_model_and_a_copied_file_is_known(
    folder: Path, shelf: Shelf, ears: Ears, tmp_path: Path
) -> None:
    first = run(folder, shelf, ears)
    assert run(folder, shelf, ears, name="other") == first
    other = Shelf(tmp_path / "elsewhere")
    assert run(Path(first.path), other, ears).model.sha256 == first.model.sha256


@pytest.mark.parametrize("name", [MODEL, *BESIDE])
def test_a_file_that_is_not_the_manifests_is_refused(folder: Path, shelf: Shelf, ears: Ears, name: str) -> None:
    manifest(folder, **{name: "0" * 64})
    with pytest.raises(HashMismatch, match=f"{name} is damaged"):
        run(folder, shelf, ears)
    assert left(shelf) == []


def test_a_folder_from_elsewhere_has_no_manifest(folder: Path, shelf: Shelf, ears: Ears) -> None:
    (folder / MANIFEST).unlink()
    assert run(folder, shelf, ears).model.licence == "not stated"


@pytest.mark.parametrize("name", [MODEL, *BESIDE])
def test_what_is_missing_is_said(folder: Path, shelf: Shelf, ears: Ears, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(CatalogError, match=f"it has no {name}"):
        run(folder, shelf, ears)


def test_a_manifest_that_is_none_is_said(folder: Path, shelf: Shelf, ears: Ears) -> None:
    (folder / MANIFEST).write_text("{")
    with pytest.raises(CatalogError, match=r"manifest .* cannot be read"):
        run(folder, shelf, ears)


def test_a_folder_cannot_be_linked_to(folder: Path, shelf: Shelf, ears: Ears) -> None:
    with pytest.raises(CatalogError, match="without --link"):
        run(folder, shelf, ears, link=True)


def test_room_is_asked_for_all_three_files(folder: Path, shelf: Shelf, ears: Ears) -> None:
    with pytest.raises(CatalogError, match=r"needs .* free"):
        run(folder, shelf, ears, free=len(growing()) + (16 << 20))


def test_a_tokeniser_that_cannot_be_used_leaves_nothing(folder: Path, shelf: Shelf, ears: Ears) -> None:
    (folder / "tokenizer.json").write_bytes(tokenizer(model={"type": "Unigram", "vocab": {}, "merges": []}))
    manifest(folder)
    with pytest.raises(ModelUnfit, match="is a Unigram"):
        run(folder, shelf, ears)
    assert left(shelf) == []


def test_a_tokenizer_larger_than_any_is_refused(folder: Path, shelf: Shelf, ears: Ears) -> None:
    with (folder / "tokenizer.json").open("r+b") as file:
        file.truncate(65 << 20)
    with pytest.raises(CatalogError, match="larger than any"):
        run(folder, shelf, ears)
