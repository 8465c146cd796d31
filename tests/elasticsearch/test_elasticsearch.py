"""What `init` does for Elasticsearch, from the first start to the last level, on the home in ES_HOME.

Without ES_HOME the home is stand_in/, which behaves as the documented interface does; with it, an
unpacked Elasticsearch 7.12 to 9.x: `make test-elasticsearch ES_HOME=DIR`, not as root.
"""

import contextlib
import glob
import json
import os
import re
import shutil
import subprocess

from blackbox import INIT, ROOT, background, free_port, main, read, refuses, run, runs, test, tree, wait_until, write

HOME = os.environ.get("ES_HOME") or ROOT + "/tests/elasticsearch/stand_in"
TIMEOUT = "240s"


def version():
    jars = [os.path.basename(p) for p in glob.glob(HOME + "/lib/elasticsearch-[0-9]*.jar")]
    assert len(jars) == 1, "%s is no unpacked Elasticsearch: %s" % (HOME, jars)
    return re.fullmatch(r"elasticsearch-([0-9.]+)\.jar", jars[0]).group(1)


class Stack:
    """Nodes with a configuration folder each, as an image brings it, and data of their own."""

    def __init__(self, count=1, clients=()):
        self.clients = clients  # (name, role)
        self.names = ["es%02d" % i for i in range(1, count + 1)]
        self.ports = {name: (free_port(), free_port()) for name in self.names}
        self.here = os.getcwd()
        os.mkdir("store", 0o700)
        for name in self.names:
            self.make_config(name)

    def make_config(self, name):
        shutil.copytree(HOME + "/config", "config-" + name)
        with contextlib.suppress(FileNotFoundError):
            os.remove("config-%s/elasticsearch.keystore" % name)
        write("config-%s/elasticsearch.yml" % name, "network.host: 127.0.0.1\npath.data: %s/data-%s\npath.logs: %s/logs-%s\n"
              % (self.here, name, self.here, name))

    def at(self, level, **more):
        text = "name: logs\nversion: %s\nlevel: %s\n" % (version(), level)
        text += "".join("%s: %s\n" % pair for pair in more.items()) + "instances:\n"
        for name in self.names:
            text += "  - {name: %s, dns: localhost, ip: 127.0.0.1, http_port: %d, transport_port: %d}\n" % ((name,) + self.ports[name])
        text += "".join("  - {name: %s, role: %s, dns: localhost}\n" % pair for pair in self.clients)
        write("stack.yml", text)
        self.level = level

    def words(self, command, *more, store="store"):
        return [INIT, command, "--stack", "stack.yml", "--store", store, *more]

    @contextlib.contextmanager
    def running(self, *options, names=None, store="store"):
        """Each node as its container would start it; the block begins when they run."""
        with contextlib.ExitStack() as stack:
            for name in names or self.names:
                env = {"ES_PATH_CONF": "%s/config-%s" % (self.here, name), "STAND_IN_CLUSTER": self.here + "/cluster",
                       "STACKSEAL_INIT": INIT, "ES_JAVA_OPTS": os.environ.get("ES_JAVA_OPTS", "-Xms512m -Xmx512m")}
                line = self.words("run", "--name", name, "--config-dir", "config-" + name, "--timeout", TIMEOUT, *options, "--",
                                  HOME + "/bin/elasticsearch", store=store)
                process = stack.enter_context(background(*line, env=env, stdin=subprocess.DEVNULL, stdout=open(name + ".out", "ab"),
                                                         stderr=open(name + ".err", "ab")))
                stack.callback(self.stop, process)
            yield

    @staticmethod
    def stop(process):
        """As a container is stopped: with SIGTERM and some patience."""
        process.terminate()
        process.wait(60)

    def said(self, name):
        return read(name + ".err") + (read(name + ".out")[-3000:] if os.path.exists(name + ".out") else "")

    def sealed(self):
        result = run(*self.words("wait", "sealed", "--timeout", TIMEOUT), timeout=300)
        assert result.status == 0, "%s\n%s" % (result, "\n".join(self.said(name) for name in self.names))

    def ask(self, path, user, password, name="es01"):
        """Status and body that curl gets; the password goes through a pipe."""
        scheme = "https" if self.level == "https" else "http"
        words = ["curl", "-sS", "--config", "-", "-w", "\n%{http_code}", "%s://localhost:%d%s" % (scheme, self.ports[name][0], path)]
        if scheme == "https":
            words += ["--cacert", "store/trust/http.crt"]
        quoted = password.replace("\\", "\\\\").replace('"', '\\"')
        body, _, status = run(*words, stdin='user = "%s:%s"\n' % (user, quoted)).out.rpartition("\n")
        return int(status), body

    def check(self):
        """Each built-in user logs in with what the store holds, at each node, and with nothing else."""
        users = json.loads(read("store/seal.json"))["users"]
        assert "elastic" in users and "kibana_system" in users
        for name in self.names:
            for user in users:
                status, body = self.ask("/_security/_authenticate", user, read("store/passwords/" + user), name)
                assert (status, json.loads(body)["username"]) == (200, user), (name, user, status, body)
            for wrong in ["changeme"] + [read(p) for p in ("store/bootstrap.password",) if os.path.exists(p)]:
                assert self.ask("/", "elastic", wrong, name)[0] == 401, name


