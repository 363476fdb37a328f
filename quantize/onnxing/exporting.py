"""The model as optimum exports it, in float32 with its KV cache: done in a process of its own, which gives torch's memory back."""

from __future__ import annotations

import gc
import json
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Any

# numpy: what the original says of our text is kept as an array.
import numpy as np

from quantize.onnxing import tokenising
from quantize.onnxing.wish import OnnxError, Wish

GRAPH, CONFIG, TOKENIZER = "model.onnx", "config.json", "tokenizer.json"
KNOWN, TURNS = "reference.npz", "rotary.npz"


def export(wish: Wish, folder: Path, text: str) -> None:
    """Fills the folder: the graph, config.json, tokenizer.json, what the original says of the text, its rotary frequencies.

    Raises OnnxError, TrainError.
    """
    try:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            pool.submit(_export, wish, folder, text).result()
    except BrokenProcessPool as error:
        raise OnnxError(
            "The process that exports ended unexpectedly; most likely the memory was too little."
        ) from error


def _export(wish: Wish, folder: Path, text: str) -> None:
    # Heavy, and only needed in this process.
    import torch

    from quantize.train import base as bases

    tokenizer = tokenising.of_gguf(wish.base) if wish.base.is_file() else tokenising.of_folder(wish.base)
    config = bases.inspect(wish.base)
    found = bases.load(wish.base, torch.float32, "cpu")
    tokens = tokenising.cut(tokenizer, found.family, config.vocab_size, text)[: wish.tokens]
    model = _merged(found.model, wish.adapter) if wish.adapter else found.model
    model.eval().config.use_cache = True
    with torch.no_grad():
        logits = model(torch.tensor([tokens])).logits[0].float().numpy()
    np.savez(folder / KNOWN, tokens=np.array(tokens), logits=logits)
    turning = model.model.rotary_emb
    np.savez(
        folder / TURNS, frequencies=turning.inv_freq.double().numpy(), scaling=turning.attention_scaling,
        heads=config.num_attention_heads, key_heads=config.num_key_value_heads,
    )  # fmt: skip
    del logits
    gc.collect()
    _write(model, folder)
    (folder / TOKENIZER).write_bytes(tokenizer)
    _limit(folder / CONFIG, wish.context)


def _merged(model: Any, adapter: Path) -> Any:
    # peft: reads its own adapters; only wanted when there is one.
    from peft import PeftModel

    try:
        return PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
    # peft raises OSError, ValueError, KeyError, RuntimeError and more for an adapter that does not fit.
    except Exception as error:
        said = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise OnnxError(f"The adapter {adapter} does not go with the base ({said}); name its own base.") from error


def _write(model: Any, folder: Path) -> None:
    # optimum: exports models of transformers to ONNX with their cache; the extra `quantize` brings it.
    from optimum.exporters.onnx import onnx_export_from_model

    try:
        # What it would compare is compared here, on text instead of on random numbers.
        onnx_export_from_model(model, folder, task="text-generation-with-past", do_validation=False)
    # torch's exporter raises whatever the operation that it cannot trace raised.
    except Exception as error:
        said = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise OnnxError(f"The model could not be exported ({said}); nothing was written.") from error


def _limit(path: Path, context: int) -> None:
    """The tables of positions are made for so many tokens; the configuration must not claim more."""
    config = json.loads(path.read_text("utf-8"))
    config["max_position_embeddings"] = min(context, int(config.get("max_position_embeddings") or context))
    path.write_text(json.dumps(config, indent=1, sort_keys=True), "utf-8")
