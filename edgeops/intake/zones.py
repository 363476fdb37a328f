"""Time zones by name: what `intake.zone` may be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from edgeops.errors import UsageError

_OFFSET = re.compile(r"([+-])(0\d|1[0-4]):?([0-5]\d)")
_HERE = Path("/etc/localtime")


def zone_of(name: str, environ: Mapping[str, str], here: Path = _HERE) -> tzinfo:
    """The zone of that name: as in `Europe/Berlin`, an offset such as `+02:00`, or `local` for that of this machine.

    here is the file that says which zone this machine is in. Raises UsageError.
    """
    if name == "local":
        return _local(environ, here)
    if name.upper() in ("UTC", "GMT", "Z"):
        return UTC
    if found := _OFFSET.fullmatch(name):
        ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(-ahead if found[1] == "-" else ahead)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # also where the name is that of a directory
        raise UsageError(
            f"intake.zone is {name!r}, which this machine does not know as a time zone; "
            "write a name such as Europe/Berlin (they come with the package tzdata), an offset such as +02:00, local or UTC."
        ) from None


def _local(environ: Mapping[str, str], here: Path) -> tzinfo:
    given = environ.get("TZ", "").removeprefix(":")
    if given:
        return zone_of(given, {})
    try:
        # By its name where it has one: a zone read from a file cannot be handed to another process.
        _, parted, name = str(here.resolve(strict=True)).partition("/zoneinfo/")
        if parted:
            return ZoneInfo(name)
        with here.open("rb") as file:
            return ZoneInfo.from_file(file)
    except (KeyError, ValueError, OSError):
        return UTC
