"""What somebody carried here by hand is found by its size, or as wheels, and never believed before its hash."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeops.catalog.local import fetch_path
from edgeops.catalog.part import Part
from edgeops.records import Model, Source
from tests.catalog.tiny import Ears, Registry


def fetch(folder: Path, model: Model, ears: Ears, ref: Path) -> tuple[str, bytes]:
    with Part(folder / "tiny.gguf.part", model, ears.progress) as part:
        reason = fetch_path(Source("path", str(ref)), part)
        return reason, part.path.read_bytes()


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def test_a_file_is_taken_whatever_it_is_called(
    tmp_path: Path, stick: Path, model: Model, content: bytes, ears: Ears
) -> None:
    (stick / "download (1).bin").write_bytes(content)
    assert fetch(tmp_path, model, ears, stick / "download (1).bin") == ("", content)


def test_in_a_folder_the_file_of_the_right_name_goes_first(
    tmp_path: Path, stick: Path, model: Model, content: bytes, ears: Ears
) -> None:
    (stick / "a.gguf").write_bytes(bytes(len(content)))
    (stick / "notes.txt").write_bytes(b"carry me")
    (stick / model.file).write_bytes(content)
    assert fetch(tmp_path, model, ears, stick) == ("", content)


def test_a_folder_models_d_on_the_stick_is_looked_into(
    tmp_path: Path, stick: Path, model: Model, content: bytes, ears: Ears
) -> None:
    (stick / "models.d").mkdir()
    (stick / "models.d" / "renamed.gguf").write_bytes(content)
    assert fetch(tmp_path, model, ears, stick) == ("", content)


@pytest.mark.parametrize("one_of_them", [False, True])
def test_wheels_lying_in_a_folder_are_joined(
    tmp_path: Path, model: Model, content: bytes, registry: Registry, ears: Ears, one_of_them: bool
) -> None:
    ref = next(registry.folder.glob("*.whl")) if one_of_them else registry.folder
    assert fetch(tmp_path, model, ears, ref) == ("", content)
    assert len(list(registry.folder.glob("*.whl"))) == 4


def test_a_missing_wheel_is_named_and_the_others_are_kept(
    tmp_path: Path, model: Model, content: bytes, registry: Registry, ears: Ears
) -> None:
    (registry.folder / "tiny_part3-1.0-py3-none-any.whl").unlink()
    assert fetch(tmp_path, model, ears, registry.folder) == (
        "the wheel of tiny-part3==1.0 is not there",
        content[:6000],
    )


def test_a_place_that_has_nothing_says_what_was_looked_for(
    tmp_path: Path, stick: Path, model: Model, ears: Ears
) -> None:
    (stick / "half.gguf").write_bytes(b"short")
    wanted = "holds no file of 10240 bytes and none of the 4 wheels that hold it"
    assert fetch(tmp_path, model, ears, stick)[0] == f"{stick} {wanted}"
    assert fetch(tmp_path, model, ears, stick / "half.gguf")[0] == f"{stick / 'half.gguf'} {wanted}"


def test_a_place_that_does_not_exist_is_said(tmp_path: Path, stick: Path, model: Model, ears: Ears) -> None:
    assert fetch(tmp_path, model, ears, stick / "gone")[0] == f"{stick / 'gone'} does not exist"


def test_folders_and_pipes_of_the_right_name_are_no_models(
    tmp_path: Path, stick: Path, model: Model, ears: Ears
) -> None:
    (stick / model.file).mkdir()
    assert "holds no file" in fetch(tmp_path, model, ears, stick)[0]


def test_a_stick_that_cannot_be_read_is_a_reason(
    tmp_path: Path, stick: Path, model: Model, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unplugged(self: Path) -> None:
        raise OSError(5, "Input/output error", str(self))

    monkeypatch.setattr(Path, "iterdir", unplugged)
    assert fetch(tmp_path, model, ears, stick)[0] == f"{stick} cannot be read (input/output error)"
