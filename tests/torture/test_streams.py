"""Streams that are closed, full, or the wrong way round."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture.calls import home, shell


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ('edgeops explain "$@" >&-', 1),
        ('edgeops explain "$@" <&- >&- 2>&-', 1),
        ('edgeops explain "$@" /nowhere >&- 2>/dev/full', 1),
        ("edgeops explain /nowhere 2>&-", 2),
        ("edgeops explain /nowhere 2>/dev/full", 2),
        ('edgeops explain "$@" >/dev/full', 2),
        ('edgeops explain "$@" --json >/dev/full', 2),
        ("edgeops --help >/dev/full", 2),
        ('edgeops scan "$@" 1</dev/null', 2),
        ("edgeops explain - 0>/dev/null", 2),
        ("edgeops explain - <&-", 2),
        ("edgeops explain", 2),
    ],
)
def test_streams_that_are_closed_full_or_the_wrong_way_round_cost_a_sentence_at_most(
    command: str, code: int, log: Path
) -> None:
    done = shell(command, log)
    assert done.returncode == code
    assert len(done.stderr.splitlines()) <= 1
    assert "unexpected" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_note_that_nobody_can_hear_does_not_cost_the_answer(log: Path) -> None:
    for deaf in ("2>/dev/full", "2>&-", "2> >(true)"):
        done = shell(f'edgeops explain "$@" /nowhere {deaf}', log)
        assert done.returncode == 1, deaf
        assert "java" in done.stdout


def test_a_reader_that_has_read_enough_ends_it_quietly(log: Path) -> None:
    done = shell('edgeops explain "$@" | head -1', log)
    assert done.returncode in (1, 141)
    assert "java" in done.stdout
    assert done.stderr == ""


def test_a_closed_stdout_is_never_the_number_of_the_store(log: Path) -> None:
    shell('edgeops explain "$@" <&- >&- 2>&-', log)
    assert (home() / "store.db").read_bytes().startswith(b"SQLite format 3")
