"""The example plugin keeps its contract, so that a copy of it is a good beginning."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pluggy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.hooks import Doors, Format
from edgeops.pattern import Pattern
from edgeops.records import Line, Severity

FOLDER = Path(__file__).parents[1] / "plugins"
GOOD = b"1732260662.123   12 10.0.0.7 TCP_HIT/200 4108 GET http://repo.internal/y - HIER_NONE/- text/html"
BAD = b"1732260663.456   5012 10.0.0.7 TCP_MISS/503 4108 GET http://repo.internal/x - HIER_NONE/- text/html"


class EpochClock:
    def read(self, stamp: bytes) -> tuple[datetime | None, bool]:
        return datetime.fromtimestamp(float(stamp), UTC), False


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"plugin_{name}", FOLDER / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager("edgeops")
    manager.add_hookspecs(Doors)
    manager.register(load("squid_access"))
    return manager


@pytest.fixture(scope="module")
def squid(manager: pluggy.PluginManager) -> Format:
    ((format_,),) = manager.hook.edgeops_formats()
    assert isinstance(format_.name, str)
    return format_  # type: ignore[no-any-return]


def test_it_enters_by_the_hooks_and_by_nothing_else(manager: pluggy.PluginManager) -> None:
    manager.check_pending()
    ((fault,),) = manager.hook.edgeops_faults()
    steps = {step.id for step in manager.hook.edgeops_steps()[0]}
    assert set(fault.checks + fault.fixes) <= steps


def test_it_reads_its_lines(squid: Format) -> None:
    assert squid.fit([GOOD, BAD]) is squid
    assert squid.fit([GOOD, b"something else"]) is None
    event = squid.parse(Line("access.log", 0, 1, BAD), (), EpochClock())
    assert (event.severity, event.unit, event.time) == (
        Severity.ERROR,
        "squid",
        datetime(2024, 11, 22, 7, 31, 3, 456000, UTC),
    )
    assert squid.parse(Line("access.log", 0, 1, GOOD), (), EpochClock()).severity is Severity.INFO


def test_equal_shapes_have_equal_severity(squid: Format) -> None:
    assert squid.shape(GOOD) != squid.shape(BAD)
    assert squid.shape(BAD) == squid.shape(BAD.replace(b"5012", b"17"))


def test_its_rules_match_its_samples(manager: pluggy.PluginManager, squid: Format) -> None:
    ((fault,),) = manager.hook.edgeops_faults()
    messages: Sequence[str] = (*fault.samples, squid.parse(Line("a", 0, 1, BAD), (), EpochClock()).message)
    for rule in fault.rules:
        assert all(Pattern(rule.pattern).match(message) for message in messages)


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(squid: Format, raw: bytes) -> None:
    squid.starts(raw)
    squid.shape(raw)
    assert squid.parse(Line("a", 0, 1, raw), (), EpochClock()).line.raw == raw
