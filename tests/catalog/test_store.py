"""The shelf believes a file only while it looks as it did when its hash was found right."""

from __future__ import annotations

import dataclasses
import os
from datetime import timedelta
from pathlib import Path

import pytest

from edgeops.catalog.store import Shelf, stamp_of
from edgeops.errors import CatalogError, HashMismatch
from edgeops.records import Installed, Model, Purpose
from tests.catalog.tiny import NOON, Ears, make_model


def put(shelf: Shelf, model: Model, content: bytes) -> Installed:
    """A verified model on the shelf."""
    shelf.folder.mkdir(exist_ok=True)
    path = shelf.path(model)
    path.write_bytes(content)
    return shelf.record(model, path, stamp_of(path.stat()), NOON)


def test_a_new_shelf_is_empty_and_creates_nothing(shelf: Shelf) -> None:
    assert shelf.installed() == ()
    assert shelf.chosen == ""
    assert not shelf.folder.exists()


def test_a_recorded_model_is_verified_and_survives_reopening(shelf: Shelf, model: Model, content: bytes) -> None:
    one = put(shelf, model, content)
    assert Shelf(shelf.folder, (model,)).installed() == (one,)
    assert (one.verified, one.active) == (NOON, False)


def test_a_file_put_there_by_hand_is_seen_but_not_believed(shelf: Shelf, model: Model, content: bytes) -> None:
    shelf.folder.mkdir()
    shelf.path(model).write_bytes(content)
    assert [one.verified for one in shelf.installed()] == [None]


def test_a_file_of_another_size_is_not_the_model(shelf: Shelf, model: Model, content: bytes) -> None:
    put(shelf, model, content)
    shelf.path(model).write_bytes(content[:-1])
    assert shelf.installed() == ()


def test_a_file_changed_in_place_is_no_longer_verified(shelf: Shelf, model: Model, content: bytes) -> None:
    put(shelf, model, content)
    before = shelf.path(model).stat()
    shelf.path(model).write_bytes(b"?" + content[1:])
    os.utime(shelf.path(model), ns=(before.st_atime_ns, before.st_mtime_ns))
    assert [one.verified for one in shelf.installed()] == [None]


def test_verifying_a_right_file_records_when(shelf: Shelf, model: Model, content: bytes, ears: Ears) -> None:
    one = put(shelf, model, content)
    os.utime(one.path, (0, 0))
    later = NOON + timedelta(days=1)
    assert shelf.verify(shelf.get("tiny"), later, ears.progress).verified == later
    assert shelf.get("tiny").verified == later
    assert ears.seen == [len(content)]


def test_on_a_shelf_that_cannot_be_written_a_right_file_is_still_right(
    shelf: Shelf, model: Model, content: bytes, ears: Ears
) -> None:
    shelf.folder.mkdir()
    shelf.path(model).write_bytes(content)
    (shelf.folder / ".installed.lock").mkdir()  # what even root cannot open for writing
    assert shelf.verify(shelf.get("tiny"), NOON, ears.progress).verified == NOON
    assert shelf.get("tiny").verified is None


def test_a_damaged_file_is_put_aside_and_never_offered_again(
    shelf: Shelf, model: Model, content: bytes, ears: Ears
) -> None:
    one = put(shelf, model, content)
    Path(one.path).write_bytes(content[:-1] + b"?")
    with pytest.raises(HashMismatch, match=r"now called tiny\.gguf\.bad.*edgeops model pull tiny") as caught:
        shelf.verify(one, NOON, ears.progress)
    assert model.sha256 in str(caught.value)
    assert shelf.installed() == ()
    assert (shelf.folder / "tiny.gguf.bad").exists()


def test_a_damaged_file_that_cannot_be_renamed_is_refused_all_the_same(
    shelf: Shelf, model: Model, content: bytes, ears: Ears
) -> None:
    one = put(shelf, model, content)
    Path(one.path).write_bytes(bytes(len(content)))
    (shelf.folder / "tiny.gguf.bad").mkdir()
    with pytest.raises(HashMismatch, match=r"could not be renamed to tiny\.gguf\.bad \(is a directory\)"):
        shelf.verify(one, NOON, ears.progress)


def test_a_file_that_changes_while_it_is_hashed_is_neither_right_nor_damaged(
    shelf: Shelf, model: Model, content: bytes
) -> None:
    one = put(shelf, model, content)
    with pytest.raises(CatalogError, match="changed while it was read") as caught:
        shelf.verify(one, NOON, lambda done, total: os.utime(one.path, (0, 0)))
    assert not isinstance(caught.value, HashMismatch)
    assert Path(one.path).exists()


