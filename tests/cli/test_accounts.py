"""accounts: file, and users, roles, role mappings and API keys of a stack file, against the stand-in."""

import base64
import copy
import hashlib
import os
import re
import subprocess

from blackbox import Place, clean_env, leftovers, main, read, refuses, run, runs, stack_text, test, tree, write

from elasticsearch import BUILT_IN
from sealing import DECLARED, Sealed, declared

BEGIN = "# >>> stackseal: written by init prepare; change nothing here\n"
END = "# <<< stackseal\n"


def fits(text, password):
    """Whether a hash of Elasticsearch's form is this password's, by Python's own PBKDF2."""
    kind, rounds, salt, key = re.fullmatch(r"(\{PBKDF2(?:_STRETCH)?\})(\d+)\$([^$]+)\$([^$]+)", text).groups()
    secret = password.encode()
    if kind == "{PBKDF2_STRETCH}":
        secret = hashlib.sha512(secret).hexdigest().encode()
    return hashlib.pbkdf2_hmac("sha512", secret, base64.b64decode(salt), int(rounds), 32) == base64.b64decode(key)


def ours(path):
    """The lines of our block."""
    return read(path).partition(BEGIN)[2].partition(END)[0].splitlines()


def pairs(path):
    return dict(line.split(":", 1) for line in ours(path))


@test
def users_in_files_have_the_passwords_of_the_store_and_a_second_run_changes_nothing():
    place = Place(2, accounts="file", version="8.15.3")
    said = place.would_change("es01")
    assert said.count("would make what=passwords/elastic") == 1 and "would write path=%s/users" % place.config("es01") in said, said
    for node in ("es01", "es02"):
        place.prepare(node)
        hashes = pairs(place.config(node) + "/users")
        assert sorted(hashes) == sorted(BUILT_IN)
        assert all(fits(hashes[user], read(place.store + "/passwords/" + user)) for user in BUILT_IN)
        assert pairs(place.config(node) + "/users_roles") == {
            "superuser": "elastic", "kibana_system": "kibana_system", "logstash_system": "logstash_system",
            "beats_system": "beats_system", "apm_system": "apm_system",
            "remote_monitoring_collector": "remote_monitoring_user", "remote_monitoring_agent": "remote_monitoring_user"}
        assert "xpack.security.authc.reserved_realm.enabled: false" in read(place.config(node) + "/elasticsearch.yml")
        assert not os.path.exists(place.config(node) + "/elasticsearch.keystore")
        assert not os.path.exists(place.config(node) + "/roles.yml"), "no role is declared"
    assert not os.path.exists(place.store + "/bootstrap.password")
    before = tree(place.store, place.config("es01"), place.config("es02"))
    place.prepare("es01")
    place.prepare("es02")
    assert tree(place.store, place.config("es01"), place.config("es02")) == before
    place.prepare("es01", "--check")
    assert not leftovers(".")


@test
def the_users_own_lines_in_the_files_stay_and_a_changed_password_changes_its_line_only():
    place = Place(1, accounts="file", version="9.0.0")
    own = {"users": "# mine\nadmin:$2a$10$abc\n", "users_roles": "superuser:admin\r\n", "roles.yml": "# none yet", "elasticsearch.yml": "# mine\n"}
    for name, text in own.items():
        write(place.config() + "/" + name, text, 0o660)
    place.prepare()
    for name in ("users", "users_roles"):
        begin = BEGIN.replace("\n", "\r\n") if "\r" in own[name] else BEGIN
        assert read_raw(place.config() + "/" + name).startswith(own[name] + begin), name
        assert os.stat(place.config() + "/" + name).st_mode & 0o777 == 0o660
    assert read(place.config() + "/roles.yml") == own["roles.yml"]
    before = pairs(place.config() + "/users")
    write(place.store + "/passwords/kibana_system", "another one", 0o600)
    place.prepare()
    after = pairs(place.config() + "/users")
    assert {user for user in BUILT_IN if before[user] != after[user]} == {"kibana_system"}
    assert fits(after["kibana_system"], "another one")


