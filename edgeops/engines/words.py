"""The vocabulary of a tokenizer.json, cut by llama.cpp as that of a GGUF is; child process and toolchain only."""

from __future__ import annotations

import os

from edgeops.engines import tokenfile
from edgeops.engines.chat import template
from edgeops.engines.header import Broken
from edgeops.engines.library import L, complaint, listener
from edgeops.engines.vocabulary import LlamaVocabulary

# The library calls it as long as it is loaded.
_HEARD = listener()


class Words(LlamaVocabulary):
    """size: how many logits the model gives. Raises Broken for a tokeniser that cannot be used, ModelUnfit for another family's."""

    def __init__(self, tokenizer: bytes, family: str, size: int) -> None:
        words = tokenfile.vocabulary(tokenizer, template(family).marks[-1:], size)
        L.llama_log_set(_HEARD, None)
        L.llama_backend_init()
        params = L.llama_model_default_params()
        params.vocab_only, params.n_gpu_layers = True, 0
        # llama.cpp reads files only, and the child may not write any.
        descriptor = os.memfd_create("vocabulary", os.MFD_CLOEXEC)
        with open(descriptor, "wb") as file:  # noqa: PTH123 (a descriptor)
            file.write(words)
            file.flush()
            model = L.llama_model_load_from_file(os.fsencode(f"/proc/self/fd/{descriptor}"), params)
        if not model:
            raise Broken(f"its tokeniser cannot be used{complaint()}")
        super().__init__(L.llama_model_get_vocab(model), family)
