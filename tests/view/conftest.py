"""What the tests of looking into logs share: formats, a file with its lens, and a nursery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path

import pytest

from edgeops import hooks
from edgeops.hooks import Format
from edgeops.records import Skipped
from edgeops.view.file import File, open_file
from edgeops.view.lens import Lens
from edgeops.view.scout import Nursery
from edgeops.view.seeker import seeking


@pytest.fixture(scope="session")
def formats() -> list[Format]:
    return [one for group in hooks.registry().hook.edgeops_formats() for one in group]


@pytest.fixture
def opened(tmp_path: Path, formats: list[Format]) -> Iterator[Callable[[bytes, str], tuple[File, Lens]]]:
    """Makes a file of these bytes and opens it."""
    files: list[File] = []

    def make(data: bytes, name: str = "app.log") -> tuple[File, Lens]:
        (tmp_path / name).write_bytes(data)
        file = open_file(str(tmp_path / name))
        assert not isinstance(file, Skipped)
        files.append(file)
        return file, Lens(file, formats, UTC)

    yield make
    for file in files:
        file.close()


@pytest.fixture
def nursery(formats: list[Format]) -> Iterator[Nursery]:
    made = Nursery(lambda: seeking(formats, UTC))
    yield made
    made.close()
