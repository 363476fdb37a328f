"""Makes `.venv` ready: `python3 packaging/bootstrap.py run|dev|train`. Standard library only, Python 3.11 or later.

`run` is what edgeops needs, `dev` adds the tests and checks, `train` adds to either what trains and converts models.

Everything is installed from the hash-locked files in requirements/; what is done already is not done again. pip's own
configuration (index, mirror, proxy, folder of packages) holds throughout.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the one file that an older Python may be given
    sys.exit("make: edgeops needs Python 3.11 or later; name one: make PYTHON=python3.11")

import contextlib
import fcntl
import hashlib
import json
import re
import shutil
import subprocess
import tomllib
import venv
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from compiled import Wheel, machine
from progress import Failed, Steps

CHECKOUT = Path(__file__).resolve().parents[1]
REQUIREMENTS = CHECKOUT / "requirements"
BUILD = CHECKOUT / ".build"
TOOLS = BUILD / "tools"
VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
# The development set holds the run set.
SERVES = {"run": ("run",), "dev": ("dev", "run")}
NEEDS_MB = 1500
TRAIN_NEEDS_MB = 3000
COMMANDS = {"edgeops": "edgeops.__main__", "edgeops-quantize": "quantize.cli"}


def main(which: str) -> None:
    """Brings .venv to the state that requirements/<which>.txt describes."""
    BUILD.mkdir(exist_ok=True)
    with _alone():
        stamp = BUILD / f"{which}.stamp"
        if PYTHON.exists() and stamp.exists() and stamp.read_text("utf-8") == _state(which):
            return
        if which == "train":
            _add_train(stamp)
        else:
            _prepare(which)


def _add_train(stamp: Path) -> None:
    """Adds what trains to .venv. torch comes as its build for this machine: a folder of packages (pip.conf) may have a smaller one."""
    _check_room(TRAIN_NEEDS_MB)
    extras = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    (torch,) = (one for one in extras["train"] if one.startswith("torch=="))
    into = [str(TOOLS / "bin" / "python"), "-m", "pip", "--python", str(PYTHON), "install", "--only-binary", ":all:"]
    locked = ["--no-deps", "--require-hashes", "--requirement", str(REQUIREMENTS / "train.txt")]
    with Steps(BUILD / "train.log", total=2) as steps:
        steps.begin("the packages that train and convert models")
        steps.pip([*into, *locked])
        steps.begin(torch)
        steps.pip([*into, torch])
    stamp.write_text(_state("train"), "utf-8")


def _prepare(which: str) -> None:
    with Steps(BUILD / "bootstrap.log", total=3) as steps:
        entry, others = _split(which)
        wheel = Wheel(entry, BUILD, TOOLS)
        _check_machine(compiles=wheel.finished is None)
        steps.begin("the tools that build and install")
        pip = _make_tools(steps)
        steps.begin("llama-cpp-python, compiled for this CPU")
        file = wheel.make(steps, pip)
        steps.begin("the locked packages")
        for old in BUILD.glob("*.stamp"):
            old.unlink()
        _fill(steps, pip, others, file)
        for one in SERVES[which]:
            (BUILD / f"{one}.stamp").write_text(_state(one), "utf-8")


def _state(which: str) -> str:
    """What .venv depends on; a change of any makes it anew."""
    ours = (one for one in sorted(Path(__file__).parent.iterdir()) if one.suffix in (".py", ".cmake"))
    files = (REQUIREMENTS / f"{which}.txt", REQUIREMENTS / "build.txt", *ours)
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    return json.dumps([str(CHECKOUT), sys.version, machine(), *digests])


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One at a time in this checkout."""
    with (BUILD / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.stderr.write("Another make prepares this checkout; waiting for it.\n")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _check_machine(compiles: bool) -> None:
    compilers = {"gcc": ("gcc", "cc", "clang"), "g++": ("g++", "c++", "clang++")}
    missing = [name for name, any_of in compilers.items() if not any(map(shutil.which, any_of))]
    if missing and compiles:
        raise Failed(f"There is no {' and no '.join(missing)} here; install it (Debian: apt-get install gcc g++).")
    _check_room(NEEDS_MB)


def _check_room(needed: int) -> None:
    free = shutil.disk_usage(CHECKOUT).free >> 20
    if free < needed:
        raise Failed(
            f"The disk of {CHECKOUT} has {free} MB free, and {needed} MB are needed; make room and run make again."
        )


def _make_tools(steps: Steps) -> list[str]:
    """An environment with cmake, ninja and a recent pip; gives the command of that pip."""
    stamp, lock = TOOLS / "stamp", REQUIREMENTS / "build.txt"
    wanted = json.dumps([sys.version, hashlib.sha256(lock.read_bytes()).hexdigest()])
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        steps.pip([*_new_tools(), "install", "--require-hashes", "--only-binary", ":all:", "--requirement", str(lock)])
        stamp.write_text(wanted, "utf-8")
    return [str(TOOLS / "bin" / "python"), "-m", "pip"]


def _new_tools() -> list[str]:
    """Creates the environment; gives a pip that can fill it (Debian keeps ensurepip in a package of its own)."""
    python = str(TOOLS / "bin" / "python")
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        pip = [sys.executable, "-m", "pip"]
        if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode:
            raise Failed(
                "This Python has neither venv nor pip; install it (Debian: apt-get install python3-venv)."
            ) from None
        venv.create(TOOLS, clear=True, symlinks=True)
        return [*pip, "--python", python]
    venv.create(TOOLS, clear=True, symlinks=True, with_pip=True)
    return [python, "-m", "pip"]


def _fill(steps: Steps, pip: list[str], others: str, wheel: Path) -> None:
    """.venv with exactly the locked packages, the checkout and its commands."""
    venv.create(VENV, clear=True, symlinks=True)
    wanted = BUILD / "packages.txt"
    wanted.write_text(others, "utf-8")
    into = [*pip, "--python", str(PYTHON), "install", "--no-deps"]
    steps.pip([*into, "--require-hashes", "--only-binary", ":all:", "--requirement", str(wanted)])
    steps.pip([*into, "--no-index", str(wheel)])
    packages = next((VENV / "lib").glob("python3.*")) / "site-packages"
    (packages / "edgeops-checkout.pth").write_text(f"{CHECKOUT}\n", "utf-8")
    for name, module in COMMANDS.items():
        command = VENV / "bin" / name
        # A process that it spawns (quantize) imports it once more, and must not run it.
        command.write_text(
            f'#!{PYTHON}\nfrom {module} import main\n\nif __name__ == "__main__":\n    main()\n', "utf-8"
        )
        command.chmod(0o755)


def _split(which: str) -> tuple[str, str]:
    """The lock file's entry of llama-cpp-python (whose own wheel has no locked hash), and all the others."""
    text = (REQUIREMENTS / f"{which}.txt").read_text("utf-8")
    found = re.search(r"^llama-cpp-python==.*(?:\n\s+--hash.*)*\n", text, re.MULTILINE)
    if not found:
        raise Failed(f"requirements/{which}.txt does not name llama-cpp-python; write it anew (make lock).")
    return found[0], text.replace(found[0], "")


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "run")
    except Failed as failure:
        sys.exit(f"make: {failure}")
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. Run the same make again: it goes on from here.\n")
        sys.exit(130)
