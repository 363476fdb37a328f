"""Each kind of file becomes passages under the headings that a person would name."""

from __future__ import annotations

import gzip
import sys
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeops.knowledge.documents.document import Document, Passage
from edgeops.knowledge.documents.reading import MOST_BYTES, read
from edgeops.knowledge.documents.shell import commands
from edgeops.records import Skipped

RUNBOOK = """---
title: Disk full on the database host
tags: [disk, postgres]
aliases:
  - no space left
weight: 3
---

Read this first.

## Meaning

The *volume* of `/var/lib/pg` is full.

## Mitigation

### Free space

```bash
$ df -h /var/lib/pg
Filesystem  Size
$ sudo du -xsh \\
    /var/lib/pg/*
```

| size | what |
|---|---|
| 10G | old backups |

```python
# Not a command
import os
```
"""


def document(text: str | bytes, path: str) -> Document:
    found = read(text.encode() if isinstance(text, str) else text, path)
    assert isinstance(found, Document), found
    return found


def skipped(data: bytes, path: str = "a.txt") -> str:
    found = read(data, path)
    assert isinstance(found, Skipped), found
    return found.reason


def test_markdown_headings_become_passages_and_shell_blocks_steps() -> None:
    found = document(RUNBOOK, "runbooks/disk.md")
    assert (found.title, found.tags) == ("Disk full on the database host", ("disk", "postgres", "no space left"))
    assert [p.title for p in found.passages] == [
        "Disk full on the database host",
        "Disk full on the database host › Meaning",
        "Disk full on the database host › Mitigation › Free space",
    ]
    assert found.passages[2].steps == ("df -h /var/lib/pg", "sudo du -xsh /var/lib/pg/*")
    assert "old backups" in found.passages[2].text
    assert "weight" not in "".join(p.text for p in found.passages)


def test_a_heading_that_repeats_the_title_is_said_once() -> None:
    found = document("---\ntitle: Node down\n---\n# Node Down\ntext\n## Fix\nmore\n", "x.md")
    assert [p.title for p in found.passages] == ["Node Down", "Node Down › Fix"]


def test_a_hash_inside_a_code_block_is_no_heading() -> None:
    assert len(document("# A\n```\n# comment\nls\n```\n", "x.md").passages) == 1


def test_markdown_without_a_heading_is_named_after_its_file() -> None:
    assert document("just text\n", "notes/raid.md").passages == (Passage(("raid",), "just text"),)


def test_a_tldr_page_gives_its_commands() -> None:
    found = document("# df\n\n> Show disk space.\n\n- For people:\n\n`df -h`\n", "df.md")
    assert "df -h" in found.passages[0].text


def test_html_loses_scripts_and_markup_but_no_text() -> None:
    page = """<!doctype html><html><head><title>Fan &amp; heat</title><script>alert(1)</script></head><body>
    <nav>menu</nav><h1>Fans</h1><p>Check <b>all</b> fans.</p><h2>Steps</h2><ol><li>Look</li><li>Listen</li></ol>
    <pre>$ ipmitool sdr type fan</pre></body></html>"""
    found = document(page, "fan.html")
    assert found.title == "Fan & heat"
    assert [p.title for p in found.passages] == ["Fan & heat › Fans", "Fan & heat › Fans › Steps"]
    assert found.passages[0].text == "Check all fans."
    assert found.passages[1].steps == ("ipmitool sdr type fan",)
    assert "alert" not in str(found) and "menu" not in str(found)


def test_a_page_without_a_suffix_is_seen_to_be_html() -> None:
    assert document("<html><body><h1>A</h1><p>b</p></body></html>", "page").passages[0].text == "b"


def test_tickets_are_read_by_what_their_columns_are_called() -> None:
    found = document(
        'ID;Summary;Description;Resolution\n7;502 from web;"gateway\nfails";restart app\n8;;;\n', "tickets.csv"
    )
    assert [(p.title, p.text) for p in found.passages] == [
        ("tickets › 502 from web", "gateway\nfails\n\nFix: restart app")
    ]
    assert found.notes == ("1 rows without any text were passed over",)


def test_chinese_columns_are_known() -> None:
    found = document("标题,描述,解决方案\n网站502,网关错误,重启应用\n", "工单.csv")
    assert found.passages[0].text == "网关错误\n\nFix: 重启应用"


def test_a_table_without_known_columns_says_which_it_has() -> None:
    assert "a, b" in skipped(b"a,b\n1,2\n", "x.csv")


def test_json_lines_that_are_none_are_counted() -> None:
    found = document('{"title": "x", "resolution": "y"}\nnonsense\n', "x.jsonl")
    assert found.passages[0].text == "Fix: y"
    assert found.notes == ("1 lines are no JSON objects and were passed over",)


def test_a_cheat_sheet_has_a_passage_for_each_command() -> None:
    found = document(
        "% disk, space\n\n# Show usage\ndf -h\n\n# Big folders\ndu -xh <dir> | sort -h\n$ dir: ls /\n", "d.cheat"
    )
    assert [p.steps for p in found.passages] == [("df -h",), ("du -xh <dir> | sort -h",)]
    assert found.title == "disk space"


MANUAL = r""".\" a comment
.TH LS 1 "2024" "tools"
.de XX
macro body
..
.SH NAME
ls \- list \fBdirectory\fR contents
.SH OPTIONS
.TP
.BR \-a ", " \-\-all
show
hidden ones
.SS Examples
.nf
$ ls \-la
total 0
.fi
"""


