"""The record as tables, for a terminal or in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from edgeops.text import width
from quantize.evaluate.metric import FIGURES, NOT_SHARES, meaning, order
from quantize.evaluate.record import LESS_IS_BETTER, Evaluation, Measure

Cells = list[list[str]]


def results(evaluation: Evaluation) -> Cells:
    """Metrics down, rows across; less is better is marked."""
    rows = evaluation.rows
    names = order({name for row in rows for name in row.metrics})
    cells = [["", *(row.name for row in rows)]]
    for name in names:
        mark = " ↓" if name in LESS_IS_BETTER else ""
        cells.append([f"{meaning(name)[0]}{mark}", *(_measure(name, row.metrics.get(name)) for row in rows)])
    return cells


def _measure(name: str, measure: Measure | None) -> str:
    """Value, interval and how many items."""
    if measure is None:
        return "–"
    if name in NOT_SHARES:
        digits = 3 if name == "kl" else 2
        value, low, high = (f"{x:.{digits}f}" for x in (measure.value, measure.low, measure.high))
        return f"{value} ({low}–{high})"
    return f"{measure.value:.0%} ({measure.low:.0%}–{measure.high:.0%}), n={measure.n}"


def speeds(evaluation: Evaluation) -> Cells:
    """Figures down, the rows that have a model across."""
    rows = [row for row in evaluation.rows if row.figures]
    cells = [["", *(row.name for row in rows)]]
    for name, (short, unit, factor, digits) in FIGURES.items():
        values = [row.figures.get(name) for row in rows]
        if any(value is not None for value in values):
            label = f"{short}, {unit}" if unit else short
            cells.append([label, *("–" if v is None else f"{v * factor:,.{digits}f}" for v in values)])
    return cells


def classes(evaluation: Evaluation, most: int) -> Cells:
    """The most frequent fault classes of the last row: precision, recall, F1."""
    if not evaluation.rows:
        return []
    name = evaluation.rows[-1].name
    found = sorted(evaluation.per_class.get(name, {}).items(), key=lambda pair: (-pair[1].n, pair[0]))[:most]
    head = ["fault", "incidents", "precision", "recall", "F1"]
    return [head, *([c, str(s.n), f"{s.precision:.2f}", f"{s.recall:.2f}", f"{s.f1:.2f}"] for c, s in found)]


def terminal(cells: Cells) -> list[str]:
    """Columns under one another, Chinese counted as wide."""
    if not cells:
        return []
    columns = [max(width(row[at]) for row in cells) for at in range(len(cells[0]))]
    return ["  ".join(_padded(cell, wide) for cell, wide in zip(row, columns, strict=True)).rstrip() for row in cells]


def _padded(cell: str, wide: int) -> str:
    return cell + " " * (wide - width(cell))


def markdown(cells: Cells) -> list[str]:
    """A Markdown table."""
    if not cells:
        return []
    return [_row(cells[0]), _row(["---"] * len(cells[0])), *map(_row, cells[1:])]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
