"""The Windows event log as text, as tables of PowerShell, and as comma-separated values."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeops.intake.formats.table import TABLE
from edgeops.records import Event, Severity

from .opened import events_of, opened, written

INFO, WARN, ERR, CRIT = Severity.INFO, Severity.WARNING, Severity.ERROR, Severity.CRITICAL


def read(tmp_path: Path, text: str) -> list[Event]:
    return events_of(opened(written(tmp_path / "a.log", text.encode())))


TEXT = """Event[0]:
  Log Name: System
  Source: Service Control Manager
  Date: 2024-05-01T10:00:00.1230000Z
  Event ID: 7031
  Task: N/A
  Level: Error
  Keyword: Classic
  User Name: N/A
  Computer: srv1.shop.example
  Description:
The Print Spooler service terminated unexpectedly.

Event[1]:
  Log Name: Security
  Source: Microsoft-Windows-Security-Auditing
  Date: 2024-05-01T10:00:02.456
  Event ID: 4625
  Level: Information
  Keyword: Audit Failure
  Computer: srv1.shop.example
  Description:
An account was not logged on.

Subject:
	Account Name:		bob

Event[2]
  Log Name: System
  Source: disk
  Date: 2024-05-01T10:00:03.4560000Z
  Event ID: 7
  Level: Critical
  Computer: srv1.shop.example
  Description:
The device has a bad block.
""".replace("Description:", "Description: ")


def test_a_stanza_is_one_event(tmp_path: Path) -> None:
    events = read(tmp_path, TEXT)
    assert [(event.format, event.unit, event.severity) for event in events] == [
        ("windows-event", "Service Control Manager", ERR),
        ("windows-event", "Microsoft-Windows-Security-Auditing", INFO),
        ("windows-event", "disk", CRIT),
    ]
    assert {event.host for event in events} == {"srv1.shop.example"}
    assert events[1].message == "An account was not logged on. Subject: Account Name:\t\tbob"
    assert dict(events[0].fields) == {"log": "System", "event_id": "7031", "keywords": "Classic"}
    assert [event.time and event.time.hour for event in events] == [10, 10, 10]
    assert [event.time_inferred for event in events] == [False, True, False]


def test_stanzas_that_differ_in_an_entry_that_matters_have_another_shape(tmp_path: Path) -> None:
    reader = opened(written(tmp_path / "a.log", TEXT.encode()))
    list(reader.blocks())
    lines = TEXT.encode().split(b"\n")[:12]

    def shape(old: bytes, new: bytes) -> bytes:
        return reader.whole([raw.replace(old, new) for raw in lines])

    assert shape(b"10:00:00", b"11:00:00") == shape(b"", b"") == shape(b"[0]", b"[7]")
    assert len({shape(b"", b""), shape(b"Error", b"Warning"), shape(b"7031", b"7032")}) == 3


LOG_TABLE = """
   Index Time          EntryType   Source                 InstanceID Message
   ----- ----          ---------   ------                 ---------- -------
    5003 May 01 10:03  Information Service Control M...   1073748860 The Update service entered the running state.
    5002 May 01 10:02  Error       Service Control M...   3221232503 The Spooler service terminated
    5001 May 01 10:01  Warning     Time-Service                  134 NtpClient is late
    5000 May 01 10:00  FailureAudit Security               4625 An account failed
"""
EVENT_TABLE = """

   ProviderName: Service Control Manager

TimeCreated                      Id LevelDisplayName Message
-----------                      -- ---------------- -------
5/1/2024 10:03:00 AM           7036 Information      The Update service entered the running state.
5/1/2024 10:02:00 AM           7031 Error            The Spooler service terminated
"""


def test_rows_that_powershell_prints_are_events(tmp_path: Path) -> None:
    rows = [event for event in read(tmp_path, LOG_TABLE) if event.format == "windows-eventlog"]
    assert [event.severity for event in rows] == [INFO, ERR, WARN, WARN]
    assert [event.time and event.time.minute for event in rows] == [3, 2, 1, 0]
    assert (rows[2].unit, rows[2].message) == ("Time-Service", "NtpClient is late")
    rows = [event for event in read(tmp_path, EVENT_TABLE) if event.format == "windows-winevent"]
    assert [(event.severity, dict(event.fields)["event_id"]) for event in rows] == [(INFO, "7036"), (ERR, "7031")]
    assert [event.time and (event.time.month, event.time.day) for event in rows] == [(5, 1), (5, 1)]


EXPORTED = """"Message","Id","Level","ProviderName","ProcessId","MachineName","TimeCreated","LevelDisplayName"
"The Spooler service terminated.","7031","2","Service Control Manager","700","srv1","5/1/2024 10:00:01 AM","Error"
"The system has rebooted, without ""cleanly"" shutting down.
This error could be caused if it crashed,
""or"" lost power.","41","1","Kernel-Power","4","srv1","5/1/2024 10:02:01 AM","Critical"
"Started","12","4","Kernel-General","4","srv1","5/1/2024 10:03:01 AM","信息"
"""
VIEWER = """Level,Date and Time,Source,Event ID,Task Category
Error,5/1/2024 10:00:01 AM,Service Control Manager,7031,None,The Spooler service terminated.
Information,5/1/2024 10:00:02 AM,Service Control Manager,7036,None,"The Update service entered
the running state, at last."
"""
APPLIANCE = """Date,Time,Severity,Host,Message
2024-05-01,10:00:00,warning,ups1,On battery
2024-05-01,10:00:05,critical,ups1,Battery low
"""


def test_a_quoted_value_may_run_over_lines(tmp_path: Path) -> None:
    header, *events = read(tmp_path, EXPORTED)
    assert header.format == "plain"
    assert [(event.format, event.severity, len(event.more)) for event in events] == [
        ("csv", ERR, 0),
        ("csv", CRIT, 2),
        ("csv", INFO, 0),
    ]
    assert events[1].message.startswith('The system has rebooted, without "cleanly" shutting down. This error')
    assert (events[1].unit, events[1].pid, events[1].host) == ("Kernel-Power", 4, "srv1")
    assert [event.time and (event.time.month, event.time.hour) for event in events] == [(5, 10)] * 3
    assert dict(events[1].fields)["id"] == "41"


@pytest.mark.parametrize(
    ("text", "messages", "severities"),
    [
        (
            VIEWER,
            ["The Spooler service terminated.", "The Update service entered the running state, at last."],
            [ERR, INFO],
        ),
        (APPLIANCE, ["On battery", "Battery low"], [WARN, CRIT]),
    ],
    ids=["viewer", "appliance"],
)
def test_a_first_row_names_the_columns(
    tmp_path: Path, text: str, messages: list[str], severities: list[Severity]
) -> None:
    events = read(tmp_path, text)[1:]
    assert [event.message for event in events] == messages
    assert [event.severity for event in events] == severities
    assert [event.time and event.time.hour for event in events] == [10, 10]


@pytest.mark.parametrize(
    "header", [b"name,age,city", b"time,price,volume", b"2024-05-01 10:00:00,123 INFO a, b, c", b"date,message", b""]
)
def test_other_tables_are_no_logs(header: bytes) -> None:
    assert TABLE.fit([header, b"2024-05-01,1,2"]) is None


def test_a_row_that_is_no_row_is_shown_as_it_is(tmp_path: Path) -> None:
    events = read(tmp_path, EXPORTED + '"never closed\n')
    assert (events[-1].format, events[-1].line.text) == ("plain", '"never closed')
