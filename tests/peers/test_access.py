"""Hashes, tokens, privileges and roles that init writes, read by Elasticsearch's own classes of six releases."""

import base64
import json
import sys

from blackbox import ROOT, inside, main, read, runs, test

from classes import fetch, java

sys.path.insert(0, ROOT + "/tests/cli")
from sealing import DECLARED, declared  # pylint: disable=wrong-import-position

RELEASES = ["7.12.0", "7.17.28", "8.13.4", "8.15.3", "8.19.0", "9.0.0"]
PASSWORDS = ["plain-words", "pässwörd €uro \U0001F512", " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ", "x" * 300]

fetch()


def theirs(version, questions):
    """What the classes of that version answer, a line each."""
    said = runs(*java(version, "stackseal.Access", ("lib", "xpack")),
                stdin="\n".join("\t".join(q) for q in questions) + "\n").out.splitlines()
    assert len(said) == len(questions), said
    return said


def ours(path):
    return [line for line in read(path).splitlines() if line and not line.startswith("#")]


def in_base64(text):
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


@test
def every_release_takes_the_hashes_of_the_file_realm_and_no_other_password():
    for version in RELEASES:
        with inside(version):
            token = "kibana_token: true\n" if version >= "8" else ""
            s = declared(more="accounts: file\n" + DECLARED.replace("kibana_token: true\n", token), version=version)
            config = s.place.config("es01")
            users = [line.partition(":")[0] for line in ours(config + "/users")]
            for user, password in zip(users, PASSWORDS):
                with open(s.place.store + "/passwords/" + user, "w", encoding="utf-8") as f:
                    f.write(password)
            s.place.prepare()
            questions, wanted = [], []
            for line in ours(config + "/users"):
                user, _, text = line.partition(":")
                questions += [("hash", in_base64(s.stored(user)), text), ("hash", in_base64(s.stored(user) + "x"), text)]
                wanted += ["ok", "no"]
            assert len(questions) == 14
            if token:
                name, _, text = ours(config + "/service_tokens")[0].partition(":")
                secret = base64.b64decode(s.kept("tokens/kibana.1"))[4:].partition(b":")[2]
                assert name == "elastic/kibana/kibana_1"
                questions.append(("hash", in_base64(secret), text))
                wanted.append("ok")
            assert theirs(version, questions) == wanted, version


@test
def every_release_reads_the_roles_and_knows_their_privileges():
    beats = ["filebeat", "metricbeat", "heartbeat", "auditbeat", "packetbeat", "beats_monitoring", "logstash"]
    roles = ", ".join([name + "_writer" for name in beats] + ["logstash_reader"])
    more = DECLARED.replace("kibana_token: true\n", "").replace("roles: [mine, filebeat_writer]", "roles: [mine, %s]" % roles)
    for version in RELEASES:
        with inside(version):
            s = declared(more="accounts: file\n" + more, version=version)
            api = declared_in("api", more, version)
            with api.serving():
                runs(*api.words())
            sent = [json.loads(body) for method, path, body in api.cluster.sent if method == "PUT" and path.startswith("/_security/role/")]
            sent += [role for method, path, body in api.cluster.sent if method == "PUT" and path == "/_security/api_key"
                     for role in json.loads(body)["role_descriptors"].values()]
            assert len(sent) == 9 + 2
            lines = ours(s.place.config("es01") + "/roles.yml")
            questions = [("json", json.dumps(role)) for role in sent]
            questions += [("yaml", line.partition(": ")[2]) for line in lines]
            assert len(lines) == 9
            ready = [role for role in sent if role.get("run_as") is None]
            questions += [("cluster", name) for role in ready for name in role.get("cluster", [])]
            questions += [("index", name) for role in ready for indices in role["indices"] for name in indices["privileges"]]
            for question, answer in zip(questions, theirs(version, questions)):
                assert answer == "ok", (version, question, answer)
            bad = theirs(version, [("cluster", "monitr"), ("index", "craete"), ("json", '{"invented": 1}'), ("yaml", "{ cluster: [ 'a' ], invented: [] }")])
            assert "ok" not in bad, bad


def declared_in(folder, more, version):
    with inside(folder):
        return declared(more=more, version=version)


main()
