"""Templates of whole files: two passes, one look-up a line, every line in its place."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from edgeops import hooks
from edgeops.detect import mining
from edgeops.detect.miner import Miner
from edgeops.detect.mining import assign, mine, runs
from edgeops.hooks import Reader
from edgeops.intake.reader import open_reader
from edgeops.records import Severity, Skipped, Template

FORMATS = [one for group in hooks.registry().hook.edgeops_formats() for one in group]


def opened(path: Path) -> Reader:
    reader = open_reader(str(path), formats=FORMATS)
    assert not isinstance(reader, Skipped), reader
    return reader


def learnt(path: Path) -> Miner:
    miner = Miner()
    mine(opened(path), miner)
    miner.settle()
    return miner


def lines_of(path: Path, miner: Miner) -> list[tuple[int, Template]]:
    return [
        (number, template)
        for numbers, stretch in assign(opened(path), miner)
        for number, template in zip(numbers, stretch, strict=True)
    ]


def write(folder: Path, *lines: str) -> Path:
    path = folder / "a.log"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def stamped(second: int, message: str, level: str = "INFO") -> str:
    return f"2026-05-01 08:{second // 60:02}:{second % 60:02},000 {level} [main] org.example.Job: {message}"


def test_each_line_has_a_template_and_each_template_its_messages(tmp_path: Path) -> None:
    lines = [stamped(n, f"task {n} of job_{n % 7} took {n} ms") for n in range(60)] + [stamped(70, "done", "ERROR")]
    path = write(tmp_path, *lines)
    miner = learnt(path)
    frequent, rare = miner.templates()
    assert (frequent.pattern, frequent.count) == ("task <number> of <id> took <duration> ms", 60)
    assert (rare.pattern, rare.count, rare.severity) == ("done", 1, Severity.ERROR)
    assert frequent.first and frequent.last and (frequent.last - frequent.first).total_seconds() == 59
    assert [(number, template.id) for number, template in lines_of(path, miner)] == [
        *((n, frequent.id) for n in range(1, 61)),
        (61, rare.id),
    ]


def test_lines_that_continue_a_message_have_its_template(tmp_path: Path) -> None:
    trace = [
        "java.lang.IllegalStateException: no pool",
        "\tat org.example.Pool.take(Pool.java:41)",
        "\tat x.Y.z(Y.java:1)",
    ]
    one = [stamped(1, "request 7 failed", "ERROR"), *trace]
    path = write(tmp_path, *one, stamped(2, "ok 1"), stamped(3, "ok 2"), *one)
    found = lines_of(path, learnt(path))
    assert [number for number, _ in found] == list(range(1, 11))
    failed, ok = found[0][1], found[4][1]
    assert [template.pattern for _, template in found] == [failed.pattern] * 4 + [ok.pattern] * 2 + [failed.pattern] * 4
    assert "IllegalStateException" in failed.pattern
    assert (failed.count, ok.count) == (2, 2)


def test_lines_that_differ_in_identifiers_only_are_parsed_once(tmp_path: Path) -> None:
    path = write(tmp_path, *(stamped(n % 60, f"commit {n * 7919:040x} by node 0x{n:x} seen") for n in range(1, 500)))
    reader = opened(path)
    parsed = 0
    event = reader.event

    def counted(*arguments):  # type: ignore[no-untyped-def]
        nonlocal parsed
        parsed += 1
        return event(*arguments)

    reader.event = counted  # type: ignore[method-assign]
    miner = Miner()
    assert mine(reader, miner) == 499
    assert parsed < 40
    assert [template.count for template in miner.templates()] == [499]


def test_shapes_that_overflow_their_room_lose_no_count(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(mining, "MOST_SHAPES", 10)
    words = ["".join(chr(97 + (n * k) % 26) for k in (3, 5, 7, 11, 17)) for n in range(200)]
    path = write(tmp_path, *(stamped(n % 60, f"moved {word} away") for n, word in enumerate(words)))
    miner = learnt(path)
    assert [(template.pattern, template.count) for template in miner.templates()] == [("moved <*> away", 200)]
    assert len(lines_of(path, miner)) == 200


def test_runs_hold_every_line_once_and_in_order(tmp_path: Path) -> None:
    path = write(tmp_path, stamped(1, "a"), "  more", stamped(2, "b"), stamped(3, "c"), "", stamped(4, "d"))
    numbers = []
    for run in runs(opened(path)):
        first = run.block.number + run.start
        numbers += [*range(first, first + len(run.keys)), *(line.number for line in run.more)]
    assert numbers == list(range(1, 7))


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\0"), max_size=40), min_size=1, max_size=30))
def test_any_text_gets_a_template_a_line(tmp_path_factory, lines: list[str]) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path_factory.mktemp("any") / "a.log"
    # Letters first, or a short text of control characters is taken for binary data.
    path.write_bytes("\n".join(["words that make this a text log"] * 9 + lines + ["end"]).encode())
    miner = learnt(path)
    found = lines_of(path, miner)
    assert [number for number, _ in found] == list(range(1, len(lines) + 11))
    ids = {template.id for template in miner.templates()}
    assert {template.id for _, template in found} <= ids
