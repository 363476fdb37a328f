"""Writes docs/config.md from the descriptions in edgeops/config.py: `python packaging/config_page.py > docs/config.md`."""

from __future__ import annotations

import json
import sys
from typing import Any

from edgeops import config

_HEAD = r"""# Settings

Written by `packaging/config_page.py` from `edgeops/config.py`; do not edit.

Settings stand in `config.toml` in the configuration directory (`$XDG_CONFIG_HOME/edgeops`, usually
`~/.config/edgeops`; or `$EDGEOPS_HOME`). A variable of the environment wins over the file: `[model] threads = 2` is
`EDGEOPS_MODEL__THREADS=2`, and `lang = "zh"` is `EDGEOPS_LANG=zh`; parts of a list are divided by `:`. All settings have
defaults, and a setting that does not exist or a value that is not allowed is refused.

A log format of your own is a table of its own (single quotes keep backslashes):

```toml
[[formats]]
name = "press"
pattern = '(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d);(?P<level>\w+);(?P<message>.*)'
sample = '2026-03-01 10:15:00;warn;paper is low'
```

| variable of the environment | does |
|---|---|
| `EDGEOPS_HOME` | one directory for settings, models, store, cache and state, in place of the XDG directories |
| `EDGEOPS_DEBUG=1` | shows the trace of an unexpected error in place of one sentence |
| `NO_COLOR`, `COLUMNS` | as everywhere: no colours; the width of the terminal |
"""


def page() -> str:
    """The page in Markdown."""
    parts = [_HEAD]
    section = None
    for setting in config.settings().values():
        name = setting.key.partition(".")[0] if "." in setting.key else ""
        if name != section:
            section = name
            parts.append(_heading(name))
        key = setting.key.rpartition(".")[2]
        parts.append(f"| `{key}` | `{_toml(setting.default)}` | {setting.allowed} | {setting.text} |\n")
    return "".join(parts)


def _heading(section: str) -> str:
    doc = getattr(config.Config(), section).__doc__ if section else "Outside any section."
    title = f"[{section}]" if section else "Top level"
    return f"\n## {title}\n\n{doc}\n\n| setting | default | allowed | does |\n|---|---|---|---|\n"


def _toml(value: Any) -> str:
    return json.dumps(value)


if __name__ == "__main__":
    sys.stdout.write(page())
