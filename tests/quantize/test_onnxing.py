"""A model exported to ONNX says what the original says, states what fewer bits cost it, and answers in the engine."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from edgeops import hooks
from edgeops.catalog.importing import Facts, bring
from edgeops.catalog.importing import Wish as Importing
from edgeops.catalog.store import Shelf
from edgeops.engines.llama import LlamaEngine
from edgeops.engines.probe import probe
from edgeops.engines.settings import EngineSettings
from edgeops.errors import EdgeopsError
from edgeops.records import Choose, Chosen, Fault, Finished, Say, Script
from quantize.onnxing import loss
from quantize.onnxing.wish import KINDS, OnnxError, Wish, check, folder, judge
from tests.catalog.tiny import Ears, noon
from tests.engines.tiny import write_gguf
from tests.quantize.tiny_base import write_base

NEEDED = ("torch", "transformers", "peft", "gguf", "optimum", "onnx", "onnxruntime", "onnx_ir")
MISSING = [name for name in NEEDED if importlib.util.find_spec(name) is None]
whole = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)} (extras `train` and `quantize`)")


def faults() -> list[Fault]:
    return [fault for group in hooks.registry().hook.edgeops_faults() for fault in group]


def silent(sentence: str) -> None:
    assert sentence


@pytest.fixture
def wish(tmp_path: Path) -> Wish:
    (tmp_path / "Base").mkdir()
    return Wish(tmp_path / "Base", tmp_path / "out")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Wish, object]:
    """The tiny base in every kind."""
    from quantize.onnxing.making import make

    place = tmp_path_factory.mktemp("onnx")
    wish = Wish(write_base(place / "Tiny"), place / "out", KINDS, licence="MIT", context=512, tokens=120)
    return wish, make(wish, faults(), silent)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda wish: replace(wish, kinds=("int2",)), "'int2' is no kind"),
        (lambda wish: replace(wish, kinds=("int8", "int8")), "each kind of weights once"),
        (lambda wish: replace(wish, kinds=()), "each kind of weights once"),
        (lambda wish: replace(wish, base=wish.base / "nothing"), "does not exist"),
        (lambda wish: replace(wish, adapter=wish.base), "is no adapter"),
        (lambda wish: replace(wish, tokens=5), "17 to 4096 tokens"),
        (lambda wish: replace(wish, tokens=300, context=256), "17 to 4096 tokens"),
    ],
)
def test_a_wish_that_cannot_be_fulfilled_is_said_first(wish: Wish, change: Callable[[Wish], Wish], said: str) -> None:
    with pytest.raises(OnnxError, match=said):
        check(change(wish))


def test_a_folder_that_is_there_is_not_written_over(wish: Wish) -> None:
    check(wish)
    folder(wish, "int4").mkdir(parents=True)
    with pytest.raises(OnnxError, match="base-int4 exists already"):
        check(wish)


def test_too_little_memory_or_disk_is_said_with_numbers(tmp_path: Path) -> None:
    memory, disk = judge(1_000_000, tmp_path, 100_000)
    assert 900 < memory < 1000
    assert 900 < disk < 1000
    with pytest.raises(OnnxError, match=r"about \d{4,} MiB of memory and 2000 are free"):
        judge(500_000_000, tmp_path, 2000)
    with pytest.raises(OnnxError, match=r"about \d{12,} MiB in .* are free"):
        judge(10**17, tmp_path, 0)


def test_the_loss_of_a_place_is_the_divergence_of_its_shares() -> None:
    original, other = np.log([0.5, 0.25, 0.25]) + 3, np.log([0.25, 0.5, 0.25]) - 1
    kl, same, before, after = loss.compared(original, other, 0)
    assert kl == pytest.approx(0.25 * np.log(2))
    assert (same, before, after) == pytest.approx((0.0, np.log(2), np.log(4)))
    assert loss.compared(original, original * 1.0, 2)[:2] == pytest.approx((0.0, 1.0))
    with pytest.raises(OnnxError, match="no usable numbers"):
        loss.compared(original, other * np.nan, 0)


def test_the_text_is_our_own_in_both_languages() -> None:
    text = loss.text_of(faults())
    assert len(text) > 10_000
    assert any("\u4e00" <= letter <= "\u9fff" for letter in text[:2000])
    assert text == loss.text_of(faults())


@whole
def test_every_kind_states_its_loss_and_fewer_bits_lose_more(exported: tuple[Wish, object]) -> None:
    wish, report = exported
    int8, int4, fp32 = report.models  # type: ignore[attr-defined]
    assert report.layers == 2  # type: ignore[attr-defined]
    assert fp32.loss.kl < 1e-5
    assert fp32.loss.top1 == 1.0
    assert fp32.loss.perplexity == pytest.approx(fp32.loss.perplexity_before, rel=1e-3)
    assert fp32.loss.kl < int8.loss.kl < int4.loss.kl < 1.0
    assert fp32.loss.tokens == wish.tokens - loss.FIRST
    assert int4.bytes < int8.bytes < fp32.bytes
    assert not (wish.out / ".work").exists()


@whole
def test_the_manifest_holds_the_hashes_of_what_lies_beside_it(exported: tuple[Wish, object]) -> None:
    _, report = exported
    for one in report.models:  # type: ignore[attr-defined]
        manifest = json.loads((Path(one.folder) / "edgeops.json").read_text())
        for name, sha256 in manifest["files"].items():
            assert hashlib.sha256((Path(one.folder) / name).read_bytes()).hexdigest() == sha256
        assert (manifest["kind"], manifest["licence"], manifest["base"]) == (one.kind, "MIT", "Tiny")
        assert sorted(path.name for path in Path(one.folder).iterdir()) == [
            "config.json", "edgeops.json", "model.onnx", "tokenizer.json",
        ]  # fmt: skip


@whole
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_imported_and_answers(exported: tuple[Wish, object], kind: str, tmp_path: Path) -> None:
    def facts(path: Path) -> Facts:
        header = probe(path)
        return Facts(header.family, header.licence, header.context)

    ears = Ears()
    one = bring(
        folder(exported[0], kind), Shelf(tmp_path / "models"), facts, Importing(), when=noon, progress=ears.progress, say=ears.say
    )  # fmt: skip
    assert (one.model.name, one.model.family, one.model.context, one.model.licence) == (
        f"tiny-{kind}", "chatml", 512, "MIT",
    )  # fmt: skip
    engine = LlamaEngine(EngineSettings(path=one.path, family=one.model.family, context=512, threads=1))
    script = Script("Be brief.", "What?", (Say("It is "), Choose("what", ("x", "yz", "q"))))
    first, again = list(engine.run(script)), list(engine.run(script))
    engine.close()
    assert isinstance(first[-1], Finished)
    chosen = [reply for replies in (first, again) for reply in replies if isinstance(reply, Chosen)]
    assert chosen[0] == chosen[1]


@whole
@pytest.mark.parametrize("kind", ["int8", "int4"])
def test_a_graph_too_large_for_one_file_becomes_one_in_fewer_bits(
    exported: tuple[Wish, object], kind: str, tmp_path: Path
) -> None:
    import onnx

    from edgeops.engines.network import Network
    from quantize.onnxing import storing

    storing.save(onnx.load(str(folder(exported[0], "fp32") / "model.onnx")), tmp_path / "model.onnx", most=1000)
    assert (tmp_path / "model.onnx.data").is_file()
    with pytest.raises(EdgeopsError, match="weights in other files"):
        probe(tmp_path / "model.onnx")
    storing.store(kind, tmp_path / "model.onnx", tmp_path / "small.onnx")
    assert probe(tmp_path / "small.onnx").tensors
    said = []
    for path in (tmp_path / "small.onnx", folder(exported[0], kind) / "model.onnx"):
        network = Network(str(path), kind, 1, 64)
        network.decode([7, 8, 9], 0)
        said.append(network.logits())
    assert np.array_equal(*said)


@whole
def test_an_interrupted_export_goes_on_where_it_was(tmp_path: Path) -> None:
    from quantize.onnxing.making import make

    wish = Wish(write_base(tmp_path / "Tiny"), tmp_path / "out", ("int8",), context=256, tokens=40)
    calls = count()

    def clock() -> float:
        if next(calls) == 1:
            raise KeyboardInterrupt
        return 0.0

    with pytest.raises(KeyboardInterrupt):
        make(wish, faults(), silent, clock)
    assert not folder(wish, "int8").exists()
    said: list[str] = []
    make(wish, faults(), said.append)
    assert "exporting: done before" in said
    assert "fitting the graph: done before" in said
    assert folder(wish, "int8").is_dir()


@whole
def test_an_adapter_is_merged_in_and_one_for_another_base_is_refused(tmp_path: Path) -> None:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    from quantize.onnxing.making import make

    base = write_base(tmp_path / "Tiny")
    torch.manual_seed(1)
    adapted = get_peft_model(
        AutoModelForCausalLM.from_pretrained(base), LoraConfig(r=4, target_modules=["q_proj", "up_proj"], init_lora_weights=False)
    )  # fmt: skip
    adapted.save_pretrained(tmp_path / "adapter")
    wish = Wish(base, tmp_path / "out", ("fp32",), tmp_path / "adapter", context=256, tokens=60)
    report = make(wish, faults(), silent)
    assert report.models[0].loss.kl < 1e-5
    assert len(report.adapter_sha256) == 64
    plain = make(replace(wish, adapter=None, out=tmp_path / "plain"), faults(), silent)
    assert plain.models[0].loss.perplexity_before != pytest.approx(report.models[0].loss.perplexity_before, rel=1e-3)
    settings = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())
    settings["target_modules"] = ["nothing_proj"]
    (tmp_path / "adapter" / "adapter_config.json").write_text(json.dumps(settings))
    with pytest.raises(OnnxError, match="does not go with the base"):
        make(replace(wish, out=tmp_path / "other"), faults(), silent)


@whole
def test_a_folder_that_is_no_model_is_said(wish: Wish) -> None:
    from quantize.onnxing.making import make

    with pytest.raises(EdgeopsError, match=r"config\.json"):
        make(wish, faults(), silent)
    assert not wish.out.exists()


@pytest.mark.skipif(
    bool({"gguf", "tokenizers"} & set(MISSING)), reason="gguf or tokenizers is not installed (extra `train`)"
)
@pytest.mark.skipif(
    importlib.util.find_spec("tokenizers") is None, reason="tokenizers is not installed (extra `train`)"
)
def test_the_words_of_a_gguf_are_cut_alike_in_every_reader(tmp_path: Path) -> None:
    from quantize.onnxing import tokenising

    made = tokenising.of_gguf(write_gguf(tmp_path / "tiny.gguf"))
    text = "the other 127.0.0.1: 内存 <|im_end|>\n  x"
    assert tokenising.cut(made, "chatml", 0, text)[:2] == [259, ord("e")]
    odd = json.loads(made)
    odd["model"]["merges"] = odd["model"]["merges"][1:]
    assert tokenising.cut(json.dumps(odd).encode(), "chatml", 0, text)[0] == ord("t")
    odd["normalizer"] = {"type": "Lowercase"}
    with pytest.raises(OnnxError, match="cuts our text otherwise"):
        tokenising.cut(json.dumps(odd).encode(), "chatml", 0, text.upper())
