"""Formats of network devices, security appliances, hypervisors, management controllers and phones."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeops.intake.formats.security import severity_in_ten
from edgeops.records import Event, Severity

from .opened import FORMATS, events_of, opened, written

DEBUG, INFO, NOTE, WARN = Severity.DEBUG, Severity.INFO, Severity.NOTICE, Severity.WARNING
ERR, CRIT, NONE = Severity.ERROR, Severity.CRITICAL, Severity.NONE


def read(tmp_path: Path, text: str) -> list[Event]:
    return events_of(opened(written(tmp_path / "a.log", text.encode())))


def one(tmp_path: Path, line: str) -> Event:
    return read(tmp_path, line + "\n")[0]


# ---------------------------------------------------------------- network devices

CISCO = {
    "asa": ("May  1 10:00:00 192.0.2.1 %ASA-4-106023: Deny tcp src a dst b", "192.0.2.1", "ASA", WARN),
    "asa year": ("May  1 2024 10:00:00 fw1 : %ASA-6-302013: Built outbound TCP connection 7", "fw1", "ASA", INFO),
    "asa no host": ("May 01 2024 10:00:00: %ASA-3-710003: TCP access denied by ACL", "", "ASA", ERR),
    "ios relayed": ("May  1 10:00:03 sw1 1234: May  1 10:00:00.999: %LINK-3-UPDOWN: Interface Gi0/1, changed state to down", "sw1", "LINK", ERR),
    "ios pri": ("<187>1236: sw1: May  1 10:00:00.123: %SYS-3-CPUHOG: Task is running", "sw1", "SYS", ERR),
    "ios buffer": ("*May  1 10:00:00.123: %SYS-5-CONFIG_I: Configured from console", "", "SYS", NOTE),
    "ios zone": ("000077: May  1 10:00:00.123 UTC: %OSPF-5-ADJCHG: Process 1, Nbr 192.0.2.2 Down", "", "OSPF", NOTE),
    "ios uptime": ("1w2d: %SYS-2-MALLOCFAIL: Memory allocation of 9 bytes failed", "", "SYS", CRIT),
    "nexus": ("2024 May  1 10:00:00 nx1 %ETHPORT-5-IF_DOWN_LINK_FAILURE: Interface Ethernet1/1 is down", "nx1", "ETHPORT", NOTE),
    "xr": ("RP/0/RSP0/CPU0:May  1 10:00:00.123 : ifmgr[233]: %PKT_INFRA-LINK-3-UPDOWN : Interface is down", "", "ifmgr", ERR),
    "bare": ("%ASA-1-105005: (Primary) Lost Failover communications", "", "ASA", CRIT),
}  # fmt: skip


@pytest.mark.parametrize("name", CISCO)
def test_a_devices_message_has_its_severity_in_its_name(tmp_path: Path, name: str) -> None:
    line, host, unit, severity = CISCO[name]
    event = one(tmp_path, line)
    assert (event.format, event.host, event.unit, event.severity) == ("cisco", host, unit, severity)
    assert event.message.startswith(f"%{dict(event.fields)['name']}: ")
    assert (event.time and event.time.hour) == (None if name in ("bare", "ios uptime") else 10)


def test_the_clock_of_a_device_that_was_never_set_is_not_believed(tmp_path: Path) -> None:
    event = one(tmp_path, "May  1 2024 10:00:04 sw1 1235: *Mar  1 00:00:03.999: %LINK-3-UPDOWN: Interface Gi0/1 down")
    assert event.time is not None
    assert (event.time.month, event.time.hour) == (5, 10)


def test_a_percentage_is_no_device(tmp_path: Path) -> None:
    assert one(tmp_path, "May  1 10:00:00 web1 app[7]: 100%-3-x: done").format == "syslog"


# ---------------------------------------------------------------- security appliances

SECURITY = {
    "cef syslog": (
        r"May  1 10:00:00 fw1 CEF:0|Acme|Guard|1.0|100|worm stopped|10|src=192.0.2.1 dst=192.0.2.2 msg=Rule 7 \= no",
        *("cef", "worm stopped: Rule 7 = no", CRIT, "fw1", "Guard", {"src": "192.0.2.1", "vendor": "Acme", "signature": "100"}),
    ),
    "cef bare": (
        r"CEF:0|Acme|Guard|2.0|deny|denied \| twice|5|rt=1714557600000 dvchost=fw2 act=a b c",
        *("cef", "denied | twice", WARN, "fw2", "Guard", {"act": "a b c"}),
    ),
    "cef word": ("<134>May  1 10:00:00 fw1 CEF:1|Acme|WAF|3|sqli|injection|High|act=x", "cef", "injection", ERR, "fw1", "WAF", {}),
    "cef iso": ("2024-05-01T10:00:00Z fw1 CEF:0|Acme|WAF|3|ok|login|Low|suser=bob", "cef", "login", INFO, "fw1", "WAF", {}),
    "leef 1": (
        "LEEF:1.0|Acme|Mail|4|15345|devTime=May 01 2024 10:00:00\tsrc=192.0.2.1\tsev=5\tcat=anomaly\tusrName=joe d",
        *("leef", "anomaly", WARN, "", "Mail", {"usrName": "joe d"}),
    ),
    "leef 2": (
        "May  1 10:00:00 gw LEEF:2.0|Acme|Watch|1|41|^|src=192.0.2.1^sev=9^msg=odd",
        *("leef", "41: odd", CRIT, "gw", "Watch", {"src": "192.0.2.1"}),
    ),
    "leef hex": (
        "LEEF:2.0|Acme|IDS|1|scan|x09|devTime=1714557600000\tsev=2\tmsg=fine",
        *("leef", "scan: fine", INFO, "", "IDS", {}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SECURITY)
def test_a_security_event_is_read(tmp_path: Path, name: str) -> None:
    line, format, message, severity, host, unit, fields = SECURITY[name]
    event = one(tmp_path, line)
    assert (event.format, event.message, event.severity) == (format, message, severity)
    assert (event.host, event.unit, event.time and event.time.hour) == (host, unit, 10)
    assert fields.items() <= dict(event.fields).items()


def test_severities_in_ten_are_four() -> None:
    words = [str(number) for number in range(11)] + ["Medium", "Very-High", "", "eleven", "99"]
    levels = [INFO] * 4 + [WARN] * 3 + [ERR] * 2 + [CRIT] * 2 + [WARN, CRIT, NONE, NONE, CRIT]
    assert [severity_in_ten(word) for word in words] == levels


def test_security_events_of_another_severity_have_another_shape() -> None:
    cef = next(one for one in FORMATS if one.name == "cef")
    line = "CEF:0|Acme|Guard|1.0|7|blocked|{}|src=192.0.2.{}"
    assert len({cef.shape(line.format(*values).encode()) for values in ((3, 1), (3, 2), (9, 1))}) == 2


def test_a_line_that_speaks_of_cef_is_none(tmp_path: Path) -> None:
    assert one(tmp_path, "May  1 10:00:00 web1 app[7]: forwarding CEF: off").format == "syslog"
    assert one(tmp_path, "CEF:0|too|short").format == "plain"


# ---------------------------------------------------------------- hypervisors

HOSTD = """2024-05-01T10:00:00.123Z info hostd[2099] [Originator@6876 sub=Vimsvc.ha-eventmgr opID=ab7 user=root] Event 77 : logged in
2024-05-01T10:00:01.123Z error hostd[2101] [Originator@6876 sub=Hostsvc] Could not get nic
--> (vim.fault.NotFound) {
-->    msg = "error"
--> }
2024-05-01T10:00:02.123Z verbose vpxa[2102] [Originator@6876 sub=vpxaVmomi] polling
2024-05-01T10:00:03.123Z Er(163) Hostd[2103]: [Originator@6876 sub=Default] Cannot open
"""


def test_what_an_arrow_continues_belongs_to_the_line_above(tmp_path: Path) -> None:
    events = read(tmp_path, HOSTD)
    assert [(event.format, event.unit, event.severity, len(event.more)) for event in events] == [
        ("vmware", "hostd", INFO, 0),
        ("vmware", "hostd", ERR, 3),
        ("vmware", "vpxa", DEBUG, 0),
        ("vmware", "Hostd", ERR, 0),
    ]
    assert dict(events[0].fields) == {"sub": "Vimsvc.ha-eventmgr", "opID": "ab7", "user": "root"}


@pytest.mark.parametrize(
    ("rest", "unit", "severity"),
    [
        ('cpu3:2097660)ScsiDeviceIO: 3483: Cmd(0x45d9) to dev "naa.6" failed H:0x0', "vmkernel", ERR),
        ("cpu1:2097100)WARNING: NMP: nmp_Retry:133: awaiting fast path", "vmkernel", WARN),
        ("cpu1:2097100)ALERT: APEI: 300: Platform", "vmkernel", CRIT),
        ("In(182) vmkernel: cpu3:2097660)NetPort: 1580: enabled port", "vmkernel", INFO),
        ("Wa(180) vmkwarning: cpu3:2097660)WARNING: LSOM: slow", "vmkwarning", WARN),
    ],
)
def test_vmkernel_is_read(tmp_path: Path, rest: str, unit: str, severity: Severity) -> None:
    event = one(tmp_path, f"2024-05-01T10:00:00.123Z {rest}")
    assert (event.format, event.unit, event.severity) == ("vmkernel", unit, severity)
    assert "cpu" not in event.message


# ---------------------------------------------------------------- management controllers

SEL = """   1 | 05/01/2024 | 10:00:00 | Event Logging Disabled #0x72 | Log area reset/cleared | Asserted
   2 | 05/01/2024 | 10:00:01 | Power Supply #0x74 | Power Supply AC lost | Asserted
   3 | 05/01/2024 | 10:00:02 | Temperature Inlet Temp | Upper Critical going high | Asserted | Reading 45 > Threshold 42 degrees C
   4 | 05/01/2024 | 10:00:03 | Temperature #0x30 | Upper Critical going high | Deasserted
   5 | 05/01/24 | 10:00:04 UTC | Memory #0x02 | Uncorrectable ECC | Asserted
   6 | 05/01/2024 | 10:00:05 AM CET | Memory #0x02 | Correctable ECC | Asserted
   7 | 05/01/2024 | 10:00:06 | Fan #0x41 | Lower Non-critical going low  | Asserted
   a | Pre-Init  |0000000012| System Event | Timestamp Clock Sync | Asserted