def test_a_damaged_import_is_to_be_imported_again(shelf: Shelf, ears: Ears) -> None:
    mine = make_model(b"m" * 50, "mine")
    one = put(shelf, mine, b"?" * 50)
    with pytest.raises(HashMismatch, match="`edgeops model import` takes a good one"):
        shelf.verify(one, NOON, ears.progress)


def test_a_file_that_vanishes_while_verified_is_a_sentence(
    shelf: Shelf, model: Model, content: bytes, ears: Ears
) -> None:
    one = put(shelf, model, content)
    Path(one.path).unlink()
    with pytest.raises(CatalogError, match="no such file"):
        shelf.verify(one, NOON, ears.progress)


def test_the_active_model_is_the_one_in_use(shelf: Shelf, model: Model, content: bytes) -> None:
    put(shelf, model, content)
    put(shelf, make_model(b"m" * 50, "mine"), b"m" * 50)
    assert shelf.use("tiny").active
    assert [(one.model.name, one.active) for one in shelf.installed()] == [("mine", False), ("tiny", True)]
    assert shelf.chosen == "tiny"


def test_a_model_that_cannot_write_answers_is_not_made_the_active_one(
    shelf: Shelf, model: Model, content: bytes
) -> None:
    other = dataclasses.replace(model, purpose=Purpose.OTHER)
    put(Shelf(shelf.folder, (other,)), other, content)
    with pytest.raises(CatalogError, match="cannot write answers"):
        Shelf(shelf.folder, (other,)).use(other.name)


def test_a_model_that_is_not_here_cannot_be_used(shelf: Shelf) -> None:
    with pytest.raises(CatalogError, match=r"tiny is not on this machine; `edgeops model pull tiny`"):
        shelf.use("tiny")
    with pytest.raises(CatalogError, match="There is no model 'huge'"):
        shelf.use("huge")


def test_a_newer_catalogue_entry_speaks_for_the_same_file(shelf: Shelf, model: Model, content: bytes) -> None:
    put(shelf, model, content)
    newer = make_model(content, memory_mb=777)
    assert Shelf(shelf.folder, (newer,)).get("tiny").model.memory_mb == 777


def test_a_file_of_an_older_catalogue_keeps_its_own_hash(shelf: Shelf, model: Model, content: bytes) -> None:
    put(shelf, model, content)
    assert Shelf(shelf.folder, (make_model(content + b"!"),)).get("tiny").model.sha256 == model.sha256


@pytest.mark.parametrize("text", [b"", b"{", b'{"rows": 3}', b"\xff"])
def test_a_broken_index_is_said_with_the_way_out(shelf: Shelf, text: bytes) -> None:
    shelf.folder.mkdir()
    (shelf.folder / "installed.json").write_bytes(text)
    with pytest.raises(CatalogError, match=r"installed\.json cannot be read .* Delete it"):
        shelf.installed()


def test_a_folder_that_everybody_may_write_to_is_not_trusted(shelf: Shelf) -> None:
    shelf.folder.mkdir()
    shelf.folder.chmod(0o777)
    with pytest.raises(CatalogError, match="Everybody may write"):
        shelf.installed()


def test_the_index_appears_whole_and_leaves_nothing_beside_it(shelf: Shelf, model: Model, content: bytes) -> None:
    put(shelf, model, content)
    (shelf.folder / "installed.new").write_bytes(b"half an ind")
    shelf.use("tiny")
    assert shelf.chosen == "tiny"
    assert sorted(path.name for path in shelf.folder.iterdir()) == [".installed.lock", "installed.json", "tiny.gguf"]


def test_what_is_opened_is_what_was_verified_though_its_path_is_exchanged(
    shelf: Shelf, model: Model, content: bytes
) -> None:
    fd = shelf.opened(put(shelf, model, content))
    shelf.path(model).unlink()
    shelf.path(model).write_bytes(b"?" * len(content))
    with open(fd, "rb") as stream:  # noqa: PTH123 (a descriptor)
        assert stream.read() == content


def test_a_file_exchanged_between_its_check_and_its_opening_is_refused(
    shelf: Shelf, model: Model, content: bytes
) -> None:
    one = put(shelf, model, content)
    shelf.path(model).unlink()
    shelf.path(model).write_bytes(b"?" * len(content))
    with pytest.raises(HashMismatch, match="exchanged"):
        shelf.opened(one)
