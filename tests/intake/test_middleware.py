"""What middleware writes: RabbitMQ, and the servers in Java."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeops.records import Event, Severity

from .opened import events_of, opened, written

DEBUG, INFO, NOTE, WARN, ERR = Severity.DEBUG, Severity.INFO, Severity.NOTICE, Severity.WARNING, Severity.ERROR
FATAL = Severity.FATAL


def read(tmp_path: Path, lines: str) -> list[Event]:
    """The messages of a file with these lines."""
    return events_of(opened(written(tmp_path / "a.log", lines.encode())))


# ---------------------------------------------------------------- RabbitMQ


def test_a_report_of_many_lines_is_one_message(tmp_path: Path) -> None:
    events = read(
        tmp_path,
        "2024-05-01 10:00:00.123 [info] <0.44.0> Application lager started on node rabbit@web1\n"
        "2024-05-01 10:00:01.123 [error] <0.586.0> ** Generic server <0.586.0> terminating\n"
        "** Last message in was {'EXIT',<0.1.0>,killed}\n** When Server state == failed\n"
        "2024-05-01 10:00:02.123 [notice] <0.44.0> Feature flags: x\n",
    )
    assert [event.severity for event in events] == [INFO, ERR, NOTE]
    assert [len(event.more) for event in events] == [0, 2, 0]
    assert (events[0].unit, dict(events[0].fields)) == ("rabbitmq", {"process": "0.44.0"})


def test_lines_of_a_report_that_each_have_a_header_are_joined(tmp_path: Path) -> None:
    head = "2024-05-01 10:00:01.123456+00:00 [error] <0.586.0>"
    said = (
        " ** Generic server <0.586.0> terminating",
        " ** Last message in was killed",
        "",
        "   crasher:",
        "     pid: <0.586.0>",
    )
    events = read(
        tmp_path, "".join(head + words + "\n" for words in said) + head + " Error on AMQP connection <0.7.0>\n"
    )
    assert [(event.message, len(event.more)) for event in events] == [
        ("** Generic server <0.586.0> terminating", 4),
        ("Error on AMQP connection <0.7.0>", 0),
    ]
    assert events[0].time and not events[0].time_inferred and events[0].time.microsecond == 123456


def test_why_a_connection_was_closed_is_part_of_the_message(tmp_path: Path) -> None:
    closing = "[warning] <0.600.0> closing AMQP connection <0.600.0> (192.0.2.7:5555 -> 192.0.2.8:5672):"
    (event,) = read(tmp_path, f"2024-05-01 10:00:02.123 {closing}\nmissed heartbeats from client, timeout: 60s\n")
    assert event.message.endswith("(192.0.2.7:5555 -> 192.0.2.8:5672): missed heartbeats from client, timeout: 60s")
    header = "2024-05-01 10:00:02.123456+00:00"
    lines = f"{header} {closing}\n{header} [warning] <0.600.0>   client unexpectedly closed TCP connection\n"
    assert len(read(tmp_path, lines)) == 1


REPORTS = """\

=INFO REPORT==== 1-May-2024::10:00:00 ===
accepting AMQP connection <0.123.0> (192.0.2.7:5555 -> 192.0.2.8:5672)

=ERROR REPORT==== 1-May-2024::10:00:01 ===
Error on AMQP connection <0.123.0> (192.0.2.7:5555 -> 192.0.2.8:5672), channel 0:
{heartbeat_timeout,running}

=SUPERVISOR REPORT==== 1-May-2024::10:00:03.123456 ===
     Supervisor: {local,rabbit_sup}
     Reason:     killed
