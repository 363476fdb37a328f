"""The record of an evaluation."""

from __future__ import annotations

import pytest

from edgeops.errors import UsageError
from quantize.evaluate.record import Evaluation, Measure, Row, Score, read, write

WHOLE = Evaluation(
    (Row("base", "b.gguf", "ab", {"root_accuracy": Measure(0.5, 0.3, 0.7, 20)}, {"bytes": 5.0}),),
    {"base": {"none": Score(1.0, 0.5, 0.667, 4)}},
    {"test.jsonl": "cd"},
    12.5,
    "two cores",
    {"llama-cpp-python": "0.3.36"},
    {"items": "6 of 600 items, drawn evenly by kind (seed 1)."},
)


def test_a_record_comes_back_as_it_was_written(tmp_path):
    write(WHOLE, tmp_path / "e.json")
    assert read(tmp_path / "e.json") == WHOLE
    assert WHOLE.row("base") is WHOLE.rows[0]
    assert WHOLE.row("tuned") is None


def test_a_missing_or_foreign_file_is_one_sentence(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path / "none.json")
    (tmp_path / "x.json").write_text('{"rows": 5}')
    with pytest.raises(UsageError, match="no evaluation record"):
        read(tmp_path / "x.json")
