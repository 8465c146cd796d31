"""certgen many at once, killed half-way, and where it cannot write: whole pairs under one CA, or a clear refusal."""

import os
import random
import re
import shutil
import signal
import subprocess
import time

from blackbox import CERTGEN, key_fits, leftovers, main, openssl_verifies, read, refuses, run, runs, test, wait_until, write
from certificates import archive_names, extract, identity, p12_aliases, p12_split, serial, start

AT_ONCE = 32
ROUNDS = 3
KILLS = 60
SEED = int(os.environ.get("SEED", time.time()))
NAMES = ["n%d" % i for i in range(4)]
INSTANCES = "instances:\n" + "".join("  - name: %s\n    dns: %s\n" % (n, n) for n in NAMES)
DOCUMENTED = {65, 66, 70, 71, 73, 74, 75, 77, 78}


def all_end_well(processes):
    said = [p.communicate()[1] for p in processes]
    assert all(p.returncode == 0 for p in processes), "".join(said)
    return said


def fresh(name):
    shutil.rmtree(name, ignore_errors=True)
    os.mkdir(name)
    os.chdir(name)


def check_pairs(folder, names, ca):
    for name in names:
        cert = "%s/%s/%s.crt" % (folder, name, name)
        assert key_fits(cert, cert[:-3] + "key") and openssl_verifies(ca, cert), cert


def unpacked(out):
    if os.path.isdir(out):
        return out.rstrip("/")
    shutil.rmtree("x", ignore_errors=True)
    extract(out, "x")
    return "x"


@test
def thirty_two_at_once_make_one_ca_in_every_container():
    for out in ("ca/", "ca.zip", "ca.tar.gz", "ca.p12"):
        for _ in range(ROUNDS):
            fresh("round")
            more = [] if out.endswith(".p12") else ["--pem"]
            said = all_end_well([start(CERTGEN, "ca", *more, "--out", out) for _ in range(AT_ONCE)])
            assert sum("wrote" in s for s in said) == 1 and sum("up to date" in s for s in said) == AT_ONCE - 1, said
            if out.endswith(".p12"):
                p12_split(out, "", "ca.crt", "ca.key")
                assert key_fits("ca.crt", "ca.key") and p12_aliases(out) == {"ca": "key"}
            else:
                folder = unpacked(out)
                assert key_fits(folder + "/ca/ca.crt", folder + "/ca/ca.key")
            assert not leftovers("."), leftovers(".")
            os.chdir("..")


@test
def thirty_two_at_once_make_one_set_of_certificates_under_one_ca_of_their_own():
    for out in ("certs/", "certs.zip"):
        for more in ([], ["--keep-ca-key"]):
            for _ in range(ROUNDS):
                fresh("round")
                write("in.yml", INSTANCES)
                all_end_well([start(CERTGEN, "cert", "--pem", *more, "--in", "in.yml", "--out", out) for _ in range(AT_ONCE)])
                folder = unpacked(out)
                check_pairs(folder, NAMES, folder + "/ca/ca.crt")
                assert len({serial("%s/%s/%s.crt" % (folder, n, n)) for n in NAMES}) == len(NAMES)
                assert not leftovers("."), leftovers(".")
                os.chdir("..")


@test
def thirty_two_at_once_make_one_keystore():
    runs(CERTGEN, "ca", "--out", "ca.p12")
    for number in range(ROUNDS):
        out = "%d.p12" % number
        said = all_end_well([start(CERTGEN, "cert", "--ca", "ca.p12", "--out", out) for _ in range(AT_ONCE)])
        assert sum("wrote" in s for s in said) == 1, said
        p12_split(out, "", "n.crt", "n.key")
        assert key_fits("n.crt", "n.key") and p12_aliases(out) == {"instance": "key", "ca": "trusted"}
    assert not leftovers(".")


