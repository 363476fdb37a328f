"""What proxies and web servers write besides the common log format: HAProxy, Squid, Envoy, AWS, uWSGI, W3C extended logs."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import pytest

from edgeops.intake.timestamps import Clock
from edgeops.records import Event, Line, Severity

from .opened import FORMATS, NOW, events_of, opened, written

INFO, NOTE, WARN, ERR, CRIT = Severity.INFO, Severity.NOTICE, Severity.WARNING, Severity.ERROR, Severity.CRITICAL
NONE = Severity.NONE


def read(tmp_path: Path, lines: str) -> list[Event]:
    """The messages of a file with these lines."""
    return events_of(opened(written(tmp_path / "a.log", lines.encode())))


# ---------------------------------------------------------------- HAProxy

SYSLOG = "May  1 10:00:0{n} lb1 haproxy[7]: "
HEADERS = {
    "syslog": SYSLOG,
    "with a priority": "<134>" + SYSLOG,
    "without a host": "May  1 10:00:0{n} haproxy[7]: ",
    "rsyslog": "2024-05-01T12:00:0{n}.123456+02:00 lb1 haproxy[7]: ",
    "none": "",
}
CLIENT = "192.0.2.7:55210 [01/May/2024:10:00:0{n}.123] "
HTTP = (
    CLIENT
    + 'web~ shop/{server} 0/0/1/48/49 {status} 3313 - - {state} 3/2/0/0/0 0/0 {{Mozilla/5.0|x}} "GET /cart?id={n} HTTP/1.1"'
)
TCP = CLIENT + "sql sql/db1 1/1/861 1485 {state} 2/1/0/0/0 0/0"


def line(header: str, form: str, **values: object) -> str:
    return header.format(n=values.get("n", 1)) + form.format(**{"n": 1, "server": "app1", **values}) + "\n"


@pytest.mark.parametrize("name", HEADERS)
def test_traffic_is_read_behind_any_header(name: str, tmp_path: Path) -> None:
    ends = ((200, "----", INFO), (404, "----", NOTE), (503, "SC--", ERR), (400, "PR--", NOTE), (200, "CD--", NOTE))
    lines = [line(HEADERS[name], HTTP, n=n, status=status, state=state) for n, (status, state, _) in enumerate(ends)]
    events = read(tmp_path, "".join(lines))
    assert [event.severity for event in events] == [severity for *_, severity in ends]
    assert events[2].message == 'web~ shop/app1 0/0/1/48/49 503 SC-- "GET /cart"'
    assert {(event.format, event.unit) for event in events} == {("haproxy", "haproxy")}
    assert [event.time and event.time.timestamp() // 1 for event in events] == [1714557600 + n for n in range(5)]
    fields = dict(events[2].fields)
    assert (fields["client"], fields["backend"], fields["server"], fields["status"]) == (
        "192.0.2.7",
        "shop",
        "app1",
        "503",
    )
    if name != "none":
        assert {event.pid for event in events} == {7}
        assert events[0].host == ("" if name == "without a host" else "lb1")


def test_who_ended_a_connection_says_how_bad_it_is(tmp_path: Path) -> None:
    states = {"--": INFO, "SC": ERR, "sD": WARN, "CD": NOTE, "RC": ERR, "KD": NOTE}
    events = read(tmp_path, "".join(line(SYSLOG, TCP, state=state) for state in states))
    assert [event.severity for event in events] == list(states.values())
    assert events[1].message == "sql sql/db1 1/1/861 SC"


def test_what_is_no_traffic_is_read_too(tmp_path: Path) -> None:
    news = {
        "Proxy web started.": NONE,
        "Server shop/app1 is DOWN, reason: Layer4 timeout, check duration: 2001ms.": ERR,
        "Server shop/app1 is UP, reason: Layer7 check passed.": NOTE,
        "backend shop has no server available!": CRIT,
        CLIENT.format(n=1) + "web/1: SSL handshake failure": WARN,
        CLIENT.format(n=1) + "web/1: Connection closed during SSL handshake": NONE,
    }
    events = read(tmp_path, "".join(SYSLOG.format(n=1) + words + "\n" for words in news))
    assert [event.severity for event in events] == list(news.values())
    assert [event.message for event in events[:5]] == [*list(news)[:4], "web/1: SSL handshake failure"]


def test_a_missing_year_is_that_of_the_session(tmp_path: Path) -> None:
    new_year = SYSLOG.replace("May  1 10", "Jan  1 00").format(n=1) + HTTP.replace(
        "01/May/2024:10", "31/Dec/2019:23"
    ).format(n=1, server="a", status=200, state="----")
    (event,) = read(tmp_path, new_year + "\n")
    assert event.time and event.time.isoformat() == "2020-01-01T00:00:01+00:00" and event.time_inferred


def test_alerts_on_stderr_are_read(tmp_path: Path) -> None:
    events = read(
        tmp_path,
        "[NOTICE]   (77) : New worker (78) forked\n[WARNING] 121/100000 (77) : Server shop/app1 is DOWN.\n"
        "[ALERT]    (77) : Starting frontend web: cannot bind socket (Address already in use) [0.0.0.0:80]\n",
    )
    assert [(event.format, event.severity, event.pid) for event in events] == [
        ("haproxy", severity, 77) for severity in (NOTE, WARN, ERR)
    ]


def test_traffic_shares_a_shape_by_where_it_went_and_how_it_ended(tmp_path: Path) -> None:
    reader = opened(written(tmp_path / "a.log", line(SYSLOG, HTTP, status=200, state="----").encode()))
    one, other, server, failed, ended = (
        reader.format.shape(line(SYSLOG, HTTP, **values).encode())
        for values in (
            {"status": 200, "state": "----"},
            {"status": 204, "state": "----", "n": 9},
            {"status": 200, "state": "----", "server": "<NOSRV>"},
            {"status": 500, "state": "----"},
            {"status": 200, "state": "SD--"},
        )
    )
    assert one == other
    assert len({one, server, failed, ended}) == 4


def test_another_program_of_the_same_log_is_no_haproxy(tmp_path: Path) -> None:
    (event,) = read(tmp_path, "May  1 10:00:00 lb1 keepalived[7]: (VI_1) Entering MASTER STATE\n")
    assert event.format == "syslog"


# ---------------------------------------------------------------- other access lines

BALANCER = "0.000 0.001 0.000 {s} 200 34 366"
AGENT = '"GET https://shop.example:443/cart/7?x={n} HTTP/1.1" "curl/8" - -'
ACCESS = {
    "squid": '171455760{n}.123    345 192.0.2.7 TCP_MISS/{s} 1234 GET https://shop.example:443/cart/7?x={n} - HIER_DIRECT/192.0.2.8 text/html',
    "envoy": '[2024-05-01T10:00:0{n}.123Z] "GET https://shop.example:443/cart/7?x={n} HTTP/1.1" {s} - 0 91 3 2 "192.0.2.7" "curl/8" "6f1" "shop" "-"',
    "load-balancer": "http 2024-05-01T10:00:0{n}.123Z app/shop/50dc 192.0.2.7:2817 - " + BALANCER + " " + AGENT,
    "bucket": "ab" * 32 + " shop [01/May/2024:10:00:0{n} +0000] 192.0.2.7 - 3E57427F3 REST.GET.OBJECT cart " + AGENT[:-12] + "{s} - 7 -",
    "uwsgi": "[pid: 7|app: 0|req: {n}/41] 192.0.2.7 () {{44 vars in 1322 bytes}} [Wed May  1 10:00:0{n} 2024] "
    "GET https://shop.example:443/cart/7?x={n} => generated 192 bytes in 21 msecs (HTTP/1.1 {s}) 4 headers in 188 bytes",
}  # fmt: skip


@pytest.mark.parametrize("name", ACCESS)
def test_a_request_is_read(name: str, tmp_path: Path) -> None:
    lines = [
        ACCESS[name].format(n=n, s=s).replace('"curl/8"{s}', "") for n, s in ((1, 200), (2, 404), (3, 503), (4, 204))
    ]
    events = read(tmp_path, "\n".join(lines) + "\n")
    assert [event.severity for event in events] == [INFO, NOTE, ERR, INFO]
    assert [event.message for event in events] == [
        f'"GET https://shop.example:443/cart/7" {s}' for s in (200, 404, 503, 204)
    ]
    assert {event.format for event in events} == {name}
    assert [event.time and event.time.second for event in events] == [1, 2, 3, 4]
    assert dict(events[0].fields)["query"] == "x=1"
    assert name == "envoy" or dict(events[0].fields)["client"].startswith("192.0.2.7")
    shape = opened(tmp_path / "a.log").format.shape
    shapes = [shape(raw.encode()) for raw in lines]
    assert shapes[0] == shapes[3] and len(set(shapes)) == 3


def test_the_classic_balancer_without_an_answer_is_read(tmp_path: Path) -> None:
    (event,) = read(
        tmp_path,
        '2024-05-01T10:00:00.945958Z shop 192.0.2.7:2817 10.0.0.1:80 0.001 0.00002 0.00004 - - 82 305 "- - - " "-" - -\n',
    )
    assert (event.format, event.severity, event.message) == ("load-balancer", INFO, '"- -" -')


def test_envoy_says_what_went_wrong(tmp_path: Path) -> None:
    (event,) = read(
        tmp_path, '[2024-05-01T10:00:01.123Z] "POST /pay HTTP/2" 503 UF,URX upstream_reset - "-" 0 91 1003 -\n'
    )
    assert (event.severity, dict(event.fields)["flags"]) == (ERR, "UF,URX")


def test_squids_own_log_is_read(tmp_path: Path) -> None:
    events = read(
        tmp_path,
        "2024/05/01 10:00:00 kid1| Starting Squid Cache version 5.7\n2024/05/01 10:00:00| WARNING: no_suid: setuid(0)\n"
        "2024/05/01 10:00:01 kid1| FATAL: Ipc::Mem::Segment::create failed\n    at once\n",
    )
    assert [event.severity for event in events] == [NONE, WARN, Severity.FATAL]
    assert [event.unit for event in events] == ["kid1", "", "kid1"]
    assert len(events[2].more) == 1


def test_nginx_errors_are_no_squid(tmp_path: Path) -> None:
    (event,) = read(tmp_path, "2024/05/01 10:00:00 [error] 31#32: *9 open() failed | gone\n")
    assert event.format == "nginx-error"


# ---------------------------------------------------------------- W3C extended logs

IIS = """\
#Software: Microsoft Internet Information Services 10.0
#Version: 1.0
#Date: 2024-05-01 10:00:00
#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status time-taken
2024-05-01 10:00:00 192.0.2.1 GET /cart id=7 443 - 192.0.2.7 Mozilla/5.0+(Windows+NT) 200 15
2024-05-01 10:00:01 192.0.2.1 POST /pay - 443 ann 192.0.2.7 Mozilla/5.0+(Windows+NT) 500 31
"""


def test_the_fields_line_says_which_column_is_which(tmp_path: Path) -> None:
    first, second = read(tmp_path, IIS)[4:]
    assert (first.message, first.severity, first.format) == ('"GET /cart" 200', INFO, "w3c")
    assert first.time and first.time.isoformat() == "2024-05-01T10:00:00+00:00" and not first.time_inferred
    assert (second.message, second.severity) == ('"POST /pay" 500', ERR)
    assert {"client": "192.0.2.7", "user": "ann", "took": "31"}.items() <= dict(second.fields).items()


@pytest.mark.parametrize("padding", [0, 500])
def test_the_columns_may_change_on_the_way(padding: int, tmp_path: Path) -> None:
    many = IIS.splitlines()[-2] + "\n"
    other = "#Fields: date time c-ip cs-method cs-uri-stem sc-status\n2024-05-01 10:00:02 192.0.2.7 GET /late 503\n"
    same = "#Fields: time date c-ip cs-uri-stem cs-method sc-status\n10:00:03 2024-05-01 192.0.2.7 /later PUT 404\n"
    events = read(tmp_path, IIS + many * padding + other + same + other)
    told = [
        (event.message, event.severity, event.time and event.time.second)
        for event in events
        if event.line.raw[:1] != b"#"
    ]
    assert told[-3:] == [('"GET /late" 503', ERR, 2), ('"PUT /later" 404', NOTE, 3), ('"GET /late" 503', ERR, 2)]


def test_a_firewall_log_has_local_time_and_no_requests(tmp_path: Path) -> None:
    events = read(
        tmp_path,
        "#Version: 1.5\n#Software: Microsoft Windows Firewall\n#Time Format: Local\n"
        "#Fields: date time action protocol src-ip dst-ip src-port dst-port size\n\n"
        "2024-05-01 10:00:00 DROP TCP 192.0.2.7 192.0.2.8 5555 445 -\n",
    )
    assert (events[-1].message, events[-1].severity, events[-1].time_inferred) == (
        *("DROP TCP 192.0.2.7 192.0.2.8 5555 445", NONE, True),
    )
    assert dict(events[-1].fields)["action"] == "DROP"


def test_columns_may_be_parted_by_commas(tmp_path: Path) -> None:
    events = read(
        tmp_path,
        "#Software: Microsoft Exchange Server\n#Fields: date-time,connector-id,event,data\n"
        '2024-05-01T10:00:00.123Z,MAIL\\Default,>,"220 mail ready, go"\n2024-05-01T10:00:01.123Z,MAIL\\Default,-,\n',
    )
    assert events[2].message == "MAIL\\Default > 220 mail ready, go"
    assert [event.time and event.time.second for event in events[2:]] == [0, 1]


def test_requests_of_a_w3c_log_share_a_shape_by_method_path_and_status_class(tmp_path: Path) -> None:
    shape = opened(written(tmp_path / "a.log", IIS.encode())).format.shape
    raw = IIS.splitlines()[-1].encode()
    assert shape(raw) == shape(raw.replace(b" 31", b" 9").replace(b"ann", b"bob").replace(b"192.0.2.7", b"192.0.2.9"))
    assert shape(raw) != shape(raw.replace(b" 500 ", b" 404 "))


@pytest.mark.parametrize(
    "lines", ["# a comment\n2024-05-01 10:00:00 it is up\n", "#Fields: date time\nnothing of that kind here\n" * 3]
)
def test_what_has_no_columns_is_no_w3c(lines: str, tmp_path: Path) -> None:
    assert read(tmp_path, lines)[-1].format != "w3c"


def test_columns_of_one_log_are_not_those_of_the_next(tmp_path: Path) -> None:
    lines = "#Fields: date time c-ip\nit is up\nit is so\n"
    stray = "it is one\n" * 5 + lines
    assert {event.format for event in read(tmp_path, stray)} == {"plain", "w3c"}
    assert {event.format for event in read(tmp_path, "it is two\n" * 5)} == {"plain"}


# ---------------------------------------------------------------- hostile input

STARTS = [
    *("", "2024-05-01 10:00:00 ", "2024-05-01 10:00:00.123 UTC [7] ", "May  1 10:00:00 lb1 haproxy[7]: ", "[2024-05-01T10:00:00,123][INFO ]["),
    *("May  1 10:00:00 lb1 haproxy[7]: 192.0.2.7:1 [01/May/2024:10:00:01.123] web ", "1:M 01 May 2024 10:00:00.123 ", "# User@Host: "),
    *("# Time: 2024-05-01T10:00:00Z ", "1714557600.123 1 192.0.2.7 TCP/", '[2024-05-01T10:00:00Z] "GET /', "####<May 1, 2024> <Info> <", "#Fields: "),
    *("May 1, 2024 10:00:00 AM a.", "01-May-2024 10:00:00.123 INFO [x] a.", "2024-05-01 10:00:00,123 - INFO [", "2024-05-01 10:00:00,123 INFO [a] ("),
    *("2024-05-01 10:00:00.123 [error] <0.1.0>", "2024-05-01 10:00:00.123 UTC,", "ab" * 32 + " b [01/May/2024:10:00:00 +0000] 1 - A A.A "),
    *("http 2024-05-01T10:00:00Z a 1.1.1.1:1 - ", "[pid: 7|app: 0|req: 1/1] 1.1.1.1 () {", "2024-05-01T10:00:00.123Z I A [", '{"msg":"'),
]  # fmt: skip
PIECES = [
    b" ",
    b"[",
    b"]",
    b"(",
    b"1",
    b"a.",
    b": ",
    b":  ",
    b'"',
    b'"a" ',
    b"\\",
    b"<a> ",
    b"- ",
    b"{",
    b"1/",
    b",",
    b'""',
    b"A:  ",
]


@pytest.mark.parametrize("start", STARTS)
def test_hostile_lines_take_no_time(start: str) -> None:
    lines = [(start.encode() + piece * 65536)[:65536] for piece in PIECES]
    for one in FORMATS:
        one.starts(lines[0])
        slowest = 0.0
        for raw in lines:
            began = process_time()
            one.starts(raw)
            slowest = max(slowest, process_time() - began)
            if one.starts(raw):
                one.shape(raw)
                one.parse(Line("a.log", 0, 1, raw), (), Clock(NOW))
        assert slowest < 0.2, (one.name, slowest)
