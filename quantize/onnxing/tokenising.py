"""The tokeniser that goes with an export: a folder's own, or a GGUF's words written as tokenizer.json; tried before it is used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from edgeops.engines.tokenfile import CUTS
from quantize.onnxing.wish import OnnxError

_CONTROL, _OWN, _UNUSED = 3, 4, 5
_BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False}


def of_folder(folder: Path) -> bytes:
    """A folder's own tokenizer.json. Raises OnnxError where there is none."""
    try:
        return (folder / "tokenizer.json").read_bytes()
    except OSError as error:
        raise OnnxError(f"{folder} holds no tokenizer.json that can be read; fetch the model anew.") from error


def of_gguf(path: Path) -> bytes:
    """A GGUF's vocabulary as tokenizer.json. transformers' own conversion forgets how texts are cut. Raises OnnxError."""
    # gguf: reads what llama.cpp's files say; the extra `train` brings it.
    import gguf

    fields = gguf.GGUFReader(str(path)).fields
    said = {name: field.contents() for name, field in fields.items() if name.startswith("tokenizer.ggml.")}

    def told(name: str, otherwise: Any = None) -> Any:
        return said.get(f"tokenizer.ggml.{name}", otherwise)

    steps = {name: steps for steps, name in CUTS.items()}.get(told("pre", ""))
    if told("model") != "gpt2" or steps is None:
        raise OnnxError(
            f"The tokeniser of {path} ({told('model')}, {told('pre')}) is not supported; "
            f"supported are byte-level ones that cut as {', '.join(CUTS.values())} do."
        )
    words, kinds = told("tokens"), told("token_type")
    added = [
        {"id": at, "content": word, "special": kind == _CONTROL, "single_word": False, "lstrip": False, "rstrip": False,
         "normalized": False}
        for at, (word, kind) in enumerate(zip(words, kinds, strict=True)) if kind in (_CONTROL, _OWN)
    ]  # fmt: skip
    apart = {one["id"] for one in added}
    vocabulary = {word: at for at, word in enumerate(words) if at not in apart and kinds[at] != _UNUSED}
    model = {
        "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
        "fuse_unk": False, "byte_fallback": False, "vocab": vocabulary, "merges": told("merges"),
    }  # fmt: skip
    opening = words[told("bos_token_id")] if told("add_bos_token") and told("bos_token_id") is not None else ""
    return json.dumps(
        {
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None,
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [_step(step) for step in steps]},
            "post_processor": _opening(opening, words.index(opening)) if opening else None,
            "decoder": {**_BYTES, "use_regex": True}, "model": model,
        },
        ensure_ascii=False,
    ).encode("utf-8", "replace")  # fmt: skip


def cut(tokenizer: bytes, family: str, size: int, text: str) -> list[int]:
    """The tokens of a text as the engine cuts it. Raises OnnxError where another reader of the file would cut it otherwise."""
    # tokenizers: what transformers cuts with. Both are loaded here only.
    from tokenizers import Tokenizer

    from edgeops.engines.header import Broken
    from edgeops.engines.words import Words

    try:
        ours = Words(tokenizer, family, size).tokens(text, False)
    except Broken as error:
        raise OnnxError(f"The model cannot be used: {error}.") from error
    reader = Tokenizer.from_str(tokenizer.decode("utf-8", "replace"))
    reader.encode_special_tokens = True
    theirs = reader.encode(text, add_special_tokens=False).ids
    if ours != theirs:
        at = next(
            (n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs))
        )
        raise OnnxError(
            f"The tokeniser cuts our text otherwise in the engine than in training (from token {at} on); "
            "this model is not supported."
        )
    return ours


def _step(step: str) -> dict[str, Any]:
    if step == "digits":
        return {"type": "Digits", "individual_digits": True}
    if step in ("words", "bytes"):
        return {**_BYTES, "use_regex": step == "words"}
    return {"type": "Split", "pattern": {"Regex": step}, "behavior": "Isolated", "invert": False}


def _opening(mark: str, number: int) -> dict[str, Any]:
    first, text = {"SpecialToken": {"id": mark, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}
    return {
        "type": "TemplateProcessing", "single": [first, text],
        "pair": [first, text, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {mark: {"id": mark, "ids": [number], "tokens": [mark]}},
    }  # fmt: skip
