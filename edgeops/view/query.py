"""Which lines are wanted: what they hold, how bad they are, when they were written, which templates they are of."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

# msgspec: a query goes to another process as it is.
import msgspec

from edgeops.errors import UsageError
from edgeops.records import Severity

LONGEST = 1000
_SHORT = 24


class Phrase(msgspec.Struct, frozen=True):
    """Text to look for. regex: it is a regular expression. Without an upper-case letter in it the case does not matter."""

    text: str
    regex: bool = False
    negate: bool = False

    @property
    def sensitive(self) -> bool:
        bare = re.sub(r"\\.", "", self.text) if self.regex else self.text
        return any(map(str.isupper, bare))


class Query(msgspec.Struct, frozen=True):
    """All of phrases must hold; least is the lowest severity, templates the wanted ones (any, if there is none).

    context: so many lines before and after each are wanted, too.
    """

    phrases: tuple[Phrase, ...] = ()
    least: int = Severity.NONE
    since: datetime | None = None
    until: datetime | None = None
    templates: tuple[str, ...] = ()
    context: int = 0

    @property
    def is_all(self) -> bool:
        """Whether every line is wanted."""
        return not (self.phrases or self.least or self.since or self.until or self.templates)

    @property
    def is_text(self) -> bool:
        """Whether it asks for nothing but text, so that no line need be parsed."""
        return not (self.least or self.since or self.until or self.templates)

    @property
    def words(self) -> str:
        """The query in few words, as it was typed."""
        words = [f"{'!' if one.negate else '&'}{one.text[:_SHORT]}" for one in self.phrases]
        if self.least:
            words.append(f">={Severity(self.least).name.lower()}")
        words += [f"{sign}{at:%m-%d %H:%M}" for sign, at in ((">", self.since), ("<", self.until)) if at]
        words += ["template"] * bool(self.templates) + [f"+{self.context}"] * bool(self.context)
        return " ".join(words)


class Needle(NamedTuple):
    """A phrase made ready for bytes: plain text, folded if the case does not matter, or an expression."""

    plain: bytes
    folded: bool
    expression: re.Pattern[bytes] | None

    def spans(self, raw: bytes) -> list[tuple[int, int]]:
        """Where in a line it is found."""
        if self.expression is not None:
            return [found.span() for found in self.expression.finditer(raw) if found.end() > found.start()]
        hay, spans, at = raw.lower() if self.folded else raw, [], 0
        while (found := hay.find(self.plain, at)) >= 0:
            at = found + len(self.plain)
            spans.append((found, at))
        return spans

    def fits(self, raw: bytes) -> bool:
        """Whether a line holds it."""
        if self.expression is not None:
            return self.expression.search(raw) is not None
        return self.plain in (raw.lower() if self.folded else raw)


def needle(phrase: Phrase) -> Needle:
    """The phrase made ready. Raises UsageError for an expression that is none."""
    if not phrase.text or len(phrase.text) > LONGEST:
        raise UsageError(f"What to look for has 1 to {LONGEST} characters; yours has {len(phrase.text)}.")
    raw = phrase.text.encode("utf-8", "surrogateescape")
    folds_by_bytes = phrase.text.isascii() or phrase.text.lower() == phrase.text.upper()
    if not phrase.regex and (phrase.sensitive or folds_by_bytes):
        return Needle(raw if phrase.sensitive else raw.lower(), not phrase.sensitive, None)
    # Of bytes only ASCII letters are folded; others are given in both cases.
    text = phrase.text if phrase.regex else "".join(map(_either, phrase.text))
    try:
        return Needle(b"", False, re.compile(text.encode("utf-8", "surrogateescape"), 0 if phrase.sensitive else re.I))
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(f"{phrase.text!r} is no regular expression: {error}.") from error


def _either(char: str) -> str:
    lower, upper = char.lower(), char.upper()
    return re.escape(char) if lower == upper else f"(?:{re.escape(lower)}|{re.escape(upper)})"
