"""What health and seal cost, against the stand-in for Elasticsearch of tests/cli. Run by `make bench`.

`health` beside curl asking the same node for the same page with the same login; and the time from a node that
is ready to a stack that is sealed, with 25 ms of latency, once in the server and once on the way.
STACKSEAL_BIN names other programs; RUNS how often each is run (20).
"""

import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [ROOT + "/tests", ROOT + "/tests/cli"]

from blackbox import INIT, clean_env, runs, write  # noqa: E402
from sealing import Sealed  # noqa: E402

RUNS = int(os.environ.get("RUNS", "20"))
LATENCY_S = 0.025


def row(what, number, unit):
    print("%-60s %9s %s" % (what, number, unit), flush=True)


def milliseconds(*words):
    times = []
    for _ in range(RUNS):
        begun = time.monotonic()
        subprocess.run(words, env=clean_env(), check=True, stdout=subprocess.DEVNULL)
        times.append(1000 * (time.monotonic() - begun))
    return "%.1f" % statistics.median(times)


def peak(*words):
    """Kilobytes; a fork of our own would be counted with it, time(1)'s is small."""
    return subprocess.run(["/usr/bin/time", "-f", "%M", *words], env=clean_env(), capture_output=True, text=True, check=True).stderr.split()[-1]


def pump(one, other):
    """Pass on what comes, half of the latency later."""
    with contextlib.suppress(OSError):
        while True:
            data = one.recv(65536)
            if not data:
                break
            time.sleep(LATENCY_S / 2)
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def far_away(port):
    """A way to the port that takes its time."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        def accept():
            with contextlib.suppress(OSError):
                while True:
                    near = listener.accept()[0]
                    far = socket.create_connection(("127.0.0.1", port))
                    for s in (near, far):
                        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    for pair in ((near, far), (far, near)):
                        threading.Thread(target=pump, args=pair, daemon=True).start()
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def health():
    for level, trust in (("basic", []), ("https", ["--cacert"])):
        with place(level) as s, s.serving():
            runs(*s.words())
            ours = [INIT, "health", "--stack", s.place.stack, "--store", s.place.store, "--name", "es01"]
            write("netrc", "machine localhost login elastic password %s\n" % s.stored("elastic"), 0o600)
            curl = ["curl", "-sf", "--netrc-file", "netrc"] + [w for t in trust for w in (t, s.place.store + "/trust/http.crt")]
            curl += ["%s://localhost:%d/" % ("https" if trust else "http", s.port)]
            for name, words in (("init health", ours), ("curl", curl)):
                row("%s, level %s" % (name, level), milliseconds(*words), "ms")
                row("%s, level %s, peak memory" % (name, level), peak(*words), "kB")


@contextlib.contextmanager
def place(level):
    folder = tempfile.mkdtemp(prefix="stackseal-bench-")
    os.chdir(folder)
    try:
        yield Sealed(level)
    finally:
        os.chdir("/")
        shutil.rmtree(folder)


def seal_once(level, where):
    with place(level) as s, contextlib.ExitStack() as open_ones:
        if where == "server":
            s.cluster.fault = lambda handler: time.sleep(LATENCY_S)
        open_ones.enter_context(s.serving())
        more = []
        if where == "way":
            port = open_ones.enter_context(far_away(s.port))
            more = ["--url", "%s://localhost:%d" % ("https" if level == "https" else "http", port)]
        begun = time.monotonic()
        runs(*s.words("seal", *more))
        return 1000 * (time.monotonic() - begun)


def seal():
    for level in ("basic", "https"):
        for where in ("none", "server", "way"):
            times = [seal_once(level, where) for _ in range(max(1, RUNS // 4))]
            what = "no latency" if where == "none" else "25 ms of latency in the server" if where == "server" else "25 ms there and back"
            row("init seal, six accounts, level %s, %s" % (level, what), "%.0f" % statistics.median(times), "ms")


health()
seal()
