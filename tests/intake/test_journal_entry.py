"""One entry of the journal: its cursor, and the line that is made of it."""

from __future__ import annotations

import json

from edgeops.intake.journal_entry import cursor_of, legible, same


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
