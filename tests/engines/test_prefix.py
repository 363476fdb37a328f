"""Saved prompt states on disk."""

from __future__ import annotations

import os
import resource
import signal
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.engines.prefix import PrefixStore

TOKENS = [1, 2, 3]
STATE = bytes(range(256)) * 40


@pytest.fixture
def store(tmp_path: Path) -> PrefixStore:
    return PrefixStore(tmp_path / "states", "model 1", keep=3)


def only_file(store: PrefixStore, tmp_path: Path) -> Path:
    (path,) = (tmp_path / "states").iterdir()
    return path


def test_a_state_comes_back(store: PrefixStore) -> None:
    assert store.load(TOKENS) is None
    store.save(TOKENS, STATE)
    assert store.load(TOKENS) == STATE
    assert store.load([1, 2]) is None


def test_a_state_of_another_model_is_not_found(store: PrefixStore, tmp_path: Path) -> None:
    store.save(TOKENS, STATE)
    assert PrefixStore(tmp_path / "states", "model 2").load(TOKENS) is None


def test_states_are_private(store: PrefixStore, tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        store.save(TOKENS, STATE)
    finally:
        os.umask(old)
    assert stat.S_IMODE(only_file(store, tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "states").stat().st_mode) == 0o700


@given(position=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_flipped_bit_is_noticed(position: int, bit: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("flip")
    store = PrefixStore(folder / "states", "model 1")
    store.save(TOKENS, STATE)
    path = only_file(store, folder)
    raw = bytearray(path.read_bytes())
    raw[position % len(raw)] ^= 1 << bit
    path.write_bytes(raw)
    assert store.load(TOKENS) is None
    assert not path.exists(), "a broken state would be read again and again"


@pytest.mark.parametrize("size", [0, 5, 13, 44, 45, 5000])
def test_a_truncated_state_is_ignored_and_can_be_written_again(size: int, store: PrefixStore, tmp_path: Path) -> None:
    store.save(TOKENS, STATE)
    path = only_file(store, tmp_path)
    path.write_bytes(path.read_bytes()[:size])
    assert store.load(TOKENS) is None
    store.save(TOKENS, STATE)
    assert store.load(TOKENS) == STATE


def test_only_the_newest_are_kept(store: PrefixStore, tmp_path: Path) -> None:
    for n in range(5):
        store.save([n], STATE)
        for path in (tmp_path / "states").iterdir():
            about = path.stat()
            os.utime(path, (about.st_atime - 10, about.st_mtime - 10))
    assert [store.load([n]) is not None for n in range(5)] == [False, False, True, True, True]


def test_reading_a_state_keeps_it_young(store: PrefixStore, tmp_path: Path) -> None:
    for n in range(3):
        store.save([n], STATE)
        for path in (tmp_path / "states").iterdir():
            about = path.stat()
            os.utime(path, (about.st_atime - 10, about.st_mtime - 10))
    store.load([0])
    store.save([3], STATE)
    assert store.load([0]) == STATE
    assert store.load([1]) is None


def test_leftovers_of_a_killed_process_are_swept(store: PrefixStore, tmp_path: Path) -> None:
    store.save(TOKENS, STATE)
    old, young = tmp_path / "states" / ".x.tmp", tmp_path / "states" / ".y.tmp"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    store.save([9], STATE)
    assert not old.exists()
    assert young.exists()


def test_a_link_or_a_pipe_is_not_followed(store: PrefixStore, tmp_path: Path) -> None:
    store.save(TOKENS, STATE)
    path = only_file(store, tmp_path)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert store.load(TOKENS) is None
    path.unlink()
    os.mkfifo(path)
    assert store.load(TOKENS) is None


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = PrefixStore(tmp_path / "file" / "states", "model")
    store.save(TOKENS, STATE)
    assert store.load(TOKENS) is None


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    old, heard = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, old[1]))
    try:
        PrefixStore(tmp_path / "states", "model").save(TOKENS, STATE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, heard)
    assert list((tmp_path / "states").iterdir()) == []
