"""The pattern language of rules: literal text with named, typed variables, such as `Killed process {pid:int} ({process})`.

- `{name:kind}` binds a variable; `{name}` alone is of kind `word`; `{*}` is anything up to 200 characters, unnamed.
- `{^}` demands that a phrase starts here: no word stands before it (`{^}Out of memory` is not in "cgroup out of memory").
- Everything else is literal; letters match in either case and a run of spaces matches any white space.
- A pattern matches anywhere in a message. `{{` and `}}` stand for braces.

Rules, catalogue parameters and generated training lines share the kinds. Every expression built here is bounded,
so hostile log text costs linear time in practice (RELIABILITY A19).
"""

from __future__ import annotations

import re
from functools import cached_property

from edgeops.errors import KnowledgeError

KINDS: dict[str, str] = {
    "word": r"[^\s,;\"'()\[\]{}<>]{1,200}",
    "text": r".{0,200}?",
    "rest": r".{0,400}",
    "int": r"[+-]?\d{1,20}",
    "num": r"[+-]?\d{1,20}(?:\.\d{1,20})?",
    "hex": r"(?:0x)?[0-9a-fA-F]{1,64}",
    "ip": r"(?:\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}\]?)",
    "port": r"\d{1,5}",
    "host": r"[A-Za-z0-9_](?:[A-Za-z0-9_.:-]{0,252}[A-Za-z0-9_])?",
    "path": r"/[^\s\"',;:()\[\]<>]{0,1000}",
    "device": r"[A-Za-z0-9_/.:!-]{1,100}",
    "unit": r"[A-Za-z0-9_@.\\:-]{1,200}",
    "user": r"[A-Za-z0-9_.@$\\-]{1,100}",
    "id": r"[A-Za-z0-9_.:/@-]{1,200}",
    "url": r"[a-z][a-z0-9+.-]{1,20}://[^\s\"'<>]{1,1000}",
}
"""Variable kinds and the bounded expression of each."""

MOST_MESSAGE = 4096
"""Characters of a message that patterns look at."""

_HOLE = re.compile(r"\{\{|\}\}|\{(\*|\^|[a-z][a-z0-9_]*)(?::([a-z]+))?\}|[{}]")
_START = r"(?<![A-Za-z0-9])(?<![A-Za-z0-9,] )"
_MOST_FREE = 4


class Pattern:
    """A parsed pattern. Raises KnowledgeError when it is malformed, has no literal or too many free holes."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.kinds: dict[str, str] = {}
        self._parts: list[tuple[str, str, str]] = []
        position = 0
        for hole in _HOLE.finditer(source):
            self._literal(source[position : hole.start()])
            position = hole.end()
            self._hole(hole)
        self._literal(source[position:])
        words = [text for what, text, _ in self._parts if what == "literal"]
        self.literal = max((w.strip().lower() for text in words for w in _spaceless(text)), key=len, default="")
        if len(self.literal) < 3:
            raise KnowledgeError(f"The pattern {source!r} has no literal of 3 characters; add fixed words to it.")
        if sum(kind in ("text", "rest") for _, _, kind in self._parts) > _MOST_FREE:
            raise KnowledgeError(f"The pattern {source!r} has more than {_MOST_FREE} free holes; name their kinds.")

    @property
    def names(self) -> tuple[str, ...]:
        """Variable names in order of appearance."""
        return tuple(self.kinds)

    @property
    def digits(self) -> bool:
        """Whether a literal holds a digit, so that lines which differ only in numbers may match differently."""
        return any(what == "literal" and any(c.isdigit() for c in text) for what, text, _ in self._parts)

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """The compiled regular expression (on first use: most patterns are ruled out by their literal)."""
        return re.compile("".join(self._regex(*part) for part in self._parts), re.IGNORECASE)

    def match(self, message: str, lowered: str | None = None) -> dict[str, str] | None:
        """The variables bound by the first match in message, or None. Give `lowered` if message.lower() is at hand."""
        if self.literal not in (message.lower() if lowered is None else lowered):
            return None
        found = self.expression.search(message[:MOST_MESSAGE])
        return found.groupdict() if found else None

    def _literal(self, text: str) -> None:
        if text:
            self._parts.append(("literal", text, ""))

    def _hole(self, hole: re.Match[str]) -> None:
        name, kind = hole.group(1), hole.group(2)
        if hole.group() in ("{{", "}}"):
            self._literal(hole.group()[0])
        elif name is None:
            raise KnowledgeError(f"The pattern {self.source!r} has a stray brace; write it twice to mean itself.")
        elif name == "*":
            self._parts.append(("any", "", "text"))
        elif name == "^":
            self._parts.append(("start", "", ""))
        else:
            kind = kind or "word"
            if kind not in KINDS:
                raise KnowledgeError(
                    f"The pattern {self.source!r} names the unknown kind {kind!r}; use one of {', '.join(KINDS)}."
                )
            if name in self.kinds:
                raise KnowledgeError(f"The pattern {self.source!r} binds {name!r} twice; give the second another name.")
            self.kinds[name] = kind
            self._parts.append(("name", name, kind))

    @staticmethod
    def _regex(what: str, text: str, kind: str) -> str:
        if what == "literal":
            # Bounded, or a line of blanks would be tried from each of them: seconds for one line.
            return re.sub(r"(?:\\?\s)+", r"\\s{1,20}", re.escape(text))
        if what == "start":
            return _START
        return KINDS[kind] if what == "any" else f"(?P<{text}>{KINDS[kind]})"


def _spaceless(text: str) -> list[str]:
    """Literal stretches that must stand in the message exactly (a run of spaces in a pattern may be any white space)."""
    return re.split(r"\s{2,}|[\t\n]", text)
