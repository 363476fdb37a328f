"""A model made of arithmetic: bytes are tokens, and it says a transcript by heart, or whatever its logits are set to."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from edgeops.errors import EngineError

SPECIAL = ("<|im_start|>", "<|im_end|>")
START, END = 256, 257
_ASSISTANT = b"<|im_start|>assistant\n"


class Parrot:
    """A Runtime. merged are extra tokens of several bytes; odds(text so far) overrides what it says by heart."""

    def __init__(
        self,
        transcript: str = "",
        merged: Sequence[str] = (),
        context: int = 4096,
        batch: int = 8,
        odds: Callable[[str], dict[str, float]] | None = None,
    ) -> None:
        self.words = [*(bytes([n]) for n in range(256)), *(s.encode() for s in SPECIAL), *(m.encode() for m in merged)]
        self.transcript = transcript.encode()
        self.context, self.batch = context, batch
        self.starts: tuple[int, ...] = ()
        self.eot = END
        self.odds = odds
        self.sequence: list[int] = []
        self.decodes: list[int] = []
        self.restores = 0
        self.can_forget = True
        self._fresh = False

    @property
    def answer(self) -> str:
        """What the cache holds of the assistant's turn."""
        return self._bytes().rpartition(_ASSISTANT)[2].decode("utf-8", "replace")

    def tokens(self, text: str, special: bool) -> list[int]:
        raw, found = text.encode(), []
        usable = [n for n, word in enumerate(self.words) if special or n not in (START, END)]
        while raw:
            best = max((n for n in usable if raw.startswith(self.words[n])), key=lambda n: len(self.words[n]))
            found.append(best)
            raw = raw[len(self.words[best]) :]
        return found

    def piece(self, token: int) -> bytes:
        return b"" if token in (START, END) else self.words[token]

    def ends(self, token: int) -> bool:
        return token == END

    def decode(self, tokens: Sequence[int], position: int) -> None:
        assert 0 < len(tokens) <= self.batch
        assert position == len(self.sequence), "the session and the cache disagree"
        self.sequence += tokens
        self.decodes.append(len(tokens))
        self._fresh = True

    def logits(self) -> Any:
        assert self._fresh, "these logits belong to tokens that were dropped"
        logits = np.full(len(self.words), -20.0, dtype=np.float32)
        if self.odds:
            for text, logit in self.odds(self.answer).items():
                logits[END if text == "" else self.words.index(text.encode())] = logit
        else:
            logits[self._by_heart()] = 5.0
        return logits

    def forget(self, position: int) -> bool:
        self._fresh = self._fresh and position >= len(self.sequence)
        if not self.can_forget:
            position = 0
        del self.sequence[position:]
        return self.can_forget

    def state(self) -> bytes:
        return json.dumps(self.sequence).encode()

    def restore(self, state: bytes) -> bool:
        self.restores += 1
        self.sequence = json.loads(state)
        self._fresh = False
        return bool(self.sequence)

    def grammar(self, text: str) -> Allowed:
        if not text:
            raise EngineError("The grammar cannot be parsed.")
        return Allowed(self, text)

    def _bytes(self) -> bytes:
        return b"".join(self.words[token] for token in self.sequence)

    def _by_heart(self) -> int:
        said = self._bytes().rpartition(_ASSISTANT)[2]
        rest = self.transcript[len(said) :]
        if not rest or not self.transcript.startswith(said):
            return END
        return max(
            (n for n in range(len(self.words)) if rest.startswith(self.words[n])), key=lambda n: len(self.words[n])
        )


class Allowed:
    """A grammar of one rule: only these characters, then the end."""

    def __init__(self, runtime: Parrot, characters: str) -> None:
        self.runtime, self.characters = runtime, characters.encode()
        self.masked = self.accepted = 0
        self.closed = False

    def allows(self, token: int) -> bool:
        return token == END or all(byte in self.characters for byte in self.runtime.words[token])

    def mask(self, logits: Any) -> Any:
        self.masked += 1
        return np.array([x if self.allows(n) else -np.inf for n, x in enumerate(logits)], dtype=np.float32)

    def accept(self, token: int) -> None:
        assert self.allows(token)
        self.accepted += 1

    def close(self) -> None:
        self.closed = True
