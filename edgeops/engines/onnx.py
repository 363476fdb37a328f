"""An ONNX model as a Runtime: onnxruntime computes, llama.cpp cuts the texts; imported by the child process only, after the sandbox is up.

The file carries its config.json and tokenizer.json (see `onnxfile`). Every tensor is in it: one kept elsewhere is refused
before onnxruntime sees the file.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from edgeops.engines import onnxfile, tokenfile
from edgeops.engines.chat import template
from edgeops.engines.header import Broken
from edgeops.engines.library import L, complaint, listener
from edgeops.engines.network import VERSION, Network
from edgeops.engines.settings import EngineSettings, physical_cores
from edgeops.engines.vocabulary import LlamaVocabulary
from edgeops.errors import ModelUnfit


class OnnxRuntime(LlamaVocabulary, Network):
    """A model and its cache of one sequence. Raises ModelUnfit when the file cannot be loaded or is of a kind we cannot use."""

    def __init__(self, settings: EngineSettings, alive: Callable[[], None]) -> None:
        if settings.adapter:
            raise ModelUnfit(
                "An ONNX model takes no adapter; export it with the adapter merged in (`edgeops-quantize onnx --adapter`)."
            )
        path = f"/proc/self/fd/{settings.fd}" if settings.fd >= 0 else settings.path
        name = settings.name or settings.path
        self._keep = listener()
        about, words = _carried(path, name, settings.family)
        LlamaVocabulary.__init__(self, _vocabulary(words, name, self._keep), settings.family)
        alive()
        self.batch = settings.batch
        self.context = min(settings.context, about.max_position_embeddings or settings.context)
        Network.__init__(self, path, name, settings.threads or physical_cores(), self.context)
        alive()


def _carried(path: str, name: str, family: str) -> tuple[onnxfile.Config, bytes]:
    """What the file says of itself, and its vocabulary for llama.cpp."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (it may be a descriptor)
            carried = onnxfile.properties(file, os.fstat(file.fileno()).st_size)
        about = onnxfile.config(carried)
        if onnxfile.TOKENIZER not in carried:
            raise Broken("it carries no tokenizer.json; import the folder that it was exported to")
        ending = template(family).marks[-1:]
        return about, tokenfile.vocabulary(carried[onnxfile.TOKENIZER], ending, about.vocab_size)
    except (Broken, OSError) as error:
        raise ModelUnfit(f"{name} is not a usable model: {error}. Get the file again, or use another.") from error


def _vocabulary(words: bytes, name: str, log: Any) -> Any:
    """The vocabulary, loaded by llama.cpp from memory."""
    L.llama_log_set(log, None)
    L.llama_backend_init()
    params = L.llama_model_default_params()
    params.vocab_only, params.n_gpu_layers = True, 0
    descriptor = os.memfd_create("vocabulary", os.MFD_CLOEXEC)
    with open(descriptor, "wb") as file:  # noqa: PTH123 (a descriptor)
        file.write(words)
        file.flush()
        model = L.llama_model_load_from_file(os.fsencode(f"/proc/self/fd/{descriptor}"), params)
    if not model:
        raise ModelUnfit(
            f"The tokeniser of {name} cannot be used{complaint()}; import the model again, or use another."
        )
    return L.llama_model_get_vocab(model)


def state_key(settings: EngineSettings, runtime: OnnxRuntime) -> str:
    """All that a saved KV state depends on besides its tokens."""
    return f"{settings.weights} onnxruntime {VERSION} {runtime.context} {runtime.batch}"
