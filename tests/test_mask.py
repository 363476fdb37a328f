from __future__ import annotations

import random
import string
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edgeops.mask import mask

RNG = random.Random(20)
UPPER, LOWER, DIGIT, HEX = string.ascii_uppercase, string.ascii_lowercase, string.digits, "0123456789abcdef"
ALNUM = UPPER + LOWER + DIGIT
URLSAFE = ALNUM + "-_"


def some(alphabet: str, length: int) -> str:
    return "".join(RNG.choice(alphabet) for _ in range(length))


def mixed(length: int) -> str:
    return "a7Q" + some(ALNUM, length - 3)


# Kind → a secret made up in the form that its maker uses.
SHAPED: dict[str, Callable[[], str]] = {
    "aws": lambda: "AKIA" + some(UPPER + "234567", 16),
    "aws temporary": lambda: "ASIA" + some(UPPER + "234567", 16),
    "gcp": lambda: "AIza" + some(URLSAFE, 35),
    "gcp oauth": lambda: "ya29." + some(URLSAFE, 60),
    "azure": lambda: some(ALNUM, 3) + "8Q~" + some(ALNUM, 34),
    "alibaba": lambda: "LTAI" + some(ALNUM, 20),
    "github": lambda: "ghp_" + some(ALNUM, 36),
    "github fine": lambda: "github_pat_" + some(ALNUM, 22) + "_" + some(ALNUM, 59),
    "gitlab": lambda: "glpat-" + some(ALNUM, 20),
    "slack": lambda: "xoxb-" + some(DIGIT, 12) + "-" + some(DIGIT, 12) + "-" + some(ALNUM, 24),
    "stripe": lambda: "sk" + "_live_" + some(ALNUM, 24),
    "npm": lambda: "npm_" + some(ALNUM, 36),
    "pypi": lambda: "pypi-AgEIcHlwaS5vcmc" + some(URLSAFE, 80),
    "jwt": lambda: "eyJhbGciOiJIUzI1NiJ9.eyJ" + some(URLSAFE, 40) + "." + some(URLSAFE, 43),
    "model api": lambda: "sk-proj-4" + some(ALNUM, 40),
    "hub": lambda: "hf_" + some(ALNUM, 34),
    "sendgrid": lambda: "SG." + some(URLSAFE, 22) + "." + some(URLSAFE, 43),
    "telegram": lambda: some("123456789", 9) + ":AA" + some(URLSAFE, 33),
    "vault": lambda: "hvs." + some(ALNUM, 90),
    "digitalocean": lambda: "dop_v1_" + some(HEX, 64),
    "grafana": lambda: "glsa_" + some(ALNUM, 32) + "_" + some(HEX, 8),
    "tailscale": lambda: "tskey-auth-" + some(ALNUM, 12) + "-" + some(ALNUM, 24),
    "crypt": lambda: "$6$" + some(ALNUM, 16) + "$" + some(ALNUM + "./", 86),
    "bcrypt": lambda: "$2b$12$" + some(ALNUM + "./", 53),
}
AROUND = [
    "Nov 22 07:31:02 web1 deploy[811]: using {} for the upload",
    '{{"level":"info","msg":"calling upstream","credential_used":"{}"}}',
    "level=debug msg=start value={} attempt=1",
    "GET /v1/items?page=2&auth={}&sort=asc HTTP/1.1",
    "export THE_THING='{}'; run --fast",
]
# Kind → (line with {} where the secret stands, a secret). Each name comes in five notations.
NAMED: dict[str, Callable[[], str]] = {
    "password": lambda: some(LOWER, 5) + some(DIGIT, 3) + "!",
    "DB_PASSWORD": lambda: some(LOWER, 12),
    "passwd": lambda: some(ALNUM, 9) + "@1",
    "user_pass": lambda: mixed(10),
    "PGPASSWORD": lambda: mixed(8) + "#",
    "MYSQL_PWD": lambda: mixed(8),
    "client_secret": lambda: mixed(32),
    "aws_secret_access_key": lambda: mixed(30) + "/" + some(ALNUM, 9),
    "apiKey": lambda: some(HEX[:10], 1) + some(HEX, 30) + "a1",
    "X-Api-Key": lambda: mixed(24),
    "access_token": lambda: mixed(30),
    "X-Vault-Token": lambda: mixed(26),
    "AccountKey": lambda: mixed(86) + "==",
    "JSESSIONID": lambda: some("0123456789ABCDEF", 31) + "A",
    "sessionid": lambda: mixed(32),
    "wpa_psk": lambda: some(LOWER, 9) + "7",
}
NOTATIONS = [
    "{name}={secret}",
    '{{"user":"app","{name}":"{secret}","retries":3}}',
    "time=07:31 {name}={secret} status=ok",
    "{name}: {secret}",
    'msg="request" body="{{\\"{name}\\":\\"{secret}\\"}}"',
]
PLACED: list[tuple[str, Callable[[], str]]] = [
    ("Authorization: Bearer {}", lambda: mixed(40)),
    ('"authorization":"Bearer {}"', lambda: mixed(40)),
    ("-H 'Authorization: Basic {}' https://intra.example/x", lambda: "YWRtaW46" + some(ALNUM, 12) + "=="),
    ("proxy-authorization=Basic {} from 10.0.0.3", lambda: "dXNlcjpw" + some(ALNUM, 10)),
    ("sent header Bearer {} to upstream", lambda: mixed(32)),
    ("connecting to postgres://app:{}@db1.example:5432/shop?sslmode=require", lambda: mixed(12)),
    ("amqp://guest:{}@rabbit:5672/%2f refused", lambda: "p@ss" + mixed(8)),
    ("ftp://backup:{}@store/x refused", lambda: "p@ss@w" + mixed(8)),
    ("fetch https://{}@git.example/ops.git failed", lambda: mixed(32)),
    ("redis://:{}@cache:6379/0", lambda: mixed(16)),
    ("Server=db;Database=x;User Id=sa;Password={};Encrypt=true", lambda: mixed(9) + "$x"),
    ("DefaultEndpointsProtocol=https;AccountName=a;AccountKey={};EndpointSuffix=x", lambda: mixed(80) + "=="),
    ("GET /blob?sv=2022&sig={}&se=2024 HTTP/1.1", lambda: mixed(40) + "%3D"),
    ("COMMAND=/usr/bin/mysql -u root -p{} shop", lambda: mixed(9)),
    ("COMMAND=/usr/bin/mysqldump --password={} shop", lambda: mixed(9)),
    ("COMMAND=/usr/bin/sshpass -p {} ssh root@10.0.0.1", lambda: mixed(9)),
    ("docker login -u ci -p {} registry.example", lambda: mixed(14)),
    ("run: vault-cli --token {} read kv/x", lambda: mixed(24)),
    ("curl -sS -u admin:{} https://10.0.0.1/api", lambda: mixed(10)),
    ("statement: ALTER ROLE app WITH PASSWORD '{}'", lambda: mixed(10)),
    ("CREATE USER 'x'@'%' IDENTIFIED BY '{}'", lambda: mixed(10)),
    ("redis.conf:12 requirepass {}", lambda: mixed(18)),
    ("Cookie: theme=dark; sid={}", lambda: mixed(26)),
    ("Set-Cookie: connect.sid={}; Path=/; HttpOnly", lambda: "s%3A" + mixed(40)),
    ("username noc password 7 {}", lambda: some("0123456789ABCDEF", 16)),
    ("<password>{}</password>", lambda: mixed(9)),
    ('{{"name":"DB_PASSWORD","value":"{}"}}', lambda: mixed(12)),
    ("数据库密码：{}，请妥善保管", lambda: mixed(10)),
    ("登录口令为 {}", lambda: mixed(10)),
    ("password is {}", lambda: mixed(9)),
    ("$ENV['API_SECRET'] = '{}'", lambda: mixed(20)),
    ("https://hooks.example/services/{}", lambda: "T" + some(UPPER, 9) + "/B" + some(UPPER, 9) + "/" + some(ALNUM, 24)),
    ("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----", lambda: mixed(64)),
    ('"private_key":"-----BEGIN PRIVATE KEY-----\\n{}\\n-----END PRIVATE KEY-----\\n"', lambda: mixed(64)),
    ("Nov 22 07:31:02 web1 app[3]: {}", lambda: mixed(64)),
]


