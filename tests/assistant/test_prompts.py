"""Code's beginning of a summary and what a model wrote after it make one sentence."""

from __future__ import annotations

import pytest

from edgeops.assistant.prompts import SILENT, joined


@pytest.mark.parametrize(
    ("lang", "words", "text", "whole"),
    [
        ("en", "the disk is full", "postgres stopped [L2].", "the disk is full [L1], so postgres stopped [L2]."),
        ("en", "the disk is full", SILENT["en"], "the disk is full [L1]; the lines do not say what followed."),
        ("en", "the disk is full", " the lines do not say", "the disk is full [L1]; the lines do not say what followed."),
        ("zh", "磁盘已满", "数据库停止 [L2]。", "磁盘已满 [L1]，因此数据库停止 [L2]。"),
        ("zh", "磁盘已满", SILENT["zh"], "磁盘已满 [L1]；日志行没有说明后续影响。"),
    ],
)  # fmt: skip
def test_a_summary_is_one_sentence_also_where_nothing_follows(lang: str, words: str, text: str, whole: str) -> None:
    assert joined(words, "L1", text, lang) == whole
