"""The log formats that edgeops knows; they enter by the same door as a plugin's."""

from __future__ import annotations

from collections.abc import Iterable

from edgeops.hooks import Format, implementation
from edgeops.intake.formats.container import CRI
from edgeops.intake.formats.json_lines import JOURNAL, JSON
from edgeops.intake.formats.kernel import KERNEL
from edgeops.intake.formats.layout import LAYOUT
from edgeops.intake.formats.logfmt import LOGFMT
from edgeops.intake.formats.plain import KLOG, PLAIN, PYTHON
from edgeops.intake.formats.postgres import POSTGRES, POSTGRES_CSV
from edgeops.intake.formats.syslog import JOURNAL_FULL, RFC5424, SYSLOG, SYSLOG_ISO
from edgeops.intake.formats.web import ACCESS, APACHE_ERROR, NGINX_ERROR


@implementation
def edgeops_formats() -> Iterable[Format]:
    """Most particular first; the learnt layout and the bare lines come last."""
    return (
        *(POSTGRES, POSTGRES_CSV),
        *(JOURNAL, JSON, CRI, RFC5424, SYSLOG, JOURNAL_FULL, SYSLOG_ISO),
        *(NGINX_ERROR, APACHE_ERROR, ACCESS, KERNEL, KLOG, LOGFMT, PYTHON, LAYOUT, PLAIN),
    )
