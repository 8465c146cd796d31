"""Kibana's and the Beats' keystores: what init writes, read by others, and the other way round.

The Beats' own code of three releases, and of a build for FIPS 140; for Kibana, Node with its format.
"""

import base64
import json
import os
import shutil
import stat
import subprocess

from blackbox import INIT, ROOT, main, read, refuses, runs, test, write

HERE = ROOT + "/tests/peers"
BEATS = ["libbeat-7.17.29", "agent-libs-0.9.13", "agent-libs-0.30.0"]
FIPS = "agent-libs-0.30.0-fips"
ASCII = "".join(map(chr, range(0x20, 0x7f)))
WIDE = "pässwörd € 漢字 🔑 ñ"
PASSWORDS = [None, "changeme", ASCII, WIDE]
# What is hard on the way into JSON, base64, a line or a shell.
VALUES = {"A": "s3cret", "B.c-d": ASCII, "E_": WIDE, "F": "123456", "G": "true", "H": " both ends ", "I": "\\u0041\\",
          "J": "\"{}\"", "K": "x" * 5000, "L": "tab\tand \x01 bell \x07", "M": "\u2028</script>"}

assert shutil.which("node"), "node is missing: sh tests/setup.sh test"
subprocess.run(["sh", HERE + "/beats/build.sh"], check=True, stdout=subprocess.DEVNULL)


def ask(command, orders):
    return json.loads(runs(*command, stdin=json.dumps(orders)).out)


def order(path, password, **more):
    return {"path": os.path.abspath(path), "password": password or "", **more}


class Beat:
    """One release's own code. Values are bytes."""

    def __init__(self, release):
        self.command = [ROOT + "/build/beats/" + release]

    def read(self, path, password=None):
        """The entries, or why there are none."""
        result = ask(self.command, [order(path, password, do="read")])[0]
        return result["error"] or {k: base64.b64decode(v or "") for k, v in result["entries"].items()}

    def write(self, path, values, password=None):
        entries = {k: base64.b64encode(v if isinstance(v, bytes) else v.encode()).decode() for k, v in values.items()}
        assert ask(self.command, [order(path, password, do="write", entries=entries)])[0]["error"] == ""

    def settings(self, path, names):
        """What a setting of ${NAME} becomes, for each."""
        return [result["value"] for result in
                ask(self.command, [order(path, None, do="resolve", name=name) for name in names])]


class Kibana:
    command = ["node", HERE + "/kibana/keystore.js"]

    def read(self, path, password=None):
        result = ask(self.command, [order(path, password, do="read")])[0]
        return result.get("error") or result["settings"]

    def write(self, path, values, password=None):
        assert ask(self.command, [order(path, password, do="write", settings=values)])[0] == {}


def keystore(command, path, *words, product=None, password=None, **how):
    options = ["--keystore", path]
    if product:
        options += ["--product", product]
    if password is not None:
        write("pass", password + "\n", 0o600)
        options += ["--pass-file", "pass"]
    return runs(INIT, "keystore", command, *options, "-q", *words, **how)


def write_ours(path, values, **how):
    keystore("create", path, "-f", **how)
    if values:
        keystore("add", path, "-x", *values, stdin="".join(v + "\n" for v in values.values()), **how)


def show(path, name, **how):
    """The value as it lies in the file, byte for byte."""
    keystore("show", path, "-f", "-o", "value", name, **how)
    with open("value", "rb") as f:
        return f.read()


def names_in(path, **how):
    return keystore("list", path, **how).out.splitlines()


def many(count):
    return {"NAME_%d" % i: "value %d" % i for i in range(count)}


def encoded(values):
    return {k: v.encode() for k, v in values.items()}


def cut(path, length, to):
    with open(path, "rb") as f:
        whole = f.read()
    with open(to, "wb") as f:
        f.write(whole[:length])
    os.chmod(to, 0o600)
    return len(whole)