"""


def test_reports_with_a_head_of_their_own_are_read(tmp_path: Path) -> None:
    info, error, supervisor = read(tmp_path, REPORTS)[1:]
    assert {event.format for event in (info, error, supervisor)} == {"erlang-report"}
    assert [event.severity for event in (info, error, supervisor)] == [INFO, ERR, ERR]
    assert error.message.startswith("Error on AMQP connection") and error.message.endswith(
        "{heartbeat_timeout,running}"
    )
    assert [event.time and event.time.second for event in (info, error, supervisor)] == [0, 1, 3]
    assert (supervisor.message, len(supervisor.more)) == ("SUPERVISOR REPORT", 2)


def test_one_head_in_a_large_log_of_another_kind_does_not_make_it_erlang(tmp_path: Path) -> None:
    lines = "".join(f"2024-05-01 10:00:{n:02} worker {n} is up\n" for n in range(60))
    assert read(tmp_path, lines + REPORTS)[0].format == "layout"


# ---------------------------------------------------------------- Java

JAVA = {
    "elastic": (
        "[2024-05-01T10:00:00,123][{L:5}][o.e.n.Node               ] [node-1] it is [so] now",
        *("elastic", "it is [so] now", "o.e.n.Node", {"node": "node-1"}),
    ),
    "elastic 2": (
        "[2024-05-01 10:00:00,123][{L:5}][bootstrap                ] it is so",
        *("elastic", "it is so", "bootstrap", {}),
    ),
    "logstash": (
        "[2024-05-01T10:00:00,123][{L:5}][logstash.javapipeline    ][main] it is so",
        *("elastic", "it is so", "logstash.javapipeline", {"pipeline": "main"}),
    ),
    "kafka": (
        "[2024-05-01 10:00:00,123] {L} [Broker id=0] it is (so) (kafka.server.KafkaServer)",
        *("kafka", "[Broker id=0] it is (so)", "kafka.server.KafkaServer", {}),
    ),
    "zookeeper": (
        "2024-05-01 10:00:00,123 [myid:1] - {L:5} [main:o.a.z.s.q.QuorumPeerMain@99] - it is so",
        *("zookeeper", "it is so", "o.a.z.s.q.QuorumPeerMain", {"myid": "1", "thread": "main"}),
    ),
    "zookeeper 3.4": (
        "2024-05-01 10:00:00,123 - {L:5} [QuorumPeer[myid=1]/0:0:0:0:0:0:0:0:2181:FastLeaderElection@774] - it is so",
        *("zookeeper", "it is so", "FastLeaderElection", {"thread": "QuorumPeer[myid=1]/0:0:0:0:0:0:0:0:2181"}),
    ),
    "jboss": (
        "2024-05-01 10:00:00,123 {L:5} [org.jboss.as.server] (MSC service thread 1-2) WFLYSRV0027: it is so",
        *("jboss", "WFLYSRV0027: it is so", "org.jboss.as.server", {"thread": "MSC service thread 1-2"}),
    ),
    "jboss console": (
        "10:00:00,123 {L:5} [org.jboss.as] (Controller Boot Thread) it is so",
        *("jboss", "it is so", "org.jboss.as", {"thread": "Controller Boot Thread"}),
    ),
    "weblogic": (
        "####<May 1, 2024 10:00:00,123 AM UTC> <{L}> <Deployer> <web1> <AdminServer> <main> <<WLS Kernel>> <> <> <1714557600123> <BEA-149265> <it is so>",
        *("weblogic", "it is so", "Deployer", {"server": "AdminServer", "code": "BEA-149265"}),
    ),
}


@pytest.mark.parametrize("name", JAVA)
def test_a_java_server_is_read(name: str, tmp_path: Path) -> None:
    line, format, message, unit, fields = JAVA[name]
    events = read(tmp_path, "".join(line.format(L=level) + "\n" for level in ("INFO", "WARN", "ERROR")))
    if name == "weblogic":
        events = read(tmp_path, "".join(line.format(L=level) + "\n" for level in ("Info", "Warning", "Error")))
    assert [event.severity for event in events] == [INFO, WARN, ERR]
    assert {(event.format, event.message, event.unit) for event in events} == {(format, message, unit)}
    assert fields.items() <= dict(events[0].fields).items()
    assert all(event.time and event.time.hour == 10 for event in events)


def test_the_agent_in_a_java_program_is_told_from_it(tmp_path: Path) -> None:
    agent = "[otel.javaagent 2024-05-01 12:00:00:317 +0200] [main] WARN io.opentelemetry.Exporter - it is so\n"
    first, second, *_ = read(tmp_path, agent + "2024-05-01 10:00:01,123 INFO [main] a.b.C - it is so\n" * 3)
    assert (first.format, first.severity, first.unit, first.message) == (
        "otel-agent",
        WARN,
        "io.opentelemetry.Exporter",
        "it is so",
    )
    assert first.time and first.time.timestamp() == 1714557600.317
    assert (second.severity, second.time and second.time.second) == (INFO, 1)


def test_a_level_among_the_words_of_a_bracket_is_read(tmp_path: Path) -> None:
    line = "2024-05-01T10:00:00.123Z [pool-{}  {}  com.shop.Cart  id=7] it is so\n"
    events = read(tmp_path, "".join(line.format(n, level) for n, level in enumerate(("INFO", "WARN", "ERROR"))))
    assert [event.severity for event in events] == [INFO, WARN, ERR]
    assert {event.message for event in events} == {"it is so"}


def test_a_trace_joins_the_line_of_its_server(tmp_path: Path) -> None:
    trace = "java.io.IOException: No space left on device\n\tat java.base/sun.nio.ch.FileDispatcherImpl.write0(Native Method)\n"
    line = JAVA["kafka"][0].format(L="ERROR") + "\n"
    (event,) = read(tmp_path, line + trace)
    assert event.message == "[Broker id=0] it is (so) java.io.IOException: No space left on device"
    assert (event.unit, len(event.more)) == ("kafka.server.KafkaServer", 2)


@pytest.mark.parametrize(
    "line",
    [
        "[2024-05-01 10:00:00,123] INFO it is so (in a way)",
        "[2024-05-01 10:00:00,123] INFO it is so",
        "2024-05-01 10:00:00,123 INFO [main] a.b.C - it is so",
    ],
)
def test_the_common_patterns_are_left_to_the_learnt_layout(line: str, tmp_path: Path) -> None:
    (event,) = read(tmp_path, line + "\n")
    assert (event.format, event.severity) == ("layout", INFO)


def test_tomcat_is_read_in_one_line(tmp_path: Path) -> None:
    line = "01-May-2024 10:00:00.123 {} [http-nio-8080-exec-10] org.apache.catalina.core.StandardService.initInternal it is so\n"
    events = read(tmp_path, "".join(map(line.format, ("INFO", "WARNING", "SEVERE", "FINE", "严重"))))
    assert [event.severity for event in events] == [INFO, WARN, ERR, DEBUG, ERR]
    assert {(event.format, event.unit, event.message) for event in events} == {
        ("tomcat", "org.apache.catalina.core.StandardService", "it is so")
    }
    assert dict(events[0].fields) == {"thread": "http-nio-8080-exec-10", "method": "initInternal"}
    assert events[0].time and events[0].time.microsecond == 123000


TWO_LINES = (
    "May 1, 2024 9:59:59 AM org.apache.catalina.core.StandardService startInternal\nINFO: Starting service [Catalina]\n"
    "May 1, 2024 10:00:01 PM org.apache.catalina.core.StandardService initInternal\nSEVERE: Failed to initialize connector\n"
    "org.apache.catalina.LifecycleException: Failed to initialize component\n\tat org.apache.catalina.util.LifecycleBase.init(LifecycleBase.java:107)\n"
    "May 1, 2024 10:00:02\u202fPM hudson.WebAppMain$3 run\n信息: Jenkins is up\n"
)


def test_stamp_and_text_on_two_lines_are_one_message(tmp_path: Path) -> None:
    first, second, third = read(tmp_path, TWO_LINES)
    assert [event.severity for event in (first, second, third)] == [INFO, ERR, INFO]
    assert (first.message, first.unit) == ("Starting service [Catalina]", "org.apache.catalina.core.StandardService")
    assert second.message.startswith("Failed to initialize connector")
    assert [event.time and event.time.hour for event in (first, second, third)] == [9, 22, 22]
    assert (dict(third.fields), third.unit) == ({"method": "run"}, "hudson.WebAppMain$3")


def test_a_second_line_whose_first_was_rotated_away_still_says_its_level(tmp_path: Path) -> None:
    events = read(tmp_path, "SEVERE: it is gone\n" + TWO_LINES)
    assert (events[0].message, events[0].severity, events[0].time) == ("it is gone", ERR, None)


def test_levels_with_a_colon_alone_are_no_java(tmp_path: Path) -> None:
    assert read(tmp_path, "WARNING: it is slow\nINFO: it is up\n")[0].format != "jul"


# ---------------------------------------------------------------- PHP


def test_monolog_is_read_with_the_traces_that_contexts_hold(tmp_path: Path) -> None:
    first, second, third = read(
        tmp_path,
        '[2024-05-01 10:00:00] local.INFO: User logged in {"id":7} \n'
        '[2024-05-01 10:00:01] shop-eu.CRITICAL: Connection refused {"exception":"[object] (PDOException(code: 2002)\n'
        '[stacktrace]\n#0 /var/www/vendor/x.php(70): PDO->failed()\n#1 {main}\n"} \n'
        "[2024-05-01T10:00:02.123456+00:00] request.WARNING: it is slow [] []\n",
    )
    assert [event.severity for event in (first, second, third)] == [INFO, Severity.CRITICAL, WARN]
    assert [event.unit for event in (first, second, third)] == ["local", "shop-eu", "request"]
    assert (len(second.more), third.message) == (4, "it is slow")
    assert third.time and third.time.microsecond == 123456


def test_php_says_what_kind_of_error_it_is(tmp_path: Path) -> None:
    events = read(
        tmp_path,
        "[01-May-2024 10:00:00 Europe/Berlin] PHP Fatal error:  Uncaught Error: gone in /var/www/a.php:7\n"
        "Stack trace:\n#0 {main}\n  thrown in /var/www/a.php on line 7\n"
        "[01-May-2024 10:00:01 Europe/Berlin] PHP Warning:  Undefined variable $x in /var/www/a.php on line 9\n"
        "[01-May-2024 10:00:02 UTC] PHP Deprecated:  x() is deprecated\n",
    )
    assert [event.severity for event in events] == [FATAL, WARN, NOTE]
    assert [len(event.more) for event in events] == [3, 0, 0]
    assert [event.time_inferred for event in events] == [True, True, False]
    assert {(event.format, event.unit) for event in events} == {("php", "php")}


# ---------------------------------------------------------------- application servers, brokers, the JVM


def test_glassfish_writes_its_text_below_its_head(tmp_path: Path) -> None:
    head = "[2024-05-01T10:00:0{n}.123+0000] [glassfish 5.0] [{level}] [AS-WEB-1] [javax.web] [tid: _ThreadID=1 _ThreadName=main] [timeMillis: 1714557600123] [levelValue: 800] [["
    events = read(
        tmp_path,
        head.format(n=0, level="SEVERE") + "\n  Failed to start connector ]]\n\n"
        + head.format(n=1, level="INFO") + "\n  Server is up\n  error: none]]\n\n",
    )  # fmt: skip
    assert [(event.message, event.severity) for event in events] == [
        ("Failed to start connector", ERR),
        ("Server is up error: none", INFO),
    ]
    assert {(event.format, event.unit) for event in events} == {("glassfish", "javax.web")}
    assert events[0].time and not events[0].time_inferred


def test_websphere_is_read_with_the_traces_of_its_system_err(tmp_path: Path) -> None:
    events = read(
        tmp_path,
        "[5/1/24 10:00:00:123 UTC] 00000001 WsServerImpl  A   WSVR0001I: Server server1 open\n"
        "[5/1/24 10:00:01:123 UTC] 0000007a SystemErr     R java.lang.NullPointerException: gone\n"
        "[5/1/24 10:00:01:123 UTC] 0000007a SystemErr     R \tat com.shop.Cart.add(Cart.java:7)\n"
        "[5/1/24, 10:00:02:123 UTC] 00000024 com.ibm.ws.kernel.FrameworkManager    E CWWKE0001E: it is so\n",
    )
    assert [event.severity for event in events] == [NOTE, ERR, ERR]
    assert [len(event.more) for event in events] == [0, 1, 0]
    assert (events[0].unit, events[2].unit) == ("WsServerImpl", "com.ibm.ws.kernel.FrameworkManager")
    assert [event.time and event.time.isoformat()[:19] for event in events] == [
        f"2024-05-01T10:00:0{n}" for n in range(3)
    ]


def test_the_text_of_activemq_stands_between_columns(tmp_path: Path) -> None:
    events = read(
        tmp_path,
        "2024-05-01 10:00:00,123 | INFO  | It is | started | org.apache.activemq.broker.BrokerService | main\n"
        "2024-05-01 10:00:01,123 | WARN  | It is slow | org.apache.activemq.broker.Transport | ActiveMQ Transport: tcp:///192.0.2.7:5@1\n",
    )
    assert [(event.message, event.severity) for event in events] == [("It is | started", INFO), ("It is slow", WARN)]
    assert dict(events[1].fields)["thread"] == "ActiveMQ Transport: tcp:///192.0.2.7:5@1"


def test_columns_with_the_text_at_their_end_are_no_activemq(tmp_path: Path) -> None:
    (event,) = read(tmp_path, "2024-05-01 10:00:00,123 | INFO  | main | org.shop.core.Cart | it is so\n")
    assert event.format == "layout" and event.message.endswith("it is so")


JVM = {
    "[2024-05-01T10:00:00.123+0000][info ][gc,start    ] GC(8) Pause Full (Allocation Failure)": (INFO, "gc,start", 10),
    "[2024-05-01T10:00:00.123+0000][7.123s][warning][gc,alloc] main: Retried": (WARN, "gc,alloc", 10),
    "[0.123s][error][os] it is gone": (ERR, "os", None),
}


@pytest.mark.parametrize("line", JVM)
def test_what_the_jvm_itself_says_is_read(line: str, tmp_path: Path) -> None:
    (event,) = read(tmp_path, line + "\n")
    severity, unit, hour = JVM[line]
    assert (event.format, event.severity, event.unit) == ("jvm", severity, unit)
    assert (event.time and event.time.hour) == hour and line.endswith("] " + event.message)
