"""The store as commands open it, and who writes to it."""

from __future__ import annotations

import getpass
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from edgeops import hooks, paths
from edgeops.errors import StoreError
from edgeops.knowledge.entry import Origin, Remark
from edgeops.knowledge.library import open_library
from edgeops.knowledge.store import Store


@contextmanager
def library(say: Callable[[str], None], keeps: bool = False) -> Iterator[Store]:
    """The store with the pack in it. keeps: it is opened to be written to. Raises StoreError."""
    found = paths.find(os.environ)
    folder = paths.writable(found.data)
    if keeps and folder is None:
        raise StoreError(f"Nothing can be kept in {found.data}; set EDGEOPS_HOME to a directory of your own.")
    with open_library(found.store_file, hooks.registry(), datetime.now(UTC), say, keep=folder is not None) as store:
        yield store


def person(source: str = "") -> Origin:
    """Who writes, on which machine, from what."""
    try:
        author = getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in a container
        author = str(os.getuid())
    return Origin(author, platform.node(), source)


def told(remark: Remark) -> str:
    """A remark in a line."""
    return "  ".join(filter(None, [f"{remark.time:%Y-%m-%d %H:%M}", remark.kind, remark.author, remark.note]))
