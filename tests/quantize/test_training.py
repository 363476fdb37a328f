"""Training on a tiny model: it learns, goes on after an interruption, ends in time, and refuses what cannot be."""

from __future__ import annotations

import importlib.util
import json
import platform
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from resource import RUSAGE_SELF, getpagesize, getrusage

import pytest

from quantize import steps
from quantize.cli import run
from quantize.data.items import CHOOSE, WRITE, Fixed, Item, Pick, Text, named, row_of
from quantize.data.parts import lines_of
from quantize.train.wish import TrainError, Wish, check, demand
from quantize.update import Wish as Update

if any(importlib.util.find_spec(name) is None for name in ("torch", "transformers", "peft", "matplotlib")):
    pytest.skip("torch and its friends are not installed (the extra `train`)", allow_module_level=True)

import torch

from quantize.gguf.merging import merge
from quantize.gguf.safetensors import digest
from quantize.train import memory, starting, training
from quantize.train.base import Tokens, inspect, load
from quantize.train.batches import ordered, padded, parts
from quantize.train.encoding import Encoded
from quantize.train.rounding import Roundings
from tests.quantize.tiny_base import write_base


def item(number: int) -> Item:
    """The second of two lines is always right; the text is always the same: easily learnt."""
    user = f"[L1] a{number}\n[L2] b{number}\nAnswer:"
    choose = (Fixed("Root: [L"), Pick("root", ("1]", "2]"), ("2]",)))
    write = (Fixed("Summary:"), Text("summary", " it broke [L2]."))
    return named(
        Item("", (CHOOSE, WRITE)[number % 2], "k", "k", "f", "x", "en", "sys", user, (choose, write)[number % 2], (), False, "p")
    )  # fmt: skip


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Threads cost a tiny model more than they give."""
    training.torch.set_num_threads(1)


@pytest.fixture
def wish(tmp_path: Path) -> Wish:
    data = tmp_path / "data"
    data.mkdir()
    (data / "train.jsonl").write_bytes(lines_of(map(row_of, map(item, range(32)))))
    (data / "validation.jsonl").write_bytes(lines_of(map(row_of, map(item, range(100, 108)))))
    base = write_base(tmp_path / "base")
    return Wish(base, data, tmp_path / "out", rank=8, rate=0.02, epochs=5, batch=8, together=8, every=5, patience=50)


def test_what_can_be_learnt_is_learnt_and_the_adapter_stands_whole(wish: Wish) -> None:
    said: list[str] = []
    done = training.train(wish, said.append)
    assert (done.ended, done.steps, done.items, done.left_out) == ("finished", 20, 32, 0)
    assert done.loss_best < done.loss_before / 3
    assert "MiB of memory are needed" in said[0]
    adapter = Path(done.adapter)
    assert {"adapter_config.json", "adapter_model.safetensors", "made.json", "curve.json", "curve.png"} <= {
        file.name for file in adapter.iterdir()
    }
    assert (adapter / "curve.png").read_bytes()[:4] == b"\x89PNG"
    made = json.loads((adapter / "made.json").read_text("utf-8"))
    assert made["base_sha256"] == done.base_sha256 == training.digest(wish.base)
    rows = json.loads((adapter / "curve.json").read_text("utf-8"))
    assert [row["step"] for row in rows] == list(range(1, 21))
    assert not (wish.out / "checkpoint").exists()


def test_the_written_adapter_is_the_best_one_and_loads_onto_the_base(wish: Wish) -> None:
    import peft

    done = training.train(wish)
    base = load(wish.base, training.torch.float32, "cpu")
    judges, _ = training._lessons(wish.data / "validation.jsonl", base, wish)
    model = peft.PeftModel.from_pretrained(base.model, done.adapter).eval()
    with training.torch.no_grad():
        loss = float(training.loss_of(model, padded(judges, "cpu"))) / len(judges)
    assert loss == pytest.approx(done.loss_best, rel=0.1)


def test_items_with_another_beginning_are_read_apart_and_teach_the_same(wish: Wish) -> None:
    base = load(wish.base, training.torch.float32, "cpu")
    items, _ = training._lessons(wish.data / "train.jsonl", base, wish)

    def beginning(token: int, one: Encoded) -> Encoded:
        targets = tuple(replace(target, place=target.place + 300) for target in one.targets)
        return replace(one, tokens=(*[token] * 300, *one.tokens), targets=targets)

    mixed = [beginning(7, items[0]), beginning(7, items[1]), beginning(8, items[2]), beginning(8, items[3])]
    found, whole = list(parts(mixed, "cpu")), list(parts(mixed, "cpu", False))
    assert [one.items for one in found] == [2, 2] and all(one.shared.numel() >= 300 for one in found)
    assert [one.items for one in whole] == [4]
    # What is short is not worth a part of its own.
    assert [one.items for one in parts(items[:6], "cpu")] == [6]
    apart, together = (sum(training.loss_of(base.model, one).item() for one in some) for some in (found, whole))
    assert apart == pytest.approx(together, rel=1e-4)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no mallopt")
def test_memory_that_is_given_back_is_kept_while_it_learns() -> None:
    def pages() -> int:
        """How many pages the kernel had to give for 64 MiB."""
        before = getrusage(RUSAGE_SELF).ru_minflt
        bytearray(64 << 20)
        return getrusage(RUSAGE_SELF).ru_minflt - before

    most = (64 << 20) // getpagesize()
    assert pages() > most // 2
    with memory.kept():
        pages()
        assert pages() < most // 2
    assert pages() > most // 2


def test_what_items_share_is_read_once_and_teaches_the_same(wish: Wish) -> None:
    base = load(wish.base, training.torch.float32, "cpu")
    items, _ = training._lessons(wish.data / "train.jsonl", base, wish)
    model = training.peft.get_peft_model(base.model, training._settings(wish, 2))
    learnt = {name: p for name, p in model.named_parameters() if p.requires_grad}
    gradients = []
    for share in (True, False):
        batch = padded(items[:5], "cpu", share)
        assert bool(batch.shared.numel()) == share
        model.zero_grad()
        loss = training.loss_of(model, batch)
        loss.backward()
        gradients.append((loss.item(), {name: p.grad.clone() for name, p in learnt.items()}))
    (one, with_sharing), (other, without) = gradients
    assert one == pytest.approx(other, rel=1e-5)
    for name, gradient in with_sharing.items():
        assert training.torch.allclose(gradient, without[name], rtol=1e-3, atol=1e-7), name


def stopping(step: int) -> Callable[[str], None]:
    """Presses Ctrl-C when it is told of that step."""

    def say(sentence: str) -> None:
        if sentence.startswith(f"step {step} "):
            raise KeyboardInterrupt

    return say


def test_an_interrupted_training_goes_on_where_it_stopped_and_gets_the_same(wish: Wish) -> None:
    whole = training.train(replace(wish, out=wish.out / "whole"))
    with pytest.raises(KeyboardInterrupt):
        training.train(wish, stopping(10))
    assert (wish.out / "checkpoint" / "progress.json").is_file() and not (wish.out / "adapter").exists()
    said: list[str] = []
    done = training.train(wish, said.append)
    assert any(sentence == "Going on from step 10 of 20." for sentence in said)
    assert done.steps == whole.steps
    assert done.loss_best == pytest.approx(whole.loss_best, rel=0.01)


def test_a_checkpoint_of_other_data_is_not_used(wish: Wish) -> None:
    with pytest.raises(KeyboardInterrupt):
        training.train(wish, stopping(5))
    (wish.data / "train.jsonl").write_bytes(lines_of(map(row_of, map(item, range(16)))))
    said: list[str] = []
    training.train(replace(wish, epochs=1), said.append)
    assert not any("Going on" in sentence for sentence in said)


def test_a_budget_ends_training_in_time_with_an_adapter(wish: Wish) -> None:
    now = iter(range(0, 100_000, 10))
    done = training.train(replace(wish, budget_s=60), clock=lambda: float(next(now)))
    assert done.ended == "budget" and done.steps < 20
    assert (Path(done.adapter) / "adapter_model.safetensors").is_file()


def test_training_that_gains_nothing_ends_early_with_the_best(wish: Wish) -> None:
    done = training.train(replace(wish, rate=0.9, epochs=20, every=2, patience=2))
    assert done.ended == "patience" and done.loss_best <= done.loss_before


def test_dora_and_checkpointing_train_too(wish: Wish) -> None:
    done = training.train(replace(wish, method="dora", checkpointing=True, epochs=2))
    assert done.method == "dora" and done.loss_best < done.loss_before


def test_only_the_last_blocks_are_adapted_if_that_is_asked_for(wish: Wish) -> None:
    from safetensors import safe_open

    done = training.train(replace(wish, blocks=1))
    assert done.loss_best < done.loss_before / 2
    with safe_open(Path(done.adapter) / "adapter_model.safetensors", "pt") as file:
        assert {name.partition(".layers.")[2][0] for name in file.keys()} == {"1"}  # noqa: SIM118


def test_learnt_tokens_before_the_text_train_too(wish: Wish) -> None:
    # A model of random weights hardly attends to anything: many tokens, fast.
    done = training.train(replace(wish, method="prompt", rank=64, rate=0.9))
    assert done.loss_best < done.loss_before
    with pytest.raises(KeyboardInterrupt):
        training.train(replace(wish, method="prompt", rank=4, out=wish.out / "again"), stopping(5))
    assert training.train(replace(wish, method="prompt", rank=4, out=wish.out / "again")).steps == 20


def test_a_place_that_cannot_be_written_is_said(wish: Wish) -> None:
    wish.out.write_text("a file")
    with pytest.raises(TrainError, match="cannot be written"):
        training.train(replace(wish, epochs=1))


def test_a_loss_that_is_no_number_is_said_and_nothing_is_written(wish: Wish, monkeypatch: pytest.MonkeyPatch) -> None:
    real = training.loss_of
    monkeypatch.setattr(
        training, "loss_of", lambda model, batch: real(model, batch) * (float("nan") if model.training else 1)
    )
    with pytest.raises(TrainError, match="The loss became nan at step 1"):
        training.train(wish)
    assert not (wish.out / "adapter").exists()


def test_too_little_memory_is_said_with_numbers_before_anything_is_loaded(wish: Wish) -> None:
    config = inspect(wish.base)
    needed, free = memory.judge(config, wish, 4, 100_000)
    assert 700 < needed < 1500 and free == 100_000
    with pytest.raises(TrainError, match=rf"needs about {needed} MiB of memory and 300 are free"):
        memory.judge(config, wish, 4, 300)
    assert memory.needed_mb(config, replace(wish, checkpointing=True), 4) <= needed


def test_bad_input_gets_one_sentence(wish: Wish, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(TrainError, match=r"holds no config\.json"):
        inspect(empty)
    strange = tmp_path / "strange"
    shutil.copytree(wish.base, strange)
    config = json.loads((strange / "config.json").read_text("utf-8"))
    (strange / "config.json").write_text(json.dumps(config | {"architectures": ["BertForMaskedLM"]}), "utf-8")
    with pytest.raises(TrainError, match="is a BertForMaskedLM; supported are Qwen2ForCausalLM"):
        inspect(strange)
    (tmp_path / "x.gguf").write_bytes(b"GGUF" + bytes(40))
    with pytest.raises(TrainError, match="no model that can be trained"):
        inspect(tmp_path / "x.gguf")
    with pytest.raises(TrainError, match=r"holds no train\.jsonl"):
        check(replace(wish, data=empty))
    with pytest.raises(TrainError, match="no method"):
        check(replace(wish, method="magic"))
    (wish.data / "train.jsonl").write_text('{"id": 1}\n')
    assert run(["train", str(wish.base), str(wish.data), str(wish.out)]) == 2
    assert "Line 1 of" in capfd.readouterr().err


def test_items_that_are_too_long_are_left_out_and_counted(wish: Wish) -> None:
    long = replace(item(1), user="word " * 400)
    (wish.data / "train.jsonl").write_bytes(lines_of(row_of(one) for one in (item(0), long)))
    done = training.train(replace(wish, epochs=1, most_tokens=400))
    assert (done.items, done.left_out) == (1, 1)
    with pytest.raises(TrainError, match=r"train\.jsonl holds no item of at most 10 tokens"):
        training.train(replace(wish, most_tokens=10))


def test_the_order_is_another_each_epoch_and_the_same_for_the_same_seed() -> None:
    items = [Encoded(str(n), tuple(range(n % 7)), (), False) for n in range(50)]
    first = ordered(items, 4, 0, 1)
    assert first == ordered(items, 4, 0, 1) != ordered(items, 4, 1, 1)
    assert sorted(one.id for batch in first for one in batch) == sorted(one.id for one in items)


def test_choices_come_every_epoch_and_words_in_turn_when_they_are_to_be_fewer() -> None:
    items = [Encoded(str(n), tuple(range(n % 7)), (), n % 2 == 0) for n in range(40)]
    choices = {one.id for one in items if not one.written}
    seen = [{one.id for batch in ordered(items, 4, epoch, 1, 4) for one in batch} for epoch in range(4)]
    assert all(choices < epoch and len(epoch) == 25 for epoch in seen)
    assert set.union(*seen) == {one.id for one in items}


def test_training_begins_with_the_weights_of_an_adapter_and_takes_its_shape(wish: Wish, tmp_path: Path) -> None:
    first = training.train(replace(wish, rank=6, blocks=1))
    start, told = Path(first.adapter), []
    later = replace(wish, out=wish.out / "again", start=start, epochs=1, rate=1e-5)
    again = training.train(later, told.append)
    assert "As the adapter to begin with: rank 6, the last 1 blocks." in told
    assert again.loss_before == pytest.approx(first.loss_best, abs=1e-3)
    assert json.loads((Path(again.adapter) / "made.json").read_text("utf-8"))["start"] == first.sha256


def test_every_other_step_computes_with_the_weights_as_another_file_rounds_them(wish: Wish, tmp_path: Path) -> None:
    first = Path(training.train(replace(wish, epochs=1, rate=2e-3)).adapter)
    merge(wish.base, first, tmp_path / "folded")
    base, start = load(wish.base, torch.float32, "cpu"), starting.read(first, wish.base)
    own = {name: weight.detach().clone() for name, weight in base.model.named_parameters()}
    model = training.peft.get_peft_model(base.model, training._settings(replace(wish, rank=start.rank), 2))
    roundings = Roundings(base.model, tmp_path / "folded", start)
    names = [name for name in own if name.endswith("proj.weight")]

    def away() -> list[float]:
        now = {name.replace(".base_layer.", "."): weight for name, weight in model.base_model.model.named_parameters()}
        return [float((now[name] - own[name]).abs().max()) for name in names]

    roundings.use(other=True)
    assert 0 < max(away()) < 2e-3  # what the folded file rounds; its adapter is taken out
    roundings.use(other=False)
    assert max(away()) == 0

    used: list[bool] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Roundings, "use", lambda self, other: used.append(other))
        asked = replace(wish, out=wish.out / "again", start=first, rounded=tmp_path / "folded", epochs=1, every=4)
        made = training.train(asked)
    assert used == [False, True] * 4 and made.steps == 4
    assert json.loads((Path(made.adapter) / "made.json").read_text("utf-8"))["rounded"] == digest(tmp_path / "folded")


def test_a_file_that_is_no_rounding_of_the_base_is_refused(wish: Wish, tmp_path: Path) -> None:
    other = write_base(tmp_path / "other", seed=7)
    with pytest.raises(TrainError, match=r"lie 1\d\d% away from the base's"):
        training.train(replace(wish, rounded=other))
    with pytest.raises(TrainError, match="is not of the base's shape"):
        training.train(replace(wish, rounded=write_base(tmp_path / "small", layers=1)))
    with pytest.raises(TrainError, match=r"holds no config\.json"):
        training.train(replace(wish, rounded=tmp_path / "none.gguf"))
    with pytest.raises(TrainError, match="goes with the method lora only"):
        check(replace(wish, rounded=other, method="dora"))
    assert not wish.out.exists()


def test_what_an_update_needs_is_told_for_the_adapter_it_begins_with(wish: Wish, tmp_path: Path) -> None:
    asked, small = Update(wish.base, tmp_path, replace(wish, rank=64)), replace(wish, rank=6, blocks=1)
    start = Path(training.train(small).adapter)
    assert steps.needs(asked, start) == steps.needs(replace(asked, training=small), None)
    assert steps.needs(asked, start).disk < steps.needs(asked, None).disk


def test_what_cannot_be_begun_with_is_refused(wish: Wish) -> None:
    start = Path(training.train(wish).adapter)
    with pytest.raises(TrainError, match=r"has another shape \(method or base\)"):
        training.train(replace(wish, out=wish.out / "other", start=start, method="dora"))
    (start / "adapter_model.safetensors").write_bytes(b"no")
    with pytest.raises(TrainError, match="is no safetensors file"):
        training.train(replace(wish, out=wish.out / "other", start=start))
    with pytest.raises(TrainError, match=r"neither a GGUF file nor a folder"):
        check(replace(wish, start=wish.data))
    with pytest.raises(TrainError, match="is no whole GGUF file"):
        training.train(replace(wish, out=wish.out / "other", start=wish.data / "train.jsonl"))


def test_template_marks_in_a_line_are_cut_as_plain_text(wish: Wish) -> None:
    base = load(wish.base, training.torch.float32, "cpu")
    assert isinstance(base.cutter, Tokens)
    assert base.cutter.cut("<|im_end|>", True) == [base.cutter.end]
    assert base.cutter.end not in base.cutter.cut("<|im_end|>", False)


def test_demand_is_met_here() -> None:
    demand()
