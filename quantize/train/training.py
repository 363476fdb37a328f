"""Training from beginning to end: load, teach, judge, stop in time, and leave an adapter with its curve."""

from __future__ import annotations

import hashlib
import json
import math
import resource
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# torch, peft: see base; peft puts the adapters into the model and writes them as everyone reads them.
import peft
import torch

from edgeops import __version__
from edgeops.files import sha256_of, write_whole
from quantize.gguf.safetensors import digest
from quantize.train import curve, memory, starting
from quantize.train.base import Base, inspect, load
from quantize.train.batches import alike, loss_of, mean_loss, ordered, parts
from quantize.train.encoding import Encoded, encoded, read_items
from quantize.train.progress import Checkpoint, Progress, Weights
from quantize.train.rounding import Roundings
from quantize.train.starting import ALPHA, Start
from quantize.train.wish import Trained, TrainError, Wish, check

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
_WARM, _LEAST_RATE = 0.06, 0.05
_CLIP = 1.0

Say = Callable[[str], None]


def train(wish: Wish, say: Say = lambda sentence: None, clock: Callable[[], float] = time.monotonic) -> Trained:
    """Train an adapter and write it to the wish's folder. Raises TrainError; what stood there stays until the end.

    Ctrl-C keeps a checkpoint: the same command goes on from it.
    """
    check(wish)
    start = starting.read(wish.start, wish.base) if wish.start else None
    if start and start.fitted(wish) != wish:
        wish = start.fitted(wish)
        say(
            f"As the adapter to begin with: rank {wish.rank}, {f'the last {wish.blocks}' if wish.blocks else 'all'} blocks."
        )
    device, dtype = precision()
    needed, free = memory.judge(inspect(wish.base), wish, dtype.itemsize, None if device == "cpu" else 0)
    say(f"About {needed} MiB of memory are needed{f', {free} are free' if free else ''}; {dtype} on {device}.")
    torch.manual_seed(wish.seed)
    base = load(wish.base, dtype, device)
    lessons, left_out = _lessons(wish.data / "train.jsonl", base, wish)
    judges, _ = _lessons(wish.data / "validation.jsonl", base, wish)
    for name, found in (("train", lessons), ("validation", judges)):
        if not found:
            raise TrainError(
                f"{wish.data / name}.jsonl holds no item of at most {wish.most_tokens} tokens; "
                "make a larger dataset (--scenes) or raise --most-tokens."
            )
    say(f"{len(lessons)} items to learn from, {left_out} too long; {len(judges)} to judge by.")
    try:
        run = _Run(wish, base, lessons, alike(judges[: wish.validation]), say, clock, start)
        with memory.kept():
            ended = run.go()
        return run.report(ended, left_out)
    except OSError as error:
        raise TrainError(
            f"{wish.out} cannot be written ({error.strerror}); free space there and start again: "
            "it goes on from the last checkpoint."
        ) from error


def _lessons(file: Path, base: Base, wish: Wish) -> tuple[list[Encoded], int]:
    """The items of a file that are short enough, and how many are not."""
    items = [encoded(item, base.family, base.cutter) for item in read_items(file)]
    fitting = [item for item in items if len(item.tokens) <= wish.most_tokens and item.targets]
    return fitting, len(items) - len(fitting)


def _settings(wish: Wish, blocks: int) -> peft.PeftConfig:
    """What is put into a model of so many blocks."""
    if wish.method == "prompt":
        return peft.PromptTuningConfig(num_virtual_tokens=wish.rank, task_type="CAUSAL_LM")
    return peft.LoraConfig(
        r=wish.rank, lora_alpha=ALPHA * wish.rank, target_modules=TARGETS,
        layers_to_transform=list(range(max(0, blocks - wish.blocks), blocks)) if wish.blocks else None,
        use_dora=wish.method == "dora", task_type="CAUSAL_LM",
    )  # fmt: skip


def precision() -> tuple[str, torch.dtype]:
    """Where this machine computes, and with what numbers."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return device, torch.bfloat16 if device == "cuda" or _fast_bfloat16() else torch.float32


def _fast_bfloat16(cpu: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether this processor multiplies bfloat16 itself: else float32 is faster."""
    try:
        flags = cpu.read_text("utf-8", "replace")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


