"""Quality against size and speed, as a picture."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path
from typing import Any

from edgeops.files import write_whole
from quantize.evaluate.record import NO_MODEL, Evaluation, Row

_QUALITY = ("root_accuracy", "fault_accuracy", "abstention_recall")
_BESIDE = 0.07
"""Inches between the metrics of one row."""
_AXES = (
    ("bytes", "size, MB", 1e-6),
    ("prefill_tps", "reading, tokens/s", 1.0),
    ("decode_tps", "writing, tokens/s", 1.0),
)


def draw(evaluation: Evaluation, path: Path) -> str:
    """Write a PNG; where matplotlib is not installed nothing is written and the sentence says so."""
    if importlib.util.find_spec("matplotlib") is None:
        return "No picture was drawn: matplotlib is not installed; the extra 'train' of edgeops brings it."
    # matplotlib: see quantize/train/curve.py. It takes a second to load and is not everywhere.
    from matplotlib.figure import Figure
    from matplotlib.transforms import ScaledTranslation

    rows = [row for row in evaluation.rows if row.figures]
    figure = Figure(figsize=(12, 4), layout="constrained")
    for axes, (name, label, factor) in zip(figure.subplots(1, len(_AXES), sharey=True), _AXES, strict=True):
        for at, metric in enumerate(_QUALITY):
            beside = ScaledTranslation((at - 1) * _BESIDE, 0, figure.dpi_scale_trans)
            _points(axes, rows, name, factor, metric, axes.transData + beside)
        _floor(axes, evaluation)
        axes.set_xlabel(label)
        axes.set_ylim(0, 1)
    figure.axes[0].set_ylabel("share right (95 %)")
    figure.axes[0].legend(fontsize=8)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=110, metadata={"Software": None})
    write_whole(path, drawn.getvalue())
    return ""


def _points(axes: Any, rows: list[Row], name: str, factor: float, metric: str, place: Any) -> None:
    """A metric of all rows over a figure, with its intervals, somewhat beside the other metrics."""
    found = [(row.name, row.figures[name] * factor, row.metrics[metric]) for row in rows if metric in row.metrics and name in row.figures]  # fmt: skip
    if not found:
        return
    values = [measure.value for _, _, measure in found]
    below = [max(0.0, m.value - m.low) for _, _, m in found]
    above = [max(0.0, m.high - m.value) for _, _, m in found]
    axes.errorbar(
        [x for _, x, _ in found], values, yerr=[below, above], fmt="o", capsize=3, label=metric, transform=place
    )
    if metric == _QUALITY[0]:
        for label, x, measure in found:
            axes.annotate(label, (x, measure.value), textcoords="offset points", xytext=(5, 5), fontsize=8)


def _floor(axes: Any, evaluation: Evaluation) -> None:
    """What code reaches without a model."""
    bare = evaluation.row(NO_MODEL)
    if bare and _QUALITY[0] in bare.metrics:
        axes.axhline(bare.metrics[_QUALITY[0]].value, linestyle="--", linewidth=0.8, label="no model, root_accuracy")