def read_raw(path):
    with open(path, "rb") as f:
        return f.read().decode()


@test
def a_line_of_the_user_for_one_of_our_names_counts_when_it_fits_and_else_is_a_conflict():
    place = Place(1, accounts="file")
    place.prepare()
    lines = ours(place.config() + "/users")
    # elasticsearch-users writes the file anew, and drops comments
    write(place.config() + "/users", "\n".join(lines) + "\n")
    place.prepare()
    assert read(place.config() + "/users") == "\n".join(lines) + "\n"
    salt = b"0" * 32
    plain = "{PBKDF2}1000$%s$%s" % tuple(base64.b64encode(x).decode() for x in (
        salt, hashlib.pbkdf2_hmac("sha512", read(place.store + "/passwords/elastic").encode(), salt, 1000, 32)))
    write(place.config() + "/users", "elastic:%s\n" % plain)
    place.prepare()
    assert "elastic" not in pairs(place.config() + "/users") and len(ours(place.config() + "/users")) == len(BUILT_IN) - 1
    for bad in ("$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", plain[:-4] + "AAA=", "{PBKDF2}9999999999$a$b",
                "{PBKDF2_STRETCH}10000$$", "{PBKDF2}1000$" + plain.split("$")[1], "plain text", ""):
        write(place.config() + "/users", "# x\nelastic:%s\n" % bad)
        before = tree(place.config())
        place.refuses(80, r"'.*/users' has another password for 'elastic' in line 2, or hashes it in another way; remove that line")
        assert tree(place.config())[place.config() + "/users"] == before[place.config() + "/users"]


@test
def without_accounts_file_our_blocks_are_taken_out_again():
    place = Place(1, text=stack_text(accounts="file") + "roles: [{name: reader, cluster: monitor}]\n")
    write(place.config() + "/users", "admin:$2a$10$abc\n")
    place.prepare()
    assert ours(place.config() + "/roles.yml")
    place.prepare("es01", "--accounts", "api")
    assert read(place.config() + "/users") == "admin:$2a$10$abc\n"
    assert read(place.config() + "/users_roles") == "" == read(place.config() + "/roles.yml")
    assert "reserved_realm" not in read(place.config() + "/elasticsearch.yml")
    assert os.path.exists(place.config() + "/elasticsearch.keystore")


@test
def users_in_files_are_logged_in_and_none_is_set():
    for level in ("minimal", "https"):
        os.mkdir(level)
        os.chdir(level)
        s = Sealed(level, more="accounts: file\nusers: [{name: shipper, roles: filebeat_writer}]\n")
        s.cluster.passwords = {user: s.stored(user) for user in BUILT_IN + ("shipper",)}
        with s.serving():
            assert "sealed" in runs(*s.words()).err
            assert "already sealed" in runs(*s.words()).err
        s.check_sealed(more=("shipper",), accounts="file")
        assert not s.cluster.set_calls
        asked = {(method, path, user) for method, path, user in s.cluster.requests if user != "elastic"}
        assert asked == {("GET", "/_security/_authenticate", user) for user in BUILT_IN + ("shipper",) if user != "elastic"}, asked
        os.chdir("..")


@test
def a_node_without_the_file_realm_is_a_conflict_after_a_while():
    s = Sealed("basic", more="accounts: file\n")
    s.cluster.passwords = {user: s.stored(user) for user in BUILT_IN}
    s.cluster.passwords["beats_system"] = "old one"
    with s.serving():
        refuses(80, r"'beats_system' has a password that is not the one in the store; run init prepare for every node", *s.words())


KINDS = [("role", "mine"), ("role", "filebeat_writer"), ("role", "metricbeat_writer"), ("user", "shipper"), ("token", "kibana_1"),
         ("role_mapping", "ops"), ("api_key", "beat-1"), ("api_key", "beat-2")]


