"""The demo on a real three-node cluster: nothing leaks while it runs, and a second run takes up what is there."""

import base64
import contextlib
import glob
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request

from blackbox import INIT, ROOT, clean_env, main, read, refuses, runs, test, wait_until

DEMO = ROOT + "/build/test/demo"
STACK = DEMO + "/stack.yml"
STORE = DEMO + "/store"
NODES = ("node1", "node2", "node3")
PORTS = {"node1": 19201, "node2": 19202, "node3": 19203}


def say(text):
    print("# " + text, flush=True)


class Watcher(threading.Thread):
    """Collects what every process of this machine shows of itself, and when each node's HTTP port opened."""

    def __init__(self):
        super().__init__(daemon=True)
        self.seen = set()
        self.looks = 0
        self.opened = {}  # port -> time
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(0.03):
            self.looks += 1
            for port in set(PORTS.values()) - set(self.opened):
                with socket.socket() as s:
                    if s.connect_ex(("127.0.0.1", port)) == 0:
                        self.opened[port] = time.time()
            for path in glob.glob("/proc/[0-9]*/cmdline") + glob.glob("/proc/[0-9]*/environ"):
                with contextlib.suppress(OSError), open(path, "rb") as f:
                    self.seen.add(f.read())


def make_demo(**env):
    return subprocess.Popen(["make", "--no-print-directory", "-C", ROOT, "demo"], env=clean_env({"DEMO": DEMO, **env}),
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)


def secrets():
    """Every password, and a line of every private key."""
    found = {}
    for path in glob.glob(STORE + "/passwords/*"):
        found[path] = read(path)
    for path in glob.glob(STORE + "/**/*.key", recursive=True):
        found[path] = read(path).splitlines()[1]
    return found


def checksums():
    files = glob.glob(STORE + "/**", recursive=True) + glob.glob(DEMO + "/node[123]/config/**", recursive=True)
    return {path: open(path, "rb").read() for path in files if os.path.isfile(path)}


def ask(node, path, user, password):
    """The status and the body of a GET, with full verification."""
    request = urllib.request.Request("https://localhost:%d%s" % (PORTS[node], path))
    request.add_header("Authorization", "Basic " + base64.b64encode(("%s:%s" % (user, password)).encode()).decode())
    try:
        with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=STORE + "/trust/http.crt"), timeout=30) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def our_processes(folder=DEMO):
    return [p for p in glob.glob("/proc/[0-9]*/cmdline") if _mentions(p, folder.encode())]


def _mentions(path, text):
    with contextlib.suppress(OSError), open(path, "rb") as f:
        return text in f.read() and int(path.split("/")[2]) != os.getpid()
    return False


@test
def from_an_empty_folder_the_demo_ends_well_and_no_secret_shows():
    subprocess.run(["rm", "-rf", DEMO], check=True)
    watcher = Watcher()
    watcher.start()
    demo = make_demo()
    said = demo.communicate()[0]
    watcher.over.set()
    watcher.join()
    assert demo.returncode == 0, said[-4000:]
    say(re.search(r"start to sealed .*", said).group(0))
    assert re.search(r"^start to sealed +opensearch .* ms$", said, re.M), said
    sealed = os.stat(STORE + "/seal.json").st_mtime - max(watcher.opened.values())
    say("the last HTTP port opened, and %.0f ms later the cluster was sealed" % (sealed * 1000))
    hidden = secrets()
    assert len(hidden) >= 3 + 2 + 6 + 1 and watcher.looks > 50 and any(b"Launch" in text for text in watcher.seen)
    logs = [said] + [open(p, errors="replace").read() for p in glob.glob(DEMO + "/**/*.log", recursive=True)]
    everything = {path: open(path, "rb").read() for path in glob.glob(DEMO + "/**", recursive=True) if os.path.isfile(path)}
    for name, secret in hidden.items():
        assert not any(secret.encode() in text for text in watcher.seen), name + " in argv or an environment"
        assert not any(secret in text for text in logs), name + " in a log"
        for path, content in everything.items():
            if secret.encode() in content:
                assert os.stat(path).st_mode & 0o077 == 0, "%s can be read by others: %s" % (path, name)
    wait_until("every process of the demo to be gone", lambda: not our_processes(), 10)


@test
def run_again_it_takes_up_everything_and_the_live_cluster_holds_to_its_contract():
    before = checksums()
    demo = make_demo(KEEP="1")
    try:
        said = ""
        while "until you press Ctrl-C" not in said:
            line = demo.stdout.readline()
            said += line
            assert line, said[-4000:]
        assert "sealed by an earlier run" in said, said
        after = checksums()
        assert {p: c for p, c in after.items() if "/node4/" not in p} == before, [p for p in after if after[p] != before.get(p)]
        say("live: logins")
        for user in ("admin", "kibanaserver", "logstash"):
            password = read(STORE + "/passwords/" + user)
            for node in NODES:
                assert ask(node, "/_plugins/_security/authinfo", user, password)[0] == 200, (user, node)
                assert ask(node, "/", user, password + "x")[0] == 401
                assert ask(node, "/", user, user)[0] == 401, "a default password"
        check_many_sealers()
        check_drift()
        check_foreign_store()
        check_killed_node()
        os.killpg(demo.pid, signal.SIGINT)  # as Ctrl-C does
        demo.communicate(timeout=60)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(demo.pid, signal.SIGTERM)
        demo.wait(timeout=60)
    wait_until("every process of the demo to be gone", lambda: not our_processes(), 30)


