"""init prepare: what it makes, that it makes it once, what it loads instead, and how it refuses."""

import os
import re
import shutil
import stat

from blackbox import INIT, Place, leftovers, main, openssl_verifies, read, refuses, run, runs, test, tree, write

CA_EXTENSIONS = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"]


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


@test
def one_node_gets_everything_with_the_right_modes():
    place = Place()
    place.prepare()
    place.check_node("es01")
    for parent, folders, files in os.walk(place.store):
        for folder in folders:
            assert mode(os.path.join(parent, folder)) == 0o700, folder
        for name in files:
            public = name.endswith((".crt", ".json"))
            assert mode(os.path.join(parent, name)) == (0o644 if public else 0o600), name
    config = place.config()
    assert mode(config + "/certs") == 0o750
    assert mode(config + "/certs/transport.key") == mode(config + "/certs/http.key") == 0o600
    assert mode(config + "/elasticsearch.keystore") == 0o600
    assert os.listdir(place.store + "/passwords") and not leftovers(".")


@test
def a_key_is_one_pkcs8_block_and_nothing_else():
    place = Place()
    place.prepare()
    for network in ("transport", "http"):
        text = read(place.config() + "/certs/%s.key" % network)
        assert re.fullmatch(r"-----BEGIN PRIVATE KEY-----\n[A-Za-z0-9+/=\n]+-----END PRIVATE KEY-----\n", text)


@test
def certificates_carry_names_usage_and_a_long_random_serial():
    place = Place()
    place.prepare()
    text = runs("openssl", "x509", "-noout", "-text", "-in", place.store + "/instances/es01/http/tls.crt").out
    for name in ("DNS:es01", "DNS:localhost", "IP Address:127.0.0.1", "IP Address:0:0:0:0:0:0:0:1"):
        assert name in text, text
    assert "TLS Web Server Authentication\n" in text and "CA:FALSE" in text, text
    text = runs("openssl", "x509", "-noout", "-text", "-in", place.store + "/instances/es01/transport/tls.crt").out
    assert "TLS Web Server Authentication, TLS Web Client Authentication" in text, text
    serials = set()
    for path in ("ca/http/ca", "ca/transport/ca", "instances/es01/http/tls", "instances/es01/transport/tls"):
        line = runs("openssl", "x509", "-noout", "-serial", "-in", "%s/%s.crt" % (place.store, path)).out
        serials.add(int(line.split("=")[1], 16))
    assert len(serials) == 4 and all(n >> 127 for n in serials), serials


@test
def a_second_run_changes_nothing():
    place = Place(2)
    place.prepare("es01")
    place.prepare("es02")
    before = tree(place.store, place.config("es01"), place.config("es02"))
    assert "changed=0" in place.prepare("es01").err
    assert "changed=0" in place.prepare("es02").err
    assert tree(place.store, place.config("es01"), place.config("es02")) == before


@test
def check_says_what_would_be_made_and_makes_nothing():
    place = Place()
    before = tree(".", place.config())
    said = place.would_change("es01")
    assert "would make" in said and "would write" in said, said
    assert tree(".", place.config()) == before
    place.prepare()
    assert "changed=0" in place.prepare("es01", "--check").err


@test
def all_makes_the_certificates_of_every_instance_for_containers_without_the_ca_key():
    place = Place(3)
    runs(INIT, "prepare", "--all", "--stack", place.stack, "--store", place.store)
    os.rename(place.store + "/ca", "ca-elsewhere")
    for name in ("es01", "es02", "es03"):
        place.prepare(name)
        place.check_node(name)
    write(place.stack, read(place.stack) + "  - name: es04\n    dns: es04\n")
    place.refuses(77, r"cannot sign .*: the key of the CA is not here; run init prepare --all", "es04")


