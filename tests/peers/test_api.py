"""Every request of a seal, checked against the API that the published clients of seven releases know."""

import base64
import json
import os
import re
import subprocess
import sys
import urllib.parse

from blackbox import INIT, ROOT, inside, main, runs, test

sys.path.insert(0, ROOT + "/tests/cli")
from sealing import DECLARED, declared  # pylint: disable=wrong-import-position

# Of the stack, and of the client that comes nearest to it.
RELEASES = [("7.12.0", "7.12.0"), ("7.17.28", "7.17.14"), ("8.0.0", "8.0.0"), ("8.15.3", "8.15.0"), ("8.19.0", "8.19.1"),
            ("9.0.0", "9.0.0"), ("9.5.0", "9.5.1")]
HERE = ROOT + "/tests/peers/npm"
# Clients before 8.1 type an API key's roles from an example. The product reads them as it reads any role
# (its documentation of 7.17 says so, and its class does: test_access.py).
SAME_AS = {"SecurityCreateApiKeyRoleDescriptor": "SecurityPutRoleRequest"}

subprocess.run(["sh", HERE + "/fetch.sh", *[client for _, client in RELEASES]], check=True)


class Types:
    """The TypeScript declarations of a client: which members an object may have."""

    def __init__(self, path):
        text = re.sub(r"/\*.*?\*/", "", open(path, encoding="utf-8").read(), flags=re.S)
        self.interfaces, self.aliases = {}, {}
        for name, parents, body in re.findall(r"^(?:export )?interface (\w+)(?:<[^{]*>)?(?: extends ([^{]*))? \{\n(.*?)^\}", text, flags=re.S | re.M):
            self.interfaces[name] = (re.findall(r"\w+", parents), self.members(body))
        for name, alias in re.findall(r"^export type (\w+)(?:<[^=]*>)? = ([^;\n]*)", text, flags=re.M):
            self.aliases[name] = alias

    @staticmethod
    def members(body):
        found, depth = {}, 0
        for line in body.split("\n"):
            one = re.match(r"\s*'?([\w.]+)'?\??: (.*?);?$", line)
            if one and (depth == 0 or found.get("body") == "{"):
                found[one.group(1)] = one.group(2)  # 7.17 has the body's members within the request's
            depth += line.count("{") - line.count("}")
        return found

    def all_members(self, name):
        parents, own = self.interfaces[name]
        found = dict(own)
        for parent in parents:
            if parent in self.interfaces:
                found.update(self.all_members(parent))
        return found

    def check(self, value, kind, where):
        """Every name within value, of the type that is written as kind."""
        if isinstance(value, list):
            for one in value:
                self.check(one, kind, where)
        if not isinstance(value, dict):
            return
        record = re.search(r"Record<[^,]+, *(.*)>", kind)
        if record:
            for name, inner in value.items():
                self.check(inner, record.group(1), where + "." + name)
            return
        names = [SAME_AS.get(name, name) for name in re.findall(r"\b[A-Z]\w+", kind)]
        for name in names:
            if name in self.interfaces and set(value) <= set(self.all_members(name)):
                for member, inner in value.items():
                    self.check(inner, self.all_members(name)[member], where + "." + member)
                return
        for name in names:
            if name in self.aliases:
                self.check(value, self.aliases[name], where)
                return
        raise AssertionError("%s has %s, which %s has not" % (where, sorted(value), kind))


def endpoints(client):
    lines = subprocess.run(["node", HERE + "/endpoints.js", "%s/build/npm/%s" % (ROOT, client)], check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in lines.splitlines()]


def fits(pattern, path):
    return re.fullmatch(re.escape(pattern).replace(r"\*", "[^/]+"), path)


def requests_of(version):
    """Whatever init sends: a first seal, a second, a wait and a status; and a surplus key and token."""
    with inside(version):
        token = "" if version < "8" else "kibana_token: true\n"
        s = declared(more=DECLARED.replace("kibana_token: true\n", token), version=version)
        access = s.cluster.access

        def somebody_is_first(handler):
            if handler.path == "/_security/api_key" and not access.keys:
                access.keys["first"] = {"id": "first", "name": "beat-1", "invalidated": False}
                os.makedirs(s.place.store + "/api-keys", exist_ok=True)
                with open(s.place.store + "/api-keys/beat-1", "w", encoding="utf-8") as f:
                    f.write("first:secret")
            if handler.command == "PUT" and "/credential/token/" in handler.path and not access.tokens:
                value = base64.b64encode(b"\0\1\0\1elastic/kibana/first:a secret of its own").decode()
                access.tokens["first"] = value
                os.makedirs(s.place.store + "/tokens", exist_ok=True)
                with open(s.place.store + "/tokens/kibana.1", "w", encoding="utf-8") as f:
                    f.write(value)
            return False

        s.cluster.fault = somebody_is_first
        with s.serving():
            runs(*s.words())
            runs(*s.words())
            runs(*s.words("wait", "green"))
            runs(INIT, "status", "--stack", s.place.stack, "--store", s.place.store, "--name", "es01")
    return s.cluster.sent


@test
def no_endpoint_parameter_or_member_is_sent_that_the_published_client_does_not_know():
    for version, client in RELEASES:
        known = endpoints(client)
        types = next((p for p in ("/lib/api/types.d.ts", "/api/types.d.ts") if os.path.exists("%s/build/npm/%s%s" % (ROOT, client, p))), None)
        types = types and Types("%s/build/npm/%s%s" % (ROOT, client, types))
        sent = requests_of(version)
        apis = set()
        for method, target, body in sent:
            path, _, query = target.partition("?")
            found = [k["api"] for k in known if k["method"] == method and fits(k["path"], path)]
            assert found, (version, method, target)
            # "_password" and the like are no names of users
            api = min(found, key=lambda name: sum(k["path"].count("*") for k in known if k["api"] == name and fits(k["path"], path)))
            apis.add(api)
            request = "".join(word[0].upper() + word[1:] for word in api.split(".")) + "Request"
            values = dict(urllib.parse.parse_qsl(query))
            assert not set(values) & set(json.loads(body) if body else {}), (method, target)
            values.update(json.loads(body) if body else {})
            if types:
                types.check(values, request, "%s %s of %s" % (method, path, version))
        wanted = {"info", "cluster.health", "security.authenticate", "security.changePassword", "security.getRole", "security.putRole",
                  "security.getUser", "security.putUser", "security.getRoleMapping", "security.putRoleMapping", "security.getApiKey",
                  "security.createApiKey", "security.invalidateApiKey"} | ({"security.createServiceToken", "security.deleteServiceToken", "security.getServiceCredentials"} if version >= "8" else set())
        assert apis == wanted, (version, apis ^ wanted)
        assert types or version == "7.12.0"


@test
def the_check_itself_finds_an_invented_member():
    types = Types(ROOT + "/build/npm/9.5.1/lib/api/types.d.ts")
    good = {"cluster": ["all"], "indices": [{"names": ["a"], "privileges": ["read"], "field_security": {"grant": ["x"]}}]}
    types.check(good, "SecurityPutRoleRequest", "x")
    for path, words in (((), "invented"), (("indices", 0), "invented"), (("indices", 0, "field_security"), "invented")):
        bad = json.loads(json.dumps(good))
        at = bad
        for step in path:
            at = at[step]
        at[words] = 1
        try:
            types.check(bad, "SecurityPutRoleRequest", "x")
        except AssertionError:
            continue
        raise AssertionError("%s passed" % bad)


main()