@test
def sixteen_with_names_of_their_own_into_one_archive_are_all_in_it():
    runs(CERTGEN, "ca", "--pem", "--out", "ca/")
    names = ["m%d" % i for i in range(16)]
    for out in ("certs.zip", "certs.tgz", "certs/"):
        for _ in range(ROUNDS):
            all_end_well([start(CERTGEN, "cert", "--pem", "--ca", "ca", "--name", n, "--out", out) for n in names])
            check_pairs(unpacked(out), names, "ca/ca/ca.crt")
            if not out.endswith("/"):
                found = archive_names(out)
                assert len(found) == len(set(found)) == 3 * len(names), found
            runs("rm", "-rf", out)


@test
def names_that_change_at_the_same_time_leave_one_pair_with_one_of_them():
    runs(CERTGEN, "ca", "--pem", "--out", "ca/")
    for _ in range(ROUNDS):
        all_end_well([start(CERTGEN, "cert", "--pem", "--ca", "ca", "--name", "n", "--dns", "d%d" % i, "--out", "certs/")
                      for i in range(16)])
        check_pairs("certs", ["n"], "ca/ca/ca.crt")
    assert not leftovers("certs")


def lines_to_kill():
    """What is killed."""
    return [[CERTGEN, "ca", "--pem", "--out", "out/"], [CERTGEN, "cert", "--pem", "--ca", "given", "--in", "in.yml", "--out", "out/"],
            [CERTGEN, "cert", "--pem", "--ca", "given", "--in", "in.yml", "--out", "out.zip"],
            [CERTGEN, "cert", "--ca", "given", "--out", "out.p12"],
            [CERTGEN, "cert", "--pem", "--keep-ca-key", "--in", "in.yml", "--out", "out/"]]


def lines_on_what_is_there():
    """The same of commands that read what others made, each with the lines that make it."""
    certs = [CERTGEN, "cert", "--pem", "--ca", "given", "--in", "in.yml", "--days", "5"]
    requests = [CERTGEN, "csr", "--in", "in.yml", "--out", "asked/"]
    pair = [CERTGEN, "cert", "--pem", "--ca", "given", "--name", "n0", "--out", "pair/"]
    renew = [CERTGEN, "renew", "--ca", "given", "--within", "30"]
    convert = [CERTGEN, "convert", "pair", "given/ca/ca.crt"]
    return {
        "requests_signed_into_a_folder": ([requests], [CERTGEN, "sign", "--ca", "given", "asked", "--out", "out/"]),
        "requests_signed_into_an_archive": ([requests], [CERTGEN, "sign", "--ca", "given", "asked", "--out", "out.zip"]),
        "a_folder_renewed": ([certs + ["--out", "out/"]], renew + ["out"]),
        "a_folder_renewed_with_new_keys": ([certs + ["--out", "out/"]], renew + ["out", "--new-key"]),
        "an_archive_renewed": ([certs + ["--out", "out.zip"]], renew + ["out.zip"]),
        "a_pair_converted_to_pkcs12": ([pair], convert + ["--out", "out.p12"]),
        "a_pair_converted_to_pem": ([pair], convert + ["--out", "out/n0.crt"]),
        "pairs_converted_to_a_folder": ([certs + ["--out", "pair/"]], convert + ["--out", "out/"]),
    }


def no_pair_is_torn():
    """Whatever can be seen now, at any moment: keys fit their certificates."""
    for parent, _, files in os.walk("out"):
        if parent.endswith(".tmp"):
            continue
        for cert in [os.path.join(parent, n) for n in files if n.endswith(".crt")]:
            if os.path.exists(cert[:-3] + "key"):
                assert key_fits(cert, cert[:-3] + "key"), cert