@test
def what_a_stack_file_declares_is_made_once_and_a_second_seal_finds_it_the_same():
    s = declared()
    with s.serving():
        runs(*s.words())
        access = s.cluster.access
        assert access.made == KINDS, access.made
        assert s.cluster.passwords["shipper"] == s.stored("shipper")
        assert access.roles["mine"]["indices"] == [{"names": ["x-*", "y"], "privileges": ["read", "write"], "query": '{"match_all": {}}',
                                                    "field_security": {"grant": ["*"], "except": ["z"]}, "allow_restricted_indices": False}]
        assert access.roles["mine"]["applications"] == [{"application": "kibana-.kibana", "privileges": ["read"], "resources": ["*"]}]
        assert access.roles["filebeat_writer"]["cluster"] == ["monitor", "read_ilm", "read_pipeline"]
        assert access.users["shipper"]["full_name"] == "Ship it" and access.users["shipper"]["roles"] == ["mine", "filebeat_writer"]
        assert access.mappings["ops"] == {"roles": ["superuser"], "enabled": True, "metadata": {}, "rules": {"all": [
            {"any": [{"field": {"dn": ["a", "b"]}}, {"field": {"groups": "c"}}]}, {"except": {"field": {"username": "d"}}}]}}
        for name in ("beat-1", "beat-2"):
            one, _, secret = s.kept("api-keys/" + name).partition(":")
            assert access.secrets[one] == secret and access.keys[one]["name"] == name
        assert s.kept("tokens/kibana.1") == next(iter(access.tokens.values()))
        assert "already sealed" in runs(*s.words()).err
        access.shows_descriptors = False
        runs(*s.words())
        assert access.made == KINDS, access.made
        # a value that was shown once is nowhere else
        s.check_private(["api-keys/beat-1", "api-keys/beat-2", "tokens/kibana.1", "passwords/shipper"])


@test
def what_differs_in_the_cluster_is_named_and_left_and_the_rest_is_made():
    changes = [
        ("role 'mine', its indices", lambda a: a.roles["mine"]["indices"][0]["names"].append("z")),
        ("role 'mine', its cluster", lambda a: a.roles["mine"]["cluster"].clear()),
        ("role 'mine', its remote_indices", lambda a: a.roles["mine"].update(remote_indices=[{"clusters": ["x"]}])),
        ("user 'shipper', its roles", lambda a: a.users["shipper"].update(roles=["superuser"])),
        ("user 'shipper', its enabled", lambda a: a.users["shipper"].update(enabled=False)),
        ("user 'shipper', its email", lambda a: a.users["shipper"].update(email="a@b.c")),
        ("role mapping 'ops', its rules", lambda a: a.mappings["ops"]["rules"]["all"].pop()),
        ("role mapping 'ops', its enabled", lambda a: a.mappings["ops"].update(enabled=False)),
        ("service token 'kibana_1_NNNNNN', the cluster has none of it", lambda a: a.tokens.clear()),
        ("API key 'beat-1', it was invalidated", lambda a: next(iter(a.keys.values())).update(invalidated=True)),
        ("API key 'beat-1', it has expired", lambda a: next(iter(a.keys.values())).update(expiration=1000)),
        ("API key 'beat-1', its privileges", lambda a: next(iter(a.keys.values()))["role_descriptors"]["metricbeat_writer"]["cluster"].append("all")),
        ("API key 'beat-1', the cluster has none of it", lambda a: a.keys.pop(next(iter(a.keys)))),
    ]
    s = declared()
    with s.serving():
        runs(*s.words())
        access = s.cluster.access
        truth = copy.deepcopy(access.__dict__)
        for words, change in changes:
            access.__dict__.update(copy.deepcopy(truth))
            change(access)
            before = copy.deepcopy(access.__dict__)
            said = refuses(80, "the cluster differs from the stack file: %s; nothing was changed" % re.escape(words).replace("NNNNNN", r"\w{6}"), *s.words()).err
            assert said.count("differs from the stack file, left as it is") == 1, said
            assert access.__dict__ == before, words
        access.__dict__.update(copy.deepcopy(truth))
        access.roles["mine"]["metadata"] = {"who": "me"}
        access.users["shipper"]["profile_uid"] = "u_1"
        runs(*s.words())


