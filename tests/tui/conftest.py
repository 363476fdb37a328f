"""The pilot presses keys at twice its usual pace: it rests after each until the process idles, which is most of what these tests take."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from textual import _wait

from tests.tui.terminal import Launch, Terminal


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks for rest every 10 ms, not every 20."""
    monkeypatch.setattr(_wait, "SLEEP_GRANULARITY", 1 / 100)
    monkeypatch.setattr(_wait, "SLEEP_IDLE", 1 / 2000)


@pytest.fixture
def launch() -> Iterator[Launch]:
    """Begins apps in terminals; what a test that fails leaves behind is taken away."""
    begun: list[Terminal] = []

    def terminal(*arguments: str) -> Terminal:
        begun.append(Terminal(*arguments))
        return begun[-1]

    yield terminal
    for one in begun:
        one.end()