"""


def test_rows_of_the_system_event_log_are_as_bad_as_what_was_asserted(tmp_path: Path) -> None:
    events = read(tmp_path, SEL)
    assert {event.format for event in events} == {"ipmi-sel"}
    assert [event.severity for event in events] == [INFO, ERR, ERR, NOTE, CRIT, WARN, WARN, INFO]
    assert [event.time and (event.time.month, event.time.day, event.time.hour) for event in events[:4]] == [
        (5, 1, 10)
    ] * 4
    assert [event.time_inferred for event in events[3:6]] == [True, False, False]
    assert events[-1].time is None
    assert events[2].message.endswith("Asserted | Reading 45 > Threshold 42 degrees C")
    assert dict(events[1].fields)["sensor"] == "Power Supply #0x74"


def test_a_table_with_bars_is_no_event_log(tmp_path: Path) -> None:
    assert one(tmp_path, "   1 | ann | 2024 | paid | yes").format == "plain"


# ---------------------------------------------------------------- phones

THREADTIME = """--------- beginning of main
05-01 10:00:00.123  1201  1203 I ActivityManager: Start proc 77
05-01 10:00:01.123  1201  1201 E AndroidRuntime: FATAL EXCEPTION: main
05-01 10:00:01.123  1201  1201 E AndroidRuntime: Process: com.shop, PID: 1201
05-01 10:00:01.123  1201  1201 E AndroidRuntime: java.lang.NullPointerException: no cart
05-01 10:00:01.124  1201  1201 E AndroidRuntime: \tat com.shop.Main.run(Main.java:7)
05-01 10:00:02.123   585   600 W System.err: java.io.IOException: no disk
05-01 10:00:02.123   585   600 W System.err: \tat com.shop.Disk.read(Disk.java:3)
05-01 10:00:02.123   999   999 W System.err: \tat com.other.Main.run(Main.java:7)
05-01 10:00:05.123  root   585   600 F DEBUG   : *** ***
"""


def test_a_crash_of_an_app_is_one_event(tmp_path: Path) -> None:
    _, start, crash, trace, other, tomb = read(tmp_path, THREADTIME)
    assert (start.unit, start.pid, start.severity) == ("ActivityManager", 1201, INFO)
    assert (len(crash.more), crash.message) == (3, "FATAL EXCEPTION: main java.lang.NullPointerException: no cart")
    assert (len(trace.more), trace.pid, len(other.more), other.pid) == (1, 585, 0, 999)
    assert (tomb.unit, tomb.severity, tomb.time and tomb.time.second) == ("DEBUG", Severity.FATAL, 5)


@pytest.mark.parametrize(
    ("line", "hour"),
    [
        ("W/dalvikvm( 1201): thread exiting", None),
        ("05-01 10:00:00.123 W/dalvikvm( 1201): thread exiting", 10),
        ("2024-05-01 10:00:00.123 +0000  1201  1203 W dalvikvm: thread exiting", 10),
    ],
    ids="brief time year".split(),
)
def test_every_form_of_logcat_is_read(tmp_path: Path, line: str, hour: int | None) -> None:
    event = one(tmp_path, line)
    assert (event.format, event.unit, event.pid, event.severity) == ("logcat", "dalvikvm", 1201, WARN)
    assert (event.message, event.time and event.time.hour) == ("thread exiting", hour)
