"""Incidents are explained gravest first, at once with what is known and later by the model; nothing about it stops the watch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty

import pytest

from edgeops.errors import StoreError
from edgeops.records import Explanation, Incident, Tier
from edgeops.watch import host
from edgeops.watch.explaining import STRIKES, Explained, Explainer
from edgeops.watch.queue import Wishes
from tests.assistant.cases import incident, signal

PATIENCE_S = 10.0


def named(name: str, score: float = 0.5) -> Incident:
    one = incident(signal(0, "it broke"))
    return replace(one, id=name, signals=tuple(replace(s, score=score) for s in one.signals))


@dataclass
class Desk:
    """Answers nothing without the model; with it, what it is told to."""

    notes: tuple[str, ...] = ()
    kept: list[tuple[str, bool]] = field(default_factory=list)
    asked: list[tuple[str, bool]] = field(default_factory=list)
    rested: int = 0
    hold: Callable[[], None] = lambda: None

    def answer(self, incident: Incident, *, model: bool) -> Explanation:
        self.asked.append((incident.id, model))
        self.hold()
        tier = Tier.REASONED if model and not self.notes else Tier.INSUFFICIENT
        return Explanation(
            incident.id, tier, "en", notes=self.notes if model else (), model="m" * (tier is Tier.REASONED)
        )

    def keep(self, incident: Incident, answer: Explanation, *, final: bool) -> None:
        self.kept.append((incident.id, final))

    def rest(self) -> None:
        self.rested += 1


@contextmanager
def explaining(desk: Desk, **given: object) -> Iterator[Explainer]:
    @contextmanager
    def opened() -> Iterator[Desk]:
        yield desk

    explainer = Explainer(opened, time.monotonic, **given)  # type: ignore[arg-type]
    try:
        yield explainer
    finally:
        explainer.stop(PATIENCE_S)


def answers(explainer: Explainer, count: int) -> list[Explained]:
    found: list[Explained] = []
    end = time.monotonic() + PATIENCE_S
    while len(found) < count and time.monotonic() < end:
        try:
            found.append(explainer.done.get(timeout=0.1))
        except Empty:
            continue
    assert len(found) == count
    return found


def test_an_incident_is_answered_at_once_and_then_by_the_model() -> None:
    desk = Desk()
    with explaining(desk) as explainer:
        explainer.put(named("a"))
        explainer.start()
        first, second = answers(explainer, 2)
    assert (first.final, second.final, second.answer.tier) == (False, True, Tier.REASONED)
    assert desk.kept == [("a", False), ("a", True)]
    assert explainer.waiting == 0


def test_the_gravest_comes_first_and_all_are_looked_at_before_the_model_begins() -> None:
    desk = Desk()
    with explaining(desk) as explainer:
        for name, score in (("low", 0.1), ("high", 0.9), ("mid", 0.5)):
            explainer.put(named(name, score))
        explainer.start()
        answers(explainer, 6)
    assert desk.asked == [(name, model) for model in (False, True) for name in ("high", "mid", "low")]


def test_what_is_wanted_twice_is_explained_once_and_what_there_is_no_room_for_is_told() -> None:
    wishes = Wishes(most=2)
    assert wishes.put(named("a", 0.2), 0.2) == []
    assert wishes.put(named("a", 0.3), 0.3) == []
    assert len(wishes) == 1
    assert wishes.put(named("b", 0.5), 0.5) == []
    assert wishes.put(named("c", 0.4), 0.4) == ["a"]
    taken = [wishes.take(0), wishes.take(0)]
    assert [one.id for one in taken if one] == ["b", "c"]
    assert wishes.take(0) is None


def test_while_the_host_needs_its_processor_the_model_waits_and_known_faults_do_not() -> None:
    busy = ["The host is busy."]
    desk = Desk()
    with explaining(desk, pause=lambda: busy[0]) as explainer:
        explainer.put(named("a"))
        explainer.start()
        (first,) = answers(explainer, 1)
        time.sleep(0.2)
        assert not first.final and desk.asked == [("a", False)]
        assert explainer.stuck == "The host is busy."
        busy[0] = ""
        (second,) = answers(explainer, 1)
    assert second.final


def test_after_three_failures_in_a_row_the_model_is_left_alone() -> None:
    desk = Desk(notes=("The model did not answer.",))
    with explaining(desk) as explainer:
        for number in range(STRIKES + 2):
            explainer.put(named(str(number)))
        explainer.start()
        answers(explainer, 2 * STRIKES + 2)
        time.sleep(0.2)
    assert sum(model for _, model in desk.asked) == STRIKES
    assert "failed" in explainer.paused


def test_a_store_that_cannot_be_opened_is_said_and_the_watch_goes_on() -> None:
    @contextmanager
    def opened() -> Iterator[Desk]:
        raise StoreError("The store is gone.")
        yield Desk()

    explainer = Explainer(opened, time.monotonic)
    explainer.put(named("a"))
    explainer.start()
    explainer.stop(PATIENCE_S)
    assert explainer.trouble == "Incidents are found but not explained: The store is gone."
    assert explainer.stuck


# ---------------------------------------------------------------- the host


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for file, text in {
        "sys/class/power_supply/AC/type": "Mains",
        "sys/class/power_supply/BAT0/type": "Battery",
        "sys/class/power_supply/BAT0/status": "Discharging",
        "sys/class/power_supply/BAT0/capacity": "80",
        "sys/class/thermal/thermal_zone0/type": "x86_pkg_temp",
        "sys/class/thermal/thermal_zone0/temp": "45000",
        "proc/loadavg": "0.40 0.30 0.20 1/200 999",
    }.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text + "\n")
    return tmp_path


def paused(tree: Path) -> str:
    return host.pause(tree / "sys", tree / "proc", processors=2)


@pytest.mark.parametrize(
    ("file", "text", "why"),
    [
        ("sys/class/power_supply/BAT0/capacity", "12", "12 %"),
        ("sys/class/thermal/thermal_zone0/temp", "96000", "96 °C"),
        ("proc/loadavg", "7.5 1 1 9/9 1", "busy"),
    ],
)
def test_low_power_heat_and_load_make_the_model_wait(tree: Path, file: str, text: str, why: str) -> None:
    assert paused(tree) == ""
    (tree / file).write_text(text)
    assert why in paused(tree)


def test_a_battery_that_is_charged_and_a_host_that_tells_nothing_do_not_matter(tree: Path) -> None:
    (tree / "sys/class/power_supply/BAT0/capacity").write_text("5")
    (tree / "sys/class/power_supply/BAT0/status").write_text("Charging")
    assert paused(tree) == ""
    assert host.pause(tree / "nowhere", tree / "nowhere", 2) == ""
