"""The loss over the steps, as numbers and as a picture."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path

# matplotlib: draws the curves of training and evaluation; without a screen (extra `train`).
from matplotlib.figure import Figure

from edgeops.files import write_whole

Row = tuple[int, float, float, float | None]


def write(rows: Sequence[Row], folder: Path) -> None:
    """curve.json and curve.png in the folder."""
    named = [dict(zip(("step", "seconds", "loss", "validation"), row, strict=True)) for row in rows]
    write_whole(folder / "curve.json", json.dumps(named).encode())
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot([row[0] for row in rows], [row[2] for row in rows], label="training", linewidth=0.8)
    judged = [(row[0], row[3]) for row in rows if row[3] is not None]
    axes.plot([step for step, _ in judged], [loss for _, loss in judged], "o-", label="validation")
    axes.set_xlabel("step")
    axes.set_ylabel("loss of an item")
    axes.legend()
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=110, metadata={"Software": None})
    write_whole(folder / "curve.png", drawn.getvalue())
