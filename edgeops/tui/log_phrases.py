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
    "copied_lines": ("Copied: {count} lines, {size}", "已复制 {count} 行，{size}"),
    "copied_part": (
        "Copied: the first {count} lines, {size}; :export FILE writes all of them.",
        "已复制前 {count} 行，{size}；用 :export 文件 可写出全部。",
    ),
    "reading_lines": ("reading the chosen lines…", "正在读取所选的行…"),
    "first_lines": ("Only the first {count} of the chosen lines are read.", "只读取所选的前 {count} 行。"),
    "exporting": ("writing {count} lines… esc stops; {file}", "正在写入 {count} 行… esc 停止；{file}"),
    "exported": ("Written: {count} lines, {how}; {file}", "已写入 {count} 行，{how}；{file}"),
    "secrets_masked": ("secrets masked", "敏感信息已屏蔽"),
    "as_they_are": ("as they are, NOT masked", "原样，未屏蔽"),
    "cut_lines": ("{how}; {count} lines are longer than 64 KiB and were cut", "{how}；{count} 行超过 64 KiB 被截断"),
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
}
