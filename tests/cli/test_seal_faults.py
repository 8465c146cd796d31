"""init seal while each request of it, one after another, meets each fault: it ends sealed, or says why it is not."""

import contextlib
import io
import os
import random
import shutil
import signal
import socket
import subprocess
import threading
import time

from blackbox import clean_env, main, read, refuses, runs, test, wait_until

from elasticsearch import BUILT_IN
from elasticsearch_access import Access
from sealing import Sealed, check_declared, declared

REQUESTS = 18  # more than a seal makes


def reset(handler):
    handler.close_connection = True
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.connection.close()
    return True


def shut(handler):
    return handler.hang_up()


def slow(_):
    time.sleep(0.3)
    return False


def half(handler):
    raw = b'{"cluster_name": "logs", "status": "gre'
    handler.send_response(200)
    handler.send_header("Content-Length", str(4 * len(raw)))
    handler.end_headers()
    handler.wfile.write(raw)
    handler.wfile.flush()
    return handler.hang_up()


def torn_json(handler):
    return handler.answer(200, b'{"cluster_name": "logs", "status": "gre') or True


def huge(handler):
    handler.close_connection = True
    handler.send_response(200)
    handler.send_header("Content-Length", str(10 * 1024 * 1024))
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(160):
            handler.wfile.write(b" " * 65536)
    return True


def redirect(handler):
    handler.send_response(307)
    handler.send_header("Location", "http://127.0.0.1:1/")
    handler.send_header("Content-Length", "0")
    handler.end_headers()
    return True


def web_page(handler):
    """A proxy's, for whatever was asked."""
    raw = b"<html>Welcome</html>"
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Content-Length", str(len(raw)))
    handler.end_headers()
    handler.wfile.write(raw)
    return True


def garbage(handler):
    handler.close_connection = True
    handler.wfile.write(b"\x15\x03\x03\x00\x02\x02\x46" * 3)
    return True


def other_cluster(handler):
    return handler.answer(200, {"name": "n", "cluster_name": "another", "cluster_uuid": "another", "status": "green", "username": "nobody"}) or True


def failing(status, kind, reason):
    def fault(handler):
        return handler.fail(status, kind, reason) or True
    fault.__name__ = "http_%d" % status
    return fault


FAULTS = [reset, shut, slow, half, torn_json, huge, redirect, web_page, garbage, other_cluster,
          failing(401, "security_exception", "unable to authenticate user"),
          failing(408, "timeout_exception", "later"), failing(429, "circuit_breaking_exception", "too much"),
          failing(500, "exception", "clearing the cache failed"), failing(502, "exception", "bad gateway"),
          failing(503, "status_exception", "Cluster state has not been recovered yet"), failing(504, "exception", "later")]


def lost(handler):
    """It is done, and nobody hears of it."""
    handler.wfile = io.BytesIO()
    handler.close_connection = True
    return False


def once(fault, number):
    """The fault for one request and no other."""
    lock, left = threading.Lock(), [number]

    def at(handler):
        with lock:
            left[0] -= 1
            hit = left[0] == -1
        return fault(handler) if hit else False

    return at, lambda: left[0] < 0


def unseal(s):
    s.cluster.passwords.clear()
    s.cluster.set_calls.clear()
    with contextlib.suppress(FileNotFoundError):
        os.unlink(s.place.store + "/seal.json")


def meets_each(fault):
    s = Sealed("basic")
    hits = 0
    with s.serving():
        for number in range(REQUESTS):
            unseal(s)
            s.cluster.fault, was_hit = once(fault, number)
            runs(*s.words(timeout="30s"))
            s.check_sealed()
            hits += was_hit()
            wanted = {(user, s.stored(user)) for user in BUILT_IN}
            assert set(s.cluster.set_calls) == wanted, (number, s.cluster.set_calls)
    assert hits >= 10, "only %d requests met it" % hits


def make(fault):
    def one():
        meets_each(fault)
    one.__name__ = "a_seal_ends_well_when_any_one_request_meets_%s" % fault.__name__
    return one


