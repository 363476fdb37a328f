"""What can be typed after `:`, found in the palette, and what the keys do: one table each."""

from __future__ import annotations

from dataclasses import dataclass

from edgeops.tui.phrases import TABLE
from edgeops.tui.places import PLACES
from edgeops.tui.themes import NAMES as THEMES


@dataclass(frozen=True, slots=True)
class Command:
    """A command: it leads to the place of its name, or the method of `orders.Orders` does it. takes names what it takes."""

    name: str
    takes: str
    en: str
    zh: str


COMMANDS: dict[str, Command] = {
    one.name: one
    for one in (
        Command("open", "PATH…", "open other logs instead: files, directories", "改为打开其他日志：文件、目录"),
        Command("goto", "LINE|TIME", "go to a line or a time: :goto 1200, :goto 10 min ago", "转到某行或某时间"),
        Command("since", "TIME", "show only lines from a time on", "只显示某时间之后的行"),
        Command("until", "TIME", "show only lines up to a time", "只显示某时间之前的行"),
        Command("filter", "TEXT", "show only lines with a text", "只显示包含某文本的行"),
        Command("clear", "", "take the filter away", "取消过滤"),
        *(Command(place.name, "", *TABLE[place.name]) for place in PLACES),
        Command("watch", "PATH…", "the watch; with paths: follow them from here on", "监视；给出路径则开始跟随"),
        Command("ask", "QUESTION", "ask, in English or Chinese", "提问，中英文皆可"),
        Command("kb", "WORDS", "search what is known", "搜索知识"),
        Command("kinds", "", "the templates of the logs, with counts", "日志模板与数量"),
        Command("notes", "", "what was noted beside lines", "行旁的批注"),
        Command("why", "", "which lines carried this answer", "答案依据哪些行"),
        Command("report", "FILE", "write the report of this incident (.html, .md)", "写出此事件的报告（.html、.md）"),
        Command("sql", "SELECT …", "ask the store in SQL, as ; does", "用 SQL 查询存储，与 ; 相同"),
        Command("export", "[raw] FILE", "write what is shown to a new file", "将所显示的内容写入新文件"),
        Command("last", "", "open what the last session had", "打开上次会话的日志"),
        Command("reload", "", "open the logs anew and look for incidents again", "重新打开日志并查找事件"),
        Command(
            "theme",
            "NAME",
            "dark, light, contrast, ansi (sixteen colours), ascii",
            "主题：dark、light、contrast、ansi（十六色）、ascii",
        ),
        Command("welcome", "", "the first screen: a model, logs, a sample", "首页：模型、日志、示例"),
        Command("help", "", "the keys", "按键说明"),
        Command("quit", "", "leave", "退出"),
    )
}
NAMES = [f"{one.name} " if one.takes else one.name for one in COMMANDS.values()] + [f"theme {name}" for name in THEMES]
"""What the command line completes."""
WITH_PATHS, WITH_A_PATH = ("open", "watch"), ("report", "export", "export raw")
"""Commands that take paths, as a shell reads them, and those that take one, up to the end of the line."""