def passwords():
    return {name: read("store/passwords/" + name) for name in os.listdir("store/passwords")}


@test
def minimal_one_node_is_sealed_and_a_second_start_changes_nothing():
    s = Stack()
    s.at("minimal")
    with s.running():
        s.sealed()
        s.check()
        wait_until("the second prepare", lambda: s.said("es01").count("prepared instance") == 2, 120)
    before = tree("store", "config-es01")
    with s.running():
        wait_until("the second seal", lambda: "already sealed" in s.said("es01"), 240)
        s.check()
        after = tree("store", "config-es01")
    changed = [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)]
    assert not changed, changed


@test
def basic_three_nodes_are_one_cluster():
    three_nodes("basic")


@test
def https_three_nodes_are_one_cluster():
    three_nodes("https")


def three_nodes(level):
    s = Stack(3)
    s.at(level)
    with s.running():
        s.sealed()
        for name in s.names:
            runs(*s.words("wait", "green", "--timeout", TIMEOUT, "--url",
                          "%s://localhost:%d" % ("https" if level == "https" else "http", s.ports[name][0])), timeout=300)
        s.check()
        uuids = {json.loads(s.ask("/", "elastic", read("store/passwords/elastic"), name)[1])["cluster_uuid"] for name in s.names}
        assert uuids == {json.loads(read("store/seal.json"))["cluster_uuid"]}
        for name in s.names:
            wait_until("the second prepare of " + name, lambda n=name: s.said(n).count("prepared instance") == 2, 120)
            assert "initial_master_nodes:" not in re.sub("#.*", "", read("config-%s/elasticsearch.yml" % name))
        result = runs(*s.words("seal", "--timeout", TIMEOUT))
        assert "already sealed" in result.err, result


@test
def one_node_is_raised_from_level_to_level_and_keeps_its_passwords_and_its_data():
    s = Stack()
    kept = None
    for level in ("minimal", "basic", "https"):
        s.at(level)
        with s.running():
            s.sealed()
            wait_until("seal.json at " + level, lambda at=level: json.loads(read("store/seal.json"))["level"] == at, 240)
            s.check()
        kept = kept or (passwords(), json.loads(read("store/seal.json"))["cluster_uuid"])
        assert kept == (passwords(), json.loads(read("store/seal.json"))["cluster_uuid"]), level


