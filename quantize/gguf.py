"""GGUF to GGUF: re-quantises a model to another type with llama.cpp's own quantiser, in a child process.

Why one would: the published 0.5B in Q4_K_M reads prompts at a third of the speed of Q4_0 or IQ4_NL on CPUs with AVX-512.
Starting from a quantised file loses more than starting from F16 would; `edgeops-quantize evaluate` (a later step) says how much.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from edgeops.errors import EdgeopsError

# llama.cpp's numbers of its file types (enum llama_ftype in llama.h).
TYPES = {"F16": 1, "Q4_0": 2, "Q8_0": 7, "Q5_K_M": 17, "Q4_K_M": 15, "Q6_K": 18, "IQ4_NL": 25, "IQ4_XS": 30}
_MAGIC = b"GGUF"
_CHILD = """
import ctypes, os, sys
from pathlib import Path
import llama_cpp
source, target, kind, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
parameters = llama_cpp.llama_model_quantize_default_params()
parameters.ftype, parameters.nthread, parameters.allow_requantize = kind, threads, True
sys.exit(0 if llama_cpp.llama_model_quantize(os.fsencode(source), os.fsencode(target), ctypes.byref(parameters)) == 0 else 1)
"""


class QuantizeError(EdgeopsError):
    pass


@dataclass(frozen=True, slots=True)
class Requantised:
    """What `edgeops-quantize gguf` reports; sizes in bytes."""

    source: str
    target: str
    type: str
    bytes_before: int
    bytes_after: int
    sha256: str
    seconds: float


def requantise(
    source: Path, target: Path, kind: str, threads: int = 0, clock: Callable[[], float] = monotonic
) -> Requantised:
    """Write target as source in another type. The target appears whole or not at all; an existing one is refused."""
    if kind not in TYPES:
        raise QuantizeError(f"{kind!r} is no type that can be written; choose one of {', '.join(TYPES)}.")
    if target.exists():
        raise QuantizeError(f"{target} exists already; name another file or remove it first.")
    _check(source)
    part = target.with_name(target.name + ".part")
    begun = clock()
    try:
        command = [sys.executable, "-I", "-c", _CHILD, str(source), str(part), str(TYPES[kind]), str(threads)]
        run = subprocess.run(command, capture_output=True, check=False)
        if run.returncode or not part.exists():
            said = run.stderr.decode("utf-8", "replace").strip().splitlines()
            last = said[-1][:200] if said else f"exit status {run.returncode}"
            raise QuantizeError(
                f"llama.cpp could not re-quantise {source} ({last}); nothing was written. Check the file and the disk."
            )
        report = Requantised(
            str(source), str(target), kind, source.stat().st_size, part.stat().st_size, _digest(part), clock() - begun
        )
        part.rename(target)
        return report
    finally:
        part.unlink(missing_ok=True)


def _check(source: Path) -> None:
    try:
        with source.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise QuantizeError(f"{source} cannot be read ({error.strerror}); name a GGUF file.") from error
    if magic != _MAGIC:
        raise QuantizeError(
            f"{source} is no GGUF file; name one, such as those that 'edgeops model list --json' shows."
        )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
