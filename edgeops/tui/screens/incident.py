"""One incident: the conclusion first, what to check and to mend, and beside it the lines that prove it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget

from edgeops.assistant.annals import Annals
from edgeops.knowledge.entry import Result
from edgeops.records import Chosen, Explanation, Finished, Piece, Progress, Reply
from edgeops.tui import timeline
from edgeops.tui.answer import Cited, Writer
from edgeops.tui.case_page import CasePage, Known
from edgeops.tui.citing import linked
from edgeops.tui.paint import Line, paragraph
from edgeops.tui.screens.room import Room
from edgeops.tui.widgets.prompt import Prompt
from edgeops.tui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from edgeops.assistant.why import Carried

WIDE = 120
_RESULTS = {"y": Result.WORKED, "n": Result.FAILED, "?": Result.UNKNOWN}


class IncidentScreen(Room):
    """Enter on a line of evidence opens it in its file; x asks the model."""

    TITLED = "incident"
    KEYS: ClassVar = [
        ("Enter", "to the line", "到该行"),
        ("x", "explain", "解释"),
        ("f", "outcome", "结果"),
        ("a", "ask", "提问"),
        ("w", "why", "依据"),
        ("n", "note", "批注"),
        ("?", "help", "帮助"),
        ("Tab", "other side", "另一侧"),
        ("X", "more evidence", "更多证据"),
        ("y", "copy", "复制"),
        ("r", "resolved", "已解决"),
        ("q", "back", "返回"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "explain", show=False),
        Binding("X", "more", show=False),
        Binding("f", "outcome", show=False),
        Binding("r", "settle", show=False),
        Binding("n", "note", show=False),
        Binding("w", "why", show=False),
        Binding("a", "ask", show=False),
    ]

    def __init__(self, case: str) -> None:
        super().__init__()
        self.case_id = case
        self._said: dict[str, str] = {}
        self._state = ""
        self._did = ""
        self._root = ""
        self._annals = Annals()
        self._carried: tuple[Explanation, Sequence[Carried]] | None = None

    def body(self) -> Iterable[Widget]:
        """See Room."""
        with Container(id="sides"):
            yield Sheet(id="answer")
            yield Sheet(id="evidence")

    def rest(self) -> None:
        """See Room."""
        self.query_one("#evidence", Sheet).focus()

    def entered(self) -> None:
        """See Room."""
        super().entered()
        self.fill()
        self.edgeops.recall_annals(self.case_id)

    def on_resize(self) -> None:
        """Two sides where there is room for them."""
        self.set_class(self.app.size.width >= WIDE, "-wide")
        self.fill()

    @property
    def _columns(self) -> int:
        columns = self.app.size.width
        return max((columns // 2 if columns >= WIDE else columns) - 2, 16)

    def fill(self) -> None:
        """Show what is known of the incident now."""
        answer = self.query_one("#answer", Sheet)
        answer.write(list(self._answer()))
        found = self.edgeops.case(self.case_id)
        explanation = found.explanation if found else None
        writer = Writer(self.edgeops.say, self._columns, self.edgeops.ascii_only)
        evidence = self.query_one("#evidence", Sheet)
        shown = list(writer.evidence(explanation)) if explanation else []
        course = (
            list(timeline.lines(found, self.edgeops.say, self.edgeops.zone, self.edgeops.ascii_only)) if found else []
        )
        evidence.write([*shown, *([Line()] if shown and course else []), *course])
        root = next((one for one in explanation.evidence if one.ref == explanation.root), None) if explanation else None
        if root and root.ref != self._root:
            self._root = root.ref
            evidence.stand_on(Cited(root.source, root.line))

    def _answer(self) -> Iterator[Line]:
        app, found = self.edgeops, self.edgeops.case(self.case_id)
        if self._state:
            yield from paragraph(self._state, self._columns, "accent")
            for text in self._said.values():
                yield from paragraph(text, self._columns)
            yield Line()
        if found is None:
            return
        answer = found.explanation
        if answer is None:
            yield from paragraph(found.title, self._columns, "title")
            return
        places = {one.ref: Cited(one.source, one.line) for one in answer.evidence if one.kind == "log"}
        yield from linked(Writer(app.say, self._columns, app.ascii_only).answer(answer), places)
        page = CasePage(app.say, self._columns, app.zone, app.ascii_only)
        if self._carried and self._carried[0] is answer:
            yield from page.carried(answer, self._carried[1])
        yield from page.annals(self._annals)

    def show_annals(self, annals: Annals) -> None:
        """What the store has beside the answer is known."""
        if annals != self._annals:
            self._annals = annals
            self.fill()

    def show_carried(self, carried: Sequence[Carried]) -> None:
        """Which lines carried the answer is known."""
        found = self.edgeops.case(self.case_id)
        if found and found.explanation:
            self._carried = found.explanation, carried
            sheet = self.query_one("#answer", Sheet)
            sheet.focus()
            before = len(sheet.lines)
            self.fill()
            head = self.edgeops.say("carried")
            at = next((at for at, line in enumerate(sheet.lines) if ("head", head) in line.spans), before)
            self.call_after_refresh(sheet.scroll_to, y=at, animate=False)

    def hear(self, reply: Reply) -> None:
        """The model says something: shown as it comes."""
        say = self.edgeops.say
        match reply:
            case Progress(done, total):
                self._state = say("prompt_read", done=done, total=total)
            case Chosen():
                self._state = say("chooses")
            case Piece(name, text):
                self._state = say("explaining")
                self._said[name] = self._said.get(name, "") + text
            case Finished():
                self._state = say("explaining")
        self.fill()

    def begun(self) -> None:
        """The answer is being worked out."""
        self._said.clear()
        self._state = self.edgeops.say("loading")
        self.fill()

    def ended(self) -> None:
        """It is there, or will not come."""
        self._said.clear()
        self._state = ""
        self.fill()
        self.entered()

    def action_explain(self) -> None:
        """Ask for an answer, of the model if no rule knows it."""
        self.edgeops.explain(self.case_id)

    def action_more(self) -> None:
        """The same with twice the evidence."""
        self.edgeops.explain(self.case_id, more=True)

    def action_back(self) -> None:
        """Stop the model, or leave."""
        if not self.edgeops.stop_explaining():
            super().action_back()

    def on_sheet_chosen(self, message: Sheet.Chosen) -> None:
        """Open the cited line in its file."""
        if isinstance(message.target, Cited):
            self.edgeops.open_line(message.target.source, message.target.line)
        elif isinstance(message.target, Known):
            self.edgeops.open_entry(message.target.entry)

    def copied(self) -> str:
        """See Room."""
        sheet = self.focused
        return sheet.copy if isinstance(sheet, Sheet) else ""

    def action_why(self) -> None:
        """Find out which lines carried the answer."""
        self.edgeops.command("why")

    def action_ask(self) -> None:
        """Ask about the incident."""
        if found := self.edgeops.case(self.case_id):
            incidents = [found.incident] if found.incident else []
            self.edgeops.ask_about(found.title, incidents, found.explanation)

    def action_settle(self) -> None:
        """It is resolved, or is not after all."""
        self.edgeops.settle_case(self.case_id)

    def action_note(self) -> None:
        """Write something beside the incident."""
        self.prompt.ask("note", self.edgeops.say("note_case"))

    def action_outcome(self) -> None:
        """Say what was done."""
        self.prompt.ask("did", self.edgeops.say("outcome"))

    def given(self, message: Prompt.Given) -> None:
        """What was done, and then how it went."""
        if message.kind == "did" and message.text.strip():
            self._did = message.text.strip()
            self.prompt.ask("result", self.edgeops.say("worked"))
        elif message.kind == "note":
            self.edgeops.note_case(self.case_id, message.text)
        elif message.kind == "result":
            self.edgeops.record(self.case_id, self._did, _RESULTS.get(message.text.strip()[:1].lower(), Result.UNKNOWN))
