"""What the screen of the watch says, in English and Chinese."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
    "watch": ("Watch", "监视"),
    "comma": (", ", "，"),
    "semicolon": ("; ", "；"),
    "watch_here": (
        "Running in this app (process {pid}); it ends with it.",
        "正在本应用中运行（进程 {pid}），随应用结束。",
    ),
    "watch_starting": ("Starting in this app…", "正在本应用中启动…"),
    "watch_rests_now": ("Paused (p goes on). The files keep what is new.", "已暂停（p 继续）。新内容保留在文件中。"),
    "watch_elsewhere": (
        "Running elsewhere: process {pid} (edgeops watch). This screen follows it.",
        "正在别处运行：进程 {pid}（edgeops watch）。本页跟随显示。",
    ),
    "watch_stands": (
        "Not running. This is how it stood; s starts one here.",
        "未运行。以下是停止时的状态；按 s 在此启动。",
    ),
    "watch_never": (
        "Nothing was watched yet. A watch follows logs, reads each line once and keeps the incidents. "
        "s starts one here; it ends with the app. To run it for ever: edgeops watch PATH",
        "尚未监视过。监视会跟随日志，每行只读一次，并保存事件。按 s 在此启动，随应用结束。长期运行：edgeops watch 路径",
    ),
    "watch_counts": (
        "{sources:source}, {lines:line}, {templates:template}, {incidents:incident}, {gaps:gap}",
        "{sources} 个来源，{lines} 行，{templates} 个模板，{incidents} 个事件，{gaps} 处缺口",
    ),
    "watch_rate": ("{rate} lines/s", "每秒 {rate} 行"),
    "watch_queue": ("{queue} wait to be explained", "{queue} 个等待解释"),
    "watch_shed": ("{shed} given up for want of room", "{shed} 个因位置不足而放弃"),
    "watch_engine": ("Model", "模型"),
    "watch_loaded": ("{name}, loaded ({mb} MB)", "{name}，已加载（{mb} MB）"),
    "watch_idle": ("{name}, not loaded now", "{name}，当前未加载"),
    "watch_no_model": (
        "none here: what no rule knows is not explained (:models brings one)",
        "无：规则不认识的故障无法解释（:models 可获取模型）",
    ),
    "watch_host": ("Host", "主机"),
    "meter_cpu": ("processors {share}", "处理器 {share}"),
    "meter_load": ("load {load:.1f} on {cores}", "负载 {load:.1f}（{cores} 核）"),
    "meter_memory": ("memory {free} of {all} MB free", "内存空闲 {free}/{all} MB"),
    "meter_disk": ("disk {free} of {all} free", "磁盘空闲 {free}/{all}"),
    "meter_heat": ("{heat} °C", "{heat} °C"),
    "meter_charge": ("battery {charge} %", "电池 {charge} %"),
    "watch_sources": ("Sources (Enter opens one)", "来源（Enter 打开）"),
    "watch_more": ("and {count} more sources", "以及另外 {count} 个来源"),
    "col_read": ("read", "已读"),
    "col_size": ("size", "大小"),
    "col_lag": ("behind", "滞后"),
    "col_lines": ("lines", "行数"),
    "col_gaps": ("gaps", "缺口"),
    "watch_unread": ("Not followed", "未能跟随"),
    "watch_gaps": ("Gaps: bytes that were never read", "缺口：从未读到的字节"),
    "watch_gap": (
        "{size}, from byte {start} on ({reason}, {noticed})",
        "{size}，自第 {start} 字节起（{reason}，{noticed}）",
    ),
    "gap_exact": ("{most:byte}", "{most} 字节"),
    "gap_between": ("{least} to {most} bytes", "{least} 至 {most} 字节"),
    "gap_least": ("at least {least:byte}", "至少 {least} 字节"),
    "gap_perhaps": ("perhaps nothing", "也许没有"),
    "watch_said": ("What it said", "消息"),
    "watch_runs": ("A watch runs in this app already; e ends it.", "本应用中已有监视在运行；按 e 结束。"),
    "watch_begins": ("The watch starts…", "监视正在启动…"),
    "watch_ended": ("The watch has ended; what it read is kept.", "监视已结束；读到的内容已保存。"),
    "watch_ends": ("The watch ends…", "监视正在结束…"),
    "watch_rests": ("The watch pauses.", "监视暂停。"),
    "watch_goes_on": ("The watch goes on.", "监视继续。"),
    "watch_not_ours": (
        "That watch runs elsewhere: y on its line copies the command that ends it.",
        "该监视在别处运行：在其所在行按 y 复制结束它的命令。",
    ),
    "watch_none": ("No watch runs here; s starts one.", "此处没有监视；按 s 启动。"),
    "watch_what": ("follow which files or folders?", "跟随哪些文件或目录？"),
    "watch_nothing": (
        "Name files or folders to follow: :watch /var/log. --journal adds systemd's journal, --from-end passes over what is there.",
        "请指定要跟随的文件或目录：:watch /var/log。--journal 加入 systemd 日志，--from-end 跳过已有内容。",
    ),
    "unknown_option": (
        "There is no option {name}; there are --journal and --from-end.",
        "没有选项 {name}；可用 --journal 和 --from-end。",
    ),
}
