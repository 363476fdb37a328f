"""Traces and other messages of many lines hold together; lines that stand alone stay alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.intake.formats.plain import PLAIN
from edgeops.intake.messages import MOST_LINES, Joiner
from edgeops.intake.traces import BEGINS
from edgeops.records import Event, Severity

from .opened import events_of, opened, written

PYTHON = """Traceback (most recent call last):
  File "/srv/app/main.py", line 12, in <module>
    run(open("x"))
  File "/srv/app/main.py", line 7, in run
    raise ValueError("failed badly")
ValueError: failed badly
"""
CHAINED = (
    PYTHON
    + """
During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/app/main.py", line 30, in <module>
    main()
shop.errors.CartError: no cart
"""
)
JAVA = """java.lang.IllegalStateException: no cart
\tat com.shop.Cart.add(Cart.java:42)
\tat com.shop.Main.main(Main.java:7)
Caused by: java.io.IOException: disk is gone
\tat com.shop.Disk.read(Disk.java:3)
\t... 12 more
"""
GO = """panic: runtime error: index out of range [3] with length 3

goroutine 1 [running]:
main.main()
\t/srv/app/main.go:12 +0x1d
"""
NODE = """TypeError: Cannot read properties of undefined (reading 'id')
    at add (/srv/app/cart.js:3:9)
    at /srv/app/main.js:7:1
"""
RUBY = """/srv/app/cart.rb:3:in `add': no cart (RuntimeError)
\tfrom /srv/app/main.rb:7:in `<main>'
"""
DOTNET = """Unhandled exception. System.InvalidOperationException: no cart
   at Shop.Cart.Add() in /srv/app/Cart.cs:line 3
   at Shop.Main.Run()
"""
PHP = """PHP Fatal error:  Uncaught RuntimeException: no cart in /srv/a.php:3
Stack trace:
#0 /srv/b.php(7): add()
#1 {main}
  thrown in /srv/a.php on line 3
"""
RUST = """thread 'main' panicked at src/main.rs:3:5:
called `Result::unwrap()` on an `Err` value: Os { code: 2 }
stack backtrace:
   0: rust_begin_unwind
             at /rustc/abc/library/std/src/panicking.rs:645:5
   1: shop::main
note: Some details are omitted
"""
CRASH = """panic: invalid memory address [recovered]
\tpanic: again
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0]

goroutine 17 [running]:
net/http.(*conn).serve.func1(0xc000)
\t/usr/local/go/src/net/http/server.go:1825 +0xbf
created by net/http.(*Server).Serve in goroutine 1
\t/usr/local/go/src/net/http/server.go:3071 +0x4db

goroutine 5 [chan receive, 2 minutes]:
main.worker(...)
\t/srv/w.go:3
"""
CAUSED = """Error: no cart
    at async main (/srv/main.js:7:1) {
  code: 'ENOENT',
  [cause]: Error: disk
      at read (/srv/d.js:1:1)
}
"""
INNER = """System.InvalidOperationException: no cart ---> System.IO.IOException: disk
   at Shop.Disk.Read() in C:\\a\\Disk.cs:line 3
   --- End of inner exception stack trace ---
   at Shop.Cart.Add() in C:\\a\\Cart.cs:line 3
