"""init run: a process that prepares, starts the command, stays with it, and leaves as it does."""

import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import time

from blackbox import INIT, Place, background, clean_env, main, read, refuses, run, runs, test, wait_until, write

PREPARED = ["--no-seal"]


def words(place, *command, options=("--no-seal", "--no-prepare")):
    return [INIT, "run", "--stack", place.stack, "--store", place.store, "--name", "es01", "--config-dir",
            place.config(), *options, "--", *command]


def in_pid_namespace(line):
    """The words as PID 1 of a namespace of their own, as in a container."""
    return ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"] + line


@test
def the_status_of_the_command_is_passed_on():
    place = Place()
    for status in list(range(0, 256, 15)) + [1, 2, 77, 126, 127, 128]:
        assert run(*words(place, "sh", "-c", "exit %d" % status)).status == status
        assert run(*in_pid_namespace(words(place, "sh", "-c", "exit %d" % status))).status == status


@test
def a_command_that_a_signal_killed_leaves_128_and_its_number():
    place = Place()
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGHUP, signal.SIGUSR1):
        assert run(*words(place, "sh", "-c", "kill -%d $$" % number)).status == 128 + number


@test
def a_command_that_cannot_be_started_is_126_or_127():
    place = Place()
    write("plain.txt", "no program\n")
    result = run(*words(place, "no-such-command"))
    assert result.status == 127 and "cannot start the command command=no-such-command" in result.err, result
    assert run(*words(place, "./plain.txt")).status == 126
    refuses(64, r"which command shall run\?", *words(place))


