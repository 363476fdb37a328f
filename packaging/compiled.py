"""The wheel of llama-cpp-python, compiled for the CPU at hand from the locked source archive, and kept."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import shlex
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

from progress import Steps

MB_PER_JOB = 1200
_ONLY_THE_LIBRARY = Path(__file__).resolve().with_name("llama.cmake")
_CMAKE = ("-DGGML_NATIVE=ON", "-DLLAVA_BUILD=OFF", "-DLLAMA_OPENSSL=OFF", "-DGGML_CCACHE=OFF")


@dataclass(frozen=True)
class Wheel:
    """entry is the lock file's entry (version and hashes); build keeps wheels and work; tools holds cmake and ninja."""

    entry: str
    build: Path
    tools: Path

    @property
    def folder(self) -> Path:
        """Where the finished wheel stands: another CPU, version or setting has another place."""
        parts = (self.entry, machine(), *_CMAKE, _ONLY_THE_LIBRARY.read_text("utf-8"), platform.libc_ver()[1])
        return self.build / "wheels" / hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]

    @property
    def finished(self) -> Path | None:
        return next(self.folder.glob("*.whl"), None)

    def make(self, steps: Steps, pip: list[str]) -> Path:
        """The wheel: the one that is there, or a new one. A compilation that was stopped goes on."""
        if found := self.finished:
            return found
        source, work = self._source(steps, pip), self.build / "llama"
        steps.compile(
            [
                *(*pip, "wheel", "--verbose", "--no-deps", "--no-build-isolation", "--no-index"),
                *("--config-settings", f"build-dir={work / self.folder.name}", "--wheel-dir", str(work), str(source)),
            ],
            CMAKE_ARGS=shlex.join((*_CMAKE, f"-DCMAKE_PROJECT_llama_cpp_INCLUDE={_ONLY_THE_LIBRARY}")),
            CMAKE_BUILD_PARALLEL_LEVEL=str(_jobs()),
            PATH=self._path(),
        )
        # Only a whole wheel ever stands in the folder; the sources and objects around it are no longer needed.
        built = next(work.glob("*.whl"))
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = built.replace(self.folder / built.name)
        shutil.rmtree(work)
        return kept

    def _source(self, steps: Steps, pip: list[str]) -> Path:
        """The archive, fetched against its hash and unpacked where a stopped compilation finds it again."""
        work = self.build / "llama"
        work.mkdir(parents=True, exist_ok=True)
        folder = work / self.entry.split()[0].replace("-", "_").replace("==", "-")
        unpacked = folder / "unpacked"
        if not unpacked.exists():
            wanted = work / "llama.txt"
            wanted.write_text(self.entry, "utf-8")
            steps.pip(
                [
                    *(*pip, "download", "--no-deps", "--no-build-isolation", "--no-binary", ":all:"),
                    *("--require-hashes", "--dest", str(work), "--requirement", str(wanted)),
                ],
                PATH=self._path(),
            )
            with tarfile.open(next(work.glob("*.tar.gz"))) as archive:
                archive.extractall(work)  # its hash is the locked one
            unpacked.touch()
        return folder

    def _path(self) -> str:
        return f"{self.tools / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"


def machine() -> str:
    """The instruction set that code is compiled for, as a short name."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith(("flags", "Features")):
                return f"{platform.machine()}-{hashlib.sha256(line.encode()).hexdigest()[:12]}"
    return platform.machine()


def _jobs() -> int:
    """Compilers at once: one a core, fewer where memory is short."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    return max(1, min(len(os.sched_getaffinity(0)), memory // MB_PER_JOB))
