"""init seal, wait and status against a stand-in for Elasticsearch's security API."""

import contextlib
import json
import os
import random
import signal
import subprocess
import threading
import time

from blackbox import INIT, background, clean_env, free_port, main, read, refuses, run, runs, test, wait_until, write

from elasticsearch import BUILT_IN, Elasticsearch
from sealing import Sealed

CONTAINERS = 16


@test
def at_every_level_each_password_is_set_once_and_the_superusers_last():
    for level in ("minimal", "basic", "https"):
        os.mkdir(level)
        os.chdir(level)
        s = Sealed(level)
        with s.serving():
            runs(*s.words())
            s.check_sealed()
            assert [user for user, _ in s.cluster.set_calls][-1] == "elastic"
            assert len(s.cluster.set_calls) == len(BUILT_IN)
            assert "already sealed" in runs(*s.words()).err
            assert len(s.cluster.set_calls) == len(BUILT_IN)
        os.chdir("..")


@test
def it_waits_through_every_stage_and_names_each_once():
    s = Sealed()
    with subprocess.Popen(s.words(timeout="60s"), env=clean_env(), stderr=subprocess.PIPE, text=True) as process:
        time.sleep(0.3)
        s.cluster.state = "starting"
        with s.serving():
            wait_until("a look at the starting cluster", lambda: len(s.cluster.requests) > 4)
            s.cluster.state = "index_down"
            seen = len(s.cluster.requests)
            wait_until("a look without the index", lambda: len(s.cluster.requests) > seen + 4)
            assert not s.cluster.set_calls
            s.cluster.state = "ready"
            said = process.communicate(timeout=60)[1]
        assert process.returncode == 0, said
    s.check_sealed()
    assert said.count("Connection refused") == 1, said
    assert said.count("no master is elected yet") == 1, said
    assert said.count("REST request [/]") == 1, said


@test
def sixteen_containers_at_once_set_each_password_once():
    s = Sealed()
    with s.serving():
        processes = [subprocess.Popen(s.words(), env=clean_env(), stderr=subprocess.PIPE, text=True) for _ in range(CONTAINERS)]
        said = [p.communicate()[1] for p in processes]
        assert all(p.returncode == 0 for p in processes), "".join(said)
    s.check_sealed()
    assert len(s.cluster.set_calls) == len(BUILT_IN), s.cluster.set_calls


@test
def killed_while_it_seals_it_is_finished_by_the_next_run():
    dice = random.Random(7)
    cut = 0
    for _ in range(25):
        os.mkdir("round")
        os.chdir("round")
        s = Sealed("basic")
        with s.serving():
            process = subprocess.Popen(s.words(), env=clean_env(), stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0, 0.06))
            process.send_signal(signal.SIGKILL)
            cut += process.wait() == -signal.SIGKILL
            runs(*s.words())
            s.check_sealed()
            assert all(s.stored(user) == password for user, password in s.cluster.set_calls), s.cluster.set_calls
        os.chdir("..")
        subprocess.run(["rm", "-r", "round"], check=True)
    assert cut > 5, "only %d of 25 seals were cut short" % cut


@test
def an_error_after_the_password_was_stored_is_no_error():
    s = Sealed()
    s.cluster.lie_after_storing = True
    with s.serving():
        runs(*s.words())
    s.check_sealed()


@test
def a_connection_that_breaks_at_any_request_is_asked_again():
    s = Sealed("basic")
    for number in range(0, 20, 3):
        s.cluster.passwords.clear()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(s.place.store + "/seal.json")
        left = [number]

        def fault(handler):
            left[0] -= 1
            if left[0] != -1:
                return False
            return handler.hang_up()

        s.cluster.fault = fault
        with s.serving():
            runs(*s.words())
        s.cluster.fault = None
        s.check_sealed()


@test
def answers_that_are_no_elasticsearch_are_waited_out_and_named():
    answers = [
        (200, b"<html>It works!</html>", "this is no elasticsearch"),
        (200, b'{"name": "something else"}', "this is no elasticsearch"),
        (200, b'{"cluster_name": ', "this is no elasticsearch"),
        (503, b'{"error": {"reason": "not yet, friend"}}', "HTTP 503: not yet, friend"),
        (429, b"", "HTTP 429"),
        (301, b"", "HTTP 301"),
    ]
    s = Sealed("basic")
    for status, body, words in answers:
        s.cluster.fault = lambda handler, status=status, body=body: handler.answer(status, body) or True
        with s.serving():
            refuses(69, words, *s.words(timeout="1s"))
    assert not s.cluster.set_calls and not os.path.exists(s.place.store + "/seal.json")


