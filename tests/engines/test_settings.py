"""Settings, and the count of cores."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from edgeops.engines.settings import EngineSettings, physical_cores
from edgeops.hooks import registry


def test_hyper_threads_count_once(tmp_path: Path) -> None:
    for number in os.sched_getaffinity(0):
        folder = tmp_path / f"cpu{number}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text("0-127\n")
    assert physical_cores(tmp_path) == 1


def test_without_a_topology_every_processor_counts(tmp_path: Path) -> None:
    assert physical_cores(tmp_path) == len(os.sched_getaffinity(0))


def test_a_containers_quota_is_kept(tmp_path: Path) -> None:
    quota = tmp_path / "cpu.max"
    for said, cores in (("100000 100000", 1), ("50000 100000", 1), ("max 100000", None), ("", None), ("1 0", None)):
        quota.write_text(said)
        assert physical_cores(tmp_path, quota) == (cores or len(os.sched_getaffinity(0)))


def test_the_engines_enter_by_the_door() -> None:
    found = [pair for group in registry().hook.edgeops_engines() for pair in group]
    assert {"llama", "onnx", "remote"} <= {name for name, _ in found}


def test_importing_the_room_imports_nothing_heavy() -> None:
    program = (
        "import sys, edgeops.engines; "
        "bad = {'numpy', 'llama_cpp', 'msgspec', 'subprocess', 'http.client', 'ctypes'} & set(sys.modules); print(*bad)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_parents_side_needs_no_numpy_and_no_model_library() -> None:
    program = (
        "import sys, edgeops.engines.llama, edgeops.engines.remote; print({'numpy', 'llama_cpp'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_engine_follows_from_the_file_and_a_server_goes_before_it() -> None:
    found = [
        EngineSettings(path="/m/a.gguf"),
        EngineSettings(path="/m/a.onnx"),
        EngineSettings(path="/m/a.onnx", url="u"),
    ]
    assert [settings.engine for settings in found] == ["llama", "onnx", "remote"]
