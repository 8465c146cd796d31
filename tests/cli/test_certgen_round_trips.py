"""Keys and certificates go through every form and come back byte for byte: PEM, PKCS#12, zip, tar.gz, a folder. After each
step openssl and Java's keytool say what is there.
"""

import os
import random
import re
import shutil
import ssl

from blackbox import CERTGEN, main, read, run, runs, test, write
from certificates import extract

SEED = int(os.environ.get("SEED", "0")) or random.randrange(1, 1 << 32)
CERT = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", re.S)
KINDS = ("p256", "p384", "rsa2048")
LOCKS = ("", "correct horse, battery!")
FOREIGN = "Größe 密码 ключ"  # OpenSSL locks with it; Java, and so certgen, only opens


def der(pem):
    return ssl.PEM_cert_to_DER_cert(pem.replace("\r", ""))


def java_entries(path, password):
    """What Java sees, by one keytool: alias -> (kind, certificates in DER, leaf first)."""
    quick = ["-J-XX:TieredStopAtLevel=1", "-J-Xshare:auto", "-J-Duser.language=en"]
    shown = runs("keytool", *quick, "-list", "-rfc", "-keystore", path, "-storepass", password).out.replace("\r", "")
    found = {}
    for entry in shown.split("Alias name: ")[1:]:
        kind = "key" if "Entry type: PrivateKeyEntry" in entry else "trusted"
        found[entry.split("\n", 1)[0]] = (kind, [der(c) for c in CERT.findall(entry)])
    return found


def key_in(path, password=""):
    """A key in the one form that openssl writes: PKCS#8, DER in base64."""
    return runs("openssl", "pkey", "-in", path, "-passin", "pass:" + password).out


class Wanted:
    """What must be there after each step: name -> (chain, leaf first; key), and the trusted certificates."""

    def __init__(self):
        self.pairs, self.trusted = {}, []

    def check_pem(self, cert, key, name, password):
        chain, wanted_key = self.pairs[name]
        assert CERT.findall(read(cert)) == chain, cert
        assert read(cert) == "".join(chain), "something else is in " + cert
        assert ("ENCRYPTED" in read(key)) == bool(password), key
        assert key_in(key, password) == wanted_key, key

    def check_folder(self, folder, password):
        assert sorted(os.listdir(folder)) == sorted([*self.pairs, "ca"]), os.listdir(folder)
        for name in self.pairs:
            at = "%s/%s/%s" % (folder, name, name)
            assert sorted(os.listdir(os.path.dirname(at))) == [name + ".crt", name + ".key"]
            self.check_pem(at + ".crt", at + ".key", name, password)
        assert read(folder + "/ca/ca.crt") == "".join(self.trusted)

    def check_p12(self, path, password):
        """By openssl: every key, every certificate. By Java: every alias with its chain, in order."""
        text = runs("openssl", "pkcs12", "-in", path, "-passin", "pass:" + password, "-nodes").out
        everything = {c for chain, _ in self.pairs.values() for c in chain} | set(self.trusted)
        assert set(CERT.findall(text)) == everything, path
        keys = re.findall(r"-----BEGIN PRIVATE KEY-----.*?-----END PRIVATE KEY-----\n", text, re.S)
        assert sorted(keys) == sorted(key for _, key in self.pairs.values()), path
        if not shutil.which("keytool"):
            return
        entries = java_entries(path, password)
        trusted = ["ca" if i == 0 else "ca-%d" % (i + 1) for i in range(len(self.trusted))]
        assert sorted(entries) == sorted([*self.pairs, *trusted]), (path, entries.keys())
        for alias, cert in zip(trusted, self.trusted):
            assert entries[alias] == ("trusted", [der(cert)]), (path, alias)
        for name, (chain, _) in self.pairs.items():
            kind, found = entries[name]
            assert kind == "key" and found[:len(chain)] == [der(c) for c in chain], (path, name)
            # Java follows the chain to the root that it trusts, which the file does not repeat.
            assert found[len(chain):] in ([], [der(self.trusted[0])]), (path, name)


def make(kind, depth, count):
    """count pairs below a root and depth intermediates, as certgen makes them: NAME.crt, NAME.key, root.crt."""
    wanted = Wanted()
    runs(CERTGEN, "ca", "--pem", "--path-length", "any", "--ca-dn", "CN=root", "--out", "c0/")
    for i in range(1, depth + 1):
        runs(CERTGEN, "ca", "--pem", "--path-length", str(depth - i), "--ca", "c%d" % (i - 1), "--ca-dn", "CN=mid%d" % i,
             "--key", kind, "--out", "c%d/" % i)
    for i in range(count):
        name = "node%d" % i
        runs(CERTGEN, "cert", "--pem", "--ca", "c%d" % depth, "--key", kind, "--name", name, "--dns", name, "--out", "made/")
        chain = CERT.findall(read("made/%s/%s.crt" % (name, name)))
        assert len(chain) == depth + 1
        wanted.pairs[name] = (chain, key_in("made/%s/%s.key" % (name, name)))
    shutil.copy("c0/ca/ca.crt", "root.crt")
    wanted.trusted = CERT.findall(read("root.crt"))
    return wanted


