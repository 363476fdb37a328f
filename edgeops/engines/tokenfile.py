"""A `tokenizer.json` (Hugging Face) as a GGUF that holds a vocabulary and nothing else, which llama.cpp reads. Pure.

So a model in ONNX is cut into tokens by the same code as one in GGUF, with the same care for template marks in plain text.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

# msgspec: reads megabytes of JSON written by others quickly, and checks them; see knowledge.starter.
import msgspec

from edgeops.engines.header import Broken

_WORDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"
_REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
CUTS: dict[tuple[str, ...], str] = {
    (_WORDS + r"\p{N}" + _REST, "bytes"): "qwen2",
    (_WORDS + r"\p{N}{1,3}" + _REST, "bytes"): "llama-bpe",
    ("digits", "words"): "smollm",
    ("words",): "gpt-2",
}
"""How a text is cut before its bytes are joined: what a tokenizer.json says, and llama.cpp's name for it."""
_MOST_TOKENS = 1 << 20
_NORMAL, _CONTROL, _OWN, _UNUSED = 1, 3, 4, 5


class _Added(msgspec.Struct):
    id: int
    content: str
    special: bool = False


class _Joining(msgspec.Struct):
    type: str
    vocab: dict[str, int]
    merges: list[str | tuple[str, str]]


class _Named(msgspec.Struct):
    id: str


class _Step(msgspec.Struct):
    """A pre-tokeniser or a post-processor; what a kind does not have keeps its default."""

    type: str
    pretokenizers: list[_Step] = []
    processors: list[_Step] = []
    pattern: dict[str, str] = {}
    behavior: str = ""
    invert: bool = False
    individual_digits: bool = False
    add_prefix_space: bool = False
    use_regex: bool = True
    single: list[dict[str, _Named]] = []


class _File(msgspec.Struct):
    model: _Joining
    added_tokens: list[_Added] = []
    pre_tokenizer: _Step | None = None
    post_processor: _Step | None = None


def marks(data: bytes) -> frozenset[str]:
    """The added tokens of a tokenizer.json, template marks among them. Raises Broken."""
    return frozenset(added.content for added in _read(data).added_tokens)


def vocabulary(data: bytes, ending: Sequence[str] = (), size: int = 0) -> bytes:
    """The GGUF of a tokenizer.json: size is how many logits the model gives, ending are marks of which the first found ends a turn.

    Raises Broken for a kind of tokeniser that llama.cpp would cut otherwise.
    """
    file = _read(data)
    words = {number: (word, _NORMAL) for word, number in file.model.vocab.items()}
    words |= {one.id: (one.content, _CONTROL if one.special else _OWN) for one in file.added_tokens}
    count = max(size, max(words, default=-1) + 1)
    if not words or min(words) < 0 or count > _MOST_TOKENS:
        raise Broken("the numbers of its tokens make no sense")
    listed = [words.get(number, (f"[PAD{number}]", _UNUSED)) for number in range(count)]
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in file.model.merges]
    numbers = {one.content: one.id for one in file.added_tokens}
    end = next((numbers[mark] for mark in ending if mark in numbers), None)
    begin = next((numbers[mark] for mark in _openings(file.post_processor) if mark in numbers), None)
    keys = [
        _key("general.architecture", 8, _text("llama")),
        _key("tokenizer.ggml.model", 8, _text("gpt2")),
        _key("tokenizer.ggml.pre", 8, _text(_cut(file.pre_tokenizer))),
        _key("tokenizer.ggml.tokens", 9, _texts([word for word, _ in listed])),
        _key("tokenizer.ggml.token_type", 9, struct.pack(f"<IQ{count}i", 5, count, *(kind for _, kind in listed))),
        _key("tokenizer.ggml.merges", 9, _texts(merges)),
        _key("tokenizer.ggml.add_bos_token", 7, b"\0" if begin is None else b"\1"),
        *(
            _key(f"tokenizer.ggml.{name}_token_id", 4, struct.pack("<I", number))
            for name, number in (("bos", begin), ("eos", end), ("eot", end))
            if number is not None
        ),
    ]
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(keys)) + b"".join(keys)


def _read(data: bytes) -> _File:
    try:
        file = msgspec.json.decode(data, type=_File)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Broken(f"its tokenizer.json is of a kind that is not read here ({error})") from error
    if file.model.type != "BPE":
        raise Broken(f"its tokeniser is a {file.model.type[:40]}; only byte-level BPE is read here")
    return file


def _cut(how: _Step | None) -> str:
    steps = tuple(_steps(how)) if how else ()
    if steps not in CUTS:
        raise Broken("its tokeniser cuts text in a way that is not known here")
    return CUTS[steps]


def _steps(how: _Step) -> Iterator[str]:
    """A pre-tokeniser as steps, each with all that it depends on; "" for one that is none of ours."""
    if how.type == "Sequence":
        for part in how.pretokenizers:
            yield from _steps(part)
    elif how.type == "Split" and how.behavior == "Isolated" and not how.invert:
        yield how.pattern.get("Regex", "")
    elif how.type == "Digits" and how.individual_digits:
        yield "digits"
    elif how.type == "ByteLevel" and not how.add_prefix_space:
        yield "words" if how.use_regex else "bytes"
    else:
        yield ""


def _openings(how: _Step | None) -> Iterator[str]:
    """The token that a post-processor puts before every text."""
    for part in how.processors if how else ():
        yield from _openings(part)
    if how and how.single and (first := how.single[0].get("SpecialToken")):
        yield first.id


def _key(name: str, kind: int, value: bytes) -> bytes:
    return _text(name) + struct.pack("<I", kind) + value


def _text(text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    return struct.pack("<Q", len(raw)) + raw


def _texts(texts: Sequence[str]) -> bytes:
    return struct.pack("<IQ", 8, len(texts)) + b"".join(map(_text, texts))
