"""One entry of the journal: its cursor, and the line that is made of it."""

from __future__ import annotations

import json

from edgeops.intake.journal_entry import cursor_in_part, cursor_of, legible, same


def test_one_entry_has_other_numbers_once_the_journal_is_on_disk() -> None:
    early = "s=aa;i=184;b=94d4;m=57e6;t=660d;x=b704"
    assert same(early, "s=bb;i=9;b=94d4;m=57e6;t=660d;x=b704")
    assert not same(early, "s=aa;i=185;b=94d4;m=57e7;t=660e;x=b704")
    assert not same("i=1", "i=2")


def test_arrays_of_bytes_and_of_values_become_text() -> None:
    raw = b'{"__CURSOR":"i=1","MESSAGE":[97,27,91,51,49,109,255],"FOO":["1",[50,51]],"N":null}'
    line, cut = legible(raw, 65536)
    entry = json.loads(line)
    assert (entry["MESSAGE"], entry["FOO"], entry["N"], cut) == ("a\x1b[31m�", "1 23", None, 0)
    plain = b'{"__CURSOR":"i=1","MESSAGE":"as \\":[ it is"}'
    assert legible(plain, 65536) == (plain, 0)


def test_no_message_passes_for_a_cursor() -> None:
    raw = json.dumps({"MESSAGE": '","__CURSOR":"i=9', "X": "__CURSOR", "__CURSOR": "i=1"}).encode()
    assert cursor_of(raw) == "i=1"
    assert cursor_of(b'{ "__CURSOR" : "i=2", "MESSAGE" : "as old versions print it" }') == "i=2"
    assert cursor_of(b"-- No entries --") == ""


def test_the_cursor_of_an_entry_that_was_cut_is_found_wherever_it_stands() -> None:
    raw = b'{"_PID":"1","__CURSOR":"i=5","MESSAGE":"' + b"m" * 900 + b'"}'
    assert {cursor_in_part(raw[:at], raw[at:], len(raw) - at) for at in range(len(raw))} == {"i=5"}
    assert cursor_in_part(raw[:20], raw[-100:], len(raw) - 20) == ""
    assert cursor_in_part(raw[:-100], raw[-50:], 100) == "i=5"
