"""Points in time as people type them: ISO times and `10 min ago`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from edgeops.errors import UsageError

_AGO = re.compile(r"(\d{1,6})\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?|w|weeks?)\s+ago", re.IGNORECASE)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAYS = {"today": 0, "yesterday": 1}


def parse(text: str | None, now: datetime) -> datetime | None:
    """The time meant; None for None. A time without a zone, and a day, are those of the zone of now. Raises UsageError."""
    if text is None:
        return None
    plain = text.strip()
    if plain.lower() == "now":
        return now
    if plain.lower() in _DAYS:
        return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=_DAYS[plain.lower()])
    if found := _AGO.fullmatch(plain):
        try:
            # In UTC: across a change of the clocks, two hours ago is not two on the clock's face.
            return now.astimezone(UTC) - timedelta(**{_UNITS[found.group(2)[0].lower()]: int(found.group(1))})
        except OverflowError:
            raise UsageError(f"{text!r} lies before all calendars; give a time less far back.") from None
    try:
        time = datetime.fromisoformat(plain)
    except ValueError:
        raise UsageError(
            f"{text!r} is no time that I know; write 2026-03-01, 2026-03-01T10:15, '10 min ago' or yesterday."
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=now.tzinfo)
