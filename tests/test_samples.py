"""The shipped sample incidents: what the known tier says about each is what its author knows to be true."""

from __future__ import annotations

import gzip
import os
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from edgeops.cli.answer import Painter
from edgeops.mask import mask
from edgeops.records import Evidence, Explanation, Reading, Tier
from edgeops.session import Session

SAMPLES = Path(__file__).parent.parent / "samples"
NOW = datetime(2027, 1, 1, tzinfo=UTC)
SECRETS = (
    "Wolkenbruch-7741-Kranich",
    "Tannenzapfen-83-Lachs",
    "AKIAQ3EXAMPLE7FAKE42",
    "wJa1rFaKeKeY/bPxRfiCYEXAMPLEfakefake12345",
    "Zk1tR3pXb0x2Q3NkOXBKcVl0TnVFaGJBMzRyVXg2RmM",
)
CUT = "left out ...]"


@dataclass(frozen=True)
class Sample:
    path: str
    title: str
    root: str
    alternatives: tuple[str, ...]
    fault: str
    incidents: str

    @property
    def place(self) -> Path:
        return SAMPLES / self.path

    def files(self) -> list[Path]:
        return sorted(self.place.iterdir()) if self.place.is_dir() else [self.place]

    def file(self, name: str) -> Path:
        return self.place / name if self.place.is_dir() else SAMPLES / name


def _truth() -> list[Sample]:
    told = tomllib.loads((SAMPLES / "truth.toml").read_text(encoding="utf-8"))
    return [Sample(**{**one, "alternatives": tuple(one["alternatives"])}) for one in told["sample"]]


TRUTH = _truth()
WRONG = [sample for sample in TRUTH if sample.incidents == "wrong"]
NOTHING = [sample for sample in TRUTH if sample.incidents == "nothing"]
KNOWN = [sample for sample in WRONG if sample.fault]