@test
def an_endless_answer_and_a_silent_one_end_with_the_timeout():
    s = Sealed("basic")

    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        with contextlib.suppress(OSError):
            while True:
                handler.wfile.write(b"x" * 65536)
        handler.close_connection = True
        return True

    s.cluster.fault = endless
    with s.serving():
        begun = time.monotonic()
        refuses(69, "its answer is too large", *s.words(timeout="1s"))
    release = threading.Event()
    s.cluster.fault = lambda handler: release.wait(60) or True
    with s.serving():
        refuses(69, "it did not answer in time; it came to 'tls'", *s.words(timeout="1s"))
        assert time.monotonic() - begun < 30
        release.set()


@test
def another_password_is_a_conflict_only_when_it_stays_refused_and_nothing_is_changed():
    first, later, short = [Sealed("basic") for _ in separate(3)]
    os.chdir("..")
    with first.serving(), later.serving(), short.serving():
        first.cluster.passwords = {"elastic": "of-somebody-else", "kibana_system": "too"}
        runs(*later.words())
        later.cluster.passwords["kibana_system"] = "changed-by-hand"
        short.cluster.passwords = {"elastic": "of-somebody-else"}
        refuses(69, "did not come to 'security' in time: HTTP 401", *short.words(timeout="2s"))
        begun = time.monotonic()
        both = [subprocess.Popen(s.words(timeout="5m"), env=clean_env(), stderr=subprocess.PIPE, text=True) for s in (first, later)]
        said = [p.communicate()[1] for p in both]
    assert 55 < time.monotonic() - begun < 90
    assert [p.returncode for p in both] == [80, 80], said
    assert ("the data folder already had another password for 'elastic': neither the store's nor the bootstrap password is let in; "
            "nothing was changed; to set the store's, run init seal --elastic-password-file FILE") in said[0]
    assert "'kibana_system' has a password that is not the one in the store" in said[1] and "or remove seal.json if" in said[1]
    assert first.cluster.passwords == {"elastic": "of-somebody-else", "kibana_system": "too"}
    assert later.cluster.passwords["kibana_system"] == "changed-by-hand"
    assert not os.path.exists(first.place.store + "/seal.json")


def separate(count):
    """Enter a new folder for each of several places."""
    for number in range(count):
        os.chdir(".." if number else ".")
        os.mkdir("place-%d" % number)
        os.chdir("place-%d" % number)
        yield number


@test
def the_password_that_the_superuser_has_takes_a_cluster_over_and_repairs_drift():
    s = Sealed("basic")
    s.cluster.passwords = {"elastic": "of-somebody-else", "kibana_system": "too"}
    write("elastic", "of-somebody-else\n", 0o600)
    with s.serving():
        said = runs(*s.words("seal", "--elastic-password-file", "elastic")).err
        assert "of-somebody-else" not in said
        s.check_sealed()
        assert [user for user, _ in s.cluster.set_calls][-1] == "elastic" and len(s.cluster.set_calls) == len(BUILT_IN)
        assert "sealed again" in runs(*s.words("seal", "--elastic-password-file", "elastic")).err
        assert len(s.cluster.set_calls) == len(BUILT_IN), "what is right is not set again"
        s.cluster.passwords["kibana_system"] = "changed-by-hand"
        write("elastic", s.stored("elastic"), 0o600)
        runs(*s.words("seal", "--elastic-password-file", "elastic"))
        s.check_sealed()
    refuses(66, "nothere", *s.words("seal", "--elastic-password-file", "nothere"))


