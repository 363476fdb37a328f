"""Programs of the configuration, the lock, and what systemd hears."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from edgeops.errors import StoreError
from edgeops.knowledge import lock
from edgeops.records import Explanation, Tier
from edgeops.watch.hand import Hand, notification
from edgeops.watch.systemd import Notifier

ANSWER = Explanation("ab12", Tier.KNOWN, "en", summary="disk \x1b[31mfull\n$(touch evil)")


def run(argv: list[str], longest: float = 5.0) -> list[str]:
    said: list[str] = []
    hand = Hand(lambda answer: argv, os.environ, said.append, longest)
    hand.give(ANSWER)
    hand._waiting.put(None)
    hand._thread.join(20)
    return said


def test_the_summary_reaches_the_program_as_one_harmless_line(tmp_path: Path) -> None:
    assert run(["sh", "-c", f'printf %s "$EDGEOPS_INCIDENT $EDGEOPS_SUMMARY" > {tmp_path}/told']) == []
    told = (tmp_path / "told").read_text()
    assert told.startswith("ab12 disk ") and "\x1b" not in told and "\n" not in told
    assert not Path("evil").exists()


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["/no/such/program"], "could not be run"),
        (["sh", "-c", "echo broken >&2; exit 3"], "failed with code 3 for incident ab12: broken"),
        (["sleep", "30"], "ran longer than"),
    ],
)
def test_a_program_that_fails_costs_a_sentence(argv: list[str], said: str) -> None:
    (sentence,) = run(argv, longest=0.5)
    assert said in sentence


def test_a_notification_shows_text_and_no_markup() -> None:
    argv = notification(replace(ANSWER, summary="<b>disk</b> \x1b[31m & full"))
    assert argv[:2] == ["notify-send", "--app-name=edgeops"] and argv[-2] == "ab12 (known)"
    assert "<" not in argv[-1] and "\x1b" not in argv[-1] and "&amp;" in argv[-1]


def test_the_lock_is_held_by_one_and_free_after(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    assert lock.holder(store) == 0
    with lock.held(store):
        assert lock.holder(store) == os.getpid()
        with pytest.raises(StoreError, match=str(os.getpid())), lock.held(store):
            pass
    assert lock.holder(store) == 0
    with lock.held(store):
        pass


def test_systemd_hears_that_the_watch_is_ready_and_lives(tmp_path: Path) -> None:
    place = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(place))
        ear.settimeout(5)
        now = [0.0]
        notifier = Notifier({"NOTIFY_SOCKET": str(place), "WATCHDOG_USEC": "10000000"}, lambda: now[0])
        notifier.tell("READY=1")
        assert ear.recv(100) == b"READY=1"
        notifier.beat()
        assert ear.recv(100) == b"WATCHDOG=1"
        now[0] = 4.0
        notifier.beat()
        now[0] = 5.5
        notifier.beat()
        assert ear.recv(100) == b"WATCHDOG=1"
        ear.settimeout(0.05)
        with pytest.raises(TimeoutError):
            ear.recv(100)


def test_without_systemd_nothing_is_told() -> None:
    Notifier({}, lambda: 0.0).tell("READY=1")
    Notifier({"NOTIFY_SOCKET": "relative"}, lambda: 0.0).tell("READY=1")
    Notifier({"NOTIFY_SOCKET": "/no/such/socket", "WATCHDOG_USEC": "x"}, lambda: 0.0).beat()