for each in FAULTS:
    test(make(each))


def declared_meets_each(fault):
    """The passwords are set; what the stack file declares is still to be made."""
    s = declared()
    hits = 0
    with s.serving():
        runs(*s.words())
        first = dict(s.cluster.passwords)
        for number in range(2 * REQUESTS):
            begin_again(s, first)
            s.cluster.fault, was_hit = once(fault, number)
            runs(*s.words(timeout="30s"))
            hits += was_hit()
            s.cluster.fault = None
            check_declared(s)
    assert hits >= 15, "only %d requests met it" % hits


def begin_again(s, passwords):
    """A cluster that has its built-in users, and nothing that is declared."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(s.place.store + "/seal.json")
    for folder in ("api-keys", "tokens"):
        shutil.rmtree(s.place.store + "/" + folder, ignore_errors=True)
    s.cluster.access = Access()
    s.cluster.passwords = {user: passwords[user] for user in BUILT_IN}


def make_declared(fault):
    def one():
        declared_meets_each(fault)
    one.__name__ = "what_is_declared_ends_up_whole_when_any_one_request_meets_%s" % fault.__name__
    return one


for each in FAULTS + [lost]:
    test(make_declared(each))


@test
def killed_at_fifty_moments_what_is_declared_is_finished_by_the_next_run():
    dice = random.Random(7)
    s = declared()
    cut = 0
    with s.serving():
        runs(*s.words())
        first = dict(s.cluster.passwords)
        for _ in range(50):
            begin_again(s, first)
            served = len(s.cluster.sent)
            wanted = dice.randrange(36)
            with subprocess.Popen(s.words(), env=clean_env(), stderr=subprocess.DEVNULL) as process:
                while process.poll() is None and len(s.cluster.sent) - served < wanted:
                    time.sleep(0.0005)
                time.sleep(dice.uniform(0, 0.004))
                process.send_signal(signal.SIGKILL)
                cut += process.wait() == -signal.SIGKILL
            runs(*s.words())
            check_declared(s)
    assert cut > 25, "only %d of 50 seals were cut short" % cut


@test
def the_same_over_tls():
    s = Sealed()
    with s.serving():
        for fault in (reset, half, garbage):
            for number in range(0, REQUESTS, 4):
                unseal(s)
                s.cluster.fault, _ = once(fault, number)
                runs(*s.words(timeout="30s"))
                s.check_sealed()


@test
def a_node_that_always_answers_so_is_never_taken_for_sealed():
    s = Sealed("basic")
    for fault in FAULTS:
        if fault is slow:
            continue
        s.cluster.fault = fault
        with s.serving():
            refuses(69, "did not come to 'security' in time: ", *s.words(timeout="1s"))
        assert not s.cluster.set_calls and not os.path.exists(s.place.store + "/seal.json"), fault


@test
def answers_to_the_security_api_that_are_none_are_never_taken_for_a_proof():
    s = Sealed("basic")
    for fault in (web_page, other_cluster, torn_json, huge, redirect, half):
        unseal(s)
        s.cluster.fault = lambda handler, fault=fault: fault(handler) if handler.path.startswith("/_security") else False
        with s.serving():
            refuses(69, "the password of 'apm_system' could not be set in time: ", *s.words(timeout="1s"))
        assert not s.cluster.set_calls and not os.path.exists(s.place.store + "/seal.json"), fault


@test
def an_expired_certificate_is_waited_out_until_it_is_renewed():
    s = Sealed()
    expired = s.leaf("localhost", "-30d")
    with open("said", "w", encoding="utf-8") as said, \
            subprocess.Popen(s.words(timeout="60s"), env=clean_env(), stderr=said) as process:
        with s.cluster.serving(s.port, *expired):
            wait_until("the wait", lambda: "its certificate has expired" in read("said"))
        assert not s.cluster.requests, "no credential left for a peer without trust"
        with s.serving():
            assert process.wait(timeout=60) == 0, read("said")
    s.check_sealed()


main()