@test
def security_that_is_off_or_not_licensed_ends_the_seal_at_once():
    s = Sealed("basic")
    answers = [(400, "no handler found for uri [/_security/user/apm_system/_password] and method [PUT]", "security is switched off there"),
               (403, "current license is non-compliant for [security]", "its licence does not allow this")]
    for status, reason, words in answers:
        s.cluster.allows = lambda user, password: True
        s.cluster.fault = lambda handler, status=status, reason=reason: (
            "_security" in handler.path and ("/_cluster" not in handler.path) and (handler.fail(status, "exception", reason) or True))
        with s.serving():
            begun = time.monotonic()
            refuses(78, words, *s.words(timeout="60s"))
            assert time.monotonic() - begun < 30
    assert not s.cluster.set_calls


@test
def a_red_index_of_the_users_does_not_keep_the_seal_from_happening_but_a_red_security_index_does():
    s = Sealed("basic")
    s.cluster.colour = "red"
    with s.serving():
        runs(*s.words())
        s.check_sealed()
        s.cluster.index_red = True
        refuses(69, "the security index has no active primary shard; it came to 'master'", *s.words(timeout="1s"))
        refuses(69, "did not come to 'yellow' in time", *s.words("wait", timeout="1s"))
        s.cluster.index_red = False
        s.cluster.state = "unrecovered"
        refuses(69, "the cluster has not recovered its state yet; look at its own log; if the data of the sealed cluster is gone", *s.words(timeout="1s"))


@test
def another_cluster_is_named_and_sent_nothing_more():
    s = Sealed("basic")
    s.cluster.name = "another"
    with s.serving():
        refuses(69, "this is cluster 'another', and not 'logs'; it came to 'http'; is that its address", *s.words(timeout="1s"))
        assert {path for _, path, _ in s.cluster.requests} == {"/"}
        s.cluster.name = "logs"
        runs(*s.words())


@test
def masters_alone_are_waited_out_until_a_data_node_joins():
    s = Sealed("basic")
    s.cluster.data_nodes = 0
    with s.serving():
        with subprocess.Popen(s.words(timeout="60s"), env=clean_env(), stderr=subprocess.PIPE, text=True) as process:
            wait_until("some looks", lambda: len(s.cluster.requests) > 8)
            assert not s.cluster.set_calls and s.cluster.state == "ready"
            s.cluster.data_nodes = 1
            said = process.communicate()[1]
    assert process.returncode == 0 and said.count("no data node has joined yet") == 1, said
    s.check_sealed()


class Pair(Sealed):
    """Two nodes of one cluster, each with its own port and its own faults."""

    def __init__(self):
        super().__init__("basic")
        self.second_port = free_port()
        write(self.place.stack, read(self.place.stack) + "  - {name: es02, dns: localhost, http_port: %d}\n" % self.second_port)
        self.second = Elasticsearch(self.cluster.bootstrap)
        self.second.passwords = self.cluster.passwords
        self.second.uuid = self.cluster.uuid

    def both_serving(self):
        stack = contextlib.ExitStack()
        stack.enter_context(self.serving())
        stack.enter_context(self.second.serving(self.second_port))
        return stack


@test
def a_node_that_is_silent_or_behind_does_not_hold_up_the_seal_when_another_is_ready():
    def silent(handler):
        return handler.hang_up()

    def behind(handler):
        return handler.fail(503, "master_not_discovered_exception", "no master") or True

    for number, fault in enumerate((silent, behind)):
        os.mkdir(str(number))
        os.chdir(str(number))
        s = Pair()
        s.cluster.fault = fault
        with s.both_serving():
            runs(*s.words("seal", "--name", "es01", timeout="10s"))
            s.check_sealed()
        os.chdir("..")


@test
def a_node_that_breaks_while_it_is_sealed_is_left_for_another():
    s = Pair()
    left = [7]

    def breaks(handler):
        left[0] -= 1
        if left[0] > 0:
            return False
        return handler.hang_up()

    s.cluster.fault = breaks
    with s.both_serving():
        runs(*s.words("seal", "--name", "es01", timeout="20s"))
        s.check_sealed()
    assert left[0] <= 0


@test
def two_nodes_that_fail_differently_are_named_once_each_and_asked_ever_less():
    s = Pair()
    write(s.place.stack, read(s.place.stack).replace("name: es02, dns: localhost", "name: es02, dns: no.such.host.invalid"))
    said = run(*s.words("seal", timeout="4s")).err
    assert said.count("Connection refused") <= 2 and said.count("its name does not resolve") <= 2, said
    for line in said.splitlines():
        assert ("Connection refused" in line) == ("localhost" in line), line


