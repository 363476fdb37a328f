"""Markdown runbooks: front matter, headings become passages, code blocks become steps; tldr pages are Markdown too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

# markdown-it-py: CommonMark with tables, kept by the Executable Books project; typer brings it already.
from markdown_it import MarkdownIt
from markdown_it.token import Token

from edgeops.knowledge.documents.document import Document, Passage, bounded
from edgeops.knowledge.documents.shell import commands

_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_PAIR = re.compile(r"^([A-Za-z_][\w-]*)\s*:\s*(.*?)\s*$")
_ITEM = re.compile(r"^\s*-\s+(.+?)\s*$")
_SHORTCODE = re.compile(r"\{\{[<%].*?[>%]\}\}")
_SHELLS = frozenset(
    ("", "sh", "bash", "shell", "console", "zsh", "shell-session", "sh-session", "terminal", "powershell")
)
_DEEPEST = 64
_TITLES = ("title", "name", "alert")
_TAGS = ("tags", "keywords", "aliases", "services", "labels", "categories")


def read(text: str, name: str) -> Document:
    """A Markdown text as a document; `name` stands in where it has no title."""
    front, body = _front(text)
    title = next((front[key][0] for key in _TITLES if front.get(key)), "")
    sections = list(_sections(_parser().parse(body), body.splitlines()))
    if not title:
        title = next((path[0] for path, _, _ in sections if path), "") or name
    passages = [Passage(_under(title, path), text, steps) for path, text, steps in sections]
    tags = tuple(dict.fromkeys(tag for key in _TAGS for tag in front.get(key, ())))
    return Document(title, tuple(bounded(passages)), tags)


@cache
def _parser() -> MarkdownIt:
    # Raw HTML stays text: it is indexed and shown, never rendered.
    return MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST}).enable("table")


def _front(text: str) -> tuple[dict[str, tuple[str, ...]], str]:
    """Front matter of plain `key: value` lines and lists; other YAML is passed over."""
    found = _FRONT.match(text)
    if not found:
        return {}, text
    pairs: dict[str, list[str]] = {}
    key = ""
    for line in found[1].splitlines():
        if pair := _PAIR.match(line):
            key = pair[1].lower()
            value = pair[2]
            inner = value[1:-1].split(",") if value[:1] == "[" and value[-1:] == "]" else [value]
            pairs[key] = [word for part in inner if (word := part.strip().strip("\"'"))]
        elif key and (item := _ITEM.match(line)):
            pairs[key].append(item[1].strip("\"'"))
    return {key: tuple(values) for key, values in pairs.items()}, text[found.end() :]


def _under(title: str, path: tuple[str, ...]) -> tuple[str, ...]:
    return path if path and path[0].casefold() == title.casefold() else (title, *path)


def _sections(tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[tuple[tuple[str, ...], str, tuple[str, ...]]]:
    """Each heading's path, the source text below it, and the commands in its code blocks."""
    path: list[tuple[int, str]] = []
    begin, steps = 0, list[str]()
    for at, token in enumerate(tokens):
        if token.type in ("fence", "code_block") and token.info.strip().split(" ")[0].lower() in _SHELLS:
            steps += commands(token.content)
        if token.type != "heading_open" or token.level or not token.map:
            continue
        yield _names(path), _cleaned(lines[begin : token.map[0]]), tuple(steps)
        begin, steps = token.map[1], []
        level = int(token.tag[1:])
        path = [item for item in path if item[0] < level]
        path.append((level, _plain(tokens[at + 1])))
    yield _names(path), _cleaned(lines[begin:]), tuple(steps)


def _names(path: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(name for _, name in path if name)


def _plain(inline: Token) -> str:
    """A heading without its markup."""
    parts = [child.content for child in inline.children or () if child.type in ("text", "code_inline")]
    return " ".join("".join(parts).split())


def _cleaned(lines: Sequence[str]) -> str:
    return _SHORTCODE.sub("", "\n".join(lines)).strip("\n")
