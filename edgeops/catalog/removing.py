"""Taking a model away: its file, what is known of it, and the choice that fell on it."""

from __future__ import annotations

from collections.abc import Sequence

from edgeops.catalog.adapters import Adapter
from edgeops.catalog.pairing import named
from edgeops.catalog.store import Shelf
from edgeops.errors import CatalogError
from edgeops.records import Installed


def remove(shelf: Shelf, adapters: Sequence[Adapter], name: str) -> Installed:
    """Delete an installed model's file (of one that was linked only the link); gives what it was. Raises CatalogError."""
    if one := named(adapters, name):
        way = "it came with edgeops" if one.shipped else "`edgeops model rollback` takes it out of service"
        raise CatalogError(f"{one.name} is an adapter: {way}; its base is a model that can be removed.")
    gone = shelf.remove(name)
    chosen = named(adapters, shelf.chosen) if shelf.chosen else None
    if chosen and chosen.base_sha256 == gone.model.sha256:
        shelf.mark("")
    return gone