def is_healed(words):
    """The same line once more does what it should have done, and the time after next there is nothing to do."""
    result = run(*words)
    assert result.status == 0, result
    assert "up to date" in runs(*words).err
    no_pair_is_torn()
    if os.path.exists("out.zip") and "sign" not in words:
        check_pairs(unpacked("out.zip"), NAMES, "given/ca/ca.crt")
    if os.path.exists("out.p12"):
        p12_split("out.p12", "", "n.crt", "n.key")
        assert key_fits("n.crt", "n.key")
    if {"in.yml", "renew", "pair"} & set(words) and os.path.isdir("out"):
        names = [n for n in os.listdir("out") if n.startswith("n") and os.path.isdir("out/" + n)]
        assert sorted(names) == NAMES or "out/n0.crt" in words, names
        check_pairs("out", names, "out/ca/ca.crt" if os.path.isdir("out/ca") else "given/ca/ca.crt")
    old = time.time() - 3600
    left = leftovers(".")
    for path in left:
        os.utime(path, (old, old))
    if left:  # the next that writes there sweeps what is older than a minute
        runs(*words, "--force")
    assert not leftovers("."), leftovers(".")


def place_for_kills(before=()):
    fresh("round")
    runs(CERTGEN, "ca", "--pem", "--out", "given/")
    write("in.yml", INSTANCES)
    for words in before:
        runs(*words)


@test
def killed_at_random_moments_certgen_is_finished_by_the_next_run():
    print("# SEED=%d" % SEED, flush=True)
    dice = random.Random(SEED)
    cut = 0
    lines = lines_to_kill()[:-1]
    for number in range(KILLS):
        place_for_kills()
        words = lines[number % len(lines)]
        for _ in range(dice.randint(1, 3)):
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
            time.sleep(dice.uniform(0, 0.02))
            process.send_signal(signal.SIGKILL)
            process.communicate()
            cut += process.returncode == -signal.SIGKILL
            no_pair_is_torn()
        is_healed(words)
        os.chdir("..")
    print("# %d runs were cut short" % cut, flush=True)


def killed_at_every_call(words, before=()):
    points = 0
    for call in ("mkdir", "openat", "write", "fsync", "fchmod", "rename", "renameat", "linkat", "unlinkat"):
        for when in range(1, 100):
            place_for_kills(before)
            result = run("strace", "-f", "-o", "/dev/null", "-e", "trace=" + call,
                         "-e", "inject=%s:signal=SIGKILL:when=%d" % (call, when), *words)
            if result.status != 0:
                assert result.status == 137, result
                points += 1
                if "--new-key" not in words:  # there the next run signs for the key that is there
                    no_pair_is_torn()
                try:
                    is_healed(words)
                except AssertionError as e:
                    raise AssertionError("killed at %s %d" % (call, when)) from e
            os.chdir("..")
            if result.status == 0:
                break
    print("# %d points" % points, flush=True)
    assert points > 5


def add_kills(what, words, before=()):
    def one():
        killed_at_every_call(words, before)

    one.__name__ = what + "_killed_at_every_call_is_finished_by_the_next_run"
    test(one)


# Of a CA that is thrown away in a folder, a kill between it and its certificates loses the key: only --force helps, and
# the warning that comes with such a CA says what to do instead.
for index, text in enumerate(("a_ca_in_a_folder", "certificates_in_a_folder", "certificates_in_an_archive", "a_keystore",
                              "certificates_with_a_ca_that_is_kept")):
    add_kills(text, lines_to_kill()[index])
for text, (lines, line) in lines_on_what_is_there().items():
    add_kills(text, line, lines)


@test
def eight_at_once_on_what_is_there_do_it_once():
    for what, (lines, line) in lines_on_what_is_there().items():
        for more in ([], ["--force"]):
            place_for_kills(lines)
            said = all_end_well([start(*line, *more) for _ in range(8)])
            if not more:
                assert sum("wrote" in s for s in said) == 1 and sum("up to date" in s for s in said) == 7, (what, said)
            no_pair_is_torn()
            is_healed(line)
            os.chdir("..")


