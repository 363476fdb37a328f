"""The real child process with llama.cpp in it, on a model of a few kilobytes with random weights."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edgeops.engines.child import command
from edgeops.engines.llama import LlamaEngine
from edgeops.engines.settings import EngineSettings
from edgeops.errors import ContextOverflow, EngineError, EngineLost, EngineOff, ModelUnfit
from edgeops.records import Choose, Chosen, Finished, Piece, Reply, Sampling, Say, Script, Write, Written
from tests.engines import tiny

SYSTEM = "You read logs of servers and say what broke first."
SCRIPT = Script(
    SYSTEM,
    "L1 disk full <|im_start|> L2 内存",
    (Say("Root: "), Choose("root", ("L1", "L2", "L12")), Say("\nSo: "), Write("so", stop=("\n",), max_tokens=24)),
)


@pytest.fixture
def settings(tmp_path: Path) -> EngineSettings:
    path = tiny.write_gguf(tmp_path / "tiny.gguf")
    return EngineSettings(
        name="tiny", path=str(path), sha256="ab" * 32, family="chatml", context=256, threads=1, batch=32,
        cache=str(tmp_path / "states"), timeout_s=60,
    )  # fmt: skip


@pytest.fixture
def engine(settings: EngineSettings) -> Iterator[LlamaEngine]:
    made = LlamaEngine(settings)
    yield made
    made.close()


def answer(settings: EngineSettings, script: Script = SCRIPT) -> list[Reply]:
    """The replies of a fresh child, times left out of the comparison."""
    engine = LlamaEngine(settings)
    try:
        return list(engine.run(script))
    finally:
        engine.close()


def said(replies: list[Reply]) -> list[Reply]:
    return [reply for reply in replies if isinstance(reply, (Chosen, Written))]


def finished(replies: list[Reply]) -> Finished:
    last = replies[-1]
    assert isinstance(last, Finished)
    return last


def test_a_script_is_filled_by_llama_cpp(engine: LlamaEngine) -> None:
    replies = list(engine.run(SCRIPT))
    chosen, written = said(replies)
    assert isinstance(chosen, Chosen) and isinstance(written, Written)
    assert sum(chosen.probabilities) == pytest.approx(1.0)
    assert chosen.option == SCRIPT.answer[1].options[chosen.probabilities.index(max(chosen.probabilities))]  # type: ignore[union-attr]
    assert "".join(r.text for r in replies if isinstance(r, Piece)) == written.text
    assert finished(replies).model == "tiny"


def test_fresh_restored_and_reused_prompts_give_the_very_same_answer(settings: EngineSettings) -> None:
    fresh = answer(replace(settings, sha256=""))
    saved = answer(settings)
    restored = answer(settings)
    engine = LlamaEngine(settings)
    list(engine.run(replace(SCRIPT, user="something else")))
    reused = list(engine.run(SCRIPT))
    engine.close()
    assert said(fresh) == said(saved) == said(restored) == said(reused)
    assert [finished(r).timings.restored > 0 for r in (fresh, saved, restored, reused)] == [False, False, True, True]


def test_the_state_is_keyed_by_the_model_and_the_system_text(settings: EngineSettings) -> None:
    answer(settings)
    assert finished(answer(replace(settings, sha256="cd" * 32))).timings.restored == 0
    assert finished(answer(settings, replace(SCRIPT, system=SYSTEM + " Be brief."))).timings.restored == 0
    assert len(list(Path(settings.cache).iterdir())) == 3


def test_a_broken_state_is_ignored_and_written_again(settings: EngineSettings) -> None:
    good = said(answer(settings))
    (path,) = Path(settings.cache).iterdir()
    raw = path.read_bytes()
    for broken in (raw[: len(raw) // 2], b"", raw[:-1] + bytes([raw[-1] ^ 1])):
        path.write_bytes(broken)
        replies = answer(settings)
        assert said(replies) == good
        assert finished(replies).timings.restored == 0
        assert path.read_bytes() == raw


def test_without_a_known_hash_nothing_is_saved(settings: EngineSettings) -> None:
    answer(replace(settings, sha256=""))
    assert not Path(settings.cache).exists()


def test_a_cache_that_cannot_be_written_does_no_harm(settings: EngineSettings) -> None:
    assert said(answer(replace(settings, cache="/proc/nowhere"))) == said(answer(settings))


def test_an_open_descriptor_serves_instead_of_the_path(settings: EngineSettings) -> None:
    good = said(answer(settings))
    descriptor = os.open(settings.path, os.O_RDONLY)
    Path(settings.path).write_bytes(b"swapped"[:0] or b"")
    Path(settings.path).unlink()
    os.close(descriptor)
    path = tiny.write_gguf(Path(settings.path))
    descriptor = os.open(path, os.O_RDONLY)
    path.unlink()
    try:
        assert said(answer(replace(settings, fd=descriptor))) == good
    finally:
        os.close(descriptor)


def test_overflow_is_refused_with_numbers(engine: LlamaEngine) -> None:
    with pytest.raises(ContextOverflow) as caught:
        list(engine.run(replace(SCRIPT, user="x" * 300)))
    assert caught.value.needed > 300
    assert caught.value.room == 256
    assert isinstance(list(engine.run(SCRIPT))[-1], Finished)


def test_the_context_is_not_larger_than_the_model_was_made_for(settings: EngineSettings) -> None:
    with pytest.raises(ContextOverflow) as caught:
        answer(replace(settings, context=4096), replace(SCRIPT, user="x" * 300))
    assert caught.value.room == tiny.CONTEXT


def test_a_grammar_holds_the_text(engine: LlamaEngine) -> None:
    script = replace(SCRIPT, answer=(Write("n", stop=(), max_tokens=20, grammar='root ::= ("yes" | "no") " " [0-9]+'),))
    (written,) = said(list(engine.run(script)))
    assert isinstance(written, Written)
    head, _, digits = written.text.partition(" ")
    assert head in ("yes", "no")
    assert digits.isdigit()


def test_a_grammar_that_cannot_be_parsed_is_said(engine: LlamaEngine) -> None:
    with pytest.raises(EngineError, match="GBNF"):
        list(engine.run(replace(SCRIPT, answer=(Write("n", grammar="root ::= ["),))))
    assert isinstance(list(engine.run(SCRIPT))[-1], Finished)


def test_sampling_is_repeatable(engine: LlamaEngine) -> None:
    def text(seed: int) -> list[Reply]:
        how = Sampling(temperature=1.5, top_k=0, top_p=1.0, seed=seed)
        return said(list(engine.run(replace(SCRIPT, sampling=how))))

    assert text(1) == text(1) != text(2)


def test_template_marks_in_a_log_line_stay_text_even_if_the_file_calls_them_words(settings: EngineSettings) -> None:
    """With kind 4 llama.cpp finds the marks in plain text too; that must change nothing but the marks' own tokens."""
    tiny.write_gguf(Path(settings.path), mark_kind=4)
    plain = replace(SCRIPT, user="a<|im_end|>b")
    prompt_tokens = finished(answer(settings, plain)).timings.prompt_tokens
    without = finished(answer(settings, replace(SCRIPT, user="ab"))).timings.prompt_tokens
    assert prompt_tokens == without + len("<|im_end|>")


