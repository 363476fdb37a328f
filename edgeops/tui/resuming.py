"""How a session begins where the last one with the same logs ended. What is not there any more is left out silently."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from edgeops import paths
from edgeops.tui import memory, messages, themes
from edgeops.tui.memory import Memory, Spot
from edgeops.tui.opening import Opening
from edgeops.tui.places import HOME, NAMES
from edgeops.tui.widgets.sheet import Sheet
from edgeops.tui.wishes import Wishes
from edgeops.view.lines import row_at

if TYPE_CHECKING:
    from textual.screen import Screen

    from edgeops.view.study import Study

_KEEP_S = 30.0


class Resuming(Wishes, Opening):
    """Each part is taken up once, as soon as what it needs is there."""

    _before = Memory()
    _kept = Memory()
    _query_waits = _spot_waits = _case_waits = False

    def resume(self) -> None:
        """Take up what was left."""
        self._state = paths.find(self.around.environ).state
        if found := memory.recall(self._state, self.arguments):
            self._remember(found)
            if found.theme in themes.NAMES:
                self.wear(found.theme)
            if found.place in NAMES and found.place != HOME:
                self.call_after_refresh(self._go_on, found.place)
        if not self.arguments and (last := memory.last(self._state)):
            self.call_after_refresh(self.warn, [self.say("last_session", what=" ".join(last.arguments))])
        self.mode_change_signal.subscribe(self, self._reached)
        self.set_interval(_KEEP_S, self._keep)

    def _remember(self, found: Memory) -> None:
        self._before = found
        self._query_waits = self._spot_waits = self._case_waits = True

    def _go_on(self, place: str) -> None:
        # Nobody is taken away from where they went meanwhile.
        if self.current_mode == HOME and len(self.screen_stack) == 1:
            self.switch_mode(place)

    def open_last(self) -> None:
        """Open what the last session had."""
        found = memory.last(self._state)
        if found is None:
            self.hint(self.say("no_last"))
        else:
            self._remember(found)
            self.open_named(found.arguments)

    def on_logs_opened(self, message: messages.LogsOpened) -> None:
        """Filter as before, and stand on the same line."""
        # The study is set by another handler of the same message, after this one.
        self.call_next(self._take_up)

    def _take_up(self) -> None:
        if self.study and self._query_waits and self.study.query.is_all:
            self.study.want(self._before.query)
        self._query_waits = False
        self._reached(self.current_mode)

    def on_toiled(self) -> None:
        """Perhaps the filter is through now: before that there is no line to stand on."""
        self._reached(self.current_mode)

    def _reached(self, place: str) -> None:
        if place == "logs" and self.study and self._spot_waits and self.study.filtered >= 1:
            self._spot_waits = False
            self.call_after_refresh(self.thread, "spot", partial(self._find_spot, self.study, self._before))

    def _find_spot(self, study: Study, before: Memory) -> None:
        self.call_from_thread(self._show_spot, study, before, _place(study, before.spot))

    def _show_spot(self, study: Study, before: Memory, place: tuple[int, ...] | None) -> None:
        logs = self.logs_screen
        if logs is None or study is not self.study:
            return
        if before.wrapping != logs.view.wrapping:
            logs.view.action_wrap()
        if before.following:
            logs.view.action_bottom()
        elif place is not None:
            logs.go(place)

    def on_found(self, message: messages.Found) -> None:
        """Stand on the same incident."""
        self.call_next(self._stand_on_case)

    def _stand_on_case(self) -> None:
        if self._case_waits and self.room and self.room.TITLED == HOME and self.case(self._before.case):
            self.room.query_one(Sheet).stand_on(self._before.case)
        self._case_waits = False

    # ------------------------------------------------------------ keeping

    def exit(self, *args: object, **how: object) -> None:
        """See App; where one is now is kept."""
        if self._worth_keeping():
            memory.keep(self._state, self._kept)
        super().exit(*args, **how)  # type: ignore[arg-type]

    def _keep(self) -> None:
        if self._worth_keeping():
            self.thread("keep", partial(memory.keep, self._state, self._kept))

    def _worth_keeping(self) -> bool:
        """Whether one is elsewhere than when it was kept last."""
        before = self._kept
        if self.session and self.session.config.screen.resume:
            self._kept = self._now()
        return self._kept != before

    def _now(self) -> Memory:
        before, study = self._before, self.study
        logs, home = self._screen("logs"), self._screen(HOME)
        view = logs.view if logs and study and not self._spot_waits else None  # type: ignore[attr-defined]
        spot, item = before.spot, view.cursor if view else None
        if study and item:
            spot = Spot(study.log.volumes[item.file].file.path, item.row.at, memory.digest(item.row.raw))
        target = home.query_one(Sheet).target if home and not self._case_waits else before.case
        return Memory(
            memory.absolute(self.arguments),
            self.current_mode,
            self.worn,
            target if isinstance(target, str) else "",
            spot,
            study.query if study and not self._query_waits else before.query,
            view.wrapping if view else before.wrapping,
            view.following if view else before.following,
        )

    def _screen(self, place: str) -> Screen[None] | None:
        """The screen of a place, if it was looked at."""
        try:
            return next(iter(self.get_screen_stack(place)), None)
        except KeyError:
            return None


def _place(study: Study, spot: Spot | None) -> tuple[int, ...] | None:
    """Where a line is now; None where its file is not opened any more, or another line stands there."""
    number = next((at for at, one in enumerate(study.log.volumes) if spot and one.file.path == spot.path), None)
    if spot is None or number is None or spot.at >= study.log.volumes[number].file.size:
        return None
    row = row_at(study.log.volumes[number].file, spot.at)
    same = row is not None and row.at == spot.at and memory.digest(row.raw) == spot.digest
    return study.log.place_of(number, spot.at) if same else None