def convert(source, out, opens, locks, legacy):
    """One step; the same again, and --check, find it done."""
    words = ["convert", *source, "--out", out] + (["--legacy"] if legacy else [])
    env = {}
    for name, secret in (("CERTGEN_PASS", opens), ("CERTGEN_NEW_PASS", locks)):
        if secret:
            write(name, secret + "\n", 0o600)
            env[name + "_FILE"] = name
    runs(CERTGEN, *words, env=env)
    for more in ([], ["--check"]):
        again = run(CERTGEN, *words, *more, env=env)
        assert again.status == 0 and "up to date" in again.err, again


def go_round(wanted, count, first, opens, lock, legacy):
    """PEM -> p12 -> PEM -> zip -> tar.gz -> folder -> p12; first opens with opens, all others with lock."""
    convert(first, "1.p12", opens, lock, legacy)
    wanted.check_p12("1.p12", lock)
    if count == 1:
        convert(["1.p12"], "2/node0.crt", lock, lock, legacy)
        wanted.check_pem("2/node0.crt", "2/node0.key", "node0", lock)
        assert read("2/node0-ca.crt") == "".join(wanted.trusted) and len(os.listdir("2")) == 3
    else:
        convert(["1.p12"], "2/", lock, lock, legacy)
        wanted.check_folder("2", lock)
    convert(["2"], "3.zip", lock, lock, legacy)
    extract("3.zip", "3")
    wanted.check_folder("3", lock)
    convert(["3.zip"], "4.tar.gz", lock, lock, legacy)
    extract("4.tar.gz", "4")
    wanted.check_folder("4", lock)
    convert(["4.tar.gz"], "5/", lock, lock, legacy)
    wanted.check_folder("5", lock)
    convert(["5"], "6.p12", lock, lock, legacy)
    wanted.check_p12("6.p12", lock)


def round_trip(kind, depth, count, lock, legacy):
    here = "%s-%d-%d-%d-%d" % (kind, depth, count, bool(lock), legacy)
    os.mkdir(here)
    os.chdir(here)
    try:
        wanted = make(kind, depth, count)
        go_round(wanted, count, ["made", "root.crt"], "", lock, legacy)
    except AssertionError as why:
        raise AssertionError("%s: %s" % (here, why)) from why
    finally:
        os.chdir("..")


@test
def every_kind_of_key_and_chain_comes_back_from_every_form():
    print("# SEED=%d" % SEED)
    dice = random.Random(SEED)
    for depth in range(5):
        for kind in KINDS:
            round_trip(kind, depth, dice.choice((1, 1, 3)), dice.choice(LOCKS), dice.random() < 0.3)


@test
def a_pair_without_any_intermediate_comes_back_locked_and_open_old_and_new():
    for lock in LOCKS:
        for legacy in (False, True):
            round_trip("p256", 0, 1, lock, legacy)


@test
def what_openssl_locked_with_letters_of_any_script_comes_in():
    wanted = make("p256", 1, 1)
    write("pw", FOREIGN + "\n", 0o600)
    old = ["-legacy"] if run("openssl", "pkcs12", "-export", "-legacy", "-help").status == 0 else []
    for number, more in enumerate(([], ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"], old)):
        os.mkdir(str(number))
        os.chdir(str(number))
        runs("openssl", "pkcs12", "-export", "-in", "../made/node0/node0.crt", "-inkey", "../made/node0/node0.key", "-name", "node0",
             "-certfile", "../root.crt", "-passout", "file:../pw", "-out", "0.p12", *more)
        go_round(wanted, 1, ["0.p12"], FOREIGN, "secret", False)
        os.chdir("..")
    os.mkdir("pem")
    os.chdir("pem")
    runs("openssl", "pkcs8", "-topk8", "-in", "../made/node0/node0.key", "-passout", "file:../pw", "-out", "node0.key")
    go_round(wanted, 1, ["../made/node0/node0.crt", "node0.key", "../root.crt"], FOREIGN, "", False)


@test
def what_keytool_made_comes_back():
    for kind in (["-keyalg", "RSA", "-keysize", "2048"], ["-keyalg", "EC", "-groupname", "secp256r1"]):
        runs("sh", "-c", "rm -rf ./*")
        runs("keytool", "-genkeypair", *kind, "-alias", "node0", "-dname", "CN=node0", "-validity", "30", "-keystore", "0.p12",
             "-storetype", "PKCS12", "-storepass", "secret")
        runs(CERTGEN, "ca", "--pem", "--ca-dn", "CN=root", "--out", "c0/")
        runs("keytool", "-importcert", "-noprompt", "-alias", "ca", "-file", "c0/ca/ca.crt", "-keystore", "0.p12", "-storepass", "secret")
        text = runs("openssl", "pkcs12", "-in", "0.p12", "-passin", "pass:secret", "-nodes").out
        wanted = Wanted()
        wanted.trusted = CERT.findall(read("c0/ca/ca.crt"))
        chain = [c for c in CERT.findall(text) if c not in wanted.trusted]
        write("key", text, 0o600)
        wanted.pairs["node0"] = (chain, key_in("key"))
        go_round(wanted, 1, ["0.p12"], "secret", "secret", False)


main()
