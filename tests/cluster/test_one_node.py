"""Sealing on one real OpenSearch node: locked until then, killed half-way, many at once, a weak password."""

import os
import random
import shutil
import signal
import socket
import subprocess
import time

from blackbox import INIT, ROOT, background, clean_env, main, read, refuses, run, runs, test, wait_until, write

HOME = ROOT + "/build/opensearch/2.19.4"
USERS = ("kibanaserver", "logstash", "admin")


def free_ports():
    with socket.socket() as a, socket.socket() as b:
        a.bind(("127.0.0.1", 0))
        b.bind(("127.0.0.1", 0))
        return a.getsockname()[1], b.getsockname()[1]


class Node:
    def __init__(self):
        self.http, transport = free_ports()
        write("stack.yml", "name: alone\ndistribution: opensearch\nversion: 2.19.4\ninstances:\n"
              "  - {name: node1, dns: localhost, ip: 127.0.0.1, http_port: %d, transport_port: %d}\n" % (self.http, transport))
        os.mkdir("store", 0o700)
        shutil.copytree(HOME + "/config", "config")
        here = os.getcwd()
        write("config/opensearch.yml", "network.host: 127.0.0.1\npath.data: %s/data\npath.logs: %s/logs\n" % (here, here))
        self.env = {"OPENSEARCH_PATH_CONF": here + "/config"}

    def words(self, command, *more):
        return [INIT, command, "--stack", "stack.yml", "--store", "store", *more]

    def running(self, *options):
        line = self.words("run", "--config-dir", "config", *options, "--", HOME + "/bin/opensearch")
        return background(*line, env=self.env, stdin=subprocess.DEVNULL, stdout=open("server.log", "ab"),
                          stderr=open("init.log", "ab"))

    def status_of(self, user, password, path="/_plugins/_security/authinfo"):
        """The status that curl gets; the password goes through a pipe."""
        return run("curl", "-sS", "--config", "-", "--cacert", "store/trust/http.crt", "-o", "/dev/null", "-w", "%{http_code}",
                   "https://localhost:%d%s" % (self.http, path), stdin='user = "%s:%s"\n' % (user, password)).out


@test
def between_the_start_and_the_seal_no_password_opens_anything():
    node = Node()
    with node.running("--no-seal"):
        runs(*node.words("wait", "yellow", "--timeout", "120s"))
        for user in USERS:
            for password in (user, "admin", "", read("store/passwords/" + user)):
                assert node.status_of(user, password) == "401", (user, password)

        dice = random.Random(11)
        cut = 0
        for _ in range(12):
            process = subprocess.Popen(node.words("seal"), env=clean_env(), stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0.005, 0.5))
            process.send_signal(signal.SIGKILL)
            cut += process.wait() == -signal.SIGKILL
        print("# %d of 12 seals were cut short" % cut)
        processes = [subprocess.Popen(node.words("seal", "--timeout", "60s"), env=clean_env(), stderr=subprocess.PIPE, text=True)
                     for _ in range(16)]
        said = [p.communicate()[1] for p in processes]
        assert all(p.returncode == 0 for p in processes), "".join(said)
        assert "".join(said).count("init: sealed ") <= 1, "".join(said)
        for user in USERS:
            assert node.status_of(user, read("store/passwords/" + user)) == "200", user
            assert node.status_of(user, user) == "401", user
        assert cut > 0


@test
def a_password_that_the_product_finds_too_weak_is_65_and_a_better_one_goes_on():
    node = Node()
    write("weak", "password\n", 0o600)
    runs(*node.words("prepare", "--config-dir", "config"), env={"STACKSEAL_PASSWORD_LOGSTASH_FILE": "weak"})
    assert read("store/passwords/logstash") == "password"
    with node.running("--no-seal"):
        runs(*node.words("wait", "yellow", "--timeout", "120s"))
        refuses(65, r"the cluster refuses the password of 'logstash': HTTP 400.*; give one that meets the rules",
                *node.words("seal", "--timeout", "60s"))
        assert not os.path.exists("store/seal.json")
        write("store/passwords/logstash", "Tr0ub4dor&3-staple", 0o600)
        runs(*node.words("seal", "--timeout", "60s"))
        assert node.status_of("logstash", "Tr0ub4dor&3-staple") == "200"


@test
def a_node_that_cannot_start_is_named_by_its_own_status_and_not_waited_for():
    node = Node()
    with open("config/opensearch.yml", "a", encoding="utf-8") as f:
        f.write("no.such.setting: true\n")
    with node.running() as process:
        wait_until("the server to give up", lambda: process.poll() is not None, 120)
        assert process.returncode == 1, process.returncode
    assert "unknown setting [no.such.setting]" in read("server.log")


main()
