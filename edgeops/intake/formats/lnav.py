"""The formats of lnav's community: JSON files in the user's own lnav directory, read as they stand.

Understood: `regex` (expressions in PCRE with named groups), `timestamp-field`, `timestamp-format`, `timestamp-divisor`,
`level-field`, `level`, `body-field`, and `json` lines. What cannot be used is passed over with a sentence that says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

# msgspec: decodes JSON several times faster than the standard library.
import msgspec

from edgeops.hooks import Format
from edgeops.intake.formats.foreign import Foreign, ForeignJson, Roles
from edgeops.intake.formats.pcre import Boxed, translated
from edgeops.intake.formats.stampings import stamping
from edgeops.intake.severity import severity_of
from edgeops.records import Severity

_MOST_FILES = 200
_MOST_BYTES = 1 << 20
# JSON with the remarks that lnav allows: strings are kept, so that addresses in them stay whole.
_REMARK = re.compile(r'("(?:[^"\\]|\\.)*+")|//[^\n]*+|/\*.*?\*/', re.DOTALL)
_LEVELS = {"stats": Severity.INFO, "unknown": Severity.NONE, "fatal": Severity.FATAL, "critical": Severity.CRITICAL}


def folders(environ: Mapping[str, str]) -> list[Path]:
    """Where lnav keeps the formats of this user; the directories need not exist."""
    home = Path(environ.get("HOME", ""))
    settings = Path(environ.get("XDG_CONFIG_HOME", ""))
    places = [settings if settings.is_absolute() else home / ".config", home]
    names = ("lnav", ".lnav")
    return [place / name / "formats" for place, name in zip(places, names, strict=True) if place.is_absolute()]


def formats_in(places: Sequence[Path]) -> tuple[list[Format], list[str]]:
    """The formats in these directories, and a sentence about each thing that cannot be used."""
    found: dict[str, Format] = {}
    notes: list[str] = []
    for path in _files(places):
        try:
            entries = _entries(path)
        except (OSError, ValueError) as error:
            notes.append(f"The lnav formats in {path} were passed over: {getattr(error, 'strerror', None) or error}.")
            continue
        for name, entry in entries.items():
            if not name.startswith("$") and isinstance(entry, dict) and name not in found:
                one, reasons = _format(name, entry)
                notes += [
                    f"In {path}, of the format {name}, something was passed over: {reason}." for reason in reasons
                ]
                if one is not None:
                    found[name] = one
    return list(found.values()), notes


def _files(places: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for place in places:
        try:
            found += sorted(place.glob("*/*.json"))
        except OSError:
            continue
    return [path for path in found if path.is_file()][:_MOST_FILES]


def _entries(path: Path) -> dict[str, Any]:
    """The formats of a file by name. Raises OSError, ValueError."""
    with path.open("rb") as file:
        raw = file.read(_MOST_BYTES + 1)
    if len(raw) > _MOST_BYTES:
        raise ValueError("it is larger than 1 MiB")
    try:
        text = raw.decode("utf-8")
        entries = msgspec.json.decode(_REMARK.sub(lambda found: found[1] or " ", text))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"it is no JSON ({error})") from None
    if not isinstance(entries, dict):
        raise ValueError("it holds no formats by name")
    return entries


def _format(name: str, entry: dict[str, Any]) -> tuple[Format | None, list[str]]:
    """The format, if it is complete enough to be one, and what of it cannot be used."""
    reasons: list[str] = []
    roles = _roles(entry, reasons)
    if entry.get("json") is True or entry.get("file-type") == "json":
        return ForeignJson(name, roles), reasons
    given = entry.get("regex")
    patterns = [
        source
        for one in (given.values() if isinstance(given, dict) else ())
        if isinstance(one, dict) and isinstance(text := one.get("pattern"), str)
        if (source := _pattern(text, roles, reasons)) is not None
    ]
    return (Foreign(name, tuple(patterns), roles) if patterns else None), reasons


def _pattern(text: str, roles: Roles, reasons: list[str]) -> bytes | None:
    try:
        source = translated(text)
        names = re.compile(source, re.DOTALL).groupindex
    except (ValueError, re.error, RecursionError, OverflowError) as error:
        reasons.append(f"{error} (in {text[:60]!r})")
        return None
    if roles.time not in names:
        reasons.append(f"a pattern has no group {roles.time} (in {text[:60]!r})")
        return None
    if words := Boxed(source).slow():
        reasons.append(f"a pattern takes too long for {words} (in {text[:60]!r})")
        return None
    return source


def _roles(entry: dict[str, Any], reasons: list[str]) -> Roles:
    def said(key: str, default: str) -> str:
        value = entry.get(key)
        return value.replace("/", ".") if isinstance(value, str) and value else default

    formats = entry.get("timestamp-format")
    divisor = entry.get("timestamp-divisor")
    return Roles(
        time=said("timestamp-field", "timestamp"),
        level=said("level-field", "level"),
        body=said("body-field", "body"),
        levels=tuple(_levels(entry.get("level"), reasons)),
        stampings=tuple(
            one for text in (formats if isinstance(formats, list) else ()) if (one := stamping(str(text))) is not None
        ),
        divisor=float(divisor) if isinstance(divisor, int | float) and divisor > 0 else 0.0,
    )


def _levels(given: Any, reasons: list[str]) -> Iterator[tuple[Severity, Boxed]]:
    """What level values mean: an expression for each, or a number or text that is the value."""
    for name, meant in given.items() if isinstance(given, dict) else ():
        severity = _LEVELS.get(name, severity_of(name))
        for one in meant if isinstance(meant, list) else [meant]:
            try:
                source = b".*?(?:" + translated(one) + b")" if isinstance(one, str) else b"%d\\Z" % int(one)
                re.compile(source)
            except (ValueError, TypeError, re.error, RecursionError, OverflowError) as error:
                reasons.append(f"level {name}: {error}")
                continue
            yield severity, Boxed(source)
