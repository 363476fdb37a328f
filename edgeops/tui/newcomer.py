"""Whether somebody is new here, and that they were welcomed. Looked at before the first screen is painted, so it loads nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

from edgeops import paths

_MARK = "welcomed"


def is_new(where: paths.Paths, named: Sequence[str]) -> bool:
    """Whether nothing was named, and there is no store, no model, and no sign that somebody was welcomed here."""
    # os.path: what may not be looked at is no error here.
    if named or any(os.path.lexists(file) for file in (where.store_file, where.state / _MARK)):
        return False
    try:
        return not any(path.suffix in (".gguf", ".onnx") for path in where.models_dir.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False


def welcomed(where: paths.Paths) -> None:
    """Never show it again by itself. Where nothing can be kept it will be shown again."""
    if folder := paths.writable(where.state):
        with suppress(OSError):
            (folder / _MARK).touch(mode=0o600)
