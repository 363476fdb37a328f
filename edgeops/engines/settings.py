"""What an engine needs to know; the configuration file and the catalogue map to this."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from edgeops.records import UNFITTED, Trust

_CPU = Path("/sys/devices/system/cpu")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_NO_QUOTA = 1 << 20


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Settings of one engine; `url` and `key_env` are for `remote` only, the rest for `llama` and `onnx` (all use name and timeout_s).

    path is the model file, or `fd` an open descriptor of it (hashed by the caller, so that nothing can be swapped).
    sha256 keys the saved prompt state (empty: nothing is saved). adapter, adapter_fd and adapter_sha256 are the same of a
    GGUF LoRA adapter that is loaded beside the model (no path: none is). threads 0 means all physical cores. memory_mb is
    what a run needs resident (0: worked out from the file). timeout_s is the longest silence, not the longest run. The
    engine itself has no use for trust.
    """

    name: str = ""
    path: str = ""
    fd: int = -1
    sha256: str = ""
    adapter: str = ""
    adapter_fd: int = -1
    adapter_sha256: str = ""
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
    trust: Trust = UNFITTED

    @property
    def engine(self) -> str:
        """The name of the engine that these settings are for."""
        if self.url:
            return "remote"
        return "onnx" if self.path.endswith(".onnx") else "llama"

    @property
    def weights(self) -> str:
        """The hashes of all that is loaded, joined by +; empty when one of them is not known."""
        if not self.adapter:
            return self.sha256
        return f"{self.sha256}+{self.adapter_sha256}" if self.sha256 and self.adapter_sha256 else ""


def physical_cores(cpu: Path = _CPU, quota: Path = _QUOTA) -> int:
    """Physical cores that this process may use, and no more than a container's quota.

    Hyper-threads of one core only get in each other's way when decoding.
    """
    cores = {_core(cpu, number) for number in os.sched_getaffinity(0)}
    return max(1, min(len(cores), _allowed(quota)))


def _allowed(quota: Path) -> int:
    try:
        runtime, period = quota.read_text("ascii").split()
        return int(runtime) // int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return _NO_QUOTA


def _core(cpu: Path, number: int) -> str:
    try:
        return (cpu / f"cpu{number}" / "topology" / "thread_siblings_list").read_text("ascii").strip()
    except OSError:
        return str(number)