@test
def a_difference_that_was_there_before_the_first_seal_does_not_hold_up_the_rest():
    s = declared()
    with s.serving():
        s.cluster.access.roles["mine"] = {"cluster": ["all"], "indices": [], "applications": [], "run_as": [], "metadata": {}}
        refuses(80, r"the cluster differs from the stack file: role 'mine', its cluster; nothing was changed", *s.words())
        assert s.cluster.access.made == KINDS[1:], s.cluster.access.made
        assert os.path.exists(s.place.store + "/seal.json")


@test
def sixteen_sealers_at_once_leave_one_key_of_each_name():
    s = declared()
    with s.serving():
        processes = [subprocess.Popen(s.words(), env=clean_env(), stderr=subprocess.PIPE, text=True) for _ in range(16)]
        said = [p.communicate()[1] for p in processes]
        assert all(p.returncode == 0 for p in processes), "".join(said)
    access = s.cluster.access
    assert sorted(access.made) == sorted(KINDS), access.made


@test
def a_key_that_lost_the_race_is_invalidated():
    s = declared()
    access = s.cluster.access

    def somebody_is_first(handler):
        if handler.command == "PUT" and handler.path == "/_security/api_key" and not access.keys:
            for name in ("beat-1", "beat-2"):
                access.keys["first-" + name] = {"id": "first-" + name, "name": name, "invalidated": False}
                os.makedirs(s.place.store + "/api-keys", exist_ok=True)
                write(s.place.store + "/api-keys/" + name, "first-%s:secret" % name, 0o600)
        return False

    s.cluster.fault = somebody_is_first
    with s.serving():
        assert "invalidated a surplus one what=\"API key\" name=beat-1" in runs(*s.words()).err
    assert sorted(k["id"] for k in access.keys.values() if not k["invalidated"]) == ["first-beat-1", "first-beat-2"]
    assert s.kept("api-keys/beat-1") == "first-beat-1:secret"


@test
def a_key_that_cannot_be_kept_is_invalidated_and_said():
    s = declared()
    write(s.place.store + "/api-keys", "in the way")
    with s.serving():
        result = run(*s.words())
    assert result.status != 0 and "api-keys" in result.err.splitlines()[-1], result
    assert all(k["invalidated"] for k in s.cluster.access.keys.values()) and s.cluster.access.keys


@test
def what_the_cluster_refuses_is_said_in_its_words_and_what_it_cannot_say_yet_is_asked_again():
    s = declared()

    def bad_privilege(handler):
        return handler.path == "/_security/role/mine" and handler.command == "PUT" and (
            handler.fail(400, "illegal_argument_exception", "unknown cluster privilege [monitr]") or True)

    s.cluster.fault = bad_privilege
    with s.serving():
        refuses(65, r"the cluster refuses role 'mine': HTTP 400: unknown cluster privilege \[monitr\]", *s.words())
    answers = iter([(503, b"{}"), (429, b""), (200, b"<html>"), (200, b"{}"), (500, b"[]"), (401, b"{}")])

    def trouble(handler):
        if not handler.path.startswith("/_security/role/mine"):
            return False
        one = next(answers, None)
        return bool(one) and (handler.answer(*one) or True)

    s.cluster.fault = trouble
    with s.serving():
        runs(*s.words())
    assert s.cluster.access.made == KINDS, s.cluster.access.made


