"""The watch beside faults of its parts: clocks that jump, more incidents than can be explained, a model's process that dies or hangs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edgeops.engines.llama import LlamaEngine
from edgeops.engines.settings import EngineSettings
from edgeops.errors import EngineError, StoreError
from edgeops.records import Explanation, Incident, Tier
from edgeops.watch.explaining import Desk, Explainer
from edgeops.watch.ledger import Effects
from edgeops.watch.queue import Wishes
from edgeops.watch.service import Ears, Service, Wishing
from edgeops.watch.status import status
from tests.engines.test_llama import FAULTY, script
from tests.watch.test_explaining import named
from tests.watch.test_loop import NOON, Watched, chatter, text, watching

PATIENCE_S = 30.0
BROKEN = b"2026-03-01T%02d:%02d:00Z db%d kernel: EXT4-fs error (device sd%c1): No space left on device"


def until(seen: Callable[[], bool], what: str, step: Callable[[], object] = lambda: time.sleep(0.02)) -> None:
    end = time.monotonic() + PATIENCE_S
    while not seen():
        assert time.monotonic() < end, f"waited {PATIENCE_S} s for {what}"
        step()


# ---------------------------------------------------------------- F30: clocks


def incidents(watched: Watched) -> dict[str, int]:
    return {one.id: sum(signal.count for signal in one.signals) for one in watched.told}


@pytest.mark.parametrize(
    "jumps",
    [[timedelta(days=1)], [timedelta(days=-1)], [timedelta(hours=1), timedelta(hours=-1)], [-(NOON - datetime(1970, 1, 1, tzinfo=UTC))]],
    ids=["a day ahead", "a day back", "summer time and back", "no clock at all"],
)  # fmt: skip
def test_the_hosts_clock_may_jump_and_the_same_is_counted_and_told(tmp_path: Path, jumps: list[timedelta]) -> None:
    lines = [*chatter(80), *(BROKEN % (12, n, 1, b"a"[0]) for n in range(5)), *chatter(80)]
    with watching(tmp_path / "steady.db", lines, size=20) as watched:
        watched.settle()
        expected = watched.counts(), incidents(watched)
    with watching(tmp_path / "jumping.db", lines, size=20) as watched:
        turns = iter(range(10_000))
        watched.loop.now = lambda: NOON + jumps[next(turns) % len(jumps)]
        watched.settle()
        assert (watched.counts(), incidents(watched)) == expected
        assert not watched.said


def test_logs_whose_times_jump_are_read_in_the_order_they_were_written(tmp_path: Path) -> None:
    years = [b"2026", b"2031", b"2025", b"2026"]
    lines = [line.replace(b"2026", year) for year in years for line in chatter(40)]
    lines[60:60] = [BROKEN.replace(b"2026", b"2031") % (12, n, 1, b"a"[0]) for n in range(4)]
    with watching(tmp_path / "store.db", lines, size=7) as watched:
        watched.settle()
        assert sum(watched.counts().values()) == len(lines)
        (checkpoint,) = watched.loop.ledger.checkpoints()
        assert checkpoint.offset == len(text(lines))
        assert watched.told


# ---------------------------------------------------------------- F31: more than can be explained


@dataclass
class SlowDesk:
    """A model that is asked once and does not come back until it is let go."""

    stuck: list[bool] = field(default_factory=lambda: [True])
    kept: list[str] = field(default_factory=list)
    asked: int = 0

    def answer(self, incident: Incident, *, model: bool) -> Explanation:
        self.asked += model
        while model and self.stuck[0]:
            time.sleep(0.01)
        return Explanation(incident.id, Tier.REASONED if model else Tier.INSUFFICIENT, "en")

    def keep(self, incident: Incident, answer: Explanation, *, final: bool) -> None:
        if final:
            self.kept.append(incident.id)

    def rest(self) -> None:
        pass


def explainer_at(desk: Desk, most: int = 100) -> Explainer:
    @contextmanager
    def opened() -> Iterator[Desk]:
        yield desk

    return Explainer(opened, time.monotonic, quick=Wishes(most), slow=Wishes(most))


def joined(watched: Watched, explainer: Explainer, said: list[str]) -> Service:
    wishing = Wishing(explainer)

    def news(incidents: Sequence[Incident]) -> None:
        watched.told.extend(incidents)
        wishing.hear(incidents)

    watched.loop.news = news
    ears = Ears(lambda _: None, lambda _: None, lambda _: None, said.append)
    return Service(watched.loop, explainer, ears, watched.loop.ledger)


def grave(number: int) -> Incident:
    return named(f"{number:08x}", 0.1 + number * 7919 % 800 / 1000)


def told_of(watched: Watched, incidents: Sequence[Incident]) -> None:
    """As if the loop had found them."""
    watched.loop.ledger.commit(Effects(incidents=list(incidents)), NOON)
    watched.loop.news(incidents)


def test_in_a_burst_with_a_model_that_is_stuck_every_explanation_is_given_kept_waiting_or_counted_as_given_up(
    tmp_path: Path,
) -> None:
    lines = chatter(20_000)
    desk, said = SlowDesk(), list[str]()
    explainer = explainer_at(desk, most=20)
    with watching(tmp_path / "store.db", lines, size=1000) as watched:
        joint = joined(watched, explainer, said)
        explainer.start()
        for turn in range(20):
            watched.loop.step(wait=False)
            watched.clock.now += 0.1
            told_of(watched, [grave(number) for number in range(10 * turn, 10 * turn + 10)])
            joint.hear()
        watched.settle()
        assert sum(watched.counts().values()) == len(lines), "the tail does not wait for the model"
        assert len(explainer.quick) <= 20 and len(explainer.slow) <= 20
        assert desk.asked <= 1
        desk.stuck[0] = False
        until(lambda: not explainer.waiting, "those that were not given up")
        explainer.stop(PATIENCE_S)
        joint.hear()
        shed = status(watched.database).shed
        assert shed > 100
        assert len(desk.kept) == len(set(desk.kept)) == 200 - shed
        told = [int(word) for sentence in said for word in sentence.split() if word.isdecimal()]
        assert sum(told) == shed
        gravest = max(range(200), key=lambda number: number * 7919 % 800)
        assert f"{gravest:08x}" in desk.kept


def test_what_was_given_up_on_a_full_disk_is_counted_when_there_is_room_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, said = SlowDesk([False]), list[str]()
    explainer = explainer_at(desk, most=1)
    with watching(tmp_path / "store.db", []) as watched:
        joint = joined(watched, explainer, said)
        told_of(watched, [grave(number) for number in range(5)])
        whole = watched.loop.ledger.shed

        def refused(names: Sequence[str]) -> None:
            raise StoreError("full")

        monkeypatch.setattr(watched.loop.ledger, "shed", refused)
        joint.hear()
        assert status(watched.database).shed == 0 and not said
        monkeypatch.setattr(watched.loop.ledger, "shed", whole)
        joint.hear()
        joint.hear()
        assert status(watched.database).shed == 4
        assert len(said) == 1


def test_a_store_that_refuses_an_explanation_is_tried_again_until_it_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgeops.watch.explaining.RETRY_S", 0.05)
    full, said = [True], list[str]()

    class FullDesk(SlowDesk):
        def keep(self, incident: Incident, answer: Explanation, *, final: bool) -> None:
            if full[0]:
                raise StoreError("The disk is full.")
            super().keep(incident, answer, final=final)

    desk = FullDesk([False])
    explainer = explainer_at(desk)
    with watching(tmp_path / "store.db", []) as watched:
        joint = joined(watched, explainer, said)
        explainer.start()
        told_of(watched, [grave(number) for number in range(3)])
        until(lambda: bool(explainer.trouble), "the refusal")
        joint.hear()
        assert said == ["Incidents are found but not explained: The disk is full."]
        full[0] = False
        until(lambda: not explainer.waiting, "all explanations")
        joint.hear()
        assert sorted(desk.kept) == sorted({one.id for one in watched.told})
        assert said[-1] == "Incidents are explained again."
        explainer.stop(PATIENCE_S)


# ---------------------------------------------------------------- F32: the model's process


@pytest.mark.parametrize(
    "how", ["dies", "exits", "hangs", "garbage", "text", "endless-frame", "endless-pieces", "invents"]
)
def test_whatever_the_models_process_does_every_line_is_read_and_the_model_is_left_alone_at_last(
    tmp_path: Path, how: str
) -> None:
    settings = EngineSettings(name="faulty", path="/dev/null", cache=str(tmp_path), timeout_s=0.3)
    engine = LlamaEngine(settings, [*FAULTY, how], sleep=lambda seconds: None)

    class EngineDesk(SlowDesk):
        def answer(self, incident: Incident, *, model: bool) -> Explanation:
            if not model:
                return super().answer(incident, model=False)
            self.asked += 1
            try:
                list(engine.run(script("bad")))
            except EngineError as error:
                return Explanation(incident.id, Tier.INSUFFICIENT, "en", notes=(str(error),))
            return Explanation(incident.id, Tier.REASONED, "en")

    desk, said = EngineDesk(), list[str]()
    explainer = explainer_at(desk)
    with watching(tmp_path / "store.db", chatter(300), size=40) as watched:
        joint = joined(watched, explainer, said)
        explainer.start()
        told_of(watched, [grave(number) for number in range(6)])
        try:
            watched.settle()
            assert sum(watched.counts().values()) == 300
            until(lambda: "failed" in explainer.paused, "three strikes", joint.hear)
            watched.loop.feeds[0].lines += chatter(30)  # type: ignore[attr-defined]
            watched.settle()
            assert sum(watched.counts().values()) == 330
            assert desk.asked == 3
        finally:
            explainer.stop(PATIENCE_S)
            engine.close()
