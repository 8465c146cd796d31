"""A prepared stack beside the stand-in for Elasticsearch, and the words that seal it."""

import json
import os

from blackbox import INIT, Place, free_port, read, runs

from elasticsearch import BUILT_IN, Elasticsearch


class Sealed:
    """A prepared place, and the words that seal it at the stand-in's port."""

    def __init__(self, level="https", nodes=1, prepare=True, version="8.15.3", more="", instances=""):
        self.port = free_port()
        text = "name: logs\nversion: %s\nlevel: %s\n%sinstances:\n" % (version, level, more)
        for i in range(1, nodes + 1):
            text += "  - {name: es%02d, dns: localhost, http_port: %d}\n" % (i, self.port)
        self.place = Place(text=text + instances)
        self.level = level
        if prepare:
            self.prepare()

    def prepare(self):
        self.place.prepare("es01")
        bootstrap = self.place.store + "/bootstrap.password"
        self.cluster = Elasticsearch(read(bootstrap) if os.path.exists(bootstrap) else "nobody has one")
        self.pair = [self.place.store + "/instances/es01/http/tls." + end for end in ("crt", "key")] if self.level == "https" else []

    def words(self, command="seal", *more, timeout="20s"):
        return [INIT, command, *more, "--stack", self.place.stack, "--store", self.place.store, "--timeout", timeout]

    def serving(self):
        return self.cluster.serving(self.port, *self.pair)

    def stored(self, user):
        return read(self.place.store + "/passwords/" + user)

    def kept(self, path):
        return read(self.place.store + "/" + path)

    def check_private(self, paths):
        for path in paths:
            assert os.stat(self.place.store + "/" + path).st_mode & 0o777 == 0o600, path

    def check_sealed(self, more=(), accounts="api"):
        """Everybody has the stored password; more: the users of the stack file."""
        users = BUILT_IN + more
        assert self.cluster.passwords == {user: self.stored(user) for user in users}
        seal = json.loads(read(self.place.store + "/seal.json"))
        assert seal["cluster_uuid"] == self.cluster.uuid and sorted(seal["users"]) == sorted(users), seal
        assert seal["accounts"] == accounts, seal

    def leaf(self, dns, shift="-1d", days="10"):
        """A pair of the store's HTTP CA, signed so many days from now."""
        ca = self.place.store + "/ca/http/ca."
        runs("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x",
             "-keyout", "leaf.key", "-out", "leaf.csr", "-addext", "subjectAltName=DNS:" + dns)
        runs("faketime", "-f", shift, "openssl", "x509", "-req", "-in", "leaf.csr", "-CA", ca + "crt", "-CAkey", ca + "key",
             "-days", days, "-copy_extensions", "copy", "-out", "leaf.crt")
        return "leaf.crt", "leaf.key"

# Of everything that a stack file can declare, with every key.
DECLARED = """\
kibana_token: true
roles:
  - name: mine
    cluster: [monitor]
    run_as: other
    indices:
      - {names: ['x-*', y], privileges: [write, read], query: '{"match_all": {}}', field_security: {grant: '*', except: z}}
    applications:
      - {application: kibana-.kibana, privileges: [read], resources: '*'}
users:
  - {name: shipper, roles: [mine, filebeat_writer], full_name: Ship it}
role_mappings:
  - name: ops
    roles: superuser
    rules: {all: [{any: [{field: {dn: [a, b]}}, {field: {groups: c}}]}, {except: {field: {username: d}}}]}
api_keys:
  - {name: beat-1, roles: [metricbeat_writer], expiration: 365d}
  - {name: beat-2, roles: [mine]}
"""


def declared(level="https", more=DECLARED, version="8.15.3"):
    """A prepared stack with all of it, and a Kibana."""
    return Sealed(level, more=more, version=version, instances="  - {name: kibana.1, role: kibana, dns: localhost}\n")


def check_declared(s):
    """All of DECLARED is there, and the store has the live key and token of each name."""
    access = s.cluster.access
    assert set(access.roles) >= {"mine"} and set(access.users) == {"shipper"} and set(access.mappings) == {"ops"}, access.made
    assert s.cluster.passwords["shipper"] == s.stored("shipper")
    for name in ("beat-1", "beat-2"):
        one, _, secret = s.kept("api-keys/" + name).partition(":")
        assert access.secrets[one] == secret and access.keys[one]["name"] == name and not access.keys[one]["invalidated"], name
    assert s.kept("tokens/kibana.1") in access.tokens.values(), access.tokens
    s.check_private(["api-keys/beat-1", "api-keys/beat-2", "tokens/kibana.1", "passwords/shipper"])
    assert os.path.exists(s.place.store + "/seal.json")
