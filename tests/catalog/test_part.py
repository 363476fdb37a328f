"""A part file keeps what came, and becomes the model only when its hash is right."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from edgeops.catalog.part import Part, digest, disk, megabytes
from edgeops.errors import CatalogError, HashMismatch
from edgeops.records import Model
from tests.catalog.tiny import Ears


def test_a_file_appears_under_its_name_when_its_hash_is_right(
    tmp_path: Path, model: Model, content: bytes, ears: Ears
) -> None:
    target = tmp_path / model.file
    with Part(tmp_path / "x.part", model, ears.progress) as part:
        part.resume(0)
        part.write(content[:5000])
        assert not target.exists()
        part.write(content[5000:])
        part.finish(target)
    assert target.read_bytes() == content
    assert not (tmp_path / "x.part").exists()
    assert ears.seen == [5000, len(content)]


def test_a_wrong_hash_is_said_with_both_hashes_and_nothing_appears(
    tmp_path: Path, model: Model, content: bytes, ears: Ears
) -> None:
    wrong = b"?" + content[1:]
    with Part(tmp_path / "x.part", model, ears.progress) as part:
        part.resume(0)
        part.write(wrong)
        with pytest.raises(HashMismatch) as caught:
            part.finish(tmp_path / model.file)
        part.clear()
    assert model.sha256 in str(caught.value)
    assert hashlib.sha256(wrong).hexdigest() in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_what_came_stays_and_is_hashed_again_on_resuming(
    tmp_path: Path, model: Model, content: bytes, ears: Ears
) -> None:
    with Part(tmp_path / "x.part", model, ears.progress) as part:
        part.resume(0)
        part.write(content[:7000])
    with Part(tmp_path / "x.part", model, ears.progress) as part:
        assert part.kept == 7000
        part.resume(6000)
        assert part.missing == len(content) - 6000
        part.write(content[6000:])
        part.finish(tmp_path / model.file)
    assert (tmp_path / model.file).read_bytes() == content


def test_resuming_further_than_what_is_kept_invents_no_bytes(tmp_path: Path, model: Model, ears: Ears) -> None:
    with Part(tmp_path / "x.part", model, ears.progress) as part:
        part.resume(0)
        part.write(b"abc")
        part.resume(9)
        assert part.done == 3


def test_a_byte_too_many_is_refused(tmp_path: Path, model: Model, content: bytes, ears: Ears) -> None:
    with Part(tmp_path / "x.part", model, ears.progress) as part:
        part.resume(0)
        part.write(content)
        with pytest.raises(HashMismatch, match="more bytes came than the 10240"):
            part.write(b"x")
        assert part.done == len(content)


def test_a_part_file_longer_than_the_model_is_not_built_upon(tmp_path: Path, model: Model, ears: Ears) -> None:
    (tmp_path / "x.part").write_bytes(bytes(model.bytes + 1))
    with Part(tmp_path / "x.part", model, ears.progress) as part:
        assert part.kept == 0


def test_an_empty_part_and_its_scratch_folder_do_not_stay(tmp_path: Path, model: Model, ears: Ears) -> None:
    with Part(tmp_path / "x.part", model, ears.progress) as part:
        part.scratch.mkdir()
        (part.scratch / "leftover").touch()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_a_sentence_with_the_path(model: Model, tmp_path: Path, ears: Ears) -> None:
    with Part(tmp_path / "x.part", model, ears.progress) as part:
        part.resume(0)
        part._file.close()
        part._file = open("/dev/full", "wb", buffering=0)  # noqa: SIM115, PTH123 - a disk on which nothing fits
        with pytest.raises(CatalogError, match=r"x\.part: no space left on device\. Make room"):
            part.write(b"abc")
        assert part.done == 0


def test_a_part_that_is_a_link_to_elsewhere_is_not_followed(tmp_path: Path, model: Model, ears: Ears) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "x.part").symlink_to(victim)
    with pytest.raises(CatalogError, match="symbolic links"):
        Part(tmp_path / "x.part", model, ears.progress)
    assert victim.read_text() == "mine"


def test_progress_never_goes_back(tmp_path: Path, model: Model, content: bytes, ears: Ears) -> None:
    with Part(tmp_path / "x.part", model, ears.progress) as part:
        part.resume(0)
        part.report(3000)
        part.write(content[:1000])
        part.report(99999)
        part.resume(0)
        part.write(content[:10])
    assert ears.seen == sorted(ears.seen)
    assert ears.seen[-1] == model.bytes


def test_sizes_read_like_sizes() -> None:
    assert [megabytes(n) for n in (12, 491400064, 1117320768)] == ["12 bytes", "491 MB", "1.1 GB"]


def test_digest_is_the_sha256_and_tells_how_far_it_is() -> None:
    seen: list[int] = []
    assert digest(io.BytesIO(b"abc"), seen.append) == hashlib.sha256(b"abc").hexdigest()
    assert seen == [3]


def test_disk_errors_without_a_text_are_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="oserror"), disk(tmp_path):
        raise OSError
