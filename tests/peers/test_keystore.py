"""elasticsearch.keystore: what init writes, read by Elasticsearch's own class, and the other way round."""

import base64
import os
import subprocess

from blackbox import INIT, Place, inside, main, read, runs, test, tree

from classes import fetch, java

PROGRAM = "org.elasticsearch.common.settings.Keystore"
# The format that each release writes: KeyStoreWrapper.CURRENT_VERSION.
RELEASES = [("7.12.0", 4), ("7.17.28", 4), ("8.0.0", 5), ("8.13.4", 5), ("8.15.3", 6), ("8.19.0", 7), ("9.0.0", 7), ("9.2.0", 7)]

fetch()


def theirs(version, *words):
    """Run Elasticsearch's class of that version."""
    return runs(*java(version, PROGRAM), *words).out


def entries(text):
    lines = text.splitlines()
    return lines[0], {name: base64.b64decode(value).decode() for name, value in (line.split(" ") for line in lines[1:])}


@test
def every_release_reads_the_keystore_written_for_it_and_does_not_rewrite_it():
    for version, wanted in RELEASES:
        with inside(version):
            place = Place(1, level="basic", version=version)
            place.prepare()
            shown, found = entries(theirs(version, "read", place.config()))
            assert shown == "format %d" % wanted, (version, shown)
            assert sorted(found) == ["bootstrap.password", "keystore.seed"], (version, found)
            assert found["bootstrap.password"] == read(place.store + "/bootstrap.password"), version
            before = tree(place.config())
            theirs(version, "start", place.config())
            assert tree(place.config()) == before, version + " rewrote the file"


@test
def a_keystore_that_a_node_made_keeps_its_entries_and_its_seed():
    for version, wanted in RELEASES:
        with inside(version):
            place = Place(1, level="basic", version=version)
            theirs(version, "create", place.config(), "", "s3.client.default.access_key=schlüssel €", "empty=")
            _, before = entries(theirs(version, "read", place.config()))
            place.prepare()
            shown, after = entries(theirs(version, "read", place.config()))
            assert shown == "format %d" % wanted, (version, shown)
            assert after == {**before, "bootstrap.password": read(place.store + "/bootstrap.password")}, (version, after)


@test
def a_keystore_with_a_password_or_another_bootstrap_password_is_refused_and_stays():
    for version, _ in RELEASES:
        with inside(version):
            place = Place(1, level="basic", version=version)
            theirs(version, "create", place.config(), "pässword", "a=b")
            before = read_bytes(place)
            place.refuses(77, r"keystore '.*elasticsearch.keystore' has a password, and none was given")
            assert before == read_bytes(place)
            assert entries(theirs(version, "read", place.config(), "pässword"))[1]["a"] == "b"
            theirs(version, "create", place.config(), "", "bootstrap.password=of-somebody-else")
            before = read_bytes(place)
            place.refuses(80, r"keystore '.*' holds another bootstrap.password than the store; remove it there")
            assert before == read_bytes(place)


def read_bytes(place):
    with open(place.config() + "/elasticsearch.keystore", "rb") as f:
        return f.read()


