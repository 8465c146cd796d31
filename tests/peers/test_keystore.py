"""elasticsearch.keystore: what init writes, read by Elasticsearch's own class, and the other way round."""

import base64
import os
import subprocess

from blackbox import ROOT, Place, main, read, runs, test, tree

HERE = ROOT + "/tests/peers/elasticsearch"
CLASSES = ROOT + "/build/elasticsearch"
# The format that each release writes: KeyStoreWrapper.CURRENT_VERSION.
RELEASES = [("7.12.0", 4), ("7.17.28", 4), ("8.0.0", 5), ("8.13.4", 5), ("8.15.3", 6), ("8.19.0", 7), ("9.0.0", 7), ("9.2.0", 7)]

subprocess.run(["sh", HERE + "/fetch.sh"], check=True, stdout=subprocess.DEVNULL)


def theirs(version, *words):
    """Run Elasticsearch's class of that version."""
    path = "%s/classes:%s/%s/lib/*" % (CLASSES, CLASSES, version)
    return runs(ROOT + "/build/jdk/25/bin/java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", path,
                "org.elasticsearch.common.settings.Keystore", *words).out


def entries(text):
    lines = text.splitlines()
    return lines[0], {name: base64.b64decode(value).decode() for name, value in (line.split(" ") for line in lines[1:])}


@test
def every_release_reads_the_keystore_written_for_it_and_does_not_rewrite_it():
    for version, wanted in RELEASES:
        os.mkdir(version)
        os.chdir(version)
        place = Place(1, level="basic", version=version)
        place.prepare()
        shown, found = entries(theirs(version, "read", place.config()))
        assert shown == "format %d" % wanted, (version, shown)
        assert sorted(found) == ["bootstrap.password", "keystore.seed"], (version, found)
        assert found["bootstrap.password"] == read(place.store + "/bootstrap.password"), version
        before = tree(place.config())
        theirs(version, "start", place.config())
        assert tree(place.config()) == before, version + " rewrote the file"
        os.chdir("..")


@test
def a_keystore_that_a_node_made_keeps_its_entries_and_its_seed():
    for version, wanted in RELEASES:
        os.mkdir(version)
        os.chdir(version)
        place = Place(1, level="basic", version=version)
        theirs(version, "create", place.config(), "", "s3.client.default.access_key=schlüssel €", "empty=")
        _, before = entries(theirs(version, "read", place.config()))
        place.prepare()
        shown, after = entries(theirs(version, "read", place.config()))
        assert shown == "format %d" % wanted, (version, shown)
        assert after == {**before, "bootstrap.password": read(place.store + "/bootstrap.password")}, (version, after)
        os.chdir("..")


@test
def a_keystore_with_a_password_or_another_bootstrap_password_is_refused_and_stays():
    for version, _ in RELEASES:
        os.mkdir(version)
        os.chdir(version)
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
        os.chdir("..")


def read_bytes(place):
    with open(place.config() + "/elasticsearch.keystore", "rb") as f:
        return f.read()


main()
