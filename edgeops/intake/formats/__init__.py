"""The log formats that edgeops knows; they enter by the same door as a plugin's."""

from __future__ import annotations

from collections.abc import Iterable

from edgeops.hooks import Format, implementation
from edgeops.intake.formats.android import BRIEF, THREADTIME
from edgeops.intake.formats.appservers import GLASSFISH, JBOSS, JUL, TOMCAT, WEBLOGIC, WEBSPHERE
from edgeops.intake.formats.audit import AUDIT
from edgeops.intake.formats.cisco import CISCO
from edgeops.intake.formats.cluster import KUBERNETES_EVENTS
from edgeops.intake.formats.container import Compose, Cri, DockerJson
from edgeops.intake.formats.esxi import VMKERNEL, VMWARE, VPX
from edgeops.intake.formats.haproxy import HAPROXY
from edgeops.intake.formats.ipmi import IPMI
from edgeops.intake.formats.java import ACTIVEMQ, ELASTIC, JVM, KAFKA, OTEL_AGENT, ZOOKEEPER
from edgeops.intake.formats.json_lines import JOURNAL, JSON
from edgeops.intake.formats.kernel import KERNEL
from edgeops.intake.formats.layout import LAYOUT
from edgeops.intake.formats.logfmt import LOGFMT
from edgeops.intake.formats.mongodb import MONGODB
from edgeops.intake.formats.mysql import MYSQL_ERROR, MYSQL_GENERAL, MYSQL_SLOW
from edgeops.intake.formats.named import BIND, CHARON
from edgeops.intake.formats.packages import APT_HISTORY, APT_TERMINAL, CLOUD_INIT, DPKG, YUM
from edgeops.intake.formats.php import MONOLOG, PHP
from edgeops.intake.formats.plain import KLOG, PLAIN, PYTHON
from edgeops.intake.formats.postgres import POSTGRES
from edgeops.intake.formats.postgres_csv import POSTGRES_CSV
from edgeops.intake.formats.proxies import BUCKET, ENVOY, LOAD_BALANCER, SQUID, SQUID_CACHE, UWSGI
from edgeops.intake.formats.rabbitmq import ERLANG_REPORT, RABBITMQ
from edgeops.intake.formats.redis import REDIS
from edgeops.intake.formats.samba import SAMBA
from edgeops.intake.formats.security import CEF, LEEF
from edgeops.intake.formats.syslog import JOURNAL_FULL, RFC5424, SYSLOG, SYSLOG_ISO
from edgeops.intake.formats.table import TABLE
from edgeops.intake.formats.vendors import ALERTS, COCKROACH, DB2, SQL_SERVER
from edgeops.intake.formats.w3c import W3C
from edgeops.intake.formats.web import ACCESS, APACHE_ERROR, NGINX_ERROR
from edgeops.intake.formats.windows import EVENT_LOG_ROW, EVENT_TEXT, WIN_EVENT_ROW


@implementation
def edgeops_formats() -> Iterable[Format]:
    """Most particular first; the learnt layout and the bare lines come last."""
    programs = (
        *(
            KUBERNETES_EVENTS,
            AUDIT,
            CEF,
            LEEF,
            CISCO,
            CHARON,
            YUM,
            SAMBA,
            VMKERNEL,
            VMWARE,
            VPX,
            IPMI,
            THREADTIME,
            BRIEF,
        ),
        *(EVENT_TEXT, EVENT_LOG_ROW, WIN_EVENT_ROW, TABLE, BIND, DPKG, APT_HISTORY, APT_TERMINAL, CLOUD_INIT),
        *(POSTGRES, POSTGRES_CSV, MYSQL_ERROR, MYSQL_SLOW, MYSQL_GENERAL, REDIS, MONGODB, RABBITMQ, ERLANG_REPORT),
        *(ALERTS, SQL_SERVER, DB2, COCKROACH, ELASTIC, KAFKA, ZOOKEEPER, ACTIVEMQ, JVM, OTEL_AGENT, MONOLOG, PHP),
        *(JBOSS, WEBLOGIC, WEBSPHERE, GLASSFISH, TOMCAT, JUL),
        *(HAPROXY, SQUID, SQUID_CACHE, ENVOY, LOAD_BALANCER, BUCKET, UWSGI, W3C),
        *(JOURNAL, JSON, RFC5424, SYSLOG, JOURNAL_FULL, SYSLOG_ISO),
        *(NGINX_ERROR, APACHE_ERROR, ACCESS, KERNEL, KLOG, LOGFMT, PYTHON, LAYOUT),
    )
    return (DockerJson(programs), Cri(programs), Compose(programs), *programs, PLAIN)
