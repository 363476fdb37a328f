"""Manual pages in roff: their sections as passages. Only the macros that carry text are understood (man and mdoc)."""

from __future__ import annotations

import re

from edgeops.knowledge.documents.document import Document, Passage, bounded
from edgeops.knowledge.documents.shell import commands

_ESCAPES = [
    (re.compile(r'\\".*$', re.MULTILINE), ""),
    (re.compile(r"\\f(?:\[[^\]]*\]|\(..|.)"), ""),
    (re.compile(r"\\s[-+]?\d"), ""),
    (re.compile(r"\\\((?:aq|cq|oq)|\\\[(?:aq|cq|oq)\]"), "'"),
    (re.compile(r"\\\((?:lq|rq|dq)|\\\[(?:lq|rq|dq)\]"), '"'),
    (re.compile(r"\\\((?:em|en|hy)|\\\[(?:em|en|hy)\]|\\-"), "-"),
    (re.compile(r"\\\((?:bu)|\\\[bu\]"), "*"),
    (re.compile(r"\\'"), "'"),
    (re.compile(r"\\e|\\\(rs|\\\[rs\]"), r"\\"),
    (re.compile(r"\\[&|^/,:%c]"), ""),
    (re.compile(r"\\[ ~0]"), " "),
    (re.compile(r"\\(?:\*|n|k|g)(?:\[[^\]]*\]|\(..|.)"), ""),
    (re.compile(r"\\\[[^\]]*\]|\\\(.."), "?"),
]
_HEAD = re.compile(r"^[.'][ \t]*(TH|Dt)[ \t]+(\S+)(?:[ \t]+(\S+))?", re.MULTILINE)
_ARGUMENT = re.compile(r'"((?:[^"]|"")*)"?|(\S+)')
_BREAKS = frozenset(("PP", "P", "LP", "Pp", "sp", "TP", "IP", "HP", "It", "br", "RS", "RE", "nf", "fi", "EX", "EE"))
_SECTIONS = frozenset(("SH", "Sh", "SS", "Ss"))
_FONTS = frozenset(("BI", "BR", "IB", "IR", "RB", "RI"))
_INNER = frozenset("Ar Cm Dq Em Ev Fl Ic Li Nm No Ns Oc Oo Op Pa Pq Ql Sq Sy Va Xr".split())
_TEXT = frozenset(
    "B I BI BR IB IR RB RI SM SB IP UR MT SY OP Nm Fl Ar Op Cm Pa Li Ev Em Sy Dq Sq Ql Nd Xr It D1 Dl Ic Va".split()
)


def is_manual(text: str) -> bool:
    """Whether the text is roff of a manual page."""
    return bool(_HEAD.search(text[:20_000])) and bool(re.search(r"^[.'][ \t]*S[Hh]\b", text, re.MULTILINE))


def read(text: str, name: str) -> Document:
    """A manual page as a document named `name(section)`."""
    head = _HEAD.search(text)
    title = plain(f"{head[2].strip(chr(34)).lower()}({(head[3] or '1').strip(chr(34))})") if head else name
    page = _Page((title,))
    for line in text.splitlines():
        page.take(line)
    page.end_section()
    return Document(title, tuple(bounded(page.passages)))


class _Page:
    """The sections read so far. Text before the first one is roff's own business."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.passages: list[Passage] = []
        self._names = names
        self._section = self._below = ""
        self._body: list[str] = []
        self._literal = False

    def take(self, line: str) -> None:
        macro, arguments = _macro(line)
        if macro in _SECTIONS:
            self.end_section()
            words = plain(" ".join(arguments))
            self._section, self._below = (self._section, words) if macro in ("SS", "Ss") else (words, "")
        elif not macro:
            self._add(plain(line))
        else:
            if macro in _BREAKS:
                self._literal = macro in ("nf", "EX") or (self._literal and macro not in ("fi", "EE"))
                self._body.append("")
            if macro in _TEXT and arguments:
                self._add(plain(_spoken(macro, arguments)))

    def _add(self, text: str) -> None:
        """Lines flow together as roff fills them, but for literal ones."""
        if self._literal or not text.strip() or not self._body or not self._body[-1]:
            self._body.append(text)
        else:
            self._body[-1] += f" {text.strip()}"

    def end_section(self) -> None:
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(self._body)).strip()
        if self._section and text:
            names = tuple(filter(None, (*self._names, self._section, self._below)))
            shown = [line.strip() for line in text.splitlines() if line.lstrip().startswith("$ ")]
            self.passages.append(Passage(names, text, tuple(commands("\n".join(shown)))))
        self._body, self._literal = [], False


def _macro(line: str) -> tuple[str, list[str]]:
    if line[:1] not in (".", "'"):
        return "", []
    name, _, rest = line[1:].strip().partition(" ")
    if not name or name.startswith('\\"'):
        return '\\"', []
    return name, [(quoted or bare).replace('""', '"') for quoted, bare in _ARGUMENT.findall(rest)]


def _spoken(macro: str, arguments: list[str]) -> str:
    """The words of a macro; those that change fonts from argument to argument put no space between them."""
    if macro in ("IP", "UR", "MT"):
        return arguments[0]
    if macro in _FONTS:
        return "".join(arguments)
    return _callable(macro, arguments) if macro[1:].islower() else " ".join(arguments)


def _callable(macro: str, arguments: list[str]) -> str:
    """mdoc calls macros inside the line: a flag gets its dash, the others only change fonts."""
    said, flag = "", macro == "Fl"
    glued = True
    for word in arguments:
        if word in _INNER:
            flag, glued = word == "Fl", glued or word == "Ns"
            continue
        said += ("" if glued else " ") + ("-" if flag else "") + word
        flag = glued = False
    return said


def plain(text: str) -> str:
    """Text without roff's escapes."""
    for pattern, replacement in _ESCAPES:
        text = pattern.sub(replacement, text)
    return text
