"""Times as people type them mean what they mean where the logs are."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from edgeops.cli.when import parse
from edgeops.errors import UsageError

# The clocks of Berlin went back at 3:00 of this day, which was 1:00 UTC.
NOW = datetime(2024, 10, 27, 12, 30, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-10-26", "2024-10-25T22:00"),
        ("2024-10-27T10:15", "2024-10-27T09:15"),
        ("2024-10-27T10:15Z", "2024-10-27T10:15"),
        ("2024-10-27T10:15+05:00", "2024-10-27T05:15"),
        ("now", "2024-10-27T11:30"),
        ("today", "2024-10-26T22:00"),
        ("yesterday", "2024-10-25T22:00"),
        ("12 hours ago", "2024-10-26T23:30"),
    ],
)
def test_a_time_without_a_zone_is_that_of_the_zone_of_now(text: str, utc: str) -> None:
    time = parse(text, NOW)
    assert time is not None
    assert time.astimezone(UTC) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["soon", "2024-13-01", "9999999 w ago", "999999 w ago", ""])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(UsageError, match=r"\.$"):
        parse(text, NOW)


def test_no_time_is_none() -> None:
    assert parse(None, NOW) is None
