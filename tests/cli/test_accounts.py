"""accounts: file, and users, roles, role mappings and API keys of a stack file, against the stand-in."""

import base64
import hashlib
import os
import re

from blackbox import Place, leftovers, main, read, refuses, runs, stack_text, test, tree, write

from elasticsearch import BUILT_IN
from sealing import Sealed

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
        assert read_raw(place.config() + "/" + name).startswith(own[name] + BEGIN), name
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


main()