@test
def whose_ca_key_was_lost_with_a_killed_run_is_told_what_helps_and_why():
    for more in (["--pem"], []):
        fresh("round")
        write("in.yml", INSTANCES)
        words = [CERTGEN, "cert", *more, "--in", "in.yml", "--out", "out/"]
        assert run("strace", "-f", "-o", "/dev/null", "-e", "inject=renameat:signal=SIGKILL:when=2", *words).status == 137
        before = identity(".")
        for check in ([], ["--check"]):
            refuses(77, r"the key of the CA is not here; name a CA with --ca; if it was thrown away, for want of --keep-ca-key or by a run "
                    r"that was cut short, --force makes a new CA and all certificates anew", *words, *check)
        assert identity(".") == before
        runs(*words, "--force")
        assert "up to date" in runs(*words).err
        if more:
            check_pairs("out", NAMES, "out/ca/ca.crt")
        os.chdir("..")


@test
def a_run_that_fails_leaves_the_folder_that_another_has_claimed_meanwhile():
    runs(CERTGEN, "ca", "--pem", "--out", "given/")
    cert = [CERTGEN, "cert", "--pem", "--ca", "given", "--name", "n"]
    fails = start("strace", "-f", "-o", "/dev/null", "-e", "trace=rmdir", "-e", "inject=rmdir:delay_enter=700000",
                  *cert, "--days", "36000", "--out", "a/b/c/")
    wait_until("the folder", lambda: os.path.isdir("a/b/c"))
    writes = start("strace", "-f", "-o", "/dev/null", "-e", "trace=mkdirat", "-e", "inject=mkdirat:delay_enter=4000000", *cert, "--out", "a/")
    assert "would outlive the signing CA" in fails.communicate()[1] and fails.returncode == 78
    said = writes.communicate()[1]
    assert writes.returncode == 0, said
    check_pairs("a", ["n"], "given/ca/ca.crt")
    assert os.listdir("a") == ["n"]


@test
def renewals_of_a_folder_and_of_one_inside_it_leave_whole_pairs():
    place_for_kills()
    runs(CERTGEN, "cert", "--pem", "--ca", "given", "--in", "in.yml", "--out", "out/")
    for first, then in (("out", "out/n0"), ("out/n0", "out")):
        slow = [["strace", "-f", "-o", "/dev/null", "-e", "trace=renameat", "-e", "inject=renameat:delay_enter=%d000000:when=%d" % how,
                 CERTGEN, "renew", "--ca", "given", "--new-key", "--force"] for how in ((2, 1), (4, 2))]
        looked = start(*slow[0], first)  # and comes with its key while the other is between key and certificate
        wait_until("its key", lambda: leftovers("out/n0"))
        all_end_well([start(*slow[1], then), looked])
        check_pairs("out", NAMES, "given/ca/ca.crt")


NO_LOCKS = ["-e", "inject=flock:error=ENOLCK"]


def published(folder):
    return {path: what for path, what in identity(folder).items() if not path.endswith(".tmp")}


def waits_before_it_publishes(folder, made):
    return len(published(folder)) == made and len(os.listdir(folder)) == 2


@test
def without_locks_what_another_wrote_meanwhile_is_not_replaced():
    runs(CERTGEN, "ca", "--pem", "--out", "given/")
    for made in (0, 1):  # the other comes before the key, and before the certificate
        name = "n%d" % made
        folder = "certs/" + name
        os.makedirs(folder)
        words = [CERTGEN, "cert", "--pem", "--ca", "given", "--name", name, "--out", "certs/"]
        slow = start("strace", "-f", "-o", "/dev/null", "-e", "trace=flock,renameat,linkat", *NO_LOCKS,
                     "-e", "inject=renameat,linkat:delay_enter=3000000:when=%d" % (made + 1), *words)
        wait_until("the slow one", lambda: waits_before_it_publishes(folder, made))
        runs("strace", "-f", "-o", "/dev/null", "-e", "trace=flock", *NO_LOCKS, *words)
        before = published(folder)
        said = slow.communicate()[1]
        assert slow.returncode == 0 and "up to date" in said, said
        assert published(folder) == before and not leftovers(folder)
        check_pairs("certs", [name], "given/ca/ca.crt")


def fails_clearly(result):
    lines = [line for line in result.err.splitlines() if ": error: " in line]
    assert result.status in DOCUMENTED and len(lines) == 1 and re.search(r"error: .{12,}", lines[0]), result


