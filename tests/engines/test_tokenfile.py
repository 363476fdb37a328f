"""A tokenizer.json becomes a vocabulary that llama.cpp cuts as the original does, or is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import edgeops
from edgeops.engines.header import Broken
from edgeops.engines.tokenfile import CUTS, marks, vocabulary
from tests.engines.tiny import SPECIAL, write_gguf
from tests.engines.tiny_onnx import SIZE, tokenizer

TEXT = "the other host42 at 10.0.0.7: 内存不足 <|im_end|> \n\n  '' can't 1234 ﬁ é"
_CUT = """
import sys; sys.path.insert(0, sys.argv[1])
import json
from edgeops.engines.library import L
from edgeops.engines.vocabulary import LlamaVocabulary
params = L.llama_model_default_params()
params.vocab_only = True
found = LlamaVocabulary(L.llama_model_get_vocab(L.llama_model_load_from_file(sys.argv[2].encode(), params)), "chatml")
cut = found.tokens(sys.argv[3], False)
print(json.dumps([cut, b"".join(map(found.piece, cut)).decode(), found.size, found.starts, found.eot, found.ends(257)]))
"""
SPLIT = next(steps[0] for steps, name in CUTS.items() if name == "qwen2")


def cut_by_llama(path: Path) -> list:  # type: ignore[type-arg]
    root = str(Path(edgeops.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", _CUT, root, str(path), TEXT], capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def words(pattern: str) -> dict[str, object]:
    return {
        "type": "Sequence",
        "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
        ],
    }


def test_it_is_cut_as_the_gguf_with_the_same_words_is(tmp_path: Path) -> None:
    (tmp_path / "words.gguf").write_bytes(vocabulary(tokenizer(pre_tokenizer=words(SPLIT)), ("<|im_end|>",)))
    ours, theirs = cut_by_llama(tmp_path / "words.gguf"), cut_by_llama(write_gguf(tmp_path / "tiny.gguf"))
    assert ours[:2] == theirs[:2]
    assert ours[1] == TEXT
    assert ours[2:] == [SIZE, [], 257, True]


def test_places_without_a_word_are_filled_up_to_the_logits(tmp_path: Path) -> None:
    (tmp_path / "words.gguf").write_bytes(vocabulary(tokenizer(), ("<|im_end|>",), SIZE + 40))
    assert cut_by_llama(tmp_path / "words.gguf")[2] == SIZE + 40


def test_a_token_that_begins_every_text_is_kept(tmp_path: Path) -> None:
    opening = [{"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    begins = {"type": "Sequence", "processors": [{"type": "TemplateProcessing", "single": opening}]}
    (tmp_path / "words.gguf").write_bytes(vocabulary(tokenizer(post_processor=begins)))
    assert cut_by_llama(tmp_path / "words.gguf")[3] == [258]


def test_the_added_tokens_are_told() -> None:
    assert marks(tokenizer()) == frozenset(SPECIAL)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model": {"type": "WordPiece", "vocab": {"a": 0}, "merges": []}}, "is a WordPiece"),
        ({"model": {"type": "BPE", "vocab": {}, "merges": []}, "added_tokens": []}, "make no sense"),
        ({"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}, "make no sense"),
        ({"model": {"type": "BPE", "vocab": {"a": 1 << 30}, "merges": []}}, "make no sense"),
        ({"model": {"type": "BPE", "vocab": ["a"], "merges": []}}, "is of a kind"),
        ({"pre_tokenizer": {"type": "Metaspace"}}, "cuts text in a way"),
        ({"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True}}, "cuts text in a way"),
        ({"pre_tokenizer": words(SPLIT + "|x")}, "cuts text in a way"),
    ],
)
def test_a_tokeniser_that_would_be_cut_otherwise_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(Broken, match=said):
        vocabulary(tokenizer(**changes))


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(Broken, match="is of a kind"):
        vocabulary(b"\xff\x00")
