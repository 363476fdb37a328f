"""Candidates on disk: a part is made once and kept, so that a run that was cut off goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from edgeops.files import write_whole
from quantize.data.items import Item, Rejected, item_of, row_of

_STAMP = "stamp.json"


class Parts:
    """The parts of one dataset. stamp names everything that they are made from; parts made from anything else are not used."""

    def __init__(self, folder: Path, stamp: str) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept = _read(folder / _STAMP)
        if not (isinstance(kept, dict) and kept.get("stamp") == stamp):
            for old in folder.glob("*.jsonl"):
                old.unlink()
            write_whole(folder / _STAMP, json.dumps({"stamp": stamp}).encode())

    def part(self, name: str, candidates: Iterator[Item | Rejected]) -> tuple[list[Item | Rejected], bool]:
        """The candidates of a part, and whether they were there already: then none is drawn."""
        file = self._folder / f"{name}.jsonl"
        if file.is_file():
            return list(_loaded(file)), True
        made = list(candidates)
        rows = [row_of(one) if isinstance(one, Item) else _rejection(one) for one in made]
        write_whole(file, lines_of(rows))
        return made, False


def lines_of(rows: Iterable[dict[str, Any]]) -> bytes:
    """Rows as JSON lines, the same bytes for the same rows."""
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode("utf-8", "replace")


def review_row(one: Rejected) -> dict[str, Any]:
    """What a person is shown who decides about it."""
    return {
        "why": one.reason,
        "provenance": one.provenance,
        "family": one.family,
        "item": one.item and row_of(one.item),
    }


def _rejection(one: Rejected) -> dict[str, Any]:
    return {"rejected": one.reason, "doubtful": one.doubtful} | review_row(one)


def _loaded(file: Path) -> Iterator[Item | Rejected]:
    for line in file.read_text("utf-8").splitlines():
        row = json.loads(line)
        if "rejected" not in row:
            yield item_of(row)
        else:
            item = item_of(row["item"]) if row["item"] else None
            yield Rejected(row["rejected"], row["provenance"], row["family"], row["doubtful"], item)


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return None