"""
GDB = """Program received signal SIGSEGV, Segmentation fault.
#0  0x0000555555555131 in main () at a.c:3
#1  0x00007ffff7df0d90 in __libc_start_main ()
"""
RAILS = """NameError (undefined local variable 'cart'):
app/controllers/carts_controller.rb:12:in `show'
app/models/cart.rb:3:in 'Cart#find'
"""
GCC = """cart.c:12:5: error: unknown type name 'crt'
   12 |     crt x;
      |     ^~~
"""


def messages(tmp_path: Path, text: str) -> list[Event]:
    return events_of(opened(written(tmp_path / "a.log", text.encode())))


def sizes(tmp_path: Path, text: str) -> list[int]:
    return [1 + len(event.more) for event in messages(tmp_path, text)]


@pytest.mark.parametrize(
    "trace",
    [PYTHON, CHAINED, JAVA, GO, NODE, RUBY, DOTNET, GCC, PHP, RUST, CRASH, CAUSED, INNER, GDB, RAILS],
    ids="python chained java go node ruby dotnet gcc php rust crash caused inner gdb rails".split(),
)
def test_a_trace_among_bare_lines_is_one_message(tmp_path: Path, trace: str) -> None:
    lines = trace.count("\n")
    assert sizes(tmp_path, f"starting up\nloading\n{trace}going on\nand on\n") == [1, 1, lines, 1, 1]


@pytest.mark.parametrize(
    "trace", [PYTHON, JAVA, GO, NODE, RUBY, DOTNET, GCC, PHP, RUST, CRASH, CAUSED, INNER, GDB, RAILS]
)
def test_every_trace_is_as_bad_as_an_error(tmp_path: Path, trace: str) -> None:
    assert messages(tmp_path, f"starting up\n{trace}going on\n")[1].severity >= Severity.ERROR


@pytest.mark.parametrize("trace", [PYTHON, CHAINED, JAVA, NODE], ids="python chained java node".split())
def test_a_trace_after_a_header_belongs_to_it(tmp_path: Path, trace: str) -> None:
    header = "2024-05-01 10:00:{:02d},123 {} shop.cart: {}\n"
    text = (
        header.format(1, "INFO", "up")
        + header.format(2, "ERROR", "cannot add")
        + trace
        + header.format(3, "INFO", "on")
    )
    assert sizes(tmp_path, text * 4) == [1, 1 + trace.count("\n"), 1] * 4


def test_the_exception_that_ended_a_trace_is_in_the_message(tmp_path: Path) -> None:
    bare = messages(tmp_path, f"starting up\n{CHAINED}done\n")[1]
    assert bare.message == "shop.errors.CartError: no cart"
    assert dict(bare.fields)["exception"] == bare.message
    assert bare.severity == Severity.ERROR
    headed = messages(
        tmp_path, f"2024-05-01 10:00:00 INFO shop: cannot add\n{PYTHON}2024-05-01 10:00:01 INFO shop: x\n"
    )[0]
    assert headed.message == "cannot add ValueError: failed badly"
    assert headed.time is not None


def test_text_without_a_header_continues_a_message(tmp_path: Path) -> None:
    query = "2024-05-01 10:00:00 UTC [7] LOG:  statement: select *\nfrom cart\nwhere id = 7\n"
    assert sizes(tmp_path, query + "2024-05-01 10:00:00 UTC [7] LOG:  done\n" * 8) == [3, *[1] * 8]


def test_a_line_that_cries_out_is_never_hidden_in_another_message(tmp_path: Path) -> None:
    text = "2024-05-01 10:00:00 INFO shop: up\n" * 8 + "make: *** [all] Error 2\n    error: the disk failed\n"
    assert sizes(tmp_path, text)[-2:] == [1, 2]
    assert sizes(tmp_path, "one\ntwo\n    error: the disk failed\nthree\n") == [1, 1, 1, 1]


def test_many_lines_without_a_header_stand_alone(tmp_path: Path) -> None:
    text = "2024-05-01 10:00:00 INFO build: step\n" * 6 + "copying a\ncopying b\ncopying c\n" * 4
    assert sizes(tmp_path, text) == [1] * 18


def test_indented_lines_of_a_build_stand_alone(tmp_path: Path) -> None:
    assert sizes(tmp_path, "checking\n  found a\n  found b\ndone\n") == [1, 1, 1, 1]


def test_a_message_is_bounded_in_lines(tmp_path: Path) -> None:
    text = "2024-05-01 10:00:00 INFO shop: dump\n" + "  row\n" * 1000 + "2024-05-01 10:00:00 INFO shop: x\n"
    assert max(sizes(tmp_path, text)) == MOST_LINES
    assert sum(sizes(tmp_path, text)) == 1002


def test_a_message_is_bounded_in_bytes(tmp_path: Path) -> None:
    text = "2024-05-01 10:00:00 INFO shop: dump\n" + ("  " + "x" * 30000 + "\n") * 9
    assert max(sizes(tmp_path, text)) == 3


TRACES = st.lists(
    st.sampled_from([*PYTHON.splitlines(), *JAVA.splitlines(), *GO.splitlines(), "", "plain", " indented", "error: x"]),
    max_size=60,
)


@given(TRACES, st.booleans(), st.booleans())
def test_the_state_is_a_number_that_never_grows_without_end(lines: list[str], headed: bool, loose: bool) -> None:
    joiner = Joiner(PLAIN, headed=headed, loose=loose)
    state = 0
    for line in lines * 5:
        kind = joiner.kind(line.encode())
        state = joiner.step(state, kind, line.encode()) if kind else 0
        assert -4 <= state < 1 << 46


@given(TRACES)
def test_kinds_depend_on_the_shape_only(lines: list[str]) -> None:
    joiner = Joiner(PLAIN, headed=False, loose=True)
    for line in lines:
        digits = line.translate(str.maketrans("0123456789", "9876543210"))
        assert joiner.kind(line.encode()) == joiner.kind(digits.encode())


def test_a_line_that_begins_needs_no_state() -> None:
    assert Joiner(PLAIN, headed=False, loose=True).kind(b"checking for gcc") == BEGINS


def test_a_line_of_another_format_is_not_hidden_in_a_message(tmp_path: Path) -> None:
    text = "2024-05-01 10:00:00 INFO shop: up\n" * 9 + '{"level":"info","msg":"from elsewhere"}\n'
    events = messages(tmp_path, text)
    assert (events[-1].format, events[-1].message) == ("json", "from elsewhere")


def test_a_line_without_a_stamp_is_placed_by_the_line_above(tmp_path: Path) -> None:
    reader = opened(
        written(tmp_path / "a.log", b"2024-05-01 10:00:00 INFO shop: up\n" * 8 + b"panic: it broke\nand more\n")
    )
    block = next(iter(reader.blocks()))
    time = reader.time_before(block, 9)
    assert time is not None
    assert (time.day, time.hour) == (1, 10)
    assert reader.time_before(block, 0) is None
