"""The starter pack: reads `pack/<family>/<fault>.toml` into Fault and Step records, through a cache that is checked by size and time.

Schema of a fault file (every key is required unless marked):

    id, title, family, services = [...]          id is the file's name; services are the programs that log it
    leads_to = [fault ids]                       optional: faults this one often causes (its cascade into other programs)
    checks = [step ids], fixes = [step ids]
    [[rule]] role = "cause"|"symptom", pattern, sample, services = [...] (optional)   in the order of the cascade
    [en] / [zh]  title, summary, cause, confirm
    [[step]] id, en, zh, argv = [...], risk = "read"|"modify"|"dangerous", [step.params] name = "kind"   optional

In title, summary and cause, `{name}` is filled from the matched line; `[... {name} ...]` is dropped when name is not bound.
A title stands without any line, too, in lists: all its names are in such brackets.
"""

from __future__ import annotations

import os
import re
import tomllib
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2s
from pathlib import Path
from typing import TypeVar

# msgspec: validates the fault files, the config and JSON logs; one C extension, no dependencies, strict about unknown keys.
import msgspec

from edgeops import __version__, paths
from edgeops.errors import KnowledgeError
from edgeops.files import write_whole
from edgeops.hooks import implementation
from edgeops.records import Fault, Param, Risk, Role, Rule, Step, Wording

PACK = Path(__file__).parent / "pack"


class _Rule(msgspec.Struct, forbid_unknown_fields=True):
    role: Role
    pattern: str
    sample: str
    services: list[str] = []


class _Step(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    en: str
    zh: str
    argv: list[str] = []
    risk: Risk = Risk.READ
    params: dict[str, str] = {}


class _Fault(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    title: str
    family: str
    services: list[str]
    checks: list[str]
    fixes: list[str]
    rule: list[_Rule]
    en: Wording
    zh: Wording
    leads_to: list[str] = []
    step: list[_Step] = []


class _Shared(msgspec.Struct, forbid_unknown_fields=True):
    step: list[_Step]


class Pack(msgspec.Struct, frozen=True):
    """All faults and steps of a folder, in the order of their ids."""

    faults: tuple[Fault, ...]
    steps: tuple[Step, ...]


class _Copy(msgspec.Struct):
    stamp: str
    pack: Pack


_SHARED = "steps.toml"
_T = TypeVar("_T")


def _convert(path: Path, shape: type[_T]) -> _T:
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), shape)
    except (OSError, ValueError) as error:  # TOMLDecodeError, UnicodeDecodeError and ValidationError are ValueErrors
        raise KnowledgeError(f"The fault file {path} cannot be read: {error}. Correct it or remove it.") from error


def read_file(path: Path) -> tuple[Fault, tuple[Step, ...]]:
    """One fault file. Raises KnowledgeError that names the file, the key and what is wrong."""
    raw = _convert(path, _Fault)
    if raw.id != path.stem:
        raise KnowledgeError(f"The fault file {path} says id {raw.id!r}; name the file {raw.id}.toml.")
    rules = tuple(
        Rule(raw.id, r.role, r.pattern, order, tuple(r.services or raw.services)) for order, r in enumerate(raw.rule)
    )
    fault = Fault(
        raw.id, raw.title, raw.family, tuple(raw.services), rules, tuple(r.sample for r in raw.rule),
        raw.en, raw.zh, tuple(raw.checks), tuple(raw.fixes), tuple(raw.leads_to),
    )  # fmt: skip
    return fault, _steps(raw.step)


def _steps(raw: list[_Step]) -> tuple[Step, ...]:
    return tuple(
        Step(s.id, s.en, s.zh, tuple(s.argv), tuple(Param(n, k) for n, k in s.params.items()), s.risk) for s in raw
    )


def read_folder(folder: Path = PACK) -> Pack:
    """Every fault file below folder, and its steps.toml (steps that belong to no fault)."""
    paths = sorted(folder.rglob("*.toml"))
    pairs = [read_file(path) for path in paths if path.name != _SHARED]
    shared = [_steps(_convert(path, _Shared).step) for path in paths if path.name == _SHARED]
    return Pack(tuple(f for f, _ in pairs), tuple(s for steps in (*shared, *(s for _, s in pairs)) for s in steps))


def load(folder: Path, cache: Path | None) -> Pack:
    """The pack of a folder through a JSON copy in `cache`, which is made anew whenever a file is changed.

    Reading the copy takes a tenth of the time. A cache that cannot be read or written costs that time, nothing else.
    """
    stamp = _stamp(folder)
    file = cache / "pack.json" if cache else None
    if file:
        try:
            copy = msgspec.json.decode(file.read_bytes(), type=_Copy)
            if copy.stamp == stamp:
                return copy.pack
        except (OSError, msgspec.DecodeError):
            pass  # absent, half-written by a full disk, or of an older version: made anew below
    pack = read_folder(folder)
    if file:
        with suppress(OSError):
            write_whole(file, msgspec.json.encode(_Copy(stamp, pack)))
    return pack


def _stamp(folder: Path) -> str:
    """Changes whenever edgeops or a file of the folder changes."""
    facts = []
    for root, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".toml"):
                about = os.stat(os.path.join(root, name))  # noqa: PTH116, PTH118 - 10x faster than Path here
                facts.append(f"{name}:{about.st_size}:{about.st_mtime_ns}")
    return blake2s("\n".join([__version__, str(folder), *sorted(facts)]).encode()).hexdigest()


@lru_cache(maxsize=1)
def _built_in() -> Pack:
    return load(PACK, paths.writable(paths.find().pack_cache_dir))


@implementation
def edgeops_faults() -> tuple[Fault, ...]:
    return _built_in().faults


@implementation
def edgeops_steps() -> tuple[Step, ...]:
    return _built_in().steps


_OPTIONAL = re.compile(r"\[([^\[\]]*\{[^\[\]]*)\]")
_HOLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def holes(text: str, required: bool = False) -> set[str]:
    """Names of the variables in text; with required, only those outside the optional `[...]` parts."""
    return set(_HOLE.findall(_OPTIONAL.sub("", text) if required else text))


def fill(text: str, bindings: dict[str, str]) -> str:
    """text with its variables filled in; optional parts with an unbound variable are dropped, other unbound ones stay `{name}`."""

    def part(match: re.Match[str]) -> str:
        inner = match.group(1)
        return inner if holes(inner) <= bindings.keys() else ""

    return _HOLE.sub(lambda m: bindings.get(m.group(1), m.group()), _OPTIONAL.sub(part, text))