@test
def every_beat_reads_the_keystore_that_init_writes():
    for values in ({}, {"ES_PWD": "s3cret"}, many(500), VALUES):
        write_ours("filebeat.keystore", values)
        assert stat.S_IMODE(os.stat("filebeat.keystore").st_mode) == 0o600
        for release in BEATS:
            assert Beat(release).read("filebeat.keystore") == encoded(values), (release, len(values))


@test
def init_reads_the_keystore_that_every_beat_writes():
    for release in BEATS:
        for values in ({}, {"ES_PWD": "s3cret"}, many(500)):
            Beat(release).write("heartbeat.keystore", values)
            assert names_in("heartbeat.keystore") == sorted(values), (release, len(values))
            for name in list(values)[:2]:
                assert show("heartbeat.keystore", name).decode() == values[name]
        Beat(release).write("heartbeat.keystore", VALUES)
        for name, value in VALUES.items():
            assert show("heartbeat.keystore", name).decode() == value, (release, name)


@test
def a_keystore_that_a_beat_made_keeps_what_is_in_it():
    binary = bytes(range(256))
    for release in BEATS:
        Beat(release).write("metricbeat.keystore", {**VALUES, "BYTES": binary, "EMPTY": ""})
        keystore("add", "metricbeat.keystore", "-x", "NEW", stdin="new\n")
        keystore("remove", "metricbeat.keystore", "A")
        wanted = {**encoded(VALUES), "BYTES": binary, "EMPTY": b"", "NEW": b"new"}
        del wanted["A"]
        assert Beat(release).read("metricbeat.keystore") == wanted, release


@test
def a_beat_gets_files_byte_for_byte():
    binary = bytes(range(256)) * 4096
    with open("file", "wb") as f:
        f.write(binary)
    keystore("create", "packetbeat.keystore")
    keystore("add-file", "packetbeat.keystore", "CERT", "file")
    for release in BEATS:
        assert Beat(release).read("packetbeat.keystore") == {"CERT": binary}, release


@test
def a_setting_of_a_beat_gets_a_password_as_it_is():
    given = ["s3cret", ASCII.strip(), WIDE, "123456", "true", "null", "\"{}\"", "a,b", "${x}", "$$", "a: b # c"]
    values = {"N%d" % i: v for i, v in enumerate(given)}
    write_ours("filebeat.keystore", values)
    for release in BEATS[1:]:
        assert Beat(release).settings("filebeat.keystore", values) == given, release


# What init warns of. Should one of these fail, the Beats have learnt to leave a secret alone.
@test
def a_beat_changes_a_password_that_looks_like_something_else():
    changed = {"007": "7", "1e3": "1000", "0x10": "16", "0.10": "0.1", "+5": "5", "on": "true", "t": "true", " x ": "x"}
    values = {"N%d" % i: v for i, v in enumerate(changed)}
    write_ours("filebeat.keystore", values)
    for release in BEATS:
        assert Beat(release).settings("filebeat.keystore", values) == list(changed.values()), release
    oldest = {"A": "'q'", "B": "a,b", "C": "[a]", "D": "{a: b}"}  # up to 8.2: elastic/beats#29789
    write_ours("filebeat.keystore", oldest)
    assert Beat(BEATS[0]).settings("filebeat.keystore", oldest) == ["q", "", "", ""]


@test
def a_beat_built_for_fips_keeps_its_own_format():
    beat = Beat(FIPS)
    beat.write("filebeat.keystore", VALUES)
    assert read("filebeat.keystore").startswith("v2")
    keystore("add", "filebeat.keystore", "-x", "NEW", stdin="new\n")
    assert read("filebeat.keystore").startswith("v2")
    assert beat.read("filebeat.keystore") == {**encoded(VALUES), "NEW": b"new"}
    assert "v1" in Beat(BEATS[2]).read("filebeat.keystore")


