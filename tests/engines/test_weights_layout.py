"""A GGUF file is read into keys and places, and written so that reading gives the same; what is broken is a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgeops.engines.probe import read_header
from edgeops.engines.weights import layout
from edgeops.engines.weights.layout import F16, F32, Q8_0, Tensor, packed
from edgeops.engines.weights.numbers import eighths, floats, halves
from edgeops.errors import CatalogError, ModelUnfit
from tests.engines.tiny import SIZE, WIDE, write_gguf


def copied(source: Path, target: Path) -> None:
    found = layout.read(source)
    data = source.read_bytes()
    layout.write(
        target,
        found.keys,
        list(found.tensors.values()),
        lambda one: [data[found.tensors[one.name].at :][: found.tensors[one.name].bytes]],
    )


def test_keys_and_tensors_are_found(tmp_path: Path) -> None:
    found = layout.read(write_gguf(tmp_path / "a.gguf"))
    assert found.architecture == "llama"
    assert found.whole("llama.context_length") == 256
    assert found.get("tokenizer.ggml.tokens") is None
    assert found.text("nothing.of.the.kind") == ""
    one = found.tensors["blk.0.ffn_down.weight"]
    assert (one.shape, one.type, one.bytes) == ((WIDE, SIZE), F32, WIDE * SIZE * 4)


def test_what_was_written_again_is_the_same_file(tmp_path: Path) -> None:
    source = write_gguf(tmp_path / "a.gguf")
    copied(source, tmp_path / "b.gguf")
    assert (tmp_path / "b.gguf").read_bytes() == source.read_bytes()
    assert (
        layout.size_of_file(layout.read(source).keys, list(layout.read(source).tensors.values()))
        == source.stat().st_size
    )


def test_keys_that_are_added_are_read_back(tmp_path: Path) -> None:
    source = layout.read(write_gguf(tmp_path / "a.gguf"))
    keys = {**source.keys, "a.text": packed("ö"), "a.number": packed(7), "a.share": packed(0.5), "a.flag": packed(True)}
    layout.write(tmp_path / "b.gguf", keys, [Tensor("t", (32,), F32)], lambda one: [bytes(128)])
    found = layout.read(tmp_path / "b.gguf")
    assert [found.get(f"a.{name}") for name in ("text", "number", "share", "flag")] == ["ö", 7, 0.5, True]
    assert read_header(tmp_path / "b.gguf").tensors == 1


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.01, 0.3, 0.6, 0.99])
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, share: float) -> None:
    whole = write_gguf(tmp_path / "a.gguf").read_bytes()
    (tmp_path / "b.gguf").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ModelUnfit, match=r"no whole GGUF file .*\.$"):
        layout.read(tmp_path / "b.gguf")


def test_lengths_that_lie_are_refused(tmp_path: Path) -> None:
    whole = bytearray(write_gguf(tmp_path / "a.gguf").read_bytes())
    for at in range(8, 600, 7):
        broken = bytes(whole[:at]) + b"\xff" * 8 + bytes(whole[at + 8 :])
        (tmp_path / "b.gguf").write_bytes(broken)
        try:
            layout.read(tmp_path / "b.gguf")
        except ModelUnfit as error:
            assert str(error).endswith(".")


def test_a_tensor_that_comes_short_stops_the_writing(tmp_path: Path) -> None:
    with pytest.raises(ModelUnfit, match="31 bytes"):
        layout.write(tmp_path / "b.gguf", {}, [Tensor("t", (8,), F32)], lambda one: [bytes(31)])


def test_a_disk_that_fails_is_said(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="cannot be written"):
        layout.write(tmp_path / "no" / "b.gguf", {}, [Tensor("t", (8,), F32)], lambda one: [bytes(32)])


def test_numbers_come_back_from_16_and_8_bits() -> None:
    numbers = np.random.default_rng(1).normal(0, 1, (6, 64)).astype(np.float32)
    half = floats(Tensor("t", (64, 6), F16), b"".join(halves(numbers)))
    assert np.allclose(half, numbers, rtol=1e-3)
    eighth = floats(Tensor("t", (64, 6), Q8_0), eighths(numbers))
    assert eighth.shape == numbers.shape
    assert np.abs(eighth - numbers).max() < np.abs(numbers).max() / 200
    assert not floats(Tensor("t", (32, 1), Q8_0), eighths(np.zeros((1, 32)))).any()


def test_bfloat16_is_read() -> None:
    raw = np.array([1.0, -2.5], np.float32).view(np.uint32) >> 16
    assert floats(Tensor("t", (2,), layout.BF16), raw.astype("<u2").tobytes()).tolist() == [1.0, -2.5]


def test_what_is_no_number_is_never_written() -> None:
    with pytest.raises(ModelUnfit, match="no number"):
        list(halves(np.array([1.0, np.nan])))
    with pytest.raises(ModelUnfit, match="too large"):
        list(halves(np.array([1e9])))


def test_a_type_that_cannot_be_read_is_named() -> None:
    with pytest.raises(ModelUnfit, match="type \\(16\\)"):
        floats(Tensor("t", (256,), 16), bytes(66))
