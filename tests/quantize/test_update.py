"""The whole loop with steps of a few bytes: it ends in service, is cut off anywhere and goes on, and whatever fails leaves what served."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import quantize
from edgeops.catalog.adapters import Rack
from edgeops.identity import identity
from quantize.evaluate.record import Evaluation, write
from quantize.stages import UpdateError, alone
from quantize.train.wish import TrainError
from quantize.train.wish import Wish as Training
from quantize.update import Measuring, Needs, Site, Steps, Updated, Wish, update
from tests.quantize.measured import DATA, row, sha

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NONE = Path("/nowhere")


class Bench:
    """Steps that note what was called; strike is called before and in the middle of each, and may end the process."""

    def __init__(
        self, home: Path, strike: Callable[[], None] = lambda: None, items: int = 40, root: float = 0.9
    ) -> None:
        self.home, self.strike, self.items, self.root = home, strike, items, root
        self.called: list[str] = []
        self.rows: list[str] = []
        self.budgets: dict[str, float] = {}
        self.started: Path | None = None
        self.counted: Path | None = None
        self.said: list[str] = []
        self.minute = 0

    def steps(self) -> Steps:
        def needs(wish: Wish, start: Path | None) -> Needs:
            self.counted = start
            return Needs(900, 5 << 20)

        return Steps(lambda: None, needs, self.data, self.train, self.convert, self.evaluate)

    def site(self) -> Site:
        (self.home / "shipped").mkdir(parents=True, exist_ok=True)
        rack = Rack(self.home / "models" / "ops", self.home / "shipped")
        return Site(rack, identity(self.home), lambda: 4000, lambda work: 1 << 30, self.now)

    def now(self) -> datetime:
        self.minute += 1
        return NOON.replace(minute=self.minute)

    def begun(self, name: str) -> None:
        self.called.append(name)
        self.strike()

    def data(self, wish: Wish, folder: Path, say: object) -> None:
        self.begun("data")
        store = wish.store.read_text() if wish.store else ""
        (folder / "train.jsonl").write_text("".join(f'{{"id": "{n}{store}{wish.seed}"}}\n' for n in range(self.items)))
        self.strike()
        for name in ("validation", "test"):
            (folder / f"{name}.jsonl").write_text("{}\n")

    def train(self, wish: Training, say: object) -> None:
        self.begun("train")
        self.budgets["train"] = wish.budget_s
        self.started = wish.start
        new = wish.out / "adapter.new"
        new.mkdir(exist_ok=True)
        learnt = (wish.data / "train.jsonl").read_bytes()
        options = {"base": "b", "data": "d", "out": "o", "method": "lora", "rank": "8"}
        made = {
            "base": wish.base.name,
            "base_sha256": sha(wish.base.read_bytes()),
            "data": sha(learnt),
            "wish": options,
        }
        (new / "made.json").write_text(json.dumps(made))
        self.strike()
        new.rename(wish.out / "adapter")
        self.strike()

    def convert(self, trained: Path, base: Path, target: Path) -> None:
        self.begun("convert")
        target.write_bytes(b"GGUF ")
        self.strike()
        target.write_bytes(b"GGUF " + json.loads((trained / "made.json").read_text())["data"].encode())

    def evaluate(self, wish: Wish, asked: Measuring, say: object) -> None:
        self.begun("evaluate")
        self.budgets["evaluate"] = asked.budget_s
        base = sha(asked.base.read_bytes())
        self.rows = [name for name, _ in asked.rows]
        rows = [
            row(
                name,
                f"{base}+{sha(file.read_bytes())}" if file else base,
                root_accuracy={"tuned": self.root}.get(name, 0.6),
            )
            for name, file in asked.rows
        ]
        self.strike()
        write(Evaluation(tuple(rows), data=DATA), asked.out / "evaluation.json")
        self.strike()


@pytest.fixture
def wish(tmp_path: Path) -> Wish:
    (tmp_path / "base.gguf").write_bytes(b"GGUF base")
    return Wish(tmp_path / "base.gguf", tmp_path / "work", Training(NONE, NONE, NONE))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "home")


def run(bench: Bench, wish: Wish) -> Updated:
    return update(wish, bench.site(), bench.steps(), bench.said.append)


def serving(bench: Bench) -> str:
    return next((one.version for one in bench.site().rack.adapters(bench.said.append)), "")


ALL = ["data", "train", "convert", "evaluate"]


def test_the_loop_ends_in_service_and_says_its_needs_first(bench: Bench, wish: Wish) -> None:
    done = run(bench, wish)
    assert bench.called == ALL and bench.rows == ["base", "tuned"]
    assert done.new and done.promoted and done.before == "" and done.version == serving(bench)
    assert bench.said[0].startswith("About 900 MiB of memory are needed, 4000 are free; about 5 MB of disk in ")
    assert [stage.name for stage in done.stages] == ["data", "train", "gguf", "evaluate", "release"]


def test_training_begins_with_the_adapter_in_service_unless_it_is_to_be_fresh(bench: Bench, wish: Wish) -> None:
    run(bench, wish)
    assert bench.started is bench.counted is None
    (active,) = bench.site().rack.adapters(bench.said.append)
    for fresh, start in ((False, Path(active.path)), (True, None)):
        run(bench, replace(wish, work=wish.work.with_name(f"work-{fresh}"), anyway=True, fresh=fresh))
        assert bench.started == bench.counted == start, "its needs are told of what it begins with"
    run(
        bench,
        replace(wish, work=wish.work.with_name("dora"), anyway=True, training=replace(wish.training, method="dora")),
    )
    assert bench.started is None


def test_with_nothing_new_to_learn_it_says_so_and_does_nothing(bench: Bench, wish: Wish) -> None:
    first = run(bench, wish)
    bench.called.clear()
    again = run(bench, wish)
    assert bench.called == [] and not again.new and again.version == first.version
    assert f"There is nothing new to learn since {first.version}, so nothing was done." in bench.said


def test_what_the_store_learnt_since_is_trained_and_compared_with_what_serves(
    bench: Bench, wish: Wish, tmp_path: Path
) -> None:
    store = tmp_path / "store.db"
    store.write_text("a")
    wish = replace(wish, store=store)
    first = run(bench, wish)
    store.write_text("ab")
    bench.called.clear()
    second = run(bench, wish)
    assert bench.called == ALL and bench.rows == ["base", "active", "tuned"]
    assert second.promoted and second.before == first.version and second.verdict and second.verdict.against == "active"
    assert len([path for path in wish.work.iterdir() if path.is_dir()]) == 5, "the first run's folders are gone"


def test_a_worse_one_is_refused_and_the_same_command_does_not_train_it_again(
    bench: Bench, wish: Wish, tmp_path: Path
) -> None:
    store = tmp_path / "store.db"
    store.write_text("a")
    wish = replace(wish, store=store)
    first = run(bench, wish)
    store.write_text("ab")
    bench.root = 0.1
    bench.called.clear()
    for called in (ALL, []):
        refused = run(bench, wish)
        assert not refused.promoted and serving(bench) == first.version
        assert bench.said[-1].startswith("root_accuracy would be 0.100")
        assert bench.called == called
        bench.called.clear()


def test_three_items_are_too_few(bench: Bench, wish: Wish) -> None:
    bench.items = 3
    with pytest.raises(UpdateError, match="holds 3 items to learn from, which is too few"):
        run(bench, wish)
    assert bench.called == ["data"] and serving(bench) == ""


@pytest.mark.parametrize(
    ("memory", "disk", "said"), [(800, 1 << 30, "900 MiB of memory and 800 are free"), (4000, 1 << 20, r"free 4 MB")]
)
def test_too_little_memory_or_disk_is_said_before_anything_is_done(
    bench: Bench, wish: Wish, memory: int, disk: int, said: str
) -> None:
    site = replace(bench.site(), memory_mb=lambda: memory, disk=lambda work: disk)
    with pytest.raises(UpdateError, match=said):
        update(wish, site, bench.steps(), bench.said.append)
    assert bench.called == []


def test_a_training_that_fails_leaves_what_serves_and_is_tried_again(bench: Bench, wish: Wish, tmp_path: Path) -> None:
    first = run(bench, wish)
    bench.called.clear()

    def diverges(wish: Training, say: object) -> None:
        raise TrainError("The loss became nan at step 3; nothing was written.")

    other = replace(wish, seed=2)
    with pytest.raises(TrainError):
        update(other, bench.site(), replace(bench.steps(), train=diverges), bench.said.append)
    assert serving(bench) == first.version
    assert run(bench, other).new and bench.called == ["data", "train", "convert", "evaluate"]


def test_missing_packages_are_said_before_anything_else(bench: Bench, wish: Wish) -> None:
    def demand() -> None:
        raise TrainError("Training needs torch, which is not installed; install the extra 'train' of edgeops first.")

    with pytest.raises(TrainError, match="extra 'train'"):
        update(wish, bench.site(), replace(bench.steps(), demand=demand), bench.said.append)
    assert not wish.work.exists()


def test_the_time_is_shared_and_what_is_measured_gets_the_rest(bench: Bench, wish: Wish) -> None:
    run(bench, replace(wish, budget_s=1000.0))
    assert bench.budgets["train"] == 700.0
    assert 900 < bench.budgets["evaluate"] <= 1000
    run(bench, replace(wish, seed=9))
    assert bench.budgets == {"train": 0.0, "evaluate": 0.0}


def test_an_evaluation_that_the_time_cut_short_is_gone_on_with_and_not_taken_for_a_verdict(
    bench: Bench, wish: Wish
) -> None:
    wish = replace(wish, budget_s=100.0)
    ticks = iter(range(0, 100_000, 90))

    def nothing(wish: Wish, asked: Measuring, say: object) -> None:
        write(Evaluation(()), asked.out / "evaluation.json")

    site = replace(bench.site(), clock=lambda: float(next(ticks)))
    with pytest.raises(UpdateError, match="The time was up when 0 items were judged"):
        update(wish, site, replace(bench.steps(), evaluate=nothing), bench.said.append)
    assert bench.called == ["data", "train", "convert"]
    assert run(bench, wish).promoted and bench.called == ALL


def test_a_second_update_in_the_same_folder_is_refused(bench: Bench, wish: Wish) -> None:
    with alone(wish.work), pytest.raises(UpdateError, match="Another update runs"):
        run(bench, wish)


def test_a_run_that_goes_on_keeps_to_the_store_as_it_was(bench: Bench, wish: Wish, tmp_path: Path) -> None:
    """Else an incident resolved in the meantime would cost the night's training."""
    store = tmp_path / "store.db"
    store.write_text("a")
    wish = replace(wish, store=store)

    def stopped(wish: Training, say: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update(wish, bench.site(), replace(bench.steps(), train=stopped), bench.said.append)
    store.write_text("ab")
    assert run(bench, wish).promoted
    assert bench.called == ALL, "the data were not made anew"
    assert run(bench, wish).promoted, "and now what came since is learnt"


_KILLED = """
import sys, os
from pathlib import Path
from tests.quantize.test_update import Bench, Training, Wish, NONE, run
left = int(sys.argv[2])
def strike():
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), 9)
home = Path(sys.argv[1])
run(Bench(home / "home", strike), Wish(home / "base.gguf", home / "work", Training(NONE, NONE, NONE)))
"""


def test_killed_at_any_point_the_same_command_goes_on(bench: Bench, wish: Wish, tmp_path: Path) -> None:
    """Each process gets one strike further than the one before; what was finished is not done again."""
    root = Path(quantize.__file__).parents[1]
    ended, allowed, runs = -9, 0, 0
    while ended == -9:
        command = [sys.executable, "-c", _KILLED, str(tmp_path), str(allowed)]
        ended = subprocess.run(command, check=False, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}).returncode
        assert ended in (-9, 0)
        assert (serving(bench) != "") == (ended == 0)
        runs, allowed = runs + 1, 0 if runs % 2 else 1 + runs // 2
        assert runs < 30
    assert ended == 0 and runs > 6
    assert not run(bench, wish).new and bench.called == []