@test
def a_beats_keystore_that_is_torn_or_locked_is_refused_and_stays():
    write_ours("whole", VALUES, product="filebeat")
    length = cut("whole", 0, "filebeat.keystore")
    for keep in [0, 1, 2, 3, 50, 100, 122, length // 2, length - 4, length - 3, length - 1]:
        cut("whole", keep, "filebeat.keystore")
        refuses(65, r"keystore '.*' is damaged: |is not a Beats keystore", INIT, "keystore", "add", "--keystore",
                "filebeat.keystore", "-x", "X", stdin="x\n")
        assert os.path.getsize("filebeat.keystore") == keep
        if keep > 1:  # with less, some releases slice past the end and panic
            assert isinstance(Beat(BEATS[2]).read("filebeat.keystore"), str), keep
    os.remove("filebeat.keystore")
    Beat(BEATS[2]).write("filebeat.keystore", VALUES, "of nobody")
    before = read("filebeat.keystore")
    refuses(65, "is damaged: it was changed, or cut short", INIT, "keystore", "list", "--keystore", "filebeat.keystore")
    assert read("filebeat.keystore") == before


@test
def kibana_reads_the_keystore_that_init_writes():
    for password in PASSWORDS:
        for values in ({}, {"elasticsearch.password": "s3cret"}, VALUES):
            write_ours("kibana.keystore", values, password=password)
            assert Kibana().read("kibana.keystore", password) == values, (password, values)
    write_ours("kibana.keystore", many(500))
    assert Kibana().read("kibana.keystore") == many(500)


@test
def init_reads_the_keystore_that_kibana_writes():
    for password in PASSWORDS:
        for values in ({}, VALUES):
            Kibana().write("kibana.keystore", values, password)
            assert names_in("kibana.keystore", password=password) == sorted(values)
        for name in "A", "B.c-d", "E_":
            assert show("kibana.keystore", name, password=password).decode() == VALUES[name]
    Kibana().write("kibana.keystore", many(500))
    assert names_in("kibana.keystore") == sorted(many(500))


@test
def a_keystore_that_kibana_made_keeps_values_of_every_kind_and_its_password():
    made = {"server.port": 5601, "text": "5601", "list": ["a", {"b": None}], "on": True, "none": None, "f": -1.5,
            "deep": {"x": {"y": []}}}
    for password in None, WIDE:
        Kibana().write("kibana.keystore", made, password)
        keystore("add", "kibana.keystore", "-x", "elasticsearch.password", stdin="123\n", password=password)
        keystore("remove", "kibana.keystore", "f", password=password)
        wanted = {**made, "elasticsearch.password": "123"}
        del wanted["f"]
        assert Kibana().read("kibana.keystore", password) == wanted
        if password:
            assert "authenticate" in Kibana().read("kibana.keystore")
    keystore("show", "kibana.keystore", "list", password=WIDE)


@test
def kibanas_password_is_set_changed_and_taken_away():
    write_ours("kibana.keystore", VALUES)
    for new, words in ("one", []), (WIDE, []), (None, ["--no-password"]):
        if new:
            write("new", new + "\n", 0o600)
            words = ["--new-pass-file", "new"]
        keystore("passwd", "kibana.keystore", *words, password=read("pass")[:-1] if os.path.exists("pass") else None)
        if new:
            os.replace("new", "pass")
        assert Kibana().read("kibana.keystore", new) == VALUES, new


@test
def kibanas_keystore_that_is_torn_or_has_another_password_is_refused_and_stays():
    write("wrong", "wrong\n", 0o600)
    for password in None, "right":
        write_ours("whole", VALUES, product="kibana", password=password)
        length = cut("whole", 0, "kibana.keystore")
        for keep in [0, 1, 2, 3, 50, 100, 126, length // 2, length - 4, length - 3, length - 1]:
            cut("whole", keep, "kibana.keystore")
            # What was cut between two groups of base64 looks as if it had another password.
            status = 77 if keep > 125 and (keep - 2) % 4 == 0 else 65
            refuses(status, r"is damaged: |is not a Kibana keystore|has a password, and none was given", INIT, "keystore",
                    "add", "--keystore", "kibana.keystore", "-x", "X", stdin="x\n")
            assert os.path.getsize("kibana.keystore") == keep
            assert isinstance(Kibana().read("kibana.keystore"), str), keep
    refuses(77, "wrong password for keystore .*whole", INIT, "keystore", "list", "--product", "kibana", "--keystore", "whole",
            "--pass-file", "wrong")


main()