@test
def each_level_and_product_gets_its_own_files():
    place = Place(level="minimal")
    place.prepare()
    assert not os.path.exists(place.store + "/ca")
    text = read(place.config() + "/elasticsearch.yml")
    assert "xpack.security.enabled: true" in text and "single-node" in text and "transport.ssl" not in text, text
    write(place.stack, read(place.stack).replace("minimal", "basic"))
    place.prepare()
    text = read(place.config() + "/elasticsearch.yml")
    assert "transport.ssl.enabled: true" in text and "http.ssl.enabled: false" in text, text
    before = tree(place.store + "/ca", place.store + "/passwords")
    write(place.stack, read(place.stack).replace("basic", "https"))
    place.prepare()
    assert "http.ssl.enabled: true" in read(place.config() + "/elasticsearch.yml")
    after = tree(place.store + "/ca", place.store + "/passwords")
    assert {path: after[path] for path in before if before[path][3]} == {p: v for p, v in before.items() if v[3]}
    os.mkdir("other")
    os.chdir("other")
    other = Place(2, distribution="opensearch")
    other.prepare()
    assert "plugins.security.nodes_dn: [ 'CN=*,OU=node,O=logs' ]" in read(other.config() + "/opensearch.yml")
    assert os.path.exists(other.config() + "/opensearch-security/internal_users.yml")
    assert openssl_verifies(other.store + "/trust/http.crt", other.store + "/admin/tls.crt", "sslclient")


USERS = """_meta: {type: internalusers, config_version: 2}
admin:
  hash: "$2a$12$VcCDgh2NDk07JGN0rjGbM.Ad41qVR/YFJcgHp0UGns5JDymv..TOG"
  reserved: true
"""


@test
def a_new_container_of_a_sealed_opensearch_never_begins_with_the_users_of_the_demo():
    place = Place(1, distribution="opensearch")
    place.prepare()
    write(place.store + "/seal.json", '{"cluster_name": "logs", "level": "https"}')
    users = place.config() + "/opensearch-security/internal_users.yml"
    write(users, USERS)
    place.prepare()
    assert "locked" in read(users) and "VcCDgh2" not in read(users)


@test
def users_of_the_user_are_kept_and_a_known_password_among_them_is_refused():
    place = Place(1, distribution="opensearch")
    os.mkdir(place.config() + "/opensearch-security")
    users = place.config() + "/opensearch-security/internal_users.yml"
    own = USERS.replace("VcCDgh2", "xxxxxxx")
    write(users, own)
    place.prepare()
    assert read(users) == own
    write(users, USERS + "mine:\n  hash: '$2y$12$abc'\n")
    place.refuses(78, r"internal_users.yml' gives 'admin' the demo's password in line 3; remove that user, or set another hash")
    assert "mine:" in read(users)


@test
def the_lines_of_the_user_stay_as_they_are():
    place = Place()
    own = "# mine\nnetwork.host: 0.0.0.0   # kept\r\npath:\n  data: /data\n\nnode.attr.rack: 'r1'\n"
    with open(place.config() + "/elasticsearch.yml", "w", encoding="utf-8", newline="") as f:
        f.write(own)
    os.chmod(place.config() + "/elasticsearch.yml", 0o660)
    place.prepare()
    with open(place.config() + "/elasticsearch.yml", encoding="utf-8", newline="") as f:
        text = f.read()
    assert text.startswith(own) and text.count("# >>> stackseal") == 1, text
    assert mode(place.config() + "/elasticsearch.yml") == 0o660


@test
def a_setting_of_the_user_that_contradicts_is_named_with_its_line():
    place = Place()
    write(place.config() + "/elasticsearch.yml", "network.host: 0.0.0.0\nxpack:\n  security.enabled: false\n")
    before = read(place.config() + "/elasticsearch.yml")
    place.refuses(78, r"elasticsearch.yml' sets xpack.security.enabled to 'false' in line 3, and level https needs 'true'")
    assert read(place.config() + "/elasticsearch.yml") == before


def conf(place, text, file="elasticsearch.yml"):
    with open("%s/%s" % (place.config(), file), "w", encoding="utf-8", newline="") as f:
        f.write(text)
    return text


@test
def a_file_that_ours_cannot_stand_in_is_refused_and_stays():
    for text in ("{}\n", "{path.data: /x}\n", "--- {path.data: /x}\n", "path.data: /x\n...\n", "path.data: |\n  /x"):
        os.mkdir("one")
        os.chdir("one")
        place = Place()
        conf(place, text)
        place.refuses(65, r"settings cannot be added to '.*elasticsearch.yml' as it is written; write it as plain lines")
        assert read(place.config() + "/elasticsearch.yml") == text
        os.chdir("..")
        shutil.rmtree("one")


@test
def what_the_image_ships_is_only_taken_for_that_as_it_ships_it():
    place = Place()
    for text in ("cluster.name: >-\n  docker-cluster\npath.data: /x\n", "cluster.name: [ docker-cluster,\n ]\npath.data: /x\n"):
        conf(place, text)
        place.refuses(78, r"sets cluster.name to .*docker-cluster.* in line 1, and level https needs 'logs'; remove that line")
        assert read(place.config() + "/elasticsearch.yml") == text


