"""Writes the hash-locked requirements from pyproject.toml: `make lock`. Needs uv (in an environment of its own) and the index.

Every file of every release is in the lock, so it holds on x86-64 and arm64 alike; no address of an index is.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
SETS = {
    "run.txt": ["pyproject.toml"],
    "dev.txt": ["pyproject.toml", "--extra", "dev"],
    "build.txt": ["requirements/build.in"],
}
_HEAD = "# Written by `make lock` from {source}; do not edit.\n"


def lock(name: str, arguments: list[str]) -> None:
    """Resolves one set and writes it."""
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", *arguments, "--quiet"),
        *("--python-version", "3.11", "--python-platform", "linux", "--generate-hashes", "--upgrade"),
        # What the standard library of a later Python has itself says so, and is left out there.
        "--no-strip-markers",
        *("--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
        # The development set is the run set and more: the same versions in both.
        *(["--constraint", "requirements/run.txt"] if name == "dev.txt" else []),
    ]
    locked = subprocess.run(command, cwd=CHECKOUT, check=True, stdout=subprocess.PIPE, text=True).stdout
    (CHECKOUT / "requirements" / name).write_text(_HEAD.format(source=arguments[0]) + locked, "utf-8")


if __name__ == "__main__":
    for each, given in SETS.items():
        lock(each, given)
