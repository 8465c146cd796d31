"""certgen refuses what is in bad_input.tsv: with the documented status, in one line, leaving everything as it was.

A row of the table, its cells separated by tabs:

  name       a sentence that is true
  prepared   what lies in the folder, separated by " | ": words of PREPARED below, such as "ca"; a verb of VERBS
             with its words, such as "cut ca/ca.crt to 100"; or a file with its text, such as "in.yml: instances: []"
  command    words for certgen, quoted as for a shell; NAME=VALUE in front is a variable, "as 65534" a user who may
             not write here; there is no shell
  status     as certgen --help lists them
  line       regular expression that finds its match in the one line on stderr

In texts and commands \\n, \\t, \\\\ and \\xNN are what they are in C, and x{300} is 300 times the x.
"""

import os
import re
import shlex
import shutil
import stat
import tarfile
import tempfile
import zipfile

from blackbox import CERTGEN, leftovers, main, refuses, runs, test, write

TABLE = os.path.dirname(os.path.abspath(__file__)) + "/bad_input.tsv"
NOBODY = 65534
PREPARED = {}
VERBS = {}


def prepared(function):
    """A word for the second column: what the function makes in an empty folder. Made once, then copied."""
    PREPARED[function.__name__.replace("_", " ")] = function
    return function


def verb(function):
    """A verb for the second column: it works on what was prepared before it."""
    VERBS[function.__name__] = function
    return function


def write_bytes(path, content):
    with open(path, "wb") as f:
        f.write(content)


def self_signed(name, *more, words=()):
    """A CA as other tools make it: NAME.crt, NAME.key."""
    runs(*words, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name, "-addext",
         "keyUsage=critical,keyCertSign", "-keyout", name + ".key", "-out", name + ".crt", *more)


@prepared
def ca():
    runs(CERTGEN, "ca", "--pem", "--out", "./")


@prepared
def another_ca():
    runs(CERTGEN, "ca", "--pem", "--out", "x/")
    os.rename("x/ca", "other")
    os.rmdir("x")


@prepared
def a_leaf():
    """Not of "ca": its own CA is thrown away."""
    runs(CERTGEN, "cert", "--pem", "--name", "leaf", "--out", "./")
    shutil.rmtree("ca")


@prepared
def a_locked_key():
    """Not of "ca"; the passphrase is "secret"."""
    runs("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-aes256", "-pass",
         "pass:secret", "-out", "locked.key")


@prepared
def a_locked_ca():
    """The passphrase is "secret"."""
    write("secret", "secret\n")
    runs(CERTGEN, "ca", "--pem", "--pass-file", "secret", "--out", "./")
    os.rename("ca", "locked")
    os.remove("secret")


@prepared
def ca_p12():
    """The passphrase is "secret"."""
    write("secret", "secret\n")
    runs(CERTGEN, "ca", "--pass-file", "secret", "--out", "ca.p12")
    os.remove("secret")


@prepared
def open_p12():
    """Without passphrase."""
    runs(CERTGEN, "ca", "--out", "open.p12")


@prepared
def trust_p12():
    """A certificate without key; no passphrase."""
    self_signed("trust")
    runs("openssl", "pkcs12", "-export", "-nokeys", "-in", "trust.crt", "-passout", "pass:", "-out", "trust.p12")
    os.remove("trust.crt")
    os.remove("trust.key")


@prepared
def java_keystores():
    """Only their heads: it is these that tell what they are."""
    for name, magic in (("ca.jks", b"\xfe\xed\xfe\xed"), ("ca.jceks", b"\xce\xce\xce\xce")):
        with open(name, "wb") as f:
            f.write(magic + b"\0\0\0\2\0\0\0\1" + b"\0" * 200)


@prepared
def ca_der():
    runs(CERTGEN, "ca", "--pem", "--out", "./")
    runs("openssl", "x509", "-in", "ca/ca.crt", "-outform", "DER", "-out", "ca.der")
    shutil.rmtree("ca")


@prepared
def expired_ca():
    self_signed("expired", "-days", "10", words=("faketime", "-f", "-30d"))


@prepared
def early_ca():
    self_signed("early", "-days", "100", words=("faketime", "-f", "+30d"))


@prepared
def short_ca():
    """Ten days; it may sign a CA."""
    runs(CERTGEN, "ca", "--pem", "--path-length", "1", "--days", "10", "--out", "./")
    os.rename("ca", "short")


@prepared
def narrow_ca():
    """For example.org and 10.0.0.0/8."""
    runs(CERTGEN, "ca", "--pem", "--permit", "example.org,10.0.0.0/8", "--out", "./")
    os.rename("ca", "narrow")


@prepared
def alias_bomb():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += ["a%d: &a%d [%s]" % (i, i, ", ".join(["*a%d" % (i - 1)] * 9)) for i in range(1, 12)]
    write("bomb.yml", "\n".join(lines + ["instances: *a11"]) + "\n")