@test
def every_signal_reaches_the_command():
    place = Place()
    write("echo.py", "import signal, sys, time\n"
          "def seen(number, frame): print(number, flush=True)\n"
          "for n in range(1, 65):\n"
          "    if n not in (9, 17, 19, 32, 33): signal.signal(n, seen)\n"
          "print('ready', flush=True)\n"
          "while True: time.sleep(1)\n")
    with background(*words(place, sys.executable, "echo.py"), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        # not the ones that stop a process, which a shell's job control is about
        for number in [n for n in range(1, 65) if n not in (9, 17, 18, 19, 20, 21, 22, 32, 33)]:
            os.kill(process.pid, number)
            assert process.stdout.readline() == "%d\n" % number, number


@test
def the_command_gets_the_signals_that_we_got_and_no_descriptor_of_ours():
    place = Place()
    line = ["grep", "-E", "Sig(Blk|Ign|Cgt)", "/proc/self/status"]
    assert runs(*words(place, *line)).out == runs(*line).out
    open_files = runs(*words(place, "ls", "/proc/self/fd")).out.split()
    assert open_files == ["0", "1", "2", "3"], open_files  # 3: the folder that ls lists


@test
def stdin_stdout_and_arguments_go_through_as_they_are():
    place = Place()
    assert run(*words(place, "cat"), stdin="a\nb").out == "a\nb"
    assert runs(*words(place, "printf", "%s|", "--name", "x y", "", "--help")).out == "--name|x y||--help|"


@test
def orphans_are_reaped_whether_it_is_pid_1_or_not():
    place = Place()
    script = ("i=0; while [ $i -lt 300 ]; do (sleep 0.05 & ) ; i=$((i+1)); done; sleep 0.4; "
              "ps -eo ppid=,stat= | awk -v p=$PPID '$1 == p && $2 ~ /Z/' | wc -l")
    for line in (words(place, "sh", "-c", script), in_pid_namespace(words(place, "sh", "-c", script))):
        assert runs(*line).out.strip() == "0"


@test
def after_the_grace_time_a_command_that_ignores_sigterm_is_killed():
    place = Place()
    options = ["--no-seal", "--no-prepare", "--grace", "1"]
    line = words(place, "sh", "-c", 'trap "" TERM; echo ready; while :; do sleep 0.1; done', options=options)
    with background(*line, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=20) == 128 + signal.SIGKILL


@test
def when_it_is_killed_itself_the_command_is_told_to_end():
    place = Place()
    line = words(place, "sh", "-c", 'trap "touch told; exit 0" TERM; echo ready; while :; do sleep 0.1; done')
    with background(*line, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        os.kill(process.pid, signal.SIGKILL)
        wait_until("the command to be told", lambda: os.path.exists("told"), 20)


@test
def the_terminal_goes_to_the_command_and_back():
    place = Place()
    line = " ".join(words(place, "sh", "-c", "'read a; echo command $a'")) + "; read b; echo caller $b"
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe("sh", ["sh", "-c", line], clean_env())
    os.write(terminal, b"one\ntwo\n")
    said = b""
    with contextlib.suppress(OSError):  # what a terminal says when its last process is gone
        while chunk := os.read(terminal, 1000):
            said += chunk
    assert os.waitpid(pid, 0)[1] == 0 and b"command one" in said and b"caller two" in said, said


@test
def a_caller_that_ignores_sigchld_does_not_make_it_hang():
    place = Place()
    line = words(place, "sh", "-c", "exit 5")
    process = subprocess.Popen(line, env=clean_env(), preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    assert process.wait(timeout=20) == 5


@test
def a_seal_that_fails_at_once_is_tried_again_but_not_without_a_pause():
    place = Place()
    line = words(place, "sleep", "60", options=["--timeout", "0", "--url", "https://localhost:1"])
    with background(*line, stderr=open("said", "w")):
        time.sleep(3)
    assert 1 <= read("said").count(": error: ") <= 4, read("said")


@test
def when_preparing_is_killed_it_says_so():
    place = Place()
    line = ["strace", "-f", "-o", "/dev/null", "-e", "trace=fsync", "-e", "inject=fsync:signal=SIGKILL:when=1"]
    result = run(*line, *words(place, "true", options=PREPARED))
    assert result.status == 128 + signal.SIGKILL and "ended by a signal step=prepare signal=9" in result.err, result


@test
def when_preparing_fails_the_command_is_never_started():
    place = Place(text="name: logs\nlevel: minimal\ninstances:\n  - name: es01\n  - name: es02\n")
    refuses(78, "level minimal", *words(place, "touch", "started", options=PREPARED))
    write(place.stack, "name: logs\ninstances:\n  - name: es01\n")
    write(place.config() + "/elasticsearch.yml", "xpack.security.enabled: false\n")
    refuses(78, "sets xpack.security.enabled", *words(place, "touch", "started", options=PREPARED))
    assert not os.path.exists("started")


@test
def a_signal_while_it_prepares_ends_it_before_the_command_starts():
    place = Place()
    line = ["strace", "-f", "-o", "/dev/null", "-e", "trace=fsync", "-e", "inject=fsync:delay_enter=300000"]
    with background(*line, *words(place, "touch", "started", options=PREPARED), stderr=subprocess.DEVNULL) as process:
        wait_until("the first folder in the store", lambda: os.listdir(place.store))
        os.kill(int(runs("pgrep", "-P", str(process.pid)).out), signal.SIGTERM)
        assert process.wait(timeout=60) == 128 + signal.SIGTERM
    assert not os.path.exists("started")


@test
def the_password_variables_are_gone_before_the_command_starts():
    place = Place()
    env = {"STACKSEAL_PASSWORD_ELASTIC": "canary-of-elastic", "KEPT": "yes"}
    script = "env; tr '\\0' '\\n' </proc/$PPID/environ"
    said = runs(*words(place, "sh", "-c", script, options=PREPARED), env=env)
    assert said.out.count("KEPT=yes") == 2 and "canary" not in said.out + said.err, said
    assert read(place.store + "/passwords/elastic") == "canary-of-elastic"


@test
def beside_the_command_it_stays_small_and_never_wakes_up():
    place = Place()
    with background(*words(place, "sh", "-c", "echo ready; exec sleep 60", options=PREPARED),
                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        status = read("/proc/%d/status" % process.pid)
        rollup = read("/proc/%d/smaps_rollup" % process.pid)
        own = int(re.search(r"Anonymous:\s+(\d+) kB", rollup).group(1))
        assert own < 1024, rollup
        switches = re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status, re.M).group(1)
        time.sleep(1)  # what is shown is that nothing happens
        assert re.search(r"^voluntary_ctxt_switches:\s+(\d+)", read("/proc/%d/status" % process.pid), re.M).group(1) == switches


@test
def a_node_that_gives_up_early_is_followed_by_what_may_be_why():
    place = Place()
    os.mkdir("data", 0o700)
    write("server.sh", "exit $1\n")
    words = [INIT, "run", "--stack", place.stack, "--store", place.store, "--config-dir", place.config(), "--timeout", "1s", "--"]
    found = r'init: warn: this may be why finding="the data folder .*/data. cannot be written by user 1000: it is 0:0, mode 0700" remedy="chown 1000:0'
    env = {"path.data": os.path.abspath("data")}
    result = run(*words, "sh", "server.sh", "78", env=env)
    assert result.status == 78 and re.search(found, result.err), result
    for status in ("0", "127"):
        assert "this may be why" not in run(*words, "sh", "server.sh", status, env=env).err
    assert "this may be why" not in run(*words, "sh", "server.sh", "78").err, "the data are not here"
    wait = [INIT, "wait", "tcp", "--stack", place.stack, "--store", place.store, "--name", "es01", "--timeout", "0s"]
    assert re.search(found, run(*wait, env=env).err)
    assert "this may be why" not in run(*wait).err


main()
