"""Re-quantising and observing give a whole file or none, and a sentence when they cannot; choosing measures and cleans up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgeops.engines.probe import read_header
from edgeops.engines.weights import matrices
from edgeops.engines.weights.recipes import RECIPES
from quantize.cli import run
from quantize.gguf.choosing import texts_of
from quantize.gguf.requantising import QuantizeError, requantise
from tests.engines.tiny import write_gguf

LINE = "the ten threads of the host went there at ten past three\n"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no model", b"GGUF" + b"\xff" * 200])
def test_what_is_no_model_is_refused_and_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "a.gguf"
    source.write_bytes(content)
    with pytest.raises(Exception, match=r"\.$"):
        requantise(source, tmp_path / "b.gguf", "Q4_0")
    assert [p.name for p in tmp_path.iterdir()] == ["a.gguf"]


def test_a_recipe_that_does_not_exist_is_named_with_those_that_do(tmp_path: Path) -> None:
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
    assert run(["gguf", str(tmp_path), str(tmp_path / "b")]) == 2
    assert "no checkpoint" in capfd.readouterr().err


def test_a_model_is_observed_and_written_by_what_was_seen(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source, text, matrix = write_gguf(tmp_path / "a.gguf"), tmp_path / "log.txt", tmp_path / "m.npz"
    text.write_text(LINE * 20, "utf-8")
    assert run(["matrix", str(source), str(matrix), str(text), "--tokens", "128"]) == 0
    seen = json.loads(capfd.readouterr().out)
    assert seen["tensors"] == len(matrices.read(matrix)) >= 7
    for name in ("Q4_0", "even-kv"):
        target = tmp_path / f"{name}.gguf"
        assert run(["gguf", str(source), str(target), "--recipe", name, "--matrix", str(matrix), "--threads", "1"]) == 0
        report = json.loads(capfd.readouterr().out)
        assert (report["type"], report["matrix"]) == (name, "m.npz")
        assert report["bytes_after"] == target.stat().st_size < report["bytes_before"]
        assert read_header(target).tensors == read_header(source).tensors


def test_choosing_measures_each_and_leaves_no_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = write_gguf(tmp_path / "a.gguf")
    text = tmp_path / "log.txt"
    text.write_text(LINE * 3, "utf-8")
    arguments = ["choose", str(source), "--recipe", "F16", "--recipe", "Q4_0", "--texts", str(text), "--tokens", "64"]
    assert run([*arguments, "--limit", "0.001"]) == 0
    told = capfd.readouterr()
    found = json.loads(told.out)
    assert found["recipe"] == "F16"
    assert [trial["recipe"] for trial in found["tried"]] == ["F16", "Q4_0"]
    assert found["tried"][0]["compared"]["divergence"] < found["tried"][1]["compared"]["divergence"]
    assert "KL" in told.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.gguf", "log.txt"]


def test_observing_without_a_text_is_a_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source, text = write_gguf(tmp_path / "a.gguf"), tmp_path / "log.txt"
    text.write_text(" \n", "utf-8")
    assert run(["matrix", str(source), str(tmp_path / "m.npz"), str(text)]) == 2
    assert "no text" in capfd.readouterr().err
    assert run(["matrix", str(source), str(tmp_path / "m.npz"), str(tmp_path / "gone.jsonl")]) == 2
    assert "cannot be read as texts" in capfd.readouterr().err


def test_items_of_a_dataset_are_read_as_the_engine_would_have_them(tmp_path: Path) -> None:
    from quantize.data.items import CHOOSE, Fixed, Item, Pick, Text, row_of
    from quantize.data.parts import lines_of

    answer = (
        Fixed("Root: [L"),
        Pick("root", ("1]", "2]"), ("2]",)),
        Fixed("\nSummary:"),
        Text("summary", " it broke."),
    )
    item = Item("", CHOOSE, "k", "k", "f", "x", "en", "sys", "lines", answer, (), False, "p")
    (tmp_path / "a.jsonl").write_bytes(lines_of([row_of(item)]))
    (text,) = texts_of([tmp_path / "a.jsonl"])
    assert text.endswith("lines<|im_end|>\n<|im_start|>assistant\nRoot: [L2]\nSummary: it broke.<|im_end|>\n")


@pytest.mark.model
def test_a_real_model_becomes_smaller_and_loads(
    real_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "q4.gguf"
    assert run(["gguf", str(real_model), str(target), "--type", "Q4_0"]) == 0
    report = json.loads(capfd.readouterr().out)
    assert report["bytes_after"] == target.stat().st_size < report["bytes_before"]
    assert target.read_bytes()[:4] == b"GGUF"
    assert report["type"] in RECIPES
