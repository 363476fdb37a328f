"""The commands as a person or a script meets them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from quantize.cli import run
from quantize.evaluate.record import write
from tests.quantize.measured import evaluation, row, sha, steps


@pytest.fixture
def released(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    adapter, trained, measured, base = steps(tmp_path / "steps")
    out = tmp_path / "ops-base"
    assert run(["release", str(adapter), str(trained), str(measured), str(out), "--base", str(base)]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "ops-base"
    return out


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_release_promote_history_rollback(released: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["promote", str(released)]) == 0
    assert told(capsys)["promoted"] is True
    assert run(["history", "ops-base"]) == 0
    assert [entry["action"] for entry in told(capsys)["entries"]] == ["promote"]  # type: ignore[attr-defined]
    assert run(["rollback", "ops-base"]) == 0
    assert told(capsys) == {"name": "ops-base", "version": ""}
    assert run(["rollback", "ops-base"]) == 2
    assert "nothing to go back from" in capsys.readouterr().err


def test_a_refusal_ends_with_1_and_says_each_reason(
    released: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["promote", str(released)])
    adapter, trained, measured, base = steps(tmp_path / "worse", 2)
    loaded = [f"{sha(b'GGUF base')}+{sha(f'GGUF adapter {n}'.encode())}" for n in (1, 2)]
    write(evaluation(sha(b"GGUF base"), loaded[1], row("active", loaded[0]), root_accuracy=0.2), measured)
    out = tmp_path / "worse" / "out"
    run(["release", str(adapter), str(trained), str(measured), str(out), "--base", str(base), "--name", "ops-base"])
    capsys.readouterr()
    assert run(["promote", str(out)]) == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out)["promoted"] is False
    assert shown.err.startswith("root_accuracy would be 0.200 and is 0.600 now")


def test_bad_input_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["promote", str(tmp_path)]) == 2
    assert run(["release", "a", "b", "c", str(tmp_path / "out"), "--base", "d"]) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and len(shown.err.splitlines()) == 2 and "Traceback" not in shown.err
    assert not (Path(os.environ["EDGEOPS_HOME"]) / "models").exists()
