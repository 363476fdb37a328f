"""How far a model's predictions are from another's, and how fast each reads and writes here. In the child only."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgeops.engines.library import L, complaint, listener
from edgeops.engines.weights.orders import Compared, Paced, Tick
from edgeops.errors import ModelUnfit

BATCH = 128
_DECODED = 24
_EAR = listener()


class Reader:
    """A model, with an adapter if there is one, that gives the logits after every token. Raises ModelUnfit."""

    def __init__(self, path: Path, adapter: Path | None, room: int, threads: int, watcher: Any = None) -> None:
        L.llama_log_set(_EAR, None)
        parameters = L.llama_model_default_params()
        parameters.n_gpu_layers = 0
        self._model = L.llama_model_load_from_file(os.fsencode(path), parameters)
        if not self._model:
            raise ModelUnfit(
                f"The model {path} could not be loaded{complaint()}; check it with `edgeops model verify`."
            )
        worn = L.llama_adapter_lora_init(self._model, os.fsencode(adapter)) if adapter else None
        if adapter and not worn:
            raise ModelUnfit(
                f"The adapter {adapter} could not be loaded{complaint()}; it is broken or for another model."
            )
        settings = L.llama_context_default_params()
        settings.n_ctx, settings.n_batch, settings.n_ubatch = room, BATCH, BATCH
        settings.n_threads = settings.n_threads_batch = threads
        if watcher is not None:
            settings.cb_eval = watcher
        self._context = L.llama_init_from_model(self._model, settings)
        if not self._context:
            raise ModelUnfit(f"There is no memory for {path} and {room} tokens{complaint()}; close something else.")
        if worn:
            adapters = (L.llama_adapter_lora_p_ctypes * 1)(worn)
            L.llama_set_adapters_lora(self._context, adapters, 1, (ctypes.c_float * 1)(1.0))
        self._vocabulary = L.llama_model_get_vocab(self._model)
        self.words = int(L.llama_vocab_n_tokens(self._vocabulary))
        self._memory = L.llama_get_memory(self._context)
        self._batch = L.llama_batch_init(BATCH, 0, 1)

    def tokens(self, text: str) -> list[int]:
        """The text in tokens, marks of the chat template meant as such."""
        raw = text.encode("utf-8", "replace")
        buffer = (L.llama_token * (len(raw) + 8))()
        count = L.llama_tokenize(self._vocabulary, raw, len(raw), buffer, len(buffer), False, True)
        return list(buffer[:count])

    def forget(self) -> None:
        L.llama_memory_clear(self._memory, True)

    def read(self, tokens: Sequence[int], position: int, every: int = 1) -> Any:
        """The logits after each so-manyth of up to 128 tokens that stand at position, the last in any case; valid until the next call."""
        batch = self._batch
        batch.n_tokens = len(tokens)
        for at, token in enumerate(tokens):
            batch.token[at], batch.pos[at], batch.n_seq_id[at] = token, position + at, 1
            batch.seq_id[at][0] = 0
            batch.logits[at] = (len(tokens) - 1 - at) % every == 0
        if L.llama_decode(self._context, batch):
            raise ModelUnfit(f"The model could not read {len(tokens)} tokens{complaint()}; use another.")
        rows = -(-len(tokens) // every)
        return np.ctypeslib.as_array(L.llama_get_logits(self._context), shape=(rows, self.words))

    def close(self) -> None:
        L.llama_batch_free(self._batch)
        L.llama_free(self._context)
        L.llama_model_free(self._model)


def compare(reference: Reader, other: Reader, texts: Sequence[str], most: int, tick: Tick) -> Compared:
    """Where other's predictions differ from the reference's, over at most so many tokens of texts."""
    divergence: list[float] = []
    same = 0
    surprise = [0.0, 0.0]
    scored = 0
    for text in texts:
        tokens = reference.tokens(text)[: most - len(divergence)]
        for reader in (reference, other):
            reader.forget()
        for at in range(0, len(tokens), BATCH):
            piece = tokens[at : at + BATCH]
            left, right = (_shares(reader.read(piece, at)) for reader in (reference, other))
            divergence.extend((np.exp(left) * (left - right)).sum(axis=1).tolist())
            same += int((left.argmax(axis=1) == right.argmax(axis=1)).sum())
            following = tokens[at + 1 : at + 1 + BATCH]
            rows = np.arange(len(following))
            surprise[0] -= float(left[rows, following].sum())
            surprise[1] -= float(right[rows, following].sum())
            scored += len(following)
            tick(len(divergence), most)
        if len(divergence) >= most:
            break
    count = max(1, len(divergence))
    perplexities = [float(np.exp(one / max(1, scored))) for one in surprise]
    tail = float(np.quantile(divergence, 0.99)) if divergence else 0.0
    return Compared(sum(divergence) / count, tail, same / count, perplexities[0], perplexities[1], len(divergence))


def _shares(logits: Any) -> Any:
    """Logarithms of the probabilities."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def pace(readers: Sequence[Reader], tokens: Sequence[int], rounds: int) -> list[Paced]:
    """The best tokens a second of each in so many rounds, one after the other in each round, so that noise strikes all alike."""
    best = [[0.0, 0.0] for _ in readers]
    for _ in range(rounds):
        for reader, found in zip(readers, best, strict=True):
            reader.forget()
            begun = time.perf_counter()
            for at in range(0, len(tokens), BATCH):
                reader.read(tokens[at : at + BATCH], at, every=BATCH)
            middle = time.perf_counter()
            for at in range(_DECODED):
                reader.read(tokens[at : at + 1], len(tokens) + at, every=BATCH)
            found[0] = max(found[0], len(tokens) / (middle - begun))
            found[1] = max(found[1], _DECODED / (time.perf_counter() - middle))
    return [Paced(prefill, decode) for prefill, decode in best]