@test
def files_of_every_usual_form_are_taken_and_stay_readable():
    for text in ("", "# only a comment\n", "---\npath.data: /x\n", "path.data: /x", "path:\n  data: /x\n  logs:\n    - a\n",
                 "path.data: /x\r\npath.logs: /y\r\n", "\ufeffpath.data: /x\n", "path:\n  data: >\n    folded\n    text\n"):
        os.mkdir("one")
        os.chdir("one")
        place = Place()
        conf(place, text)
        place.prepare()
        with open(place.config() + "/elasticsearch.yml", encoding="utf-8", newline="") as f:
            assert f.read().startswith(text)
        assert "changed=0" in place.prepare().err, text
        os.chdir("..")
        shutil.rmtree("one")


@test
def a_nul_or_a_key_set_twice_in_the_file_is_refused_and_nothing_is_lost():
    place = Place()
    text = conf(place, "path.data: /x\n\0path.logs: /y\n")
    place.refuses(65, r"elasticsearch.yml' holds a NUL character")
    assert read(place.config() + "/elasticsearch.yml") == text
    conf(place, "xpack.security.enabled: true\nxpack:\n  security: {enabled: false}\n")
    place.refuses(65, r"elasticsearch.yml:3:\d+: xpack.security.enabled is set a second time, after line 1")


@test
def what_the_product_refuses_beside_ours_is_a_named_contradiction():
    place = Place()
    for text, key in (("xpack.security.transport.ssl: {keystore.path: a.p12}\n", "xpack.security.transport.ssl.keystore.path"),
                      ("xpack.security.http.ssl.truststore.path: a.p12\n", "xpack.security.http.ssl.truststore.path"),
                      ("cluster.initial_master_nodes: [es01]\n", "cluster.initial_master_nodes")):
        conf(place, text)
        place.refuses(78, r"elasticsearch.yml' sets %s in line 1, which level https cannot have; remove that line" % key)
    write(place.stack, read(place.stack) + "  - name: es02\n")
    conf(place, "discovery.type: single-node\n")
    place.refuses(78, r"sets discovery.type in line 1, which level https cannot have")
    os.mkdir("other")
    os.chdir("other")
    other = Place(1, distribution="opensearch")
    conf(other, "plugins.security.disabled: true\n", "opensearch.yml")
    other.refuses(78, r"opensearch.yml' sets plugins.security.disabled to 'true' in line 1, and level https needs 'false'")


@test
def our_block_is_found_again_after_an_edit_that_changes_only_line_ends():
    place = Place()
    conf(place, "path.data: /x\n")
    place.prepare()
    whole = read(place.config() + "/elasticsearch.yml")
    for text in (whole.replace("\n", "\r\n"), whole.rstrip("\n")):
        conf(place, text)
        place.prepare()
        assert read(place.config() + "/elasticsearch.yml").count("# >>> stackseal") == 1


@test
def the_roles_of_nodes_decide_who_founds_the_cluster():
    place = Place(text="name: logs\ninstances:\n  - {name: es01, node_roles: [master]}\n  - {name: es02, node_roles: []}\n  - {name: es03}\n")
    place.prepare("es02")
    text = read(place.config("es02") + "/elasticsearch.yml")
    assert "node.roles: [ ]" in text and "cluster.initial_master_nodes: [ 'es01', 'es03' ]" in text, text
    write(place.stack, "instances:\n  - {name: es01, node_roles: data}\n  - {name: es02, node_roles: [ingest]}\n")
    place.refuses(78, r"no node in '.*stack.yml' may become master; give one of them the role master")


@test
def an_administrator_certificate_of_the_user_is_the_one_the_nodes_are_told_of():
    place = Place(1, distribution="opensearch")
    place.prepare()
    shutil.rmtree(place.store + "/admin")
    runs("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/O=mine/CN=ops", "-keyout", "ops.key", "-out", "ops.csr")
    write("ext", "extendedKeyUsage=clientAuth\n")
    os.mkdir(place.store + "/admin", 0o700)
    runs("openssl", "x509", "-req", "-in", "ops.csr", "-CA", place.store + "/ca/http/ca.crt", "-CAkey", place.store + "/ca/http/ca.key",
         "-CAcreateserial", "-days", "10", "-extfile", "ext", "-out", place.store + "/admin/tls.crt")
    write(place.store + "/admin/tls.key", read("ops.key"), 0o600)
    place.prepare()
    assert "plugins.security.authcz.admin_dn: [ 'CN=ops,O=mine' ]" in read(place.config() + "/opensearch.yml")


