"""What answers are made with: the model, its runtime, its sandbox; and the embedder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from edgeops.catalog.adapters import Adapter
from edgeops.catalog.choose import choose
from edgeops.catalog.pairing import bases, plain
from edgeops.catalog.store import Shelf
from edgeops.errors import CatalogError, KnowledgeError
from edgeops.health.check import Check, told
from edgeops.hooks import Embedder
from edgeops.records import Installed, Purpose

TIMEOUT_S = 20.0
_ROOT = Path(__file__).parents[2]
_SEAL = """
import sys
sys.path.insert(0, sys.argv[1])
from edgeops.engines.sandbox import seal
from edgeops.errors import EdgeopsError
try:
    seal()
except EdgeopsError as error:
    sys.exit(str(error))
"""


def model(shelf: Shelf, wanted: str, memory_mb: int, adapters: Sequence[Adapter] = ()) -> Check:
    """The model that would be asked: whether it is here, verified, and fits into the free memory (MiB)."""
    try:
        installed = [one for one in shelf.installed() if one.model.purpose is Purpose.ANSWERS]
        name = plain(shelf, adapters, wanted or shelf.chosen)
        one = shelf.get(name) if name else choose(installed, memory_mb, bases(adapters))
    except CatalogError as error:
        return told("model", str(error))
    if one is None and not installed:
        detail = "No model is here: what no rule knows is not answered."
        return Check("model", False, detail, "edgeops model pull 0.5b, or --from a stick.")
    if one is None:
        detail = f"{memory_mb} MiB of memory are free, which is too little for any model that is here."
        return Check("model", False, detail, "Close other programs, or get a smaller one: edgeops model list.")
    return _fit(one, memory_mb)


def _fit(one: Installed, memory_mb: int) -> Check:
    name, need = one.model.name, one.model.memory_mb
    if not one.verified:
        return Check("model", False, f"{name} was not verified since its file changed.", f"edgeops model verify {name}")
    if need > memory_mb:
        detail = f"{name} needs {need} MiB of memory, and {memory_mb} MiB are free."
        return Check(
            "model", False, detail, "Close other programs, or let the free memory choose: edgeops model use auto."
        )
    return Check("model", True, f"{name}, verified on {one.verified:%Y-%m-%d}; needs {need} of {memory_mb} MiB free")


def hashes(shelf: Shelf, when: datetime) -> Check:
    """Every model's file hashed again (a second for each 500 MB)."""
    try:
        installed = shelf.installed()
        for one in installed:
            shelf.verify(one, when, lambda done, total: None)
    except CatalogError as error:
        return told("model files", str(error))
    return Check("model files", True, f"{len(installed)} hashed again, all are right")


def runtime(finds: Callable[[str], object] = find_spec) -> Check:
    """Whether the program that runs models is installed; it is not loaded."""
    if finds("llama_cpp") is None:
        return Check(
            "runtime", False, "llama-cpp-python is not installed: no model can run.", "`make run` in the checkout."
        )
    return Check("runtime", True, "llama-cpp-python is installed")


def sandbox(program: Sequence[str] = (sys.executable, "-I", "-c", _SEAL, str(_ROOT)), allowed: bool = False) -> Check:
    """Whether a process can be cut off from the network here: tried in one of its own. allowed: the settings do without."""
    try:
        done = subprocess.run(program, capture_output=True, timeout=TIMEOUT_S, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Check("sandbox", False, f"It could not be tried ({error}).", "Try again when the machine is less busy.")
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        return told("sandbox", said[-1] if said else f"It ended with status {done.returncode}.")
    if allowed:
        detail = "It works, but model.allow_unsandboxed lets models run without it."
        return Check("sandbox", False, detail, "Take that setting out of config.toml.")
    return Check("sandbox", True, "a model's process is cut off from the network and from other programs")


def embedder(one: Embedder | None) -> Check:
    """Whether meanings can be compared: a sentence is put in."""
    if one is None:
        return Check("embedder", False, "There is none: knowledge is found by words only.", "Reinstall edgeops.")
    try:
        rows = one.embed(["the disk is full"])
    except KnowledgeError as error:
        return told("embedder", str(error))
    return Check("embedder", True, f"{one.name}, {rows.shape[1]} numbers a text")
