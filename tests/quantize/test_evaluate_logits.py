"""Perplexity and divergence, on a model of a few kilobytes that llama.cpp really reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgeops.engines.binding import LlamaRuntime
from edgeops.engines.settings import EngineSettings
from edgeops.errors import EngineError, UsageError
from edgeops.hooks import registry
from quantize.data.items import Item
from quantize.evaluate.logits import FIRST, diverging, read
from quantize.evaluate.prose import documents, name_of
from tests.engines.tiny import gguf, metadata, shapes, write_gguf
from tests.quantize.judged import choose_item, write_item

TEXTS = ("web1 kernel: disk sdb1 gone, and app cannot write to it any more", "磁盘已满，服务无法写入日志")


def settings(path: Path) -> EngineSettings:
    return EngineSettings(name=path.name, path=str(path), family="chatml", threads=1, batch=32)


def other(path: Path) -> Path:
    """The tiny model with other weights."""
    wide = shapes(256 + 5)
    path.write_bytes(gguf(metadata(), tensors=dict(reversed(wide.items()))))
    return path


def surprise_by_engine(path: Path, text: str) -> float:
    """The same by another way: the probability of each next token as the engine's own choices have it."""
    engine = LlamaRuntime(settings(path), lambda: None)
    tokens, total = engine.tokens(text, False), 0.0
    for at in range(FIRST, len(tokens) - 1):
        engine.forget(0)
        for begin in range(0, at + 1, engine.batch):
            engine.decode(tokens[begin : min(begin + engine.batch, at + 1)], begin)
        logits = engine.logits().astype(np.float64)
        total -= logits[tokens[at + 1]] - np.log(np.exp(logits).sum())
    return float(total)


def test_a_model_does_not_diverge_from_itself_but_from_another(tmp_path: Path) -> None:
    model, reference = write_gguf(tmp_path / "a.gguf"), tmp_path / "r.npz"
    first = read(settings(model), TEXTS, keep=reference)
    assert [text.divergence for text in first] == [None, None]
    # One byte is one token, but for " t".
    assert [text.tokens for text in first] == [len(t.encode()) - t.count(" t") - FIRST - 1 for t in TEXTS]
    same = read(settings(model), TEXTS, reference)
    assert [text.surprise for text in same] == [text.surprise for text in first]
    assert all(text.divergence == pytest.approx(0, abs=1e-6) for text in same)
    differs = read(settings(other(tmp_path / "b.gguf")), TEXTS, reference)
    assert all(text.divergence and text.divergence > 0.01 for text in differs)
    assert first[0].surprise == pytest.approx(surprise_by_engine(model, TEXTS[0]), rel=1e-4)
    with pytest.raises(UsageError, match="reference"):
        read(settings(model), TEXTS[::-1], reference)


def test_a_file_that_is_no_model_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(b"GGUF nothing")
    with pytest.raises(EngineError, match="could not be loaded"):
        read(settings(tmp_path / "x.gguf"), TEXTS)


def test_the_divergence_of_the_likeliest_and_the_rest_is_close_below_that_of_all() -> None:
    dice = np.random.default_rng(3)
    p, q = (np.exp(dice.normal(0, 3, (5, 400))) for _ in range(2))
    p, q = p / p.sum(1, keepdims=True), q / q.sum(1, keepdims=True)
    whole = float((p * np.log(p / q)).sum())
    top = np.argsort(p, axis=1)[:, -100:]
    part = diverging(np.log(np.take_along_axis(p, top, 1)), np.log(np.take_along_axis(q, top, 1)))
    assert 0.9 * whole < part <= whole + 1e-9
    assert diverging(np.log(p), np.log(p)) == pytest.approx(0, abs=1e-9)


def test_the_text_is_of_test_incidents_and_the_pack_one_family_after_the_other() -> None:
    faults = {fault.id: fault for group in registry().hook.edgeops_faults() for fault in group}
    names = sorted(faults)[:2]
    items: list[Item] = [
        write_item(f"{n}", fault=names[n % 2], family=f"f{n % 2}", lang=("en", "zh")[n // 5]) for n in range(10)
    ]
    found = documents([*items, write_item("x", fault="unheard-of"), choose_item()], faults, 4, 1)
    assert len(found) == 4 and found == documents(items, faults, 4, 1)
    titles = [faults[name].en.title for name in names] + [faults[name].zh.title for name in names]
    assert all(text.startswith("10:00:01 web1 kernel: disk sdb1 gone\n") for text in found)
    assert all(any(f"\n{title}\n" in text for title in titles) for text in found)
    assert name_of(found) != name_of(found[:3])
