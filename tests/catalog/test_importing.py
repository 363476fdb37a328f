"""A file of one's own gets onto the shelf only as the bytes that were hashed, and only when its header was read."""

from __future__ import annotations

import hashlib
import os
import re
import signal
from pathlib import Path

import pytest

from edgeops.catalog.importing import Facts, Probe, Wish, bring
from edgeops.catalog.store import Shelf
from edgeops.errors import CatalogError, ModelUnfit
from edgeops.records import Installed, Purpose
from tests.catalog.tiny import NOON, Ears, make_model, noon

GGUF = b"GGUF" + bytes(range(200)) * 10
ONNX = b"\x08\x0a" + b"graph" * 100
PLENTY = 1 << 40


def probe(path: Path) -> Facts:
    """A reader that finds a little model in anything."""
    assert path.read_bytes()
    return Facts("llama3", "MIT", 2048, 55)


def run(path: Path, shelf: Shelf, ears: Ears, read: Probe = probe, free: int = PLENTY, **wish: object) -> Installed:
    return bring(
        path, shelf, read, Wish(**wish), when=noon, progress=ears.progress, say=ears.say, free=lambda _: free  # type: ignore[arg-type]
    )  # fmt: skip


def names(shelf: Shelf) -> set[str]:
    return {path.name for path in shelf.folder.iterdir() if not path.name.endswith(".lock")}


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "My Model (Q4).gguf"
    path.write_bytes(GGUF)
    return path


def test_a_gguf_is_copied_described_and_verified(mine: Path, shelf: Shelf, ears: Ears) -> None:
    one = run(mine, shelf, ears)
    assert one.model.name == "my-model-q4"
    assert (one.model.licence, one.model.family, one.model.context, one.model.memory_mb) == ("MIT", "llama3", 2048, 55)
    assert one.model.sha256 == hashlib.sha256(GGUF).hexdigest()
    assert Path(one.path).read_bytes() == GGUF
    assert shelf.installed() == (one,)
    assert one.verified == NOON
    assert names(shelf) == {"my-model-q4.gguf", "installed.json"}
    assert mine.exists()
    assert ears.seen[-1] == len(GGUF)


def test_an_onnx_file_is_taken_too(tmp_path: Path, shelf: Shelf, ears: Ears) -> None:
    (tmp_path / "embed.onnx").write_bytes(ONNX)
    assert run(tmp_path / "embed.onnx", shelf, ears).path.endswith("/embed.onnx")


def test_name_and_licence_can_be_given(mine: Path, shelf: Shelf, ears: Ears) -> None:
    one = run(mine, shelf, ears, name="site-model", licence="Apache-2.0")
    assert (one.model.name, one.model.licence) == ("site-model", "Apache-2.0")


def test_what_the_header_does_not_say_is_worked_out_or_said_to_be_unstated(
    mine: Path, shelf: Shelf, ears: Ears
) -> None:
    one = run(mine, shelf, ears, lambda path: Facts("qwen2.5"))
    assert (one.model.licence, one.model.context, one.model.memory_mb) == ("not stated", 4096, 320)


def test_a_model_without_a_chat_template_is_never_chosen_to_answer(mine: Path, shelf: Shelf, ears: Ears) -> None:
    assert run(mine, shelf, ears).model.purpose is Purpose.ANSWERS
    mine.write_bytes(GGUF + b"!")
    assert run(mine, shelf, ears, lambda path: Facts(""), name="odd").model.purpose is Purpose.OTHER


def test_a_catalogue_model_is_recognised_by_its_hash_without_reading_its_header(tmp_path: Path, ears: Ears) -> None:
    known = make_model(GGUF)
    shelf = Shelf(tmp_path / "models", (known,))
    path = tmp_path / "renamed.gguf"
    path.write_bytes(GGUF)

    def never(path: Path) -> Facts:
        raise AssertionError

    assert run(path, shelf, ears, never).model == known
    assert ears.said == ["By its hash this is tiny of the catalogue."]
    assert names(shelf) == {"tiny.gguf", "installed.json"}


