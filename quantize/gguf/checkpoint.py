"""A merged checkpoint in a Hugging Face folder becomes a GGUF file by llama.cpp's own converter.

The converter is no package: it comes inside the source archive of llama-cpp-python, which is fetched once by pip, known by its
hash and unpacked into the cache. It runs in a child process, without network.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from edgeops import paths
from edgeops.engines.weights import layout
from edgeops.engines.weights.layout import packed
from edgeops.engines.weights.planning import SUPPORTED
from edgeops.engines.weights.workshop import Workshop
from edgeops.files import sha256_of
from quantize.gguf.adapter import SOURCE_KEY
from quantize.gguf.requantising import QuantizeError, refuse_existing, requantise
from quantize.gguf.safetensors import digest

ARCHIVE = "llama_cpp_python-0.3.36.tar.gz"
SHA256 = "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e"
_REQUIREMENT = "llama-cpp-python==0.3.36"
_INSIDE = PurePosixPath("llama_cpp_python-0.3.36/vendor/llama.cpp")
_WANTED = ("convert_hf_to_gguf.py", "conversion/", "gguf-py/gguf/")
_CLASSES = {"Qwen2ForCausalLM": "qwen2", "LlamaForCausalLM": "llama"}
_NEEDED = ("torch", "transformers", "safetensors")
_PATIENCE_S = 1800
_PIECES = "sentencepiece"
_STAND_IN = "class SentencePieceProcessor:\n    pass\n"
"""The converter asks for sentencepiece before it looks whether the checkpoint has such a vocabulary; those of Qwen and Llama 3 have none."""

Say = Callable[[str], None]
Fetch = Callable[[Path], str]
"""Puts the archive into a folder; gives "" or why it could not."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What `edgeops-quantize gguf` reports of a checkpoint; source_sha256 is that of its weights."""

    source: str
    source_sha256: str
    target: str
    type: str
    bytes: int
    sha256: str


def convert(
    folder: Path,
    target: Path,
    kind: str = "F16",
    threads: int = 0,
    matrix: Path | None = None,
    *,
    say: Say = lambda sentence: None,
    cache: Path | None = None,
    fetch: Fetch | None = None,
    workshop: Workshop | None = None,
) -> Checkpoint:
    """Write target as the checkpoint in folder, in F16 or by a recipe. The target appears whole or not at all. Raises QuantizeError."""
    refuse_existing(target)
    _check(folder)
    script = converter(cache or paths.find().cache / "converter", fetch or pip_fetch, say)
    with tempfile.TemporaryDirectory(dir=target.absolute().parent, prefix=".convert-") as work:
        raw, whole = Path(work, "raw.gguf"), Path(work, "whole.gguf")
        say("llama.cpp's converter reads the checkpoint.")
        _run(script, folder, raw)
        sha256 = digest(folder)
        _mark(raw, whole, sha256)
        raw.unlink()
        if kind != "F16":
            done = Path(work, "done.gguf")
            requantise(whole, done, kind, threads, matrix, workshop=workshop)
            whole = done
        report = Checkpoint(str(folder), sha256, str(target), kind, whole.stat().st_size, sha256_of(whole))
        whole.rename(target)
    return report


def _check(folder: Path) -> None:
    """Raises QuantizeError for what is no checkpoint, or of an architecture that is not known, and where torch is missing."""
    try:
        said = json.loads((folder / "config.json").read_text("utf-8"))
        names = list(said.get("architectures") or ["unknown"])
    except (OSError, ValueError, AttributeError) as error:
        raise QuantizeError(
            f"{folder} is no checkpoint ({error}); name a Hugging Face folder with its config.json."
        ) from error
    if _CLASSES.get(names[0]) not in SUPPORTED:
        raise QuantizeError(f"{folder} is a {names[0]}; supported are {', '.join(_CLASSES)}.")
    if not list(folder.glob("*.safetensors")):
        raise QuantizeError(f"{folder} holds no *.safetensors; save the merged model there first.")
    if (folder / "tokenizer.model").exists() and importlib.util.find_spec(_PIECES) is None:
        raise QuantizeError(f"{folder} has a vocabulary of sentencepiece; install the package {_PIECES} first.")
    if missing := [name for name in _NEEDED if importlib.util.find_spec(name) is None]:
        raise QuantizeError(f"Converting needs {', '.join(missing)}; install the extra 'train' of edgeops first.")


