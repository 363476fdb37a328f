"""`edgeops doctor` finds what is wrong, says what to do, and changes nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from edgeops.cli import main
from edgeops.health import examination

ALL = [
    "python", "permissions", "config", "sqlite", "store", "search", "embedder", "model", "runtime", "sandbox", "disk",
    "clock", "inotify", "open files", "journal",
]  # fmt: skip


@pytest.fixture
def doctor(capfd: pytest.CaptureFixture[str]) -> Any:
    def call(*arguments: str) -> tuple[int, str, str]:
        return main.run(["doctor", *arguments]), *capfd.readouterr()

    return call


def test_every_check_says_what_it_found_and_a_new_home_stays_empty(doctor: Any, no_home: Path) -> None:
    code, out, err = doctor("--json")
    found = json.loads(out)
    assert [one["check"] for one in found] == ALL
    assert all(one.keys() == {"check", "ok", "detail", "fix"} and one["detail"] for one in found)
    assert all(one["fix"] for one in found if not one["ok"])
    # A new home has no model.
    assert code == 1
    assert {one["check"] for one in found if not one["ok"]} >= {"model"}
    assert err == ""
    assert not (no_home / "edgeops").exists() or not list((no_home / "edgeops").rglob("*.db"))


def test_when_all_is_well_the_exit_status_is_zero(doctor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    every = examination.examine
    monkeypatch.setattr(
        "edgeops.cli.doctor.examine", lambda *given: (one for one in every(*given) if one.check in ("python", "sqlite"))
    )
    code, out, _ = doctor()
    assert code == 0
    assert out.startswith("ok  python      Python 3.")


def test_what_is_wrong_is_marked_and_followed_by_what_to_do(doctor: Any, no_home: Path) -> None:
    home = no_home / "edgeops"
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text("threads = 3\n")
    (home / "config.toml").chmod(0o644)
    code, out, _ = doctor()
    assert code == 1
    assert "!!  permissions Others may look into" in out
    assert "-> chmod go=" in out
    assert "!!  config" in out


def test_deep_hashes_the_models_too(doctor: Any) -> None:
    assert "model files" in doctor("--deep")[1]


def test_an_installation_without_its_database_is_told(doctor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pysqlite3", None)
    for name in [
        name for name in sys.modules if name.startswith(("edgeops.knowledge.database", "edgeops.health.keeping"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("edgeops.health.keeping", raising=False)
    code, out, _ = doctor("--json")
    found = {one["check"]: one for one in json.loads(out)}
    assert code == 1
    assert "cannot be loaded" in found["sqlite"]["detail"]
    assert "store" not in found


def test_a_server_is_named_and_not_tried(doctor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEOPS_REMOTE__URL", "http://10.0.0.9:8080/v1")
    found = {one["check"]: one for one in json.loads(doctor("--json")[1])}
    assert "http://10.0.0.9:8080/v1" in found["model"]["detail"]
    assert "runtime" not in found


def test_hostile_names_do_not_reach_the_terminal(doctor: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EDGEOPS_HOME", str(tmp_path / "a\x1b[2Jb"))
    assert "\x1b" not in doctor()[1]
