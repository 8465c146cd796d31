"""init config: what would be written, what would change, and what a node would refuse."""

import os
import re

from blackbox import INIT, Place, main, read, refuses, run, test, tree, write


def config(place, action, *more, name="es01"):
    return run(INIT, "config", action, "--stack", place.stack, "--store", place.store, "--name", name,
               "--config-dir", place.config(name), *more)


@test
def show_prints_what_prepare_then_writes_and_diff_ends_with_81_until_it_has():
    place = Place()
    yml = place.config() + "/elasticsearch.yml"
    write(yml, "# mine\nnetwork.host: 0.0.0.0\n")
    before = tree(place.store, place.config())
    shown, block, diff = config(place, "show"), config(place, "show", "--block"), config(place, "diff")
    assert tree(place.store, place.config()) == before
    assert shown.status == block.status == 0 and diff.status == 81, (shown, block, diff)
    assert block.out in shown.out and "mine" not in block.out and "cluster.name: 'logs'\n" in block.out, block
    assert diff.out.startswith("--- %s\n+++ %s\n@@ -1,2 +1," % (yml, yml)) and " # mine\n" in diff.out, diff
    place.prepare()
    assert read(yml) == shown.out
    diff = config(place, "diff")
    assert (diff.status, diff.out) == (0, ""), diff


@test
def prepare_with_check_ends_with_81_when_something_would_change():
    place = Place()
    assert run(*place.words("es01", "--check")).status == 81
    assert run(INIT, "prepare", "--all", "--check", "--stack", place.stack, "--store", place.store).status == 81
    place.prepare()
    assert run(*place.words("es01", "--check")).status == 0
    assert run(INIT, "prepare", "--all", "--check", "--stack", place.stack, "--store", place.store).status == 0


@test
def override_is_explicit_and_says_which_line_gave_way():
    place = Place()
    yml = place.config() + "/elasticsearch.yml"
    write(yml, "a.b: 1\nxpack.security.enabled: false\n")
    place.refuses(78, "sets xpack.security.enabled to 'false' in line 2, .*--override")
    said = place.prepare("es01", "--override").err
    assert said.count("overrode") == 1 and "in line 2" in said, said
    assert read(yml).startswith("a.b: 1\n# (overridden) xpack.security.enabled: false\n# >>>"), read(yml)
    assert "changed=0" in place.prepare("es01", "--override").err


@test
def a_port_that_only_the_file_has_is_a_conflict():
    place = Place()
    write(place.config() + "/elasticsearch.yml", "http.port: 9201\n")
    place.refuses(78, r"sets http.port to '9201' in line 1, and by the stack file it is 9200; .*\(http_port\)")


# What is put in front of or done to a good file, where it is found, and in which words.
FINDINGS = [
    ("node.master: true\n", 1, "does not know it; node.roles has it now"),
    ("transport.tcp.port: 9300\n", 1, "does not know it; the same name without 'tcp.'"),
    ("plugins.security.disabled: false\n", 1, "that is OpenSearch's"),
    ("node.attr.rack:\n", 1, "node.attr.rack: it has no value"),
    ("node.attr.a: &x y\nnode.attr.b: *x\n", 2, "node.attr.b: it is an alias"),
    ("discovery.type: single-node\n", 1, "each node would be a cluster of its own"),
    ("cluster.initial_master_nodes: [es01]\n", 1, "not all masters of the stack are in it"),
]


def good(place):
    """A folder as the image has it, prepared; no finding in it."""
    if os.geteuid() == 0:
        os.chown(place.config(), 1000, 0)
    place.prepare()
    text = read(place.config() + "/elasticsearch.yml")
    checked = config(place, "check")
    assert (checked.status, checked.out) == (0, ""), checked
    return text


def finds(place, where, words):
    checked = config(place, "check")
    assert checked.status == 78, (words, checked)
    lines = [line for line in checked.out.splitlines() if words in line]
    assert len(lines) == 1 and (where is None or lines[0].startswith("%s:%d: " % (place.config() + "/elasticsearch.yml", where))), \
        (words, checked)


@test
def check_finds_what_a_node_refuses_in_the_file():
    place = Place(2)
    text = good(place)
    for line, where, words in FINDINGS:
        kept = [l for l in text.splitlines(True) if l.split(":")[0] != line.split(":")[0]]
        write(place.config() + "/elasticsearch.yml", line + "".join(kept))
        finds(place, where, words)


@test
def check_finds_key_material_that_is_no_good():
    place = Place(2)
    text = good(place)
    yml = place.config() + "/elasticsearch.yml"
    write("other.key", "")
    for change, words in (
            (("'certs/http.key'", "'%s'" % os.path.abspath("other.key")), "outside of the configuration folder"),
            (("'certs/http.key'", "'certs/none.key'"), "that file is not there"),
            (("'certs/http.key'", "'certs/transport.key'"), "is not its own"),
            (("xpack.security.http.ssl.enabled: true\n", ""), "without enabled beside it"),
            (("xpack.security.http.ssl.key: 'certs/http.key'\n", ""), "there is no key and certificate"),
            (("xpack.security.transport.ssl.enabled: true", "xpack.security.transport.ssl.enabled: false"), "raise the level to basic")):
        write(yml, text.replace(*change))
        finds(place, None, words)
    write(yml, text)
    checked = config(place, "check", "--user", "4711:4711")
    assert checked.status == 78 and "user 4711:4711 cannot read" in checked.out, checked
    write(place.stack, re.sub(r"dns: .*", "dns: other.example", read(place.stack), count=1))
    finds(place, None, "do not cover")
    refuses(64, "--user takes numbers", INIT, "config", "check", "--stack", place.stack, "--store", place.store,
            "--name", "es01", "--config-dir", place.config(), "--user", "x")


@test
def check_knows_a_kibana_that_should_not_start():
    place = Place()
    write(place.stack, read(place.stack) + "  - name: kb\n    role: kibana\n")
    write(place.config("kb") + "/kibana.yml", "elasticsearch.username: elastic\nxpack.security.enabled: true\n"
          "xpack.security.encryptionKey: short\n")
    out = config(place, "check", name="kb").out
    for words in ("kibana.yml:1: elasticsearch.username: Kibana refuses", "kibana.yml:2: xpack.security.enabled: kibana",
                  "kibana.yml:3: xpack.security.encryptionKey: it has fewer", "xpack.reporting.encryptionKey: it is not set"):
        assert words in out, (words, out)


@test
def check_finds_nothing_in_a_kibana_that_prepare_made():
    place = Place()
    write(place.stack, read(place.stack) + "  - name: kb\n    role: kibana\n    dns: kb\n")
    place.prepare("kb")
    assert config(place, "check", name="kb").out == ""


main()
