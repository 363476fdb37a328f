"""What the system and SQLite say when something fails, in Chinese."""

from __future__ import annotations

import errno
import os
import re
from functools import cache

_OF_THE_SYSTEM = {
    errno.ENOENT: "没有此文件或目录",
    errno.EACCES: "权限不足",
    errno.EPERM: "不允许此操作",
    errno.EIO: "输入输出错误",
    errno.ENOSPC: "设备上没有剩余空间",
    errno.EROFS: "文件系统只读",
    errno.EISDIR: "是目录",
    errno.ENOTDIR: "不是目录",
    errno.EEXIST: "文件已存在",
    errno.ELOOP: "链接层数过多",
    errno.ENAMETOOLONG: "文件名过长",
    errno.EMFILE: "打开的文件过多",
    errno.ENOMEM: "内存不足",
    errno.ESTALE: "文件句柄已失效",
    errno.ECONNREFUSED: "连接被拒绝",
    errno.EADDRINUSE: "地址已被占用",
    errno.ETIMEDOUT: "连接超时",
}
_OF_SQLITE = {
    "file is not a database": "文件不是数据库",
    "database disk image is malformed": "数据库文件已损坏",
    "unable to open database file": "无法打开数据库文件",
    "disk i/o error": "磁盘输入输出错误",
    "database is locked": "数据库被锁定",
    "database or disk is full": "数据库或磁盘已满",
    "attempt to write a readonly database": "数据库只读",
}
_ERRNO = re.compile(r"\[Errno (\d{1,4})\] [^:]{1,100}((?:: .*)?)", re.DOTALL)


def worded(said: str) -> str:
    """A reason of the system or of SQLite in Chinese; "" if it is none that is known."""
    if words := _words().get(said.casefold()):
        return words
    found = _ERRNO.fullmatch(said)
    words = _OF_THE_SYSTEM.get(int(found[1]), "") if found else ""
    return words + found[2].replace(": ", "：", 1) if found and words else ""


@cache
def _words() -> dict[str, str]:
    return {os.strerror(number).casefold(): words for number, words in _OF_THE_SYSTEM.items()} | _OF_SQLITE