@test
def an_address_under_dns_is_refused_and_a_wildcard_is_no_address_of_a_node():
    place = Place(text="instances:\n  - {name: es01, dns: 10.0.0.5}\n")
    place.refuses(65, r"stack.yml:2:23: dns cannot be '10.0.0.5'; a host name is wanted; addresses go under ip")
    write(place.stack, "instances:\n  - {name: es01, dns: ['*.logs', es01.logs]}\n  - {name: es02}\n")
    place.prepare()
    assert "discovery.seed_hosts: [ 'es01.logs:9300', 'es02:9300' ]" in read(place.config() + "/elasticsearch.yml")


@test
def a_given_password_is_the_one_in_the_store():
    place = Place()
    write("kibana.txt", "from-a-file\n", 0o600)
    place.prepare(env={"STACKSEAL_PASSWORD_ELASTIC": "p'ä:\" $x", "STACKSEAL_PASSWORD_KIBANA_SYSTEM_FILE": "kibana.txt"})
    assert read(place.store + "/passwords/elastic") == "p'ä:\" $x"
    assert read(place.store + "/passwords/kibana_system") == "from-a-file"
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{23}", read(place.store + "/passwords/beats_system"))
    place.prepare(env={"STACKSEAL_PASSWORD_ELASTIC": "p'ä:\" $x"})
    place.refuses(80, r"STACKSEAL_PASSWORD_ELASTIC is not the password of 'elastic' that the store holds",
                  env={"STACKSEAL_PASSWORD_ELASTIC": "another"})
    assert read(place.store + "/passwords/elastic") == "p'ä:\" $x"
    block = {"STACKSEAL_PASSWORD_LOGSTASH_SYSTEM": read(place.store + "/passwords/logstash_system") + "\n\n"}
    place.prepare(env=block)
    place.refuses(78, r"shorter than 6", env={"STACKSEAL_PASSWORD_BEATS_SYSTEM": "abc\n\n\n\n"})
    place.refuses(78, r"shorter than 6", env={"STACKSEAL_PASSWORD_BEATS_SYSTEM": "short"})
    place.refuses(78, r"both STACKSEAL_PASSWORD_ELASTIC and STACKSEAL_PASSWORD_ELASTIC_FILE are set",
                  env={"STACKSEAL_PASSWORD_ELASTIC": "p'ä:\" $x", "STACKSEAL_PASSWORD_ELASTIC_FILE": "kibana.txt"})


def own_ca(place, network, days=400):
    """A CA that OpenSSL made, put where the user would put it."""
    folder = "%s/ca/%s" % (place.store, network)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    runs("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", days, "-subj", "/O=mine/CN=own CA",
         *CA_EXTENSIONS, "-keyout", folder + "/ca.key", "-out", folder + "/ca.crt")
    os.chmod(folder + "/ca.key", 0o600)
    return folder


@test
def a_ca_of_the_user_is_loaded_and_used_as_it_is():
    place = Place()
    folders = [own_ca(place, "transport"), own_ca(place, "http")]
    before = tree(*folders)
    place.prepare()
    assert tree(*folders) == before
    place.check_node("es01")
    assert "own CA" in runs("openssl", "x509", "-noout", "-issuer", "-in", place.config() + "/certs/http.crt").out


@test
def what_the_user_put_there_is_checked():
    place = Place()
    own_ca(place, "transport")
    folder = own_ca(place, "http")
    good = read(folder + "/ca.key")
    runs("openssl", "genpkey", "-algorithm", "RSA", "-out", folder + "/ca.key")
    place.refuses(65, r"key '.*/ca/http/ca.key' does not belong to certificate '.*/ca/http/ca.crt'")
    write(folder + "/ca.key", "rubbish", 0o600)
    place.refuses(65, r"cannot read a private key from '.*/ca/http/ca.key'")
    write(folder + "/ca.key", good, 0o600)
    cert = read(folder + "/ca.crt")
    write(folder + "/ca.crt", cert[:200])
    place.refuses(65, r"cannot read a certificate from '.*/ca/http/ca.crt'")
    write(folder + "/ca.crt", "")
    place.refuses(65, r"cannot read a certificate from")
    runs("faketime", "-f", "-500d", "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "400",
         "-subj", "/CN=old", *CA_EXTENSIONS, "-keyout", folder + "/ca.key", "-out", folder + "/ca.crt")
    place.refuses(78, r"CA certificate '.*/ca/http/ca.crt' has expired")


