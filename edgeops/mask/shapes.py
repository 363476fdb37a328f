"""Secrets known by their shape: keys and tokens with a prefix of their maker, JWTs, password hashes, private keys."""

from __future__ import annotations

import re

from edgeops.mask.looks import mark

# kind, traces (lower case; one of them stands in every such secret), shape
_SHAPES = (
    ("aws-key", "akia asia abia acca", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])"),
    ("gcp-key", "aiza gocspx- ya29.", r"AIza[\w-]{35}|GOCSPX-[\w-]{20,64}|ya29\.[\w-]{20,400}"),
    ("azure-secret", "q~", r"[\w~.-]{3}\dQ~[\w~.-]{31,34}"),
    ("alibaba-key", "ltai", r"LTAI[A-Za-z0-9]{12,24}(?![A-Za-z0-9])"),
    ("tencent-key", "akid", r"AKID[A-Za-z0-9]{32}"),
    ("github-token", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", r"gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255}"),
    ("gitlab-token", "glpat- glptt- glrt- gldt- glcbt- glft-", r"gl(?:pat|ptt|rt|dt|cbt|ft)-[\w.-]{20,300}"),
    ("slack-token", "xox xapp-", r"xox[abeposr](?:\.xox[bp])?-[\w-]{10,250}|xapp-[\w-]{20,250}"),
    (
        "webhook",
        "/services/t /webhooks/",
        r"(?<=/services/)T\w{6,14}/B\w{6,14}/\w{20,30}|(?<=/webhooks/)\d{15,20}/[\w-]{50,90}",
    ),
    (
        "stripe-key",
        "k_live_ k_test_ whsec_",
        r"[srp]k_(?:live|test)_[A-Za-z0-9]{16,120}|whsec_[A-Za-z0-9+/]{24,80}={0,2}",
    ),
    ("npm-token", "npm_", r"npm_[A-Za-z0-9]{36}"),
    ("pypi-token", "pypi-age", r"pypi-AgE[\w-]{30,300}"),
    ("jwt", "eyj", r"eyJ[\w-]{8,4000}\.[\w-]{4,8000}(?:\.[\w-]{0,4000}){0,3}"),
    ("model-api-key", "sk-", r"sk-(?:proj-|svcacct-|ant-[a-z0-9]{3,8}-)?(?=[\w-]{0,40}\d)[\w-]{24,250}"),
    ("hub-token", "hf_", r"hf_[A-Za-z0-9]{30,40}"),
    ("sendgrid-key", "sg.", r"SG\.[\w-]{16,32}\.[\w-]{16,64}"),
    ("telegram-token", ":aa", r"\d{8,10}:AA[\w-]{33}"),
    ("vault-token", "hvs. hvb. hvr.", r"hv[sbr]\.[\w-]{24,300}"),
    ("docker-token", "dckr_", r"dckr_(?:pat|oat)_[\w-]{20,64}"),
    ("digitalocean-token", "_v1_", r"do[opr]_v1_[0-9a-f]{64}"),
    ("grafana-token", "glsa_ glc_", r"gl(?:sa|c)_[\w+/=-]{32,200}"),
    ("tailscale-key", "tskey-", r"tskey-[a-z]{2,10}-[\w-]{16,100}"),
    ("age-key", "age-secret-", r"AGE-SECRET-KEY-1[A-Z0-9]{58}"),
    ("shop-token", "shpat_ shpca_ shppa_ shpss_", r"shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}"),
    ("service-key", "dapi pmak- nrak- hrku- dp.pt.", r"(?:dapi|PMAK-|NRAK-|HRKU-|dp\.pt\.)[A-Za-z0-9-]{24,80}"),
    (
        "password-hash",
        "$1$ $2a$ $2b$ $2y$ $5$ $6$ $7$ $y$ $gy$ $apr1$ $argon2 $pbkdf2",
        r"\$(?:1|2[aby]|5|6|7|y|gy|apr1|argon2(?:id|i|d)|pbkdf2-sha\d{1,3})\$[\w./,=+$-]{20,200}",
    ),
    (
        "private-key",
        "-----begin",
        r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:(?!-----END)[\s\S]){0,20000}(?:-----END [A-Z0-9 ]{0,40}-----)?",
    ),
)
_SHAPE = [(tuple(traces.split()), kind, rf"(?<![A-Za-z0-9])(?:{shape})") for kind, traces, shape in _SHAPES]
_TRACES = tuple(trace for traces, _, _ in _SHAPE for trace in traces)
# Every shape holds such a run, and most lines hold none.
_RUN = re.compile(r"[\w+/=.~$-]{16}")

# A line of a private key that reached us alone: it ends in base64, of a length that PEM writers use.
_KEY_BODY = re.compile(r"(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9])[A-Za-z0-9+/]+")
_KEY_BODY_LENGTHS = (64, 70, 76)


def shapes(text: str) -> str:
    """The text without the secrets that a prefix of their maker gives away."""
    if not _RUN.search(text):
        return text
    lowered = text.lower()
    if not any(map(lowered.__contains__, _TRACES)):
        return text
    for traces, kind, shape in _SHAPE:
        if any(map(lowered.__contains__, traces)):
            text = re.sub(shape, mark(kind), text)  # compiled on first use: most are never seen, and start-up counts
    return text


def key_body(text: str) -> str:
    """The text without a private key's line at its end."""
    last = text.rstrip().rpartition(" ")[2]
    if len(last) in _KEY_BODY_LENGTHS and _KEY_BODY.fullmatch(last):
        return text.replace(last, mark("private-key"))
    return text
