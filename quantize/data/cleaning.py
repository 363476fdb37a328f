"""What is wrong with an item by itself: secrets, cut or empty lines, too long, repeating itself, in the wrong language."""

from __future__ import annotations

import re
from dataclasses import replace

from edgeops.assistant.prose import tidy
from edgeops.mask import mask
from quantize.data.items import Item, Pick, Text, named
from quantize.data.wordings import tokens_about

MOST_TOKENS = 1_500
"""Of prompt and answer; training is measured with so much room."""
LEAST_ROOT = 12
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_CUT = (" [...] ", "characters left out ...]", "lines left out ...]")
_LINE = re.compile(r"^\[(L\d+)\] (.*)$", re.MULTILINE)


def masked(item: Item) -> Item:
    """The item without secrets: the lines were masked when they became evidence, what people wrote may not have been."""
    answer = tuple(replace(part, text=mask(part.text)) if isinstance(part, Text) else part for part in item.answer)
    clean = replace(item, user=mask(item.user), answer=answer)
    return item if clean == item else named(clean)


def fault_of(item: Item) -> str:
    """Why the item is no good; "" when it is."""
    for check in (_cut, _long, _repeating, _foreign, _empty):
        if reason := check(item):
            return reason
    return ""


def _root_line(item: Item) -> str | None:
    """The line that is right to name as the root, as the prompt shows it."""
    right = next((part.right for part in item.answer if isinstance(part, Pick) and part.choose == "root"), ())
    lines = dict(_LINE.findall(item.user))
    return lines.get(f"L{right[0].rstrip(']')}") if right else None


def _cut(item: Item) -> str:
    root = _root_line(item)
    if root and any(mark in root for mark in _CUT):
        return "the root line is cut"
    return "the answer is cut" if any("[...]" in text for text in item.texts) else ""


def _empty(item: Item) -> str:
    root = _root_line(item)
    if root is not None and len(re.sub(r"[\W\d]+", "", root)) < LEAST_ROOT:
        return "the root line says nothing"
    return "the answer says nothing" if any(len(text.strip()) < 4 for text in item.texts) else ""


def _long(item: Item) -> str:
    size = tokens_about(item.system) + tokens_about(item.user) + sum(map(tokens_about, item.texts))
    return "too long" if size > MOST_TOKENS else ""


def _repeating(item: Item) -> str:
    return "the answer repeats itself" if any(tidy(text, "stop") != text.strip() for text in item.texts) else ""


def _foreign(item: Item) -> str:
    """Names and quotations may be in the language of the logs, the rest is in that of the answer."""
    said = _QUOTED.sub(" ", " ".join(item.texts))
    if not item.texts:
        return ""
    if item.lang == "zh":
        return "" if _HAN.search(said) else "the answer is not in Chinese"
    strange = any(run not in item.user for run in _HAN.findall(said))
    return "the answer is not in English" if strange else ""
