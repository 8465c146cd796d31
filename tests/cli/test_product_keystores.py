"""--secure-settings for every role whose product has a keystore."""

import os
import stat

from blackbox import INIT, Place, leftovers, main, read, refuses, run, runs, test, tree, write

# A role, and its keystore below the configuration folder.
ROLES = [("kibana", "kibana.keystore")] + [(name, "data/%s.keystore" % name) for name in (
    "filebeat", "metricbeat", "heartbeat", "auditbeat", "packetbeat", "apm-server")]
SETTINGS = {"elasticsearch.password": "p\u00e4ss \"w\" \\ $x", "ES_PWD": "5601"}


def place_of(role):
    os.mkdir(role)
    os.chdir(role)
    return Place(text="instances:\n  - name: es01\n    dns: [es01, localhost]\n"
                      "  - name: one\n    role: %s\n    dns: [one, localhost]\n" % role)


def give(**settings):
    os.makedirs("settings", exist_ok=True)
    for name, value in settings.items():
        write("settings/" + name, value)
    return ["--secure-settings", "settings"]


def shown(path, product, name):
    return runs(INIT, "keystore", "show", "--keystore", path, "--product", product, name).out[:-1]


# What the role's own configuration puts there.
OURS = ["xpack.security.encryptionKey", "xpack.encryptedSavedObjects.encryptionKey", "xpack.reporting.encryptionKey",
        "STACKSEAL_PASSWORD", "STACKSEAL_TOKEN"]


def listed(path, product):
    """The entries that are not."""
    words = runs(INIT, "keystore", "list", "--keystore", path, "--product", product).out.split()
    return [name for name in words if name not in OURS]


def each_role():
    for role, file in ROLES:
        place = place_of(role)
        yield role, place, place.config("one") + "/" + file
        os.chdir("..")


@test
def secure_settings_land_in_the_keystore_of_the_role():
    for role, place, path in each_role():
        place.prepare("one", *give(**SETTINGS))
        assert listed(path, role) == sorted(SETTINGS), role
        for name, value in SETTINGS.items():
            assert shown(path, role, name) == value, (role, name)
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        assert leftovers(place.config("one")) == []


@test
def a_second_run_leaves_the_keystore_alone_and_a_changed_setting_goes_in():
    for role, place, path in each_role():
        place.prepare("one", *give(**SETTINGS))
        before = tree(place.config("one"))
        place.prepare("one", *give())
        assert tree(place.config("one")) == before, role
        place.prepare("one", *give(ES_PWD="changed\n"))
        assert shown(path, role, "ES_PWD") == "changed"
        assert listed(path, role) == sorted(SETTINGS)
        checked = run(*place.words("one", *give(ES_PWD="again"), "--check"))
        assert checked.status == 81 and "would set entry=ES_PWD" in checked.err, checked
        assert shown(path, role, "ES_PWD") == "changed"


@test
def check_says_what_would_be_set_and_makes_nothing():
    for role, place, path in each_role():
        place.prepare("one")
        before = tree(place.config("one"))
        said = place.would_change("one", *give(**SETTINGS))
        assert "would set entry=ES_PWD" in said and tree(place.config("one")) == before, (role, said)


@test
def entries_of_the_products_own_stay():
    for role, place, path in each_role():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        runs(INIT, "keystore", "add", "-f", "-x", "--keystore", path, "OWN", stdin="mine\n")
        place.prepare("one", *give(**SETTINGS))
        assert listed(path, role) == sorted([*SETTINGS, "OWN"])
        assert shown(path, role, "OWN") == "mine"


@test
def only_the_keystore_of_a_product_that_can_be_told_a_password_gets_one():
    for role, place, path in each_role():
        place.prepare("one", *give(**SETTINGS), env={"KEYSTORE_PASSWORD": "changeme"})
        if role == "kibana":
            refuses(77, "has a password, and none was given", INIT, "keystore", "list", "--keystore", path)
            place.prepare("one", *give(**SETTINGS), env={"KEYSTORE_PASSWORD": "changeme"})
            place.refuses(77, "wrong password", "one", *give(ES_PWD="x"), env={"KEYSTORE_PASSWORD": "other"})
        else:
            assert listed(path, role) == sorted(SETTINGS)


@test
def a_value_that_a_beat_changes_is_warned_of_and_never_shown():
    for role, place, path in each_role():
        said = place.prepare("one", *give(ES_PWD="12345e10", OTHER="s3cret")).err
        warned = "warn: the product changes this value when it reads it entry=ES_PWD" in said
        assert warned == (role != "kibana"), (role, said)
        assert "OTHER" not in said.replace("set entry=OTHER", "") and "12345e10" not in said, said
        assert shown(path, role, "ES_PWD") == "12345e10"
    said = runs(INIT, "keystore", "add", "-f", "-x", "--keystore", "filebeat.keystore", "A", "B", stdin="on\noff-\n").err
    assert said.count("the product changes") == 1 and "entry=A" in said, said


@test
def a_password_for_a_beats_keystore_is_refused():
    write("pass", "changeme\n", 0o600)
    refuses(64, "a keystore of filebeat has no password", INIT, "keystore", "create", "--keystore", "filebeat.keystore",
            "--pass-file", "pass")
    assert not os.path.exists("filebeat.keystore")


@test
def a_torn_keystore_is_refused_and_stays():
    for role, place, path in each_role():
        place.prepare("one", *give(**SETTINGS))
        whole = read(path)
        write(path, whole[:len(whole) // 2], 0o600)
        place.refuses(77 if role == "kibana" and (len(whole) // 2 - 2) % 4 == 0 else 65, "keystore '.*' (is damaged|has a)",
                      "one", *give())
        assert read(path) == whole[:len(whole) // 2]


@test
def bytes_go_to_a_beat_and_not_to_kibana():
    for role, place, path in each_role():
        os.mkdir("settings")
        with open("settings/CERT", "wb") as f:
            f.write(bytes(range(256)))
        if role == "kibana":
            place.refuses(78, "the value of 'CERT' is not UTF-8 text; Kibana keeps nothing else", "one", *give())
            assert not os.path.exists(path)
        else:
            place.prepare("one", *give())
            runs(INIT, "keystore", "show", "--keystore", path, "-o", "value", "CERT")
            with open("value", "rb") as f:
                assert f.read() == bytes(range(256))


@test
def a_role_without_a_keystore_is_refused():
    place = place_of("logstash")
    place.refuses(78, "--secure-settings: no keystore is written for role logstash", "one", *give(A="b"))


main()
