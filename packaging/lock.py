"""Writes the hash-locked requirements from pyproject.toml: `make lock`. Needs uv (in an environment of its own) and the index.

Every file of every release is in the lock, so it holds on x86-64 and arm64 alike; no address of an index is.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
SETS = {
    "run.txt": ["pyproject.toml"],
    "dev.txt": ["pyproject.toml", "--extra", "dev"],
    "build.txt": ["requirements/build.in"],
    "train.txt": [
        "pyproject.toml",
        *(word for extra in ("dev", "train", "quantize", "onnx") for word in ("--extra", extra)),
    ],
}
BELOW = {"dev.txt": "run.txt", "train.txt": "dev.txt"}
"""A set is the one below it and more: the same versions in both."""
_ENTRY = re.compile(r"^([a-z0-9-]+)==.*(?:\n +--hash.*)*\n", re.MULTILINE)
# torch is not locked: the index's build brings CUDA along, and machines without a GPU have a smaller one of their own.
_OF_TORCH = re.compile(r"torch|triton|nvidia-.*|cuda-.*")
_HEAD = "# Written by `make lock` from {source}; do not edit.\n"


def lock(name: str, arguments: list[str]) -> None:
    """Resolves one set and writes it."""
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", *arguments, "--quiet"),
        *("--python-version", "3.11", "--python-platform", "linux", "--generate-hashes", "--upgrade"),
        # What the standard library of a later Python has itself says so, and is left out there.
        "--no-strip-markers",
        *("--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
        *(["--constraint", f"requirements/{BELOW[name]}"] if name in BELOW else []),
    ]
    locked = subprocess.run(command, cwd=CHECKOUT, check=True, stdout=subprocess.PIPE, text=True).stdout
    if name == "train.txt":
        locked = _added(locked, (CHECKOUT / "requirements" / BELOW[name]).read_text("utf-8"))
    (CHECKOUT / "requirements" / name).write_text(_HEAD.format(source=arguments[0]) + locked, "utf-8")


def _added(locked: str, below: str) -> str:
    """The entries that the set below does not hold."""
    held = {found[1] for found in _ENTRY.finditer(below)}
    return "".join(
        found[0] for found in _ENTRY.finditer(locked) if found[1] not in held and not _OF_TORCH.fullmatch(found[1])
    )


if __name__ == "__main__":
    for each, given in SETS.items():
        lock(each, given)
