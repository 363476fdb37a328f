"""The commands by name. A command's module is imported when the command is called, so `--help` costs no more than typer."""

from __future__ import annotations

import difflib
import importlib
from dataclasses import dataclass
from typing import Any

# typer: typed functions become commands. Its rich help is off: it costs 80 ms and colours what it does not know.
import typer
from typer.core import TyperGroup
from typer.main import get_command


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command lives (a module with an `app`) and what it does, in the words of its own help."""

    module: str
    does: str


COMMANDS: dict[str, Entry] = {
    "explain": Entry("edgeops.cli.explain", "Find what is wrong in logs, say why, and cite the lines that prove it."),
    "evidence": Entry(
        "edgeops.cli.evidence", "Show only the lines that would decide what is wrong, without any answer."
    ),
    "scan": Entry("edgeops.cli.scan", "List the incidents in logs, the worst first, fast and without a model."),
    "templates": Entry("edgeops.cli.templates", "Mine the templates of a log, and say of each line which it is."),
    "events": Entry("edgeops.cli.events", "Print what is read from a log: each message with its time, unit, severity."),
    "ask": Entry("edgeops.cli.ask", "Answer a question from what is known and the logs at hand, with citations."),
    "chat": Entry("edgeops.cli.chat", "Ask, check, reply, ask on: a conversation that ends with what it was."),
    "watch": Entry(
        "edgeops.cli.watch",
        "Follow logs for ever: every line is read once, whatever is rotated, cut short or killed meanwhile.",
    ),
    "tui": Entry(
        "edgeops.cli.tui",
        "Look at logs and their incidents on the full screen: search, filter, follow, explain, copy what to do.",
    ),
    "incidents": Entry(
        "edgeops.cli.incidents", "Incidents that were explained before: list, show, resolve, judge and report them."
    ),
    "kb": Entry("edgeops.cli.kb", "What is known: search it, add to it, say what worked, carry it to other machines."),
    "backup": Entry("edgeops.cli.backup", "Copy the store into one file that `edgeops restore` takes."),
    "restore": Entry(
        "edgeops.cli.restore", "Put a backup in the place of the store; the present store is kept beside it."
    ),
    "doctor": Entry(
        "edgeops.cli.doctor", "Check this machine and our own files, and say what to do about what is wrong."
    ),
    "model": Entry("edgeops.cli.model", "Models: what there is, fetch, import, check, choose and measure one."),
}


def build(app: typer.Typer) -> Any:
    """A module's `app` as a command (one command in it) or a group (several), in plain text."""
    app.rich_markup_mode = None
    app.pretty_exceptions_enable = False
    app._add_completion = False
    return get_command(app)


class Commands(TyperGroup):
    """The top group: knows its commands by the table alone until one is called."""

    table = COMMANDS

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        entry = self.table.get(cmd_name)
        if entry is None:
            return None
        command = build(importlib.import_module(entry.module).app)
        command.name = cmd_name
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in self.table and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], self.table, 1)
            hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(self.table)}."
            ctx.fail(f"There is no command {args[0]!r}. {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.does) for name, entry in self.table.items()])