def test_the_same_file_twice_is_one_model(mine: Path, shelf: Shelf, ears: Ears) -> None:
    first = run(mine, shelf, ears)
    assert run(mine, shelf, ears, name="again") == first
    assert ears.said == ["This file is on the shelf already, as my-model-q4."]
    assert len(shelf.installed()) == 1


@pytest.mark.parametrize("name", ["../up", "a/b", "UPPER", "", ".hidden", "x" * 101])
def test_a_name_that_could_be_a_path_is_refused(mine: Path, shelf: Shelf, ears: Ears, name: str) -> None:
    if name:
        with pytest.raises(CatalogError, match="cannot be a model's name"):
            run(mine, shelf, ears, name=name)
        assert names(shelf) == set()


def test_a_file_whose_name_has_no_letters_wants_one(tmp_path: Path, shelf: Shelf, ears: Ears) -> None:
    (tmp_path / "模型.gguf").write_bytes(GGUF)
    with pytest.raises(CatalogError, match="with --name"):
        run(tmp_path / "模型.gguf", shelf, ears)


def test_a_name_that_is_taken_is_refused(mine: Path, shelf: Shelf, ears: Ears) -> None:
    with pytest.raises(CatalogError, match="Another model is called tiny already"):
        run(mine, shelf, ears, name="tiny")


def test_a_file_that_lies_there_under_the_name_is_not_overwritten(mine: Path, shelf: Shelf, ears: Ears) -> None:
    shelf.folder.mkdir(mode=0o700)
    (shelf.folder / "my-model-q4.gguf").write_bytes(b"something else")
    one = run(mine, shelf, ears)
    assert Path(one.path).name == f"my-model-q4-{one.model.sha256[:8]}.gguf"
    assert (shelf.folder / "my-model-q4.gguf").read_bytes() == b"something else"


@pytest.mark.parametrize("data", [b"", b"GGU", b"PK\x03\x04zip", b"\x08\x0anot named onnx"])
def test_a_file_of_another_format_is_refused_before_it_is_copied(
    tmp_path: Path, shelf: Shelf, ears: Ears, data: bytes
) -> None:
    (tmp_path / "model.bin").write_bytes(data)
    with pytest.raises(CatalogError, match="neither a GGUF nor an ONNX"):
        run(tmp_path / "model.bin", shelf, ears)
    assert ears.seen == []


def test_a_header_that_cannot_be_read_is_said_of_the_given_file_and_leaves_nothing(
    mine: Path, shelf: Shelf, ears: Ears
) -> None:
    def unfit(path: Path) -> Facts:
        raise ModelUnfit(f"{path} is broken.")

    with pytest.raises(ModelUnfit, match=re.escape(f"{mine} is broken")):
        run(mine, shelf, ears, unfit)
    assert names(shelf) == set()


def test_what_is_no_plain_file_is_refused_without_waiting(tmp_path: Path, shelf: Shelf, ears: Ears) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")
    for place, said in ((tmp_path / "pipe.gguf", "not a plain file"), (tmp_path, "no exported ONNX model")):
        with pytest.raises(CatalogError, match=said):
            run(place, shelf, ears)
    with pytest.raises(CatalogError, match="cannot be opened: no such file"):
        run(tmp_path / "gone.gguf", shelf, ears)
    (tmp_path / "loop.gguf").symlink_to(tmp_path / "loop.gguf")
    with pytest.raises(CatalogError, match="cannot be opened"):
        run(tmp_path / "loop.gguf", shelf, ears)


