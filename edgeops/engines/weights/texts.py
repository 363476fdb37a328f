"""Texts that a quick judgement reads: logs, questions and answers of our own, as the assistant meets them, in English and Chinese."""

from __future__ import annotations

TEXTS = (
    """<|im_start|>system
You are an operations engineer who explains incidents from log lines.<|im_end|>
<|im_start|>user
Lines:
[L1] 02:11:47 db3 kernel: Out of memory: Killed process 20418 (postgres) total-vm:9120344kB, anon-rss:6021432kB
[L2] 02:11:47 db3 postgresql: LOG: server process (PID 20418) was terminated by signal 9: Killed
[L3] 02:11:48 db3 postgresql: LOG: terminating any other active server processes
[L4] 02:11:49 app1 billing: ERROR could not open a connection to db3:5432: the database system is in recovery mode
[L5] 02:11:51 lb1 haproxy: Server billing/app1 is DOWN, reason: Layer7 wrong status, code: 503
Known faults:
[K1] The kernel ran out of memory and killed postgres
[K2] A disk is full<|im_end|>
<|im_start|>assistant
Root: [L1]
Fault: [K1]
Summary: the kernel on db3 killed postgres because memory ran out [L1]; the server ended all its processes and recovered [L3], so that billing on app1 could not connect [L4] and haproxy took app1 out of service [L5].
Check: `free -m` and `journalctl -k --grep "Out of memory"` on db3.<|im_end|>
""",
    """<|im_start|>user
Lines:
[L1] Mar 04 08:15:02 edge-7 chronyd: System clock wrong by 3541.221 seconds
[L2] Mar 04 08:15:09 edge-7 kubelet: E0304 x509: certificate has expired or is not yet valid: current time is before 2026-03-04T09:00:00Z
[L3] Mar 04 08:15:11 edge-7 kubelet: Unable to register node with API server
[L4] Mar 04 08:16:40 ctl-1 kube-controller: node edge-7 status is now: NodeNotReady
Known faults:
[K1] The clock is wrong
[K2] A certificate has expired<|im_end|>
<|im_start|>assistant
Root: [L1]
Fault: [K1]
Summary: the clock of edge-7 is behind by about an hour [L1], so the certificate did not count as valid yet [L2] and the node could not register [L3].<|im_end|>
""",
    """<|im_start|>user
日志：
[L1] 10:22:31 node5 kernel: XFS (sdc1): log I/O error -5
[L2] 10:22:31 node5 kernel: XFS (sdc1): Filesystem has been shut down due to log error (0x2).
[L3] 10:22:33 node5 kafka: ERROR Error while writing to checkpoint file /data/kafka/recovery-point-offset-checkpoint
[L4] 10:22:34 node5 kafka: FATAL Shutdown broker because all log dirs in /data/kafka have failed
[L5] 10:22:58 order-api: WARN 3 partitions have no leader, retrying in 500 ms
已知故障：
[K1] 磁盘读写错误
[K2] 网络中断<|im_end|>
<|im_start|>assistant
根因：[L1]
故障：[K1]
摘要：node5 的 sdc1 出现读写错误 [L1]，文件系统被关闭 [L2]，kafka 无法写入检查点 [L3] 而停止 [L4]，因此部分分区没有 leader [L5]。
检查：用 `smartctl -a /dev/sdc` 查看磁盘状态，用 `dmesg` 查看内核日志。<|im_end|>
""",
    """<|im_start|>user
nginx answers 502 for some requests since the deployment at 14:05. What should I look at first?<|im_end|>
<|im_start|>assistant
A 502 means that nginx got no valid answer from the service behind it. Look first at the error log of nginx for the time after 14:05: `connect() failed (111: Connection refused)` says that nothing listens on the port, `upstream prematurely closed connection` that the service ended while it answered, and `upstream timed out` that it is too slow. Then check whether every instance of the new version is running, whether it listens on the address that stands in the upstream block, and whether it was killed for want of memory. If only one instance refuses, take it out and go on from there.<|im_end|>
""",
    """2026-02-11T23:58:07Z INFO  backup[811]: starting nightly backup of /srv/mail to s3://vault-2/mail
2026-02-11T23:58:09Z WARN  backup[811]: /srv is 97% full (1.1 GiB left of 40 GiB)
2026-02-12T00:04:41Z ERROR backup[811]: write /srv/tmp/mail.tar: no space left on device
2026-02-12T00:04:41Z ERROR postfix/smtpd[2210]: fatal: write queue file: No space left on device
2026-02-12T00:04:42Z ERROR dovecot: imap(anna): Error: write(/srv/mail/anna/dovecot.index.log) failed: No space left on device
2026-02-12T00:05:00Z INFO  cron[402]: (root) CMD (/usr/local/sbin/rotate-mail-logs)
2026-02-12T00:05:02Z WARN  systemd[1]: postfix.service: Main process exited, code=exited, status=1/FAILURE
2026-02-12T00:05:12Z INFO  systemd[1]: postfix.service: Scheduled restart job, restart counter is at 4.
2026-02-12T00:05:13Z ERROR systemd[1]: postfix.service: Start request repeated too quickly.
""",
)
