"""A script as a form that a chat server fills in: the question, its JSON schema, and the reading of an answer as it grows. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from edgeops.errors import EngineError
from edgeops.records import Choose, Chosen, Piece, Reply, Say, Script, Write, Written

_ASK = (
    "\n\nFill in the answer below. Reply with one JSON object and nothing else: "
    "its keys are the names in angle brackets, in that order, its values are strings.\n\n"
)
_SPARE_TOKENS = 24
"""Tokens a slot may need for its key, quotes and escapes."""


def body(model: str, script: Script, schema: bool) -> dict[str, Any]:
    """The request for a chat completion, with or without a schema that the server is to hold the answer to."""
    sampling = script.sampling
    asked: dict[str, Any] = {
        "model": model,
        "messages": [
            {"role": "system", "content": script.system},
            {"role": "user", "content": script.user + _ASK + skeleton(script)},
        ],
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": sampling.seed,
        "stream": True,
        "max_tokens": sum(_tokens(slot) for slot in slots(script)) + _SPARE_TOKENS,
    }
    if schema:
        asked["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": schema_of(script)},
        }
    return asked


def slots(script: Script) -> list[Choose | Write]:
    """The slots of a script, in order."""
    return [slot for slot in script.answer if not isinstance(slot, Say)]


def skeleton(script: Script) -> str:
    """The answer with its slots as `<name>`, and below it the options of each choice."""
    text = "".join(slot.text if isinstance(slot, Say) else f"<{slot.name}>" for slot in script.answer)
    notes = [
        f"<{slot.name}> is exactly one of: {', '.join(json.dumps(option, ensure_ascii=False) for option in slot.options)}"
        for slot in script.answer
        if isinstance(slot, Choose)
    ]
    return "\n".join([text, "", *notes])


def schema_of(script: Script) -> dict[str, Any]:
    """A JSON schema of one object with a string for each slot."""
    properties = {
        slot.name: {"type": "string", "enum": list(slot.options)} if isinstance(slot, Choose) else {"type": "string"}
        for slot in slots(script)
    }
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _tokens(slot: Choose | Write) -> int:
    size = slot.max_tokens if isinstance(slot, Write) else max(len(option) for option in slot.options)
    return size + _SPARE_TOKENS


class Reading:
    """Turns the growing text of an answer into replies, in the order of the script's slots."""

    def __init__(self, script: Script) -> None:
        self._left = slots(script)
        self._text = ""
        self._shown = ""

    def feed(self, text: str) -> Iterator[Reply]:
        """The replies that are certain after this much more text. Raises EngineError for a choice not among the options."""
        self._text += text
        while self._left:
            slot = self._left[0]
            value, whole = value_of(self._text, slot.name)
            if isinstance(slot, Choose):
                if not whole:
                    return
                yield _chosen(slot, value)
            else:
                said, stopped = _cut(value, slot.stop, whole)
                if len(said) > len(self._shown):
                    yield Piece(slot.name, said[len(self._shown) :])
                    self._shown = said
                if not (whole or stopped):
                    return
                yield Written(slot.name, self._shown, "stop")
            self._left.pop(0)
            self._shown = ""

    def end(self) -> Iterator[Reply]:
        """What is left when no more text comes: a text that broke off is kept. Raises EngineError when slots are missing."""
        if self._left and isinstance(slot := self._left[0], Write) and value_of(self._text, slot.name)[0]:
            said, _ = _cut(value_of(self._text, slot.name)[0], slot.stop, True)
            if len(said) > len(self._shown):
                yield Piece(slot.name, said[len(self._shown) :])
            yield Written(slot.name, said, "length")
            self._left.pop(0)
        if self._left:
            missing = ", ".join(slot.name for slot in self._left)
            raise EngineError(
                f"The server's answer lacks {missing}; try a larger model, or the local one (model.engine)."
            )


def value_of(text: str, name: str) -> tuple[str, bool]:
    """The string under a key of a JSON object that may not have ended yet, and whether it is whole."""
    key = re.search(re.escape(json.dumps(name, ensure_ascii=False)) + r'\s*:\s*"', text)
    if key is None:
        return "", False
    end = re.compile(r'(?:[^"\\]|\\.)*', re.DOTALL).match(text, key.end())
    raw = end.group() if end else ""
    whole = text[key.end() + len(raw) : key.end() + len(raw) + 1] == '"'
    if not whole:
        # The end may be half an escape: `\u12`, or the first half of a surrogate pair.
        raw = re.sub(r"\\(?:u[0-9a-fA-F]{0,3})?$", "", raw)
        raw = re.sub(r"\\u[dD][89abAB][0-9a-fA-F]{2}$", "", raw)
    try:
        value: str = json.loads(f'"{raw}"', strict=False)
    except ValueError:
        return "", False
    return value.encode("utf-8", "replace").decode("utf-8"), whole


def _cut(value: str, stops: Sequence[str], whole: bool) -> tuple[str, bool]:
    """The text before the first stop string (and before what may become one), and whether there was one."""
    value = value.lstrip()
    found = [at for stop in stops if stop and (at := value.find(stop)) >= 0]
    if found:
        return value[: min(found)], True
    if not whole:
        held = (n for stop in stops for n in range(len(stop) - 1, 0, -1) if value.endswith(stop[:n]))
        value = value[: len(value) - max(held, default=0)]
    return value, False


def _chosen(slot: Choose, value: str) -> Chosen:
    option = next((option for option in slot.options if option.strip() == value.strip()), None)
    if option is None:
        raise EngineError(
            f"The server chose {value[:60]!r} for {slot.name}, which was not offered; try a larger model."
        )
    return Chosen(slot.name, option, tuple(1.0 if option == other else 0.0 for other in slot.options))