def each(samples: list[Sample]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("sample", samples, ids=lambda s: s.path)


@cache
def _session() -> Session:
    return Session({"EDGEOPS_HOME": "/nonexistent"}, lambda: NOW, lambda _: None, keep=False)


@cache
def _reading(path: Path) -> Reading:
    return _session().read([str(path)])


@cache
def _worst(path: Path, lang: str = "en") -> Explanation:
    return next(_session().explain(_reading(path).incidents[:1], lang=lang, tier="known"))


@cache
def _lines(path: Path) -> list[str]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return raw.decode("utf-8", "replace").split("\n")


def _places(reading: Reading) -> str:
    """Where the root of the worst incident stands, as `file:line`."""
    worst = reading.incidents[0]
    line = worst.signals[worst.root].event.line
    return f"{Path(line.source).name}:{line.number}"


# ---------------------------------------------------------------- the samples themselves


def test_there_are_enough_samples_and_they_are_small() -> None:
    files = [path for sample in TRUTH for path in sample.files()]
    assert len(WRONG) >= 16 and len(NOTHING) >= 2
    assert sum(path.stat().st_size for path in files) < 3_000_000


def test_truth_speaks_of_every_sample() -> None:
    assert {path.name for path in SAMPLES.iterdir()} - {"truth.toml"} == {sample.path for sample in TRUTH}


@each(TRUTH)
def test_a_sample_is_neither_a_snippet_nor_a_dump(sample: Sample) -> None:
    assert 150 <= sum(len(_lines(path)) - 1 for path in sample.files()) <= 1_500


@each(WRONG)
def test_the_places_in_the_truth_exist(sample: Sample) -> None:
    for place in (sample.root, *sample.alternatives):
        name, _, number = place.rpartition(":")
        assert _lines(sample.file(name))[int(number) - 1].strip()


# ---------------------------------------------------------------- what the known tier says


@each(WRONG)
def test_the_worst_incident_has_the_right_root(sample: Sample) -> None:
    assert _places(_reading(sample.place)) in (sample.root, *sample.alternatives)


@each(KNOWN)
def test_the_known_tier_names_the_fault_and_points_at_its_line(sample: Sample) -> None:
    answer = _worst(sample.place)
    assert (answer.tier, answer.fault) == (Tier.KNOWN, sample.fault)
    (root,) = [e for e in answer.evidence if e.ref == answer.root]
    assert f"{Path(root.source).name}:{root.line}" in (sample.root, *sample.alternatives)


@each([sample for sample in WRONG if not sample.fault])
def test_what_no_entry_knows_is_insufficient_without_a_model(sample: Sample) -> None:
    answer = _worst(sample.place)
    assert (answer.tier, answer.fault) == (Tier.INSUFFICIENT, "")
    assert answer.reason and answer.collect


@each(NOTHING)
def test_where_nothing_is_wrong_there_is_no_incident(sample: Sample) -> None:
    assert _reading(sample.place).incidents == ()


@each(KNOWN)
def test_the_cascade_is_told_after_its_cause(sample: Sample) -> None:
    worst = _reading(sample.place).incidents[0]
    assert worst.suspects[0].fault == sample.fault
    assert worst.root in worst.suspects[0].signals


@each([sample for sample in WRONG if sample.place.is_dir()])
def test_the_order_in_which_files_are_named_changes_nothing(sample: Sample) -> None:
    reading = _session().read([str(path) for path in reversed(sample.files())])
    assert _places(reading) == _places(_reading(sample.place))


@each(KNOWN)
@pytest.mark.parametrize("year", [2026, 2031])
def test_when_a_file_was_copied_changes_nothing(sample: Sample, year: int, tmp_path: Path) -> None:
    copies = []
    for path in sample.files():
        copy = tmp_path / path.name
        copy.write_bytes(path.read_bytes())
        os.utime(copy, (datetime(year, 12, 31, tzinfo=UTC).timestamp(),) * 2)
        copies.append(str(copy))
    assert _places(_session().read(copies)) == _places(_reading(sample.place))


@each([sample for sample in WRONG if "brute" not in sample.path])
def test_an_attack_on_another_host_at_the_same_time_hides_nothing(sample: Sample, tmp_path: Path) -> None:
    begun = _reading(sample.place).incidents[0].start
    assert begun
    attack = tmp_path / "bastion-auth.log"
    with attack.open("w", encoding="ascii") as log:
        for n in range(400):
            stamp = f"{begun + timedelta(seconds=4 * n - 600):%Y-%m-%dT%H:%M:%S+00:00} bastion sshd[{4000 + n}]:"
            user = ("root", "admin", "oracle", "git")[n % 4]
            log.write(f"{stamp} Failed password for {user} from 192.0.2.14 port {30000 + n} ssh2\n")
            if n % 9 == 0:
                log.write(
                    f"{stamp} error: maximum authentication attempts exceeded for {user} from 192.0.2.14 port 9 ssh2\n"
                )
    assert _places(_session().read([str(attack), str(sample.place)])) == _places(_reading(sample.place))


# ---------------------------------------------------------------- what is cited and shown


def _own(sample: Sample, answer: Explanation) -> Iterator[tuple[Evidence, str]]:
    """Log evidence with the line of the file that it claims to be."""
    for evidence in answer.evidence:
        if evidence.kind == "log":
            yield evidence, _lines(Path(evidence.source))[evidence.line - 1]


@each(WRONG)
def test_every_cite_refers_to_evidence(sample: Sample) -> None:
    answer = _worst(sample.place)
    refs = {evidence.ref for evidence in answer.evidence}
    assert answer.cites and {*answer.cites, answer.root} <= refs


@each(WRONG)
def test_evidence_is_the_very_line_of_the_file(sample: Sample) -> None:
    for evidence, line in _own(sample, _worst(sample.place)):
        first = evidence.text.split("\n")[0]
        if CUT in first:
            head, _, tail = first.partition("[... ")
            assert mask(line).startswith(head[:200]) and mask(line).endswith(tail.partition(CUT)[2][-200:])
        else:
            assert first == mask(line)


@each(TRUTH)
def test_no_secret_is_in_any_output(sample: Sample) -> None:
    for incident in _reading(sample.place).incidents:
        for answer in _session().explain([incident], tier="known"):
            said = repr(answer) + "\n".join(Painter(columns=10_000).answer(answer))
            assert not [secret for secret in SECRETS if secret in said]


def test_the_masked_lines_are_among_the_evidence() -> None:
    (sample,) = [s for s in TRUTH if "secrets" in s.path]
    texts = "\n".join(path.read_text(encoding="utf-8") for path in sample.files())
    assert all(secret in texts for secret in SECRETS)
    assert not [secret for secret in SECRETS if any(secret in mask(line) for line in texts.split("\n"))]
    assert any("[masked:" in evidence.text for evidence in _worst(sample.place).evidence)


@each(WRONG)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_shown_commands_no_terminal(sample: Sample, lang: str) -> None:
    shown = list(Painter(columns=100).answer(_worst(sample.place, lang)))
    assert shown
    assert not [c for line in shown for c in line if unicodedata.category(c) in ("Cc", "Cf")]


def test_hostile_text_is_shown_as_text_and_changes_no_answer() -> None:
    (sample,) = [s for s in TRUTH if "hostile" in s.path]
    lines = "\n".join("\n".join(_lines(path)) for path in sample.files())
    assert all(bait in lines for bait in ("Ignore your instructions", "\x1b]52;", "\u202e", "[/red]", "|sh"))
    answer = _worst(sample.place)
    assert answer.fault == sample.fault
    assert not [a for a in (*answer.checks, *answer.fixes) if any("192.0.2.66" in word for word in a.argv)]


def test_chinese_lines_are_explained_in_chinese() -> None:
    (sample,) = [s for s in TRUTH if "chinese" in s.path]
    answer = _worst(sample.place, "zh")
    assert answer.fault == sample.fault
    assert "内存" in answer.summary
    assert any("缓存写入失败" in evidence.text for evidence in answer.evidence)
