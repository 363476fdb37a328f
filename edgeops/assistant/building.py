"""Building a model of one's own on this machine: an adapter and its base in one file that this CPU reads fast, put on the shelf."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edgeops.catalog.adapters import Adapter
from edgeops.catalog.part import disk, sync_folder
from edgeops.catalog.store import Shelf, stamp_of
from edgeops.engines.weights import building
from edgeops.engines.weights.building import LIMIT, Built, Trial
from edgeops.engines.weights.orders import Tick
from edgeops.engines.weights.recipes import AUTO
from edgeops.engines.weights.workshop import Workshop
from edgeops.errors import CatalogError, HashMismatch
from edgeops.files import sha256_of
from edgeops.records import UNFITTED, Installed, Model, Trust

Say = Callable[[str], None]
MATRIX = "matrix.npz"
"""What a release's importance matrix is called; it lies beside the adapter."""


@dataclass(frozen=True, slots=True)
class Ingredients:
    """A base that is installed, and an adapter made for it; both hashes are right."""

    base: Installed
    adapter: Path
    adapter_sha256: str
    name: str
    version: str
    licence: str
    matrix: Path | None
    trust: Trust = UNFITTED


@dataclass(frozen=True, slots=True)
class Outcome:
    """The model as it stands on the shelf, and how its recipe was found."""

    model: Installed
    chosen: Trial
    tried: tuple[Trial, ...]


def of_release(shelf: Shelf, adapter: Adapter) -> Ingredients:
    """Our adapter with its base. Raises CatalogError when the base is not installed, HashMismatch when the adapter is damaged."""
    base = next((one for one in shelf.installed() if one.model.sha256 == adapter.base_sha256), None)
    if base is None:
        raise CatalogError(
            f"{adapter.name} goes with {adapter.base}, which is not on this machine; `edgeops model list` says how to get it."
        )
    path = Path(adapter.path)
    if (found := _digest(path)) != adapter.sha256:
        raise HashMismatch(
            f"The adapter {adapter.name} is damaged: {path} has the SHA-256 {found}, but {adapter.sha256} is right."
        )
    matrix = path.with_name(MATRIX)
    weights = matrix if matrix.is_file() else None
    return Ingredients(base, path, found, adapter.name, adapter.version, adapter.licence, weights, adapter.trust)


def of_file(base: Installed, adapter: Path, matrix: Path | None) -> Ingredients:
    """An adapter file of one's own with the base that is named. Raises CatalogError."""
    sha256 = _digest(adapter)
    beside = adapter.with_name(MATRIX)
    found = matrix or (beside if beside.is_file() else None)
    return Ingredients(base, adapter, sha256, f"ops-{base.model.name}", sha256[:8], base.model.licence, found)


def _digest(adapter: Path) -> str:
    try:
        return sha256_of(adapter)
    except OSError as error:
        raise CatalogError(f"{adapter} cannot be read ({error.strerror}); name a GGUF adapter.") from error


def build(
    parts: Ingredients,
    shelf: Shelf,
    workshop: Workshop,
    *,
    recipe: str = AUTO,
    limit: float = LIMIT,
    when: Callable[[], datetime],
    say: Say,
    tick: Tick,
    free: Callable[[Path], int],
    memory_available_mb: Callable[[], int],
) -> Outcome:
    """Build and put on the shelf; not made the active one. Stopped halfway, the same call goes on. Raises EdgeopsError."""
    if not parts.base.verified:
        say(f"{parts.base.model.name} has not been verified since its file changed; checking it.")
        shelf.verify(parts.base, when(), tick)
    wish = building.Wish(
        Path(parts.base.path), parts.base.model.sha256, parts.adapter, parts.adapter_sha256, shelf.folder, recipe,
        parts.matrix, limit,
    )  # fmt: skip
    built = building.build(wish, workshop, say=say, tick=tick, free=free, memory_available_mb=memory_available_mb)
    model = _model(parts, built, when())
    with disk(target := shelf.path(model)):
        built.path.replace(target)
        sync_folder(shelf.folder)
        done = shelf.record(model, target, stamp_of(target.stat()), when())
    building.clear(wish)
    return Outcome(done, built.chosen, built.tried)


def _model(parts: Ingredients, built: Built, now: datetime) -> Model:
    base, chosen = parts.base.model, built.chosen
    name = f"{parts.name}-{chosen.recipe.lower().replace('_', '-')}"
    note = (
        f"Built here on {now:%Y-%m-%d} from {base.name} (SHA-256 {base.sha256[:12]}…) and {parts.name} {parts.version} "
        f"({parts.adapter_sha256[:12]}…), recipe {chosen.recipe}: {chosen.compared.divergence:.3f} nats a token away from the two, "
        f"answers {chosen.gain:.1f} times as fast."
    )
    memory = max(base.memory_mb + (built.bytes - base.bytes >> 20), built.bytes >> 20)
    return Model(
        name=name, file=f"{name}.gguf", bytes=built.bytes, sha256=built.sha256, licence=parts.licence, family=base.family,
        memory_mb=memory, context=base.context, note=note, trust=parts.trust,
        adapter_sha256=parts.adapter_sha256,
    )  # fmt: skip
