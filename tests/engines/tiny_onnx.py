"""A language model of one layer as an ONNX file, written field by field, and the same arithmetic in numpy to check it by."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.engines.tiny import SPECIAL, field, letters

WIDE, CONTEXT = 16, 512
SIZE = 256 + len(SPECIAL) + 2
_random = np.random.default_rng(3)
TABLE = _random.normal(0, 1.0, (SIZE, WIDE)).astype(np.float32)
PLACES = _random.normal(0, 0.5, (CONTEXT, WIDE)).astype(np.float32)
HEAD = _random.normal(0, 0.8, (WIDE, SIZE)).astype(np.float32)
# The model says letters and digits and never ends a turn: other bytes would not be readable in a failing test.
HEAD[:, [n for n in range(259) if not chr(n).isascii() or not (chr(n).isalnum() or chr(n) in " .:")]] *= 0.01


def logits(tokens: Sequence[int]) -> np.ndarray:
    """What the model says after these tokens."""
    seen = TABLE[list(tokens)] + PLACES[: len(tokens)]
    scores = seen @ seen[-1] / np.sqrt(WIDE)
    shares = np.exp(scores - scores.max())
    return np.asarray((shares / shares.sum() @ seen + seen[-1]) @ HEAD)


def tokenizer(**changes: object) -> bytes:
    """A byte-level tokenizer.json with our template marks and two joined tokens."""
    words = {letter: number for number, letter in enumerate(letters())}
    words |= {"th": 256 + len(SPECIAL), "Ġt": 257 + len(SPECIAL)}
    added = [{"id": 256 + at, "content": mark, "special": True} for at, mark in enumerate(SPECIAL)]
    model = {"type": "BPE", "vocab": words, "merges": ["t h", ["Ġ", "t"]]}
    cut = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
    return json.dumps({"added_tokens": added, "pre_tokenizer": cut, "model": model, **changes}).encode()


def config(**changes: object) -> bytes:
    return json.dumps(
        {"model_type": "tiny", "vocab_size": SIZE, "max_position_embeddings": CONTEXT, **changes}
    ).encode()


def carried(**files: bytes) -> bytes:
    """Files as properties of a model, `_json` in a name standing for `.json`."""
    return b"".join(
        field(14, field(1, name.replace("_json", ".json")) + field(2, content)) for name, content in files.items()
    )


def _tensor(name: str, array: np.ndarray) -> bytes:
    kind = {"float32": 1, "int64": 7}[array.dtype.name]
    dimensions = b"".join(field(1, size) for size in array.shape)
    return field(5, dimensions + field(2, kind) + field(8, name) + field(9, array.tobytes()))


def _node(kind: str, inputs: Sequence[str], outputs: Sequence[str], domain: str = "", **numbers: int) -> bytes:
    parts = [field(1, name) for name in inputs] + [field(2, name) for name in outputs]
    parts += [field(3, outputs[0]), field(4, kind)]
    parts += [field(5, field(1, name) + field(3, value) + field(20, 2)) for name, value in numbers.items()]
    return field(1, b"".join(parts) + (field(7, domain) if domain else b""))


def _value(number: int, name: str, kind: int, *shape: int | str) -> bytes:
    dimensions = b"".join(field(1, field(1 if isinstance(size, int) else 2, size)) for size in shape)
    return field(number, field(1, name) + field(2, field(1, field(1, kind) + field(2, dimensions))))


def _whole(nodes: Sequence[bytes], arrays: dict[str, np.ndarray], lengths: tuple[str, str]) -> bytes:
    ids = [_value(11, name, 7, 1, "n") for name in ("input_ids", "attention_mask", "position_ids")]
    past = [_value(11, f"past_key_values.0.{name}", 1, 1, 1, lengths[0], WIDE) for name in ("key", "value")]
    present = [_value(12, f"present.0.{name}", 1, 1, 1, lengths[1], WIDE) for name in ("key", "value")]
    out = _value(12, "logits", 1, 1, 1, SIZE)
    tensors = [_tensor(name, array) for name, array in arrays.items()]
    return b"".join([*nodes, field(2, "tiny"), *tensors, *ids, *past, out, *present])


def _model(graph: bytes) -> bytes:
    makers = field(8, field(1, "") + field(2, 17)) + field(8, field(1, "com.microsoft") + field(2, 1))
    return field(1, 8) + field(2, "pytest") + field(7, graph) + makers


_WORDS = [
    _node("Gather", ["TABLE", "input_ids"], ["words"]),
    _node("Gather", ["PLACES", "position_ids"], ["places"]),
    _node("Add", ["words", "places"], ["seen"]),
]
_LOGITS = [_node("Add", ["felt", "last"], ["both"]), _node("MatMul", ["both", "HEAD"], ["logits"])]
_ARRAYS = {"TABLE": TABLE, "PLACES": PLACES, "HEAD": HEAD, "end": np.array([-1], np.int64)}


def growing() -> bytes:
    """The model with a cache that each run gives back longer."""
    one = np.array([1], np.int64)
    nodes = [
        *_WORDS,
        _node("Unsqueeze", ["seen", "one"], ["fresh"]),
        *(
            _node("Concat", [f"past_key_values.0.{name}", "fresh"], [f"present.0.{name}"], axis=2)
            for name in ("key", "value")
        ),
        _node("Gather", ["seen", "end"], ["last"], axis=1),
        _node("Unsqueeze", ["last", "one"], ["asked"]),
        _node("Unsqueeze", ["present.0.key", "one"], ["keys"]),
        _node("Reshape", ["keys", "flat"], ["rows"]),
        _node("Reshape", ["asked", "tall"], ["column"]),
        _node("MatMul", ["rows", "column"], ["scores"]),
        _node("Div", ["scores", "root"], ["even"]),
        _node("Softmax", ["even"], ["shares"], axis=1),
        _node("Mul", ["shares", "values"], ["parts"]),
        _node("Reshape", ["present.0.value", "flat"], ["values"]),
        _node("ReduceSum", ["parts", "one"], ["felt"], keepdims=1),
        *_LOGITS,
    ]
    # A graph's nodes stand in the order in which they run.
    nodes[-5], nodes[-4] = nodes[-4], nodes[-5]
    arrays = {
        **_ARRAYS, "one": one, "flat": np.array([1, -1, WIDE], np.int64), "tall": np.array([1, WIDE, 1], np.int64),
        "root": np.array([np.sqrt(WIDE)], np.float32),
    }  # fmt: skip
    return _model(_whole(nodes, arrays, ("past", "all")))


def in_place() -> bytes:
    """The same model by onnxruntime's own attention, whose cache has its full length from the start."""
    nodes = [
        *_WORDS,
        _node("ReduceSum", ["attention_mask", "one"], ["read"], keepdims=0),
        _node("Sub", ["read", "one"], ["before"]),
        _node("Cast", ["before"], ["keys"], to=6),
        _node("Shape", ["attention_mask"], ["shape"]),
        _node("Gather", ["shape", "second"], ["whole"], axis=0),
        _node("Cast", ["whole"], ["total"], to=6),
        _node(
            "GroupQueryAttention",
            ["seen", "seen", "seen", "past_key_values.0.key", "past_key_values.0.value", "keys", "total"],
            ["attended", "present.0.key", "present.0.value"],
            "com.microsoft",
            num_heads=1,
            kv_num_heads=1,
        ),
        _node("Gather", ["attended", "end"], ["felt"], axis=1),
        _node("Gather", ["seen", "end"], ["last"], axis=1),
        *_LOGITS,
    ]
    arrays = {**_ARRAYS, "one": np.array([1], np.int64), "second": np.array(1, np.int64)}
    return _model(_whole(nodes, arrays, ("context", "context")))


def write(path: Path, graph: bytes, **changes: bytes) -> Path:
    """The graph as a file that carries what a model that answers needs."""
    path.write_bytes(graph + carried(**{"config_json": config(), "tokenizer_json": tokenizer(), **changes}))
    return path
