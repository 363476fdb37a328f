"""A folder or a file as a source: what somebody carried here by hand, the model itself or the wheels that hold it."""

from __future__ import annotations

from pathlib import Path

from edgeops.catalog.part import CHUNK, Part
from edgeops.catalog.wheels import find_wheel, join_folder
from edgeops.paths import from_home
from edgeops.records import Model, Source

CARRIED = "models.d"
"""A folder of this name is looked into wherever models are looked for: on a USB stick, or in the data directory."""


def fetch_path(source: Source, part: Part) -> str:
    """Copies or joins what is missing of part from source.ref; gives "" or why it stopped."""
    path = from_home(source.ref)
    try:
        return _fetch(path, part)
    except OSError as error:
        return f"{error.filename or path} cannot be read ({(error.strerror or type(error).__name__).lower()})"


def _fetch(path: Path, part: Part) -> str:
    if not path.exists():
        return f"{path} does not exist"
    model = part.model
    folders = [f for f in (path, path / CARRIED) if f.is_dir()] or [path.parent]
    files = [path] if path.is_file() and path.suffix != ".whl" else [f for folder in folders for f in folder.iterdir()]
    for file in sorted(files, key=lambda file: file.name != model.file):
        if file.is_file() and file.stat().st_size == model.bytes:
            return _copy(file, part)
    for folder in folders:
        for shards in (s.shards for s in model.sources if s.shards):
            if any(find_wheel(folder, shard.requirement) for shard in shards):
                return join_folder(shards, part, folder)
    return f"{path} holds no file of {model.bytes} bytes{_or_wheels(model)}"


def _copy(file: Path, part: Part) -> str:
    part.resume(0)
    with file.open("rb", buffering=0) as stream:
        while data := stream.read(CHUNK):
            part.write(data)
    return f"{file} ended after {part.done} of {part.model.bytes} bytes" if part.missing else ""


def _or_wheels(model: Model) -> str:
    count = sum(len(source.shards) for source in model.sources)
    return f" and none of the {count} wheels that hold it" if count > 1 else ""
