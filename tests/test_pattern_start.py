"""`{^}` tells a phrase from the same words inside a longer one."""

from __future__ import annotations

import pytest

from edgeops.pattern import Pattern

KILLED = Pattern("{^}Out of memory: Killed process {pid:int} ({process})")


@pytest.mark.parametrize(
    "message",
    [
        "Out of memory: Killed process 7 (java) total-vm:1kB",
        "[  12.345] Out of memory: Killed process 7 (java) total-vm:1kB",
        "kernel: Out of memory: Killed process 7 (java)",
    ],
)
def test_a_phrase_starts_at_the_message_or_after_a_mark(message: str) -> None:
    assert KILLED.match(message) == {"pid": "7", "process": "java"}


@pytest.mark.parametrize("before", ["Memory cgroup ", "cgroup, ", "x"])
def test_a_phrase_does_not_start_after_a_word(before: str) -> None:
    assert KILLED.match(f"{before}out of memory: Killed process 7 (java)") is None


def test_the_start_mark_is_no_literal_and_no_variable() -> None:
    assert KILLED.names == ("pid", "process")
    assert KILLED.literal == "out of memory: killed process"
