"""Formats of hosts and their daemons: auth, mail, cron, name server, VPN, audit, packages, files shared, the kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeops.intake.formats.details import details
from edgeops.records import Event, Severity

from .opened import FORMATS, events_of, opened, written

SYSLOG = "May  1 10:00:00 web1 "


def read(tmp_path: Path, text: str) -> list[Event]:
    return events_of(opened(written(tmp_path / "a.log", text.encode())))


def one(tmp_path: Path, line: str) -> Event:
    return read(tmp_path, line + "\n")[0]


# ---------------------------------------------------------------- daemons behind syslog

NAMED = {
    "sshd accepted": (
        "sshd[7]: Accepted publickey for deploy from 192.0.2.10 port 50122 ssh2: ED25519 SHA256:q",
        Severity.NONE,
        {"method": "publickey", "user": "deploy", "ip": "192.0.2.10", "port": "50122"},
    ),
    "sshd failed": (
        "sshd[7]: Failed password for invalid user admin from 2001:db8::7 port 41022 ssh2",
        Severity.WARNING,
        {"user": "admin", "ip": "2001:db8::7"},
    ),
    "sudo": (
        "sudo:   alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/systemctl restart nginx",
        Severity.NONE,
        {"user": "alice", "target": "root", "command": "/usr/bin/systemctl restart nginx"},
    ),
    "sudo refused": (
        "sudo:     bob : 3 incorrect password attempts ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/bash",
        Severity.WARNING,
        {"user": "bob", "command": "/bin/bash"},
    ),
    "sudo stranger": (
        "sudo:     bob : user NOT in sudoers ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
        Severity.WARNING,
        {"user": "bob"},
    ),
    "cron": (
        "CRON[51]: (root) CMD (cd / && run-parts --report /etc/cron.hourly)",
        Severity.NONE,
        {"user": "root", "action": "CMD", "command": "cd / && run-parts --report /etc/cron.hourly"},
    ),
    "cron owner": ("cron[7]: (*system*x) WRONG FILE OWNER (/etc/cron.d/x)", Severity.WARNING, {"action": "WRONG FILE OWNER"}),
    "postfix sent": (
        "postfix/smtp[9]: 4F1A2B3C4D: to=<ann@shop.example>, relay=mx.shop.example[192.0.2.9]:25, delay=1, dsn=2.0.0, status=sent (250 ok)",
        Severity.NONE,
        {"queue": "4F1A2B3C4D", "to": "ann@shop.example", "dsn": "2.0.0", "status": "sent"},
    ),
    "postfix deferred": (
        "postfix/smtp[9]: 4F1A2B3C4D: to=<ann@far.example>, relay=none, dsn=4.4.1, status=deferred (connect to far.example: Connection timed out)",
        Severity.WARNING,
        {"status": "deferred", "relay": "none"},
    ),
    "postfix fatal": ("postfix/smtpd[9]: fatal: open database /etc/aliases.db: No such file", Severity.FATAL, {}),
    "named": (
        "named[7]: client @0x7f2a 192.0.2.3#4411 (x.example): query (cache) 'x.example/A/IN' denied",
        Severity.ERROR,
        {"client": "192.0.2.3", "port": "4411", "query": "x.example"},
    ),
    "named zone": ("named[7]: zone shop.example/IN: not loaded due to errors.", Severity.ERROR, {"zone": "shop.example"}),
    "charon": (
        "charon: 05[IKE] <office|3> giving up after 5 retransmits",
        Severity.ERROR,
        {"subsystem": "IKE", "connection": "office|3"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_what_a_daemon_names_becomes_fields(tmp_path: Path, name: str) -> None:
    line, severity, fields = NAMED[name]
    event = one(tmp_path, SYSLOG + line)
    assert (event.format, event.host, event.severity) == ("syslog", "web1", severity)
    assert fields.items() <= dict(event.fields).items()


def test_a_devices_line_among_others_keeps_the_severity_of_its_name(tmp_path: Path) -> None:
    text = f"{SYSLOG}app[7]: up\n" * 4 + f"{SYSLOG}rpd[7]: %DAEMON-4-RPD_BGP_STATE: BGP peer 192.0.2.1 changed state\n"
    event = read(tmp_path, text)[-1]
    assert (event.format, event.unit, event.severity) == ("syslog", "rpd", Severity.WARNING)
    assert dict(event.fields) == {"name": "DAEMON-4-RPD_BGP_STATE"}


def test_other_units_name_nothing() -> None:
    assert details("shop", "from 192.0.2.7 port 7: Accepted password for x from 192.0.2.7") == ()


# ---------------------------------------------------------------- files of their own

BIND = """01-May-2024 10:00:00.123 general: info: zone shop.example/IN: loaded serial 7
01-May-2024 10:00:01.123 client: error: client @0x7f1 192.0.2.7#531 (a.example): query failed (SERVFAIL) for a.example/IN/A
01-May-2024 10:00:02.123 resolver: debug 3: resquery 0x7 (fctx 0x8): response
"""


def test_a_name_servers_file_has_categories_and_levels(tmp_path: Path) -> None:
    events = read(tmp_path, BIND)
    assert [(event.unit, event.severity) for event in events] == [
        ("named", Severity.INFO),
        ("named", Severity.ERROR),
        ("named", Severity.DEBUG),
    ]
    assert dict(events[1].fields) == {"category": "client", "client": "192.0.2.7", "port": "531", "query": "a.example"}
    assert events[0].time is not None
    assert events[0].time.microsecond == 123000


def test_tomcats_stamp_is_not_the_name_servers(tmp_path: Path) -> None:
    assert one(tmp_path, "01-May-2024 10:00:00.123 INFO [main] org.shop.Cart.add up").format != "bind"


@pytest.mark.parametrize("stamp", ["May  1 10:00:00 ", "2024-05-01 10:00:00 ", "2024-05-01T10:00:00.5+00:00 ", ""])
def test_charons_file_is_read_with_any_stamp(tmp_path: Path, stamp: str) -> None:
    event = one(tmp_path, f"{stamp}07[IKE] <office|3> received AUTHENTICATION_FAILED notify error")
    assert (event.format, event.unit, event.severity) == ("charon", "charon", Severity.ERROR)
    assert event.message == "received AUTHENTICATION_FAILED notify error"
    assert dict(event.fields) == {"thread": "07", "subsystem": "IKE", "connection": "office|3"}
    assert (event.time.hour if event.time else None) == (10 if stamp else None)


SAMBA = """[2024/05/01 10:00:00.123456,  0] ../../source3/smbd/server.c:1784(main)
  smbd version 4.17.12 started.
  Copyright Andrew Tridgell and the Samba Team 1992-2022