def check_many_sealers():
    say("live: eight sealers at once")
    words = [INIT, "seal", "--stack", STACK, "--store", STORE, "--timeout", "60s"]
    processes = [subprocess.Popen(words, env=clean_env(), stderr=subprocess.PIPE, text=True) for _ in range(8)]
    said = [p.communicate()[1] for p in processes]
    assert all(p.returncode == 0 and "already sealed" in text for p, text in zip(processes, said)), "".join(said)
    result = runs(INIT, "status", "--stack", STACK, "--store", STORE, "--json")
    assert {row["state"] for row in json.loads(result.out)} == {"ok", "green", "api"}, result


def patch_password(user, password):
    """As the administrator, whom a certificate makes: what somebody could do behind our back."""
    body = json.dumps([{"op": "add", "path": "/password", "value": password}])
    runs("curl", "-sS", "--fail", "--cacert", STORE + "/trust/http.crt", "--cert", STORE + "/admin/tls.crt", "--key",
         STORE + "/admin/tls.key", "-H", "Content-Type: application/json", "-X", "PATCH", "--data-binary", "@-",
         "https://localhost:19201/_plugins/_security/api/internalusers/" + user, stdin=body)


def check_drift():
    say("live: a password that was changed behind our back")
    right = read(STORE + "/passwords/logstash")
    patch_password("logstash", "Changed-by-hand-77")
    refuses(80, r"'logstash' has a password that is not the one in the store; nothing was changed", INIT, "seal",
            "--stack", STACK, "--store", STORE, "--timeout", "60s")
    assert ask("node1", "/_plugins/_security/authinfo", "logstash", "Changed-by-hand-77")[0] == 200
    patch_password("logstash", right)
    runs(INIT, "seal", "--stack", STACK, "--store", STORE, "--timeout", "60s")


def check_foreign_store():
    say("live: the store of another stack")
    os.mkdir("foreign", 0o700)
    runs(INIT, "prepare", "--all", "--stack", STACK, "--store", "foreign")
    refuses(69, r"did not come to 'security' in time: .*certificate", INIT, "seal", "--stack", STACK, "--store", "foreign",
            "--timeout", "2s")


def check_killed_node():
    say("live: a node is killed and started again")
    supervisor = next(int(p.split("/")[2]) for p in our_processes()
                      if b"--name\0node3" in open(p, "rb").read() and b"run\0--stack" in open(p, "rb").read())
    server = next(int(pid) for pid in runs("pgrep", "-P", str(supervisor)).out.split()
                  if b"Launch" in open("/proc/%s/cmdline" % pid, "rb").read())
    os.kill(server, signal.SIGKILL)
    wait_until("init run to leave with its server", lambda: not os.path.exists("/proc/%d/exe" % supervisor) or
               "State:\tZ" in read("/proc/%d/status" % supervisor))
    home = ROOT + "/build/opensearch/2.19.4/bin/opensearch"
    line = [INIT, "run", "--stack", STACK, "--store", STORE, "--name", "node3", "--config-dir", DEMO + "/node3/config", "--", home]
    env = clean_env({"OPENSEARCH_PATH_CONF": DEMO + "/node3/config"})
    with open(DEMO + "/node3/again.log", "w") as log:
        again = subprocess.Popen(line, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        password = read(STORE + "/passwords/admin")

        def is_back():
            with contextlib.suppress(OSError):
                status, body = ask("node3", "/_cluster/health", "admin", password)
                return status == 200 and '"number_of_nodes":3' in body
            return False

        wait_until("node3 to be back", is_back, 120)
        os.kill(again.pid, signal.SIGTERM)
        assert again.wait(timeout=60) == 128 + signal.SIGTERM
        assert "already sealed" in read(DEMO + "/node3/again.log")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(again.pid, signal.SIGKILL)


@test
def a_node_that_ends_ends_the_demo_at_once_with_its_last_words():
    broken = os.path.abspath("broken")
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 19202))
        taken.listen()
        demo = make_demo(DEMO=broken, DEMO_TIMEOUT="600")
        said = demo.communicate(timeout=120)[0]
    assert demo.returncode != 0 and "demo: a node has ended" in said and "19202" in said, said[-4000:]
    wait_until("every process of the demo to be gone", lambda: not our_processes(broken), 30)


main()
