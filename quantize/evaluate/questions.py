"""Multiple choice: questions with one right letter, from collections that lie outside the project and are only judged by."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeops.errors import UsageError
from edgeops.records import Script
from quantize.data.letters import LETTERS, lettered

_OPTION = re.compile(r"^\s*([A-H])\s*[.:：、．)]", re.M)
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its options in the text. set names the collection, kind the part of it."""

    id: str
    set: str
    kind: str
    lang: str
    text: str
    letters: str
    right: str

    def script(self) -> Script:
        """The run that weighs the letters."""
        return lettered(self.text, self.letters, self.lang)


def questions(folder: Path) -> list[Question]:
    """The questions in a folder's JSON-lines files, those for practice (`.dev.`) aside. Raises UsageError.

    Only those with one right letter. The set is `opseval` or `owl_LANG` by what the rows look like.
    """
    files = sorted(file for file in folder.rglob("*.jsonl") if ".dev." not in file.name)
    found = [question for file in files for question in _of(file, folder.name)]
    if not found:
        raise UsageError(f"{folder} holds no question with one right letter; name a folder of JSON-lines files.")
    return found


def _of(file: Path, name: str) -> Iterator[Question]:
    try:
        rows = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read as JSON lines ({error}); mend or remove it.") from error
    for row in rows:
        if isinstance(row, Mapping):
            question = _question(row, file.stem, name)
            if question:
                yield question


def _question(row: Mapping[str, Any], kind: str, name: str) -> Question | None:
    """A row as a question; None for one without options, or with several right ones."""
    right = str(row.get("answer", "")).strip().rstrip(".")
    text = row.get("question")
    if len(right) != 1 or right not in LETTERS or not isinstance(text, str):
        return None
    options = _options(row)
    if not options:
        letters = "".join(dict.fromkeys(_OPTION.findall(text)))
    else:
        letters = LETTERS[: len(options)]
        if not set(letters) <= set(_OPTION.findall(text)):
            text = "\n".join([text.strip(), *(f"{a}. {b}" for a, b in zip(letters, options, strict=True))])
    if right not in letters or letters != LETTERS[: len(letters)] or len(letters) < 2:
        return None
    lang = row.get("lang") or ("zh" if _HAN.search(text) else "en")
    found = f"{name}_{lang}" if "A" in row else name
    return Question(f"{kind}/{row.get('id')}", found, f"{kind}/{lang}", str(lang), text.strip(), letters, right)


def _options(row: Mapping[str, Any]) -> list[str]:
    """The options where they stand by themselves: a list, or under their letters (some with a dot)."""
    if isinstance(row.get("choices"), list):
        return [str(one) for one in row["choices"]]
    by_letter = {key.rstrip("."): str(value) for key, value in row.items() if key.rstrip(".") in tuple(LETTERS)}
    return [by_letter[letter] for letter in LETTERS if letter in by_letter]