def corpus() -> list[tuple[str, str]]:
    """(line, secret) pairs: each shape in five surroundings, each name in five notations, each place five times."""
    pairs = [(around.format(secret), secret) for make in SHAPED.values() for around in AROUND for secret in [make()]]
    for name, make in NAMED.items():
        pairs += [(notation.format(name=name, secret=secret), secret) for notation in NOTATIONS for secret in [make()]]
    pairs += [(line.format(secret), secret) for line, make in PLACED for _ in range(5) for secret in [make()]]
    return pairs


CLEAN = """
Failed password for root from 10.0.0.9 port 51022 ssh2
Failed password for invalid user admin from 10.0.0.9 port 51022 ssh2
Accepted publickey for deploy from 10.0.0.2 port 40112 ssh2: ED25519 SHA256:2Jk8Hs0vQm1f9mDkq7XyPz0B1aLrT5uWcVnE3oGiHdY
FATAL:  password authentication failed for user "x"
FATAL:  no pg_hba.conf entry for host "10.0.0.5", user "app", database "shop", no encryption
Access denied for user 'app'@'10.0.0.5' (using password: YES)
pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=10.0.0.9  user=root
sudo: alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/passwd bob
passwd[311]: password changed for bob
passwd:         files systemd
chage[9]: changed password expiry for bob
token_count=5 max_tokens=4096 prompt_tokens=812
level=info msg="token refreshed" token_type=bearer expires_in=3600
SyntaxError: Unexpected token '}', position: 12
unexpected token: IDENT, expecting EOF
level=warn msg="basic authentication failed" method=basic
WWW-Authenticate: Basic realm="ops"
authorization: bearer token missing
Pulled image "web@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" in 2.1s
systemd[1]: nginx.service: Consumed 2.1s CPU time. INVOCATION_ID=0f3a9c1b2d4e4f60a1b2c3d4e5f60718
_SYSTEMD_INVOCATION_ID=0f3a9c1b2d4e4f60a1b2c3d4e5f60718 _BOOT_ID=9f86d081884c7d659a2feaa0c55ad015
New session 12 of user alice.
session-12.scope: Deactivated successfully.
request_id=550e8400-e29b-41d4-a716-446655440000 status=500 path=/v1/keys
trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7 key=user:1042
ERROR: duplicate key value violates unique constraint "users_pkey" DETAIL: Key (id)=(42) already exists.
cache miss key=session:550e8400-e29b-41d4-a716-446655440000 ttl=300
MountVolume.SetUp failed for volume "tls" : secret "nginx-tls-v2" not found
Error: secret: kube-system/coredns-token-x7k2p not found
could not read private key /etc/ssl/private/site.key: permission denied
ssl_certificate_key=/etc/nginx/tls/site-2024.key loaded
SSL_CTX_use_PrivateKey("/etc/nginx/a.key") failed (SSL: error:0B080074:x509 certificate routines:key values mismatch)
audit: type=1400 audit(1700000000.123:45): apparmor="DENIED" operation="open" key="sshd_config"
type=SYSCALL msg=audit(1700000000.123:45): arch=c000003e syscall=257 success=no exit=-13 key=(null)
kernel: TCP: request_sock_TCP: Possible SYN flooding on port 443. Sending cookies.
kernel: x86/fpu: Enabled xstate features 0x7, context size is 832 bytes, using 'compacted' format.
docker run -p 8080:80 -u 1000:1000 --name web nginx:1.25.3
COMMAND=/usr/bin/ssh -p 2222 ops@10.0.0.7
COMMAND=/usr/bin/mkdir -p /srv/releases/20240101T120000Z
COMMAND=/usr/bin/mysql -h db1 -P3306 shop
cp -a /srv/data/2024-01-01 /backup/node-12
mkdir -p /builddir/BUILD/tool-1.2.5-SPECPARTS
WindowToken{9f4ef63 token=Token{a64f992 record} token: android.os.BinderProxy@2bd79ce
notification key=0|com.example.Mobile.App|121|null|10111
ps -p 4121 -o pid,args
upstream: "http://10.0.0.7:8080/api/v1/login?next=/home", host: "www.example"
fetching http://mirror.example:3142/@scope/pkg-1.2.3.tgz
open ssh://git@git.example:22/ops/infra.git
commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b deployed by ci
cookie=0x5f3e21 conntrack table full, dropping packet
password expired; password: required
密码错误，请重试
用户 root 登录失败：密码不正确
令牌已过期
Password policy: minimum length is 12
password_length=12 password_attempts=3 password_file=/etc/app/pw
spf=pass dkim=pass dmarc=pass (p=reject) tests: pass: 112 fail: 0
bypass=true compass: north
[masked:password] api_key=[masked:key] secret=****** password=<redacted> token=${TOKEN} passwd=$DB_PASS
Signature: sha256-with-rsa algorithm=rs256
keyserver=hkp://keys.example keyboard=us monkey=1
level=error msg="auth=scram-sha-256 rejected" auth=scram-sha-256 secret=default/db-creds
disk-0a1b2c3d task-runner-7d9c8b6f5-x2x9z restarted
kubelet: pod web-7d9c8b6f5-x2x9z_default(550e8400-e29b-41d4-a716-446655440000)
java.security.InvalidKeyException: Illegal key size: 256 at javax.crypto.Cipher.checkCryptoPerm(Cipher.java:1039)
""".strip().splitlines()


