"""The record of an evaluation: what each row (no model, base, tuned, tuned and quantised) reached, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

# msgspec: reads the record back and refuses what does not fit.
import msgspec

from edgeops.errors import UsageError
from edgeops.files import write_whole

NO_MODEL, BASE, TUNED = "no model", "base", "tuned"

LESS_IS_BETTER = frozenset({"obedience", "obedience_shown", "unproved", "perplexity", "kl"})
"""The metrics of which less is better; of all others more is."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A value with its interval of 95 % (Wilson for shares, bootstrap for the others) over n items."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Row:
    """What one model reached. sha256 is of what was loaded: the file, or base and adapter joined by "+"; "" without a model.

    figures are measured in the same run for all rows: bytes, load_s, prefill_tps, decode_tps, memory_mb.
    """

    name: str
    model: str
    sha256: str
    metrics: dict[str, Measure]
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Score:
    """How one class fared: of n items that are of it."""

    precision: float
    recall: float
    f1: float
    n: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All rows of one run. per_class: row name -> fault id or "none" -> Score; data: file name -> sha256.

    limits holds sentences, by what they limit: what was sampled, what was left out when the time was up.
    """

    rows: tuple[Row, ...]
    per_class: dict[str, dict[str, Score]] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    machine: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    limits: dict[str, str] = field(default_factory=dict)

    def row(self, name: str) -> Row | None:
        """The row of that name."""
        return next((row for row in self.rows if row.name == name), None)


def write(evaluation: Evaluation, path: Path) -> None:
    """The record as a file that appears whole. Raises OSError."""
    write_whole(path, msgspec.json.format(msgspec.json.encode(evaluation), indent=1) + b"\n")


def read(path: Path) -> Evaluation:
    """The record in a file. Raises UsageError when there is none or it is something else."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Evaluation)
    except OSError as error:
        raise UsageError(
            f"{path}: the evaluation cannot be read ({error.strerror}); run 'edgeops-quantize evaluate'."
        ) from error
    except msgspec.MsgspecError as error:
        raise UsageError(f"{path} is no evaluation record ({error}); run 'edgeops-quantize evaluate' anew.") from error
