"""init health: one look, for the health checks of containers."""

import os
import shutil
import threading
import time

from blackbox import INIT, free_port, main, read, refuses, run, runs, test, write

from elasticsearch import BUILT_IN, Elasticsearch
from sealing import Sealed


def health(s, *more, name="es01"):
    return [INIT, "health", *more, "--stack", s.place.stack, "--store", s.place.store, "--name", name]


def seen(s):
    """Who asked for what, and forget it."""
    asked, s.cluster.requests = s.cluster.requests, []
    return [(path, user) for _, path, user in asked]


@test
def a_node_is_healthy_before_and_after_the_seal_and_nothing_is_said():
    for level in ("minimal", "https"):
        os.mkdir(level)
        os.chdir(level)
        s = Sealed(level)
        with s.serving():
            for _ in range(2):
                result = runs(*health(s))
                assert result.out + result.err == "", result
                runs(*s.words())
            seen(s)
            runs(*health(s))
            assert seen(s) == [("/", "elastic")], "one request is enough"
        os.chdir("..")


@test
def each_step_is_looked_at_and_those_before_a_login_need_none():
    s = Sealed()
    with s.serving():
        runs(*s.words())
        for step in ("tcp", "tls", "http", "auth", "master", "security", "yellow", "green"):
            seen(s)
            runs(*health(s, step))
            assert (step in ("tcp", "tls", "http")) == (seen(s)[0] == ("/", "")), step
        s.cluster.colour = "red"
        runs(*health(s, "security"))
        refuses(69, r"did not come to 'yellow': the cluster is red with 1 nodes; it came to 'security'; GET", *health(s, "yellow"))
        refuses(64, "there is no step 'purple'; tcp, tls", *health(s, "purple"))


@test
def every_fault_has_its_status_and_its_line():
    s = Sealed()
    refuses(69, r"did not come to 'auth': Connection refused; it came to 'name'; does the server run", *health(s))
    with s.cluster.serving(s.port, *s.leaf("localhost", "-30d")):
        refuses(76, r"its certificate has expired; it came to 'tcp'; renew it", *health(s))
    with s.cluster.serving(s.port, *s.leaf("localhost", "+30d")):
        refuses(76, r"its certificate is not valid yet; .*compare the clocks", *health(s))
    with s.cluster.serving(s.port, *s.leaf("another")):
        refuses(76, r"its certificate does not cover the name", *health(s))
    with s.cluster.serving(s.port):
        refuses(76, r"it does not speak TLS on this port", *health(s))
    os.mkdir("foreign")
    os.chdir("foreign")
    foreign = Sealed()
    os.chdir("..")
    with s.cluster.serving(s.port, *foreign.pair):
        refuses(76, r"its certificate is not of the CA that we trust", *health(s))
    assert not s.cluster.requests, "no credential left for a peer without trust"
    with s.serving():
        s.cluster.passwords = {"elastic": "of-somebody-else"}
        refuses(77, r"HTTP 401: unable to authenticate", *health(s))
        runs(*health(s, "http"))
        s.cluster.passwords = {}
        s.cluster.name = "another"
        refuses(69, r"this is cluster 'another', and not 'logs'", *health(s))
        s.cluster.fault = lambda handler: handler.fail(503, "x", "not yet") or True
        refuses(69, r"HTTP 503: not yet", *health(s))


@test
def a_silent_server_is_unhealthy_after_the_timeout():
    s = Sealed()
    release = threading.Event()
    s.cluster.fault = lambda handler: release.wait(60) or True
    with s.serving():
        begun = time.monotonic()
        refuses(69, "it did not answer in time", *health(s, "--timeout", "1s"))
        assert time.monotonic() - begun < 10
        release.set()


@test
def the_node_is_found_at_home_while_its_name_does_not_resolve():
    s = Sealed()
    write(s.place.stack, read(s.place.stack).replace("dns: localhost", "dns: es01.not.yet.invalid"))
    with s.cluster.serving(s.port, *s.leaf("es01.not.yet.invalid")):
        runs(*health(s))
    with s.cluster.serving(s.port, *s.leaf("localhost")):
        refuses(76, "its certificate does not cover the name", *health(s))
    refuses(69, "Connection refused", *health(s))


@test
def another_node_is_looked_at_by_its_address_and_never_the_others():
    s = Sealed("basic")
    write(s.place.stack, read(s.place.stack) + "  - {name: es02, dns: localhost, http_port: %d}\n" % free_port())
    with s.serving():
        refuses(69, "Connection refused", *health(s, name="es02"))
        assert not s.cluster.requests
        runs(*health(s, "--url", "http://localhost:%d" % s.port, name="es02"))


