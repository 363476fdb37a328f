"""A model built from base and adapter predicts what the two predict side by side; stopped halfway it goes on; refusals are sentences."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from edgeops.engines.probe import read_header
from edgeops.engines.weights import building, layout, matrices, planning
from edgeops.engines.weights.building import Built, Trial, Wish, best, build, clear, work_folder
from edgeops.engines.weights.orders import Compared, Done, Fold, Judge, Judged, Observe, Paced, Quantise, Tick
from edgeops.engines.weights.recipes import CANDIDATES, RECIPES, recipe, size
from edgeops.engines.weights.workshop import Workshop
from edgeops.errors import CatalogError, EngineLost, ModelUnfit, UsageError
from tests.engines.tiny import WIDE, string, write_adapter, write_gguf

TEXT = "<|im_start|>the ten threads then went there<|im_end|>"


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def wish(tmp_path: Path) -> Wish:
    base, adapter = write_gguf(tmp_path / "base.gguf"), write_adapter(tmp_path / "adapter.gguf")
    return Wish(base, sha(base), adapter, sha(adapter), tmp_path / "models", "F16", threads=1)


class Shop:
    """A workshop that notes what it was told, and stops before an order of a kind."""

    def __init__(self, stop: type | None = None) -> None:
        self.inner, self.stop, self.told = Workshop(), stop, list[str]()

    def carry_out(self, order: Fold | Quantise | Observe | Judge, tick: Tick) -> Done | Judged:
        if self.stop is type(order):
            raise KeyboardInterrupt
        self.told.append(type(order).__name__)
        return self.inner.carry_out(order, tick)


def built(
    wish: Wish,
    shop: Workshop | Shop | None = None,
    said: list[str] | None = None,
    free: Callable[[Path], int] = lambda folder: 1 << 40,
    memory_mb: int = 1 << 20,
) -> Built:
    return build(
        wish,
        shop or Workshop(),  # type: ignore[arg-type]
        say=(said if said is not None else []).append,
        tick=lambda done, total: None,
        free=free,
        memory_available_mb=lambda: memory_mb,
        texts=[TEXT],
    )


def test_the_built_model_predicts_what_base_and_adapter_do(wish: Wish) -> None:
    done = built(wish)
    assert done.chosen.compared.divergence < 1e-4
    assert done.chosen.compared.same > 0.9
    assert done.sha256 == sha(done.path)
    plain = Workshop().carry_out(Judge(str(wish.base), "", str(done.path), (TEXT,), 64, 1, 1), lambda done, total: None)
    assert isinstance(plain, Judged)
    assert plain.compared.divergence > 0.05  # the adapter does something


def test_the_file_says_what_it_was_built_from(wish: Wish) -> None:
    found = layout.read(built(wish).path)
    assert [found.text(key) for key in planning.BUILT_KEYS] == [wish.base_sha256, wish.adapter_sha256]
    assert read_header(found.path).quantisation == "F16"


def test_fewer_bits_are_further_away_and_smaller(wish: Wish) -> None:
    wide = built(wish)
    clear(wish)
    narrow = built(replace(wish, recipe="Q4_0", limit=9.0))
    assert narrow.chosen.compared.divergence > 10 * wide.chosen.compared.divergence
    assert narrow.bytes < wide.bytes


def test_auto_tries_several_and_keeps_one_file(wish: Wish) -> None:
    said: list[str] = []
    done = built(replace(wish, recipe="auto", limit=9.0), said=said)
    assert [trial.recipe for trial in done.tried] == list(CANDIDATES)
    kept = {file.name for file in done.path.parent.glob("*.gguf")}
    assert kept == {"folded.gguf", f"{done.chosen.recipe}.gguf"}
    assert "MiB of disk" in said[0] and "of memory" in said[0]
    assert any("nats a token away" in sentence for sentence in said)


def test_where_no_recipe_is_near_enough_nothing_is_built(wish: Wish) -> None:
    with pytest.raises(CatalogError, match=r"No recipe stays within 0 nats.*nothing was built"):
        built(replace(wish, recipe="Q4_0", limit=0.0))


@pytest.mark.parametrize("stop", [Fold, Quantise, Judge])
def test_a_build_that_was_stopped_goes_on_where_it_was(wish: Wish, stop: type) -> None:
    first, second = Shop(stop), Shop()
    with pytest.raises(KeyboardInterrupt):
        built(wish, first)
    assert not list(work_folder(wish).glob("*.part"))
    built(wish, second)
    assert first.told + second.told == ["Fold", "Quantise", "Judge"]
    third = Shop()
    built(wish, third)
    assert third.told == []


def test_two_builds_of_one_model_do_not_meet(wish: Wish) -> None:
    class Greedy(Shop):
        def carry_out(self, order: Fold | Quantise | Observe | Judge, tick: Tick) -> Done | Judged:
            built(wish)
            raise AssertionError

    with pytest.raises(CatalogError, match="Another edgeops builds"):
        built(wish, Greedy())


def test_too_little_disk_is_said_with_numbers_before_anything_is_done(wish: Wish) -> None:
    shop = Shop()
    with pytest.raises(CatalogError, match=r"3 MiB free in .*building needs \d+; free \d+ MiB"):
        built(wish, shop, free=lambda folder: 3 << 20)
    assert not shop.told


def test_too_little_memory_is_said_with_numbers(wish: Wish) -> None:
    with pytest.raises(CatalogError, match=r"100 MiB of memory free, and building needs \d+"):
        built(wish, memory_mb=100)


def test_an_adapter_for_another_base_is_refused_by_its_hash(wish: Wish) -> None:
    write_adapter(wish.adapter, **{planning.BASE_KEY: string("ab" * 32)})
    with pytest.raises(ModelUnfit, match=f"made for a base with the SHA-256 {'ab' * 32}"):
        built(wish)


def test_an_adapter_of_another_shape_is_refused(wish: Wish) -> None:
    write_adapter(wish.adapter, wide=WIDE)
    with pytest.raises(ModelUnfit, match="does not fit"):
        built(wish)


def test_what_is_no_adapter_is_refused(wish: Wish) -> None:
    write_gguf(wish.adapter)
    with pytest.raises(ModelUnfit, match="no LoRA adapter"):
        built(wish)


def test_an_architecture_that_is_not_known_is_named_with_those_that_are(wish: Wish) -> None:
    wish.base.write_bytes(wish.base.read_bytes().replace(b"llama", b"mamba"))
    with pytest.raises(ModelUnfit, match=r"'mamba'; adapters are folded into llama and qwen2"):
        built(wish)


def test_a_recipe_that_does_not_exist_is_named_with_those_that_do(wish: Wish) -> None:
    with pytest.raises(UsageError, match="IQ4_NL"):
        built(replace(wish, recipe="Q1_X"))


def trial(name: str, divergence: float, prefill: float, decode: float = 10.0) -> Trial:
    return Trial(name, 1, Compared(divergence, 0.1, 0.9, 5.0, 5.1, 100), Paced(100.0, 10.0), Paced(prefill, decode))


def test_the_fastest_within_the_limit_is_taken() -> None:
    tried = [trial("a", 0.01, 110), trial("b", 0.04, 300), trial("c", 0.2, 900)]
    assert best(tried, 0.05).recipe == "b"  # type: ignore[union-attr]
    assert best(tried, 0.02).recipe == "a"  # type: ignore[union-attr]
    assert best(tried, 0.001) is None


def test_speed_is_that_of_a_whole_answer_not_of_reading_alone() -> None:
    assert trial("reads", 0.0, 200, 5.0).gain < trial("writes", 0.0, 150, 20.0).gain


def test_the_estimate_of_a_file_is_not_too_small(wish: Wish) -> None:
    tensors = list(layout.read(wish.base).tensors.values())
    for name in ("F16", "Q8_0", "Q4_0"):
        done = built(replace(wish, recipe=name, limit=9.0))
        assert done.bytes <= size(recipe(name), tensors)


def test_importance_changes_what_is_written(wish: Wish, tmp_path: Path) -> None:
    plain = built(replace(wish, recipe="Q4_0", limit=9.0))
    matrix = tmp_path / "matrix.npz"
    values = np.linspace(0.001, 1, WIDE, dtype=np.float32)
    names = [f"blk.0.{name}.weight" for name in ("ffn_down",)]
    matrices.write(dict.fromkeys(names, values), matrix)
    weighed = built(replace(wish, recipe="Q4_0", limit=9.0, matrix=matrix))
    assert weighed.path.parent != plain.path.parent
    assert weighed.sha256 != plain.sha256


def test_every_recipe_is_one_that_the_quantiser_takes(wish: Wish, tmp_path: Path) -> None:
    for one in RECIPES.values():
        target = tmp_path / f"{one.name}.gguf"
        Workshop().carry_out(Quantise(str(wish.base), str(target), one, "", 1), lambda done, total: None)
        assert read_header(target).tensors == read_header(wish.base).tensors


def test_the_matrix_has_a_row_for_each_product_and_reads_back(wish: Wish, tmp_path: Path) -> None:
    target = tmp_path / "m.npz"
    steps: list[tuple[int, int]] = []
    order = Observe(str(wish.base), str(wish.adapter), (TEXT * 8,), 200, str(target), 1)
    Workshop().carry_out(order, lambda done, total: steps.append((done, total)))
    found = matrices.read(target)
    assert set(found) >= {
        f"blk.0.{name}.weight" for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_down", "ffn_up")
    }
    assert found["blk.0.ffn_down.weight"].shape == (WIDE,)
    assert all(0 < one.min() <= one.max() <= 1 for one in found.values())
    assert steps[-1] == (200, 200)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY"])
def test_what_is_no_matrix_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.npz").write_bytes(content)
    with pytest.raises(ModelUnfit, match="no importance matrix"):
        matrices.read(tmp_path / "m.npz")


def test_a_child_that_dies_is_a_sentence_with_its_last_words(wish: Wish) -> None:
    shop = Workshop(program=("sh", "-c", "echo the end >&2; exit 3"))
    with pytest.raises(EngineLost, match="status 3; its last words: the end"):
        built(wish, shop)


def test_a_child_that_babbles_is_refused(wish: Wish) -> None:
    with pytest.raises(EngineLost, match="babbled"):
        built(wish, Workshop(program=("sh", "-c", "echo hello; cat > /dev/null")))


def test_notes_survive_as_they_were(wish: Wish) -> None:
    done = built(wish)
    assert msgspec.json.decode((done.path.parent / "F16.json").read_bytes(), type=Trial) == done.chosen
    assert building.LIMIT > 0
