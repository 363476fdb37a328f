"""Re-quantising gives a whole file or none, and a sentence when it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from quantize.cli import run
from quantize.gguf import TYPES, QuantizeError, requantise


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no model", b"GGUF" + b"\xff" * 200])
def test_what_is_no_model_is_refused_and_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "a.gguf"
    source.write_bytes(content)
    with pytest.raises(QuantizeError, match=r"\.$"):
        requantise(source, tmp_path / "b.gguf", "Q4_0")
    assert [p.name for p in tmp_path.iterdir()] == ["a.gguf"]


def test_a_type_that_does_not_exist_is_named_with_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(QuantizeError, match="IQ4_NL"):
        requantise(tmp_path / "a", tmp_path / "b", "Q3_X")


def test_an_existing_target_is_never_overwritten(tmp_path: Path) -> None:
    source, target = tmp_path / "a.gguf", tmp_path / "b.gguf"
    source.write_bytes(b"GGUF")
    target.write_bytes(b"precious")
    with pytest.raises(QuantizeError, match="exists"):
        requantise(source, target, "Q4_0")
    assert target.read_bytes() == b"precious"


def test_the_command_ends_in_a_sentence_and_exit_status_2(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["gguf", str(tmp_path / "gone"), str(tmp_path / "b")]) == 2
    assert "cannot be read" in capfd.readouterr().err


@pytest.mark.model
def test_a_real_model_becomes_smaller_and_loads(
    real_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "q4.gguf"
    assert run(["gguf", str(real_model), str(target), "--type", "Q4_0"]) == 0
    report = json.loads(capfd.readouterr().out)
    assert report["bytes_after"] == target.stat().st_size < report["bytes_before"]
    assert target.read_bytes()[:4] == b"GGUF"
    assert set(TYPES) >= {report["type"]}
