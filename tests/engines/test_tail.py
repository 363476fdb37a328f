"""What of a growing text may be shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edgeops.engines.tail import Tail


def test_text_is_shown_as_it_comes() -> None:
    tail = Tail(("\n",))
    assert [tail.push(b"disk "), tail.push(b"full")] == ["disk ", "full"]
    assert not tail.stopped


def test_a_stop_string_is_never_shown_not_even_its_beginning() -> None:
    tail = Tail(("\n\nQ:",))
    assert tail.push(b"yes\n") == "yes"
    assert tail.push(b"\n") == ""
    assert tail.push(b"Q: more") == ""
    assert tail.stopped
    assert tail.kept == 3


def test_what_only_looked_like_a_stop_is_shown_after_all() -> None:
    tail = Tail(("\n\n",))
    assert tail.push(b"a\n") == "a"
    assert tail.push(b"b") == "\nb"
    assert tail.push(b"c\n") == "c"
    assert tail.end() == "\n"


def test_the_earliest_of_several_stops_counts() -> None:
    tail = Tail(("END", "stop"))
    assert tail.push(b"one stop two END") == "one "


def test_a_code_point_is_never_split() -> None:
    tail = Tail(())
    raw = "内存".encode()
    assert [tail.push(raw[n : n + 1]) for n in range(6)] == ["", "", "内", "", "", "存"]


def test_bytes_that_are_no_text_become_replacement_characters() -> None:
    tail = Tail(())
    assert tail.push(b"a\xffb") == "a�b"
    assert tail.push("é".encode()[:1]) == ""
    assert tail.end() == "�"


def test_the_moved_space_is_dropped_once() -> None:
    tail = Tail((), drop_space=True)
    assert tail.push(b" the") + tail.push(b" disk") == "the disk"
    assert tail.kept == 9
    assert Tail((), drop_space=True).push(b"the") == "the"


@given(st.text(max_size=40), st.lists(st.text(min_size=1, max_size=3), max_size=3), st.data())
def test_however_the_bytes_are_cut_the_text_is_the_same(text: str, stops: list[str], data: st.DataObject) -> None:
    raw = text.encode("utf-8", "ignore")
    tail, shown, at = Tail(stops), "", 0
    while at < len(raw) and not tail.stopped:
        size = data.draw(st.integers(1, 5))
        shown += tail.push(raw[at : at + size])
        at += size
    shown += tail.end()
    whole = raw.decode()
    # Stops are looked for as bytes arrive, so one that ends first may win over one that begins first.
    ends = [whole.find(stop) for stop in stops if stop.encode("utf-8", "ignore") and stop in whole]
    assert whole.startswith(shown)
    if not ends:
        assert shown == whole
    else:
        assert not any(stop in shown for stop in stops if stop)
        assert shown in [whole[:end] for end in ends]
