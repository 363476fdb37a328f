"""What the first screen says, in English and Chinese."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
    "welcome": ("Welcome", "欢迎"),
    "hello": (
        "edgeops reads logs, finds what broke first, and shows the lines that prove it. Logs never leave this machine, and "
        "nothing is run on it. A minute from here to the first explanation:",
        "edgeops 读取日志，找出最先出错之处，并给出作证的日志行。日志不会离开本机，也不会在本机执行任何操作。一分钟即可看到第一个解释：",
    ),
    "hello_machine": ("1  This machine", "1  本机"),
    "hello_has": (
        "{free} of {all} MB of memory free, {cores} processors, {disk} free on the disk",
        "内存空闲 {free}/{all} MB，{cores} 个处理器，磁盘空闲 {disk}",
    ),
    "hello_looking": ("looking around…", "正在查看…"),
    "hello_denied": (
        "{count} files in /var/log may not be read by you: sudo usermod -aG adm $USER, then log in again.",
        "/var/log 中有 {count} 个文件您无权读取：sudo usermod -aG adm $USER，然后重新登录。",
    ),
    "hello_model": (
        "2  A model (optional: known faults are explained without one)",
        "2  模型（可选：已知故障无需模型即可解释）",
    ),
    "hello_ready": ("{name} is here and answers.", "{name} 已就绪，可以作答。"),
    "hello_pull": ("Fetch {name}: {size}, needs {need} MB of memory", "获取 {name}：{size}，需内存 {need} MB"),
    "hello_best": ("the best that fits here", "本机可用的最佳选择"),
    "hello_big": ("more than is free", "超出空闲内存"),
    "hello_import": ("Import one from a stick or a folder…", "从 U 盘或目录导入…"),
    "hello_later": ("or go on without one; key 6 brings one later", "也可以先不装；以后按 6 获取"),
    "hello_first": ("3  A first explanation", "3  第一个解释"),
    "hello_system": ("This machine's logs: {names} ({size})", "本机日志：{names}（{size}）"),
    "hello_more": ("{names} and {count} more", "{names} 等另外 {count} 个"),
    "hello_no_logs": ("No log in /var/log can be read by you.", "您无法读取 /var/log 中的任何日志。"),
    "hello_journal": ("Follow systemd's journal from now on", "从现在起跟随 systemd 日志"),
    "hello_sample": ("A sample: {title}", "示例：{title}"),
    "hello_other": ("Other logs: type their path…", "其他日志：输入路径…"),
    "hello_other_what": ("open which file or folder?", "打开哪个文件或目录？"),
    "hello_from": ("which file or folder holds the model?", "模型在哪个文件或目录？"),
    "hello_bye": (
        "Enter does a line, q leaves this page for good; :welcome brings it back, ? shows the keys.",
        "Enter 执行一行，q 离开本页且不再显示；:welcome 可再打开，? 显示按键。",
    ),
    "hello_nothing": (
        "Nothing wrong was found in these logs. 2 shows them; :welcome offers others.",
        "这些日志中未发现问题。按 2 查看；:welcome 可选择其他日志。",
    ),
    "hello_wait": (
        "reading {what}; its first incident opens when it is found…",
        "正在读取 {what}；找到后将打开第一个事件…",
    ),
}
