"""A LoRA adapter beside the model: it changes what is said, is keyed apart, and a broken one is a sentence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edgeops.engines.llama import LlamaEngine
from edgeops.engines.settings import EngineSettings
from edgeops.errors import ModelUnfit
from edgeops.records import Choose, Chosen, Finished, Reply, Say, Script, Write, Written
from tests.engines import tiny

SCRIPT = Script(
    "You read logs of servers and say what broke first.",
    "L1 disk full L2 memory",
    (Say("Root: "), Choose("root", ("L1", "L2", "L12")), Say("\nSo: "), Write("so", stop=("\n",), max_tokens=24)),
)


@pytest.fixture
def plain(tmp_path: Path) -> EngineSettings:
    path = tiny.write_gguf(tmp_path / "tiny.gguf")
    return EngineSettings(
        name="tiny", path=str(path), sha256="ab" * 32, family="chatml", context=256, threads=1, batch=32,
        cache=str(tmp_path / "states"), timeout_s=60,
    )  # fmt: skip


@pytest.fixture
def worn(plain: EngineSettings, tmp_path: Path) -> EngineSettings:
    adapter = tiny.write_adapter(tmp_path / "adapter.gguf")
    return replace(plain, name="ops-tiny", adapter=str(adapter), adapter_sha256="cd" * 32)


@pytest.fixture
def descriptor(worn: EngineSettings) -> Iterator[int]:
    opened = os.open(worn.adapter, os.O_RDONLY)
    yield opened
    os.close(opened)


def answer(settings: EngineSettings) -> list[Reply]:
    engine = LlamaEngine(settings)
    try:
        return list(engine.run(SCRIPT))
    finally:
        engine.close()


def said(settings: EngineSettings) -> list[Reply]:
    return [reply for reply in answer(settings) if isinstance(reply, Chosen | Written)]


def restored(settings: EngineSettings) -> int:
    last = answer(settings)[-1]
    assert isinstance(last, Finished)
    return last.timings.restored


def test_an_adapter_changes_what_is_said_and_the_answer_names_it(plain: EngineSettings, worn: EngineSettings) -> None:
    assert said(plain) != said(worn) == said(worn)
    last = answer(worn)[-1]
    assert isinstance(last, Finished) and last.model == "ops-tiny"


def test_the_opened_adapter_is_loaded_whatever_stands_at_its_path_later(worn: EngineSettings, descriptor: int) -> None:
    good = said(worn)
    Path(worn.adapter).unlink()
    tiny.write_adapter(Path(worn.adapter), seed=8)
    assert said(worn) != good
    assert said(replace(worn, adapter_fd=descriptor, cache="")) == good


def test_saved_prompts_are_keyed_by_the_adapter_too(plain: EngineSettings, worn: EngineSettings) -> None:
    assert restored(plain) == 0 < restored(plain)
    assert restored(worn) == 0 < restored(worn)
    assert restored(replace(worn, adapter_sha256="ef" * 32)) == 0


def test_an_adapter_of_unknown_hash_saves_nothing(worn: EngineSettings) -> None:
    answer(replace(worn, adapter_sha256=""))
    assert not Path(worn.cache).exists()


def test_the_weights_are_named_by_both_hashes(plain: EngineSettings, worn: EngineSettings) -> None:
    assert plain.weights == "ab" * 32
    assert worn.weights == "ab" * 32 + "+" + "cd" * 32
    assert replace(worn, adapter_sha256="").weights == replace(worn, sha256="").weights == ""


@pytest.mark.parametrize("what", ["missing", "empty", "text", "truncated", "a model", "other widths", "other kind"])
def test_a_broken_adapter_is_a_sentence(what: str, worn: EngineSettings) -> None:
    path = Path(worn.adapter)
    whole = path.read_bytes()
    if what == "missing":
        path.unlink()
    elif what == "other widths":
        tiny.write_adapter(path, wide=tiny.SIZE * 2)
    elif what == "other kind":
        tiny.write_adapter(path, **{"general.architecture": tiny.string("qwen2")})
    else:
        other = Path(worn.path).read_bytes()
        path.write_bytes({"empty": b"", "text": b"GGUF? no.", "truncated": whole[:-300], "a model": other}[what])
    with pytest.raises(ModelUnfit, match=r"adapter.*model\.adapter"):
        answer(worn)