@test
def a_node_is_added_at_the_step_to_basic_and_joins():
    s = Stack(2)
    both = s.names
    s.names = both[:1]
    s.at("minimal")
    with s.running():
        s.sealed()
        wait_until("the second prepare", lambda: s.said("es01").count("prepared instance") == 2, 120)
    founded = json.loads(read("store/seal.json"))["cluster_uuid"]
    s.names = both
    s.at("basic")
    with s.running():
        for name in both:
            runs(*s.words("wait", "yellow", "--timeout", TIMEOUT, "--url", "http://localhost:%d" % s.ports[name][0]), timeout=300)
        s.check()
        uuids = {json.loads(s.ask("/", "elastic", read("store/passwords/elastic"), name)[1])["cluster_uuid"] for name in both}
        assert uuids == {founded}


@test
def users_in_files_are_valid_from_the_first_start_on_and_no_password_is_set():
    s = Stack(2)
    s.at("https", accounts="file")
    with s.running():
        s.sealed()
        s.check()
        assert not os.path.exists("store/bootstrap.password")
        assert "set password" not in "".join(s.said(name) for name in s.names)
    before = passwords()
    with s.running():
        wait_until("the second seal", lambda: all("already sealed" in s.said(name) for name in s.names), 240)
        s.check()
    assert passwords() == before


@test
def who_writes_to_the_cluster_logs_in_with_what_its_own_configuration_says():
    s = Stack(clients=[("kibana", "kibana"), ("beat", "filebeat"), ("pipes", "logstash")])
    s.at("https")
    with s.running():
        s.sealed()
        s.check()
        for name, role in s.clients:
            os.mkdir("config-" + name)
            runs(*s.words("prepare", "--name", name, "--config-dir", "config-" + name))
            assert "changed=0" in runs(*s.words("prepare", "--name", name, "--config-dir", "config-" + name)).err, role
        shown = ["keystore", "show", "--config-dir"]
        written = {"kibana_system": runs(INIT, *shown, "config-kibana", "--product", "kibana", "elasticsearch.password").out,
                   "filebeat_internal": runs(INIT, *shown, "config-beat", "--product", "filebeat", "STACKSEAL_PASSWORD").out}
        for user, password in written.items():
            status, body = s.ask("/_security/_authenticate", user, password.rstrip("\n"))
            assert (status, json.loads(body)["username"]) == (200, user), (user, status, body)
        assert "filebeat_internal" in read("config-beat/filebeat.yml") and read("store/passwords/filebeat_internal") not in read("config-beat/filebeat.yml")


@test
def health_says_what_a_container_is_good_for():
    s = Stack()
    s.at("https")
    health = s.words("health", "--name", "es01", "--config-dir", "config-es01")
    with s.running():
        s.sealed()
        runs(*health)
        runs(*health[:2], "sealed", *health[2:])
    refuses(69, "refused", *health)


@test
def data_that_another_store_sealed_is_a_conflict_and_nothing_is_changed():
    s = Stack()
    s.at("https")
    with s.running():
        s.sealed()
    shutil.rmtree("config-es01")
    s.make_config("es01")
    os.mkdir("other", 0o700)
    with s.running("--no-seal", store="other"):
        refuses(80, "password", *s.words("seal", "--timeout", TIMEOUT, store="other"))
        assert not os.path.exists("other/seal.json")
    shutil.rmtree("config-es01")
    s.make_config("es01")
    with s.running():
        wait_until("the second seal", lambda: "already sealed" in s.said("es01"), 240)
        s.check()


@test
def a_given_password_is_the_one_that_opens_the_cluster():
    s = Stack()
    s.at("https")
    write("given", "pa$$ w\"o'rd#{x} \u00e4\n", 0o600)
    runs(*s.words("prepare", "--all"), env={"STACKSEAL_PASSWORD_ELASTIC_FILE": s.here + "/given"})
    with s.running():
        s.sealed()
        assert read("store/passwords/elastic") == read("given").rstrip("\n")
        write("wrong", "not this one\n", 0o600)
        refuses(80, "STACKSEAL_PASSWORD_ELASTIC", *s.words("seal", "--timeout", "30s"),
                env={"STACKSEAL_PASSWORD_ELASTIC_FILE": s.here + "/wrong"})
        s.check()


if __name__ == "__main__":
    main()
