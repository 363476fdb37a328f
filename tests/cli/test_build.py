"""`edgeops model build` as a person meets it: an adapter and its base become one installed model, or a sentence says why not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edgeops import paths
from edgeops.assistant import building as making
from edgeops.catalog.adapters import Rack
from edgeops.catalog.choose import memory_available_mb
from edgeops.catalog.importing import Facts, Wish, bring
from edgeops.catalog.release import read_release
from edgeops.catalog.store import Shelf
from edgeops.cli import adapters, build, main, model
from edgeops.engines.weights.orders import Done, Fold, Judge, Judged, Observe, Quantise, Tick
from edgeops.engines.weights.workshop import Workshop
from edgeops.records import Installed
from tests.catalog.releases import Maker
from tests.catalog.tiny import NOON, noon
from tests.engines.tiny import string, write_adapter, write_gguf

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def no_catalogue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only what a test installs, and no adapter that came with edgeops."""
    for module in (model, adapters, build):
        monkeypatch.setattr(module, "read_catalog", lambda: ())
    monkeypatch.setattr("edgeops.catalog.adapters.SHIPPED", tmp_path / "none")
    monkeypatch.setattr(Rack.__init__, "__defaults__", (tmp_path / "none",))


@pytest.fixture
def base(tmp_path: Path) -> Installed:
    """A tiny model that llama.cpp really loads, on the shelf."""
    shelf = Shelf(paths.find().models_dir)
    facts = Facts("chatml", "MIT", 256, 900)
    path = write_gguf(tmp_path / "tiny.gguf")
    return bring(path, shelf, lambda _: facts, Wish("tiny"), when=noon, progress=lambda done, total: None, say=print)


@pytest.fixture
def promoted(tmp_path: Path, base: Installed) -> Path:
    """A release of an adapter for it, in service."""
    content = write_adapter(tmp_path / "a.gguf").read_bytes()
    folder = Maker(tmp_path / "maker", base.model).release(1, content)
    Rack(paths.find().adapters_dir).promote(read_release(folder), "me", NOON)
    return folder


@pytest.fixture
def edgeops(capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    def run(*arguments: str) -> tuple[int, str, str]:
        status = main.run(["model", *arguments])
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    yield run


def data(edgeops: Run, *arguments: str) -> Any:
    status, out, err = edgeops(*arguments, "--json")
    assert status == 0, err
    return json.loads(out)


def test_the_only_adapter_is_built_installed_and_active(edgeops: Run, base: Installed, promoted: Path) -> None:
    found = data(edgeops, "build", "--recipe", "F16")
    assert found["model"]["name"] == "ops-tiny-f16"
    assert found["model"]["active"] and found["model"]["verified"]
    assert (found["recipe"], len(found["tried"])) == ("F16", 1)
    assert found["model"]["licence"] == "Apache-2.0"
    assert base.model.sha256[:12] in found["model"]["note"] and "ops-tiny v1" in found["model"]["note"]
    assert Shelf(paths.find().models_dir).chosen == "ops-tiny-f16"
    assert data(edgeops, "verify", "ops-tiny-f16")[0]["verified"]


def test_nothing_of_the_work_is_left(edgeops: Run, base: Installed, promoted: Path) -> None:
    data(edgeops, "build", "--recipe", "F16", "--no-use")
    folder = paths.find().models_dir
    assert sorted(file.name for file in folder.iterdir() if not file.name.startswith(".")) == [
        "installed.json",
        "ops",
        "ops-tiny-f16.gguf",
        "tiny.gguf",
    ]
    assert not list(folder.glob(".build-*"))
    assert Shelf(folder).chosen == ""


def test_what_it_takes_and_what_came_out_is_said(edgeops: Run, base: Installed, promoted: Path) -> None:
    status, out, err = edgeops("build", "ops-tiny", "--recipe", "Q8_0", "--limit", "9")
    assert status == 0, err
    assert "MiB of disk" in err and "MiB of memory" in err and "nats a token away" in err
    assert "ops-tiny-q8-0 is built and active" in out and "goes back" in out


def test_an_adapter_of_ones_own_is_built_with_the_base_that_is_named(
    edgeops: Run, base: Installed, tmp_path: Path
) -> None:
    own = write_adapter(tmp_path / "own.gguf")
    found = data(edgeops, "build", "tiny", "--adapter", str(own), "--recipe", "F16")
    assert found["model"]["name"] == "ops-tiny-f16"
    status, _, err = edgeops("build", "--adapter", str(own))
    assert status == 2 and "Name the base" in err


def test_an_adapter_for_another_base_is_refused_and_nothing_changes(
    edgeops: Run, base: Installed, tmp_path: Path
) -> None:
    own = write_adapter(tmp_path / "own.gguf", **{"edgeops.base.sha256": string("cd" * 32)})
    status, _, err = edgeops("build", "tiny", "--adapter", str(own))
    assert status == 2
    assert "cd" * 32 in err and base.model.sha256 in err
    assert [one.model.name for one in Shelf(paths.find().models_dir).installed()] == ["tiny"]


def test_a_damaged_adapter_is_not_built_with(edgeops: Run, base: Installed, promoted: Path) -> None:
    (file,) = paths.find().adapters_dir.glob("ops-tiny/v1/adapter.gguf")
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    status, _, err = edgeops("build", "ops-tiny")
    assert status == 2 and "damaged" in err


def test_without_an_adapter_it_is_said_how_one_is_named(edgeops: Run, base: Installed) -> None:
    status, _, err = edgeops("build")
    assert status == 2 and "--adapter" in err


def test_a_build_that_was_stopped_at_the_shelf_goes_on(base: Installed, tmp_path: Path) -> None:
    """The file was moved, but the index did not hear of it."""
    shelf, told = Shelf(paths.find().models_dir), list[str]()

    class Shop:
        def carry_out(self, order: Fold | Quantise | Observe | Judge, tick: Tick) -> Done | Judged:
            told.append(type(order).__name__)
            return Workshop().carry_out(order, tick)

    def built() -> making.Outcome:
        parts = making.of_file(base, write_adapter(tmp_path / "own.gguf"), None)
        return making.build(
            parts, shelf, Shop(), recipe="F16", when=noon, say=lambda _: None, tick=lambda done, total: None,  # type: ignore[arg-type]
            free=lambda _: 1 << 40, memory_available_mb=memory_available_mb,
        )  # fmt: skip

    class Cut(BaseException):
        pass

    def cut(*_: object) -> None:
        raise Cut

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shelf, "record", cut)
        with pytest.raises(Cut):
            built()
    assert built().model.verified
    assert told == ["Fold", "Quantise", "Judge", "Quantise"]