@test
def an_instance_with_its_own_files_alone_uses_their_ca_and_asks_for_an_answer():
    s = Sealed()
    config = s.place.config("es01")
    words = [INIT, "health", "--stack", s.place.stack, "--store", "nowhere", "--config-dir", config, "--name", "es01"]
    with s.serving():
        runs(*words)
        assert seen(s) == [("/", "")]
        refuses(78, "'auth' needs a password, and none is at hand; give --password-file", *words, "auth")
        shutil.move(config + "/certs/http-ca.crt", "away.crt")
        refuses(66, "certs/http-ca.crt.*init prepare makes it", *words)


@test
def the_password_comes_from_a_file_a_variable_or_the_store_and_from_nowhere_else():
    s = Sealed("basic")
    words = [INIT, "health", "--stack", s.place.stack, "--store", "nowhere", "--name", "es01"]
    write("right", s.stored("elastic") + "\n", 0o600)
    write("monitor", s.stored("remote_monitoring_user"), 0o600)
    write("wrong", "not-the-one", 0o600)
    with s.serving():
        runs(*s.words())
        seen(s)
        runs(*words, "--password-file", "right")
        runs(*words, env={"STACKSEAL_PASSWORD_ELASTIC_FILE": "right"})
        runs(*words, env={"STACKSEAL_HEALTH_PASSWORD_FILE": "right"})
        runs(*words, "--user", "remote_monitoring_user", "--password-file", "monitor")
        runs(*health(s, "--user", "remote_monitoring_user"))
        assert seen(s) == 3 * [("/", "elastic")] + 2 * [("/", "remote_monitoring_user")]
        refuses(77, "HTTP 401", *words, "--password-file", "wrong")
        refuses(77, "HTTP 401", *health(s, "--user", "nobody", "--password-file", "wrong"))
        assert all(user == "elastic" or user == "nobody" for _, user in seen(s))
        refuses(66, "nothere", *words, "--password-file", "nothere")
        write("wrong", "\n")
        refuses(65, "password file 'wrong' is empty", *words, "--password-file", "wrong")


def answering(status, body):
    return lambda handler: handler.answer(status, body) or True


@test
def kibana_is_healthy_unless_its_status_page_says_not():
    s = Sealed()
    port = free_port()
    for role in ("kibana", "filebeat"):
        write(s.place.stack, read(s.place.stack) + "  - {name: %s, role: %s, dns: localhost, http_port: %d}\n" % (role, role, port))
    kibana = Elasticsearch("nothing")
    with kibana.serving(port, *s.pair):
        for status in (200, 302, 401):
            kibana.fault = answering(status, b"{}")
            runs(*health(s, name="kibana"))
        kibana.fault = answering(503, b"Kibana server is not ready yet")
        refuses(69, r"is not ready: it is not ready yet \(HTTP 503: Kibana", *health(s, name="kibana"))
        runs(*health(s, "http", name="kibana"))
        refuses(64, "role kibana has no step 'green'", *health(s, "green", name="kibana"))
        refuses(64, "role filebeat has no status page", *health(s, name="filebeat"))
    refuses(69, "Connection refused", *health(s, name="kibana"))


@test
def opensearch_is_healthy_once_its_plugin_has_loaded_its_index():
    s = Sealed()
    write(s.place.stack, read(s.place.stack).replace("version: 8.15.3", "distribution: opensearch"))
    write("right", "Right-1234", 0o600)
    loaded = [False]

    def opensearch(handler):
        if not loaded[0]:
            handler.answer(503, b"OpenSearch Security not initialized.")
        elif handler.path == "/_plugins/_security/health":
            handler.answer(200, {"status": "UP"})
        else:
            return False
        return True

    s.cluster.fault = opensearch
    s.cluster.allows = lambda user, password: (user, password) == ("admin", "Right-1234")
    words = health(s, "--password-file", "right")
    with s.serving():
        refuses(69, "its security plugin has not loaded its index yet", *words)
        loaded[0] = True
        runs(*words)


@test
def no_secret_is_said():
    s = Sealed("basic")
    with s.serving():
        s.cluster.passwords = {"elastic": "of-somebody-else"}
        said = run(*health(s, "-v")).err
    assert not any(s.stored(user) in said for user in BUILT_IN) and s.cluster.bootstrap not in said


main()
