"""What the store remembers, also while another process is making it."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from edgeops.knowledge.store import Store
from edgeops.tui import messages, work


def test_a_store_that_is_being_made_is_read_once_it_is_there(tmp_path: Path) -> None:
    file, told = tmp_path / "store.db", []
    file.write_bytes(b"not yet")

    def make() -> None:
        time.sleep(0.05)
        file.unlink()
        with Store(file):
            pass

    maker = threading.Thread(target=make)
    maker.start()
    work.recall(file, told.append, 0.5)
    maker.join()
    assert [type(one) for one in told] == [messages.Remembered]


def test_a_store_that_stays_unreadable_is_said_to_be(tmp_path: Path) -> None:
    file, told = tmp_path / "store.db", []
    file.write_bytes(b"nonsense" * 200)
    work.recall(file, told.append, 0.01)
    assert [type(one) for one in told] == [messages.Told]
