"""Multiple choice: what counts as a question, and how it is put."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgeops.errors import UsageError
from edgeops.records import Choose
from quantize.evaluate.questions import questions


def folder(path: Path, **files: list[dict[str, object]]) -> Path:
    path.mkdir(exist_ok=True)
    for name, rows in files.items():
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (path / f"{name.replace('_dev', '.dev')}.jsonl").write_text(text, "utf-8")
    return path


def test_options_stand_in_the_text_in_a_list_or_under_letters(tmp_path: Path) -> None:
    inside = {"id": "1", "question": "端口？\nA: 22\nB: 23\nC: 25", "answer": "B", "lang": "zh"}
    both = {"id": "2", "question": "Which?\nA: x\nB: y", "choices": ["x", "y"], "answer": "A", "lang": "en"}
    listed = {"id": "3", "question": "Which?", "choices": ["x", "y", "z"], "answer": "C"}
    found = questions(folder(tmp_path / "set", part=[inside, both, listed]))
    assert [(q.letters, q.right, q.lang, q.set, q.kind) for q in found] == [
        ("ABC", "B", "zh", "set", "part/zh"),
        ("AB", "A", "en", "set", "part/en"),
        ("ABC", "C", "en", "set", "part/en"),
    ]
    assert found[1].text == "Which?\nA: x\nB: y"
    assert found[2].text == "Which?\nA. x\nB. y\nC. z"


def test_rows_with_lettered_options_are_a_set_for_each_language(tmp_path: Path) -> None:
    dotted = {"id": "e", "question": "Which command?", "A": "top", "B": "ls", "D.": "ps", "C": "w", "answer": "D."}
    han = {"id": "z", "question": "哪个命令？", "A": "top", "B": "ls", "C": "w", "D": "ps", "answer": "A"}
    found = questions(folder(tmp_path / "owl", mc=[dotted, han]))
    assert [(q.set, q.letters, q.right) for q in found] == [("owl_en", "ABCD", "D"), ("owl_zh", "ABCD", "A")]
    assert found[0].text.endswith("C. w\nD. ps")


def test_what_has_not_one_right_letter_is_left_out(tmp_path: Path) -> None:
    good = {"question": "q\nA. 1\nB. 2", "answer": "A"}
    rows = [
        good,
        {"question": "two\nA. 1\nB. 2", "answer": "A,B"},
        {"question": "free", "answer": "because"},
        {"question": "none right\nA. 1\nB. 2", "answer": "D"},
        {"question": "a gap\nA. 1\nC. 2", "answer": "A"},
        {"question": ["a list"], "answer": "A"},
    ]
    assert len(questions(folder(tmp_path / "s", part=rows, part_dev=[good]))) == 1


def test_the_words_around_a_question_are_the_same_for_all_of_a_language(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"question": f"q{n}\nA. 1\nB. 2", "answer": "A"} for n in range(2)]
    first, second = (question.script() for question in questions(folder(tmp_path / "s", part=rows)))
    assert first.system == second.system and first.answer == second.answer
    assert first.answer[1] == Choose("answer", ("A", "B"))
    assert first.user != second.user and first.user.startswith("Question: q0")


def test_a_folder_without_questions_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no question"):
        questions(tmp_path)
    (tmp_path / "bad.jsonl").write_text("{")
    with pytest.raises(UsageError, match=r"bad\.jsonl"):
        questions(tmp_path)
