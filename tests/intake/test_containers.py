"""Lines behind a runtime's prefix: their own format is found, and what the runtime or a trace spread is put together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgeops.records import Event, Severity

from .opened import FORMATS, events_of, opened, written

LINES = [
    "2024-05-01 10:00:01,100 INFO shop.cart: up",
    "2024-05-01 10:00:02,100 ERROR shop.cart: cannot add",
    "Traceback (most recent call last):",
    '  File "/srv/a.py", line 3, in add',
    "    raise ValueError('x')",
    "ValueError: x",
    "2024-05-01 10:00:03,100 INFO shop.cart: on",
]


def cri(line: str, second: int, stream: str = "stdout", flag: str = "F") -> str:
    return f"2024-05-01T10:00:{second:02d}.5Z {stream} {flag} {line}\n"


def docker(line: str, second: int, stream: str = "stdout", end: str = "\n") -> str:
    return (
        json.dumps(
            {"log": line + end, "stream": stream, "time": f"2024-05-01T10:00:{second:02d}.5Z"}, separators=(",", ":")
        )
        + "\n"
    )


def compose(line: str, second: int, name: str = "web_1") -> str:
    return f"{name}  | {line}\n"


def read(tmp_path: Path, text: str) -> list[Event]:
    return events_of(opened(written(tmp_path / "a.log", text.encode())))


@pytest.mark.parametrize("behind", [cri, docker, compose])
def test_a_trace_behind_prefixes_is_one_event(tmp_path: Path, behind) -> None:  # type: ignore[no-untyped-def]
    events = read(tmp_path, "".join(behind(line, 1) for line in LINES * 3))
    assert [len(event.more) for event in events] == [0, 4, 0] * 3
    assert {event.format for event in events} == {behind.__name__}
    assert (events[1].severity, events[1].message) == (Severity.ERROR, "cannot add ValueError: x")
    assert dict(events[1].fields)["exception"] == "ValueError: x"
    assert events[1].more[0].raw.endswith((b"last):", b'"}'))


@pytest.mark.parametrize("behind", [cri, docker])
def test_the_prefix_tells_the_time_and_the_stream(tmp_path: Path, behind) -> None:  # type: ignore[no-untyped-def]
    event = read(tmp_path, behind("2024-05-01 12:00:01,100 INFO shop.cart: up", 7, "stderr"))[0]
    assert event.time is not None
    assert (event.time.hour, event.time.second, event.time_inferred) == (10, 7, False)
    assert (event.unit, dict(event.fields)["stream"]) == ("shop.cart", "stderr")


@pytest.mark.parametrize("broken", ["cri", "docker"])
def test_what_the_runtime_broke_is_put_together(tmp_path: Path, broken: str) -> None:
    parts = ["2024-05-01 10:00:02,100 WARN shop.cart: a long ", "2024-05-01 line ", "is whole"]
    if broken == "cri":
        text = cri(parts[0], 2, flag="P") + cri(parts[1], 2, flag="P") + cri(parts[2], 2)
        text = "".join(cri(line, 1) for line in LINES) + text + cri(LINES[0], 3)
    else:
        text = docker(parts[0], 2, end="") + docker(parts[1], 2, end="") + docker(parts[2], 2)
        text = "".join(docker(line, 1) for line in LINES) + text + docker(LINES[0], 3)
    *_, whole, last = read(tmp_path, text)
    assert (whole.message, whole.severity, len(whole.more)) == ("a long 2024-05-01 line is whole", Severity.WARNING, 2)
    assert last.message == "up"


def test_a_broken_line_of_one_stream_is_not_mended_with_the_other(tmp_path: Path) -> None:
    text = cri("a long ", 2, flag="P") + cri("from elsewhere", 2, "stderr") + cri("line", 2)
    assert [event.message for event in read(tmp_path, text)] == ["a long", "from elsewhere", "line"]


def test_a_trace_of_one_stream_does_not_swallow_the_other(tmp_path: Path) -> None:
    text = (
        cri("ValueError: x", 1, "stderr")
        + cri("    at add (/a.js:1:2)", 1, "stdout")
        + cri("    at add (/a.js:1:2)", 1, "stdout")
    )
    assert [len(event.more) for event in read(tmp_path, text)] == [0, 1]


def test_shapes_tell_broken_lines_from_whole_ones() -> None:
    raws = [cri("up", 1).strip().encode(), cri("up", 2, flag="P").strip().encode()]
    for name, one in (("cri", raws), ("docker", [docker("up", 1).encode(), docker("up", 2, end="").encode()])):
        format = next(candidate for candidate in FORMATS if candidate.name == name).fit(one)
        assert format is not None
        assert format.shape(one[0]) != format.shape(one[1])
        assert format.shape(one[0]) == format.shape(one[0].replace(b"00:01", b"00:09"))


# ---------------------------------------------------------------- compose

COMPOSE = """Attaching to web_1, db_1
web_1  | 2024-05-01 10:00:01,123 INFO shop.cart: up
db_1   | 2024-05-01 10:00:02.123 UTC [1] LOG:  database system is ready to accept connections
web_1  | TypeError: no cart
db_1   |     at nowhere (/x.js:1:2)
web_1  |     at add (/srv/cart.js:3:9)
\x1b[36mweb_2  |\x1b[0m 2024-05-01 10:00:03,123 ERROR shop.cart: cannot add
web_1  | 2024-05-01 10:00:04,123 INFO shop.cart: on
web_2 exited with code 137
"""


def test_each_service_has_its_own_format(tmp_path: Path) -> None:
    events = read(tmp_path, COMPOSE)
    assert [event.unit for event in events] == ["", "web", "db", "web", "db", "web", "web", "web", "web"]
    assert (events[6].severity, events[6].message, dict(events[6].fields)["container"]) == (
        Severity.ERROR,
        "cannot add",
        "web_2",
    )
    assert dict(events[1].fields)["logger"] == "shop.cart"
    assert events[-1].message == "web_2 exited with code 137"
    assert events[-1].severity == Severity.WARNING


def test_a_trace_is_not_continued_by_another_service(tmp_path: Path) -> None:
    events = read(tmp_path, COMPOSE)
    assert [len(event.more) for event in events] == [0] * 9
    assert (events[3].message, events[5].message) == ("TypeError: no cart", "at add (/srv/cart.js:3:9)")


@pytest.mark.parametrize(
    "line",
    ["INFO     | shop:add:7 - it works", "2024-05-01 10:00:00 | INFO | it works", "name | age | city", "total  | 17"],
)
def test_other_columns_between_bars_are_no_services(tmp_path: Path, line: str) -> None:
    assert opened(written(tmp_path / "a.log", f"{line}\n".encode() * 9)).format.name != "compose"


def test_an_objects_log_that_is_not_the_runtimes_is_plain_json(tmp_path: Path) -> None:
    event = read(tmp_path, '{"log":"it works","level":"warn","time":"2024-05-01T10:00:00Z"}\n')[0]
    assert (event.format, event.message, event.severity) == ("json", "it works", Severity.WARNING)


# ---------------------------------------------------------------- kubectl

EVENTS = """LAST SEEN   TYPE      REASON      OBJECT         MESSAGE
2m11s       Normal    Scheduled   pod/web-5d8    Successfully assigned default/web-5d8 to n1
61s         Warning   BackOff     pod/web-5d8    Back-off pulling image "web:9"
"""


def test_rows_of_kubectl_are_as_bad_as_their_type(tmp_path: Path) -> None:
    _, normal, warning = read(tmp_path, EVENTS)
    assert (normal.severity, warning.severity) == (Severity.INFO, Severity.WARNING)
    assert (warning.unit, warning.message) == ("pod/web-5d8", 'Back-off pulling image "web:9"')
    assert dict(warning.fields) == {"ago": "61s", "reason": "BackOff"}
    spaced = read(tmp_path, EVENTS.replace("\n2m11s", "\nkube-system   2m11s").replace("\n61s", "\nkube-system   61s"))
    assert dict(spaced[1].fields)["namespace"] == "kube-system"
