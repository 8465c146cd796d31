"""What OpenSSL's and Java's own tools say about the files that certgen makes."""

import os
import re
import shutil
import stat
import subprocess

from blackbox import clean_env, run, runs


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def archive_names(path):
    """The entries, in the order that they have in the archive."""
    words = ["unzip", "-Z1", path] if path.endswith(".zip") else ["tar", "-tzf", path]
    return runs(*words).out.split()


def extract(path, folder):
    os.makedirs(folder, exist_ok=True)
    if path.endswith(".zip"):
        runs("unzip", "-q", "-o", path, "-d", folder)
    else:
        runs("tar", "-xzf", path, "-C", folder)


def p12_text(path, password=""):
    """Everything that OpenSSL's tool says about a PKCS#12 file, keys in clear text."""
    result = runs("openssl", "pkcs12", "-info", "-in", path, "-passin", "pass:" + password, "-nodes")
    return result.out + result.err


def p12_opens(path, password):
    return run("openssl", "pkcs12", "-in", path, "-passin", "pass:" + password, "-nodes").status == 0


def p12_aliases(path, password=""):
    """The names of its entries, each with what it is: "key" or "trusted"."""
    if shutil.which("keytool"):
        listed = runs("keytool", "-list", "-keystore", path, "-storepass", password).out
        found = re.findall(r"^(.*), [A-Z][a-z]{2} \d+, \d{4}, (\w+)Entry", listed, re.M)
        return {name: {"PrivateKey": "key", "trustedCert": "trusted"}[kind] for name, kind in found}
    found = {}
    for bag in p12_text(path, password).split("Bag Attributes")[1:]:
        name = re.search(r"friendlyName: (.*)", bag)
        if "PRIVATE KEY" in bag:
            found[name.group(1)] = "key"
        elif "2.16.840.1.113894.746875.1.1" in bag:
            found[name.group(1)] = "trusted"
    return found


def p12_split(path, password, cert, key):
    """Its pair as PEM files."""
    secret = "pass:" + password
    runs("openssl", "pkcs12", "-in", path, "-passin", secret, "-clcerts", "-nokeys", "-out", cert)
    runs("openssl", "pkcs12", "-in", path, "-passin", secret, "-nocerts", "-nodes", "-out", key)


def x509(path, *options):
    return runs("openssl", "x509", "-noout", "-in", path, *options).out


def alternative_names(path):
    """The subjectAltName of a certificate, as a sorted list; none: empty."""
    result = run("openssl", "x509", "-noout", "-ext", "subjectAltName", "-in", path)
    return sorted(part.strip() for part in result.out.split("\n", 1)[1].split(",")) if "\n" in result.out else []


def subject(path):
    return x509(path, "-subject", "-nameopt", "RFC2253").strip()[len("subject="):]


def serial(path):
    return x509(path, "-serial")


def public_key(path, *options):
    """Of a certificate, a request or a key, whichever it is."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    tool = (["req", "-pubkey", "-noout"] if "REQUEST" in text else
            ["x509", "-pubkey", "-noout"] if "CERTIFICATE" in text else ["pkey", "-pubout"])
    return runs("openssl", *tool, "-in", path, *options).out


def identity(folder):
    """Every entry below: path -> (inode, mtime, mode), to see that nothing was written."""
    found = {}
    for parent, folders, files in os.walk(folder):
        for name in folders + files:
            st = os.stat(os.path.join(parent, name))
            found[os.path.join(parent, name)] = (st.st_ino, st.st_mtime_ns, st.st_mode)
    return found


def start(*words, **how):
    """A process that nobody waits for yet, away from any terminal."""
    return subprocess.Popen([str(w) for w in words], env=clean_env(), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how)
