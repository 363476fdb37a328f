"""What is done to an exported graph before its weights are stored in fewer bits, so that it decodes quickly.

The exporter writes attention as some sixty small operations that copy the cache on every token. One operation of
onnxruntime's does the same in place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

# numpy: the tables of the rotary embedding. onnx: makes the parts of a graph; the extra `quantize` brings it.
import numpy as np
from onnx import TensorProto, helper, numpy_helper

from quantize.onnxing.wish import OnnxError

CONTEXT = "context"
"""The name of the cache's length on both sides, by which the engine sees that it may be written in place."""
_LAYER = re.compile(r"^(.*/layers\.(\d+)/self_attn)/o_proj/MatMul$")
_MAKER = "com.microsoft"


@dataclass(frozen=True, slots=True)
class Rotary:
    """Heads of queries and of keys, and the tables of the rotary embedding: [positions, half a head's width] each."""

    heads: int
    key_heads: int
    cosine: Any
    sine: Any


def rotary(heads: int, key_heads: int, frequencies: Any, scaling: float, positions: int) -> Rotary:
    """The tables of `positions` places from the frequencies that the model itself uses."""
    angles = np.outer(np.arange(positions, dtype=np.float64), np.asarray(frequencies, np.float64))
    return Rotary(
        heads, key_heads, (np.cos(angles) * scaling).astype(np.float32), (np.sin(angles) * scaling).astype(np.float32)
    )


def fit(model: Any, turns: Rotary) -> int:
    """Changes the graph in place; gives how many layers it has. Raises OnnxError for a graph of another shape."""
    graph = model.graph
    makers = {node.output[0]: node for node in graph.node}
    _last_only(graph, makers)
    layers = [(node, found) for node in graph.node if (found := _LAYER.match(node.name))]
    _lengths(graph, turns)
    for node, found in layers:
        _attend(graph, makers, node, found[1], int(found[2]), turns)
    caches = sum(one.name.startswith("past_key_values.") for one in graph.input)
    if not layers or caches != 2 * len(layers):
        raise OnnxError(
            "The exported graph has another shape than is known here; this exporter's version is not supported."
        )
    _prune(graph)
    if not any(one.domain == _MAKER for one in model.opset_import):
        model.opset_import.append(helper.make_opsetid(_MAKER, 1))
    return len(layers)


def _last_only(graph: Any, makers: dict[str, Any]) -> None:
    """Logits after the last token only, from weights of their own: the tied table would otherwise be turned at load time."""
    head = makers["logits"]
    if head.op_type != "MatMul":
        raise OnnxError(
            "The exported graph ends in another way than is known here; this exporter's version is not supported."
        )
    turned = makers.get(head.input[1])
    if turned is not None and turned.op_type == "Transpose":
        table = next(one for one in graph.initializer if one.name == turned.input[0])
        weights = np.ascontiguousarray(numpy_helper.to_array(table).T)
        graph.initializer.append(numpy_helper.from_array(weights, "lm_head.weight"))
        head.input[1] = "lm_head.weight"
    graph.initializer.append(numpy_helper.from_array(np.array([-1], np.int64), "last_position"))
    at = next(number for number, node in enumerate(graph.node) if node.name == head.name)
    picked = helper.make_node("Gather", [head.input[0], "last_position"], ["last_hidden"], "last_hidden", axis=1)
    graph.node.insert(at, picked)
    head.input[0] = "last_hidden"
    logits = next(one for one in graph.output if one.name == "logits")
    logits.type.tensor_type.shape.dim[1].dim_value = 1


def _lengths(graph: Any, turns: Rotary) -> None:
    """How many tokens the cache holds and will hold, from the attention mask, once for all layers; and the tables."""
    for name, table in (("rotary_cosine", turns.cosine), ("rotary_sine", turns.sine)):
        graph.initializer.append(numpy_helper.from_array(table, name))
    for name, value in (("one", np.array([1], np.int64)), ("second", np.array(1, np.int64))):
        graph.initializer.append(numpy_helper.from_array(value, f"lengths_{name}"))
    nodes = [
        helper.make_node("ReduceSum", ["attention_mask", "lengths_one"], ["lengths_seen"], "lengths/sum", keepdims=0),
        helper.make_node("Sub", ["lengths_seen", "lengths_one"], ["lengths_before"], "lengths/before"),
        helper.make_node("Cast", ["lengths_before"], ["lengths_keys"], "lengths/keys", to=TensorProto.INT32),
        helper.make_node("Shape", ["attention_mask"], ["lengths_shape"], "lengths/shape"),
        helper.make_node("Gather", ["lengths_shape", "lengths_second"], ["lengths_whole"], "lengths/whole", axis=0),
        helper.make_node("Cast", ["lengths_whole"], ["lengths_total"], "lengths/total", to=TensorProto.INT32),
    ]
    for at, node in enumerate(nodes):
        graph.node.insert(at, node)


def _attend(graph: Any, makers: dict[str, Any], last: Any, place: str, layer: int, turns: Rotary) -> None:
    """One layer's attention as one operation, between the three projections and the one that follows."""
    found = [makers.get(f"{place}/{name}_proj/{kind}_output_0") for name in "qkv" for kind in ("Add", "MatMul")]
    parts = [found[at] or found[at + 1] for at in (0, 2, 4)]
    if None in parts:
        raise OnnxError(
            f"Layer {layer} of the exported graph has no three projections; this architecture is not supported."
        )
    caches = [f"{layer}.key", f"{layer}.value"]
    node = helper.make_node(
        "GroupQueryAttention",
        [
            *(part.output[0] for part in parts if part is not None),
            *(f"past_key_values.{one}" for one in caches),
            *("lengths_keys", "lengths_total", "rotary_cosine", "rotary_sine"),
        ],
        [f"{place}/attended", *(f"present.{one}" for one in caches)],
        f"{place}/GroupQueryAttention",
        domain=_MAKER,
        num_heads=turns.heads,
        kv_num_heads=turns.key_heads,
        do_rotary=1,
    )
    for one in caches:
        makers[f"present.{one}"].output[0] = f"{place}/former/{one}"
    for side in (graph.input, graph.output):
        for value in side:
            if value.name.partition(".")[2] in caches:
                value.type.tensor_type.shape.dim[2].dim_param = CONTEXT
    graph.node.insert(next(at for at, other in enumerate(graph.node) if other.name == last.name), node)
    last.input[0] = f"{place}/attended"


def _prune(graph: Any) -> None:
    """Leave out what no output depends on any more."""
    makers = {name: node for node in graph.node for name in node.output}
    wanted: set[str] = set()
    waiting = [one.name for one in graph.output]
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += list(makers[name].input) if name in makers else []
    for field in (graph.node, graph.initializer, graph.input, graph.value_info):
        kept = [one for one in field if wanted & set(getattr(one, "output", None) or [one.name])]
        del field[:]
        field.extend(kept)