@test
def a_leaf_that_is_no_good_is_refused_and_stays():
    place = Place()
    place.prepare()
    folder = place.store + "/instances/es01/http"
    write(place.stack, read(place.stack).replace("es01, localhost", "es01, localhost, search.example"))
    before = tree(folder)
    place.refuses(78, r"certificate '.*/instances/es01/http/tls.crt' does not cover 'search.example'|"
                      r"certificate '.*/instances/es01/transport/tls.crt' does not cover 'search.example'")
    assert tree(folder) == before
    write(place.stack, read(place.stack).replace(", search.example", ""))
    runs("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=es01", "-addext",
         "subjectAltName=DNS:es01,DNS:localhost,IP:127.0.0.1", "-keyout", folder + "/tls.key", "-out", folder + "/tls.crt")
    os.chmod(folder + "/tls.key", 0o600)
    place.refuses(78, r"certificate '.*/instances/es01/http/tls.crt' is no good under CA '.*/trust/http.crt'")


@test
def a_key_that_others_can_read_is_reported():
    place = Place(2)
    place.prepare()
    os.chmod(place.store + "/ca/http/ca.key", 0o644)
    os.chmod(place.store + "/passwords/elastic", 0o640)
    warning = "secret file is open to others, chmod 600 it path=%s" % place.store
    said = place.prepare("es02").err
    assert said.count(warning + "/ca/http/ca.key mode=0644") == 1, said
    assert said.count(warning + "/passwords/elastic mode=0640") == 1, said
    said = place.prepare("es01").err
    assert "ca.key" not in said and said.count(warning) == 1, "who signs nothing reads no CA key\n" + said


@test
def an_instance_that_is_not_in_the_stack_file_is_78():
    place = Place(2)
    place.refuses(78, r"the stack has no instance 'es03'; did you mean 'es0[12]'\?", "es03")
    refuses(64, r"which instance is this\? give --name, or STACKSEAL_NAME",
            INIT, "prepare", "--stack", place.stack, "--store", place.store)


@test
def minimal_with_three_nodes_is_78():
    place = Place(3, level="minimal")
    place.refuses(78, r"level minimal in '.*stack.yml' is for one node, and there are 3; set level: basic")
    assert os.listdir(place.store) == []


@test
def a_spelling_mistake_in_the_stack_file_is_65_with_its_place():
    place = Place(text="name: logs\nlvel: basic\ninstances:\n  - name: es01\n")
    place.refuses(65, r"stack.yml:2:1: unknown key 'lvel'; did you mean 'level'\?")
    write(place.stack, "name: logs\nlevel: htps\ninstances:\n  - name: es01\n")
    place.refuses(65, r"stack.yml:2:8: level cannot be 'htps'; use minimal, basic or https")
    write(place.stack, "name: logs\ninstances:\n  - name: es01\n    role: elasticsaerch\n")
    place.refuses(65, r"stack.yml:4:11: role cannot be 'elasticsaerch'; did you mean 'elasticsearch'\?")
    write(place.stack, "instances:\n  - name: es01\n\tdns: x\n")
    place.refuses(65, r"stack.yml:3:1: ")
    write(place.stack, "instances:\n  - name: ../../etc\n")
    place.refuses(65, r"stack.yml:2:5: '../../etc' cannot be a file name as well; give the instance a filename")
    place.refuses(66, r"cannot open 'none.yml': No such file", "es01", "--stack", "none.yml")


@test
def a_store_that_cannot_be_written_is_77():
    place = Place()
    os.chmod(place.store, 0o755)
    place.config()
    place.chown(0)
    os.chown(place.config(), 1000, 0)
    place.refuses(77, r"cannot create folder '.*/store/ca': Permission denied; give this user access", uid=1000)
    assert os.listdir(place.store) == []


@test
def a_store_owned_by_somebody_else_is_77():
    place = Place()
    place.config()
    place.chown(2000)
    place.refuses(77, r"cannot use store '.*/store': Permission denied", uid=1000)
    place.refuses(66, r"cannot look at folder '.*/nowhere': .*; mount the shared volume there", "es01",
                  "--store", os.path.abspath("nowhere"))


def in_mounts(script, *words, **how):
    """Run the words after a shell line that mounts something, in a mount namespace of their own."""
    return ["unshare", "-m", "--propagation", "private", "sh", "-c", script + ' && exec "$@"', "sh", *words]