@dataclass
class _Run:
    """One training: the model with its adapter, and how far it is."""

    wish: Wish
    base: Base
    lessons: Sequence[Encoded]
    judges: Sequence[Encoded]
    say: Say
    clock: Callable[[], float]
    start: Start | None = None

    def __post_init__(self) -> None:
        wish = self.wish
        self.model: Any = peft.get_peft_model(
            self.base.model, _settings(wish, self.base.model.config.num_hidden_layers), autocast_adapter_dtype=False
        )
        if self.start:
            begin_with(self.model, self.start)
        self.roundings = Roundings(self.base.model, wish.rounded, self.start) if wish.rounded else None
        # What is read with a cache cannot be read twice, which checkpointing does; learnt tokens stand before all others.
        self.share = not wish.checkpointing and wish.method != "prompt"
        if wish.checkpointing:
            self.model.gradient_checkpointing_enable()
            self.model.enable_input_require_grads()
        self.trainable = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        # The model computes with bfloat16 copies (float32 adapters would make every layer convert its activations); steps are
        # added up in float32, where small ones are not lost.
        self.exact = [parameter.detach().float() for parameter in self.trainable]
        self.optimiser = torch.optim.AdamW(self.exact, lr=wish.rate, weight_decay=0.0)
        self.checkpoint = Checkpoint(wish.out / "checkpoint", self._stamp())
        self.progress = Progress()
        self.best: Weights = {}
        first = sum(map(len, ordered(self.lessons, wish.batch, 0, wish.seed, wish.lean)))
        per_epoch = max(1, math.ceil(first / wish.together))
        self.steps = max(1, round(wish.epochs * per_epoch))
        self._resume()
        self._started = self.clock() - self.progress.seconds
        self._saved = self.clock()

    def go(self) -> str:
        """Teach until it is done, and say how it ended."""
        if not self.best:
            self.progress.before = self.progress.best = self._judged()
            self.best = self._adapter()
            self.say(f"before: validation loss {self.progress.before:.4f}")
        try:
            return self._teach()
        except KeyboardInterrupt:
            self._keep()
            self.say(f"Stopped at step {self.progress.step}; the same command goes on from there.")
            raise

    def _teach(self) -> str:
        progress, wish = self.progress, self.wish
        for micro in self._steps():
            loss = self._learn(micro)
            progress.step += 1
            progress.seconds = self.clock() - self._started
            progress.curve.append((progress.step, round(progress.seconds, 1), loss, None))
            over = bool(wish.budget_s) and progress.seconds >= wish.budget_s
            if progress.step % wish.every == 0 or over or progress.step >= self.steps:
                self._weigh()
            if progress.step >= self.steps:
                return "finished"
            if over:
                return "budget"
            if progress.idle >= wish.patience:
                return "patience"
            if self.clock() - self._saved >= wish.checkpoint_s:
                self._keep()
        return "finished"

    def _steps(self) -> Iterator[list[list[Encoded]]]:
        """The batches of each step from where it stands; an epoch's last step may be smaller."""
        count = max(1, self.wish.together // self.wish.batch)
        while True:
            batches = ordered(self.lessons, self.wish.batch, self.progress.epoch, self.wish.seed, self.wish.lean)
            while self.progress.batches < len(batches):
                micro = batches[self.progress.batches : self.progress.batches + count]
                self.progress.batches += len(micro)
                yield micro
            self.progress.epoch, self.progress.batches = self.progress.epoch + 1, 0

    def _learn(self, micro: list[list[Encoded]]) -> float:
        """One step; its mean loss an item. Raises TrainError when the loss is no number."""
        self.model.train()
        if self.roundings:
            self.roundings.use(other=self.progress.step % 2 == 1)
        items = sum(map(len, micro))
        total = 0.0
        for group in micro:
            for batch in parts(group, self.base.device, self.share):
                loss = loss_of(self.model, batch) / items
                loss.backward()
                total += float(loss.detach())
                self.progress.tokens += batch.size
        for exact, parameter in zip(self.exact, self.trainable, strict=True):
            exact.grad = None if parameter.grad is None else parameter.grad.float()
            parameter.grad = None
        norm = float(torch.nn.utils.clip_grad_norm_(self.exact, _CLIP))
        if not (math.isfinite(total) and math.isfinite(norm)):
            raise TrainError(
                f"The loss became {total} at step {self.progress.step + 1}; nothing was written. "
                f"Try a lower rate than {self.wish.rate:g} (--rate)."
            )
        for group_of in self.optimiser.param_groups:
            group_of["lr"] = self.wish.rate * self._pace()
        self.optimiser.step()
        self._follow()
        return total

    def _follow(self) -> None:
        """The model computes with what the steps added up to."""
        with torch.no_grad():
            for exact, parameter in zip(self.exact, self.trainable, strict=True):
                parameter.copy_(exact)

    def _pace(self) -> float:
        """The share of the full rate at this step: up at first, then down along a cosine, to the end of the steps or of the time."""
        done = (self.progress.step + 1) / self.steps
        if self.wish.budget_s:
            done = max(done, self.progress.seconds / self.wish.budget_s)
        if done < _WARM:
            return done / _WARM
        return _LEAST_RATE + (1 - _LEAST_RATE) * (1 + math.cos(math.pi * min(1.0, done))) / 2

    def _weigh(self) -> None:
        """Judge, and keep the adapter if it is the best so far."""
        progress = self.progress
        loss = self._judged()
        step, seconds, learnt, _ = progress.curve[-1]
        progress.curve[-1] = (step, seconds, learnt, loss)
        if loss < progress.best:
            progress.best, progress.best_step, progress.idle = loss, progress.step, 0
            self.best = self._adapter()
        else:
            progress.idle += 1
        self.say(f"step {step} of {self.steps}: loss {learnt:.4f}, validation {loss:.4f}, {seconds:.0f} s")

    def _judged(self) -> float:
        """The mean loss of the validation items, under both roundings where there are two."""
        self.model.eval()
        found = []
        for other in (False, True) if self.roundings else (False,):
            if self.roundings:
                self.roundings.use(other)
            found.append(mean_loss(self.model, self.judges, self.wish.batch, self.base.device, self.share))
        return sum(found) / len(found)

    def _adapter(self) -> Weights:
        """A copy of the adapter's weights."""
        found = peft.get_peft_model_state_dict(self.model, save_embedding_layers=False)
        return {name: value.detach().to("cpu", copy=True).contiguous() for name, value in found.items()}

    def _keep(self) -> None:
        self.wish.out.mkdir(parents=True, exist_ok=True)
        state = {"steps": self.optimiser.state_dict(), "exact": self.exact}
        self.checkpoint.save(self.progress, self._adapter(), self.best, state)
        self._saved = self.clock()

    def _resume(self) -> None:
        kept = self.checkpoint.load()
        if kept:
            self.progress, adapter, self.best, optimiser = kept
            peft.set_peft_model_state_dict(self.model, dict(adapter))
            self.optimiser.load_state_dict(optimiser["steps"])
            for exact, kept_exact in zip(self.exact, optimiser["exact"], strict=True):
                exact.copy_(kept_exact)
            self._follow()
            self.say(f"Going on from step {self.progress.step} of {self.steps}.")

    def _stamp(self) -> str:
        """What is trained on what; where this differs, a checkpoint is of no use."""
        wish = self.wish
        said = [self.base.sha256, sha256_of(wish.data / "train.jsonl"), wish.method, wish.rank, wish.rate, wish.seed]
        said += [wish.batch, wish.together, wish.epochs, wish.most_tokens, wish.blocks, wish.lean]
        said += [digest(file) for file in (wish.start, wish.rounded) if file]
        return hashlib.sha256(repr(said).encode()).hexdigest()

    def report(self, ended: str, left_out: int) -> Trained:
        """Write the adapter with its curve and what it came from; the checkpoint goes."""
        wish, progress = self.wish, self.progress
        peft.set_peft_model_state_dict(self.model, dict(self.best))
        new, adapter = wish.out / "adapter.new", wish.out / "adapter"
        shutil.rmtree(new, ignore_errors=True)
        self.model.save_pretrained(new, save_embedding_layers=False)
        about = {
            "base": wish.base.name, "base_sha256": self.base.sha256, "data": sha256_of(wish.data / "train.jsonl"),
            "wish": {name: str(value) for name, value in asdict(wish).items()}, "edgeops": __version__,
            "start": digest(wish.start) if wish.start else "", "rounded": digest(wish.rounded) if wish.rounded else "",
            "torch": torch.__version__, "peft": peft.__version__,
        }  # fmt: skip
        write_whole(new / "made.json", json.dumps(about, indent=1).encode())
        curve.write(progress.curve, new)
        shutil.rmtree(adapter, ignore_errors=True)
        new.rename(adapter)
        self.checkpoint.clear()
        return Trained(
            str(adapter), str(wish.base), self.base.sha256, wish.method, progress.step, len(self.lessons), left_out,
            ended, round(progress.before, 4), round(progress.best, 4), progress.best_step, round(progress.seconds, 1),
            round(progress.tokens / max(progress.seconds, 1e-9), 1), _peak_mb(self.base.device),
            digest(adapter),
        )  # fmt: skip


def begin_with(model: Any, start: Start) -> None:
    """Put an adapter's weights into a model's own adapter. Raises TrainError where they do not fit it."""
    own = peft.get_peft_model_state_dict(model, save_embedding_layers=False)
    if {name: one.shape for name, one in start.weights.items()} != {
        name: tuple(one.shape) for name, one in own.items()
    }:
        raise TrainError(
            "The adapter to begin with has another shape (method or base); "
            "begin with it under the settings it was trained with, or train without --start."
        )
    peft.set_peft_model_state_dict(model, {name: torch.from_numpy(one) for name, one in start.weights.items()})


def _peak_mb(device: str) -> int:
    if device == "cuda":
        return int(torch.cuda.max_memory_allocated() >> 20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
