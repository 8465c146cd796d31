"""What each role finds in its configuration, at every level and version; golden files in tests/golden, one a role.

With GOLDEN=write the files are written (make golden); review the difference.
"""

import os
import re
import stat

import yaml

from blackbox import INIT, ROOT, Place, main, read, runs, test, tree, write

LEVELS = ("minimal", "basic", "https")
VERSIONS = ("7.12.0", "7.15.2", "7.16.0", "8.0.0", "8.7.1", "8.8.0", "8.9.0", "9.0.0", "9.5.0")
OPENSEARCH = ("2.0.0", "2.19.4", "3.3.0", "3.4.0")
BEATS = ("filebeat", "metricbeat", "heartbeat", "auditbeat", "packetbeat")
# Role -> its file
FILES = {"elasticsearch": "elasticsearch.yml", "kibana": "kibana.yml", "logstash": "logstash.yml",
         **{beat: beat + ".yml" for beat in BEATS}, "apm-server": "apm-server.yml",
         "enterprise-search": "enterprise-search.yml", "opensearch": "opensearch.yml",
         "opensearch-dashboards": "opensearch_dashboards.yml"}


def place_of(roles, version="8.15.3", level="https", more=""):
    server = "opensearch" if roles[0].startswith("opensearch") else "elasticsearch"
    text = "name: logs\ndistribution: %s\nversion: %s\nlevel: %s\n%sinstances:\n" % (server, version, level, more)
    names = [server] + [role for role in roles if role != server]
    return Place(text=text + "".join("  - {name: %s, role: %s, dns: '%s.lan'}\n" % (n, n, n) for n in names))


def secrets(place):
    return [read(os.path.join(parent, name)) for folder in ("passwords", "secrets")
            for parent, _, names in os.walk(place.store + "/" + folder) for name in names]


def shown(place, role):
    """All that the role's folder says in text, without this run's secrets and folder."""
    out = ""
    for name in (FILES[role], "stackseal-output.conf"):
        path = place.config(role) + "/" + name
        if not os.path.exists(path):
            continue
        text = read(path).replace(place.config(role), "/config")
        for secret in secrets(place):
            text = text.replace(secret, "SECRET")
        out += "-- %s %o\n%s" % (name, stat.S_IMODE(os.stat(path).st_mode), text)
    for name in (role + ".keystore", "data/" + role + ".keystore"):
        if role != "elasticsearch" and os.path.exists(place.config(role) + "/" + name):
            out += "-- %s\n%s" % (name, runs(INIT, "keystore", "list", "--keystore", place.config(role) + "/" + name).out)
    return out


def corners():
    """role -> [(level and version, text)]"""
    found = {role: [] for role in FILES}
    for family, levels, versions in (([r for r in FILES if "open" not in r], LEVELS, VERSIONS),
                                     (["opensearch", "opensearch-dashboards"], ("https",), OPENSEARCH)):
        for level in levels:
            for version in versions:
                roles = [r for r in family if r != "enterprise-search" or version < "9"]
                os.mkdir(level + version)
                os.chdir(level + version)
                place = place_of(roles, version, level)
                for role in roles:
                    place.prepare(role)
                    found[role].append((level + " " + version, shown(place, role)))
                os.chdir("..")
    return found


@test
def every_role_level_and_version_is_written_as_its_golden_file_says():
    found = corners()
    assert sum(map(len, found.values())) >= 200
    for role, rows in found.items():
        texts = {}
        for corner, text in rows:
            texts.setdefault(text, []).append(corner)
        text = "".join("".join("== %s\n" % corner for corner in corners_) + body for body, corners_ in texts.items())
        path = "%s/tests/golden/%s.txt" % (ROOT, role)
        if os.environ.get("GOLDEN") == "write":
            write(path, text)
        assert read(path) == text, "%s differs: make golden, and look at the difference" % path


@test
def what_is_written_reads_as_yaml_and_a_second_run_changes_nothing():
    for roles in (["kibana", "logstash", *BEATS, "apm-server", "enterprise-search"], ["opensearch-dashboards"]):
        os.mkdir(roles[0])
        os.chdir(roles[0])
        place = place_of(roles)
        for role in roles:
            own = "# mine\nlogging.level: 'debug'  # also mine\n"
            write(place.config(role) + "/" + FILES[role], own, 0o664)
            place.prepare(role)
            before = tree(place.store, place.config(role))
            assert "changed=0" in place.prepare(role).err
            assert tree(place.store, place.config(role)) == before
            text = read(place.config(role) + "/" + FILES[role])
            assert text.startswith(own) and yaml.safe_load(text)["logging.level"] == "debug"
        os.chdir("..")


