"""Questions: a conversation with what is known and the logs at hand, every sentence with what bears it out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from edgeops.assistant.dialogue.opening import opening
from edgeops.errors import EdgeopsError
from edgeops.knowledge.talks import Hand, Heading
from edgeops.records import Explanation, Incident, Talk
from edgeops.tui.answer import Cited
from edgeops.tui.lane import begin
from edgeops.tui.screens.answering import Answering
from edgeops.tui.talk_page import Earlier, TalkPage
from edgeops.tui.talking import Conversation, taken_up
from edgeops.tui.turns import Cite, Known, TurnWriter, is_question
from edgeops.tui.widgets.bars import Bar
from edgeops.tui.widgets.prompt import Prompt
from edgeops.tui.widgets.sheet import Sheet

_MOST_TALKS = 50
_WIDE = 60


class AboutBar(Bar):
    """What the conversation is about, and how its last answer came about."""


class AskScreen(Answering):
    """The conversation, or those before: when asked for, and while there is none."""

    TITLED = "ask"
    KEYS: ClassVar = [
        ("a", "ask", "提问"),
        ("Enter", "to the source", "到出处"),
        ("y", "copy", "复制"),
        ("n", "new", "新对话"),
        ("o", "earlier ones", "以往对话"),
        ("m", "model on/off", "模型开关"),
        ("f", "what mended it", "怎样解决"),
        ("?", "help", "帮助"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "ask", show=False),
        Binding("n", "new", show=False),
        Binding("o", "earlier", show=False),
        Binding("m", "model", show=False),
        Binding("f", "conclude", show=False),
        Binding("slash", "search", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._earlier: Sequence[Heading] = ()
        self._listing = False
        self._words = ""
        self._page: TalkPage | None = None

    def body(self) -> Iterable[Widget]:
        """See Room."""
        yield AboutBar()
        yield Sheet()

    @property
    def sheet(self) -> Sheet:
        """The conversation."""
        return self.query_one(Sheet)

    def rest(self) -> None:
        """See Room."""
        self.sheet.focus()

    def entered(self) -> None:
        """See Room."""
        super().entered()
        self.fill()
        if self._listed and self.edgeops.session:
            self.find_talks(self._words)

    def on_resize(self) -> None:
        """Wrap for the window."""
        self.fill()

    # ------------------------------------------------------------ what is shown

    @property
    def page(self) -> TalkPage:
        """What writes for the window and the language of now."""
        app = self.edgeops
        writer = TurnWriter(app.say, max(app.size.width - 2, 16), app.ascii_only)
        if self._page is None or (self._page.writer.say, self._page.writer.columns) != (writer.say, writer.columns):
            self._page = TalkPage(writer, app.zone)
        return self._page

    @property
    def _listed(self) -> bool:
        return not self.coming and (self._listing or not self.conversation.talk.answers)

    def fill(self) -> None:
        """Show the conversation as it is now, or those before."""
        self._about()
        if self._listed:
            self.sheet.write(list(self.page.earlier(self._earlier, self._words, self.conversation)))
        else:
            self.sheet.write(list(self.page.turns(self.conversation, self.coming)))

    def moved_on(self) -> None:
        """See Answering: the last question stands at the top, the cursor at the conclusion of its answer."""
        self._listing = False
        self.fill()
        questions = [at for at, line in enumerate(self.sheet.lines) if is_question(line)]
        if questions and not self._listed:
            self.sheet.show_from(questions[-1])

    def _about(self) -> None:
        """What is at hand, and the tier and the model: always visible."""
        say, talk = self.edgeops.say, self.conversation.talk
        words = [f"[{talk.settled}]"] if talk.settled else []
        if talk.ruled_out:
            words.append(say("ruled_out", faults=", ".join(talk.ruled_out)))
        words.append(say("about", what=self.conversation.about) if self.conversation.about else self._hand_in_words())
        last = talk.answers[-1] if talk.answers else None
        model = (last.model if last else "") or self.edgeops.model_name
        how = say("model_is", model=model) if self.model and model else say("without_model")
        right = f"[{say(last.tier.value)}] {how} " if last else f"{how} "
        self.query_one(AboutBar).say([("dim", f" {'; '.join(words)}")], right)

    def _hand_in_words(self) -> str:
        count = len(self.conversation.hand.incidents)
        if not self.conversation.talk.answers:
            count = sum(1 for case in self.edgeops.cases if case.incident)
        return self.edgeops.say("at_hand", count=count) if count else self.edgeops.say("nothing_at_hand")

    # ------------------------------------------------------------ asking

    def action_ask(self) -> None:
        """Type a question."""
        self.prompt.ask("ask", f"{self.edgeops.say('question')}:" if self.app.size.width > _WIDE else ">")

    def given(self, message: Prompt.Given) -> None:
        """What was typed."""
        text = message.text.strip()
        if message.kind == "talks":
            self.find_talks(text)
        elif text and message.kind == "ask":
            self.ask(text)
        elif text and message.kind == "mended":
            begin(self, "conclude", partial(self.conclude, text))

    def action_back(self) -> None:
        """Stop the model, go back to the conversation, or leave."""
        if self.stop_answering():
            return
        if self._listing and self.conversation.talk.answers:
            self.moved_on()
        else:
            super().action_back()

    def action_model(self) -> None:
        """With the model or without: then the store's own sentences answer, at once."""
        self.model = not self.model
        self._about()
        self.tell(self.edgeops.say("with_model" if self.model else "without_model"))

    def ask_about(self, what: str, incidents: Sequence[Incident], answer: Explanation | None) -> None:
        """Begin a conversation about these, with what explains them as its first turn, and ask for a question."""
        turns = (opening(answer, what),) if answer else ()
        hand = Hand(tuple(self.edgeops.arguments), tuple(incidents))
        left = (answer.dropped_lines,) if answer else ()
        if self._take(Conversation(Talk("", turns), hand, what, left=left)):
            self.action_ask()

    def action_new(self) -> None:
        """Begin another conversation."""
        if self._take(Conversation()):
            self.entered()
            self.tell(self.edgeops.say("new_talk"))

    def _take(self, conversation: Conversation) -> bool:
        """Show another conversation, unless one is being answered."""
        if self.coming:
            self.tell(self.edgeops.say("busy"))
            return False
        self.conversation = conversation
        self.moved_on()
        return True

    # ------------------------------------------------------------ those before

    def action_earlier(self) -> None:
        """The conversations that were kept."""
        self._listing = True
        self.find_talks("")

    def action_search(self) -> None:
        """Conversations that have some words."""
        self._listing = True
        self.fill()
        self.prompt.ask("talks", f"/ {self.edgeops.say('talk_words')}:")

    def find_talks(self, words: str) -> None:
        """List those that have the words."""
        if self.edgeops.session is None:
            self.tell(self.edgeops.say("not_ready"))
        else:
            begin(self, "talks", partial(self._find_talks, words), instead=True)

    async def _find_talks(self, words: str) -> None:
        assert self.edgeops.session
        failure = ""
        try:
            self._earlier = await asyncio.to_thread(self.edgeops.session.talks, words, _MOST_TALKS)
        except EdgeopsError as error:
            failure = str(error)
        self._words = words
        if self.is_there:
            self.fill()
            if failure:
                self.tell(failure)

    async def _take_up(self, name: str) -> None:
        assert self.edgeops.session
        try:
            found = await asyncio.to_thread(taken_up, self.edgeops.session, name)
        except EdgeopsError as error:
            if self.is_there:
                self.tell(str(error))
            return
        if self.is_there:
            self._take(found)

    # ------------------------------------------------------------ where things lead

    def on_sheet_chosen(self, message: Sheet.Chosen) -> None:
        """To the line, to the entry, to an earlier conversation."""
        match message.target:
            case Cite(Cited(source, line)):
                self.edgeops.open_line(source, line)
            case Cite(Known(entry)):
                self.edgeops.open_entry(entry)
            case Earlier(ask=True):
                self.action_ask()
            case Earlier(""):
                self.moved_on()
            case Earlier(name):
                begin(self, "talks", partial(self._take_up, name), instead=True)

    def copied(self) -> str:
        """See Room."""
        return self.sheet.copy