[2024/05/01 10:00:01,  0, pid=4501, effective(0, 0), real(0, 0)] ../../lib/util/fault.c:174(smb_panic_log)
  INTERNAL ERROR: Signal 11 in pid 4501
[2024/05/01 10:00:02.5,  3, pid=77, class=auth] ../../source3/auth/auth.c:200(check)
  Authentication for user [bob] FAILED with error NT_STATUS_WRONG_PASSWORD
[2024/05/01 10:00:03,  5] ../../source3/auth/auth.c:210(check)
  looking
"""


def test_samba_says_on_indented_lines_what_its_header_announces(tmp_path: Path) -> None:
    events = read(tmp_path, SAMBA)
    assert [(event.format, len(event.more), event.severity) for event in events] == [
        ("samba", 2, Severity.INFO),
        ("samba", 1, Severity.ERROR),
        ("samba", 1, Severity.WARNING),
        ("samba", 1, Severity.DEBUG),
    ]
    assert (events[1].message, events[1].pid) == ("INTERNAL ERROR: Signal 11 in pid 4501", 4501)
    assert dict(events[2].fields)["class"] == "auth"


def test_samba_messages_of_another_level_or_place_have_another_shape() -> None:
    samba = next(one for one in FORMATS if one.name == "samba")
    line = "[2024/05/01 10:00:0{0},  {1}, pid={0}] ../../lib/util/fault.c:{2}(main)"
    shapes = {samba.shape(line.format(*values).encode()) for values in ((1, 0, 7), (2, 0, 7), (1, 5, 7), (1, 0, 8))}
    assert len(shapes) == 3


# ---------------------------------------------------------------- audit

AUDIT = """type=SYSCALL msg=audit(1714557600.123:451): arch=c000003e syscall=257 success=no exit=-13 ppid=12 pid=1201 uid=33 comm="nginx" exe="/usr/sbin/nginx" key="shadow"
type=CWD msg=audit(1714557600.123:451): cwd="/srv"
type=PATH msg=audit(1714557600.123:451): item=0 name="/etc/shadow" inode=131 mode=0100000
type=AVC msg=audit(1714557600.123:452): avc:  denied  { read } for  pid=7 comm="nginx" name="x" scontext=a:b:c:s0 tclass=file permissive=0
type=SYSCALL msg=audit(1714557600.123:452): arch=c000003e syscall=2 success=no exit=-13 pid=7 comm="nginx"
type=USER_LOGIN msg=audit(1714557602.001:453): pid=33 uid=0 msg='op=login acct="admin" exe="/usr/sbin/sshd" hostname=? addr=203.0.113.7 terminal=ssh res=failed'
type=SERVICE_START msg=audit(1714557603.500:454): pid=1 uid=0 msg='unit=nginx comm="systemd" res=success'
node=web3 type=LOGIN msg=audit(1714557607.500:458): pid=77 uid=0 auid=0 res=1
type=USER_CMD msg=audit(1714557610.100:460): pid=99 msg='cwd="/" cmd=6C73 res=success'\x1dUID="alice"
"""


def test_records_of_one_serial_are_one_event(tmp_path: Path) -> None:
    events = read(tmp_path, AUDIT)
    assert [(event.format, len(event.more)) for event in events] == [("audit", n) for n in (2, 1, 0, 0, 0, 0)]
    first = dict(events[0].fields)
    assert (first["name"], first["cwd"], first["key"], first["serial"]) == ("/etc/shadow", "/srv", "shadow", "451")
    assert events[0].pid == 1201
    assert events[0].time is not None
    assert (events[0].time.hour, events[0].time_inferred) == (10, False)


def test_an_audit_event_is_as_bad_as_its_result(tmp_path: Path) -> None:
    wanted = [Severity.WARNING, Severity.ERROR, Severity.WARNING, *[Severity.INFO] * 3]
    assert [event.severity for event in read(tmp_path, AUDIT)] == wanted


def test_what_tells_most_of_an_audit_event_is_its_message(tmp_path: Path) -> None:
    events = read(tmp_path, AUDIT)
    assert events[1].message.startswith("AVC avc:  denied  { read } for  pid=7")
    assert events[2].message.startswith('USER_LOGIN op=login acct="admin"')
    assert "hostname" not in dict(events[2].fields)
    assert (events[4].host, dict(events[5].fields)["UID"], dict(events[5].fields)["cmd"]) == ("web3", "alice", "ls")
    assert "\x1d" not in events[5].message


def test_audit_shapes_keep_the_result_and_drop_what_varies() -> None:
    audit = next(one for one in FORMATS if one.name == "audit")
    line = 'type=LOGIN msg=audit(171.{0}:4{0}): pid={0} a0=7ffe{1}{0} comm="x" res={2}'
    shapes = {audit.shape(line.format(*values).encode()) for values in ((1, "a", 1), (2, "b", 1), (3, "c", 0))}
    assert len(shapes) == 2


# ---------------------------------------------------------------- packages

APT = """
Start-Date: 2024-05-01  10:00:00
Commandline: apt-get install -y nginx
Requested-By: alice (1000)
Install: nginx:amd64 (1.22.1-9), nginx-common:amd64 (1.22.1-9, automatic)
End-Date: 2024-05-01  10:00:09

