"""JSON lines of many programs: which keys hold what, and requests that come without a message."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeops.records import Event, Severity

from .opened import events_of, opened, written

DEBUG, INFO, WARN, ERR = Severity.DEBUG, Severity.INFO, Severity.WARNING, Severity.ERROR


def read(tmp_path: Path, *lines: str) -> list[Event]:
    return events_of(opened(written(tmp_path / "a.json", "\n".join(lines).encode() + b"\n")))


MONGO = '{{"t":{{"$date":"2024-05-01T10:00:00.123+00:00"}},"s":"{s}",  "c":"{c}",  "id":22943,   "ctx":"conn7","msg":"it is so","attr":{{"n":{n}}}}}'
OTHERS = {
    "mysql": '{ "prio" : 1, "err_code" : 10119, "subsystem" : "Server", "msg" : "it is so", "time" : "2024-05-01T10:00:00.1Z", "label" : "Error" }',
    "serilog": '{"@t":"2024-05-01T10:00:00.123Z","@mt":"it is so","@l":"Error","SourceContext":"Shop.Cart"}',
    "dotnet": '{"EventId":0,"LogLevel":"Error","Category":"Shop.Cart","Message":"it is so","Timestamp":"2024-05-01T10:00:00Z"}',
    "hclog": '{"@level":"error","@message":"it is so","@module":"agent.server","@timestamp":"2024-05-01T10:00:00.123456Z"}',
    "postgres": '{"timestamp":"2024-05-01 10:00:00.123 UTC","pid":7,"error_severity":"ERROR","message":"it is so"}',
    "elastic": '{"@timestamp":"2024-05-01T10:00:00.1Z","log.level":"ERROR","message":"it is so","log.logger":"o.e.n.Node","process.thread.name":"main"}',
    "logstash": '{"@timestamp":"2024-05-01T10:00:00.1Z","@version":"1","message":"it is so","logger_name":"a.B","level":"ERROR","level_value":40000}',
}


@pytest.mark.parametrize("name", OTHERS)
def test_keys_of_one_program_or_library_are_known(name: str, tmp_path: Path) -> None:
    (event,) = read(tmp_path, OTHERS[name])
    assert (event.format, event.message, event.severity) == ("json", "it is so", ERR)
    assert event.time and event.time.hour == 10


def test_mongodb_says_time_severity_and_component_in_short(tmp_path: Path) -> None:
    events = read(
        tmp_path,
        *(MONGO.format(s=s, c=c, n=7) for s, c in (("I", "NETWORK"), ("E", "STORAGE"), ("D2", "-"), ("F", "-"))),
    )
    assert [event.severity for event in events] == [INFO, ERR, DEBUG, Severity.FATAL]
    assert [event.unit for event in events] == ["NETWORK", "STORAGE", "", ""]
    assert events[0].time and events[0].time.microsecond == 123000
    assert dict(events[0].fields)["ctx"] == "conn7"


def test_mongodb_lines_of_one_message_share_a_shape_but_not_with_another_severity(tmp_path: Path) -> None:
    lines = [MONGO.format(s=s, c="NETWORK", n=n) for s, n in (("I", 1), ("I", 22), ("W", 1))]
    shape = opened(written(tmp_path / "a.json", "\n".join(lines).encode())).format.shape
    first, second, third = map(shape, (line.encode() for line in lines))
    assert first == second != third


REQUESTS = {
    "traefik": '{{"DownstreamStatus":{s},"RequestMethod":"GET","RequestPath":"/cart/7?x={n}","StartUTC":"2024-05-01T10:00:00.1Z","level":"info","msg":""}}',
    "caddy": '{{"level":"info","ts":1714557600.25,"logger":"access","msg":"handled request","request":{{"method":"GET","uri":"/cart/7?x={n}"}},"status":{s}}}',
    "nginx": '{{"time_local":"01/May/2024:10:00:00 +0000","remote_addr":"192.0.2.{n}","request":"GET /cart/7?x={n} HTTP/1.1","status":"{s}"}}',
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_without_a_message_is_shown_as_access_lines_are(name: str, tmp_path: Path) -> None:
    lines = [REQUESTS[name].format(s=s, n=n) for s, n in ((200, 1), (502, 2), (404, 3), (204, 44))]
    events = read(tmp_path, *lines)
    assert [event.message for event in events] == [f'"GET /cart/7" {s}' for s in (200, 502, 404, 204)]
    assert [event.severity for event in events] == [INFO, ERR, Severity.NOTICE, INFO]
    shape = opened(tmp_path / "a.json").format.shape
    shapes = [shape(line.encode()) for line in lines]
    assert shapes[0] == shapes[3] and len(set(shapes)) == 3


def test_a_message_beside_a_status_stays_the_message(tmp_path: Path) -> None:
    (event,) = read(tmp_path, '{"level":"error","msg":"upstream gone","path":"/cart","status":502}')
    assert (event.message, event.severity) == ("upstream gone", ERR)
    (event,) = read(tmp_path, '{"level":"error","msg":"","path":"/cart","status":"stopped"}')
    assert event.message.startswith("{")


def test_requests_among_messages_are_read_as_messages(tmp_path: Path) -> None:
    lines = ['{"level":"info","msg":"handled request","uri":"/a","status":404}', '{"level":"info","msg":"it is up"}']
    assert [event.message for event in read(tmp_path, *lines)] == ["handled request", "it is up"]
    late = [REQUESTS["caddy"].format(s=200, n=n) for n in range(300)] + [
        '{"level":"warn","msg":"certificate expires soon"}'
    ]
    assert read(tmp_path, *late)[-1].message == "certificate expires soon"
    shape = opened(tmp_path / "a.json").format.shape
    assert shape(late[-1].encode()) != shape(late[-1].replace("certificate", "token").encode())


def test_a_large_object_costs_no_time(tmp_path: Path) -> None:
    wide = '{"request":"' + "GET " * 16000 + '","status":200}'
    assert len(read(tmp_path, wide, '{"request":' + "[" * 32000, '{"msg":"' + '\\"' * 30000 + '"}')) >= 2
