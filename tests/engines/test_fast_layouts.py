"""What llama.cpp computes with weights laid out anew for this processor (AMX, wide registers) is what it computes without."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from edgeops.engines.weights.orders import Quantise
from edgeops.engines.weights.recipes import recipe
from edgeops.engines.weights.workshop import Workshop
from tests.engines.tiny import write_gguf

_LAST_LOGITS = """
import ctypes, json, sys
import llama_cpp as L
import numpy as np

@L.llama_log_callback
def quiet(level, text, data):
    pass

L.llama_log_set(quiet, ctypes.c_void_p())
found = []
for anew in (True, False):
    settings = L.llama_model_default_params()
    settings.use_extra_bufts = anew
    model = L.llama_model_load_from_file(sys.argv[1].encode(), settings)
    size = L.llama_vocab_n_tokens(L.llama_model_get_vocab(model))
    for count in (1, 7, 33, 65):
        settings = L.llama_context_default_params()
        settings.n_ctx = 128
        context = L.llama_init_from_model(model, settings)
        tokens = (L.llama_token * count)(*(place * 37 % 200 + 1 for place in range(count)))
        L.llama_decode(context, L.llama_batch_get_one(tokens, count))
        found.append(np.ctypeslib.as_array(L.llama_get_logits_ith(context, -1), shape=(size,)).tolist())
        L.llama_free(context)
    L.llama_model_free(model)
print(json.dumps(found))
"""


@pytest.mark.parametrize("name", ["Q8_0", "Q4_0", "IQ4_NL"])
def test_weights_laid_out_anew_give_the_same(name: str, tmp_path: Path) -> None:
    target = tmp_path / "b.gguf"
    order = Quantise(str(write_gguf(tmp_path / "a.gguf")), str(target), recipe(name), "", 1)
    Workshop().carry_out(order, lambda done, total: None)
    done = subprocess.run([sys.executable, "-c", _LAST_LOGITS, str(target)], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    for anew, as_they_are in zip(found[:4], found[4:], strict=True):
        assert anew == pytest.approx(as_they_are, rel=0.02, abs=0.02)
