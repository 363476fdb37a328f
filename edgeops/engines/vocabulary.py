"""Texts to tokens and back by llama.cpp, and its grammars over them: the same for every kind of model file; child process only."""

from __future__ import annotations

import ctypes
from typing import Any

from edgeops.engines.chat import plain_tokens, template
from edgeops.engines.grammar import LlamaGrammar
from edgeops.engines.library import L
from edgeops.errors import EngineError, ModelUnfit


class LlamaVocabulary:
    """The half of a Runtime that knows words. Raises ModelUnfit when the vocabulary is not of the family."""

    def __init__(self, vocab: Any, family: str) -> None:
        self._vocab = vocab
        self.size = int(L.llama_vocab_n_tokens(vocab))
        missing = [mark for mark in template(family).marks if len(self._tokenize(mark, True)) != 1]
        if missing:
            raise ModelUnfit(
                f"The model does not know {missing[0]!r}, so it is not of the family {family!r}; import it again, or use another."
            )
        self._pieces: dict[int, bytes] = {}
        self._marks = frozenset(self._tokenize(mark, True)[0] for mark in template(family).marks)
        bos = L.llama_vocab_bos(vocab)
        self.starts: tuple[int, ...] = (bos,) if L.llama_vocab_get_add_bos(vocab) and bos >= 0 else ()
        self.eot = next((t for t in (L.llama_vocab_eot(vocab), L.llama_vocab_eos(vocab)) if t >= 0), 0)

    def tokens(self, text: str, special: bool) -> list[int]:
        """See Runtime."""
        if not text:
            return []
        if special:
            return self._tokenize(text, True)
        return plain_tokens(text, lambda part: self._tokenize(part, False), self._forged, self._piece)

    def _forged(self, token: int) -> bool:
        """Whether a token out of plain text would mean more than text."""
        return token in self._marks or self.ends(token) or bool(L.llama_vocab_is_control(self._vocab, token))

    def _tokenize(self, text: str, special: bool) -> list[int]:
        raw = text.encode("utf-8", "replace")
        room = len(raw) + 8
        buffer = (L.llama_token * room)()
        count = L.llama_tokenize(self._vocab, raw, len(raw), buffer, room, False, special)
        if count < 0:
            raise EngineError(f"A text of {len(raw)} bytes could not be cut into tokens; give less.")
        return list(buffer[:count])

    def piece(self, token: int) -> bytes:
        """See Runtime. A control token has no bytes."""
        found = self._pieces.get(token)
        if found is None:
            found = self._pieces[token] = b"" if L.llama_vocab_is_control(self._vocab, token) else self._piece(token)
        return found

    def _piece(self, token: int) -> bytes:
        buffer = ctypes.create_string_buffer(512)
        size = L.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, True)
        return buffer.raw[: max(size, 0)]

    def ends(self, token: int) -> bool:
        """See Runtime."""
        return bool(L.llama_vocab_is_eog(self._vocab, token))

    def grammar(self, text: str) -> LlamaGrammar:
        """See Runtime."""
        return LlamaGrammar(self._vocab, text)
