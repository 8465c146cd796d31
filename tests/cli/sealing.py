"""A prepared stack beside the stand-in for Elasticsearch, and the words that seal it."""

import json
import os

from blackbox import INIT, Place, free_port, read, runs

from elasticsearch import BUILT_IN, Elasticsearch


class Sealed:
    """A prepared place, and the words that seal it at the stand-in's port."""

    def __init__(self, level="https", nodes=1, prepare=True, version="8.15.3", more=""):
        self.port = free_port()
        text = "name: logs\nversion: %s\nlevel: %s\n%sinstances:\n" % (version, level, more)
        for i in range(1, nodes + 1):
            text += "  - {name: es%02d, dns: localhost, http_port: %d}\n" % (i, self.port)
        self.place = Place(text=text)
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
