"""Weights in fewer bits by onnxruntime's own quantisers: int8 with activations quantised as they come, int4 in blocks of 32."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

# onnx: reads and writes graphs; the extra `quantize` brings it.
import onnx
from onnx import TensorProto

from edgeops.engines.network import WRONG
from quantize.onnxing.wish import OnnxError

BLOCK = 32
_MOST = 2_000_000_000
"""Bytes of the largest file that a protocol buffer may be."""


def save(model: Any, path: Path, most: int = _MOST) -> None:
    """Write a graph, its weights beside it where they are more bytes than one file may have."""
    outside = sum(len(tensor.raw_data) for tensor in model.graph.initializer) > most
    onnx.save(model, str(path), save_as_external_data=outside, location=f"{path.name}.data" if outside else None)


def store(kind: str, source: Path, target: Path) -> None:
    """Write target as source with its weights in this kind. Raises OnnxError; target is one file, or nothing is written."""
    # They tell every single weight that they store.
    logging.getLogger("onnxruntime").setLevel(logging.WARNING)
    try:
        {"int8": _int8, "int4": _int4, "fp32": _fp32}[kind](source, target)
    except WRONG as error:
        said = " ".join(str(error).split())[:200]
        raise OnnxError(f"onnxruntime could not store the weights as {kind} ({said}); nothing was written.") from error


def _fp32(source: Path, target: Path) -> None:
    model = onnx.load(str(source))
    if sum(len(tensor.raw_data) for tensor in model.graph.initializer) > _MOST:
        raise OnnxError("In float32 this model does not fit into one file (2 GB); choose int8 or int4.")
    onnx.save(model, str(target))


def _int8(source: Path, target: Path) -> None:
    """Every product with constant weights, and the table of words, with a scale for each column."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        str(source), str(target), weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul", "Gather"],
        # onnx cannot tell what onnxruntime's own attention gives back.
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": TensorProto.FLOAT},
    )  # fmt: skip


def _int4(source: Path, target: Path) -> None:
    """The same weights; products are computed in int8 (accuracy level 4), as llama.cpp does it."""
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    quantiser = MatMulNBitsQuantizer(
        onnx.load(str(source)), block_size=BLOCK, is_symmetric=True, accuracy_level=4,
        op_types_to_quantize=("MatMul", "Gather"),
    )  # fmt: skip
    quantiser.process()
    onnx.save(quantiser.model.model, str(target))