Start-Date: 2024-05-01  10:30:00
Commandline: apt-get upgrade
Upgrade: libc6:amd64 (2.36-9, 2.36-10)
Error: Sub-process /usr/bin/dpkg returned an error code (1)
End-Date: 2024-05-01  10:31:00
"""
TERMINAL = """Log started: 2024-05-01  10:00:00
Setting up nginx (1.22.1-9) ...
dpkg: error processing package nginx (--configure):
 installed nginx package post-installation script subprocess returned error exit status 1
Log ended: 2024-05-01  10:00:09
"""


def test_a_run_of_apt_is_one_event(tmp_path: Path) -> None:
    _, good, bad = read(tmp_path, APT)
    assert (good.format, good.message, good.severity) == ("apt-history", "apt-get install -y nginx", Severity.INFO)
    assert bad.message == "apt-get upgrade: Sub-process /usr/bin/dpkg returned an error code (1)"
    assert (bad.severity, bad.time and bad.time.minute) == (Severity.ERROR, 30)
    assert dict(good.fields)["requested-by"] == "alice (1000)"


def test_apts_terminal_says_when_it_began(tmp_path: Path) -> None:
    reader = opened(written(tmp_path / "term.log", TERMINAL.encode()))
    block = next(iter(reader.blocks()))
    time = reader.time_before(block, 2)
    assert reader.format.name == "apt-term"
    assert time is not None
    assert (time.day, time.hour) == (1, 10)
    assert Severity.ERROR in {event.severity for event in read(tmp_path, TERMINAL)}


@pytest.mark.parametrize(
    ("line", "format", "unit", "severity", "fields"),
    [
        ("2024-05-01 10:00:00 status half-installed nginx:amd64 1.22", "dpkg", "dpkg", Severity.INFO, {"state": "half-installed", "package": "nginx:amd64"}),
        ("2024-05-01 10:00:00 upgrade liberror-perl:all 0.1 0.2", "dpkg", "dpkg", Severity.INFO, {"action": "upgrade"}),
        ("May 01 10:00:00 Installed: nginx-1.20.1-1.el7.x86_64", "yum", "yum", Severity.INFO, {"package": "nginx-1.20.1-1.el7.x86_64"}),
        ("2024-05-01T10:00:00+0000 DDEBUG Cleaning up.", "layout", "", Severity.DEBUG, {}),
        ("2024-05-01 10:00:00,123 - util.py[WARNING]: Failed to run module", "cloud-init", "util.py", Severity.WARNING, {}),
    ],
    ids="dpkg-status dpkg-upgrade yum dnf cloud-init".split(),
)  # fmt: skip
def test_package_managers_are_read(
    tmp_path: Path, line: str, format: str, unit: str, severity: Severity, fields: dict[str, str]
) -> None:
    event = one(tmp_path, line)
    assert (event.format, event.unit, event.severity, event.time and event.time.hour) == (format, unit, severity, 10)
    assert fields.items() <= dict(event.fields).items()


def test_a_build_that_says_installed_is_not_yums(tmp_path: Path) -> None:
    assert one(tmp_path, "May 01 10:00:00 web1 app[7]: Installed: x").format == "syslog"


# ---------------------------------------------------------------- kernel

KERNEL = {
    "boot": ("[   12.345678] eth0: link up", None, False),
    "date": ("[Wed May  1 10:00:00 2024] eth0: link up", 10, True),
    "iso": ("2024-05-01T10:00:00,123456+00:00 eth0: link up", 10, False),
    "prefix": ("kern  :info  : [   12.345678] eth0: link up", None, False),
    "prefix date": ("daemon:notice: [Wed May  1 10:00:00 2024] eth0: link up", 10, True),
    "prefix iso": ("kern  :warn  : 2024-05-01T10:00:00,123456+00:00 eth0: link up", 10, False),
}


@pytest.mark.parametrize("name", KERNEL)
def test_every_form_of_dmesg_is_the_kernels(tmp_path: Path, name: str) -> None:
    line, hour, inferred = KERNEL[name]
    event = one(tmp_path, line)
    assert (event.format, event.unit, event.message) == ("kernel", "kernel", "eth0: link up")
    if hour is None:
        assert event.time is None or event.time_inferred
    else:
        assert (event.time and event.time.hour, event.time_inferred) == (hour, inferred)


def test_times_that_dmesg_shows_to_people_go_on_from_the_last_whole_one(tmp_path: Path) -> None:
    reader = opened(written(tmp_path / "d", b"[May01 10:07] eth0: up\n[  +0.000012] eth0: down\n"))
    block = next(iter(reader.blocks()))
    event, time = reader.event(block.line("", 0)), reader.time_before(block, 1)
    assert event.time is not None
    assert (event.time.month, event.time.day, event.time.minute) == (5, 1, 7)
    assert time == event.time
    assert reader.event(block.line("", 1)).message == "eth0: down"
