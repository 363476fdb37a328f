"""What onnxruntime computes: tokens in, logits out, with the KV cache of one sequence; child process and toolchain only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgeops.errors import EngineError, EngineOff, ModelUnfit

try:
    # onnxruntime: runs ONNX models; the optional extra `onnx`, see pyproject.toml.
    import onnxruntime as ort
    from onnxruntime.capi import onnxruntime_pybind11_state as _state
except ImportError as missing:
    raise EngineOff(
        f"onnxruntime cannot be loaded ({missing}); install edgeops with the extra `onnx`, or use a GGUF model."
    ) from missing

# Its errors have no parent of their own.
WRONG: tuple[type[Exception], ...] = (
    *(kind for kind in vars(_state).values() if isinstance(kind, type) and issubclass(kind, Exception)),
    *(RuntimeError, ValueError, TypeError, MemoryError),
)
VERSION: str = ort.__version__
_PAST, _PRESENT = "past_key_values.", "present."
_KNOWN = frozenset({"input_ids", "attention_mask", "position_ids"})
_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


class Network:
    """A causal language model as optimum exports it: inputs input_ids, past_key_values.N.key and .value, maybe
    attention_mask and position_ids; outputs logits and present.N.key and .value. Raises ModelUnfit for any other.

    A cache whose length has one name on both sides is written in place: it is made for `context` tokens once, and rewinding
    costs nothing. Any other grows, so that each call copies it.
    """

    def __init__(self, path: str, name: str, threads: int, context: int) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        # On a busy machine threads that spin while they wait take the core from the one they wait for.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except WRONG as error:
            raise ModelUnfit(
                f"The model {name} could not be loaded ({_said(error)}). "
                "Check the file with `edgeops model verify`, and model.memory_mb."
            ) from error
        self._inputs = {one.name for one in self._session.get_inputs()}
        self._outputs = [one.name for one in self._session.get_outputs()]
        self._cache = _Cache(self._session, name, context)
        self._logits: Any = None
        # A cache that is written in place ends there.
        self._most = context
        if (
            self._inputs - _KNOWN - set(self._cache.past)
            or not {"input_ids"} <= self._inputs
            or "logits" not in self._outputs
        ):
            raise ModelUnfit(
                f"The model {name} is no language model with a KV cache; export it with `edgeops-quantize onnx`."
            )

    def decode(self, tokens: Sequence[int], position: int) -> None:
        """See Runtime."""
        count = len(tokens)
        if position + count > self._most:
            raise EngineError(
                f"The model has room for {self._most} tokens, and {position + count} were read; give less."
            )
        given = {
            "input_ids": np.array([tokens], np.int64),
            "attention_mask": np.ones((1, position + count), np.int64),
            "position_ids": np.arange(position, position + count, dtype=np.int64)[None],
        }
        try:
            binding = self._session.io_binding()
            for name in given.keys() & self._inputs:
                binding.bind_cpu_input(name, given[name])
            binding.bind_output("logits", "cpu")
            self._cache.bind(binding)
            self._session.run_with_iobinding(binding)
            logits, *fresh = binding.get_outputs()
        except WRONG as error:
            raise EngineError(
                f"The model could not read {count} tokens at {position} ({_said(error)}); try again."
            ) from error
        self._cache.keep(fresh, position + count)
        self._logits = logits.numpy()[0, -1].astype(np.float32)

    def logits(self) -> Any:
        """See Runtime."""
        return self._logits

    def forget(self, position: int) -> bool:
        """See Runtime."""
        self._cache.cut(position)
        return True

    def state(self) -> bytes:
        """See Runtime."""
        return b"".join(np.ascontiguousarray(part).tobytes() for part in self._cache.parts())

    def restore(self, state: bytes) -> bool:
        """See Runtime."""
        return self._cache.fill(state)


class _Cache:
    """The keys and values of every layer: [1, heads, tokens, width] each."""

    def __init__(self, session: Any, name: str, context: int) -> None:
        past = {one.name: one for one in session.get_inputs() if one.name.startswith(_PAST)}
        present = {one.name: one for one in session.get_outputs() if one.name.startswith(_PRESENT)}
        self.past = list(past)
        self.present = [_PRESENT + one.removeprefix(_PAST) for one in past]
        shapes = [tuple(one.shape) for one in past.values()]
        if not past or set(self.present) != set(present) or not all(map(_sound, past.values())):
            raise ModelUnfit(
                f"The model {name} has no KV cache of a kind that is known; export it with `edgeops-quantize onnx`."
            )
        self._shapes = [(shape[1], shape[3]) for shape in shapes]
        self._types = [_TYPES[one.type] for one in past.values()]
        self._in_place = all(
            isinstance(shape[2], str) and shape[2] == present[out].shape[2]
            for shape, out in zip(shapes, self.present, strict=True)
        )
        self._context = context
        self._count = 0
        self._values = self._empty(context if self._in_place else 0)

    def _empty(self, length: int) -> list[Any]:
        made = zip(self._shapes, self._types, strict=True)
        return [_value(np.zeros((1, heads, length, width), kind)) for (heads, width), kind in made]

    def bind(self, binding: Any) -> None:
        """Give a run its past, and say where its present goes."""
        for past, present, value in zip(self.past, self.present, self._values, strict=True):
            binding.bind_ortvalue_input(past, value)
            if self._in_place:
                binding.bind_ortvalue_output(present, value)
            else:
                binding.bind_output(present, "cpu")

    def keep(self, fresh: list[Any], count: int) -> None:
        """Take what a run gave back."""
        self._count = count
        if not self._in_place:
            self._values = fresh

    def cut(self, count: int) -> None:
        """Keep the first `count` tokens."""
        if count < self._count and not self._in_place:
            self._values = [_value(value.numpy()[:, :, :count]) for value in self._values]
        self._count = min(count, self._count)

    def parts(self) -> list[Any]:
        """The arrays, cut to the tokens that were read."""
        return [value.numpy()[:, :, : self._count] for value in self._values]

    def fill(self, state: bytes) -> bool:
        """Take back what `parts` gave, as bytes. False when it does not fit; the cache is then empty."""
        self.cut(0)
        each = [
            heads * width * np.dtype(kind).itemsize
            for (heads, width), kind in zip(self._shapes, self._types, strict=True)
        ]
        count = len(state) // sum(each)
        if count * sum(each) != len(state) or not 0 < count <= self._context:
            return False
        values, at = self._empty(self._context if self._in_place else count), 0
        for value, size, (heads, width), kind in zip(values, each, self._shapes, self._types, strict=True):
            part = np.frombuffer(state, kind, size * count // np.dtype(kind).itemsize, at)
            value.numpy()[:, :, :count] = part.reshape(1, heads, count, width)
            at += size * count
        self._values, self._count = values, count
        return True


def _value(array: Any) -> Any:
    """An array that onnxruntime owns and whose numpy view can be written to."""
    return ort.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(array))


def _sound(one: Any) -> bool:
    shape = tuple(one.shape)
    return one.type in _TYPES and len(shape) == 4 and isinstance(shape[1], int) and isinstance(shape[3], int)


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
