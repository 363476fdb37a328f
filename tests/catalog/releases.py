"""Signed releases of adapters of a few bytes, as `edgeops-quantize release` writes them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from edgeops.catalog.release import FORMAT, Base, Manifest, Reached, Weights
from edgeops.identity import Identity, identity
from edgeops.records import Model, Trust
from tests.catalog.tiny import NOON


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class Maker:
    """A machine with a key of its own that releases adapters for one base."""

    folder: Path
    base: Model
    name: str = "ops-tiny"

    @property
    def key(self) -> Identity:
        return identity(self.folder / "key")

    def release(self, number: int = 1, content: bytes = b"", place: Path | None = None, **changes: Any) -> Path:
        """The folder of the adapter's version of that number. changes go into the manifest."""
        content = content or f"GGUF adapter {number}".encode()
        folder = place or self.folder / f"release-{number}"
        folder.mkdir(parents=True)
        card = f"# {self.name} {number}\n".encode()
        (folder / "adapter.gguf").write_bytes(content)
        (folder / "README.md").write_bytes(card)
        said = Manifest(
            FORMAT, self.name, f"v{number}", NOON + timedelta(days=number), self.key.public, "Apache-2.0",
            Base(self.base.file, self.base.sha256), Weights("adapter.gguf", sha(content), len(content), 16, "lora"),
            "LoRA, F16", {"train.jsonl": "ab" * 32}, {"rate": "0.0002"}, {"torch": "2.13.0"},
            {"base": {"root_accuracy": Reached(0.5, 0.4, 0.6, 100)}, "tuned": {"root_accuracy": Reached(0.9, 0.8, 0.95, 100)}},
            {"tuned": {"decode_tps": 40.0}}, {}, "a laptop", {"README.md": sha(card)}, Trust(0.8, 0.55),
        )  # fmt: skip
        signed = msgspec.json.encode(msgspec.structs.replace(said, **changes))
        (folder / "manifest.json").write_bytes(signed)
        (folder / "manifest.sig").write_bytes(self.key.sign(signed))
        return folder