@test
def a_url_is_a_scheme_a_host_and_a_port():
    s = Sealed("basic")
    for url in ("http://", "http://a/", "http://user:TopSecret@a", "http://a?x", "http://a#x"):
        said = refuses(64, "--url is more or less than http://host:port", *s.words("seal", "--url", url))
        assert "TopSecret" not in said.err


@test
def status_asks_the_next_node_when_the_first_is_down():
    s = Pair()
    with s.second.serving(s.second_port):
        words = [INIT, "status", "--stack", s.place.stack, "--store", s.place.store, "--name", "es01", "--json"]
        rows = {row["what"]: row for row in json.loads(run(*words).out)}
        assert rows["cluster"]["state"] == "green", rows


@test
def a_store_that_was_sealed_for_another_cluster_is_a_conflict():
    s = Sealed("basic")
    with s.serving():
        runs(*s.words())
        first = s.cluster.uuid
        s.cluster.uuid = "another"
        refuses(80, r"the store was sealed for cluster %s, and this is another" % first, *s.words())


@test
def a_password_that_is_refused_for_a_moment_is_no_conflict():
    for sealed in (False, True):
        os.mkdir(str(sealed))
        os.chdir(str(sealed))
        s = Sealed("basic")
        with s.serving():
            if sealed:
                runs(*s.words())
            s.cluster.passwords = {user: s.stored(user) for user in BUILT_IN}
            over = time.monotonic() + 1.5
            s.cluster.fault = lambda handler: ("_authenticate" in handler.path and time.monotonic() < over and
                                               (handler.fail(401, "security_exception", "unable to authenticate") or True))
            runs(*s.words())
            s.check_sealed()
        os.chdir("..")


@test
def the_wrong_ca_the_wrong_name_and_plain_http_are_told_apart():
    s = Sealed()
    os.mkdir("foreign")
    os.chdir("foreign")
    foreign = Sealed()
    os.chdir("..")
    with s.cluster.serving(s.port, *foreign.pair):
        refuses(69, r"did not come to 'security' in time: its certificate is not of the CA that we trust; it came to 'tcp'; is it another", *s.words(timeout="1s"))
    with s.cluster.serving(s.port, *s.pair):
        refuses(69, r"127.0.0.2.* did not come to 'security' in time: .*", *s.words("seal", "--url", "https://127.0.0.2:1", timeout="1s"))
        refuses(69, "its certificate does not cover the name that it was asked by", *s.words("seal", "--url", "https://[::ffff:127.0.0.1]:%d" % s.port, timeout="1s"))
    with s.cluster.serving(s.port):
        refuses(69, "it does not speak TLS on this port; .* is it plain HTTP", *s.words(timeout="1s"))
    assert not s.cluster.requests, "no credential left for a peer without trust"
    refuses(64, r"--url 'http://localhost:1' does not begin with https://", *s.words("seal", "--url", "http://localhost:1"))


@test
def a_redirect_is_not_followed_and_no_password_leaves():
    s = Sealed("basic")
    other = Elasticsearch("nothing")

    def redirect(handler):
        handler.send_response(307)
        handler.send_header("Location", "http://127.0.0.1:%d/" % other_port)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return True

    s.cluster.fault = redirect
    with other.serving(0) as other_port, s.serving():
        refuses(69, "HTTP 307", *s.words(timeout="1s"))
    assert not other.requests


@test
def wait_ends_at_its_step_and_at_its_timeout_with_the_reason():
    s = Sealed()
    refuses(69, r"did not come to 'tcp' in time: Connection refused", *s.words("wait", "tcp", timeout="0s"))
    s.cluster.state = "starting"
    with s.serving():
        for step in ("tcp", "tls", "http", "auth"):
            runs(*s.words("wait", step))
        refuses(69, r"did not come to 'master' in time: .*no master is elected yet .*; it came to 'auth'", *s.words("wait", "master", timeout="1s"))
        refuses(69, r"store '.*' did not get seal.json in time; look at what init run", *s.words("wait", "sealed", timeout="0s"))
        refuses(64, r"cannot wait for 'purple'; wait for tcp", *s.words("wait", "purple"))
        s.cluster.state = "ready"
        runs(*s.words())
        for step in ("master", "security", "yellow", "green", "sealed"):
            runs(*s.words("wait", step))


