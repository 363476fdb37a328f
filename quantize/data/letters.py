"""How a question with one right letter is put, whoever made it."""

from __future__ import annotations

from edgeops.records import Choose, Say, Script

LETTERS = "ABCDEFGH"
_SYSTEM = {
    "en": "You are an operations engineer. Answer the question with the letter of the one right option.",
    "zh": "你是一名运维工程师。请用唯一正确选项的字母回答问题。",
}
_ASKED = {"en": ("Question: ", "Answer: "), "zh": ("问题：", "答案：")}


def lettered(text: str, letters: str, lang: str) -> Script:
    """The run that weighs the letters; the words around the question are the same for every one of a language."""
    before, begin = _ASKED[lang]
    return Script(_SYSTEM[lang], f"{before}{text}", (Say(begin), Choose("answer", tuple(letters))))
