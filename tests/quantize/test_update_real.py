"""The whole loop for real, on a model of 2 MB: staged data, training, GGUF adapter, llama.cpp, release, gate, service, rollback."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path

import pytest

from edgeops.catalog.adapters import Rack
from edgeops.catalog.release import check_files, read_release
from quantize.cli import run

if any(importlib.util.find_spec(name) is None for name in ("torch", "transformers", "peft", "matplotlib")):
    pytest.skip("torch and its friends are not installed (the extra `train`)", allow_module_level=True)

import torch

from quantize.data.making import Wish, make
from quantize.release import gate
from tests.quantize.tiny_gguf import write_base


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Threads cost a tiny model more than they give."""
    torch.set_num_threads(1)


def test_update_runs_from_staged_logs_to_an_adapter_in_service(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    recwarn: pytest.WarningsRecorder,
) -> None:
    """Whether so little training helps is chance; that the gate's verdict is kept to, and that nothing is done twice, is not."""
    monkeypatch.setattr(gate, "LEAST", 3)
    monkeypatch.setattr("edgeops.catalog.adapters.SHIPPED", tmp_path / "shipped")
    make(Wish(tmp_path / "texts", 16, 1))
    rows = (tmp_path / "texts" / "train.jsonl").read_text("utf-8").splitlines()
    texts = (message["content"] for row in rows for message in json.loads(row)["messages"])
    (tmp_path / "models").mkdir()
    write_base(tmp_path / "models" / "tiny.gguf", texts)
    # Such a path is a name on the hub, too.
    monkeypatch.chdir(tmp_path)
    command = ["update", "--base", "models/tiny.gguf", "--work", str(tmp_path / "work"), "--scenes", "16"]
    command += ["--rank", "4", "--rate", "0.01", "--epochs", "0.1", "--batch", "4", "--limit", "5", "--texts", "1"]

    status = run(command)
    shown = capsys.readouterr()
    done = json.loads(shown.out)
    assert done["new"] and status == (0 if done["promoted"] else 1), shown.err
    assert shown.err.startswith("About ") and "MiB of memory are needed" in shown.err
    assert not [str(one.message) for one in recwarn if "peft" in one.filename], (
        "nobody was asked, nothing was warned of"
    )
    assert "it/s" not in shown.err
    (folder,) = tmp_path.glob("work/release-*/ops-tiny")
    release = read_release(folder)
    check_files(release)
    assert release.manifest.data["train.jsonl"] == done["data"]
    assert {"base", "tuned"} <= release.manifest.evaluation.keys()
    assert "| metric | no model | base | tuned |" in (folder / "README.md").read_text("utf-8")

    rack = Rack(Path(os.environ["EDGEOPS_HOME"]) / "models" / "ops")
    serving = [one.version for one in rack.adapters(pytest.fail)]
    assert serving == ([done["version"]] if done["promoted"] else [])

    status = run(command)
    shown = capsys.readouterr()
    again = json.loads(shown.out)
    assert all(stage["kept"] for stage in again["stages"])
    assert again["new"] is not done["promoted"]
    assert [one.version for one in rack.adapters(pytest.fail)] == serving
