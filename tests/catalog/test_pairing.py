"""By default a base is loaded with the adapter made for it; names say which is wanted; nothing falls back silently."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edgeops.catalog.adapters import Adapter, Rack
from edgeops.catalog.listing import listing
from edgeops.catalog.pairing import Pair, named, pair, plain, use
from edgeops.catalog.release import read_release
from edgeops.catalog.store import Shelf, stamp_of
from edgeops.errors import CatalogError
from edgeops.records import Model
from tests.catalog.releases import Maker
from tests.catalog.tiny import NOON, Ears, make_model, noon


@pytest.fixture
def adapters(tmp_path: Path, model: Model, ears: Ears) -> tuple[Adapter, ...]:
    rack = Rack(tmp_path / "models" / "ops", tmp_path)
    rack.promote(read_release(Maker(tmp_path / "maker", model).release()), "key", NOON)
    return rack.adapters(ears.say)


def stock(shelf: Shelf, model: Model, content: bytes) -> Shelf:
    shelf.folder.mkdir(exist_ok=True)
    path = shelf.path(model)
    path.write_bytes(content)
    shelf.record(model, path, stamp_of(path.stat()), NOON)
    return shelf


def load(shelf: Shelf, adapters: tuple[Adapter, ...], ears: Ears, wanted: str = "") -> Pair | None:
    return pair(shelf, adapters, wanted, lambda: 8000, noon, ears.say)


def test_whoever_has_the_base_gets_it_with_the_adapter(
    shelf: Shelf, model: Model, content: bytes, adapters: tuple[Adapter, ...], ears: Ears
) -> None:
    found = load(stock(shelf, model, content), adapters, ears)
    assert found and found.name == "ops-tiny" and found.adapter == adapters[0] and found.model.model == model
    assert ears.said == []


def test_another_base_gets_no_adapter(shelf: Shelf, adapters: tuple[Adapter, ...], ears: Ears) -> None:
    other = make_model(b"other", "larger", memory_mb=900)
    found = load(stock(shelf, other, b"other"), adapters, ears)
    assert found and found.name == "larger" and found.adapter is None


def test_the_base_of_an_adapter_goes_before_a_larger_plain_model(
    shelf: Shelf, model: Model, content: bytes, adapters: tuple[Adapter, ...], ears: Ears
) -> None:
    stock(shelf, model, content)
    stock(shelf, make_model(b"other", "larger", memory_mb=900), b"other")
    found, without = load(shelf, adapters, ears), load(shelf, (), ears)
    assert found and found.name == "ops-tiny"
    assert without and without.name == "larger"


def test_the_name_of_the_base_means_the_plain_base(
    shelf: Shelf, model: Model, content: bytes, adapters: tuple[Adapter, ...], ears: Ears
) -> None:
    stock(shelf, model, content)
    asked = load(shelf, adapters, ears, "tiny")
    assert asked and asked.adapter is None
    use(shelf, adapters, "tiny")
    chosen = load(shelf, adapters, ears)
    assert chosen and chosen.name == "tiny"
    assert use(shelf, adapters, "ops-tiny").adapter == adapters[0]
    again = load(shelf, adapters, ears)
    assert again and again.name == "ops-tiny"
    shelf.use_any()
    assert (default := load(shelf, adapters, ears)) and default.name == "ops-tiny"


def test_an_adapter_is_found_by_a_part_that_begins_with_ops(adapters: tuple[Adapter, ...]) -> None:
    assert named(adapters, "ops") == named(adapters, "ops-tiny") == named(adapters, "OPS-Tiny") == adapters[0]
    assert named(adapters, "tiny") is named(adapters, "ops-other") is None


def test_an_adapter_without_its_base_says_how_to_get_it(
    shelf: Shelf, model: Model, adapters: tuple[Adapter, ...], ears: Ears
) -> None:
    for attempt in (lambda: load(shelf, adapters, ears, "ops-tiny"), lambda: use(shelf, adapters, "ops-tiny")):
        with pytest.raises(
            CatalogError, match="goes with tiny, which is not on this machine; `edgeops model pull tiny`"
        ):
            attempt()
    assert shelf.chosen == ""
    with pytest.raises(CatalogError, match=r"goes with tiny\.gguf.*model import"):
        use(Shelf(shelf.folder), adapters, "ops-tiny")


def test_an_adapter_that_is_gone_is_said_and_the_plain_base_answers(
    shelf: Shelf, model: Model, content: bytes, adapters: tuple[Adapter, ...], ears: Ears
) -> None:
    use(stock(shelf, model, content), adapters, "ops-tiny")
    found = load(shelf, (), ears)
    assert found and found.name == "tiny"
    assert ears.said == ["The adapter ops-tiny is not here any more; the plain tiny answers."]


def test_a_model_built_from_an_older_adapter_says_so(
    shelf: Shelf, content: bytes, adapters: tuple[Adapter, ...], ears: Ears
) -> None:
    for sha256, told in ((adapters[0].sha256, False), ("ab" * 32, True)):
        built = replace(make_model(b"built", "ops-tiny-even-kv"), adapter_sha256=sha256)
        found = load(stock(shelf, built, b"built"), adapters, ears, built.name)
        assert found and found.name == built.name and found.adapter is None
        assert any("was built from an older ops-tiny" in sentence for sentence in ears.said) is told


def test_no_model_is_no_error(shelf: Shelf, adapters: tuple[Adapter, ...], ears: Ears) -> None:
    assert load(shelf, adapters, ears) is None


def test_the_plain_name_of_an_adapter_is_its_base(
    shelf: Shelf, model: Model, content: bytes, adapters: tuple[Adapter, ...]
) -> None:
    assert plain(stock(shelf, model, content), adapters, "ops-tiny") == "tiny"
    assert plain(shelf, adapters, "tiny") == "tiny" and plain(shelf, adapters, "") == ""


def test_the_list_shows_adapters_after_the_models(
    shelf: Shelf, model: Model, content: bytes, adapters: tuple[Adapter, ...]
) -> None:
    before, row = listing(shelf, adapters)
    assert (row.name, row.base, row.version, row.installed, row.get) == (
        "ops-tiny", "tiny", "v1", False, "edgeops model pull tiny",
    )  # fmt: skip
    use(stock(shelf, model, content), adapters, "ops-tiny")
    before, row = listing(shelf, adapters)
    assert (row.installed, row.active, row.verified, before.active) == (True, True, True, False)
    assert (row.sha256, row.bytes, row.memory_mb) == (adapters[0].sha256, adapters[0].bytes, model.memory_mb)
    assert "promoted here" in row.note
