"""What a person is shown about models: every one of the catalogue and every one installed, each as one flat record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from edgeops.catalog.adapters import Adapter
from edgeops.catalog.store import Shelf
from edgeops.records import Installed, Model, Purpose


@dataclass(frozen=True, slots=True)
class Listed:
    """A model to show. verified says that its hash was right and the file has not changed since; get is how to have it.

    An adapter's base is the model that it goes with; it counts as installed when that is, and its own signature as verified.
    """

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
    base: str = ""
    version: str = ""


def listing(shelf: Shelf, adapters: Sequence[Adapter] = ()) -> tuple[Listed, ...]:
    """The catalogue in its order, then what was imported, then our adapters."""
    here = {one.model.name: one for one in shelf.installed()}
    names = {model.name for model in shelf.catalog}
    imported = (one for name, one in here.items() if name not in names)
    models = (*(_flat(model, here.get(model.name)) for model in shelf.catalog), *map(listed, imported))
    chosen = shelf.chosen if adapters else ""
    return (*models, *(worn(one, models, chosen == one.name) for one in adapters))


def worn(adapter: Adapter, models: Sequence[Listed], active: bool) -> Listed:
    """An adapter, flat, with what it takes from its base."""
    base = next((one for one in models if one.sha256 == adapter.base_sha256), None)
    name = base.name if base else adapter.base
    installed = bool(base and base.installed)
    where = "came with edgeops" if adapter.shipped else "promoted here"
    return Listed(
        name=adapter.name, file=adapter.path.rpartition("/")[2], bytes=adapter.bytes, sha256=adapter.sha256,
        licence=adapter.licence, family=base.family if base else "", context=base.context if base else 0,
        memory_mb=base.memory_mb if base else 0, purpose=Purpose.ANSWERS, installed=installed, verified=installed,
        verified_at=adapter.created if installed else None, active=active, path=adapter.path if installed else "",
        get="" if installed else base.get if base else f"bring its base {adapter.base}",
        note=f"Our adapter for {name}, version {adapter.version}, {where}; loaded with it unless the plain model is asked for.",
        base=name, version=adapter.version,
    )  # fmt: skip


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