def converter(cache: Path, fetch: Fetch, say: Say) -> Path:
    """The converter's script in the cache, brought there first if need be. Raises QuantizeError."""
    home = cache / SHA256[:16]
    script = home / "convert_hf_to_gguf.py"
    if script.exists():
        return script
    paths.private(cache)
    with tempfile.TemporaryDirectory(dir=cache) as work:
        say(f"Fetching {ARCHIVE} (77 MB), which holds llama.cpp's converter.")
        reason = fetch(Path(work))
        archive = Path(work, ARCHIVE)
        if reason or not archive.is_file():
            raise QuantizeError(
                f"llama.cpp's converter is not here and could not be fetched ({reason or 'nothing came'}); "
                f"connect to a package registry once, or carry {ARCHIVE} into {cache}."
            )
        if (found := sha256_of(archive)) != SHA256:
            raise QuantizeError(
                f"{ARCHIVE} came with the SHA-256 {found}, but {SHA256} is right; nothing of it is run."
            )
        try:
            _unpack(archive, Path(work, "fresh"))
            Path(work, "fresh").rename(home)
        except OSError as error:
            raise QuantizeError(f"{cache} cannot be written ({error.strerror}); make room there.") from error
    return script


def pip_fetch(folder: Path) -> str:
    """The archive that was carried into the cache, or pip's; "" or why neither."""
    carried = folder.parent / ARCHIVE
    if carried.is_file():
        shutil.copyfile(carried, folder / ARCHIVE)
        return ""
    command = [
        *(sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"),
        *("--no-deps", "--no-binary=:all:", "--retries=2", "--dest", str(folder), _REQUIREMENT),
    ]
    done = subprocess.run(command, capture_output=True, check=False, cwd=folder)
    said = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    return "" if done.returncode == 0 else (said[-1][:200] if said else f"pip ended with {done.returncode}")


def _unpack(archive: Path, target: Path) -> None:
    """The converter's own files only, and none that would lie elsewhere."""
    with tarfile.open(archive) as bundle:
        for member in bundle:
            name = PurePosixPath(member.name)
            if ".." in name.parts or not name.is_relative_to(_INSIDE):
                continue
            inner = name.relative_to(_INSIDE).as_posix()
            if inner.startswith(_WANTED) and (content := bundle.extractfile(member) if member.isfile() else None):
                (target / inner).parent.mkdir(parents=True, exist_ok=True)
                (target / inner).write_bytes(content.read())
    (target / "stand-in").mkdir()
    (target / "stand-in" / f"{_PIECES}.py").write_text(_STAND_IN, "utf-8")


def _run(script: Path, folder: Path, target: Path) -> None:
    # -P -s: neither the working directory nor a user's packages; PYTHONPATH: the converter's own gguf package.
    command = [
        sys.executable,
        "-P",
        "-s",
        str(script),
        str(folder.absolute()),
        "--outtype",
        "f16",
        "--outfile",
        str(target),
    ]
    home = script.parent
    folders = [home, home / "gguf-py", *([] if importlib.util.find_spec(_PIECES) else [home / "stand-in"])]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))}
    try:
        done = subprocess.run(command, capture_output=True, check=False, env=environ, timeout=_PATIENCE_S)
    except subprocess.TimeoutExpired as error:
        raise QuantizeError(
            f"llama.cpp's converter took more than {_PATIENCE_S // 60} minutes with {folder}; it was stopped."
        ) from error
    if done.returncode or not target.exists():
        said = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        raise QuantizeError(
            f"llama.cpp's converter could not read {folder} ({said[-1][:200] if said else 'it said nothing'}); nothing was written."
        )


def _mark(raw: Path, target: Path, sha256: str) -> None:
    """The same file with the hash of what it was made from, so that an adapter trained on that is known to fit."""
    found = layout.read(raw)
    with raw.open("rb") as data:

        def content(tensor: layout.Tensor) -> list[bytes]:
            data.seek(found.tensors[tensor.name].at)
            return [data.read(found.tensors[tensor.name].bytes)]

        layout.write(target, {**found.keys, SOURCE_KEY: packed(sha256)}, list(found.tensors.values()), content)
