"""The export from beginning to end: original, graph, weights in fewer bits, and what each lost. An interrupted one goes on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import onnx

from edgeops.catalog.choose import memory_available_mb
from edgeops.catalog.onnxfolder import BESIDE, MANIFEST, MODEL
from edgeops.files import sha256_of, write_whole
from edgeops.records import Fault
from quantize.gguf.safetensors import digest
from quantize.onnxing import exporting, graph, loss, storing
from quantize.onnxing.wish import Exported, Loss, OnnxError, Stored, Wish, check, demand, folder, judge
from quantize.train import base as bases

_SAME_KL = 1e-3
"""Nats that the fitted graph may differ from the original: what rounding makes is a thousandth of it."""
_PACKAGES = ("torch", "transformers", "optimum", "optimum-onnx", "onnx", "onnxruntime", "onnx-ir")
Say = Callable[[str], None]


def make(wish: Wish, faults: Iterable[Fault], say: Say, clock: Callable[[], float] = monotonic) -> Exported:
    """Exports the base in every kind that is wished for. Raises OnnxError, TrainError; a folder appears whole or not at all."""
    demand()
    check(wish)
    begun = clock()
    parameters = bases.size_of(bases.inspect(wish.base))
    memory, disk = judge(parameters, wish.out, memory_available_mb())
    say(
        f"{parameters / 1e6:.0f} million weights: needs up to {memory} MiB of memory and {disk} MiB of disk for a while."
    )
    hashes = digest(wish.base), digest(wish.adapter) if wish.adapter else ""
    versions = {name: version(name) for name in _PACKAGES}
    work = _work(wish, {"hashes": hashes, "context": wish.context, "tokens": wish.tokens, "versions": versions})
    source = _stage(work / "export", say, "exporting", lambda at: exporting.export(wish, at, loss.text_of(faults)))
    fitted = _stage(work / "fitted", say, "fitting the graph", lambda at: _fit(source, at))
    layers = int(json.loads((fitted / "layers.json").read_text("utf-8")))
    about = {"licence": wish.licence, "base": wish.base.name, "base_sha256": hashes[0], "adapter_sha256": hashes[1]}
    stored = tuple(
        _stored(wish, kind, source, fitted, {**about, "versions": versions}, say, clock) for kind in wish.kinds
    )
    shutil.rmtree(work)
    return Exported(
        str(wish.base), *hashes, parameters, layers, round(clock() - begun, 1), stored, versions
    )  # fmt: skip


def _work(wish: Wish, made_from: dict[str, Any]) -> Path:
    """Where parts lie until the export is done; what another export left there is of no use."""
    work, said = wish.out / ".work", json.dumps(made_from, sort_keys=True)
    mark = work / "made-from.json"
    if not mark.is_file() or mark.read_text("utf-8") != said:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        write_whole(mark, said.encode())
    return work


def _stage(target: Path, say: Say, what: str, fill: Callable[[Path], None]) -> Path:
    """The folder, filled; one that is there was filled by a run before."""
    if target.is_dir():
        say(f"{what}: done before")
        return target
    say(what)
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    fill(part)
    part.rename(target)
    return target


def _fit(source: Path, target: Path) -> None:
    model = onnx.load(str(source / exporting.GRAPH))
    positions = int(json.loads((source / exporting.CONFIG).read_text("utf-8"))["max_position_embeddings"])
    with np.load(source / exporting.TURNS) as known:
        turns = graph.rotary(
            int(known["heads"]), int(known["key_heads"]), known["frequencies"], float(known["scaling"]), positions
        )
    layers = graph.fit(model, turns)
    storing.save(model, target / exporting.GRAPH)
    del model
    lost = loss.measure(target / exporting.GRAPH, source / exporting.KNOWN)
    if lost.kl > _SAME_KL:
        raise OnnxError(
            f"The exported graph does not say what the model says (divergence {lost.kl:.4f}); this architecture is not supported."
        )
    write_whole(target / "layers.json", json.dumps(layers).encode())


def _stored(
    wish: Wish, kind: str, source: Path, fitted: Path, about: dict[str, Any], say: Say, clock: Callable[[], float]
) -> Stored:
    """One kind: its folder gets its name when it is complete."""
    begun, target = clock(), folder(wish, kind)

    def fill(part: Path) -> None:
        storing.store(kind, fitted / exporting.GRAPH, part / MODEL)
        for name in BESIDE:
            shutil.copy(source / name, part / name)
        lost = loss.measure(part / MODEL, source / exporting.KNOWN)
        files = {name: sha256_of(part / name) for name in (MODEL, *BESIDE)}
        manifest = {**about, "kind": kind, "files": files, "loss": asdict(lost)}
        write_whole(part / MANIFEST, json.dumps(manifest, indent=1).encode())

    _stage(target, say, f"storing as {kind}", fill)
    manifest = json.loads((target / MANIFEST).read_text("utf-8"))
    lost = Loss(**manifest["loss"])
    say(f"{kind}: divergence {lost.kl:.4f} nats, the same first choice at {lost.top1:.1%} of {lost.tokens} tokens")
    size = (target / MODEL).stat().st_size
    return Stored(kind, str(target), size, manifest["files"][MODEL], round(clock() - begun, 1), lost)
