from __future__ import annotations

import importlib.util
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The script as a module, working in a directory of the test's own."""
    monkeypatch.syspath_prepend(str(CHECKOUT / "packaging"))
    spec = importlib.util.spec_from_file_location("bootstrap", CHECKOUT / "packaging" / "bootstrap.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, place in {
        "BUILD": ".build",
        "TOOLS": ".build/tools",
        "VENV": ".venv",
        "PYTHON": ".venv/bin/python",
    }.items():
        monkeypatch.setattr(module, name, tmp_path / place)
    return module


def test_the_lock_is_split_at_the_package_that_is_compiled(bootstrap: Any) -> None:
    for which in ("run", "dev"):
        entry, others = bootstrap._split(which)
        assert entry.startswith("llama-cpp-python==") and entry.count("==") == 1 and "--hash" in entry
        assert "llama-cpp-python" not in others and "typer==" in others
        assert others.count("--hash") + entry.count("--hash") == (
            CHECKOUT / "requirements" / f"{which}.txt"
        ).read_text().count("--hash")


def test_what_is_done_is_not_done_again(bootstrap: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = []

    def prepare(which: str) -> None:
        prepared.append(which)
        bootstrap.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        bootstrap.PYTHON.touch()
        for one in bootstrap.SERVES[which]:
            (bootstrap.BUILD / f"{one}.stamp").write_text(bootstrap._state(one))

    monkeypatch.setattr(bootstrap, "_prepare", prepare)
    for which in ("run", "run", "dev", "run", "dev"):
        bootstrap.main(which)
    assert prepared == ["run", "dev"]
    bootstrap.PYTHON.unlink()
    bootstrap.main("run")
    assert prepared == ["run", "dev", "run"]


def test_what_trains_is_added_once_and_anew_when_the_environment_was(
    bootstrap: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(bootstrap.Steps, "pip", lambda self, command: ran.append(command))
    bootstrap.PYTHON.parent.mkdir(parents=True)
    bootstrap.PYTHON.touch()
    bootstrap.main("train")
    bootstrap.main("train")
    locked, torch = ran
    assert "--require-hashes" in locked and str(CHECKOUT / "requirements" / "train.txt") in locked
    assert torch[-1].startswith("torch==") and "--no-deps" not in torch
    (bootstrap.BUILD / "train.stamp").unlink()
    bootstrap.main("train")
    assert len(ran) == 4


def test_a_finished_wheel_is_taken_and_another_cpu_has_another_place(
    bootstrap: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = bootstrap.Wheel("llama-cpp-python==1.0 \\\n", bootstrap.BUILD, bootstrap.TOOLS)
    assert wheel.finished is None
    wheel.folder.mkdir(parents=True)
    file = wheel.folder / "llama_cpp_python-1.0-py3-none-linux_x86_64.whl"
    file.touch()
    assert wheel.make(None, []) == file
    monkeypatch.setattr("compiled.machine", lambda: "another")
    assert wheel.finished is None


def test_without_a_compiler_it_is_said(bootstrap: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    with pytest.raises(bootstrap.Failed, match=r"no gcc and no g\+\+ here; install it"):
        bootstrap._check_machine(compiles=True)
    bootstrap._check_machine(compiles=False)


def test_without_room_it_is_said(bootstrap: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "NEEDS_MB", 1 << 40)
    with pytest.raises(bootstrap.Failed, match=r"MB free, and .* needed; make room"):
        bootstrap._check_machine(compiles=False)


def test_no_network_is_one_sentence(tmp_path: Path) -> None:
    """The real script, in a copy of what it needs, with a pip that may not reach anything."""
    for name in ("packaging", "requirements"):
        shutil.copytree(CHECKOUT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    environ = {**os.environ, "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}
    process = subprocess.run(
        [sys.executable, str(tmp_path / "packaging" / "bootstrap.py"), "run"],
        capture_output=True,
        text=True,
        env=environ,
        check=False,
    )
    assert process.returncode == 1
    told = process.stderr.splitlines()
    assert told[-1].startswith("make: A package could not be fetched: is this machine connected?")
    assert "Traceback" not in process.stderr
    assert (tmp_path / ".build" / "bootstrap.log").exists()


def test_what_is_compiled_otherwise_is_compiled_again(
    bootstrap: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Flags that stand in llama.cmake are as good a reason as ones in the scripts."""
    packaging = tmp_path / "packaging"
    shutil.copytree(CHECKOUT / "packaging", packaging, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(bootstrap, "__file__", str(packaging / "bootstrap.py"))
    before = bootstrap._state("run")
    (packaging / "README.md").write_text("words")
    assert bootstrap._state("run") == before
    (packaging / "llama.cmake").write_text("set(LLAMA_BUILD_COMMON ON)\n")
    assert bootstrap._state("run") != before


def test_llama_cpp_makes_use_of_amx_where_there_is_some() -> None:
    """Whether what it computes is right, and that it does not end in SIGSEGV, is seen in tests/engines: they run Q8_0 and Q4_0."""
    flags = Path("/proc/cpuinfo").read_text("utf-8").partition("\nflags")[2].partition("\n")[0].split()
    asked = "import llama_cpp; print(llama_cpp.llama_print_system_info().decode())"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert "CPU" in told
    assert ("AMX_INT8 = 1" in told) == ({"amx_int8", "amx_tile", "avx512_vnni"} <= set(flags))


def test_a_process_that_a_command_spawns_does_not_run_the_command(
    bootstrap: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Spawned processes import the script that started their parent under another name."""
    packages = bootstrap.VENV / "lib" / "python3.11" / "site-packages"
    monkeypatch.setattr(bootstrap.venv, "create", lambda *_, **__: packages.mkdir(parents=True))
    monkeypatch.setattr(bootstrap.Steps, "pip", lambda self, command: None)
    bootstrap.BUILD.mkdir()
    (bootstrap.VENV / "bin").mkdir(parents=True)
    with bootstrap.Steps(tmp_path / "log", total=1) as steps:
        bootstrap._fill(steps, ["pip"], "", tmp_path / "wheel")
    for name in bootstrap.COMMANDS:
        assert "main" in runpy.run_path(str(bootstrap.VENV / "bin" / name), run_name="__mp_main__")
        monkeypatch.setattr(sys, "argv", [name, "--help"])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(bootstrap.VENV / "bin" / name), run_name="__main__")
        assert ended.value.code in (0, None)
