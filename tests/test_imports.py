"""What a fresh interpreter loads: start-up stays quick, and the model runtime stays out of the way."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
HEAVY = {"llama_cpp", "onnxruntime", "textual", "rich", "numpy", "torch", "pydantic"}
STORE = {"sqlite3", "sqlite_utils", "pysqlite3"}
_RUN = """
import json, sys
from edgeops.cli.main import run
code = run(sys.argv[1:])
sys.stdout.flush()
sys.stderr.write("\\n" + json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


def loaded_by(*arguments: str) -> tuple[int, set[str]]:
    """The exit code of one command line in a fresh interpreter, and the top-level modules it loaded."""
    process = subprocess.run(
        [sys.executable, "-c", _RUN, *arguments], capture_output=True, text=True, cwd=CHECKOUT, check=True
    )
    code, modules = json.loads(process.stderr.splitlines()[-1])
    return code, set(modules)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["explain", "--help"], ["model", "--help"], ["zzz"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    _, modules = loaded_by(*arguments)
    assert modules & (HEAVY | STORE) == set()
    assert "socket" not in modules or arguments[0] == "model"


def test_the_known_tier_loads_no_model_code_and_no_database(tmp_path: Path) -> None:
    log = tmp_path / "kernel.log"
    log.write_text(
        "Nov 22 07:31:02 web1 kernel: Out of memory: Killed process 4121 (java) total-vm:8123456kB, anon-rss:1kB\n"
    )
    code, modules = loaded_by("explain", "--no-model", "--readonly", str(log))
    assert code == 1
    assert modules & (HEAVY | STORE) == set()


def test_listing_models_loads_no_runtime() -> None:
    code, modules = loaded_by("model", "list")
    assert code == 0
    assert modules & HEAVY == set()