@test
def a_read_only_mount_is_77_unless_all_is_there():
    place = Place()
    place.config()
    read_only = "mount --bind '%s' '%s' && mount -o remount,bind,ro '%s'" % ((place.store,) * 3)
    refuses(77, r"cannot create folder '.*/store/ca': Read-only file system; mount the volume read-write",
            *in_mounts(read_only, *place.words()))
    place.prepare()
    assert "changed=0" in runs(*in_mounts(read_only, *place.words())).err


@test
def a_full_disk_is_74_and_leaves_nothing_half_written():
    place = Place()
    place.config()
    for size in ("8k", "12k", "20k", "32k", "48k"):
        full = "mount -t tmpfs -o size=%s,mode=700 none '%s'" % (size, place.store)
        check = 'status=$?; find "%s" -name "*.tmp" -o -size 0 ! -name .lock; exit $status' % place.store
        result = run(*in_mounts(full, "sh", "-c", '"$@" -q; ' + check, "sh", *place.words()))
        assert result.status == 74 and "No space left on device; free some space" in result.err, (size, result)
        assert result.out == "", (size, result)


@test
def as_root_new_files_belong_to_the_owner_of_the_folder():
    place = Place()
    place.config()
    place.chown(1000)
    place.prepare()
    for folder in (place.store, place.config()):
        for path, (_, owner, _, _) in tree(folder).items():
            assert owner == 1000, path
    assert "changed=0" in place.prepare(uid=1000).err


@test
def killed_before_it_has_given_a_folder_away_root_mends_it_in_the_next_run():
    for when in range(1, 9):
        os.mkdir("one")
        os.chdir("one")
        place = Place()
        place.config()
        place.chown(1000)
        run("strace", "-f", "-o", "/dev/null", "-e", "trace=fchown", "-e", "inject=fchown:signal=SIGKILL:when=%d" % when, *place.words())
        place.prepare()
        for folder in (place.store, place.config()):
            for path, (_, owner, _, _) in tree(folder).items():
                assert owner == 1000, (when, path)
        os.chdir("..")
        shutil.rmtree("one")


@test
def hostile_entries_in_the_store_are_refused_by_name():
    place = Place(2)
    place.prepare("es01")
    readers = (("passwords/elastic", "es01"), ("instances/es01/http/tls.key", "es01"), ("trust/http.crt", "es01"),
               ("ca/http/ca.key", "es02"))
    for path, reader in readers:
        full = place.store + "/" + path
        kept = read(full)
        os.unlink(full)
        os.mkfifo(full)
        place.refuses(65, r"'.*/%s' is not a regular file" % path, reader)
        os.unlink(full)
        os.symlink("/dev/zero", full)
        place.refuses(65, r"'.*/%s' is not a regular file" % path, reader)
        os.unlink(full)
        with open(full, "wb") as f:
            f.truncate(1 << 33)
        place.refuses(65, r"'.*/%s' is larger than" % path, reader)
        write(full, kept, 0o600)
    place.prepare("es02")


@test
def without_a_stack_file_variables_describe_one_instance():
    os.mkdir("store")
    os.mkdir("config")
    env = {"STACKSEAL_NAME": "es01", "STACKSEAL_LEVEL": "basic", "STACKSEAL_DNS": "es01,es01.local",
           "STACKSEAL_STORE": "store", "STACKSEAL_CONFIG_DIR": "config"}
    runs(INIT, "prepare", env=env)
    assert "DNS:es01.local" in runs("openssl", "x509", "-noout", "-text", "-in", "config/certs/transport.crt").out
    env["STACKSEAL_LEVEL"] = "high"
    refuses(78, r"STACKSEAL_LEVEL cannot be 'high'; use minimal, basic or https", INIT, "prepare", env=env)
    refuses(64, r"no stack file and no name", INIT, "prepare")


@test
def a_configuration_file_that_is_itself_a_mount_is_refused_with_the_way_out():
    place = Place()
    target = place.config() + "/elasticsearch.yml"
    write(target, "network.host: 0.0.0.0\n")
    write("mine.yml", "network.host: 0.0.0.0\n")
    mounted = "mount --bind '%s' '%s'" % (os.path.abspath("mine.yml"), target)
    refuses(74, r"cannot write '.*/elasticsearch.yml': Device or resource busy; mount the folder, not the single file",
            *in_mounts(mounted, *place.words()))
    assert read("mine.yml") == "network.host: 0.0.0.0\n" and not leftovers(place.config())


main()
