"""What the programs say with --log-format json: ECS field names, every line of a run."""

import contextlib
import datetime
import fcntl
import json
import os
import pty
import struct
import subprocess
import termios

from blackbox import CERTGEN, INIT, clean_env, main, run, test, write

from sealing import Sealed

FIRST = ["@timestamp", "log.level", "message", "ecs.version"]
FIELDS = set(FIRST) | {"service.name", "event.dataset", "event.action", "event.reason", "event.outcome", "process.name", "process.pid",
                       "file.path", "url.full", "user.name", "error.message", "error.code", "labels"}


def check(line):
    """One line as the ecs-logging specification and the field reference of ECS 8.11 want it."""
    pairs = json.loads(line, object_pairs_hook=lambda all_of_them: all_of_them)
    names = [name for name, _ in pairs]
    assert names[:4] == FIRST and len(set(names)) == len(names) and set(names) <= FIELDS, line
    fields = json.loads(line)
    datetime.datetime.strptime(fields["@timestamp"], "%Y-%m-%dT%H:%M:%S.%fZ")
    assert fields["log.level"] in ("error", "warn", "info", "debug"), line
    assert fields["service.name"] == "stackseal" and fields["event.dataset"] == "stackseal." + fields["process.name"], line
    assert isinstance(fields["process.pid"], int) and fields["message"], line
    for name, value in fields.get("labels", {}).items():
        assert isinstance(value, str) and "." not in name, line
    return fields


def lines(result):
    assert result.err, result
    return [check(line) for line in result.err.splitlines()]


@test
def every_line_of_a_seal_has_ecs_fields():
    s = Sealed()
    s.cluster.state = "starting"
    calls = [0]

    def fault(_):
        calls[0] += 1
        if calls[0] > 4:
            s.cluster.state = "ready"
        return False

    s.cluster.fault = fault
    with s.serving():
        said = lines(run(*s.words("seal", "--log-format", "json", "-v")))
        again = lines(run(*s.words(), env={"STACKSEAL_LOG_FORMAT": "json"}))
    assert {"waiting", "set-password", "sealed"} <= {line["event.action"] for line in said}, said
    assert {line["user.name"] for line in said if line["message"] == "set password"} == set(s.cluster.passwords)
    waits = [line for line in said if line["message"] == "waiting"]
    assert waits and all(line["event.reason"] and line["url.full"] and line["labels"]["for"] == "security" for line in waits), waits
    assert [line["message"] for line in again] == ["already sealed"]


@test
def a_failure_has_its_message_its_code_and_its_hint():
    s = Sealed("basic")
    result = run(*s.words("seal", "--log-format", "json", timeout="0s"))
    last = lines(result)[-1]
    assert result.status == 69 and last["error.code"] == "69" and last["event.outcome"] == "failure", last
    assert last["error.message"].endswith("did not come to 'security' in time: Connection refused"), last
    assert last["labels"]["hint"].startswith("it came to 'name'; "), last
    assert last["message"] == last["error.message"] + "; " + last["labels"]["hint"], last


@test
def names_of_any_bytes_leave_each_line_whole():
    name = os.fsencode("a\n{\"forged\":1}\u009b").replace(b"forged", b"\xff\x1b[2J")
    for words in ([INIT, "wait", "--stack"], [CERTGEN, "inspect"]):
        result = run(*words, name.decode(errors="surrogateescape"), "--log-format", "json", env=clean_env())
        assert result.status == 66 and len(lines(result)) == 1, result


@test
def prepare_and_certgen_speak_ecs_too():
    write("instances.yml", "instances:\n  - name: es01\n    dns: localhost\n")
    assert len(lines(run(CERTGEN, "ca", "--pem", "--out", "ca/", "--log-format", "json"))) >= 1
    os.mkdir("store")
    os.mkdir("config")
    said = lines(run(INIT, "prepare", "--stack", "instances.yml", "--store", "store", "--config-dir", "config", "--log-format", "json"))
    assert any("file.path" in line for line in said), said


def on_a_terminal(words, columns=100):
    """Everything that a program says on a terminal, and its status."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(words, env=clean_env(), stderr=its, stdin=subprocess.DEVNULL) as process:
        os.close(its)
        said = b""
        with contextlib.suppress(OSError):  # what a terminal says when its last process is gone
            while piece := os.read(ours, 65536):
                said += piece
        os.close(ours)
    return said.decode(), process.returncode


@test
def a_terminal_gets_one_line_that_is_redrawn_and_a_log_a_line_a_change():
    s = Sealed("basic")
    said, status = on_a_terminal(s.words(timeout="0s"))
    assert status == 69 and said.startswith("init: waiting for=security"), said
    waiting, error, rest = said.replace("\r\n", "\n").split("\r\x1b[K")[0], said.split("\r\x1b[K")[1], said.split("\r\x1b[K")[2:]
    assert len(waiting) < 100 and "\n" not in waiting and not rest, said
    assert error.startswith("init: error: ") and error.endswith("\r\n") and error.count("\n") == 1, said
    with s.serving():
        said, status = on_a_terminal(s.words())
    assert status == 0 and "\x1b" not in said and said.count("\n") == len(s.cluster.passwords) + 1, said
    for words in (s.words(timeout="0s") + ["--log-format", "json"], [INIT, "status"]):
        assert "\x1b" not in on_a_terminal(words)[0]
    assert "\x1b" not in run(*s.words("wait", "tcp", timeout="0s")).err


main()
