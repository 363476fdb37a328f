"""A bundle: knowledge on its way to another machine. A ZIP of JSON lines with a list of hashes, signed by its maker.

Anybody can look into it with tools at hand. Nothing of it is believed before the signature and every hash are right.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import msgspec

from edgeops.errors import StoreError
from edgeops.identity import fingerprint, verified

FORMAT = 1
MOST_BYTES = 256 << 20
"""Unpacked, of all members together."""
_MANIFEST, _SIGNATURE = "manifest.json", "manifest.sig"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, KeyError, OSError)


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member of a bundle: what it must hash to, and how many rows it has."""

    name: str
    sha256: str
    bytes: int
    rows: int


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a bundle says of itself. key is the maker's public key; since is when the changes in it begin, if not at the start."""

    format: int
    machine: str
    key: bytes
    created: datetime
    since: datetime | None
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose signature and hashes are right."""

    manifest: Manifest
    members: dict[str, bytes]

    @property
    def fingerprint(self) -> str:
        """Of the key that signed it."""
        return fingerprint(self.manifest.key)


def pack(
    members: dict[str, list[bytes]], machine: str, key: bytes, sign: Callable[[bytes], bytes],
    created: datetime, since: datetime | None,
) -> bytes:  # fmt: skip
    """The bundle of these members (lines each). The same content gives the same bytes."""
    joined = {name: b"".join(line + b"\n" for line in lines) for name, lines in sorted(members.items())}
    parts = tuple(
        Part(name, sha256(content).hexdigest(), len(content), len(members[name])) for name, content in joined.items()
    )
    manifest = msgspec.json.encode(Manifest(FORMAT, machine, key, created, since, parts))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in ((_MANIFEST, manifest), (_SIGNATURE, sign(manifest)), *joined.items()):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            archive.writestr(info, content)
    return out.getvalue()


def unpack(content: bytes, name: str) -> Bundle:
    """The bundle in a file's bytes. Raises StoreError with a sentence when anything about it is not right."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            signed = _read(archive, _MANIFEST, 1 << 20)
            manifest = msgspec.json.decode(signed, type=Manifest)
            if manifest.format != FORMAT:
                raise StoreError(
                    f"The bundle {name} has format {manifest.format}, this edgeops reads {FORMAT}; nothing was merged. "
                    "Export it again with the version that is installed here, or update this one."
                )
            if not verified(manifest.key, signed, _read(archive, _SIGNATURE, 64)):
                raise StoreError(f"The signature of {name} is wrong: it was changed after it was made. {_NOTHING}")
            members = dict(_members(archive, manifest.parts, name))
            _nothing_else(archive.namelist(), manifest.parts, name)
            return Bundle(manifest, members)
    except _BROKEN as error:
        raise StoreError(f"The bundle {name} is damaged or is none ({error}). {_NOTHING}") from error


_NOTHING = "Nothing was merged; copy or export it again."


def _members(archive: zipfile.ZipFile, parts: Iterable[Part], name: str) -> Iterable[tuple[str, bytes]]:
    left = MOST_BYTES
    for part in parts:
        if part.bytes > left:
            raise StoreError(f"The bundle {name} unpacks to more than {MOST_BYTES >> 20} MiB. {_NOTHING}")
        left -= part.bytes
        content = _read(archive, part.name, part.bytes)
        if sha256(content).hexdigest() != part.sha256:
            raise StoreError(f"{part.name} in {name} does not match its hash. {_NOTHING}")
        yield part.name, content


def _nothing_else(names: list[str], parts: Iterable[Part], name: str) -> None:
    """Members that nobody signed, or that stand twice, are refused: they could show one thing and mean another."""
    known = [_MANIFEST, _SIGNATURE, *(part.name for part in parts)]
    if sorted(names) != sorted(known):
        raise StoreError(f"The bundle {name} holds files that its list does not name. {_NOTHING}")


def _read(archive: zipfile.ZipFile, member: str, most: int) -> bytes:
    with archive.open(member) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{member} is larger than its list says")
    return content