@test
def a_token_of_the_users_own_is_looked_up_by_its_own_name():
    s = declared()
    s.cluster.access.tokens["by-hand"] = value = base64.b64encode(b"\0\1\0\1elastic/kibana/by-hand:a secret of its own").decode()
    os.mkdir(s.place.store + "/tokens")
    write(s.place.store + "/tokens/kibana.1", value + "\n", 0o600)
    with s.serving():
        runs(*s.words())
        assert list(s.cluster.access.tokens) == ["by-hand"]
        del s.cluster.access.tokens["by-hand"]
        refuses(80, r"differs from the stack file: service token 'by-hand', the cluster has none of it", *s.words())
        write(s.place.store + "/tokens/kibana.1", "no token\n", 0o600)
        refuses(65, r"'.*/tokens/kibana.1': this is no token of elastic/kibana", *s.words())


@test
def a_token_that_lost_the_race_is_deleted():
    s = declared()
    tokens = s.cluster.access.tokens
    first = base64.b64encode(b"\0\1\0\1elastic/kibana/first:a secret of its own").decode()

    def somebody_is_first(handler):
        if handler.command == "PUT" and "/credential/token/" in handler.path and not tokens:
            tokens["first"] = first
            os.makedirs(s.place.store + "/tokens", exist_ok=True)
            write(s.place.store + "/tokens/kibana.1", first, 0o600)
        return False

    s.cluster.fault = somebody_is_first
    with s.serving():
        assert "invalidated a surplus one what=\"service token\" name=kibana_1_" in runs(*s.words()).err
    assert tokens == {"first": first} and s.kept("tokens/kibana.1") == first


@test
def in_files_roles_users_and_tokens_need_no_cluster():
    s = declared(more="accounts: file\n" + DECLARED)
    config = s.place.config("es01")
    hashes = pairs(config + "/users")
    assert fits(hashes["shipper"], s.stored("shipper")) and len(hashes) == len(BUILT_IN) + 1
    roles = pairs(config + "/users_roles")
    assert roles["mine"] == "shipper" and roles["filebeat_writer"] == "shipper" and roles["superuser"] == "elastic"
    assert [line.split(":")[0] for line in ours(config + "/roles.yml")] == ["'mine'", "'filebeat_writer'", "'metricbeat_writer'"]
    token = base64.b64decode(s.kept("tokens/kibana.1"))
    head = b"\0\1\0\1elastic/kibana/kibana_1:"
    assert token.startswith(head)
    assert fits(pairs(config + "/service_tokens")["elastic/kibana/kibana_1"], token[len(head):].decode())
    s.cluster.passwords = {user: s.stored(user) for user in BUILT_IN + ("shipper",)}
    with s.serving():
        runs(*s.words())
        runs(*s.words())
    assert s.cluster.access.made == KINDS[5:], s.cluster.access.made
    before = tree(s.place.store, config)
    s.place.prepare()
    assert tree(s.place.store, config) == before
    write(s.place.store + "/tokens/kibana.1", "AAEAAWVsYXN0aWM=", 0o600)
    s.place.refuses(65, r"'.*/tokens/kibana.1': this is no token of elastic/kibana")


@test
def a_role_of_the_users_own_roles_yml_is_not_declared_a_second_time():
    place = Place(1, text=stack_text(accounts="file") + "roles: [{name: mine, cluster: monitor}]\n")
    write(place.config() + "/roles.yml", "# x\nmine:\n  cluster: [all]\n")
    place.refuses(78, r"'.*/roles.yml' has a role 'mine' in line 2, as the stack file has; remove one of the two")
    write(place.config() + "/roles.yml", "mine: [\n")
    place.refuses(65, r"roles.yml:\d+:\d+: ")


@test
def a_token_is_refused_where_elasticsearch_takes_none():
    for keys, words in (({"level": "basic"}, "kibana_token in '.*' needs level https, and it is basic"),
                        ({"version": "7.17.0"}, "kibana_token in '.*' needs Elasticsearch 8.0 or later"),
                        ({"distribution": "opensearch"}, "kibana_token in '.*' needs Elasticsearch 8.0 or later")):
        os.mkdir(next(iter(keys)))
        os.chdir(next(iter(keys)))
        Place(1, kibana_token="true", **keys).refuses(78, words)
        os.chdir("..")


main()
