"""What the model writes is checked against the evidence, word by word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from edgeops.assistant.cite import checkable, cited, verify
from edgeops.records import Evidence

START = datetime(2026, 3, 1, 10, tzinfo=UTC)


def line(ref: str, text: str, minute: int = 0) -> Evidence:
    return Evidence(ref, "log", "a.log", 1, START + timedelta(minutes=minute), text, 1.0, message=text)


EVIDENCE = (
    line("L1", "nginx: cannot open /var/log/nginx.log: No space left on device", 0),
    line("L2", "Out of memory: Killed process 4312 (java) total-vm:812,344kB", 1),
    line("L3", "connect() to 10.0.0.7:8080 failed", 2),
)


def tokens(text: str, root: str = "L1") -> list[str]:
    return [u.token for u in verify("summary", text, EVIDENCE, root)]


def test_a_text_that_copies_the_lines_is_proved() -> None:
    assert (
        tokens("java (pid 4312) was killed [L2], so 10.0.0.7:8080 did not answer [L3]; /var/log/nginx.log is full.")
        == []
    )


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("process 9999 was killed", "9999"),
        ("the file /etc/passwd was lost", "/etc/passwd"),
        ("10.0.0.8 did not answer", "10.0.0.8"),
        ("`rm -rf /` was called", "rm -rf /"),
        ('it said "disk failure imminent"', "disk failure imminent"),
        ("it raised NullPointerException at app-server-3", "app-server-3"),
        ("usage rose to 97%", "97%"),
        ("ENOSPC was returned", "ENOSPC"),
        ("日志显示“磁盘损坏”", "磁盘损坏"),
    ],
)
def test_what_no_line_says_is_listed(text: str, wrong: str) -> None:
    assert wrong in tokens(text)


def test_a_reference_that_does_not_exist_is_listed() -> None:
    assert tokens("it broke [L9]") == ["L9"]


def test_an_effect_cannot_stand_before_the_root() -> None:
    (doubt,) = verify("summary", "memory [L2] filled the disk [L1]", EVIDENCE, "L2")
    assert doubt.token == "L1"
    assert "before the root" in doubt.reason


def test_numbers_match_with_or_without_thousands_separators() -> None:
    assert tokens("it held 812344kB") == tokens("it held 812,344kB") == []
    assert tokens("it held 812345kB") == ["812345kB"]


def test_citations_are_found_once_and_in_order() -> None:
    assert cited("see [L3], then L1 and (L3); not XL4, L5-x") == ("L3", "L1")


def test_ordinary_words_are_not_claims() -> None:
    assert checkable("The service failed because its read-only file system was re-mounted.") == ()