@pytest.mark.parametrize("data", [MANUAL.encode(), gzip.compress(MANUAL.encode())])
def test_a_manual_page_is_read_packed_or_not(data: bytes) -> None:
    found = document(data, "ls.1.gz")
    assert [(p.title, p.text.replace("\n", " / ")) for p in found.passages] == [
        ("ls(1) › NAME", "ls - list directory contents"),
        ("ls(1) › OPTIONS", "-a, --all show hidden ones"),
        ("ls(1) › OPTIONS › Examples", "$ ls -la / total 0"),
    ]
    assert found.passages[2].steps == ("ls -la",)


def test_the_macros_of_bsd_pages_are_spoken() -> None:
    found = document(".Dd x\n.Dt SSH 1\n.Sh SYNOPSIS\n.Nm ssh\n.Fl v\n.Op Fl p Ar port\n", "ssh.1")
    assert found.passages[0].text == "ssh -v -p port"


def test_plain_text_is_parted_at_its_headings() -> None:
    found = document("UPS HANDBOOK\n\nintro\n\nBattery\n-------\nchange it\n\n2. Test\n\npress T\n", "ups.txt")
    assert [(p.title, p.text) for p in found.passages] == [
        ("ups › UPS HANDBOOK", "intro"),
        ("ups › Battery", "change it"),
        ("ups › 2. Test", "press T"),
    ]


def _pdf(words: str) -> bytes:
    """A PDF of one page."""
    stream = f"BT /F1 12 Tf 72 700 Td ({words}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % table


def test_the_pages_of_a_pdf_are_passages() -> None:
    found = document(_pdf("Replace the fan tray within ten minutes"), "fan.pdf")
    assert [(p.title, p.text) for p in found.passages] == [("fan › page 1", "Replace the fan tray within ten minutes")]


def test_a_pdf_without_text_says_so() -> None:
    assert "OCR" in skipped(_pdf(""), "scan.pdf")


def test_a_damaged_pdf_is_a_sentence_and_the_reader_says_nothing_itself(capfd: pytest.CaptureFixture[str]) -> None:
    assert skipped(b"%PDF-1.7\nnonsense", "x.pdf").startswith("Nothing in it can be used")
    assert capfd.readouterr() == ("", "")


def test_without_the_reader_a_pdf_is_left_out_and_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdf", None)
    assert "edgeops[pdf]" in skipped(_pdf("Replace the fan tray"), "fan.pdf")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\x7fELF\x00\x00", "not text"),
        (b"PK\x03\x04rest", "office"),
        # Without a time, for it would stand in the test's name: two processes that collect it must find the same.
        (gzip.compress(gzip.compress(b"x", mtime=0), mtime=0), "twice"),
        (gzip.compress(b"x" * 99, mtime=0)[:20], "damaged"),
        (b"# Only\n## Headings\n", "no text"),
    ],
)
def test_what_cannot_be_used_is_said(data: bytes, words: str) -> None:
    assert words in skipped(data, "a.md")


def test_a_bomb_is_not_unpacked() -> None:
    packer = zlib.compressobj(wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range((MOST_BYTES >> 20) + 2)) + packer.flush()
    assert "larger than" in skipped(bomb, "bomb.1.gz")


def test_chinese_of_older_systems_is_decoded() -> None:
    found = document("检查磁盘是否已满，然后重启服务。".encode("gb18030"), "手册.txt")
    assert found.passages[0].text == "检查磁盘是否已满，然后重启服务。"


def test_western_text_is_not_taken_for_chinese() -> None:
    assert (
        document("Überprüfe die Lüfter, später zurücksetzen".encode("latin-1"), "x.txt")
        .passages[0]
        .text.startswith("Über")
    )


def test_output_is_told_from_commands_by_the_prompt() -> None:
    assert commands("$ uptime\n 10:00 up 3 days\nroot@db1:~# reboot\n") == ["uptime", "reboot"]
    assert commands("# explains\nls -l\n") == ["ls -l"]
    assert commands("PS C:\\> Get-Service\nStatus\n") == ["Get-Service"]


@pytest.mark.parametrize("mark", ["<![\x01", "<![", "<![nonsense[ x ]]>", "<!\x01", "<![if !IE]>"])
def test_a_declaration_that_is_none_costs_nothing_but_itself(mark: str) -> None:
    page = f"<h1>Ring</h1><p>Drain the node.</p>{mark}> <p>Then stop it.</p>"
    found = read(page.encode(), "x.html")
    assert isinstance(found, Document)
    assert "Drain the node." in found.passages[0].text and "Then stop it." in found.passages[-1].text


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=600), st.sampled_from([".md", ".html", ".csv", ".jsonl", ".cheat", ".1", ".txt", ""]))
def test_no_bytes_break_an_importer(data: bytes, suffix: str) -> None:
    assert isinstance(read(data, f"x{suffix}"), Document | Skipped)


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet='#.-`|<>%$*"\\\n SHTabc:[]{}1', max_size=300),
    st.sampled_from([".md", ".html", ".csv", ".1", ".txt"]),
)
def test_no_markup_breaks_an_importer(text: str, suffix: str) -> None:
    assert isinstance(read((".TH A 1\n.SH B\n" * (suffix == ".1") + text).encode(), f"x{suffix}"), Document | Skipped)
