"""What security appliances send: ArcSight's CEF and QRadar's LEEF, bare or behind a syslog header."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import islice

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import Expression, digitless, number, plain, text
from edgeops.intake.severity import guess
from edgeops.records import Event, Line, Severity

_HEADER = (
    rb"(?:<\d{1,3}>(?:\d )?)?(?:(?P<time>(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,6})?"
    rb"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?) )?(?:(?P<host>[^\s|]{1,255}) )?(?:[^|]{0,120} )?"
)
_CEF = Expression(_HEADER + rb"CEF: ?\d{1,2}\|(?P<rest>.*)")
_LEEF = Expression(_HEADER + rb"LEEF: ?(?P<version>\d)(?:\.\d)?\|(?P<rest>.*)")
_COLUMN = re.compile(rb"(?<!\\)\|")
_KEY = re.compile(r"(?:^|(?<=\s))([\w.\[\]-]{1,60})=")
_ESCAPE = re.compile(r"\\([\\|=])")
_DELIMITER = re.compile(r"(?:0?x)([0-9a-fA-F]{1,4})$")
_MOST_FIELDS = 60
_TIMES = ("rt", "end", "start", "devTime", "deviceReceiptTime")
_HOSTS = ("dvchost", "dvc", "deviceHostName", "devname", "identHostName")
_TEXTS = ("msg", "message", "reason")
_WORDS = {
    "low": Severity.INFO,
    "medium": Severity.WARNING,
    "high": Severity.ERROR,
    "very-high": Severity.CRITICAL,
    "very high": Severity.CRITICAL,
    "unknown": Severity.NONE,
}
_OF_TEN = (*[Severity.INFO] * 4, *[Severity.WARNING] * 3, *[Severity.ERROR] * 2, *[Severity.CRITICAL] * 2)


def severity_in_ten(word: str) -> Severity:
    """The severity of a number from 0 to 10, or of the word that stands for a range of them."""
    word = word.strip().lower()
    if word.isdecimal() and len(word) < 3:
        return _OF_TEN[min(int(word), 10)]
    return _WORDS.get(word, Severity.NONE)


class _Read:
    """The columns of a line, and the pairs of its extension when they are wanted."""

    def __init__(self, columns: Sequence[bytes], title: str, level: str, pairs: Callable[[], dict[str, str]]) -> None:
        self.vendor, self.product, self.signature = (_unescaped(text(columns[at])) for at in (0, 1, 3))
        self.title, self.level, self.pairs = title, level, pairs


class Security:
    """Lines with columns between bars, and an extension of keys and values."""

    def __init__(
        self, name: str, mark: bytes, expression: Expression, read: Callable[[bytes, int], _Read | None]
    ) -> None:
        self.name = name
        self._mark, self._expression, self._read = mark, expression, read

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        return self if sum(map(self.starts, sample)) >= 0.2 * len(sample) > 0 else None

    def starts(self, raw: bytes) -> bool:
        return self._mark in raw[:400] and self._expression.match(raw) is not None

    def shape(self, raw: bytes) -> bytes:
        """Without digits but for the severity's."""
        found = self._expression.match(raw) if self._mark in raw else None
        read = self._read(found["rest"], _version(found)) if found else None
        return digitless(raw) if read is None else read.level.encode() + b"|" + digitless(raw)

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        found = self._expression.match(line.raw) if self._mark in line.raw else None
        read = self._read(found["rest"], _version(found)) if found else None
        if found is None or read is None:
            return plain(line, more)
        pairs = read.pairs()
        said = next((pairs[key] for key in _TEXTS if pairs.get(key)), "")
        message = ": ".join(filter(None, (read.title, said if said != read.title else "")))
        stamps = [stamp for stamp in (found["time"], *(pairs.get(key, "").encode() for key in _TIMES)) if stamp]
        readings = [reading for stamp in stamps if (reading := clock.read(stamp))[0] is not None]
        time, inferred = min(readings, key=lambda reading: reading[1], default=(None, False))
        return Event(
            line=line,
            format=self.name,
            message=message,
            time=time,
            time_inferred=inferred,
            host=next((pairs[key] for key in _HOSTS if pairs.get(key)), text(found["host"])),
            unit=read.product,
            pid=number(pairs.get("dvcpid", "").encode()),
            severity=severity_in_ten(read.level) or guess(message),
            fields=(("vendor", read.vendor), ("signature", read.signature), *list(pairs.items())[:_MOST_FIELDS]),
            more=tuple(more),
        )


def _version(found: re.Match[bytes]) -> int:
    return int(found.groupdict().get("version") or 0)


def _unescaped(value: str) -> str:
    return _ESCAPE.sub(r"\1", value)


def _cef(rest: bytes, version: int) -> _Read | None:
    columns = _COLUMN.split(rest, 6)
    if len(columns) < 6:
        return None
    extension = columns[6] if len(columns) > 6 else b""
    return _Read(columns, _unescaped(text(columns[4])), text(columns[5]), lambda: _spaced(text(extension)))


def _spaced(extension: str) -> dict[str, str]:
    """Pairs between which there are blanks, as there are within their values."""
    keys = list(islice(_KEY.finditer(extension), _MOST_FIELDS))
    ends = [*(key.start() for key in keys), len(extension)][1:]
    return {key[1]: _unescaped(extension[key.end() : end].strip()) for key, end in zip(keys, ends, strict=False)}


def _leef(rest: bytes, version: int) -> _Read | None:
    columns = _COLUMN.split(rest, 5 if version > 1 else 4)
    if len(columns) < 5:
        return None
    delimiter = text(columns[4]) if version > 1 and len(columns) > 5 else ""
    if (coded := _DELIMITER.match(delimiter)) is not None:
        delimiter = chr(int(coded[1], 16))
    parts = text(columns[-1]).split(delimiter[:1] or "\t")
    pairs = {key.strip(): value.strip() for key, mark, value in (part.partition("=") for part in parts) if mark}
    title = pairs.get("name") or pairs.get("cat") or text(columns[3])
    return _Read(columns, title, pairs.get("sev") or pairs.get("severity") or "", lambda: pairs)


CEF = Security("cef", b"CEF:", _CEF, _cef)
LEEF = Security("leef", b"LEEF:", _LEEF, _leef)
