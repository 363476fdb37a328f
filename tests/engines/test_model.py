"""A few tests with the real 0.5B model; `make test` fetches it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edgeops.engines.llama import LlamaEngine
from edgeops.engines.probe import probe
from edgeops.engines.settings import EngineSettings
from edgeops.errors import EngineLost
from edgeops.records import Choose, Chosen, Finished, Piece, Progress, Reply, Sampling, Say, Script, Write, Written

pytestmark = pytest.mark.model

LINES = """L1 nginx: connect() failed (111: Connection refused) while connecting to upstream
L2 systemd: orders.service: Main process exited, code=killed, status=9/KILL
L3 kernel: Out of memory: Killed process 4711 (java) total-vm:8123456kB"""
SCRIPT = Script(
    "You are a careful operations engineer. " * 12 + "Answer in one short sentence.",
    f"{LINES}\nWhich program was killed by the kernel?",
    (Say("Program: "), Choose("who", ("nginx", "java", "postgres")), Say("\nSentence: "), Write("say", max_tokens=40)),
)


@pytest.fixture(scope="module")
def settings(real_model: Path, tmp_path_factory: pytest.TempPathFactory) -> EngineSettings:
    states = tmp_path_factory.mktemp("states")
    return EngineSettings(name="0.5B", path=str(real_model), sha256="00" * 32, family="qwen2.5", cache=str(states))


@pytest.fixture(scope="module")
def engine(settings: EngineSettings) -> Iterator[LlamaEngine]:
    made = LlamaEngine(settings)
    yield made
    made.close()


def of(replies: list[Reply], kind: type) -> list:  # type: ignore[type-arg]
    return [reply for reply in replies if isinstance(reply, kind)]


def test_the_model_answers_a_plain_question(engine: LlamaEngine) -> None:
    replies = list(engine.run(SCRIPT))
    (who,), (say,) = of(replies, Chosen), of(replies, Written)
    assert who.option == "java"
    assert who.probabilities[1] > 0.5
    assert "java" in say.text.lower()
    assert "\n" not in say.text


def test_the_answer_is_the_same_every_time(engine: LlamaEngine, settings: EngineSettings) -> None:
    live = list(engine.run(SCRIPT))
    other = LlamaEngine(settings)
    restored = list(other.run(SCRIPT))
    other.close()
    assert of(live, (Chosen, Written)) == of(restored, (Chosen, Written))  # type: ignore[arg-type]
    assert of(restored, Finished)[0].timings.restored > 80


def test_chinese_is_read_and_written_whole(engine: LlamaEngine) -> None:
    script = Script("用中文回答。", "“内存不足”是什么意思？用一句话说。", (Write("say", max_tokens=60, stop=("\n",)),))
    pieces = of(list(engine.run(script)), Piece)
    text = "".join(piece.text for piece in pieces)
    assert "内存" in text
    assert "�" not in text


def test_closing_stops_the_child_within_a_moment(engine: LlamaEngine) -> None:
    long = replace(SCRIPT, answer=(Write("say", max_tokens=400, stop=()),), sampling=Sampling(temperature=1.0))
    run = engine.run(long)
    while not isinstance(next(run), Piece):
        pass
    run.close()  # type: ignore[attr-defined]
    begun = time.monotonic()
    assert isinstance(list(engine.run(SCRIPT))[-1], Finished)
    assert time.monotonic() - begun < 30, "400 tokens were decoded first"


def test_a_child_killed_mid_answer_is_lost_and_the_next_run_works(settings: EngineSettings) -> None:
    engine = LlamaEngine(settings)
    run = engine.run(SCRIPT)
    with pytest.raises(EngineLost, match="SIGKILL"):
        for reply in run:
            if isinstance(reply, Piece):
                assert engine.pid
                os.kill(engine.pid, 9)
    assert isinstance(list(engine.run(SCRIPT))[-1], Finished)
    engine.close()


def test_progress_is_told_while_a_long_prompt_is_read(engine: LlamaEngine) -> None:
    replies = list(
        engine.run(replace(SCRIPT, user=SCRIPT.user + "\n" + LINES * 4, answer=(Write("say", max_tokens=2),)))
    )
    done = [reply.done for reply in of(replies, Progress)]
    assert len(done) > 3
    assert done == sorted(set(done))


def test_the_parent_stays_small(engine: LlamaEngine) -> None:
    before = mapped()
    list(engine.run(SCRIPT))
    assert [path for path in mapped() - before if "llama" in path or "qwen" in path.lower()] == []


def mapped() -> set[str]:
    """The files that are mapped into this process; other tests may have loaded the library before."""
    return {line.partition("/")[2] for line in Path("/proc/self/maps").read_text().splitlines()}


def test_the_real_header_says_what_the_catalogue_says(real_model: Path) -> None:
    header = probe(real_model)
    assert (header.architecture, header.family, header.quantisation) == ("qwen2", "chatml", "Q4_K_M")
    assert header.bytes == real_model.stat().st_size
    assert header.context == 32768