class Theirs:
    """Elasticsearch's class of one version, kept running: a command a line."""

    def __init__(self, version):
        self.java = subprocess.Popen(java(version, PROGRAM), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.DEVNULL, text=True, encoding="utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *why):
        self.java.stdin.close()
        self.java.wait()

    def ask(self, *words):
        print("\t".join(str(w) for w in words), file=self.java.stdin, flush=True)
        lines = []
        for line in self.java.stdout:
            line = line.rstrip("\n")
            if line == "done":
                return lines
            assert not line.startswith("failed: "), (words[:2], line)
            lines.append(line)
        raise AssertionError("java ended: %r" % (words[:2],))

    def read(self, folder, password=""):
        lines = self.ask("read", folder, password)
        return lines[0], {n: base64.b64decode(v) for n, v in (line.split(" ") for line in lines[1:])}


# As Keystore.java's fill makes them.
FILE = bytes((i * 7 + i // 256) & 255 for i in range(1024 * 1024))
PASSWORD = "pässwörd-€-ключ"
# Entries, bytes of a file entry, password.
SHAPES = [(0, 0, PASSWORD), (1, 0, ""), (500, 0, PASSWORD), (3, len(FILE), "")]
# One of each format, and the oldest and newest.
SOME_RELEASES = [r for r in RELEASES if r[0] not in ("8.13.4", "9.0.0")]


def keystore(*words, password="", stdin=""):
    env = {"KEYSTORE_PASSWORD": password} if password else {}
    return runs(INIT, "keystore", *words, env=env, stdin=stdin)


def filled(count, file_bytes):
    wanted = {"n%d" % i: b"value %d" % i for i in range(count)}
    if file_bytes:
        wanted["file"] = FILE
    return wanted


def make(folder, version, password, count, file_bytes):
    """With our own command what Keystore.java's fill makes with theirs."""
    os.mkdir(folder)
    where = ("--config-dir", folder, "--stack-version", version)
    keystore("create", *where, password=password)
    if count:
        keystore("add", "-x", *where, *("n%d" % i for i in range(count)), password=password,
                 stdin="".join("value %d\n" % i for i in range(count)))
    if file_bytes:
        write_bytes(folder + ".file", FILE)
        keystore("add-file", *where, "file", folder + ".file", password=password)


def write_bytes(path, content):
    with open(path, "wb") as f:
        f.write(content)


def without_seed(entries):
    assert len(entries["keystore.seed"]) == 20, entries["keystore.seed"]
    return {n: v for n, v in entries.items() if n != "keystore.seed"}


@test
def every_release_reads_keystores_of_every_shape_and_rewrites_none():
    for version, wanted in SOME_RELEASES:
        with Theirs(version) as theirs_now:
            for number, (count, size, password) in enumerate(SHAPES):
                folder = os.path.abspath("%s-%d" % (version, number))
                make(folder, version, password, count, size)
                shown, found = theirs_now.read(folder, password)
                assert shown == "format %d" % wanted, (version, shown)
                assert without_seed(found) == filled(count, size), (version, count, size, password)
                before = tree(folder)
                theirs_now.ask("start", folder, password)
                assert tree(folder) == before, version + " rewrote the file"


@test
def keystores_of_every_release_are_read_and_changed_without_a_loss():
    for version, wanted in SOME_RELEASES:
        with Theirs(version) as theirs_now:
            for number, (count, size, password) in enumerate(SHAPES):
                folder = os.path.abspath("%s-%d" % (version, number))
                os.mkdir(folder)
                theirs_now.ask("fill", folder, password, count, size)
                names = keystore("list", "--config-dir", folder, password=password).out.split()
                assert names == sorted([*filled(count, size), "keystore.seed"]), (version, names)
                if count:
                    last = "n%d" % (count - 1)
                    assert keystore("show", last, "--config-dir", folder, password=password).out == "value %d\n" % (count - 1)
                if size:
                    keystore("show", "file", "-o", folder + ".out", "--config-dir", folder, password=password)
                    assert open(folder + ".out", "rb").read() == FILE
                _, before = theirs_now.read(folder, password)
                keystore("add", "one.more", "--config-dir", folder, password=password, stdin="ещё\n")
                shown, after = theirs_now.read(folder, password)
                assert shown == "format %d" % wanted, (version, shown)
                assert after == {**before, "one.more": "ещё".encode()}, version
                state = tree(folder)
                theirs_now.ask("start", folder, password)
                assert tree(folder) == state, version + " rewrote the file"


@test
def an_upgraded_keystore_is_in_the_format_of_that_release_and_no_other():
    with Theirs("9.2.0") as newest:
        for old, _ in RELEASES:
            os.mkdir(old)
            with Theirs(old) as theirs_now:
                theirs_now.ask("create", os.path.abspath(old), "pä", "a=b")
            keystore("upgrade", "--stack-version", "9.2.0", "--config-dir", old, password="pä")
            before = tree(old)
            shown, found = newest.read(os.path.abspath(old), "pä")
            assert shown == "format 7" and found["a"] == b"b", (old, shown)
            newest.ask("start", os.path.abspath(old), "pä")
            assert tree(old) == before, old


@test
def a_changed_password_opens_the_keystore_and_the_old_one_does_not():
    for version, _ in RELEASES[::3]:
        os.mkdir(version)
        folder = os.path.abspath(version)
        with Theirs(version) as theirs_now:
            theirs_now.ask("create", folder, "", "a=b")
            runs(INIT, "keystore", "passwd", "--config-dir", folder, env={"KEYSTORE_NEW_PASSWORD": "ключ"})
            assert theirs_now.read(folder, "ключ")[1]["a"] == b"b"
            try:
                theirs_now.read(folder, "")
            except AssertionError as why:
                assert "password was incorrect" in str(why)
            else:
                raise AssertionError(version + " opened it without a password")
            keystore("passwd", "--no-password", "--config-dir", folder, password="ключ")
            assert theirs_now.read(folder)[1]["a"] == b"b"


main()
