"""A screen that has questions answered: in a lane of its own, streaming, stopped by a key, kept, and concluded by what mended it."""

from __future__ import annotations

import threading
from functools import partial

from textual.message import Message

from edgeops.errors import EdgeopsError
from edgeops.knowledge.talks import Hand
from edgeops.records import Piece, Progress, Reply
from edgeops.tui.lane import Lane, begin
from edgeops.tui.phrases import Phrases
from edgeops.tui.screens.room import Room
from edgeops.tui.talk_page import Coming
from edgeops.tui.talking import Asked, Conversation, answered, concluded


class Answering(Room):
    """One question at a time. The session's library stays open in the lane: no other thread may ask."""

    class Streamed(Message):
        """The model says something."""

        namespace = "answering"

        def __init__(self, reply: Reply) -> None:
            super().__init__()
            self.reply = reply

    def __init__(self) -> None:
        super().__init__()
        self.conversation = Conversation()
        self.coming: Coming | None = None
        self.model = True
        self._lane = Lane("ask")
        self._stop: threading.Event | None = None

    def on_screen_suspend(self) -> None:
        """While something else is looked at, what is known gets what it is found by."""
        if self.conversation.kept and not self._stop and self.edgeops.session:
            begin(self, "prepare", partial(self._lane.do, self.edgeops.session.prepare))

    def on_unmount(self) -> None:
        """Stop the model, and have the library closed by the thread that opened it."""
        if self._stop:
            self._stop.set()
        session = self.edgeops.session
        self._lane.end(session.close if session else lambda: None)

    def ask(self, said: str) -> None:
        """Have this answered."""
        if self._stop or not self.edgeops.session:
            self.tell(self.edgeops.say("busy" if self._stop else "not_ready"))
            return
        self._begin_with_what_is_there()
        self._stop = threading.Event()
        self.coming = Coming(said, self.edgeops.say("looking"))
        self.moved_on()
        begin(self, "answer", partial(self._answer, said, self._stop))

    def _begin_with_what_is_there(self) -> None:
        """What was found in the logs is at hand, unless the conversation is about something else."""
        incidents = tuple(case.incident for case in self.edgeops.cases if case.incident)
        if incidents and self.conversation == Conversation():
            self.conversation = Conversation(hand=Hand(tuple(self.edgeops.arguments), incidents))

    async def _answer(self, said: str, stop: threading.Event) -> None:
        session, before = self.edgeops.session, self.conversation
        assert session

        def heard(reply: Reply) -> None:
            if stop.is_set():
                # The assistant's sign that a person stopped the model.
                raise KeyboardInterrupt
            self.post_message(self.Streamed(reply))

        asked = Asked(said, self.model, heard, lambda lang: Phrases(lang)("stopped_model"))
        failure = ""
        try:
            self.conversation = await self._lane.do(partial(answered, session, before, asked, self.edgeops.around.by))
        except EdgeopsError as error:
            failure = str(error)
        self._stop = self.coming = None
        if self.is_there:
            self.moved_on()
            self._tell_of(before, failure)

    def _tell_of(self, before: Conversation, failure: str) -> None:
        """The answer is there, or why it is not. What settles the conversation may be worth noting."""
        talk = self.conversation.talk
        if talk.answers and talk.answers[-1].model:
            self.edgeops.model_name = talk.answers[-1].model
        if not self.is_current:
            self.edgeops.hint(failure or self.edgeops.say("answer_there"))
            return
        self.title_bar()
        self.tell(failure)
        if talk.settled and talk.settled != before.talk.settled:
            self.action_conclude()

    def on_answering_streamed(self, message: Streamed) -> None:
        """What the model says is shown as it comes."""
        if self._stop is None or self._stop.is_set() or self.coming is None:
            return
        say, said, written = self.edgeops.say, self.coming.said, self.coming.written
        match message.reply:
            case Progress(done, total):
                self.coming = Coming(said, say("prompt_read", done=done, total=total), written)
            case Piece(_, text):
                self.coming = Coming(said, say("writing"), written + text)
        self.fill()

    def stop_answering(self) -> bool:
        """Stop the model if it is at work: what is known without it answers."""
        if self._stop is None or self._stop.is_set() or self.coming is None:
            return False
        self._stop.set()
        self.coming = Coming(self.coming.said, self.edgeops.say("stopping"), self.coming.written)
        self.fill()
        return True

    def moved_on(self) -> None:
        """The conversation went on: show its end."""

    def action_conclude(self) -> None:
        """Say what mended it: the next one is answered with it."""
        if self.conversation.kept:
            self.prompt.ask("mended", self.edgeops.say("mended"))
        else:
            self.tell(self.edgeops.say("nothing_to_conclude"))

    async def conclude(self, did: str) -> None:
        """Keep what mended it."""
        session, say = self.edgeops.session, self.edgeops.say
        assert session
        try:
            entry = await self._lane.do(partial(concluded, session, self.conversation, did, self.edgeops.around.by))
            told = say("kept_as", entry=entry.id, title=entry.title)
        except EdgeopsError as error:
            told = str(error)
        if self.is_there:
            self.tell(told)
