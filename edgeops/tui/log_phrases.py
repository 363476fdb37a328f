"""What is said about lines of logs that one writes beside, chooses, or takes out: part of the table of `phrases`."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
    "notes": ("Notes", "批注"),
    "note_on": ("note on this line (empty takes it away):", "此行的批注（留空则删除）："),
    "noted": ("Noted.", "已记下。"),
    "no_notes": (
        "Nothing was noted beside a line yet: c does it in the logs.",
        "还没有批注：在日志中按 c 添加。",
    ),
    "note_elsewhere": (
        "The line is not in the logs that are open: {source}",
        "该行不在已打开的日志中：{source}",
    ),
    "choosing": ("choosing lines", "正在选择行"),
    "copied_lines": ("Copied: {count:line}, {size}", "已复制 {count} 行，{size}"),
    "copied_part": (
        "Copied: the first {count} lines, {size}; :export FILE writes all of them.",
        "已复制前 {count} 行，{size}；用 :export 文件 可写出全部。",
    ),
    "these_lines": ("{name}, lines {first} to {last}", "{name} 第 {first} 至 {last} 行"),
    "this_line": ("{name}, line {first}", "{name} 第 {first} 行"),
    "reading_lines": ("reading the chosen lines…", "正在读取所选的行…"),
    "first_lines": ("Only the first {count} of the chosen lines are read.", "只读取所选的前 {count} 行。"),
    "exporting": ("writing {count:line}… esc stops; {file}", "正在写入 {count} 行… esc 停止；{file}"),
    "exported": ("Written: {count:line}, {how}; {file}", "已写入 {count} 行，{how}；{file}"),
    "secrets_masked": ("secrets masked", "敏感信息已屏蔽"),
    "as_they_are": ("as they are, NOT masked", "原样，未屏蔽"),
    "cut_lines": ("{how}; cut since longer than 64 KiB: {count:line}", "{how}；{count} 行超过 64 KiB 被截断"),
    "export_where": (
        "Name a file: :export FILE writes what is shown, secrets masked; :export raw FILE as it is.",
        "请指定文件：:export 文件 写出所显示的内容并屏蔽敏感信息；:export raw 文件 原样写出。",
    ),
    "nothing_to_export": ("There is nothing here to write to a file.", "此处没有可写出的内容。"),
    "file_exists": (
        "This file is there already and is not overwritten; name another: {file}",
        "文件已存在，不会覆盖，请另取名：{file}",
    ),
    "file_failed": ("This file cannot be written ({why}): {file}", "无法写入（{why}）：{file}"),
    "rows_exported": ("Written: {count} rows, secrets masked; {file}", "已写入 {count} 行，敏感信息已屏蔽；{file}"),
    "table": ("Table", "表"),
    "row": ("Row", "行"),
    "asking_store": ("asking the store… (read only)", "正在查询（只读）…"),
    "rows": ("{count} rows", "{count} 行"),
    "more_rows": ("the first {count} rows; there are more: LIMIT, WHERE", "前 {count} 行，还有更多：可用 LIMIT、WHERE"),
    "no_rows": ("No row fits.", "没有符合的行。"),
    # ---- an incident
    "time_line": ("Time line", "时间线"),
    "past": ("What helped before", "以往有效的处理"),
    "helped": ("worked {worked} of {all} times", "{all} 次中有效 {worked} 次"),
    "not_tried": ("nobody said yet whether it helps", "尚无效果记录"),
    "done": ("What was done", "已做的处理"),
    "was_worked": ("it worked", "有效"),
    "was_failed": ("it did not help", "无效"),
    "was_unknown": ("not known yet", "尚不清楚"),
    "case_notes": ("Notes", "批注"),
    "note_case": ("note on this incident:", "此事件的批注："),
    "case_not_kept": ("The store does not hold this incident yet: x explains it.", "存储中还没有此事件：按 x 解释。"),
    "now_is": ("Now: {state}.", "现为：{state}。"),
    "report_what": (
        "Open an incident first: :report FILE writes its report (.html or Markdown).",
        "请先打开一个事件：:report 文件 写出报告（.html 或 Markdown）。",
    ),
    "reported": ("The report is in {file}", "报告已写入 {file}"),
    "why_what": (
        "Open an incident first: w shows which lines carried its answer.",
        "请先打开一个事件：w 显示依据的行。",
    ),
    "carried": (
        "What carried the answer (how much less likely it is without the line)",
        "答案的依据（缺少该行时可能性下降多少）",
    ),
    "carried_none": (
        "Nothing: no line was held to be the cause, or the answer is about other lines.",
        "没有：没有行被视为原因，或答案依据的是其他行。",
    ),
    "states_past": ("is the line that a past incident began with; that decided", "与以往某次故障的首行相同，由此确定"),
    "states_fault": ("states the known fault {fault}; no model decided", "写明已知故障 {fault}，未由模型决定"),
}