def test_a_link_swapped_while_copying_changes_nothing(tmp_path: Path, mine: Path, shelf: Shelf, ears: Ears) -> None:
    evil, link = tmp_path / "evil.gguf", tmp_path / "link.gguf"
    evil.write_bytes(b"GGUF" + b"evil" * 500)
    link.symlink_to(mine)

    def swap(done: int, total: int) -> None:
        link.unlink()
        link.symlink_to(evil)

    one = bring(link, shelf, probe, Wish(), when=noon, progress=swap, say=ears.say)
    assert Path(one.path).read_bytes() == GGUF
    assert one.model.sha256 == hashlib.sha256(GGUF).hexdigest()


def test_a_file_that_changes_while_it_is_read_is_refused(mine: Path, shelf: Shelf, ears: Ears) -> None:
    def grow(done: int, total: int) -> None:
        if done == total:
            with mine.open("ab") as file:
                file.write(b"more")

    with pytest.raises(CatalogError, match="changed while it was read"):
        bring(mine, shelf, probe, Wish(), when=noon, progress=grow, say=ears.say)
    assert names(shelf) == set()


def test_the_header_is_read_from_our_copy(mine: Path, shelf: Shelf, ears: Ears) -> None:
    seen: list[Path] = []

    def looking(path: Path) -> Facts:
        seen.append(path)
        return probe(path)

    run(mine, shelf, ears, looking)
    assert [path.parent for path in seen] == [shelf.folder]


def test_a_linked_model_stays_where_it_is(mine: Path, shelf: Shelf, ears: Ears) -> None:
    one = run(mine, shelf, ears, link=True, free=0)
    assert Path(one.path).is_symlink()
    assert Path(one.path).resolve() == mine.resolve()
    assert shelf.get(one.model.name).verified == NOON
    mine.write_bytes(GGUF[:-1] + b"?")
    assert shelf.get(one.model.name).verified is None


def test_a_linked_file_replaced_while_it_is_hashed_is_refused(
    tmp_path: Path, mine: Path, shelf: Shelf, ears: Ears
) -> None:
    (tmp_path / "evil").write_bytes(GGUF[:-1] + b"?")

    def swap(done: int, total: int) -> None:
        if done == total:
            (tmp_path / "evil").replace(mine)

    with pytest.raises(CatalogError, match="changed while it was read"):
        bring(mine, shelf, probe, Wish(link=True), when=noon, progress=swap, say=ears.say)
    assert names(shelf) == set()


def test_a_folder_swapped_while_a_link_is_made_is_refused(tmp_path: Path, shelf: Shelf, ears: Ears) -> None:
    for name in ("place", "evil"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "m.gguf").write_bytes(GGUF if name == "place" else GGUF[:-1] + b"?")

    def swap(done: int, total: int) -> None:
        (tmp_path / "place").rename(tmp_path / "old")
        (tmp_path / "evil").rename(tmp_path / "place")

    with pytest.raises(CatalogError, match="changed while it was read"):
        bring(tmp_path / "place/m.gguf", shelf, probe, Wish(link=True), when=noon, progress=swap, say=ears.say)
    assert names(shelf) == set()


def test_a_disk_too_small_is_refused_with_numbers_and_the_way_round(mine: Path, shelf: Shelf, ears: Ears) -> None:
    with pytest.raises(CatalogError, match=r"needs 17 MB free in .*, but there are 100 bytes; free 17 MB, or .*--link"):
        run(mine, shelf, ears, free=100)


def test_what_a_killed_import_left_is_cleared_by_the_next(tmp_path: Path, mine: Path, shelf: Shelf, ears: Ears) -> None:
    if not (child := os.fork()):
        try:
            bring(
                mine, shelf, probe, Wish(), say=ears.say, when=noon,
                progress=lambda done, total: os.kill(os.getpid(), signal.SIGKILL),
            )  # fmt: skip
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert names(shelf) == {".arrival.gguf"}
    (tmp_path / "embed.onnx").write_bytes(ONNX)
    run(tmp_path / "embed.onnx", shelf, ears)
    assert names(shelf) == {"embed.onnx", "installed.json"}
