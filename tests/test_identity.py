"""The key that signs what travels between machines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from edgeops.errors import ConfigError
from edgeops.identity import fingerprint, identity, verified


def test_a_machine_keeps_its_key(tmp_path: Path) -> None:
    first = identity(tmp_path / "home")
    assert identity(tmp_path / "home") == first
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "home").iterdir()] == [0o600]


def test_two_machines_have_two_keys(tmp_path: Path) -> None:
    assert identity(tmp_path / "a").fingerprint != identity(tmp_path / "b").fingerprint


def test_a_signature_holds_for_this_content_and_this_key_only(tmp_path: Path) -> None:
    one, other = identity(tmp_path / "a"), identity(tmp_path / "b")
    signature = one.sign(b"bundle")
    assert verified(one.public, b"bundle", signature)
    assert not verified(one.public, b"bundlE", signature)
    assert not verified(other.public, b"bundle", signature)
    assert not verified(one.public, b"bundle", signature[:-1])
    assert not verified(b"no key", b"bundle", signature)


def test_a_fingerprint_can_be_read_out(tmp_path: Path) -> None:
    assert [len(group) for group in fingerprint(b"\0" * 32).split("-")] == [4, 4, 4, 4]


def test_two_programs_that_begin_at_once_agree_on_the_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: identity(tmp_path / "home").public, range(16)))
    assert len(found) == 1
    assert len(list((tmp_path / "home").iterdir())) == 1


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    identity(tmp_path)
    (tmp_path / "identity.key").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        identity(tmp_path)


def test_a_link_is_not_followed_to_a_key(tmp_path: Path) -> None:
    identity(tmp_path / "a")
    (tmp_path / "b").mkdir(mode=0o700)
    (tmp_path / "b" / "identity.key").symlink_to(tmp_path / "a" / "identity.key")
    with pytest.raises(ConfigError, match="cannot be read"):
        identity(tmp_path / "b")


def test_a_damaged_key_is_a_sentence(tmp_path: Path) -> None:
    identity(tmp_path)
    (tmp_path / "identity.key").write_bytes(b"short")
    with pytest.raises(ConfigError, match="not a key"):
        identity(tmp_path)
