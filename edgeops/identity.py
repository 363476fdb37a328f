"""Who made a file that travels: an Ed25519 key of this machine's own, and what a signature of another one is worth.

The private key never leaves its file. A signature says which key signed, not that its owner is to be trusted: that is a
person's decision, by the key's fingerprint.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

# cryptography: Ed25519 by OpenSSL's maintainers' own binding, kept by the PyCA; nothing here is made at home.
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from edgeops import paths
from edgeops.errors import ConfigError
from edgeops.files import write_whole

_KEY = "identity.key"
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Identity:
    """This machine as others know it. public is the raw key of 32 bytes."""

    private: bytes
    public: bytes

    @property
    def fingerprint(self) -> str:
        """How people compare keys."""
        return fingerprint(self.public)

    def sign(self, content: bytes) -> bytes:
        """An Ed25519 signature of 64 bytes."""
        return Ed25519PrivateKey.from_private_bytes(self.private).sign(content)


def fingerprint(public: bytes) -> str:
    """The first 16 hexadecimal digits of a key's SHA-256, in groups that can be read out over a radio."""
    digits = sha256(public).hexdigest()[:16]
    return "-".join(digits[at : at + 4] for at in range(0, 16, 4))


def verified(public: bytes, content: bytes, signature: bytes) -> bool:
    """Whether the owner of this public key signed exactly this content."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def identity(folder: Path) -> Identity:
    """The identity kept in the folder, made when there is none yet. Raises ConfigError."""
    file = paths.private(folder) / _KEY
    try:
        return _read(file)
    except FileNotFoundError:
        pass
    fresh = Ed25519PrivateKey.generate().private_bytes_raw()
    beside = file.with_name(f".{_KEY}.{secrets.token_hex(6)}")
    try:
        write_whole(beside, fresh)
        try:
            os.link(beside, file)
        except FileExistsError:  # another edgeops was quicker: its key counts
            pass
        finally:
            beside.unlink()
    except OSError as error:
        raise ConfigError(f"The key of this machine cannot be kept in {folder} ({error.strerror}).") from error
    return _read(file)


def _read(file: Path) -> Identity:
    handle = _opened(file)
    with os.fdopen(handle, "rb") as stream:
        if os.fstat(stream.fileno()).st_mode & 0o077:
            raise ConfigError(f"Others may read {file}, the key of this machine; run 'chmod 600 {file}'.")
        private = stream.read(_BYTES + 1)
    if len(private) != _BYTES:
        raise ConfigError(f"{file} is not a key; move it aside, and a new one is made (others will see a new machine).")
    return Identity(private, Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw())


def _opened(file: Path) -> int:
    if refusal := paths.unsafe(file) if file.is_symlink() or file.exists() else "":
        raise ConfigError(refusal)
    try:
        return os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigError(f"The key of this machine {file} cannot be read ({error.strerror}).") from error
