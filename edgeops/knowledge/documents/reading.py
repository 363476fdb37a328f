"""A file to a document: its kind is found from its name and its first bytes, its text from its encoding."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePath

from edgeops.knowledge.documents import cheats, html, manual, markdown, pdf, plain, tables
from edgeops.knowledge.documents.document import Document
from edgeops.records import Skipped

MOST_BYTES = 64 << 20
_HTML = re.compile(
    r"\A\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_HEADING = re.compile(r"^#{1,6} \S", re.MULTILINE)
_NAVI = re.compile(r"\A(?:%|# .*\n\S)")
_HIGH = re.compile(rb"[\x80-\xff]+")
_OFFICE = b"PK\x03\x04"
_GZIP = b"\x1f\x8b"
_READERS: dict[str, Callable[[str, str], Document]] = {
    **dict.fromkeys((".md", ".markdown", ".mdown", ".mkd"), markdown.read),
    **dict.fromkeys((".html", ".htm", ".xhtml"), html.read),
    **dict.fromkeys((".csv", ".tsv"), tables.read_csv),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), tables.read_json_lines),
    ".cheat": cheats.read,
}


def read(data: bytes, path: str) -> Document | Skipped:
    """The document in a file's bytes; or why there is none."""
    name = PurePath(path)
    if len(data) > MOST_BYTES:
        return Skipped(path, f"It is larger than {MOST_BYTES >> 20} MiB, which no runbook is; split it.")
    if data.startswith(b"%PDF-"):
        return _checked(pdf.read(data, name.stem), path)
    if not data.strip():
        return Skipped(path, "It is empty; there is nothing to learn.")
    if data.startswith(_OFFICE):
        return Skipped(path, "It is a packed or office file; export it as Markdown, HTML or text.")
    if data.startswith(_GZIP):
        return _packed(data, path)
    text = _decoded(data)
    if text is None:
        return Skipped(path, "It is not text; export it as Markdown, HTML or plain text.")
    return _checked(_reader(text, name)(text, name.stem), path)


def _packed(data: bytes, path: str) -> Document | Skipped:
    """Manual pages stand packed on most systems."""
    try:
        with gzip.open(io.BytesIO(data)) as stream:
            inner = stream.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        return Skipped(path, f"It is a damaged gzip file ({error}).")
    if inner.startswith(_GZIP):
        return Skipped(path, "It was packed twice; unpack it once.")
    found = read(inner, path.removesuffix(".gz"))
    return replace(found, source=path) if isinstance(found, Skipped) else found


def _checked(document: Document, path: str) -> Document | Skipped:
    passages = tuple(p for p in document.passages if p.text or p.steps)
    if passages:
        return replace(document, passages=passages)
    return Skipped(path, f"Nothing in it can be used: {'; '.join(document.notes) or 'it has headings but no text'}.")


def _reader(text: str, name: PurePath) -> Callable[[str, str], Document]:
    if reader := _READERS.get(name.suffix.lower()):
        return reader
    if manual.is_manual(text):
        return manual.read
    if _HTML.search(text[:4_000]):
        return html.read
    # cheat's own sheets have no suffix: a comment, then a command.
    if not name.suffix and _NAVI.match(text):
        return cheats.read
    if name.suffix.lower() not in (".txt", ".text", ".log") and _HEADING.search(text):
        return markdown.read
    return plain.read


def _decoded(data: bytes) -> str | None:
    """The text, in UTF-8, UTF-16 with a mark, or GB 18030; None when it is none."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\0" in data[:8192]:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    # Western text has single letters above ASCII between others; everyday Chinese has pairs of such bytes.
    high = _HIGH.findall(data)
    pairs = sum(len(run) for run in high if len(run) > 1)
    return data.decode("gb18030" if 2 * pairs > sum(map(len, high)) else "latin-1", "replace")
