"""Evaluations, trained folders and adapters of a few bytes, as the steps before a release leave them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from quantize.evaluate.record import Evaluation, Measure, Row, write

METRICS = {
    "root_accuracy": 0.60, "root_alone": 0.40, "fault_accuracy": 0.70, "fault_macro_f1": 0.60, "abstention_recall": 0.80,
    "abstention_precision": 0.90, "knowledge_accuracy": 0.75, "obedience": 0.02, "choice_opseval": 0.36, "choice_owl_zh": 0.33,
    "choice_owl_en": 0.34, "perplexity": 9.0, "kl": 0.05,
}  # fmt: skip
DATA = {"test.jsonl": "cc" * 32}


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def measure(value: float, n: int = 200) -> Measure:
    return Measure(value, max(0.0, value - 0.05), value + 0.05, n)


def row(name: str, sha256: str, **changes: float) -> Row:
    """A row that reached METRICS, with changes."""
    figures = {} if name == "no model" else {"bytes": 4.9e8, "decode_tps": 40.0, "weight": 0.7, "withhold": 0.6}
    return Row(name, f"{name}.gguf", sha256, {n: measure(v) for n, v in (METRICS | changes).items()}, figures)


def evaluation(base: str, tuned: str, *others: Row, **changes: float) -> Evaluation:
    """No model, the base and the tuned one, which by default is better in finding the root."""
    rows = (row("no model", ""), row("base", base), *others, row("tuned", tuned, **({"root_accuracy": 0.9} | changes)))
    return Evaluation(
        rows, data=DATA, machine="two cores", versions={"llama-cpp-python": "0.3.36"}, limits={"owl": "200 of 994 questions."}
    )  # fmt: skip


def steps(folder: Path, number: int = 1, base: bytes = b"GGUF base", **changes: float) -> tuple[Path, Path, Path, Path]:
    """Adapter, trained folder, evaluation and base, as files below folder."""
    trained = folder / "trained"
    trained.mkdir(parents=True)
    adapter, whole, measured = folder / "adapter.gguf", folder / "base.gguf", folder / "evaluation.json"
    adapter.write_bytes(f"GGUF adapter {number}".encode())
    whole.write_bytes(base)
    (trained / "curve.json").write_text("[]")
    wish = {"base": str(whole), "data": "/d", "out": "/o", "method": "lora", "rank": "8", "rate": "0.0002"}
    made = {
        "base": whole.name,
        "base_sha256": sha(base),
        "data": "dd" * 32,
        "wish": wish,
        "edgeops": "0.1.0",
        "torch": "2.13.0",
        "peft": "1",
    }
    (trained / "made.json").write_text(json.dumps(made))
    loaded = f"{sha(base)}+{sha(adapter.read_bytes())}"
    write(evaluation(sha(base), loaded, **changes), measured)
    return adapter, trained, measured, whole
