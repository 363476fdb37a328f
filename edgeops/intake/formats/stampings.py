"""Time stamps described by directives (`%d/%m/%Y %H:%M:%S`), for those that the clock does not know by their looks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from edgeops.hooks import Clock

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_PARTS = {
    **dict.fromkeys("Y", r"(?P<Y>\d{4})"),
    **dict.fromkeys("y", r"(?P<y>\d\d)"),
    **dict.fromkeys("m", r"(?P<m>\d{1,2})"),
    **dict.fromkeys("de", r" ?(?P<d>\d{1,2})"),
    **dict.fromkeys("bBh", r"(?P<b>[A-Za-z]{3})[a-z]{0,6}\.?"),
    **dict.fromkeys("Hk", r" ?(?P<H>\d{1,2})"),
    **dict.fromkeys("Il", r" ?(?P<I>\d{1,2})"),
    **dict.fromkeys("M", r"(?P<M>\d{1,2})"),
    **dict.fromkeys("S", r"(?P<S>\d{1,2})"),
    **dict.fromkeys("fLN", r"(?P<f>\d{1,9})"),
    **dict.fromkeys("p", r"(?P<p>[AaPp])\.?[Mm]?\.?"),
    **dict.fromkeys("z", r"(?P<z>Z|[+-]\d\d:?\d\d)"),
    **dict.fromkeys("Z", r"(?P<z>[A-Z]{1,5})"),
    **dict.fromkeys("aA", r"[A-Za-z]{2,9}\.?"),
    "T": r" ?(?P<H>\d{1,2}):(?P<M>\d\d):(?P<S>\d\d)",
    "D": r"(?P<m>\d\d)/(?P<d>\d\d)/(?P<y>\d\d)",
    "F": r"(?P<Y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)",
    "s": r"(?P<s>\d{1,12})",
    "i": r"(?P<i>\d{1,15})",
    "%": "%",
}
_DIRECTIVE = re.compile(r"%(.)|(\s+)|([^%\s]+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Stamping:
    """One way to write a time."""

    pattern: re.Pattern[str]

    def read(self, stamp: str, clock: Clock) -> tuple[datetime | None, bool]:
        """The time, and whether part of it was inferred; (None, False) when it is not written this way."""
        found = self.pattern.fullmatch(stamp.strip())
        if found is None:
            return None, False
        return clock.read(_usual(found.groupdict()).encode())


def stamping(text: str) -> Stamping | None:
    """The way that directives describe; None when one of them is unknown or says the same as another."""
    out: list[str] = []
    for directive, space, other in _DIRECTIVE.findall(text):
        if directive and directive not in _PARTS:
            return None
        out.append(_PARTS[directive] if directive else r"\s+" if space else re.escape(other))
    try:
        return Stamping(re.compile("".join(out)))
    except re.error:
        return None


def _usual(parts: dict[str, str | None]) -> str:
    """The same time as the clock knows it by its looks; empty when too little is said."""

    def part(name: str) -> str:
        return parts.get(name) or ""

    if part("s") or part("i"):
        milliseconds = part("i").rjust(4, "0")
        return f"{part('s') or milliseconds[:-3]}.{part('f') or milliseconds[-3:]}"
    month = part("m") or (str(_MONTHS.index(part("b").lower()) + 1) if part("b").lower() in _MONTHS else "")
    if not part("H") and not part("I"):
        return ""
    hour = int(part("H") or part("I"))
    if part("p"):
        hour = hour % 12 + (12 if part("p") in "pP" else 0)
    year = part("Y") or (f"{'19' if part('y') >= '70' else '20'}{part('y')}" if part("y") else "")
    rest = f"{hour:02}:{part('M') or '0':0>2}:{part('S') or '0':0>2}" + (f".{part('f')}" if part("f") else "")
    zone = f" {part('z')}" if part("z") else ""
    if year and month and part("d"):
        return f"{year}-{month:0>2}-{part('d'):0>2} {rest}{zone}"
    if month and part("d"):
        return f"{_MONTHS[int(month) - 1].title()} {int(part('d')):2} {rest}{zone}" if 1 <= int(month) <= 12 else ""
    return "" if zone else rest