@prepared
def zip_bomb():
    with zipfile.ZipFile("bomb.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        for i in range(40):
            z.writestr("%d/ca.crt" % i, b"\0" * 4000000)


@prepared
def zip_of_one_big_file():
    with zipfile.ZipFile("big.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        z.writestr("ca/ca.crt", b"\0" * 50000000)


@prepared
def zip_with_a_path_outside():
    with zipfile.ZipFile("outside.zip", "w") as z:
        z.writestr("../escaped.crt", "x")


@prepared
def zip_with_a_link():
    entry = zipfile.ZipInfo("ca/ca.key")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    entry.create_system = 3
    with zipfile.ZipFile("link.zip", "w") as z:
        z.writestr(entry, "/etc/passwd")


@prepared
def zip_with_a_file_twice():
    with zipfile.ZipFile("twice.zip", "w") as z:
        z.writestr("ca/ca.cr1", "x")
        z.writestr("ca/ca.cr2", "y")
    with open("twice.zip", "rb") as f:
        text = f.read()
    with open("twice.zip", "wb") as f:
        f.write(text.replace(b"ca.cr2", b"ca.cr1"))


@prepared
def tar_with_a_device():
    entry = tarfile.TarInfo("ca/ca.key")
    entry.type = tarfile.CHRTYPE
    with tarfile.open("device.tar.gz", "w:gz") as t:
        t.addfile(entry)


@prepared
def bundle_zip():
    """A CA and a certificate of certgen's."""
    runs(CERTGEN, "cert", "--pem", "--keep-ca-key", "--name", "n", "--out", "bundle.zip")


@prepared
def a_request():
    """For n, with its key in n/n.key."""
    runs(CERTGEN, "csr", "--name", "n", "--dns", "n", "--out", "./")


@prepared
def a_bent_request():
    """The name in it was changed after it had been signed."""
    runs(CERTGEN, "csr", "--name", "nnnn", "--out", "./")
    runs("openssl", "req", "-in", "nnnn/nnnn.csr", "-outform", "DER", "-out", "der")
    with open("der", "rb") as f:
        write_bytes("der", f.read().replace(b"nnnn", b"mmmm"))
    runs("openssl", "req", "-in", "der", "-inform", "DER", "-out", "bent.csr")
    shutil.rmtree("nnnn")
    os.remove("der")


@verb
def cut(path, _to, size):
    """cut FILE to BYTES, or without its last ones: cut FILE to -BYTES"""
    os.truncate(path, int(size) if int(size) >= 0 else os.path.getsize(path) + int(size))


@verb
def spoil(path, _at, place):
    """spoil FILE at BYTE: another one stands there, which is no base64"""
    with open(path, "r+b") as f:
        f.seek(int(place))
        old = f.read(1)
        f.seek(int(place))
        f.write(b"!" if old == b"*" else b"*")


@verb
def copy(path, _to, new):
    os.makedirs(os.path.dirname(new) or ".", exist_ok=True)
    shutil.copy(path, new)


@verb
def remove(path):
    os.remove(path)


@verb
def folder(path):
    os.mkdir(path)


@verb
def fifo(path):
    os.mkfifo(path)


@verb
def close(path):
    """close FILE: only root may read it"""
    os.chmod(path, 0)


def real(text):
    """The bytes that a cell stands for."""
    text = re.sub(r"(\\x[0-9a-f]{2}|\\\\|[^\\])\{(\d+)\}", lambda m: m.group(1) * int(m.group(2)), text)
    return text.encode().decode("unicode_escape").encode("latin-1")


def prepare(cell, cache):
    for item in filter(None, cell.split(" | ")):
        words = item.split(" ")
        if item in PREPARED:
            made = os.path.join(cache, item)
            if not os.path.exists(made):
                os.makedirs(made)
                here = os.getcwd()
                os.chdir(made)
                PREPARED[item]()
                os.chdir(here)
            shutil.copytree(made, ".", dirs_exist_ok=True)
        elif words[0] in VERBS:
            VERBS[words[0]](*words[1:])
        else:
            name, text = item.split(": ", 1)
            with open(name, "wb") as f:
                f.write(real(text))


def snapshot():
    """Everything below, down to the bytes. Links and pipes are not followed or opened."""
    found = {}
    for parent, folders, files in os.walk("."):
        for path in [parent] + [os.path.join(parent, n) for n in folders + files]:
            st = os.lstat(path)
            content = open(path, "rb").read() if stat.S_ISREG(st.st_mode) else None
            found[path] = (oct(st.st_mode), st.st_uid, content, content is not None and st.st_mtime_ns)
    return found


def words_of(cell):
    """The words, the variables and the user of a command."""
    words = [os.fsdecode(real(w)) for w in shlex.split(cell.replace("\\", "\\\\"))]
    env, uid = {}, None
    if words and words[0] == "as":
        uid, words = int(words[1]), words[2:]
    while words and re.match(r"[A-Z_]+=", words[0]):
        name, env[name] = words.pop(0).split("=", 1)
    return words, {"env": env, "uid": uid}


def add(name, cell, command, status, line, cache):
    def case():
        prepare(cell, cache)
        words, how = words_of(command)
        before = snapshot()
        result = refuses(int(status), line, "setsid", "--wait", CERTGEN, *words, **how)
        assert len(result.err.splitlines()) == 1 and not result.out, "one line was wanted\n%s" % result
        after = snapshot()
        assert after == before, "changed: %s\n%s" % (sorted(set(after.items()) ^ set(before.items()))[:4], result)
        assert not leftovers("."), result

    case.__name__ = name
    test(case)


def rows():
    with open(TABLE, encoding="utf-8") as f:
        for number, row in enumerate(f, 1):
            if row.strip() and not row.startswith("#"):
                cells = row.rstrip("\n").split("\t")
                assert len(cells) == 5, "%s:%d has %d cells" % (TABLE, number, len(cells))
                yield cells


with tempfile.TemporaryDirectory(prefix="stackseal-bad-") as made_once:
    for cells_of_one in rows():
        add(*cells_of_one, made_once)
    main()
