"""The part of the stand-in for Elasticsearch that keeps roles, users, role mappings, API keys and service tokens.

What it shows of them is shaped as Elasticsearch shows it: with every default filled in.
"""

import base64
import copy
import json
import re
import time
import urllib.parse
import uuid


class Access:
    def __init__(self):
        self.roles, self.users, self.mappings = {}, {}, {}
        self.keys = {}  # id -> what is shown of it
        self.secrets = {}  # id -> the key itself
        self.tokens = {}  # path of the token -> its value
        self.made = []  # (kind, name), each time one was stored
        self.shows_descriptors = True  # of API keys, since 8.5

    def answer(self, handler, method, path, body, passwords):
        """Whether the request was one of ours."""
        path, _, query = path.partition("?")
        query = dict(urllib.parse.parse_qsl(query))
        words = path.strip("/").split("/")
        body = json.loads(body) if body else {}
        if words[:2] == ["_security", "role"] and len(words) == 3:
            self.named(handler, method, self.roles, words[2], body, role_shown, {"role": {"created": True}})
        elif words[:2] == ["_security", "role_mapping"] and len(words) == 3:
            self.named(handler, method, self.mappings, words[2], body, lambda b, _: dict(b, metadata={}), {"role_mapping": {"created": True}})
        elif words[:2] == ["_security", "user"] and len(words) == 3:
            self.user(handler, method, words[2], body, passwords)
        elif words == ["_security", "api_key"]:
            self.key(handler, method, query, body)
        elif words[:2] == ["_security", "service"] and words[4:6] == ["credential", "token"]:
            self.token(handler, method, "/".join(words[2:4]), words[6])
        elif words[:2] == ["_security", "service"] and words[4:] == ["credential"]:
            handler.answer(200, {"service_account": "/".join(words[2:4]), "count": len(self.tokens), "tokens": {name: {} for name in self.tokens},
                                 "nodes_credentials": {"_nodes": {}, "file_tokens": {}}})
        else:
            return False
        return True

    def named(self, handler, method, shelf, name, body, shown, created):
        if method == "GET":
            handler.answer(200, {name: shelf[name]}) if name in shelf else handler.answer(404, {})
        elif method in ("PUT", "POST"):
            shelf[name] = shown(body, name)
            self.made.append((next(iter(created)), name))
            handler.answer(200, created)
        else:
            handler.fail(405, "illegal_argument_exception", "Incorrect HTTP method")

    def user(self, handler, method, name, body, passwords):
        if method == "GET":
            handler.answer(200, {name: self.users[name]}) if name in self.users else handler.answer(404, {})
        elif len(body.get("password", "")) < 6:
            handler.fail(400, "validation_exception", "Validation Failed: 1: passwords must be at least [6] characters long;")
        else:
            passwords[name] = body["password"]
            self.made.append(("user", name))
            self.users[name] = {"username": name, "roles": body["roles"], "full_name": body.get("full_name"), "email": body.get("email"),
                                "metadata": body.get("metadata", {}), "enabled": body.get("enabled", True)}
            handler.answer(200, {"created": True})

    def key(self, handler, method, query, body):
        if method == "GET":
            found = [k for k in self.keys.values() if k["id"] == query.get("id")]
            handler.answer(200 if found else 404, {"api_keys": found})
        elif method == "DELETE":
            for one in body["ids"]:
                self.keys[one]["invalidated"] = True
            handler.answer(200, {"invalidated_api_keys": body["ids"], "previously_invalidated_api_keys": [], "error_count": 0})
        else:
            one, secret = uuid.uuid4().hex[:20], uuid.uuid4().hex[:22]
            info = {"id": one, "name": body["name"], "creation": int(time.time() * 1000), "invalidated": False, "username": "elastic",
                    "realm": "reserved", "metadata": {}}
            if "expiration" in body:
                assert body["expiration"].endswith("d")
                info["expiration"] = int((time.time() + 86400 * int(body["expiration"][:-1])) * 1000)
            if self.shows_descriptors:
                info["role_descriptors"] = {name: role_shown(role, name) for name, role in body["role_descriptors"].items()}
            self.keys[one] = info
            self.secrets[one] = secret
            self.made.append(("api_key", body["name"]))
            handler.answer(200, {"id": one, "name": body["name"], "api_key": secret,
                                 "encoded": base64.b64encode(("%s:%s" % (one, secret)).encode()).decode()})

    def token(self, handler, method, service, name):
        assert method in ("POST", "PUT", "DELETE") and re.fullmatch("[A-Za-z0-9-][A-Za-z0-9_-]{0,255}", name), (method, name)
        if method == "DELETE":
            found = self.tokens.pop(name, None) is not None
            handler.answer(200 if found else 404, {"found": found})
            return
        if name in self.tokens:
            handler.fail(409, "version_conflict_engine_exception", "[service_account_token-%s/%s]: version conflict, document already exists" % (service, name))
            return
        value = base64.b64encode(b"\0\1\0\1" + ("%s/%s:%s" % (service, name, uuid.uuid4().hex[:22])).encode()).decode()
        self.tokens[name] = value
        self.made.append(("token", name[:-7]))  # without what makes it unique
        handler.answer(200, {"created": True, "token": {"name": name, "value": value}})


def role_shown(body, _):
    role = copy.deepcopy(body)
    for indices in role.get("indices", []):
        indices.setdefault("allow_restricted_indices", False)
        indices["privileges"].sort()
    return {"cluster": role.get("cluster", []), "indices": role.get("indices", []), "applications": role.get("applications", []),
            "run_as": role.get("run_as", []), "metadata": {}, "transient_metadata": {"enabled": True}}