@test
def no_secret_is_in_a_file_that_others_may_read_nor_in_what_is_said():
    for roles in (["elasticsearch", "kibana", "logstash", *BEATS, "apm-server", "enterprise-search"],
                  ["opensearch-dashboards"]):
        os.mkdir(roles[0])
        os.chdir(roles[0])
        place = place_of(roles)
        said = ""
        for role in roles:
            write(place.config(role) + "/" + FILES[role], "# mine\n", 0o666)
            said += place.prepare(role).err
        hidden = secrets(place)
        assert len(hidden) >= 2 and not any(secret in said for secret in hidden)
        for parent, _, names in os.walk("."):
            for path in (os.path.join(parent, name) for name in names):
                with open(path, "rb") as f:
                    content = f.read()
                if any(secret.encode() in content for secret in hidden):
                    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600, path
        os.chdir("..")


@test
def all_kibanas_share_their_keys_and_log_in_with_the_stored_password():
    place = place_of(["kibana"])
    write(place.stack, read(place.stack) + "  - {name: kibana2, role: kibana, dns: k2}\n")
    keys = {}
    for name in ("kibana", "kibana2"):
        place.prepare(name)
        path = place.config(name) + "/kibana.keystore"
        for entry in runs(INIT, "keystore", "list", "--keystore", path).out.split():
            keys.setdefault(entry, set()).add(runs(INIT, "keystore", "show", "--keystore", path, entry).out.strip())
    assert sorted(keys) == ["elasticsearch.password", "xpack.encryptedSavedObjects.encryptionKey",
                            "xpack.reporting.encryptionKey", "xpack.security.encryptionKey"]
    assert all(len(values) == 1 for values in keys.values()) and len(set.union(*keys.values())) == 4
    assert keys["elasticsearch.password"] == {read(place.store + "/passwords/kibana_system")}


@test
def a_kibana_with_a_token_has_no_password():
    place = place_of(["kibana"], more="kibana_token: true\naccounts: file\n")
    place.prepare("kibana")
    assert "username" not in read(place.config("kibana") + "/kibana.yml")
    path = place.config("kibana") + "/kibana.keystore"
    assert "elasticsearch.password" not in runs(INIT, "keystore", "list", "--keystore", path).out
    token = runs(INIT, "keystore", "show", "--keystore", path, "elasticsearch.serviceAccountToken").out.strip()
    assert token == read(place.store + "/tokens/kibana")


@test
def another_output_of_the_users_leaves_ours_out():
    for own in ("output.logstash:\n  hosts: [a]\n", "output:\n  kafka: {hosts: [b]}\n", "cloud.id: x\n"):
        os.mkdir(re.sub(r"\W", "", own))
        os.chdir(re.sub(r"\W", "", own))
        place = place_of(["filebeat"])
        write(place.config("filebeat") + "/filebeat.yml", own)
        place.prepare("filebeat")
        assert "output.elasticsearch" not in read(place.config("filebeat") + "/filebeat.yml")
        assert not os.path.exists(place.config("filebeat") + "/data/filebeat.keystore")
        os.chdir("..")


@test
def the_images_own_output_makes_way_and_a_password_of_the_users_is_never_shown():
    place = place_of(["filebeat"])
    path = place.config("filebeat") + "/filebeat.yml"
    write(path, "processors: []\n\noutput.elasticsearch:\n  hosts: '${ELASTICSEARCH_HOSTS:elasticsearch:9200}'\n"
                "  username: '${ELASTICSEARCH_USERNAME:}'\n  password: '${ELASTICSEARCH_PASSWORD:}'\n")
    place.prepare("filebeat")
    assert yaml.safe_load(read(path))["output.elasticsearch.hosts"] == ["https://elasticsearch.lan:9200"]
    assert "# (the image's default) output.elasticsearch:\n" in read(path), read(path)
    write(path, "output.elasticsearch.password: hunter2\n")
    said = place.refuses(78, "sets output.elasticsearch.password in line 1", "filebeat").err
    assert "hunter2" not in said and read(path) == "output.elasticsearch.password: hunter2\n"
    write(path, "output.elasticsearch.password: ${MINE}\n")
    place.prepare("filebeat")


@test
def a_role_that_its_version_does_not_have_is_refused():
    place_of(["enterprise-search"], "9.0.0").refuses(78, "role enterprise-search, which ended before 9.0.0",
                                                    "enterprise-search")


main()
