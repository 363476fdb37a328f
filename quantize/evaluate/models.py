"""What is to be evaluated: rows, each a name and what is loaded for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edgeops.engines.probe import probe
from edgeops.engines.settings import EngineSettings
from edgeops.errors import UsageError
from edgeops.files import sha256_of
from quantize.evaluate.record import NO_MODEL

_CONTEXT, _PATIENCE_S = 4096, 300.0


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model file and, beside it, an adapter."""

    file: Path
    adapter: Path | None = None

    @property
    def bytes(self) -> int:
        return self.file.stat().st_size + (self.adapter.stat().st_size if self.adapter else 0)


@dataclass(frozen=True, slots=True)
class Contestant:
    """A row that has a model. full is the same model in full precision, where the divergence from it is wanted."""

    name: str
    model: Loaded
    full: Loaded | None = None


def contestants(rows: list[str], full: list[str]) -> list[Contestant]:
    """From `NAME=FILE` or `NAME=FILE+ADAPTER`. full: the same, or a FILE for all (beside it each row's own adapter).

    Raises UsageError for a row that cannot be.
    """
    named = [_named(row) for row in rows]
    names = [name for name, _ in named]
    if not named or len(set(names)) < len(names) or NO_MODEL in names:
        raise UsageError("Name at least one row, each with a name of its own: --row base=FILE.gguf.")
    own, common = {}, None
    for one in full:
        name, loaded = _named(one, "")
        if name:
            own[name] = loaded
        else:
            common = loaded
    if unknown := own.keys() - set(names):
        raise UsageError(f"--full names {', '.join(sorted(unknown))}, but there is no such row.")
    found = []
    for name, model in named:
        shared = Loaded(common.file, model.adapter) if common else None
        found.append(Contestant(name, model, own.get(name, shared)))
    return found


def _named(row: str, default: str | None = None) -> tuple[str, Loaded]:
    name, mark, rest = row.partition("=")
    if default is not None and (not mark or Path(row).exists()):
        return default, _loaded(row)
    if not mark or not name.strip():
        raise UsageError(f"{row!r} names no row; write it like base=FILE.gguf or tuned=FILE.gguf+ADAPTER.gguf.")
    return name.strip(), _loaded(rest)


def _loaded(text: str) -> Loaded:
    if Path(text).is_file():
        return Loaded(Path(text))
    file, mark, adapter = text.rpartition("+")
    missing = next((one for one in ((file, adapter) if mark else (text,)) if not Path(one).is_file()), None)
    if missing is not None:
        raise UsageError(f"There is no model file {missing}; name a GGUF file.")
    return Loaded(Path(file), Path(adapter))


class Hashes:
    """The hashes of files, each read once."""

    def __init__(self) -> None:
        self._known: dict[Path, str] = {}

    def of(self, path: Path) -> str:
        """SHA-256 of a file. Raises OSError."""
        if path not in self._known:
            self._known[path] = sha256_of(path)
        return self._known[path]

    def of_model(self, model: Loaded) -> str:
        """Of the file; those of base and adapter joined by "+"."""
        adapter = f"+{self.of(model.adapter)}" if model.adapter else ""
        return f"{self.of(model.file)}{adapter}"


def settings_of(
    model: Loaded, hashes: Hashes, cache: Path | None, threads: int = 0, family: Callable[[Path], str] | None = None
) -> EngineSettings:
    """What an engine of the model is started with, as the product does. Raises ModelUnfit for a file that is no model."""
    asked = family or (lambda path: probe(path).family)
    return EngineSettings(
        name=model.file.name,
        path=str(model.file.absolute()),
        sha256=hashes.of(model.file),
        adapter=str(model.adapter.absolute()) if model.adapter else "",
        adapter_sha256=hashes.of(model.adapter) if model.adapter else "",
        family=asked(model.file) or "chatml",
        context=_CONTEXT,
        threads=threads,
        timeout_s=_PATIENCE_S,
        cache=str(cache) if cache else "",
    )