KEYS: tuple[tuple[str, str, str], ...] = (
    ("", "Everywhere", "通用"),
    *((place.key, *TABLE[place.name]) for place in PLACES),
    ("q  esc", "back, then quit; esc stops the model or a search first", "返回，再退出；esc 先停止模型或搜索"),
    (
        "j k  space b  g G",
        "move by line, page, to the ends (arrows, PgUp, PgDn, Home, End too)",
        "按行、页移动，到首尾（方向键等亦可）",
    ),
    ("ctrl-d ctrl-u", "half a page", "半页"),
    ("y", "copy by the terminal (OSC 52)", "复制（OSC 52）"),
    (":  ctrl-p", "command line, command palette", "命令行，命令面板"),
    (";", "a question in SQL to the store, read only (tables below)", "用 SQL 查询存储，只读（表见下）"),
    ("?  F1", "this page", "本页"),
    ("", "Incident", "事件"),
    ("Enter", "open the cited line in its file", "在文件中打开引用的行"),
    ("x  X", "explain; explain with twice the evidence", "解释；用两倍证据解释"),
    ("f", "say what was done and whether it helped", "记录做了什么、是否有效"),
    ("r  n", "resolved, or not after all; write a note", "已解决或重新打开；写批注"),
    ("w  :why", "which lines carried the answer", "答案依据哪些行"),
    ("Tab", "from the answer to the lines and back", "在解释与日志行之间切换"),
    ("", "Logs", "日志"),
    (
        "/  n N",
        "search (ctrl-r: as an expression), next, previous, around both ends; no capitals: case does not matter",
        "搜索（ctrl-r：正则），下一个，上一个，到头后从另一端继续；无大写则忽略大小写",
    ),
    ("&  !  C", "only lines with, no lines with, with 3 lines of context", "只显示包含，不显示包含，带 3 行上下文"),
    ("s", "only warnings, only errors, all", "只看警告、只看错误、全部"),
    ("e E  w W  d D", "next or previous error, warning, day", "下一个/上一个错误、警告、日期"),
    (
        "G End",
        "to the end; once more: follow what is added; moving up pauses",
        "到末尾；再按一次：跟随新增内容；上移则暂停",
    ),
    ("i", "bars over time", "时间分布条"),
    ("t", "templates with counts; Enter shows the lines of one", "模板与数量；Enter 显示其行"),
    ("m  u U", "mark; next mark or note, the one before", "标记；下一个/上一个标记或批注"),
    ("ctrl-w  left right 0", "wrap; to the side; back to the beginning", "换行；左右滚动；回到行首"),
    ("x", "explain: the incident that holds this line, or the chosen lines", "解释：包含此行的事件，或所选的行"),
    ("v", "choose lines from here to the cursor (or with the mouse)", "从此处选到光标（或用鼠标）"),
    ("a", "ask about the chosen lines, or this one", "就所选的行或此行提问"),
    ("c  L", "write beside this line; all that was written", "在此行旁批注；全部批注"),
    ("", "Ask", "提问"),
    (
        "a",
        "ask, or reply: 'no, the disk is fine', 'that was it'; on Incident and Logs: about what is there",
        "提问或回复：“不是，磁盘正常”“就是它”；在事件和日志中：就所见提问",
    ),
    ("Enter  click", "from a citation to its line or entry", "从引用到对应的行或条目"),
    ("esc", "stop the model; what is known without it answers", "停止模型；改用已知内容回答"),
    ("n  o  /", "new conversation; earlier ones; search them", "新对话；以往对话；搜索"),
    ("m", "with the model or without", "是否使用模型"),
    ("f", "say what mended it; the next one is answered with it", "记录怎样解决；下次据此回答"),
    ("", "Knowledge", "知识"),
    ("/", "search as you type", "边输入边搜索"),
    ("Enter  e  n", "open an entry; edit it; write a note", "打开条目；编辑；写笔记"),
    ("ctrl-s  esc", "keep what was written; leave it", "保存；放弃"),
    ("f", "say whether it helped", "记录是否有效"),
    ("Enter", "in the history: what a version changed", "在历史中：该版本的改动"),
    ("", "Watch", "监视"),
    ("s  p  e", "start a watch here, pause it, end it", "在此启动监视、暂停、结束"),
    ("Enter", "open the log of a source", "打开来源的日志"),
    ("", "Models", "模型"),
    ("Enter", "details and quality of a model", "模型的详情与质量"),
    (
        "p  P  i",
        "fetch; fetch from a file or folder (a stick); import a file",
        "获取；从文件或目录（U 盘）获取；导入文件",
    ),
    ("u  U", "use this model; let the free memory choose", "使用此模型；由空闲内存决定"),
    ("v  s  r", "verify, measure its speed, remove (asks for yes)", "校验、测速、删除（需输入 yes）"),
)
"""Keys in groups: a row without keys names the group."""
