"""Where journalctl is looked for, and what keeps us from reading the journal."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from edgeops.intake import journalctl
from edgeops.intake.feed import Checkpoint
from edgeops.intake.journal import Journal


def test_a_missing_journalctl_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journalctl, "_PLACES", (str(tmp_path),))
    journal = Journal(Checkpoint("journal", "journal"), obstacle=str)
    assert list(journal.poll(1000)) == []
    assert "journalctl is not on this machine" in journal.standings()[0].trouble
    assert len(journal.notes()) == 1


def test_the_path_of_the_person_is_not_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lure = tmp_path / "journalctl"
    lure.write_text("#!/bin/sh\n")
    lure.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert journalctl.found() in (None, "/usr/bin/journalctl", "/bin/journalctl", "/usr/local/bin/journalctl")
    assert shutil.which("journalctl") == str(lure)


def seen_by_another(folder: Path) -> str:
    """What the obstacle is for a user who owns nothing."""
    out, into = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            os.write(into, journalctl.obstacle([folder]).encode())
        finally:
            os._exit(0)
    os.close(into)
    with os.fdopen(out) as said:
        os.waitpid(child, 0)
        return said.read()


def test_whether_all_of_the_journal_can_be_read_is_seen_from_its_folders(tmp_path: Path) -> None:
    assert "No journal is kept" in journalctl.obstacle([tmp_path / "none"])
    with tempfile.TemporaryDirectory() as name:  # one that others may enter
        kept = Path(name)
        kept.chmod(0o755)
        file = kept / "id" / "system.journal"
        file.parent.mkdir(0o755)
        file.write_bytes(b"")
        file.chmod(0o600)
        assert journalctl.obstacle([kept, tmp_path / "none"]) == ""
        if os.getuid():
            file.chmod(0)
        forbidden = seen_by_another(kept) if os.getuid() == 0 else journalctl.obstacle([kept])
        assert "group systemd-journal" in forbidden
