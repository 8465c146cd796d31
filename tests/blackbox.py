"""What the black-box tests share: real programs, one scratch folder a test, TAP on stdout.

    from blackbox import test, run, refuses, main

    @test
    def a_second_run_changes_nothing():
        ...

    main()

A test's name is a sentence that is true. It runs in an empty folder of its own and fails by raising.
"""

import contextlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BIN = os.environ.get("STACKSEAL_BIN", ROOT + "/build/bin")
INIT = BIN + "/init"
CERTGEN = BIN + "/certgen"
TIMEOUT_S = 300

_tests = []


def test(function):
    _tests.append(function)
    return function


def main():
    """Run the tests whose names hold the first argument; the exit status says whether all passed."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    chosen = [t for t in _tests if wanted in t.__name__]
    failed = 0
    print("1..%d" % len(chosen), flush=True)
    for number, one in enumerate(chosen, 1):
        good = _run_one(one)
        failed += not good
        print("%s %d - %s" % ("ok" if good else "not ok", number, one.__name__.replace("_", " ")), flush=True)
    sys.exit(1 if failed else 0)


def _run_one(one):
    scratch = tempfile.mkdtemp(prefix="stackseal-")
    os.chmod(scratch, 0o755)  # other users' processes come in, too
    os.chdir(scratch)
    try:
        one()
        return True
    except Exception:  # pylint: disable=broad-except
        for line in traceback.format_exc().rstrip().split("\n"):
            print("# " + line)
        return False
    finally:
        os.chdir(ROOT)
        shutil.rmtree(scratch, ignore_errors=True)


class Result:
    """How a program ended: status (128+N after signal N), out, err."""

    def __init__(self, words, process):
        self.words = words
        self.status = process.returncode if process.returncode >= 0 else 128 - process.returncode
        self.out = process.stdout
        self.err = process.stderr

    def __repr__(self):
        return "%s\n-> %d\n%s%s" % (" ".join(self.words), self.status, self.out, self.err)


def clean_env(extra=None):
    """The environment without anything that our programs would take for an order."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("STACKSEAL_", "CERTGEN_"))}
    env.update(extra or {})
    return env


def run(*words, env=None, uid=None, stdin=None, timeout=TIMEOUT_S):
    """Run a program to its end. uid: as that user, group 0, no capabilities."""
    words = [str(w) for w in words]
    if uid is not None:
        words = ["setpriv", "--reuid", str(uid), "--regid", "0", "--clear-groups"] + words
    process = subprocess.run(words, env=clean_env(env), input=stdin, capture_output=True, text=True,
                             timeout=timeout, check=False, errors="replace")
    return Result(words, process)


def runs(*words, **how):
    """The same, and it must succeed."""
    result = run(*words, **how)
    assert result.status == 0, result
    return result


def refuses(status, pattern, *words, **how):
    """Run a program that must fail with this status and say so in one line that the pattern matches."""
    result = run(*words, **how)
    assert result.status == status, "status %d was wanted\n%s" % (status, result)
    lines = [line for line in result.err.splitlines() if ": error: " in line]
    assert len(lines) == 1 and result.err.splitlines()[-1] == lines[0], "one last line was wanted\n%s" % result
    assert re.search(pattern, lines[0]), "/%s/ was wanted\n%s" % (pattern, result)
    return result


def write(path, text, mode=0o644):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def tree(*folders):
    """Every file and folder below: path -> (mode, owner, mtime, content), without the lock file."""
    found = {}
    for folder in folders:
        for parent, _, names in os.walk(folder):
            for path in [parent] + [os.path.join(parent, n) for n in names if n != ".lock"]:
                st = os.stat(path)
                content = None if os.path.isdir(path) else open(path, "rb").read()
                when = None if content is None else st.st_mtime_ns
                found[path] = (oct(st.st_mode), st.st_uid, when, content)
    return found


@contextlib.contextmanager
def inside(path):
    """A new folder, which is the current one as long as the block lasts."""
    before = os.getcwd()
    os.makedirs(path)
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)


