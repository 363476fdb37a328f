"""An ONNX model as a Runtime: onnxruntime computes, llama.cpp cuts the texts; imported by the child process only, after the sandbox is up.

The file carries its config.json and tokenizer.json (see `onnxfile`). Every tensor is in it: one kept elsewhere is refused
before onnxruntime sees the file.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from edgeops.engines import onnxfile
from edgeops.engines.header import Broken
from edgeops.engines.network import VERSION, Network
from edgeops.engines.settings import EngineSettings, physical_cores
from edgeops.engines.words import Words
from edgeops.errors import ModelUnfit


class OnnxRuntime(Words, Network):
    """A model and its cache of one sequence. Raises ModelUnfit when the file cannot be loaded or is of a kind we cannot use."""

    def __init__(self, settings: EngineSettings, alive: Callable[[], None]) -> None:
        if settings.adapter:
            raise ModelUnfit(
                "An ONNX model takes no adapter; export it with the adapter merged in (`edgeops-quantize onnx --adapter`)."
            )
        path = f"/proc/self/fd/{settings.fd}" if settings.fd >= 0 else settings.path
        name = settings.name or settings.path
        try:
            about, tokenizer = _carried(path)
            Words.__init__(self, tokenizer, settings.family, about.vocab_size)
        except (Broken, OSError) as error:
            raise ModelUnfit(f"{name} is not a usable model: {error}. Get the file again, or use another.") from error
        alive()
        self.batch = settings.batch
        self.context = min(settings.context, about.max_position_embeddings or settings.context)
        Network.__init__(self, path, name, settings.threads or physical_cores(), self.context)
        alive()


def _carried(path: str) -> tuple[onnxfile.Config, bytes]:
    """What the file says of itself, and its tokeniser."""
    with open(path, "rb") as file:  # noqa: PTH123 (it may be a descriptor)
        carried = onnxfile.properties(file, os.fstat(file.fileno()).st_size)
    if onnxfile.TOKENIZER not in carried:
        raise Broken("it carries no tokenizer.json; import the folder that it was exported to")
    return onnxfile.config(carried), carried[onnxfile.TOKENIZER]


def state_key(settings: EngineSettings, runtime: OnnxRuntime) -> str:
    """All that a saved KV state depends on besides its tokens."""
    return f"{settings.weights} onnxruntime {VERSION} {runtime.context} {runtime.batch}"
