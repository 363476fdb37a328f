"""A release: the adapter with everything that it was made from and that was measured of it, in a manifest signed by this machine."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

# msgspec: writes the manifest as the catalogue reads it.
import msgspec

from edgeops.catalog.entries import read_catalog
from edgeops.catalog.release import (
    FORMAT,
    MANIFEST,
    SIGNATURE,
    Base,
    Manifest,
    Reached,
    Weights,
    check_files,
    read_release,
)
from edgeops.errors import EdgeopsError
from edgeops.files import sha256_of, write_whole
from edgeops.identity import Identity
from edgeops.records import Trust
from quantize.evaluate import record
from quantize.release.card import card

ADAPTER, EVALUATION, CARD = "adapter.gguf", "evaluation.json", "README.md"
LICENCE = "Apache-2.0"
_CARRIED = ("curve.png", "curve.json")
_PATHS = ("base", "data", "out", "start", "rounded")


class ReleaseError(EdgeopsError):
    pass


@dataclass(frozen=True, slots=True)
class Wish:
    """What is released: the adapter as GGUF, the folder that training left (made.json, curves), the record of an evaluation that
    measured it, the base (GGUF); to the folder out. name: after the base when empty. matrix: an importance matrix to go along."""

    adapter: Path
    trained: Path
    evaluation: Path
    base: Path
    out: Path
    name: str = ""
    recipe: str = "A LoRA adapter in F16, loaded beside the quantised base"
    matrix: Path | None = None


@dataclass(frozen=True, slots=True)
class Released:
    """What `edgeops-quantize release` reports."""

    folder: str
    name: str
    version: str
    base_sha256: str
    sha256: str
    bytes: int
    signed_by: str


def release(wish: Wish, key: Identity, now: datetime) -> Released:
    """Write the folder of a release, which appears whole. Raises ReleaseError; a folder that is no release is not replaced."""
    try:
        return _released(wish, key, now)
    except OSError as error:
        raise ReleaseError(
            f"{error.filename or wish.out} cannot be read or written ({error.strerror}); mend that and release it again."
        ) from error


def _released(wish: Wish, key: Identity, now: datetime) -> Released:
    _mend(wish.out)
    if wish.out.exists() and not (wish.out / MANIFEST).is_file():
        raise ReleaseError(f"{wish.out} exists and is no release; name a folder that does not exist.")
    said = stated(wish, key.public, now)
    fresh = wish.out.with_name(f".{wish.out.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        files = {
            ADAPTER: wish.adapter.read_bytes(),
            EVALUATION: wish.evaluation.read_bytes(),
            CARD: card(said).encode(),
        }
        files |= {name: (wish.trained / name).read_bytes() for name in _CARRIED if (wish.trained / name).is_file()}
        files |= {"matrix.npz": wish.matrix.read_bytes()} if wish.matrix else {}
        hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != ADAPTER}
        signed = msgspec.json.format(msgspec.json.encode(msgspec.structs.replace(said, files=hashes)), indent=1)
        for name, content in {**files, MANIFEST: signed, SIGNATURE: key.sign(signed)}.items():
            write_whole(fresh / name, content)
            (fresh / name).chmod(0o644)
        check_files(read_release(fresh))
        _swap(fresh, wish.out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    weights = said.adapter
    return Released(
        str(wish.out), said.name, said.version, said.base.sha256, weights.sha256, weights.bytes, key.fingerprint
    )


def stated(wish: Wish, public: bytes, now: datetime) -> Manifest:
    """The manifest without its list of files. Raises ReleaseError when the parts do not belong together."""
    made, evaluation = _made(wish.trained), record.read(wish.evaluation)
    base, weights = digest(wish.base), digest(wish.adapter)
    if wish.adapter.read_bytes()[:4] != b"GGUF":
        raise ReleaseError(f"{wish.adapter} is no GGUF file; convert the adapter first ('edgeops-quantize gguf').")
    if made["base"].endswith(".gguf") and made["base_sha256"] != base:
        raise ReleaseError(
            f"The adapter was trained on another base: {made['base']} with the SHA-256 {made['base_sha256']}, "
            f"but {wish.base} has {base}. Name the base that it was trained on."
        )
    measured = next((row for row in evaluation.rows if row.sha256 == f"{base}+{weights}"), None)
    if measured is None:
        raise ReleaseError(
            f"{wish.evaluation} has no row of this base with this adapter; run 'edgeops-quantize evaluate' with them."
        )
    # Of paths on the machine that trained only the hashes go along.
    options = {name: value for name, value in made["wish"].items() if name not in _PATHS}
    options |= {name: made[name] for name in ("start", "rounded") if made.get(name)}
    if parts := made.get("averaged"):
        options |= {"averaged": "; ".join(f"{part['weights']} of the data {part.get('data', '')}" for part in parts)}
    return Manifest(
        format=FORMAT,
        name=wish.name or name_of(base, wish.base),
        version=f"{now:%Y%m%d-%H%M%S}-{weights[:8]}",
        created=now,
        key=public,
        licence=LICENCE,
        base=Base(wish.base.name, base),
        adapter=Weights(ADAPTER, weights, wish.adapter.stat().st_size, int(options["rank"]), options["method"]),
        recipe=wish.recipe,
        data={"train.jsonl": made["data"], **evaluation.data},
        config=options,
        versions={**{name: made[name] for name in ("edgeops", "torch", "peft") if name in made}, **evaluation.versions},
        evaluation={
            row.name: {name: Reached(m.value, m.low, m.high, m.n) for name, m in row.metrics.items()}
            for row in evaluation.rows
        },
        figures={row.name: row.figures for row in evaluation.rows},
        limits=evaluation.limits,
        machine=evaluation.machine,
        files={},
        trust=_trust(measured.figures),
    )


def _trust(figures: Mapping[str, float]) -> Trust:
    """How far the choices are trusted, as the evaluation fitted it."""
    return Trust(**{field.name: figures[field.name] for field in fields(Trust) if field.name in figures})


def name_of(base_sha256: str, base: Path) -> str:
    """What an adapter for this base is called."""
    known = next((model.name for model in read_catalog() if model.sha256 == base_sha256), "")
    return f"ops-{known or base.stem.lower()}"


def _made(folder: Path) -> dict[str, Any]:
    file = folder / "made.json"
    try:
        told = json.loads(file.read_text("utf-8"))
        if not {"base", "base_sha256", "data", "wish"} <= told.keys() or not {"rank", "method"} <= told["wish"].keys():
            raise ValueError("something is missing")
    except (OSError, ValueError, AttributeError) as error:
        raise ReleaseError(
            f"{file} does not tell what the adapter was trained from ({error}); name the folder that 'edgeops-quantize train' wrote."
        ) from error
    return dict(told)


def digest(path: Path) -> str:
    """The SHA-256 of a file. Raises ReleaseError."""
    try:
        return sha256_of(path)
    except OSError as error:
        raise ReleaseError(f"{path} cannot be read ({error.strerror}); name the file itself.") from error


def _swap(fresh: Path, place: Path) -> None:
    """Put a folder where another one may stand."""
    old = _old(place)
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    fresh.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def _mend(place: Path) -> None:
    """Put back what a crash in the middle of `_swap` left beside its place."""
    if not place.exists() and _old(place).exists():
        _old(place).rename(place)


def _old(place: Path) -> Path:
    return place.with_name(f".{place.name}.old")