def leftovers(path):
    """Temporary files and folders that somebody left below."""
    return [os.path.join(p, n) for p, ds, fs in os.walk(path) for n in ds + fs if n.endswith(".tmp")]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "%s did not happen in %d s" % (what, seconds)
        time.sleep(0.02)


@contextlib.contextmanager
def background(*words, env=None, **how):
    """A process that is killed with its whole session when the block ends."""
    process = subprocess.Popen([str(w) for w in words], env=clean_env(env), start_new_session=True, **how)
    try:
        yield process
    finally:
        # a command that init started has a process group of its own
        subprocess.run(["pkill", "-KILL", "--session", str(process.pid)], check=False)
        process.wait()


def openssl_verifies(ca, cert, purpose="any"):
    """Whether OpenSSL's own tool takes the certificate under that CA, for that purpose."""
    words = ["openssl", "verify", "-CAfile", ca]
    if purpose != "any":
        words += ["-purpose", purpose]
    return run(*words, cert).status == 0


def key_fits(cert, key):
    """Whether OpenSSL, as Python has it, loads the two as a pair."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key)
        return True
    except (OSError, ssl.SSLError):
        return False


def handshake(ca, cert, key, name):
    """A full TLS handshake in memory: None, or why the client that trusts ca refuses a server with this pair."""
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(cert, key)
    client_context = ssl.create_default_context(cafile=ca)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_context.wrap_bio(up, down, server_side=True)
    client = client_context.wrap_bio(down, up, server_hostname=name)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as why:
            return str(why)
    return None


def stack_text(count=1, name="logs", **keys):
    """A stack file with nodes es01, es02 ...; keys are those of the stack."""
    lines = ["name: " + name] + ["%s: %s" % pair for pair in keys.items()] + ["instances:"]
    for i in range(1, count + 1):
        lines += ["  - name: es%02d" % i, "    dns: [es%02d, localhost]" % i, "    ip: 127.0.0.%d" % i]
    return "\n".join(lines) + "\n"


class Place:
    """A stack file, a store and a configuration folder for each node, in the current folder."""

    def __init__(self, count=1, text=None, **keys):
        self.stack = os.path.abspath("stack.yml")
        self.store = os.path.abspath("store")
        write(self.stack, text or stack_text(count, **keys))
        os.mkdir(self.store, 0o700)

    def config(self, name="es01"):
        path = os.path.abspath("config-" + name)
        os.makedirs(path, exist_ok=True)
        return path

    def words(self, name="es01", *more):
        return [INIT, "prepare", "--stack", self.stack, "--store", self.store, "--name", name,
                "--config-dir", self.config(name), *more]

    def prepare(self, name="es01", *more, **how):
        return runs(*self.words(name, *more), **how)

    def would_change(self, name="es01", *more, **how):
        """What prepare --check says where something is to do."""
        result = run(*self.words(name, *more, "--check"), **how)
        assert result.status == 81, result
        return result.err

    def refuses(self, status, pattern, name="es01", *more, **how):
        return refuses(status, pattern, *self.words(name, *more), **how)

    def chown(self, uid):
        for path in [self.store] + [os.path.abspath(p) for p in os.listdir(".") if p.startswith("config-")]:
            for parent, folders, files in os.walk(path):
                for entry in [parent] + [os.path.join(parent, n) for n in folders + files]:
                    os.chown(entry, uid, 0)

    def check_node(self, name):
        """Every pair of a node: whole, fitting, and good under the CA of its network only."""
        for network, other in (("transport", "http"), ("http", "transport")):
            cert = "%s/instances/%s/%s/tls.crt" % (self.store, name, network)
            key = cert[:-3] + "key"
            trust = self.store + "/trust/%s.crt"
            why = handshake(trust % network, cert, key, name)
            assert why is None, (cert, why)
            assert "CERTIFICATE_VERIFY_FAILED" in handshake(trust % other, cert, key, name), cert
            assert read(cert) == read("%s/certs/%s.crt" % (self.config(name), network))
            assert read(key) == read("%s/certs/%s.key" % (self.config(name), network))
