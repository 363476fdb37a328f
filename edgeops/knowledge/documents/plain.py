"""Plain text: a line underlined, numbered or in capitals that stands alone is a heading; the rest is passages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from edgeops.knowledge.documents.document import Document, Passage, bounded

_RULE = re.compile(r"^\s*([=\-~*#])\1{2,}\s*$")
_NUMBERED = re.compile(r"^(?:\d+(?:\.\d+)*[.)]?|[IVX]+\.|第?[一二三四五六七八九十]+[、章节])\s*\S.{0,70}$")
_LONGEST_HEADING = 80


def read(text: str, name: str) -> Document:
    """A plain text as a document; its first line is the title when it is a heading."""
    sections = list(_sections(text.lstrip("\ufeff").splitlines()))
    first = sections[0][0] if sections else ""
    return Document(
        first or name, tuple(bounded(Passage((name, head) if head else (name,), body) for head, body in sections))
    )


def _sections(lines: list[str]) -> Iterator[tuple[str, str]]:
    heading, body = "", list[str]()
    for at, line in enumerate(lines):
        if _RULE.match(line) and body and _is_short(body[-1]) and (len(body) == 1 or not body[-2].strip()):
            title = body.pop()
            yield heading, "\n".join(body).strip()
            heading, body = title.strip(), []
        elif _alone(lines, at) and (_NUMBERED.match(line.strip()) or _is_capital(line.strip())):
            yield heading, "\n".join(body).strip()
            heading, body = line.strip(), []
        else:
            body.append(line)
    yield heading, "\n".join(body).strip()


def _alone(lines: list[str], at: int) -> bool:
    return (at == 0 or not lines[at - 1].strip()) and (at + 1 == len(lines) or not lines[at + 1].strip())


def _is_short(line: str) -> bool:
    return 0 < len(line.strip()) <= _LONGEST_HEADING


def _is_capital(line: str) -> bool:
    return _is_short(line) and line.isupper() and sum(map(str.isalpha, line)) > 3