def test_at_least_97_of_100_secrets_are_masked() -> None:
    pairs = corpus()
    missed = [line for line, secret in pairs if secret in mask(line)]
    assert len(pairs) >= 350
    assert len(missed) <= 0.03 * len(pairs), "\n".join(missed)


def test_not_even_half_a_secret_is_left() -> None:
    left = [line for line, secret in corpus() if secret not in mask(line) and secret[len(secret) // 2 :] in mask(line)]
    assert left == []


@pytest.mark.parametrize("line", CLEAN)
def test_ordinary_operations_text_stays_as_it_is(line: str) -> None:
    assert mask(line) == line


@pytest.mark.parametrize(
    ("raw", "masked"),
    [
        ("db_password=hunter2 host=db1", "db_password=[masked:password] host=db1"),
        ('{"password":"a b","user":"x"}', '{"password":"[masked:password]","user":"x"}'),
        ("password='it''s' x", "password='[masked:password]''s' x"),
        ("postgres://app:pw1@db/x", "postgres://app:[masked:password]@db/x"),
        ("mysql -uroot -psecret1 shop", "mysql -uroot -p[masked:password] shop"),
        ("Password=abc;Encrypt=true", "Password=[masked:password];Encrypt=true"),
        ("Authorization: Bearer abc.def-1 status=401", "Authorization: Bearer [masked:bearer] status=401"),
        ("密码：abc123，完毕", "密码：[masked:password]，完毕"),
    ],
)
def test_only_the_secret_goes(raw: str, masked: str) -> None:
    assert mask(raw) == masked


def test_a_long_value_goes_whole() -> None:
    assert mask("password=" + "x1" * 3000 + " end") == "password=[masked:password] end"


@given(
    st.lists(
        st.sampled_from(
            [
                "password",
                "token",
                "secret",
                "key",
                "=",
                ":",
                " ",
                '"',
                "'",
                "\\",
                "[masked:x]",
                "://",
                "a:b@h",
                "Bearer ",
                "密码",
                "x9Y",
                "-p",
                "--",
                "eyJ",
                ";",
                "\n",
            ]
        ),
        max_size=30,
    ).map("".join)
)
@example("://a:b@ha:b@ha:b@h")
@example("password=Bearer =password")
@example("password=Bearer =password=")
def test_masking_twice_changes_nothing(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "password=",
            "token=",
            'token="',
            "token='\"",
            "a",
            "-",
            "--a",
            "eyJ",
            "eyJa.",
            "://",
            "://a:",
            "@",
            "cookie:",
            "cookie:a=b;",
        ),
        *(
            "-----BEGIN PRIVATE KEY-----",
            "-----BEGIN ",
            "Bearer ",
            "mysql ",
            "curl ",
            "密码：",
            "key key ",
            "A",
            "$6$",
            "a;",
            '\\"',
            "p@",
            ">",
        ),
    ],
)
def test_hostile_text_costs_linear_time(piece: str) -> None:
    text = "password token " + piece * (60_000 // len(piece))
    begin = time.process_time()
    mask(text)
    assert time.process_time() - begin < 2
