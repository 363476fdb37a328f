"""What the app says, in English and Chinese: one table, so that neither is forgotten."""

from __future__ import annotations

import string

from edgeops.text import counted
from edgeops.tui import ask_phrases, knowledge_phrases, log_phrases, model_phrases, watch_phrases, welcome_phrases

TABLE: dict[str, tuple[str, str]] = {
    "incidents": ("Incidents", "事件"),
    "logs": ("Logs", "日志"),
    "help": ("Help", "帮助"),
    "kinds": ("Templates", "模板"),
    "incident": ("Incident", "事件"),
    "reading": ("reading {what}", "正在读取 {what}"),
    "read": ("{sources:log}, {lines:line} read", "已读取 {sources} 个日志，共 {lines} 行"),
    "none": (
        "Nothing wrong found here, and nothing was explained before. Press 2 to look at the logs.",
        "未发现问题，也没有以往的记录。按 2 查看日志。",
    ),
    "no_paths": (
        "No log was named: edgeops tui PATH… opens files, directories and archives.",
        "未指定日志：用 edgeops tui 路径… 打开文件、目录或归档。",
    ),
    "now": ("found now", "本次发现"),
    "before": ("explained before", "以往解释过"),
    "open": ("open", "未解释"),
    "explained": ("explained", "已解释"),
    "resolved": ("resolved", "已解决"),
    "known": ("known", "已知"),
    "reasoned": ("reasoned", "推断"),
    "insufficient": ("insufficient", "证据不足"),
    "known_is": ("a rule or a past fix knows this; no model was used", "规则或以往的修复知道此故障；未使用模型"),
    "reasoned_is": ("written by the model {model}, checked against the lines", "由模型 {model} 写出，并与日志行核对"),
    "insufficient_is": ("the evidence does not carry an answer", "现有证据不足以得出结论"),
    "certain": ("certainty {value:.0%}", "把握 {value:.0%}"),
    "abstain": ("I do not know why: {reason}.", "无法确定原因：{reason}。"),
    "why": ("Why", "原因"),
    "checks": ("Check", "检查"),
    "fixes": ("Fix (you decide; nothing is run; y copies)", "修复（由您决定，不会执行；y 复制）"),
    "confirm": ("To be sure", "如何确认"),
    "collect": ("What would help", "还需要什么"),
    "unproved": ("Not borne out by any line", "在日志中没有依据"),
    "left_out": (
        "Left out: {lines} more lines of {kinds} kinds; X gives more.",
        "未列出：另有 {kinds} 类共 {lines} 行；按 X 显示更多。",
    ),
    "lines": ("Lines (Enter opens one in its file)", "日志行（Enter 在文件中打开）"),
    "times": ("{count:time}", "{count} 次"),
    "read_risk": ("reads only", "只读"),
    "modify_risk": ("changes the system", "会更改系统"),
    "dangerous_risk": ("DANGEROUS", "危险"),
    "hand": ("by hand", "人工操作"),
    "missing": ("fill in {names}", "请填写 {names}"),
    "explaining": ("explaining… esc stops", "正在解释… esc 停止"),
    "loading": ("the model is loaded", "正在加载模型"),
    "prompt_read": ("the model reads {done} of {total} tokens", "模型正在读取 {done}/{total} 个词元"),
    "chooses": ("the model weighs what fits", "模型正在权衡"),
    "stopping": ("stopping the model…", "正在停止模型…"),
    "stopped": ("Stopped.", "已停止。"),
    "needs_reading": (
        "This was explained before; its logs were not read now. Open them with edgeops tui PATH to explain it anew.",
        "这是以往的解释，本次未读取其日志。用 edgeops tui 路径 打开后可重新解释。",
    ),
    "busy": ("The model is at work; esc stops it.", "模型正在工作；esc 停止。"),
    "copied": ("Copied: {what}", "已复制：{what}"),
    "nothing_to_copy": ("There is nothing to copy here.", "此处没有可复制的内容。"),
    "no_source": ("{source} is not among the opened logs.", "{source} 不在已打开的日志中。"),
    "no_line": ("{source} has no line {line} any more.", "{source} 已没有第 {line} 行。"),
    "no_logs": ("No log is open. edgeops tui PATH… opens some.", "没有打开的日志。用 edgeops tui 路径… 打开。"),
    "not_opened": ("Not opened: {source}: {reason}", "未打开：{source}：{reason}"),
    "part_shown": ("{shown} of {all} files", "{all} 个文件中的 {shown} 个"),
    "too_many": (
        "{count} logs are too many for one view; the first {most} are shown.",
        "{count} 个日志过多，只显示前 {most} 个。",
    ),
    "searching": ("searching {what}… {share:.0%}", "正在搜索 {what}… {share:.0%}"),
    "not_found": ("Not found: {what}", "未找到：{what}"),
    "none_below": ("Further down there is no {what}.", "下方没有 {what}。"),
    "none_above": ("Further up there is no {what}.", "上方没有 {what}。"),
    "from_top": ("Nothing further down: this is the first one from the top.", "下方没有更多：这是从开头起的第一处。"),
    "from_end": ("Nothing further up: this is the last one, from the end.", "上方没有更多：这是从末尾起的最后一处。"),
    "no_phrase": ("Nothing was searched for yet: / does.", "尚未搜索：按 / 搜索。"),
    "no_time": ("No line here has a time.", "此处没有带时间的行。"),
    "filtering": ("filter {share:.0%}", "过滤 {share:.0%}"),
    "kept": ("{count:line}", "{count} 行"),
    "no_kept": ("No line fits the filter. esc takes it away.", "没有行符合过滤条件。esc 取消过滤。"),
    "filter_off": ("All lines are shown.", "显示所有行。"),
    "no_marks": ("There are no marks: m sets one.", "没有标记：按 m 设置。"),
    "shrank": ("{path} was cut; it is shown anew.", "{path} 被截短，已重新显示。"),
    "replaced": (
        "{path} was rotated: its new file follows, the old one stays above.",
        "{path} 已轮转：继续显示新文件，旧文件仍在其上。",
    ),
    "vanished": ("{path} was deleted; what it held is still shown.", "{path} 已删除；仍显示其内容。"),
    "follow": ("follow", "跟随"),
    "wrap": ("wrap", "换行"),
    "no_lines": ("There are no lines.", "没有内容。"),
    "working_out": ("working it out… {share:.0%}", "正在统计… {share:.0%}"),
    "search": ("search", "搜索"),
    "expression": ("search for expression", "搜索表达式"),
    "filter_in": ("only lines with", "只显示包含"),
    "filter_out": ("no lines with", "不显示包含"),
    "command": ("command", "命令"),
    "outcome": ("What was done?", "做了什么？"),
    "worked": ("Did it help? y yes, n no, ? not known yet", "有效吗？y 有效，n 无效，? 还不清楚"),
    "recorded": (
        "Kept as {entry}; it worked {worked} of {all} times.",
        "已记录为 {entry}；{all} 次中有效 {worked} 次。",
    ),
    "unknown_command": ("There is no command {name!r}; there are {names}.", "没有命令 {name!r}；可用：{names}。"),
    "open_what": ("Say what to open: :open /var/log/syslog", "请给出要打开的日志：:open /var/log/syslog"),
    "open_missing": ("There is no {name}; Tab completes a path.", "没有 {name}；Tab 可补全路径。"),
    "unclosed": (
        "A quotation mark is not closed; put a backslash before it if it belongs to the name.",
        "引号未闭合；若它是名称的一部分，请在前面加反斜杠。",
    ),
    "goto_what": ("Say where to: a line number, a time, or '10 min ago'.", "请指定位置：行号、时间或 '10 min ago'。"),
    "last_session": ("Last time: {what}. :last opens it again.", "上次：{what}。用 :last 重新打开。"),
    "no_last": ("No earlier session with logs is known.", "没有以往打开过日志的会话。"),
    "key_unknown": (
        "The setting screen.keys has {entry!r}, which names no key that does anything; there are {names}.",
        "设置 screen.keys 中的 {entry!r} 没有对应的按键；可用：{names}。",
    ),
    "key_none": (
        "The setting screen.keys has {entry!r}: write it as logs./=ctrl+f; Enter and esc always do what they do.",
        "设置 screen.keys 中的 {entry!r} 无效：请写成 logs./=ctrl+f；Enter 与 esc 不可更改。",
    ),
    "key_twice": (
        "The setting screen.keys has {entry!r}, but {key} is what {other} does; it is left as it was.",
        "设置 screen.keys 中的 {entry!r} 无效：{key} 已用于 {other}；保持不变。",
    ),
    "themes": ("Themes: {names}", "主题：{names}"),
    **log_phrases.TABLE,
    **ask_phrases.TABLE,
    **knowledge_phrases.TABLE,
    **watch_phrases.TABLE,
    **model_phrases.TABLE,
    **welcome_phrases.TABLE,
}


class _Filling(string.Formatter):
    """Holes as everywhere, and `{count:line}`: 1 line, 2 lines."""

    def format_field(self, value: object, format_spec: str) -> str:
        if format_spec.isalpha() and isinstance(value, int | str):
            return counted(value, format_spec)
        return str(super().format_field(value, format_spec))


_FILLING = _Filling()


class Phrases:
    """The table in one language, `en` or `zh`."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._column = 1 if lang == "zh" else 0

    def __call__(self, name: str, /, **values: object) -> str:
        """The phrase of that name with its holes filled. What is filled in is text from anywhere: it is made safe when drawn."""
        return _FILLING.vformat(TABLE[name][self._column], (), values)

    def told(self, text: str) -> str:
        """What was said below the app, which speaks English, in the language of the app as far as it is known."""
        if self.lang != "zh":
            return text
        from edgeops.tui.tongue import translated  # hundreds of sentences: read where somebody wants them

        return translated(text)