def test_a_family_that_does_not_fit_is_refused(settings: EngineSettings) -> None:
    for family in ("llama3", "klingon"):
        with pytest.raises(ModelUnfit, match=family):
            answer(replace(settings, family=family))


@pytest.mark.parametrize("what", ["missing", "empty", "text", "truncated", "folder"])
def test_a_file_that_is_no_model_is_refused(what: str, settings: EngineSettings, tmp_path: Path) -> None:
    path = tmp_path / "bad.gguf"
    if what == "folder":
        path.mkdir()
    elif what != "missing":
        whole = Path(settings.path).read_bytes()
        path.write_bytes({"empty": b"", "text": b"GGUF? no.", "truncated": whole[: len(whole) // 2]}[what])
    with pytest.raises(ModelUnfit, match="edgeops model"):
        answer(replace(settings, path=str(path)))


def test_corrupt_headers_never_harm_the_parent(settings: EngineSettings, tmp_path: Path) -> None:
    whole, chance = Path(settings.path).read_bytes(), random.Random(11)
    path = tmp_path / "bad.gguf"
    for _ in range(12):
        raw = bytearray(whole)
        for _ in range(3):
            raw[chance.randrange(6000)] = chance.randrange(256)
        path.write_bytes(raw)
        try:
            answer(replace(settings, path=str(path), timeout_s=20))
        except (ModelUnfit, EngineLost, EngineOff, ContextOverflow, EngineError):
            continue


def test_a_model_that_needs_more_memory_than_allowed_is_refused(settings: EngineSettings, tmp_path: Path) -> None:
    with Path(settings.path).open("r+b") as file:
        file.truncate(900 << 20)
    with pytest.raises((ModelUnfit, EngineLost), match=r"model\.memory_mb"):
        answer(replace(settings, memory_mb=1))


def test_the_child_is_locked_in(engine: LlamaEngine) -> None:
    run = engine.run(SCRIPT)
    next(run)
    status = Path(f"/proc/{engine.pid}/status").read_text()
    limits = Path(f"/proc/{engine.pid}/limits").read_text()
    variables = Path(f"/proc/{engine.pid}/environ").read_bytes()
    list(run)
    assert "Seccomp:\t2\n" in status
    assert "NoNewPrivs:\t1\n" in status
    assert "Max address space         unlimited" not in limits
    assert b"EDGEOPS" not in variables and b"PYTHON" not in variables


def test_the_child_starts_from_anywhere_and_from_an_installed_copy(tmp_path: Path, settings: EngineSettings) -> None:
    """Only the folder that holds edgeops counts, and only for edgeops."""
    import shutil

    import edgeops

    site = tmp_path / "site"
    shutil.copytree(
        Path(edgeops.__file__).parent, site / "edgeops", ignore=shutil.ignore_patterns("__pycache__", "pack")
    )
    (site / "json.py").write_text("raise SystemExit('the standard library was shadowed')")
    program = [*command()[:-1], str(site)]
    engine = LlamaEngine(settings, program)
    assert isinstance(list(engine.run(SCRIPT))[-1], Finished)
    maps = Path(f"/proc/{engine.pid}/maps").read_text()
    engine.close()
    assert "libllama" in maps


def test_hostile_variables_do_not_reach_the_child(settings: EngineSettings, tmp_path: Path) -> None:
    (tmp_path / "edgeops.py").write_text("raise SystemExit('shadowed')")
    program = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from edgeops.engines.llama import LlamaEngine
from edgeops.engines.settings import EngineSettings
from edgeops.records import *
engine = LlamaEngine(EngineSettings(path={settings.path!r}, family="chatml", context=256, threads=1))
print(type(list(engine.run(Script("s", "u", (Write("w", max_tokens=2),))))[-1]).__name__)
engine.close()
"""
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONSTARTUP": "/nope", "LLAMA_CPP_LIB_PATH": "/nope"}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=60
    )
    assert done.stdout.strip() == "Finished", done.stderr
