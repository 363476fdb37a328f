"""A release: the folder of an adapter with its manifest, the signature of who made it, and everything that was measured of it.

`edgeops-quantize release` writes such folders. Nothing in one is believed before the signature and the hashes are right.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

# msgspec: reads manifests back into records and refuses what does not fit.
import msgspec

from edgeops.errors import CatalogError, HashMismatch
from edgeops.files import sha256_of
from edgeops.records import UNFITTED, Trust

FORMAT = 1
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
_MOST_BYTES = 4 << 20
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Base(msgspec.Struct, frozen=True):
    """The model file that an adapter goes with, and no other."""

    file: str
    sha256: str


class Weights(msgspec.Struct, frozen=True):
    """The adapter's file (GGUF)."""

    file: str
    sha256: str
    bytes: int
    rank: int
    method: str


class Reached(msgspec.Struct, frozen=True):
    """A value that was measured over n items, with its interval of 95 %."""

    value: float
    low: float
    high: float
    n: int


class Manifest(msgspec.Struct, frozen=True):
    """What a release says of itself. key is the maker's public key; data maps files to hashes.

    evaluation: row -> metric -> what it reached; figures: row -> bytes, load_s, prefill_tps, decode_tps, memory_mb; limits:
    sentences about what the numbers do not say; files: every other file of the folder and its hash; recipe: how the weights
    are stored.
    """

    format: int
    name: str
    version: str
    created: datetime
    key: bytes
    licence: str
    base: Base
    adapter: Weights
    recipe: str
    data: dict[str, str]
    config: dict[str, str]
    versions: dict[str, str]
    evaluation: dict[str, dict[str, Reached]]
    figures: dict[str, dict[str, float]]
    limits: dict[str, str]
    machine: str
    files: dict[str, str]
    trust: Trust = UNFITTED

    @property
    def loaded(self) -> str:
        """The hashes of what an engine loads, as evaluations name it."""
        return f"{self.base.sha256}+{self.adapter.sha256}"


@dataclass(frozen=True, slots=True)
class Release:
    """A folder whose manifest is signed. digest is the SHA-256 of the manifest as it stands there."""

    folder: Path
    manifest: Manifest
    digest: str

    @property
    def file(self) -> Path:
        return self.folder / self.manifest.adapter.file


def read_release(folder: Path) -> Release:
    """The release in a folder, its signature checked; the other files are not looked at. Raises CatalogError, HashMismatch."""
    signed, signature = _content(folder / MANIFEST), _content(folder / SIGNATURE)
    try:
        manifest = msgspec.json.decode(signed, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CatalogError(
            f"{folder / MANIFEST} is no manifest of a release ({error}); release the adapter anew."
        ) from error
    if manifest.format != FORMAT:
        raise CatalogError(
            f"{folder} has format {manifest.format}, this edgeops reads {FORMAT}; use versions that fit."
        )
    # cryptography takes a moment to load, and most starts meet no adapter.
    from edgeops.identity import verified

    if not verified(manifest.key, signed, signature):
        raise HashMismatch(
            f"The signature of {folder} is wrong: its manifest was changed after it was made. Get it again."
        )
    names = (manifest.adapter.file, *manifest.files)
    if not (_NAME.fullmatch(manifest.name) and all(map(_FILE.fullmatch, (manifest.version, *names)))):
        raise CatalogError(
            f"{folder / MANIFEST} names what cannot be a release or a file of one; release the adapter anew."
        )
    return Release(folder, manifest, hashlib.sha256(signed).hexdigest())


def check_files(release: Release) -> None:
    """Hash every file that the manifest names. Raises HashMismatch, CatalogError; files that it does not name are refused too."""
    wanted = {release.manifest.adapter.file: release.manifest.adapter.sha256, **release.manifest.files}
    for name, sha256 in wanted.items():
        path = release.folder / name
        try:
            found = sha256_of(path)
        except OSError as error:
            raise CatalogError(f"{path} cannot be read ({error.strerror}); release the adapter anew.") from error
        if found != sha256:
            raise HashMismatch(
                f"{path} has the SHA-256 {found}, but its manifest says {sha256}; release the adapter anew."
            )
    others = sorted(set(_names(release.folder)) - {MANIFEST, SIGNATURE, *wanted})
    if others:
        raise CatalogError(f"{release.folder} holds {others[0]}, which its manifest does not name; remove it first.")


def _names(folder: Path) -> Iterator[str]:
    return (path.name for path in folder.iterdir())


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        raise CatalogError(
            f"{path} cannot be read ({error.strerror}); name the folder that `edgeops-quantize release` wrote."
        ) from error
    if len(content) > _MOST_BYTES:
        raise CatalogError(f"{path} is too large for what it should be; release the adapter anew.")
    return content
