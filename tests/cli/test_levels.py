"""A stack that runs is raised from one level to the next, keeping its passwords and CAs; never lowered."""

import json
import os

from blackbox import INIT, free_port, main, read, refuses, run, runs, test, tree, write

from elasticsearch import BUILT_IN, Elasticsearch


class Stack:
    """One or more nodes on stand-ins that share one cluster's state."""

    def __init__(self, nodes=1, clients=()):
        self.names = ["es%02d" % i for i in range(1, nodes + 1)]
        self.ports = {name: free_port() for name in self.names}
        self.clients = clients
        self.cluster = None
        os.mkdir("store", 0o700)
        for name in self.names + list(clients):
            os.mkdir("config-" + name)

    def at(self, level):
        text = "name: logs\nversion: 8.15.3\nlevel: %s\ninstances:\n" % level
        for name in self.names:
            text += "  - {name: %s, dns: localhost, http_port: %d}\n" % (name, self.ports[name])
        for name in self.clients:
            text += "  - {name: %s, role: kibana, dns: %s}\n" % (name, name)
        write("stack.yml", text)

    def words(self, command, *more):
        return [INIT, command, "--stack", "stack.yml", "--store", "store", *more]

    def prepare(self):
        """What each said, by name."""
        return {name: runs(*self.words("prepare", "--name", name, "--config-dir", "config-" + name)).err
                for name in self.names + list(self.clients)}

    def serving(self, name, tls):
        if not self.cluster:
            self.cluster = Elasticsearch(read("store/bootstrap.password"))
        pair = ["config-%s/certs/http.%s" % (name, end) for end in ("crt", "key")] if tls else []
        return self.cluster.serving(self.ports[name], *pair)


def secrets():
    return tree("store/passwords", "store/ca")


@test
def one_node_goes_from_minimal_to_basic_to_https_and_keeps_its_passwords_and_its_ca():
    s = Stack(clients=("kibana",))
    kept = None
    for level, said in (("minimal", None), ("basic", 'next="restart es01"'), ("https", 'next="restart es01, then kibana"')):
        s.at(level)
        for name, err in s.prepare().items():
            assert ("raising the level" in err) == (said is not None), err
            assert not said or said in err, (name, err)
        with s.serving("es01", level == "https"):
            sealed = runs(*s.words("seal", "--timeout", "20s")).err
        assert ("raised level=" + level in sealed) == (said is not None), sealed
        assert json.loads(read("store/seal.json"))["level"] == level
        assert not kept or kept["passwords"] == tree("store/passwords"), level
        assert not kept or all(secrets()[path] == entry for path, entry in kept["ca"].items() if entry[3] is not None), level
        kept = {"passwords": tree("store/passwords"), "ca": tree("store/ca")}
        again = s.prepare()
        assert all("changed=0" in err and "raising" not in err for err in again.values()), again
    assert len(s.cluster.set_calls) == len(BUILT_IN)


@test
def three_nodes_go_to_https_one_at_a_time_and_the_last_one_says_that_it_is_done():
    s = Stack(nodes=3)
    s.at("basic")
    s.prepare()
    with s.serving("es01", False):
        runs(*s.words("seal", "--timeout", "20s"))
    s.at("https")
    assert "restart es01, es02 and es03 one at a time" in s.prepare()["es02"]
    with s.serving("es01", True), s.serving("es02", True):
        said = runs(*s.words("seal", "--timeout", "20s")).err
        assert "not raised yet level=https" in said and str(s.ports["es03"]) in said, said
        assert json.loads(read("store/seal.json"))["level"] == "basic"
        status = run(*s.words("status"))
        assert status.status == 80 and "other level" in status.out, status
        with s.serving("es03", True):
            assert "raised level=https" in runs(*s.words("seal", "--timeout", "20s")).err
            assert json.loads(read("store/seal.json"))["level"] == "https"
            assert "raised" not in runs(*s.words("seal", "--timeout", "20s")).err


@test
def a_lower_level_is_refused_and_changes_nothing():
    s = Stack()
    s.at("https")
    s.prepare()
    with s.serving("es01", True):
        runs(*s.words("seal", "--timeout", "20s"))
    before = tree("store", "config-es01")
    for level in ("basic", "minimal"):
        s.at(level)
        for words in (s.words("prepare", "--name", "es01", "--config-dir", "config-es01"), s.words("prepare", "--all"), s.words("seal")):
            refuses(78, "sealed at level https, and level %s is lower.*seal.json" % level, *words)
    assert tree("store", "config-es01") == before


@test
def until_the_raise_is_done_the_old_level_may_come_back():
    s = Stack()
    s.at("basic")
    s.prepare()
    with s.serving("es01", False):
        runs(*s.words("seal", "--timeout", "20s"))
    s.at("https")
    s.prepare()
    s.at("basic")
    s.prepare()
    with s.serving("es01", False):
        runs(*s.words("seal", "--timeout", "20s"))


@test
def a_seal_file_that_is_damaged_or_names_no_level_is_said_and_nothing_is_changed():
    s = Stack()
    s.at("https")
    s.prepare()
    for text in ("", "{", '{"level": "high"}', "[]", '{"cluster_uuid": "x"}'):
        write("store/seal.json", text)
        before = tree("store", "config-es01")
        refuses(65, "seal.json", *s.words("prepare", "--name", "es01", "--config-dir", "config-es01"))
        refuses(65, "seal.json", *s.words("seal"))
        assert tree("store", "config-es01") == before


if __name__ == "__main__":
    main()
