"""Which model is loaded, and which adapter beside it: by default a base with the adapter that was made for it.

The adapter's name (`ops-…`) asks for both, the base's own name for the plain base.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from edgeops.catalog.adapters import OPS, Adapter, Say
from edgeops.catalog.choose import active
from edgeops.catalog.store import Shelf
from edgeops.errors import CatalogError
from edgeops.records import Installed, Purpose


@dataclass(frozen=True, slots=True)
class Pair:
    """A model, and the adapter it is loaded with if any. name is what answers are signed with."""

    model: Installed
    adapter: Adapter | None = None

    @property
    def name(self) -> str:
        return self.adapter.name if self.adapter else self.model.model.name


def named(adapters: Sequence[Adapter], name: str) -> Adapter | None:
    """The adapter of that name, or the only one that a name beginning with `ops` is part of."""
    asked = name.lower()
    near = [one for one in adapters if asked == one.name] or [
        one for one in adapters if asked.startswith(OPS) and asked in one.name
    ]
    return near[0] if len(near) == 1 else None


def pair(
    shelf: Shelf,
    adapters: Sequence[Adapter],
    wanted: str,
    memory_available_mb: Callable[[], int],
    when: Callable[[], datetime],
    say: Say,
) -> Pair | None:
    """The model to load, verified, with its adapter; None when none is installed or fits. Raises as `choose.active` does."""
    name = wanted or shelf.chosen
    if one := named(adapters, name) if name else None:
        base = active(shelf, _base(shelf, one).model.name, memory_available_mb, when, say)
        return Pair(base, one) if base else None
    bare = name.removeprefix(f"{OPS}-")
    if bare != name and not any(model.model.name == name for model in shelf.installed()):
        say(f"The adapter {name} is not here any more; the plain {bare} answers.")
        name = bare
    model = active(shelf, name, memory_available_mb, when, say, bases(adapters))
    if model and (newer := _newer(model, adapters)):
        say(
            f"{model.model.name} was built from an older {newer.name} and still answers; `edgeops model build` builds it anew."
        )
    if model is None or name:
        return Pair(model) if model else None
    return Pair(model, next((one for one in adapters if one.base_sha256 == model.model.sha256), None))


def bases(adapters: Sequence[Adapter]) -> frozenset[str]:
    """The hashes of the models that there is an adapter for."""
    return frozenset(one.base_sha256 for one in adapters)


def _newer(model: Installed, adapters: Sequence[Adapter]) -> Adapter | None:
    """The adapter that has taken the place of the one which was folded into a model."""
    made = model.model
    ours = (one for one in adapters if made.adapter_sha256 and made.name.startswith(f"{one.name}-"))
    return next((one for one in ours if one.sha256 != made.adapter_sha256), None)


def plain(shelf: Shelf, adapters: Sequence[Adapter], name: str) -> str:
    """The name of the base when an adapter is named, else the name itself. Raises CatalogError when the base is not here."""
    one = named(adapters, name) if name else None
    return _base(shelf, one).model.name if one else name


def use(shelf: Shelf, adapters: Sequence[Adapter], name: str) -> Pair:
    """Make a model active, or a model with an adapter when the adapter is named. Raises CatalogError."""
    if one := named(adapters, name):
        base = _base(shelf, one)
        shelf.mark(one.name)
        return Pair(base, one)
    return Pair(shelf.use(name))


def _base(shelf: Shelf, adapter: Adapter) -> Installed:
    """The model that an adapter goes with."""
    for one in shelf.installed():
        if one.model.sha256 == adapter.base_sha256 and one.model.purpose is Purpose.ANSWERS:
            return one
    name = next((model.name for model in shelf.catalog if model.sha256 == adapter.base_sha256), "")
    way = f"`edgeops model pull {name}` fetches it" if name else "bring it with `edgeops model import`"
    raise CatalogError(f"{adapter.name} goes with {name or adapter.base}, which is not on this machine; {way}.")
