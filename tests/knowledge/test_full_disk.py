"""On a disk that is really full (a small one in memory, in a name space of its own) the store is read, gives up its reserve, and goes on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ALONE = ["unshare", "--map-root-user", "--mount"]
SCRIPT = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from edgeops.errors import StoreError
from edgeops.knowledge import ballast
from edgeops.knowledge.entry import Draft, Kind
from edgeops.knowledge.store import Store

folder, now = Path(sys.argv[1]), datetime(2026, 3, 1, tzinfo=UTC)
path, filler = folder / "store.db", folder / "filler"

def put(title):
    with Store(path) as store:
        store.entries.put(Draft(Kind.NOTE, title, "text"), now)

def titles():
    with Store(path, readonly=True) as store:
        store.database.check(whole=True)
        return sorted(entry.title for entry in store.entries.all())

def fill():
    with filler.open("ab") as out:
        try:
            while True:
                out.write(bytes(1 << 16))
                out.flush()
        except OSError:
            return

put("first")
assert ballast.place(path).exists()
fill()
put("by the reserve")
assert not ballast.place(path).exists()
fill()
try:
    put("no room")
except StoreError as error:
    assert "full" in str(error) and "Free some space" in str(error), error
else:
    raise AssertionError("it was kept on a full disk")
assert titles() == ["by the reserve", "first"], titles()
filler.unlink()
put("room again")
assert titles() == ["by the reserve", "first", "room again"], titles()
assert ballast.place(path).exists()
"""


def _alone() -> bool:
    return (
        bool(shutil.which("unshare"))
        and not subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode
    )


@pytest.mark.skipif(not _alone(), reason="no name space of one's own can be had here")
def test_a_store_on_a_full_disk_is_read_gives_up_its_reserve_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        [*ALONE, "sh", "-c", 'mount -t tmpfs -o size=72m tmpfs "$1" && exec "$0" "$2" "$1"',
         sys.executable, str(disk), str(tmp_path / "script.py")],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
