"""What a person is shown about models: every one of the catalogue and every one installed, each as one flat record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from edgeops.catalog.store import Shelf
from edgeops.records import Installed, Model, Purpose


@dataclass(frozen=True, slots=True)
class Listed:
    """A model to show. verified says that its hash was right and the file has not changed since; get is how to have it."""

    name: str
    file: str
    bytes: int
    sha256: str
    licence: str
    family: str
    context: int
    memory_mb: int
    purpose: Purpose
    installed: bool
    verified: bool
    verified_at: datetime | None
    active: bool
    path: str
    get: str
    note: str


def listing(shelf: Shelf) -> tuple[Listed, ...]:
    """The catalogue in its order, then what was imported."""
    here = {one.model.name: one for one in shelf.installed()}
    names = {model.name for model in shelf.catalog}
    imported = (one for name, one in here.items() if name not in names)
    return (*(_flat(model, here.get(model.name)) for model in shelf.catalog), *map(listed, imported))


def listed(one: Installed) -> Listed:
    """An installed model, flat."""
    return _flat(one.model, one)


def _flat(model: Model, one: Installed | None) -> Listed:
    model = one.model if one else model
    verified_at = one.verified if one else None
    return Listed(
        name=model.name, file=model.file, bytes=model.bytes, sha256=model.sha256, licence=model.licence,
        family=model.family, context=model.context, memory_mb=model.memory_mb, purpose=model.purpose,
        installed=one is not None, verified=verified_at is not None, verified_at=verified_at,
        active=one.active if one else False, path=one.path if one else "",
        get="" if one else f"edgeops model pull {model.name}", note=model.note,
    )  # fmt: skip
