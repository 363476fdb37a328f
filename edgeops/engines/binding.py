"""llama.cpp through the low-level bindings of llama-cpp-python; imported by the child process only, after the sandbox is up."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
import types
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from edgeops.engines.chat import template
from edgeops.engines.settings import EngineSettings, physical_cores
from edgeops.errors import EngineError, ModelUnfit


def _bindings() -> Any:
    """The module of plain bindings, without the package around it.

    The package's own __init__ takes 0.25 s and brings a template engine along; we want neither.
    """
    spec = importlib.util.find_spec("llama_cpp")
    if spec is None or spec.submodule_search_locations is None:
        raise ModelUnfit(
            "llama-cpp-python is not installed; install edgeops with the extra `llama` (or run `make demo`)."
        )
    package = types.ModuleType("llama_cpp")
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules["llama_cpp"] = package
    return importlib.import_module("llama_cpp.llama_cpp")


L: Any = _bindings()
_WARNING, _ERROR = 2, 3


def _going_on(alive: Callable[[], None]) -> bool:
    alive()
    return True


class LlamaRuntime:
    """A model and a context of one sequence. Raises ModelUnfit when the file cannot be loaded or is of a kind we cannot use."""

    def __init__(self, settings: EngineSettings, alive: Callable[[], None]) -> None:
        self._keep = (_log_callback(), L.llama_progress_callback(lambda _share, _data: _going_on(alive)))
        L.llama_log_set(self._keep[0], None)
        L.llama_backend_init()
        self._model = self._load(settings)
        self._vocab = L.llama_model_get_vocab(self._model)
        self._size = int(L.llama_vocab_n_tokens(self._vocab))
        self._check(settings.family)
        self.batch = settings.batch
        self._context = self._open(settings)
        self._memory = L.llama_get_memory(self._context)
        self.context = int(L.llama_n_ctx(self._context))
        self._batch = L.llama_batch_init(self.batch, 0, 1)
        self._pieces: dict[int, bytes] = {}
        self._ends = frozenset(t for t in range(self._size) if L.llama_vocab_is_eog(self._vocab, t))
        self._control = frozenset(t for t in range(self._size) if L.llama_vocab_is_control(self._vocab, t))
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
                f"The model {settings.name or settings.path} could not be loaded{_last()}. "
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
                f"The model does not know {missing[0]!r}, so it is not of the family {family!r}; correct model.family."
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
                f"A context of {params.n_ctx} tokens does not fit into the memory allowed{_last()}. "
                "Set a smaller model.context or a larger model.memory_mb."
            )
        return context

    def _mark_ids(self, family: str) -> frozenset[int]:
        return frozenset(self._tokenize(mark, True)[0] for mark in template(family).marks)

    def tokens(self, text: str, special: bool) -> list[int]:
        """See Runtime."""
        found = self._tokenize(text, special)
        if special:
            return found
        forged = next((t for t in found if t in self._control or t in self._marks), None)
        if forged is None:
            return found
        # Some files mark template tokens as words, which the tokeniser then finds in plain text: break them up.
        mark = self._piece(forged).decode("utf-8", "replace")
        head, _, rest = text.partition(mark)
        if not mark or head == text or len(mark) < 2:
            return [t for t in found if t not in self._control and t not in self._marks]
        return [*self.tokens(head + mark[0], False), *self.tokens(mark[1:] + rest, False)]

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
            found = self._pieces[token] = b"" if token in self._control else self._piece(token)
        return found

    def _piece(self, token: int) -> bytes:
        buffer = ctypes.create_string_buffer(512)
        size = L.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, True)
        return buffer.raw[: max(size, 0)]

    def ends(self, token: int) -> bool:
        """See Runtime."""
        return token in self._ends

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
                f"The model could not read {count} tokens at {position} (code {code}){_last()}; try again."
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


class LlamaGrammar:
    """llama.cpp's grammar sampler, asked about one token at a time."""

    def __init__(self, vocab: Any, text: str) -> None:
        self._sampler = L.llama_sampler_init_grammar(vocab, text.encode(), b"root")
        if not self._sampler:
            raise EngineError("The grammar of a slot cannot be parsed; it must be GBNF with a rule named root.")

    def allows(self, token: int) -> bool:
        """See Grammar."""
        data = (L.llama_token_data * 1)(L.llama_token_data(token, 0.0, 0.0))
        self._apply(data, 1)
        return bool(np.isfinite(data[0].logit))

    def mask(self, logits: Any) -> Any:
        """See Grammar."""
        table = np.zeros(len(logits), dtype=[("id", np.int32), ("logit", np.float32), ("p", np.float32)])
        table["id"] = np.arange(len(logits))
        table["logit"] = logits
        self._apply((L.llama_token_data * len(logits)).from_buffer(table), len(logits))
        return table["logit"]

    def accept(self, token: int) -> None:
        """See Grammar."""
        L.llama_sampler_accept(self._sampler, token)

    def close(self) -> None:
        """See Grammar."""
        L.llama_sampler_free(self._sampler)

    def _apply(self, data: Any, count: int) -> None:
        array = L.llama_token_data_array(ctypes.cast(data, L.llama_token_data_p), count, -1, False)
        L.llama_sampler_apply(self._sampler, ctypes.byref(array))


def state_key(settings: EngineSettings, runtime: LlamaRuntime) -> str:
    """All that a saved KV state depends on besides its tokens."""
    library = version("llama-cpp-python")
    # A rebuilt library of the same version may lay its state out differently.
    built = Path(sys.modules["llama_cpp"].__path__[0], "lib", "libllama.so")
    size = built.stat().st_size if built.exists() else 0
    return f"{settings.sha256} {library} {size} {runtime.context} {runtime.batch}"


_lines: list[str] = []


def _last() -> str:
    """The library's last complaint, to be put into a sentence."""
    return f" ({_lines[-1]})" if _lines else ""


def _log_callback() -> Any:
    """Complaints go to stderr, which the parent keeps for its messages; chatter goes nowhere."""

    @L.llama_log_callback  # type: ignore[untyped-decorator]
    def hear(level: int, text: bytes, _data: Any) -> None:
        if level in (_WARNING, _ERROR):
            line = text.decode("utf-8", "replace").strip()
            del _lines[:-8]
            _lines.extend([line] if level == _ERROR and line else [])
            sys.stderr.write(line + "\n")
            sys.stderr.flush()

    return hear
