"""Each declared format: what it recognises, what it takes from a line, what its shapes keep apart."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.hooks import registry
from edgeops.intake.formats.plain import PLAIN
from edgeops.intake.sampling import choose
from edgeops.intake.timestamps import Clock
from edgeops.records import Event, Line, Severity

from .opened import FORMATS, NOW

# Short names keep a case on few lines.
DEBUG, INFO, NOTE, WARN = Severity.DEBUG, Severity.INFO, Severity.NOTICE, Severity.WARNING
ERR, CRIT, NONE = Severity.ERROR, Severity.CRITICAL, Severity.NONE


@dataclass
class Case:
    """A line and what should be read from it; time is the hour it should have (None: no time)."""

    line: str
    format: str
    message: str
    severity: Severity = NONE
    hour: int | None = 10
    host: str = ""
    unit: str = ""
    pid: int | None = None
    fields: dict[str, str] = field(default_factory=dict)


REQUEST = '"GET /cart?id=7 HTTP/1.1"'
CASES = {
    "rfc3164": Case("May  1 10:00:00 web1 sshd[77]: session opened", "syslog", "session opened", NONE, 10, "web1", "sshd", 77),
    "rfc3164 pri": Case("<27>May  1 10:00:00 web1 cron[9]: x is set", "syslog", "x is set", ERR, 10, "web1", "cron", 9),
    "rfc3164 year": Case("May  1 2024 10:00:00 fw1 asa: denied by list", "syslog", "denied by list", ERR, 10, "fw1", "asa"),
    "no host": Case("May  1 10:00:00 sshd[77]: session opened", "syslog", "session opened", NONE, 10, "", "sshd", 77),
    "no tag": Case("May  1 10:00:00 web1 -- MARK --", "syslog", "-- MARK --", NONE, 10, "web1"),
    "version": Case("May  1 10:00:00 web1 syslogd 1.4.1: restart.", "syslog", "restart.", NONE, 10, "web1", "syslogd"),
    "two words": Case("May  1 10:00:00 mac Setup Assistant[5]: hello", "syslog", "hello", NONE, 10, "mac", "Setup Assistant", 5),
    "module": Case("May  1 10:00:00 web1 sshd(pam_unix)[7]: bye", "syslog", "bye", NONE, 10, "web1", "sshd(pam_unix)", 7),
    "facility": Case("May  1 10:00:00 gw daemon.err mcad: gone", "syslog", "gone", ERR, 10, "gw", "mcad"),
    "kernel in syslog": Case("May  1 10:00:00 web1 kernel: [12345.678901] eth0: up", "syslog", "eth0: up", NONE, 10, "web1", "kernel"),
    "ipv6 host": Case("May  1 10:00:00 2001:db8::7 app: x", "syslog", "x", NONE, 10, "2001:db8::7", "app"),
    "precise": Case("May 01 10:00:00.123456 web1 app[3]: x", "syslog", "x", NONE, 10, "web1", "app", 3),
    "full": Case("Wed 2024-05-01 10:00:00 UTC web1 app[3]: x", "syslog-full", "x", NONE, 10, "web1", "app", 3),
    "iso": Case("2024-05-01T12:00:00.5+02:00 web1 app[3]: x", "syslog-iso", "x", NONE, 10, "web1", "app", 3),
    "short-iso": Case("2024-05-01T12:00:00+0200 web1 app: x", "syslog-iso", "x", NONE, 10, "web1", "app"),
    "short-unix": Case("1714557600.123456 web1 app[3]: x", "syslog-iso", "x", NONE, 10, "web1", "app", 3),
    "rfc5424": Case(
        '<165>1 2024-05-01T10:00:00.003Z web1 shop 77 ID47 [ex@1 a="b\\"c" d="e]"][m x="1"] \ufeffcart is empty',
        *("rfc5424", "cart is empty", NOTE, 10, "web1", "shop", 77, {"msgid": "ID47", "a": 'b"c', "d": "e]", "x": "1"}),
    ),
    "rfc5424 nothing": Case("<1>1 - - - - - -", "rfc5424", "", CRIT, None),
    "rfc5424 counted": Case("64 <11>1 2024-05-01T10:00:00Z web1 shop - - - x", "rfc5424", "x", ERR, 10, "web1", "shop"),
    "dmesg": Case("[ 1234.567890] usb 1-1: new device", "kernel", "usb 1-1: new device", NONE, None, "", "kernel", None, {"uptime": "1234.567890"}),
    "dmesg -T": Case("[Wed May  1 10:00:00 2024] eth0: link up", "kernel", "eth0: link up", NONE, 10, "", "kernel"),
    "console": Case("<3>[    0.000000] ACPI: gone", "kernel", "ACPI: gone", ERR, None, "", "kernel"),
    "dmesg -x": Case("kern  :warn  : [    7.123456] clock is odd", "kernel", "clock is odd", WARN, None, "", "kernel"),
    "dmesg caller": Case("[    7.123456][   T12] clock is odd", "kernel", "clock is odd", NONE, None, "", "kernel"),
    "nginx error": Case(
        '2024/05/01 10:00:00 [error] 31#32: *9 open() "/x" failed, client: 192.0.2.7, server: shop, request: "GET / HTTP/1.1"',
        "nginx-error",
        'open() "/x" failed, client: 192.0.2.7, server: shop, request: "GET / HTTP/1.1"',
        *(ERR, 10, "", "nginx", 31, {"connection": "9", "client": "192.0.2.7", "server": "shop", "request": "GET / HTTP/1.1"}),
    ),
    "apache 2.2": Case("[Wed May 01 10:00:00 2024] [warn] RSA is short", "apache-error", "RSA is short", WARN, 10, "", "apache"),
    "apache 2.4": Case(
        "[Wed May 01 10:00:00.123456 2024] [core:error] [pid 7:tid 140] [client 192.0.2.7:9] AH00135: odd method",
        *("apache-error", "[client 192.0.2.7:9] AH00135: odd method", ERR, 10, "", "apache", 7),
        {"module": "core", "client": "192.0.2.7:9"},
    ),
    "common": Case(
        f"192.0.2.7 - ann [01/May/2024:12:00:00 +0200] {REQUEST} 200 55",
        *("access", '"GET /cart" 200', INFO, 10, "", "", None),
        {"client": "192.0.2.7", "user": "ann", "status": "200", "bytes": "55", "protocol": "1.1", "query": "id=7"},
    ),
    "combined": Case(
        f'2001:db8::7 - - [01/May/2024:10:00:00 +0000] {REQUEST} 502 - "https://a/" "curl/8 \\"x\\""',
        *("access", '"GET /cart" 502', ERR),
    ),
    "vhost": Case(f'shop.example:443 192.0.2.7 - - [01/May/2024:10:00:00 +0000] {REQUEST} 404 1 "-" "-"', "access", '"GET /cart" 404', NOTE),
    "garbage request": Case('192.0.2.7 - - [01/May/2024:10:00:00 +0000] "\\x16\\x03" 400 1', "access", '"\\x16\\x03" 400', NOTE),
    "klog": Case("E0501 10:00:00.123456    31 pod.go:42] cannot mount", "klog", "cannot mount", ERR, 10, "", "pod.go", 31),
    "glog": Case("W20240501 10:00:00.123456 31 pod.cc:42] slow", "klog", "slow", WARN, 10, "", "pod.cc", 31),
    "logfmt": Case(
        'time=2024-05-01T10:00:00Z level=warning msg="disk \\"a\\" is slow" service=shop id=7',
        *("logfmt", 'disk "a" is slow', WARN, 10, "", "shop", None, {"id": "7"}),
    ),
    "python": Case("ERROR:shop.cart:cannot add", "python", "cannot add", ERR, None, "", "shop.cart"),
    "cri": Case("2024-05-01T10:00:00.123456789Z stderr F E0501 10:00:00.1 7 a.go:1] gone", "cri", "gone", ERR, 10, "", "a.go", 7, {"stream": "stderr"}),
    "cri json": Case('2024-05-01T10:00:00Z stdout F {"level":"warn","msg":"slow"}', "cri", "slow", WARN),
    "json": Case('{"time":"2024-05-01T10:00:00Z","level":"error","msg":"gone","app":"shop","id":7}', "json", "gone", ERR, 10, "", "shop", None, {"id": "7"}),
    "bunyan": Case('{"name":"shop","hostname":"web1","pid":7,"level":50,"msg":"gone","time":"2024-05-01T10:00:00Z"}', "json", "gone", ERR, 10, "web1", "shop", 7),
    "pino": Case('{"level":40,"time":1714557600000,"msg":"slow"}', "json", "slow", WARN),
    "zap": Case('{"level":"info","ts":1714557600.25,"caller":"a.go:1","msg":"up"}', "json", "up", INFO, 10, "", "a.go:1"),
    "ecs": Case('{"@timestamp":"2024-05-01T10:00:00Z","log":{"level":"WARN","logger":"a"},"message":"slow","service":{"name":"shop"}}', "json", "slow", WARN, 10, "", "shop"),
    "docker": Case('{"log":"it works\\n","stream":"stdout","time":"2024-05-01T10:00:00.123456789Z"}', "docker", "it works", NONE),
    "gelf": Case('{"version":"1.1","host":"web1","short_message":"gone","timestamp":1714557600.1,"level":3}', "json", "gone", ERR, 10, "web1"),
    "gelf fields": Case('{"version":"1.1","host":"web1","short_message":"slow","timestamp":1714557600,"level":4,"_facility":"shop","_pid":7,"_user":"ann"}', "json", "slow", WARN, 10, "web1", "shop", 7, {"_user": "ann"}),
    "rust": Case('{"timestamp":"2024-05-01T10:00:00Z","level":"DEBUG","fields":{"message":"moving"},"target":"shop::cart"}', "json", "moving", DEBUG, 10, "", "shop::cart"),
    "otel": Case('{"timestamp_ns":"1714557600000000000","severity_number":17,"body":"gone"}', "json", "gone", ERR),
    "journal": Case(
        '{"__REALTIME_TIMESTAMP":"1714557600123456","_HOSTNAME":"web1","SYSLOG_IDENTIFIER":"sshd","_PID":"7","PRIORITY":"4","MESSAGE":"slow"}',
        *("journal", "slow", WARN, 10, "web1", "sshd", 7),
    ),
    "journal bytes": Case(
        '{"__REALTIME_TIMESTAMP":"1714557600123456","_COMM":"app","MESSAGE":[104,105,255,10]}', "journal", "hi\ufffd", NONE, 10, "", "app"
    ),
    "bare": Case("make: *** [all] Error 2", "plain", "make: *** [all] Error 2", ERR, None),
}  # fmt: skip


def parsed(raw: bytes) -> Event:
    return choose([raw], FORMATS).parse(Line("a.log", 0, 1, raw), (), Clock(NOW))


@pytest.mark.parametrize("name", CASES)
def test_a_line_is_read(name: str) -> None:
    case = CASES[name]
    event = parsed(case.line.encode())
    assert (event.format, event.message, event.severity) == (case.format, case.message, case.severity)
    assert (event.host, event.unit, event.pid) == (case.host, case.unit, case.pid)
    assert (event.time and event.time.astimezone(NOW.tzinfo).hour) == case.hour
    assert case.fields.items() <= dict(event.fields).items()


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.hour])
def test_a_time_without_year_or_zone_is_said_to_be_inferred(name: str) -> None:
    stated = CASES[name].format in (
        "rfc5424",
        "access",
        "logfmt",
        "cri",
        "docker",
        "json",
        "journal",
        "syslog-iso",
        "syslog-full",
    )
    assert parsed(CASES[name].line.encode()).time_inferred != stated


@given(st.sampled_from(sorted(CASES)), st.binary(max_size=120), st.integers(0, 200))
def test_no_damage_to_a_line_raises(name: str, noise: bytes, at: int) -> None:
    line = CASES[name].line.encode()
    raw = line[:at] + noise.replace(b"\n", b"") + line[at + 5 :]
    for candidate in FORMATS:
        assert isinstance(candidate.starts(raw), bool)
        assert isinstance(candidate.shape(raw), bytes)
        assert candidate.parse(Line("a.log", 0, 1, raw), (), Clock(NOW)).line.raw == raw


# ---------------------------------------------------------------- shapes

BASES = {
    "syslog pri": b"<%d>May  1 10:00:00 web1 app[7]: x",
    "rfc5424": b"<%d>1 2024-05-01T10:00:00Z web1 app 7 - - x",
    "dmesg": b"<%d>[    1.000000] x",
    "bunyan": b'{"time":1714557600000,"level":%d,"msg":"x"}',
    "spaced bunyan": b'{"time": 1714557600000, "level": %d, "msg": "x"}',
    "nested level": b'{"log":{"level":%d},"message":"x"}',
    "journal": b'{"__REALTIME_TIMESTAMP":"1714557600123456","PRIORITY":"%d","MESSAGE":"x"}',
    "access": b'192.0.2.7 - - [01/May/2024:10:00:00 +0000] "GET /a HTTP/1.1" %d03 9',
}


@pytest.mark.parametrize("name", BASES)
@pytest.mark.parametrize("values", [(2, 5), (3, 4), (20, 50), (4, 6)])
def test_lines_of_another_severity_have_another_shape(name: str, values: tuple[int, int]) -> None:
    low, high = (BASES[name] % value for value in values)
    chosen = choose([low, high], FORMATS)
    if parsed(low).severity != parsed(high).severity:
        assert chosen.shape(low) != chosen.shape(high)


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name].format != "access"])
def test_lines_that_differ_in_a_number_of_the_message_share_a_shape(name: str) -> None:
    raw = CASES[name].line.encode()
    if CASES[name].message and (message := CASES[name].message.encode()) in raw:
        one, two = (raw.replace(message, message + b" %d" % number) for number in (17, 4))
        chosen = choose([one, two], FORMATS)
        assert chosen.shape(one) == chosen.shape(two)


def test_json_lines_of_one_message_share_a_shape_whatever_else_they_hold() -> None:
    raws = [
        json.dumps({"level": "info", "id": f"{i:x}{i * 7919:x}", "msg": f"took {i} ms"}).encode() for i in range(50)
    ]
    chosen = choose(raws, FORMATS)
    assert len({chosen.shape(raw) for raw in raws}) == 1


def test_json_with_the_message_somewhere_else_is_kept_apart_by_its_whole_line() -> None:
    raws = [b'{"inner":{"msg":"a"},"level":"info","msg":"b"}', b'{"inner":{"msg":"a"},"level":"info","msg":"c"}']
    chosen = choose(raws, FORMATS)
    assert chosen.shape(raws[0]) != chosen.shape(raws[1])


def test_an_escaped_quote_does_not_end_a_json_message() -> None:
    raws = [b'{"level":"info","msg":"say \\"a\\" now"}', b'{"level":"info","msg":"say \\"b\\" now"}']
    chosen = choose([*raws, b'{"level":"info","msg":"plain"}'], FORMATS)
    assert chosen.shape(raws[0]) != chosen.shape(raws[1])


def test_an_access_line_is_known_by_method_path_and_status_class() -> None:
    line = '192.0.2.{n} - - [01/May/2024:10:00:0{n} +0000] "{m} /item/{n}?q={n}x HTTP/1.1" {s}0{n} 9'
    chosen = choose([line.format(n=1, m="GET", s=2).encode()], FORMATS)
    shapes = [
        chosen.shape(line.format(n=n, m=m, s=s).encode())
        for n, m, s in ((1, "GET", 2), (3, "GET", 2), (1, "PUT", 2), (1, "GET", 5))
    ]
    assert shapes[0] == shapes[1]
    assert len(set(shapes)) == 3


# ---------------------------------------------------------------- choosing


def test_formats_come_in_by_the_plugin_door() -> None:
    found = [one for many in registry().hook.edgeops_formats() for one in many]
    assert {one.name for one in FORMATS} <= {one.name for one in found}


def test_the_format_that_begins_most_lines_is_chosen() -> None:
    raws = [b"May  1 10:00:00 web1 app: x"] * 3 + [b"2024-05-01 10:00:00 INFO a: x"] * 7
    assert choose(raws, FORMATS).name == "layout"


def test_indented_and_blank_lines_do_not_count() -> None:
    raws = [b"May  1 10:00:00 web1 app: x"] + [b"    at frame", b"", b"\tmore"] * 30
    assert choose(raws, FORMATS).name == "syslog"


def test_nothing_gives_the_bare_format() -> None:
    assert choose([], FORMATS) is PLAIN
    assert choose([b"", b"  "], FORMATS) is PLAIN


def test_an_application_log_with_a_level_is_no_syslog() -> None:
    assert (
        choose([b"2024-05-01T10:00:00Z INFO shop: up", b"2024-05-01T10:00:01Z WARN shop: slow"], FORMATS).name
        == "layout"
    )