@test
def a_call_that_fails_is_reported_in_one_line_and_healed():
    faults = [("openat", "EMFILE"), ("write", "ENOSPC"), ("write", "EDQUOT"), ("fsync", "EIO"), ("fchmod", "EPERM"), ("mkdir", "EROFS"),
              ("renameat", "EIO"), ("linkat", "EIO"), ("getrandom", "ENOSYS")]
    for words in lines_to_kill()[1:4]:
        for call, error in faults:
            for when in range(1, 60):
                place_for_kills()
                result = run("strace", "-f", "-o", "trace", "-e", "trace=" + call,
                             "-e", "inject=%s:error=%s:when=%d" % (call, error, when), *words)
                hit = "INJECTED" in read("trace")
                if result.status != 0:
                    fails_clearly(result)
                    no_pair_is_torn()
                    is_healed(words)
                os.chdir("..")
                if not hit:
                    break


@test
def where_it_may_not_write_it_says_so_and_changes_nothing():
    runs(CERTGEN, "ca", "--pem", "--out", "given/")
    runs("chmod", "-R", "a+rX", "given")
    os.mkdir("closed", 0o755)
    runs(CERTGEN, "cert", "--pem", "--ca", "given", "--name", "a", "--out", "closed/all.zip")
    before = identity("closed")
    for out in ("closed/", "closed/new.zip", "closed/n.p12", "closed/all.zip", "closed/sub/"):
        pem = [] if out.endswith("p12") else ["--pem"]
        refuses(77, r".{12,}", CERTGEN, "cert", *pem, "--ca", "given", "--name", "n", "--out", out, uid=1000)
        assert identity("closed") == before, out
    os.chmod("given/ca/ca.key", 0o600)
    refuses(77, r"given/ca/ca.key", CERTGEN, "cert", "--pem", "--ca-cert", "given/ca/ca.crt", "--ca-key", "given/ca/ca.key",
            "--out", "closed/", uid=1000)


@test
def a_full_disk_and_a_read_only_one_leave_what_was_there():
    if run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", os.path.abspath(".")).status != 0:
        print("# no mounts here")
        return
    os.chdir(os.getcwd())  # into what lies over it now
    try:
        runs(CERTGEN, "ca", "--pem", "--out", "given/")
        runs(CERTGEN, "cert", "--pem", "--ca", "given", "--name", "a", "--out", "certs/")
        runs(CERTGEN, "cert", "--pem", "--ca", "given", "--name", "a", "--out", "certs.zip")
        run("dd", "if=/dev/zero", "of=filler", "bs=512")
        before = identity(".")
        for out in ("certs/", "certs.zip", "n.p12", "new/"):
            pem = [] if out.endswith("p12") else ["--pem"]
            refuses(74, r"No space left", CERTGEN, "cert", *pem, "--ca", "given", "--name", "n", "--key", "rsa4096", "--out", out)
            refuses(74, r"No space left", CERTGEN, "cert", *pem, "--ca", "given", "--name", "a", "--dns", "x", "--out", out)
            assert {p: i for p, i in identity(".").items() if p in before and os.path.isfile(p)} == \
                {p: i for p, i in before.items() if os.path.isfile(p)}, out
        os.unlink("filler")
        runs("mount", "-o", "remount,ro", os.getcwd())
        before = identity(".")
        for out in ("certs/", "certs.zip", "n.p12", "new/"):
            pem = [] if out.endswith("p12") else ["--pem"]
            result = run(CERTGEN, "cert", *pem, "--ca", "given", "--name", "n", "--out", out)
            fails_clearly(result)
            assert "Read-only" in result.err and identity(".") == before, result
        for out in ("certs/", "certs.zip"):
            assert "up to date" in runs(CERTGEN, "cert", "--pem", "--ca", "given", "--name", "a", "--out", out).err
    finally:
        place = os.getcwd()
        os.chdir("/")
        subprocess.run(["umount", place], check=False)


main()
