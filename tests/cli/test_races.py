"""Many at once, and killed half-way: one CA, whole pairs, nothing left behind, and the next run finishes."""

import glob
import os
import random
import re
import shutil
import signal
import subprocess
import time

from blackbox import (INIT, Place, clean_env, inside, key_fits, leftovers, main, read, run,
                      stack_text, test, tree, wait_until)

CONTAINERS = 32
ROUNDS = 10
KILLS = 200
QUICK = "8.13.4"  # its keystore costs a twentieth of the work of later ones
SEED = int(os.environ.get("SEED", time.time()))


def start(words):
    return subprocess.Popen(words, env=clean_env(), stderr=subprocess.PIPE, text=True)


def verify_all(ca, certs, purpose):
    """One call for many certificates: OpenSSL's tool takes them as a list."""
    result = run("openssl", "verify", "-CAfile", ca, "-purpose", purpose, *certs)
    good = [line for line in result.out.splitlines() if line.endswith(": OK")]
    assert result.status == 0 and len(good) == len(certs), result


def check_store(place, names):
    for network in ("transport", "http"):
        certs = ["%s/instances/%s/%s/tls.crt" % (place.store, n, network) for n in names]
        verify_all("%s/trust/%s.crt" % (place.store, network), certs, "sslserver")
        assert read("%s/ca/%s/ca.crt" % (place.store, network)) == read("%s/trust/%s.crt" % (place.store, network))
        assert key_fits("%s/ca/%s/ca.crt" % (place.store, network), "%s/ca/%s/ca.key" % (place.store, network))
    for path in glob.glob(place.store + "/instances/*/*/tls.crt"):
        assert key_fits(path, path[:-3] + "key"), path


@test
def thirty_two_containers_at_once_make_one_ca_and_whole_pairs_in_ten_rounds():
    names = ["es%02d" % i for i in range(1, CONTAINERS + 1)]
    for number in range(ROUNDS):
        with inside(str(number)):
            place = Place(CONTAINERS, version=QUICK)
            processes = [start(place.words(name)) for name in names]
            said = [p.communicate()[1] for p in processes]
            assert all(p.returncode == 0 for p in processes), "".join(said)
            said = "".join(said)
            for network in ("transport", "http"):
                assert said.count("made CA network=%s" % network) == 1, said
            assert said.count("stored secret path=passwords/elastic ") == 1, said
            check_store(place, names)
            for name in names:
                config = place.config(name)
                for network in ("transport", "http"):
                    unit = "%s/instances/%s/%s" % (place.store, name, network)
                    assert read(unit + "/tls.key") == read("%s/certs/%s.key" % (config, network))
                    assert read(unit + "/tls.crt") == read("%s/certs/%s.crt" % (config, network))
            assert not leftovers("."), leftovers(".")


@test
def the_same_instance_in_sixteen_containers_at_once_gets_one_pair():
    place = Place(1)
    processes = [start(place.words("es01")) for _ in range(16)]
    said = [p.communicate()[1] for p in processes]
    assert all(p.returncode == 0 for p in processes), "".join(said)
    assert "".join(said).count("made certificate path=instances/es01/http") == 1, "".join(said)
    place.check_node("es01")
    assert not leftovers(".")


@test
def a_container_that_was_stopped_while_it_made_the_ca_holds_up_nobody():
    place = Place(2)
    trace = start(["strace", "-f", "-o", "/dev/null", "-e", "trace=mkdirat",
                   "-e", "inject=mkdirat:signal=SIGSTOP:when=1"] + place.words("es01"))
    wait_until("the first temporary folder", lambda: leftovers(place.store))
    place.prepare("es02")
    subprocess.run(["pkill", "-CONT", "-f", "prepare --stack " + place.stack], check=False)
    said = trace.communicate()[1]
    assert trace.returncode == 0, said
    place.check_node("es01")
    place.check_node("es02")


def killed_after(words, seconds):
    process = start(words)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode


@test
def killed_at_two_hundred_random_points_prepare_is_finished_by_the_next_run():
    print("# SEED=%d" % SEED, flush=True)
    dice = random.Random(SEED)
    with inside("warm"):
        warm = Place(2, version=QUICK)
        begun = time.monotonic()
        warm.prepare("es01")
        whole = time.monotonic() - begun
    cut = 0
    for number in range(KILLS):
        with inside("round"):
            place = Place(2, version=QUICK)
            for _ in range(dice.randint(1, 3)):
                cut += killed_after(place.words("es01"), dice.uniform(0, whole)) == -signal.SIGKILL
            before = tree(place.store)
            place.prepare("es01")
            after = tree(place.store)
            for path, entry in before.items():
                if entry[3] is not None and not re.search(r"\.tmp(/|$)", path):
                    assert after.get(path) == entry, "round %d: %s was changed by the next run" % (number, path)
            place.check_node("es01")
            assert not leftovers("."), (number, leftovers("."))
        shutil.rmtree("round")
    assert cut >= KILLS // 4, "only %d of %d runs were cut short" % (cut, KILLS)


@test
def killed_at_every_system_call_that_writes_prepare_is_finished_by_the_next_run():
    calls = ("mkdirat", "mkdir", "openat", "write", "fsync", "fchmod", "rename", "renameat", "linkat", "unlinkat", "fcntl")
    points = 0
    for call in calls:
        for when in range(1, 200):
            with inside("round"):
                place = Place(1, version=QUICK)
                result = run("strace", "-f", "-o", "/dev/null", "-e", "trace=" + call,
                             "-e", "inject=%s:signal=SIGKILL:when=%d" % (call, when), *place.words("es01"))
                if result.status != 0:
                    assert result.status == 137, result
                    points += 1
                    place.prepare("es01")
                    place.check_node("es01")
                    assert not leftovers("."), (call, when, leftovers("."))
            shutil.rmtree("round")
            if result.status == 0:
                break
    print("# %d points" % points, flush=True)
    assert points > 100


@test
def prepare_all_for_a_hundred_instances_beside_their_own_containers_agrees():
    names = ["es%02d" % i for i in range(1, 101)]
    place = Place(text=stack_text(100))
    everyone = [start([INIT, "prepare", "--all", "--stack", place.stack, "--store", place.store]) for _ in range(2)]
    some = [start(place.words(name)) for name in names[::10]]
    for p in everyone + some:
        said = p.communicate()[1]
        assert p.returncode == 0, said
    check_store(place, names)
    assert not leftovers(place.store)


main()
