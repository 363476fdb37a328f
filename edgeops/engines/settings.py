"""What an engine needs to know; the configuration file and the catalogue map to this."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_CPU = Path("/sys/devices/system/cpu")


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Settings of one engine; `url` and `key_env` are for `remote` only, the rest for `llama` (both use name and timeout_s).

    path is the model file, or `fd` an open descriptor of it (hashed by the caller, so that nothing can be swapped).
    sha256 keys the saved prompt state (empty: nothing is saved). threads 0 means all physical cores. memory_mb is what
    a run needs resident (0: worked out from the file). timeout_s is the longest silence, not the longest run.
    """

    name: str = ""
    path: str = ""
    fd: int = -1
    sha256: str = ""
    family: str = ""
    context: int = 4096
    threads: int = 0
    batch: int = 128
    timeout_s: float = 60.0
    memory_mb: int = 0
    cache: str = ""
    allow_unsandboxed: bool = False
    url: str = ""
    key_env: str = ""


def physical_cores(cpu: Path = _CPU) -> int:
    """Physical cores that this process may use: hyper-threads of one core only get in each other's way when decoding."""
    allowed = os.sched_getaffinity(0)
    cores = {_core(cpu, number) for number in allowed}
    return max(1, len(cores))


def _core(cpu: Path, number: int) -> str:
    try:
        return (cpu / f"cpu{number}" / "topology" / "thread_siblings_list").read_text("ascii").strip()
    except OSError:
        return str(number)
