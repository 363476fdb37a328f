"""HTML pages: their text under their headings; scripts, styles and navigation are left out."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from edgeops.knowledge.documents.document import Document, Passage, bounded
from edgeops.knowledge.documents.shell import commands

_SILENT = frozenset(("script", "style", "nav", "noscript", "template", "svg", "iframe", "object", "footer"))
_BLOCKS = frozenset(("p", "div", "li", "tr", "br", "ul", "ol", "table", "section", "article", "blockquote", "dt", "dd"))
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_VOID = frozenset(("br", "hr", "img", "input", "link", "meta", "source", "wbr"))


def read(text: str, name: str) -> Document:
    """An HTML text as a document; `name` stands in where it has no title."""
    page = _Page()
    page.feed(text)
    page.close()
    page.end_section()
    title = " ".join(page.title.split()) or next((p.headings[0] for p in page.passages if p.headings), "") or name
    under = [p if p.headings[:1] == (title,) else Passage((title, *p.headings), p.text, p.steps) for p in page.passages]
    return Document(title, tuple(bounded(under)))


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.passages: list[Passage] = []
        self._path: list[tuple[int, str]] = []
        self._text: list[str] = []
        self._steps: list[str] = []
        self._silent = self._pre = 0
        self._heading = ""
        self._code = ""
        self._in_title = False

    def parse_html_declaration(self, i: int) -> int:
        """A declaration that is none (`<![` and then no name) is passed over as a comment, as browsers do; the library's own assertion fails at it."""
        try:
            return super().parse_html_declaration(i)
        except AssertionError:
            return self.parse_bogus_comment(i)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "title":
            self._in_title = True
        elif tag in _HEADINGS:
            self.end_section()
            self._heading, self._text = tag, []
        elif tag == "pre":
            self._pre += 1
            self._text.append("\n")
        elif tag in _BLOCKS and not self._heading:
            self._text.append("\n" if tag in ("li", "tr", "br") else "\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "title":
            self._in_title = False
        elif tag == self._heading:
            level = _HEADINGS[tag]
            self._path = [item for item in self._path if item[0] < level]
            self._path.append((level, " ".join("".join(self._text).split())))
            self._heading, self._text = "", []
        elif tag == "pre" and self._pre:
            self._pre -= 1
            self._steps += commands(self._code)
            self._code = ""
            self._text.append("\n")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        elif not self._silent:
            if self._pre:
                self._code += data
            self._text.append(data if self._pre else re.sub(r"\s+", " ", data))

    def end_section(self) -> None:
        """What was read since the last heading becomes a passage."""
        text = re.sub(r"[ \t]+\n", "\n", "".join(self._text))
        text = re.sub(r"\n{3,}", "\n\n", text).strip()
        if text or self._steps:
            names = tuple(name for _, name in self._path if name)
            self.passages.append(Passage(names, text, tuple(self._steps)))
        self._text, self._steps = [], []
