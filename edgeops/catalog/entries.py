"""The catalogue file: reads `models/catalog.toml` into Model records and finds one by name."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

# msgspec: validates what people write by hand; one C extension, no dependencies, strict about unknown keys.
import msgspec
from msgspec import Meta

from edgeops.errors import CatalogError
from edgeops.records import UNFITTED, Model, Purpose, Shard, Source, Trust

CATALOG = Path(__file__).with_name("catalog.toml")
"""The catalogue inside the package; in the checkout a link to models/catalog.toml."""

_Positive = Annotated[int, Meta(gt=0)]
_Text = Annotated[str, Meta(min_length=1)]


class _Wheels(msgspec.Struct, forbid_unknown_fields=True):
    package: Annotated[str, Meta(pattern=r"^[a-z0-9](?:[a-z0-9-]|\{nn?\})*$")]
    version: Annotated[str, Meta(pattern=r"^[0-9][0-9a-z.]*$")]
    member: _Text
    piece: _Positive


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    file: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.(gguf|onnx)$")]
    bytes: _Positive
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    licence: _Text
    family: _Text
    context: _Positive
    memory_mb: _Positive
    note: str = ""
    purpose: Purpose = Purpose.ANSWERS
    trust: Trust = UNFITTED
    hub: Annotated[str, Meta(pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*)?$")] = ""
    wheels: _Wheels | None = None


class _Catalog(msgspec.Struct, forbid_unknown_fields=True):
    model: list[_Entry]


def read_catalog(path: Path = CATALOG) -> tuple[Model, ...]:
    """Every model of the catalogue, in its order. Raises CatalogError that names the file, the key and what is wrong."""
    try:
        entries = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _Catalog).model
    except (OSError, ValueError) as error:  # TOMLDecodeError, UnicodeDecodeError and ValidationError are ValueErrors
        raise CatalogError(f"The model catalogue {path} cannot be read: {error}. Correct it or restore it.") from error
    for what, values in (("name", [e.name for e in entries]), ("file", [e.file for e in entries])):
        if twice := {value for value in values if values.count(value) > 1}:
            raise CatalogError(f"The model catalogue {path} has the {what} {min(twice)!r} twice; rename one of them.")
    return tuple(_model(entry) for entry in entries)


def _model(entry: _Entry) -> Model:
    return Model(
        name=entry.name, file=entry.file, bytes=entry.bytes, sha256=entry.sha256, licence=entry.licence,
        family=entry.family, memory_mb=entry.memory_mb, sources=tuple(_sources(entry)), context=entry.context,
        note=entry.note, purpose=entry.purpose, trust=entry.trust,
    )  # fmt: skip


def _sources(entry: _Entry) -> Iterable[Source]:
    if entry.hub:
        yield Source("hub", f"{entry.hub}/{entry.file}")
    if entry.wheels:
        yield Source("wheels", entry.wheels.package, _shards(entry.wheels, entry.bytes))


def _shards(wheels: _Wheels, total: int) -> tuple[Shard, ...]:
    def numbered(text: str, number: int) -> str:
        return text.replace("{nn}", f"{number:02}").replace("{n}", str(number))

    starts = range(0, total, wheels.piece)
    return tuple(
        Shard(
            f"{numbered(wheels.package, number)}=={wheels.version}",
            numbered(wheels.member, number),
            min(wheels.piece, total - start),
        )
        for number, start in enumerate(starts, 1)
    )


def find(models: Sequence[Model], name: str) -> Model:
    """The model of that name, or the only one whose name contains it. Raises CatalogError with the nearest name."""
    asked = name.lower()
    exact = [model for model in models if asked in (model.name.lower(), model.file.lower(), model.sha256)]
    near = exact or [model for model in models if asked and asked in model.name.lower()]
    if len(near) == 1:
        return near[0]
    names = [model.name for model in near or models]
    if near:
        raise CatalogError(f"{name!r} may mean {' or '.join(names)}; give the whole name.")
    guess = difflib.get_close_matches(asked, [model.name for model in models], n=1, cutoff=0.4)
    hint = f"did you mean {guess[0]}?" if guess else f"there are {', '.join(names) or 'none'}."
    raise CatalogError(f"There is no model {name!r}; {hint} `edgeops model list` shows them all.")
