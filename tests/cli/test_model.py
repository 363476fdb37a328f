"""`edgeops model` as a person or a script meets it: exit status, one sentence, JSON from the same records."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgeops.catalog.adapters import Rack
from edgeops.catalog.release import read_release
from edgeops.cli import adapters, main, model
from edgeops.cli.console import Console
from edgeops.cli.meter import Meter
from edgeops.records import Model
from tests.catalog.releases import Maker
from tests.catalog.tiny import NOON, make_model, write_wheels

CONTENT = b"GGUF" + bytes(range(250)) * 40
TINY = make_model(CONTENT, "tiny", note="A tiny model.")
OTHER = make_model(b"GGUF" + b"other" * 99, "tinier", licence="MIT")


@pytest.fixture(autouse=True)
def catalogue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Model, ...]:
    """Two tiny models in place of the real ones, and no adapter."""
    monkeypatch.setattr("edgeops.catalog.adapters.SHIPPED", tmp_path / "shipped")
    for module in (model, adapters):
        monkeypatch.setattr(module, "read_catalog", lambda: (TINY, OTHER))
    return (TINY, OTHER)


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """A folder with both models' files under other names."""
    folder = tmp_path / "stick"
    folder.mkdir()
    (folder / "a.bin").write_bytes(CONTENT)
    (folder / "b.bin").write_bytes(b"GGUF" + b"other" * 99)
    return folder


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def edgeops(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one command line; gives exit status, stdout and stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main.run(["model", *arguments])
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return run


def data(edgeops: Run, *arguments: str) -> Any:
    status, out, _ = edgeops(*arguments, "--json")
    assert status == 0
    assert out.count("\n") == 1
    return json.loads(out)


def models_dir() -> Path:
    return Path(os.environ["EDGEOPS_HOME"]) / "models"


def test_the_list_says_how_to_get_what_is_not_here(edgeops: Run) -> None:
    status, out, err = edgeops("list")
    assert (status, err) == (0, "")
    assert "not here; get it: edgeops model pull tiny\n" in out
    assert f"tiny.gguf, SHA-256 {TINY.sha256[:12]}…, needs 100 MB of memory" in out
    assert "A tiny model." in out
    assert not models_dir().exists()


def test_the_list_as_json_carries_what_scripts_rely_on(edgeops: Run) -> None:
    first, second = data(edgeops, "list")
    assert (first["name"], first["file"], first["sha256"]) == ("tiny", "tiny.gguf", TINY.sha256)
    assert (first["verified"], first["active"], first["installed"]) == (False, False, False)
    assert second["licence"] == "MIT"


def test_a_pull_from_a_stick_puts_the_verified_model_here(edgeops: Run, stick: Path) -> None:
    status, out, err = edgeops("pull", "tiny", "--from", str(stick))
    assert status == 0
    assert out == f"tiny is here and verified: {models_dir() / 'tiny.gguf'} (10004 bytes, licence Apache-2.0).\n"
    assert "100%" in err
    assert (models_dir() / "tiny.gguf").read_bytes() == CONTENT
    first, _ = data(edgeops, "list")
    assert (first["verified"], first["installed"], first["get"]) == (True, True, "")


def test_a_pull_as_json_is_the_listed_record(edgeops: Run, stick: Path) -> None:
    pulled = data(edgeops, "pull", "tiny", "--from", str(stick))
    assert pulled == data(edgeops, "list")[0]
    assert data(edgeops, "pull", "tiny", "--from", "/nowhere") == pulled


@pytest.mark.parametrize("how", ["variable", "setting", "folder"])
def test_folders_carried_here_are_looked_into_without_being_asked(
    edgeops: Run, stick: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(model, "read_catalog", lambda: (make_model(CONTENT, "tiny", sources=()),))
    if how == "variable":
        monkeypatch.setenv("EDGEOPS_MODELS", f"/nowhere{os.pathsep}{stick}")
    elif how == "setting":
        monkeypatch.setenv("EDGEOPS_CATALOG__FOLDERS", str(stick))
    else:
        models_dir().parent.mkdir(mode=0o700)
        stick.rename(models_dir().parent / "models.d")
    assert edgeops("pull", "tiny")[0] == 0


def test_wheels_on_a_stick_will_do(edgeops: Run, tmp_path: Path) -> None:
    assert edgeops("pull", "tiny", "--from", str(write_wheels(tmp_path / "wheels", CONTENT, TINY)))[0] == 0


def test_a_wrong_file_is_refused_with_both_hashes(edgeops: Run, tmp_path: Path) -> None:
    (tmp_path / "wrong.gguf").write_bytes(bytes(len(CONTENT)))
    status, out, err = edgeops("pull", "tiny", "--from", str(tmp_path / "wrong.gguf"))
    assert (status, out) == (2, "")
    assert TINY.sha256 in err
    assert not (models_dir() / "tiny.gguf").exists()


def test_an_unknown_model_is_one_sentence_with_the_nearest_name(edgeops: Run) -> None:
    status, out, err = edgeops("pull", "tny")
    assert (status, out) == (2, "")
    assert err == "edgeops: There is no model 'tny'; did you mean tiny? `edgeops model list` shows them all.\n"


def test_an_interrupted_pull_says_how_to_go_on(edgeops: Run, stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(model, "pull", interrupted)
    status, _, err = edgeops("pull", "tiny", "--from", str(stick))
    assert status == 130
    assert err == "Stopped. The pieces that are complete are kept; `edgeops model pull tiny` goes on from there.\n"


def test_use_marks_the_active_model_and_auto_takes_it_back(edgeops: Run, stick: Path) -> None:
    for name in ("tiny", "tinier"):
        edgeops("pull", name, "--from", str(stick))
    assert data(edgeops, "use", "tinier")["active"] is True
    assert [one["active"] for one in data(edgeops, "list")] == [False, True]
    assert "* tinier" in edgeops("list")[1]
    assert data(edgeops, "use", "auto")["name"] in ("tiny", "tinier")
    assert [one["active"] for one in data(edgeops, "list")] == [False, False]


def test_use_of_what_is_not_here_says_how_to_get_it(edgeops: Run) -> None:
    status, _, err = edgeops("use", "tiny")
    assert status == 2
    assert err == "edgeops: tiny is not on this machine; `edgeops model pull tiny` fetches it.\n"


def test_auto_without_any_model_says_so(edgeops: Run) -> None:
    assert edgeops("use", "auto")[1].startswith("No installed model fits the free memory")
    assert data(edgeops, "use", "auto") is None


def test_verify_finds_a_damaged_file_puts_it_aside_and_ends_with_2(edgeops: Run, stick: Path) -> None:
    for name in ("tiny", "tinier"):
        edgeops("pull", name, "--from", str(stick))
    assert edgeops("verify")[0] == 0
    (models_dir() / "tiny.gguf").write_bytes(bytes(len(CONTENT)))
    status, out, err = edgeops("verify", "--json")
    assert status == 2
    found = {one["name"]: one["verified"] for one in json.loads(out)}
    assert found == {"tiny": False, "tinier": True}
    assert "tiny is damaged" in err
    assert (models_dir() / "tiny.gguf.bad").exists()
    assert edgeops("verify", "tinier")[1] == f"tinier is right: SHA-256 {OTHER.sha256}.\n"


def test_verify_without_models_is_no_fault(edgeops: Run) -> None:
    status, out, err = edgeops("verify")
    assert (status, out) == (0, "")
    assert err == "No model is installed; `edgeops model list` shows how to get one.\n"


def test_an_import_of_a_catalogue_file_needs_no_header(edgeops: Run, stick: Path) -> None:
    imported = data(edgeops, "import", str(stick / "a.bin"))
    assert (imported["name"], imported["verified"]) == ("tiny", True)


def test_an_import_of_a_broken_model_is_one_sentence_and_leaves_nothing(edgeops: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + b"\xff" * 100)
    status, out, err = edgeops("import", str(tmp_path / "broken.gguf"))
    assert (status, out) == (2, "")
    assert str(tmp_path / "broken.gguf") in err
    assert "Traceback" not in err
    assert [path.name for path in models_dir().iterdir()] == [".import.lock"]


def test_names_in_files_cannot_command_the_terminal(edgeops: Run, tmp_path: Path) -> None:
    evil = tmp_path / "a\x1b]52;c;aGk=\x07\u202e.gguf"
    evil.write_bytes(b"GGUF" + b"\xff" * 100)
    _, out, err = edgeops("import", str(evil))
    assert not {"\x1b", "\x07", "\u202e"} & set(out + err)


def test_bench_without_a_model_is_one_sentence(edgeops: Run) -> None:
    status, _, err = edgeops("bench")
    assert status == 2
    assert "No model is installed" in err


# ------------------------------------------------------------------ adapters


@pytest.fixture
def promoted(tmp_path: Path, edgeops: Run, stick: Path) -> Maker:
    """The tiny model with an adapter of which two versions were promoted."""
    edgeops("pull", "tiny", "--from", str(stick))
    maker, rack = Maker(tmp_path / "maker", TINY), Rack(models_dir() / "ops")
    for number in (1, 2):
        rack.promote(read_release(maker.release(number)), maker.key.fingerprint, NOON)
    return maker


def test_the_list_shows_an_adapter_and_use_chooses_with_or_without(edgeops: Run, promoted: Maker) -> None:
    assert "ops-tiny" in edgeops("list")[1]
    row = data(edgeops, "list")[-1]
    assert (row["name"], row["base"], row["version"], row["active"]) == ("ops-tiny", "tiny", "v2", False)
    assert data(edgeops, "use", "ops-tiny")["active"] is True
    assert data(edgeops, "list")[-1]["active"] is True
    assert edgeops("use", "tiny")[1].startswith("tiny is active")
    assert edgeops("use", "auto")[1] == (
        "ops-tiny is what the free memory calls for now: tiny with our adapter v2 (`use tiny` is without it).\n"
    )


def test_show_tells_what_was_measured_and_who_signed(edgeops: Run, promoted: Maker) -> None:
    _, out, _ = edgeops("show", "ops-tiny")
    assert "root_accuracy          base 0.500 (0.400 to 0.600); tuned 0.900 (0.800 to 0.950)" in out
    assert f"(lora, rank 16), signed by {promoted.key.fingerprint}" in out
    shown = data(edgeops, "show", "ops")
    assert shown["release"]["evaluation"]["tuned"]["root_accuracy"]["n"] == 100
    assert data(edgeops, "show", "tiny")["release"] is None
    assert edgeops("show", "tny")[0] == 2


def test_history_and_rollback(edgeops: Run, promoted: Maker) -> None:
    assert edgeops("rollback")[1] == "ops-tiny: v1 is in service again.\n"
    assert data(edgeops, "list")[-1]["version"] == "v1"
    lines = edgeops("history")[1].splitlines()
    assert [line.split("  ")[-1] for line in lines] == [
        "promote v1", "promote v2", "rollback v1", "ops-tiny: v1 is in service.",
    ]  # fmt: skip
    assert data(edgeops, "history", "ops-tiny")["ops-tiny"]["stack"] == ["v1"]
    assert data(edgeops, "rollback", "ops-tiny") == {"name": "ops-tiny", "version": ""}
    assert data(edgeops, "list")[-1]["name"] != "ops-tiny"
    status, _, err = edgeops("rollback")
    assert status == 2 and "nothing to go back from" in err


def test_without_adapters_history_is_empty_and_no_fault(edgeops: Run) -> None:
    assert edgeops("history") == (0, "", "No adapter was promoted on this machine.\n")


def test_verify_finds_a_damaged_adapter(edgeops: Run, promoted: Maker) -> None:
    assert edgeops("verify")[0] == 0
    (models_dir() / "ops" / "ops-tiny" / "v2" / "adapter.gguf").write_bytes(b"x")
    status, out, err = edgeops("verify", "--json")
    assert status == 2 and "adapter ops-tiny is damaged" in err
    assert {one["name"]: one["verified"] for one in json.loads(out)} == {"tiny": True, "ops-tiny": False}
    assert edgeops("verify", "ops-tiny")[0] == 2


# ------------------------------------------------------------------ progress


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def lines(tmp_path: Path, times: list[tuple[float, int]], plain: bool) -> list[str]:
    clock, path = Clock(), tmp_path / "err"
    with path.open("w", encoding="utf-8") as err, Meter(Console(err, err), "tiny", plain, clock) as meter:
        for clock.now, done in times:
            meter(done, 100 << 20)
        meter.say("Done \x1b[31m.")
    return path.read_text("utf-8").splitlines()


def test_a_log_gets_a_line_every_tenth(tmp_path: Path) -> None:
    shown = lines(tmp_path, [(n / 10, n << 20) for n in range(101)], plain=True)
    assert len(shown) == 11
    assert "10%  10/100 MiB" in shown[0]
    assert "100%  100/100 MiB" in shown[9]
    assert shown[10] == "Done ␛[31m."


def test_a_slow_link_gets_a_line_every_fifteen_seconds(tmp_path: Path) -> None:
    assert len(lines(tmp_path, [(float(n), 1 << 20) for n in range(60)], plain=True)) == 3 + 1


def test_what_takes_seconds_only_leaves_no_lines_in_a_log(tmp_path: Path) -> None:
    assert len(lines(tmp_path, [(float(n), n << 20) for n in range(60)], plain=False)) == 1


def test_remove_deletes_the_file_and_forgets_the_choice_but_only_when_one_is_sure(edgeops: Run, stick: Path) -> None:
    edgeops("pull", "tiny", "--from", str(stick))
    edgeops("use", "tiny")
    status, _, err = edgeops("remove", "tiny")
    assert status == 2 and "Nothing was removed" in err and "--yes" in err
    (here,) = (one for one in data(edgeops, "list") if one["installed"])
    gone = data(edgeops, "remove", "tiny", "--yes")
    assert (gone["name"], Path(here["path"]).exists()) == ("tiny", False)
    assert not any(one["installed"] or one["active"] for one in data(edgeops, "list"))
    status, _, err = edgeops("remove", "tiny", "--yes")
    assert status == 2 and "is not on this machine" in err
