"""Into service through the gate, and back: what `promote`, `rollback` and `history` of the toolchain do with the site's adapters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edgeops.catalog.adapters import Adapter, Rack
from edgeops.catalog.release import Release, check_files, read_release
from edgeops.errors import UsageError
from edgeops.identity import fingerprint
from quantize.evaluate import record
from quantize.release.gate import Verdict, judge
from quantize.release.manifest import EVALUATION, ReleaseError

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Promoted:
    """What `edgeops-quantize promote` reports. before: the version that served until now, "" for the plain base."""

    name: str
    version: str
    before: str
    promoted: bool
    verdict: Verdict


def promote(folder: Path, rack: Rack, trusted: str, when: datetime, say: Say, *, stranger: str = "") -> Promoted:
    """Put a release in service if it is signed, whole, and passes the gate; else nothing changes.

    trusted is the fingerprint of this machine's key, stranger that of another one that a person accepts. Raises CatalogError for
    what is unsigned or tampered with, ReleaseError for a key that nobody accepted.
    """
    release = read_release(folder)
    signer = fingerprint(release.manifest.key)
    if signer not in (trusted, stranger):
        raise ReleaseError(
            f"{folder} is signed by the key {signer}, which is not this machine's ({trusted}). "
            f"If you know whose it is, accept it with --accept {signer}."
        )
    check_files(release)
    active = serving(rack, release.manifest.base.sha256, release.manifest.name, say)
    verdict = verdict_on(release, active)
    if verdict.admitted:
        rack.promote(release, signer, when)
    said = release.manifest
    return Promoted(said.name, said.version, active.version if active else "", verdict.admitted, verdict)


def serving(rack: Rack, base_sha256: str, name: str, say: Say) -> Adapter | None:
    """The adapter that serves now with this base: the one of this name, else the one that is loaded by default."""
    fitting = [one for one in rack.adapters(say) if one.base_sha256 == base_sha256]
    return next((one for one in fitting if one.name == name), fitting[0] if fitting else None)


def verdict_on(release: Release, active: Adapter | None) -> Verdict:
    """The gate's verdict on a release whose files were checked."""
    candidate = record.read(release.folder / EVALUATION)
    before, loaded = None, ""
    if active:
        loaded = f"{active.base_sha256}+{active.sha256}"
        try:
            before = record.read(Path(active.path).parent / EVALUATION)
        except UsageError:
            before = None
    return judge(before, candidate, release.manifest.loaded, loaded)
