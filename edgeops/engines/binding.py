"""llama.cpp through the low-level bindings of llama-cpp-python; imported by the child process only, after the sandbox is up."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from edgeops.engines.chat import plain_tokens, template
from edgeops.engines.grammar import LlamaGrammar
from edgeops.engines.library import L, complaint, listener
from edgeops.engines.settings import EngineSettings, physical_cores
from edgeops.errors import EngineError, ModelUnfit


def _going_on(alive: Callable[[], None]) -> bool:
    alive()
    return True


class LlamaRuntime:
    """A model and a context of one sequence. Raises ModelUnfit when the file cannot be loaded or is of a kind we cannot use."""

    def __init__(self, settings: EngineSettings, alive: Callable[[], None]) -> None:
        self._keep = (listener(), L.llama_progress_callback(lambda _share, _data: _going_on(alive)))
        L.llama_log_set(self._keep[0], None)
        L.llama_backend_init()
        self._model = self._load(settings)
        self._vocab = L.llama_model_get_vocab(self._model)
        self._size = int(L.llama_vocab_n_tokens(self._vocab))
        self._check(settings.family)
        # Before the context is made, as the library demands.
        adapter = self._adapter(settings)
        self.batch = settings.batch
        self._context = self._open(settings)
        if adapter:
            self._wear(adapter)
        self._memory = L.llama_get_memory(self._context)
        self.context = int(L.llama_n_ctx(self._context))
        self._batch = L.llama_batch_init(self.batch, 0, 1)
        self._pieces: dict[int, bytes] = {}
        self._marks = self._mark_ids(settings.family)
        bos = L.llama_vocab_bos(self._vocab)
        self.starts: tuple[int, ...] = (bos,) if L.llama_vocab_get_add_bos(self._vocab) and bos >= 0 else ()
        self.eot = next((t for t in (L.llama_vocab_eot(self._vocab), L.llama_vocab_eos(self._vocab)) if t >= 0), 0)

    def _load(self, settings: EngineSettings) -> Any:
        params = L.llama_model_default_params()
        params.n_gpu_layers = 0
        params.progress_callback = self._keep[1]
        path = f"/proc/self/fd/{settings.fd}" if settings.fd >= 0 else settings.path
        model = L.llama_model_load_from_file(os.fsencode(path), params)
        if not model:
            raise ModelUnfit(
                f"The model {settings.name or settings.path} could not be loaded{complaint()}. "
                "Check the file with `edgeops model verify`, and model.memory_mb."
            )
        return model

    def _check(self, family: str) -> None:
        if (
            L.llama_model_has_encoder(self._model)
            or L.llama_model_is_recurrent(self._model)
            or L.llama_model_is_hybrid(self._model)
            or L.llama_model_is_diffusion(self._model)
        ):
            raise ModelUnfit("The model is not a plain decoder (it has an encoder or a recurrent state); use another.")
        missing = [mark for mark in template(family).marks if len(self._tokenize(mark, True)) != 1]
        if missing:
            raise ModelUnfit(
                f"The model does not know {missing[0]!r}, so it is not of the family {family!r}; import it again, or use another."
            )

    def _adapter(self, settings: EngineSettings) -> Any:
        """The adapter of the settings, ready to be worn; None when they name none."""
        if not settings.adapter:
            return None
        path = f"/proc/self/fd/{settings.adapter_fd}" if settings.adapter_fd >= 0 else settings.adapter
        adapter = L.llama_adapter_lora_init(self._model, os.fsencode(path))
        if not adapter:
            raise ModelUnfit(
                f"The adapter {settings.adapter} could not be loaded{complaint()}: it is broken or made for another model. "
                "Set model.adapter to false to go on without, or put the one before back with `edgeops model rollback`."
            )
        return adapter

    def _wear(self, adapter: Any) -> None:
        adapters = (L.llama_adapter_lora_p_ctypes * 1)(adapter)
        if L.llama_set_adapters_lora(self._context, adapters, 1, (ctypes.c_float * 1)(1.0)):
            raise ModelUnfit(
                f"The adapter could not be put on the model{complaint()}. Set model.adapter to false to go on without."
            )

    def _open(self, settings: EngineSettings) -> Any:
        params = L.llama_context_default_params()
        trained = int(L.llama_model_n_ctx_train(self._model))
        params.n_ctx = min(settings.context, trained) if trained > 0 else settings.context
        params.n_batch = params.n_ubatch = settings.batch
        params.n_threads = params.n_threads_batch = settings.threads or physical_cores()
        params.no_perf = True
        context = L.llama_init_from_model(self._model, params)
        if not context:
            raise ModelUnfit(
                f"A context of {params.n_ctx} tokens does not fit into the memory allowed{complaint()}. "
                "Set a smaller model.context or a larger model.memory_mb."
            )
        return context

    def _mark_ids(self, family: str) -> frozenset[int]:
        return frozenset(self._tokenize(mark, True)[0] for mark in template(family).marks)

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

    def decode(self, tokens: Sequence[int], position: int) -> None:
        """See Runtime."""
        batch, count = self._batch, len(tokens)
        batch.n_tokens = count
        for at, token in enumerate(tokens):
            batch.token[at] = token
            batch.pos[at] = position + at
            batch.n_seq_id[at] = 1
            batch.seq_id[at][0] = 0
            batch.logits[at] = at == count - 1
        code = L.llama_decode(self._context, batch)
        if code:
            raise EngineError(
                f"The model could not read {count} tokens at {position} (code {code}){complaint()}; try again."
            )

    def logits(self) -> Any:
        """See Runtime."""
        return np.ctypeslib.as_array(L.llama_get_logits_ith(self._context, -1), shape=(self._size,))

    def forget(self, position: int) -> bool:
        """See Runtime."""
        if L.llama_memory_seq_rm(self._memory, 0, position, -1):
            return True
        L.llama_memory_clear(self._memory, True)
        return False

    def state(self) -> bytes:
        """See Runtime."""
        size = L.llama_state_seq_get_size(self._context, 0)
        buffer = (ctypes.c_uint8 * size)()
        return bytes(memoryview(buffer)[: L.llama_state_seq_get_data(self._context, buffer, size, 0)])

    def restore(self, state: bytes) -> bool:
        """See Runtime."""
        L.llama_memory_clear(self._memory, True)
        buffer = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        if L.llama_state_seq_set_data(self._context, buffer, len(state), 0):
            return True
        L.llama_memory_clear(self._memory, True)
        return False

    def grammar(self, text: str) -> LlamaGrammar:
        """See Runtime."""
        return LlamaGrammar(self._vocab, text)


def state_key(settings: EngineSettings, runtime: LlamaRuntime) -> str:
    """All that a saved KV state depends on besides its tokens."""
    library = version("llama-cpp-python")
    # A rebuilt library of the same version may lay its state out differently.
    built = Path(sys.modules["llama_cpp"].__path__[0], "lib", "libllama.so")
    size = built.stat().st_size if built.exists() else 0
    return f"{settings.weights} {library} {size} {runtime.context} {runtime.batch}"