@test
def seal_and_wait_may_start_before_prepare_has_made_anything():
    for level in ("basic", "https"):
        os.mkdir(level)
        os.chdir(level)
        s = Sealed(level, prepare=False)
        refuses(69, r"store '.*' did not get (trust/http.crt|bootstrap.password) in time; init prepare makes it", *s.words(timeout="0s"))
        processes = [subprocess.Popen(words, env=clean_env(), stderr=subprocess.PIPE, text=True)
                     for words in (s.words(), s.words("wait", "sealed"), s.words("wait", "yellow"))]
        time.sleep(0.2)
        s.prepare()
        with s.serving():
            said = [p.communicate()[1] for p in processes]
        assert all(p.returncode == 0 for p in processes), "".join(said)
        s.check_sealed()
        os.chdir("..")


@test
def status_shows_what_there_is_and_what_is_missing():
    s = Sealed("basic", nodes=2)
    with s.serving():
        result = run(INIT, "status", "--stack", s.place.stack, "--store", s.place.store, "--json")
        rows = {row["what"]: row for row in json.loads(result.out)}
        assert result.status == 80 and rows["instances/es02/transport/tls.crt"]["state"] == "missing", result
        assert rows["instances/es01/transport/tls.crt"]["state"] == "ok" and rows["seal"]["state"] == "missing", result
        runs(*s.words())
        result = runs(INIT, "status", "--stack", s.place.stack, "--store", s.place.store, "--name", "es01")
        assert "es02" not in result.out and "the cluster is green with 1 nodes" in result.out, result


@test
def run_seals_beside_the_command_and_takes_out_what_a_first_start_needs():
    s = Sealed("basic", nodes=2)
    config = s.place.config("es01") + "/elasticsearch.yml"
    assert "cluster.initial_master_nodes" in read(config)
    line = [INIT, "run", "--stack", s.place.stack, "--store", s.place.store, "--name", "es01", "--config-dir",
            s.place.config("es01"), "--", "sleep", "60"]
    with s.serving(), background(*line, stderr=subprocess.DEVNULL) as process:
        wait_until("the seal", lambda: os.path.exists(s.place.store + "/seal.json"))
        wait_until("the second prepare", lambda: "cluster.initial_master_nodes" not in read(config))
        s.check_sealed()
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=20) == 128 + signal.SIGTERM


@test
def a_thread_dump_or_a_reload_of_the_server_does_not_end_the_seal():
    s = Sealed("basic")
    write("server.sh", "trap : QUIT HUP INT\necho ready\nwhile :; do sleep 0.1; done\n")
    line = [INIT, "run", "--stack", s.place.stack, "--store", s.place.store, "--name", "es01", "--config-dir",
            s.place.config("es01"), "--", "sh", "server.sh"]
    with background(*line, stdout=subprocess.PIPE, stderr=open("said", "w"), text=True) as process:
        assert process.stdout.readline() == "ready\n"
        wait_until("the seal to wait", lambda: "waiting" in read("said"))
        for number in (signal.SIGQUIT, signal.SIGHUP, signal.SIGINT):
            os.kill(process.pid, number)
        time.sleep(0.3)
        with s.serving():
            wait_until("the seal", lambda: os.path.exists(s.place.store + "/seal.json"))
    s.check_sealed()


@test
def no_secret_is_in_argv_environment_or_what_is_said():
    s = Sealed("basic")
    secrets = [s.stored(user) for user in BUILT_IN] + [s.cluster.bootstrap]
    said = []
    with s.serving():
        slow = threading.Event()
        s.cluster.fault = lambda handler: slow.wait(0.05) and False
        process = subprocess.Popen(s.words("seal", "-v"), env=clean_env(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        while process.poll() is None:
            with contextlib.suppress(OSError):
                said += [open("/proc/%d/%s" % (process.pid, what), errors="replace").read() for what in ("cmdline", "environ")]
        said.append(process.stdout.read())
    assert process.returncode == 0 and len(said) > 10
    for secret in secrets:
        assert not any(secret in text for text in said)


main()
