"""A log with something wrong in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture.calls import OOM


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "a.log"
    path.write_text(OOM, "utf-8")
    return path
