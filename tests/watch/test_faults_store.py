"""A process with several connections to the store keeps its locks, so that other processes see what it writes and leave its files alone."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from edgeops.knowledge.database import Database

READER = """
import sys
from contextlib import closing
from pathlib import Path
from edgeops.knowledge.database import Database

for line in sys.stdin:
    with closing(Database(Path(sys.argv[1]), readonly=line == "read\\n")) as database, database.reading() as connection:
        print(connection.execute("SELECT count(*) FROM fact WHERE name LIKE 'n%'").fetchone()[0], flush=True)
"""


@pytest.mark.parametrize("readonly", [False, True])
def test_another_process_sees_every_commit_of_one_with_several_connections(tmp_path: Path, readonly: bool) -> None:
    path = tmp_path / "store.db"
    other = subprocess.Popen(
        [sys.executable, "-c", READER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdin and other.stdout
    with closing(Database(path)) as first, closing(Database(path, readonly)) as second:
        for number in range(1, 20):
            with first.writing() as connection:
                connection.execute("INSERT INTO fact VALUES (?, '')", [f"n{number}"])
            other.stdin.write("read\n" if number % 2 else "write\n")
            other.stdin.flush()
            assert int(other.stdout.readline()) == number
            if number % 5 == 0:
                with closing(Database(path, readonly)) as third, third.reading() as run:
                    assert run.execute("SELECT count(*) FROM fact WHERE name LIKE 'n%'").fetchone()[0] == number
        first.check(whole=True)
        second.check()
    other.communicate(timeout=20)
    assert other.returncode == 0


def test_the_last_connection_to_be_closed_is_the_last_one_that_counts(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    one, two = Database(path), Database(path)
    one.close()
    one.close()
    two.close()
    path.write_bytes(b"SQLite format 4\0" + path.read_bytes()[16:])
    with pytest.raises(Exception, match="damaged"):
        Database(path)
