"""What a model file says about itself: the record, and what the two readers (gguf, onnxfile) share.

The file is hostile: every count and length is bounded, and `probe` reads it in a child process.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Header:
    """The texts come from the file, cut to 200 characters, and are not safe to show as they are.

    family is the chat template that the vocabulary calls for (empty if none of ours); parameters counts weights.
    producer and opset are ONNX's; version is the format's own.
    """

    format: str
    bytes: int
    version: int = 0
    architecture: str = ""
    name: str = ""
    licence: str = ""
    quantisation: str = ""
    family: str = ""
    context: int = 0
    parameters: int = 0
    tensors: int = 0
    producer: str = ""
    opset: int = 0


class Broken(Exception):
    """What is wrong with a file, as half a sentence."""


def tidy(raw: bytes) -> str:
    """A text of the file, short enough to pass on."""
    return raw[:800].decode("utf-8", "replace")[:200]
