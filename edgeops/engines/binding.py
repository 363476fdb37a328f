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

from edgeops.engines.library import L, complaint, listener
from edgeops.engines.settings import EngineSettings, physical_cores
from edgeops.engines.vocabulary import LlamaVocabulary
from edgeops.errors import EngineError, ModelUnfit


def _going_on(alive: Callable[[], None]) -> bool:
    alive()
    return True


class LlamaRuntime(LlamaVocabulary):
    """A model and a context of one sequence. Raises ModelUnfit when the file cannot be loaded or is of a kind we cannot use."""

    def __init__(self, settings: EngineSettings, alive: Callable[[], None]) -> None:
        self._keep = (listener(), L.llama_progress_callback(lambda _share, _data: _going_on(alive)))
        L.llama_log_set(self._keep[0], None)
        L.llama_backend_init()
        self._model = self._load(settings)
        self._check()
        super().__init__(L.llama_model_get_vocab(self._model), settings.family)
        # Before the context is made, as the library demands.
        adapter = self._adapter(settings)
        self.batch = settings.batch
        self._context = self._open(settings)
        if adapter:
            self._wear(adapter)
        self._memory = L.llama_get_memory(self._context)
        self.context = int(L.llama_n_ctx(self._context))
        self._batch = L.llama_batch_init(self.batch, 0, 1)

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

    def _check(self) -> None:
        if (
            L.llama_model_has_encoder(self._model)
            or L.llama_model_is_recurrent(self._model)
            or L.llama_model_is_hybrid(self._model)
            or L.llama_model_is_diffusion(self._model)
        ):
            raise ModelUnfit("The model is not a plain decoder (it has an encoder or a recurrent state); use another.")

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
        return np.ctypeslib.as_array(L.llama_get_logits_ith(self._context, -1), shape=(self.size,))

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


def state_key(settings: EngineSettings, runtime: LlamaRuntime) -> str:
    """All that a saved KV state depends on besides its tokens."""
    library = version("llama-cpp-python")
    # A rebuilt library of the same version may lay its state out differently.
    built = Path(sys.modules["llama_cpp"].__path__[0], "lib", "libllama.so")
    size = built.stat().st_size if built.exists() else 0
    return f"{settings.weights} {library} {size} {runtime.context} {runtime.batch}"
