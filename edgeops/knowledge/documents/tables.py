"""Tickets and other rows: CSV, TSV and JSON lines; each row is a document's passage, found by what its columns are called."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from edgeops.knowledge.documents.document import Document, Passage, bounded

_COLUMNS = {
    "title": ("title", "summary", "subject", "short_description", "short description", "name", "question", "标题", "主题", "概要", "问题"),
    "text": ("description", "body", "details", "text", "content", "symptom", "symptoms", "problem", "描述", "内容", "现象", "详情"),
    "cause": ("cause", "root_cause", "root cause", "reason", "原因", "根因", "根本原因"),
    "fix": ("resolution", "solution", "fix", "close_notes", "close notes", "answer", "workaround", "action", "解决方案", "解决办法", "处理", "处理方法", "措施"),
    "tags": ("tags", "labels", "component", "category", "service", "host", "标签", "组件", "类别"),
}  # fmt: skip
_MOST_FIELD = 1 << 20


def read_csv(text: str, name: str) -> Document:
    """Rows with a heading line; the separator is found."""
    csv.field_size_limit(_MOST_FIELD)
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:20_000], ",;\t|")
    except csv.Error:
        dialect = csv.excel
    lines = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""), dialect=dialect)
    notes: list[str] = []
    return _document(_legible(lines, notes), lines.fieldnames or (), name, notes)


def _legible(lines: csv.DictReader[str], notes: list[str]) -> Iterator[Mapping[str, object]]:
    try:
        yield from lines
    except csv.Error as error:
        notes.append(f"row {lines.line_num} cannot be read ({error}); the rows before it were taken")


def read_json_lines(text: str, name: str) -> Document:
    """One object a line, or one list of objects."""
    notes: list[str] = []
    rows = list(_objects(text, notes))
    columns = list(dict.fromkeys(key for row in rows for key in row))
    return _document(rows, columns, name, notes)


def _objects(text: str, notes: list[str]) -> Iterator[dict[str, object]]:
    bad = 0
    if text.lstrip("\ufeff \n\r\t").startswith("["):
        try:
            rows = json.loads(text)
        except (ValueError, RecursionError) as error:
            notes.append(f"it is not a list of objects ({error})")
            return
        yield from (row for row in rows if isinstance(row, dict))
        return
    for line in text.splitlines():
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if isinstance(row, dict):
            yield row
        else:
            bad += 1
    if bad:
        notes.append(f"{bad} lines are no JSON objects and were passed over")


def _document(rows: Iterable[Mapping[str, object]], columns: Sequence[str], name: str, notes: list[str]) -> Document:
    place = {role: _column(columns, names) for role, names in _COLUMNS.items()}
    # Without a column for the text, the title's own column must do; without either, nothing can be told apart.
    if not place["title"] and not place["text"]:
        told = ", ".join(str(column) for column in columns[:8]) or "no columns"
        return Document(name, (), notes=(*notes, f"no column for a title or a description among {told}"))
    passages, empty = [], 0
    for row in rows:
        passage = _passage(row, place, name)
        if passage.text:
            passages.append(passage)
        else:
            empty += 1
    if empty:
        notes = [*notes, f"{empty} rows without any text were passed over"]
    return Document(name, tuple(bounded(passages)), notes=tuple(notes))


def _column(columns: Sequence[str], names: Sequence[str]) -> str:
    by_name = {str(column).strip().casefold(): column for column in columns}
    return next((by_name[name] for name in names if name in by_name), "")


def _passage(row: Mapping[str, object], place: Mapping[str, str], name: str) -> Passage:
    said = {role: _said(row.get(column)) if column else "" for role, column in place.items()}
    title = said["title"] or said["text"].partition("\n")[0][:120]
    labelled = [("Cause", said["cause"]), ("Fix", said["fix"]), ("Tags", said["tags"])]
    # A row with only a title says nothing that helps.
    body = [said["text"] if said["text"] != title else "", *(f"{label}: {words}" for label, words in labelled if words)]
    return Passage((name, title) if title else (name,), "\n\n".join(part for part in body if part) or said["text"])


def _said(value: object) -> str:
    if value is None:
        return ""
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).strip()
