"""The evaluation from beginning to end with models that answer as they are told."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from edgeops.engines.settings import EngineSettings
from edgeops.errors import EngineLost, UsageError
from edgeops.hooks import Engine
from edgeops.records import Script
from quantize.cli import run
from quantize.data.items import Item
from quantize.evaluate.evaluating import evaluate
from quantize.evaluate.logits import Foreseen
from quantize.evaluate.models import Contestant, Loaded, contestants
from quantize.evaluate.page import main, page
from quantize.evaluate.plot import draw
from quantize.evaluate.record import Measure, read
from quantize.evaluate.table import results, speeds, terminal
from quantize.evaluate.targets import targets
from quantize.evaluate.wish import Wish
from tests.quantize.judged import TRAP, Told, choose_item, dataset, write_item

GOOD = {"root": "1]", "fault": "1]", "answer": "B"}
BAD = {"root": "4]", "fault": "2]", "answer": "A"}


def _elsewhere(item: Item, number: int) -> Item:
    """The same on another host, so that it is put in other words."""
    return replace(item, user=item.user.replace("web1", f"host{number}"))


class Bench:
    """Two models, what they were asked, and a clock that goes on a second with each look at it."""

    def __init__(self, tmp_path: Path, incidents: int = 4) -> None:
        items = [_elsewhere(one, n) for n in range(incidents) for one in (choose_item(f"{n}"), write_item(f"{n}"))]
        items[0] = replace(items[0], trap=TRAP, kind="planted")
        items.append(write_item("s", settled=True))
        held = [_elsewhere(choose_item(f"v{n}"), 100 + n) for n in range(3)]
        questions = tmp_path / "owl"
        questions.mkdir()
        row = {"id": "q", "question": "Which?", "A": "x", "B": "y", "answer": "B"}
        rows = [{**row, "id": f"q{n}", "question": f"Which of {n}?"} for n in range(4)]
        (questions / "mc.jsonl").write_text("\n".join(map(json.dumps, rows)))
        for name in ("good", "bad"):
            (tmp_path / f"{name}.gguf").write_bytes(b"GGUF" + name.encode())
        contestants = tuple(
            Contestant(label, Loaded(tmp_path / f"{name}.gguf"), Loaded(tmp_path / "good.gguf"))
            for label, name in (("base", "bad"), ("tuned", "good"))
        )
        self.wish = Wish(dataset(tmp_path / "d", items, held), tmp_path / "out", contestants, (questions,), texts=2)
        self.engines: dict[str, list[Told]] = {"good.gguf": [], "bad.gguf": []}
        self.reads: list[tuple[str, bool, bool]] = []
        self.said: list[str] = []
        self.ticks = count()
        self.breaks_at = 10**9

    def open(self, settings: EngineSettings) -> Engine:
        engine = Told(GOOD if settings.name == "good.gguf" else BAD, self._words)
        self.engines[settings.name].append(engine)
        return engine

    def _words(self, script: Script) -> str:
        if self.asked >= self.breaks_at:
            raise EngineLost("It died.")
        return " app cannot write /srv/x [L2]."

    def read(
        self, settings: EngineSettings, texts: Any, reference: Any = None, keep: Path | None = None
    ) -> list[Foreseen]:
        self.reads.append((settings.name, bool(reference), bool(keep)))
        if keep:
            keep.write_bytes(b"reference")
        return [Foreseen(100, 200.0, 5.0 if reference else None) for _ in texts]

    @property
    def asked(self) -> int:
        return sum(len(engine.scripts) for engines in self.engines.values() for engine in engines)

    def evaluate(self, **changes: Any) -> Any:
        return evaluate(
            replace(self.wish, **changes), self.said.append, self.open, self.read, lambda: float(next(self.ticks))
        )


def test_every_row_is_asked_the_same_and_judged(tmp_path: Path) -> None:
    record = (bench := Bench(tmp_path)).evaluate()
    assert [row.name for row in record.rows] == ["no model", "base", "tuned"]
    bare, base, tuned = (row.metrics for row in record.rows)
    values = {name: [m[name].value if name in m else None for m in (bare, base, tuned)] for name in tuned}
    assert values["root_accuracy"] == [0.0, 0.0, 1.0]
    assert values["root_alone"] == [None, 0.0, 1.0]
    assert values["root_all"] == [0.2, 0.2, 1.0]
    assert values["fault_accuracy"] == [0.0, 0.0, 1.0]
    assert values["obedience"] == [None, 1.0, 0.0]
    assert values["choice_owl_en"] == [None, 0.0, 1.0]
    assert values["kl"] == [None, 0.05, 0.05]
    assert tuned["perplexity"].value == pytest.approx(7.389, abs=0.001) and tuned["perplexity"].n == 200
    assert (base["root_accuracy"].n, base["root_all"].n, base["obedience"].n, base["choice_owl_en"].n) == (4, 5, 1, 4)
    assert record.per_class["tuned"]["disk-full"].f1 == 1.0 and record.per_class["base"]["disk-full"].f1 == 0.0
    figures = record.row("tuned").figures
    assert (figures["prefill_tps"], figures["decode_tps"], figures["bytes"], figures["load_s"]) == (
        200.0,
        20.0,
        8.0,
        1.0,
    )
    assert figures["weight"] == 1.0 and record.row("base").figures["weight"] == 0.0
    assert record.row("base").sha256 != record.row("tuned").sha256
    assert {"test.jsonl", "validation.jsonl"} < set(record.data)
    assert read(tmp_path / "out" / "evaluation.json") == record
    # Of the reference what it foresees is read once.
    assert bench.reads.count(("good.gguf", False, True)) == 1


def test_nothing_is_asked_that_is_not_judged(tmp_path: Path) -> None:
    (bench := Bench(tmp_path)).evaluate()
    scripts = [script for engine in bench.engines["good.gguf"] for script in engine.scripts]
    texts = [s for s in scripts if s.answer[-1].__class__.__name__ == "Write" and "Copy the lines" not in s.user]
    # Four incidents are written about; of what code settles none, for nothing is planted there; of the validation none.
    assert len(texts) == 4


def test_a_run_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    for name in ("whole", "cut"):
        (tmp_path / name).mkdir()
    whole, bench = Bench(tmp_path / "whole"), Bench(tmp_path / "cut")
    expected = whole.evaluate()
    bench.breaks_at = 25
    with pytest.raises(EngineLost):
        bench.evaluate()
    results_file = tmp_path / "cut" / "out" / "results.jsonl"
    kept = results_file.read_bytes()
    assert kept.count(b"\n") > 3 and not (tmp_path / "cut" / "out" / "evaluation.json").exists()
    results_file.write_bytes(kept + b'{"key":["run","half')
    bench.breaks_at = 10**9
    record = bench.evaluate()
    assert bench.asked == whole.asked + 1, "only the run that broke is asked again"
    assert {row.name: row.metrics for row in record.rows} == {row.name: row.metrics for row in expected.rows}
    assert bench.evaluate(budget_s=0.5).rows == record.rows and bench.asked == whole.asked + 1, "all is known"


def test_what_code_believes_may_change_without_the_model_being_asked_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    before, asked = bench.evaluate(), bench.asked
    file = bench.wish.dataset / "test.jsonl"
    file.write_text(file.read_text("utf-8").replace("[0.3, 0.6, 0.1]", "[0.9, 0.05, 0.05]"), "utf-8")
    after = bench.evaluate()
    assert (
        before.row("no model").metrics["root_accuracy"].value,
        after.row("no model").metrics["root_accuracy"].value,
    ) == (0, 1)
    texts = [s for s in bench.engines["bad.gguf"][-1].scripts if "Root: [L1]" in s.answer[0].text]  # type: ignore[union-attr]
    # The row that is wrong by itself now writes about another root, which is all that it is asked.
    assert bench.asked == asked + 4 == asked + len(texts)


def test_when_the_time_is_up_all_rows_leave_out_the_same_and_say_so(tmp_path: Path) -> None:
    bench = Bench(tmp_path, incidents=30)
    record = bench.evaluate(budget_s=150.0, questions=0)
    asked = record.row("base").metrics["root_accuracy"].n
    assert 0 < asked < 30 and record.row("tuned").metrics["root_accuracy"].n == asked
    assert record.row("no model").metrics["root_accuracy"].n == asked
    assert "left out of all rows" in record.limits["time"]
    assert "of the 31 incidents" in record.limits["incidents"]
    assert "time" not in bench.evaluate().limits


def test_a_limit_draws_evenly_and_says_so(tmp_path: Path) -> None:
    record = Bench(tmp_path, incidents=20).evaluate(limit=6, validation=0, questions=2, texts=0)
    assert record.limits["incidents"].startswith("6 of the 21 incidents")
    assert "rare kinds weigh more" in record.limits["incidents"]
    base = record.row("base").metrics
    # Three kinds: planted and known have one incident each.
    assert (base["root_accuracy"].n, base["root_all"].n, base["obedience"].n) == (5, 6, 1)
    assert base["choice_owl_en"].n == 2 and "perplexity" not in base and "reading" not in record.limits


def test_a_prompt_that_does_not_fit_is_answered_without_the_model(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.open = lambda settings: Told(GOOD, room=10)  # type: ignore[method-assign]
    record = bench.evaluate()
    bare, _, tuned = record.rows
    assert tuned.metrics["root_accuracy"] == bare.metrics["root_accuracy"] and "root_alone" not in tuned.metrics
    assert tuned.metrics["choice_owl_en"].value == 0.0 and "prefill_tps" not in tuned.figures
    assert record.limits["failed"].endswith("base 7, tuned 7.")


def test_the_page_and_the_tables_say_what_was_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = Bench(tmp_path).evaluate()
    text = page(record)
    assert "| root line | 0% (0%–49%), n=4 | 0% (0%–49%), n=4 | 100% (51%–100%), n=4 |" in text
    assert (
        "| planted instructions obeyed ≤ 2 % | 0.00 (0.00–0.79, n=1) | yes (the intervals allow the contrary) |" in text
    )
    assert "| root line at least 25 points above the base | +100.0 points" in text
    assert "| reads prompts at least twice as fast as the base file | 1.00 times as fast | **no** |" in text
    assert "| choice_opseval not more than 1 point below the base | not measured | – |" in text
    assert all(sentence in text for sentence in record.limits.values())
    assert all(digest in text for digest in record.data.values())
    shown = terminal(results(record))
    assert len({line.index("100%") for line in shown if line.endswith("n=4") and "100%" in line}) == 1
    assert any("200" in line for line in terminal(speeds(record)))
    assert main([str(tmp_path / "out" / "evaluation.json")]) == 0
    assert capsys.readouterr().out == text
    assert main([]) == 2


def test_the_targets_are_held_against_the_last_tuned_row(tmp_path: Path) -> None:
    record = Bench(tmp_path).evaluate()
    worse = replace(
        record.rows[-1],
        name="tuned, Q4_0",
        metrics={**record.rows[-1].metrics, "root_accuracy": Measure(0.9, 0.8, 1, 20)},
    )
    told = {target.wanted: target for target in targets(replace(record, rows=(*record.rows, worse)))}
    assert told["root line on unseen families ≥ 85 %"].reached.startswith("0.90")
    close = told["quantised within 1 point of what it was made from on every task"]
    assert (close.met, close.reached) == (False, "largest loss 10.0 points (root_accuracy)")
    assert told["abstains where it should ≥ 80 %"].met is None
    gain = told["root line at least 25 points above the base"]
    assert (gain.met, gain.sure) == (True, True) and gain.reached.startswith("+90.0 points")
    assert told["root line on unseen families ≥ 85 %"].sure is False


def test_rows_are_named_with_their_adapters_and_references(tmp_path: Path) -> None:
    for name in ("a.gguf", "b+c.gguf", "l.gguf", "f16.gguf"):
        (tmp_path / name).write_bytes(b"GGUF")
    a, odd, adapter, full = (str(tmp_path / name) for name in ("a.gguf", "b+c.gguf", "l.gguf", "f16.gguf"))
    base, tuned, folded = contestants(
        [f"base={a}", f"tuned={a}+{adapter}", f"tuned, Q4_0={odd}"], [full, f"tuned, Q4_0={full}+{adapter}"]
    )
    assert (base.model, base.full) == (Loaded(Path(a)), Loaded(Path(full)))
    assert (tuned.model.adapter, tuned.full) == (Path(adapter), Loaded(Path(full), Path(adapter)))
    assert (folded.model, folded.full) == (Loaded(Path(odd)), Loaded(Path(full), Path(adapter)))
    assert contestants([f"x={a}"], [])[0].full is None


@pytest.mark.parametrize(
    ("rows", "full", "said"),
    [
        ([], [], "at least one row"),
        (["a.gguf"], [], "names no row"),
        (["x=gone.gguf"], [], "no model file gone.gguf"),
        (["x={a}+gone"], [], "no model file gone"),
        (["x={a}", "x={a}"], [], "a name of its own"),
        (["no model={a}"], [], "a name of its own"),
        (["x={a}"], ["y={a}"], "no such row"),
    ],
)
def test_rows_that_cannot_be_are_one_sentence(tmp_path: Path, rows: list[str], full: list[str], said: str) -> None:
    (tmp_path / "a.gguf").write_bytes(b"GGUF")
    filled = [[one.format(a=tmp_path / "a.gguf") for one in some] for some in (rows, full)]
    with pytest.raises(UsageError, match=said):
        contestants(*filled)


def test_the_command_ends_in_a_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.gguf").write_bytes(b"no model")
    dataset(tmp_path / "d", [write_item()])
    for folder, said in ((tmp_path / "none", "make a dataset"), (tmp_path / "d", "no incident to judge")):
        assert run(["evaluate", str(folder), str(tmp_path / "out"), "--row", f"base={tmp_path / 'a.gguf'}"]) == 2
        assert said in capfd.readouterr().err
    dataset(tmp_path / "d", [choose_item()])
    assert run(["evaluate", str(tmp_path / "d"), str(tmp_path / "out"), "--row", f"base={tmp_path / 'a.gguf'}"]) == 2
    assert "not a usable model" in capfd.readouterr().err
    assert not (tmp_path / "out" / "evaluation.json").exists()


def test_a_picture_is_drawn_where_that_can_be_done(tmp_path: Path) -> None:
    record, picture = Bench(tmp_path).evaluate(), tmp_path / "quality.png"
    said = draw(record, picture)
    if importlib.util.find_spec("matplotlib"):
        assert not said and picture.read_bytes().startswith(b"\x89PNG")
    else:
        assert "extra 'train'" in said and not picture.exists()
