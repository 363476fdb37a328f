"""The first stamp of a line, read without parsing the line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from edgeops.intake.glance import glance
from edgeops.intake.timestamps import Clock

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        b"2026-05-01T12:00:00Z host app[7]: 2020-01-01T00:00:00Z is when it began",
        b"May  1 12:00:00 host app[7]: all is well",
        b'10.0.0.1 - - [01/May/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 1',
        b"- 1777636800 node7 all is well",
    ],
)
def test_the_first_stamp_is_the_time(raw: bytes) -> None:
    assert glance(raw, Clock(NOON, end=NOON)) == NOON


@pytest.mark.parametrize(
    "raw", [b"", b"all is well", b"12:00:00.123 all is well", b"\x00\xff" * 500, b"x" * 300 + b" 2026-05-01T12:00:00Z"]
)
def test_a_line_whose_beginning_tells_no_date_has_no_time(raw: bytes) -> None:
    assert glance(raw, Clock(NOON)) is None
