"""init keystore: every command, many at once, killed half-way, and files that are no good; nothing is lost or changed."""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import zlib

from blackbox import INIT, Place, clean_env, leftovers, main, read, refuses, run, runs, test, tree, write
from terminal import Terminal

FILE = "elasticsearch.keystore"
DOCUMENTED = {64, 65, 66, 69, 70, 71, 73, 74, 75, 77, 78, 80}
SECRET = "s3cret-välue"


def words(*more):
    return [INIT, "keystore", *more, "--config-dir", "."]


def keystore(*more, **how):
    return runs(*words(*more), **how)


def no(status, pattern, *more, **how):
    return refuses(status, pattern, *words(*more), **how)


def add(name, value, *more, **how):
    return keystore("add", "-x", name, *more, stdin=value + "\n", **how)


def show(name, **how):
    return keystore("show", name, **how).out


def names(**how):
    return keystore("list", **how).out.split()


def file_bytes(path=FILE):
    with open(path, "rb") as f:
        return f.read()


def write_bytes(path, content):
    with open(path, "wb") as f:
        f.write(content)


def file_format(path=FILE):
    return int.from_bytes(file_bytes(path)[27:31], "big")


def mode_and_owner(path=FILE):
    st = os.stat(path)
    return oct(stat.S_IMODE(st.st_mode)), st.st_uid, st.st_gid


def with_checksum(content):
    """The file with its last 8 bytes put right."""
    return content[:-8] + zlib.crc32(content[:-8]).to_bytes(8, "big")


@test
def entries_are_added_listed_shown_and_removed():
    keystore("create")
    assert names() == ["keystore.seed"]
    keystore("add", "-x", "z.last", "a.first", stdin="one\ntwö\n")
    assert names() == ["a.first", "keystore.seed", "z.last"]
    assert show("z.last") == "one\n" and show("a.first") == "twö\n"
    keystore("remove", "z.last", "a.first")
    assert names() == ["keystore.seed"]
    no(78, r"keystore '/.*/elasticsearch.keystore' has no entry 'a.first'; init keystore list", "show", "a.first")
    assert mode_and_owner()[0] == "0o600"


@test
def values_come_one_a_line_and_as_many_as_there_are_names():
    keystore("create")
    for text in ("1\n2\n", "1\n2", "1\r\n2\r\n", "1\r2\r"):
        keystore("add", "-f", "a", "b", stdin=text)
        assert (show("a"), show("b")) == ("1\n", "2\n"), text
    before = file_bytes()
    no(65, r"standard input has 1 lines, and 2 are wanted", "add", "-x", "c", "d", stdin="1\n")
    no(65, r"standard input has 0 lines, and 1 are wanted", "add", "c", stdin="")
    no(65, r"standard input has 2 lines, and 1 are wanted; init keystore add-file takes a value of several lines", "add", "c", stdin="1\n2\n")
    no(64, r"'c' is named twice", "add", "c", "c", stdin="1\n1\n")
    no(64, r"'c/d' is no name of an entry of elasticsearch", "add", "c/d", stdin="1\n")
    no(64, r"which entries\?", "add")
    result = subprocess.run(words("add", "c"), input=b"\xff\n", capture_output=True, env=clean_env(), check=False)
    assert result.returncode == 65 and b"the value of 'c' is not UTF-8" in result.stderr, result
    assert file_bytes() == before
    assert "an empty value entry=c" in keystore("add", "c", stdin="\n").err
    assert show("c") == "\n"


@test
def an_entry_that_is_there_is_replaced_by_force_only():
    keystore("create")
    add("a", "1")
    before = file_bytes()
    no(80, r"has 'a' already, with another value; nothing was changed; --force replaces it", "add", "b", "a", stdin="1\n2\n")
    assert file_bytes() == before
    assert "up to date" in add("a", "1").err and file_bytes() == before
    for flag in ("-f", "--force"):
        add("a", "x" + flag, flag)
        assert show("a") == "x%s\n" % flag


@test
def a_keystore_is_made_by_create_or_by_force():
    no(66, r"there is no keystore '.*elasticsearch.keystore'; init keystore create makes one, and so does --force", "add", "a", stdin="1\n")
    for action in (["list"], ["show", "a"], ["remove", "a"], ["passwd"], ["has-passwd"], ["upgrade", "--stack-version", "9.0"]):
        no(66, r"there is no keystore '.*'; init keystore create makes one", *action)
    assert os.listdir(".") == []
    keystore("add", "-f", "a", stdin="1\n")
    assert names() == ["a", "keystore.seed"]
    before = file_bytes()
    no(73, r"keystore '.*' is there already; --force makes a new one in its place, without its entries", "create")
    assert file_bytes() == before
    keystore("create", "--force")
    assert names() == ["keystore.seed"]
    refuses(66, r"nowhere.*--config-dir", INIT, "keystore", "create", "--config-dir", "nowhere")


@test
def files_of_any_bytes_go_in_and_come_out_as_they_were():
    content = bytes(range(256)) * 4096
    write_bytes("in", content)
    write("text", "two\nlines\n")
    keystore("create")
    keystore("add-file", "the.file", "in", "the.text", "text")
    no(74, r"the value of 'the.file' is no text; write it to a file with -o FILE", "show", "the.file")
    for option in ("-o", "--output"):
        keystore("show", option, "out", "the.file", "-f")
        assert file_bytes("out") == content
    assert mode_and_owner("out")[0] == "0o600"
    no(73, r"'out'.*File exists; --force replaces it", "show", "-o", "out", "the.text")
    assert file_bytes("out") == content
    assert show("the.text") == "two\nlines\n\n"
    before = file_bytes()
    no(64, r"names and files come in pairs", "add-file", "a", "in", "b")
    no(66, r"'missing'", "add-file", "a", "in", "b", "missing")
    no(80, r"has 'the.file' already", "add-file", "the.file", "text")
    assert file_bytes() == before
    keystore("add-file", "-f", "the.file", "text")
    assert show("the.file") == "two\nlines\n\n"


@test
def five_hundred_entries_and_ten_files_of_a_megabyte_fit():
    write_bytes("in", os.urandom(1024 * 1024))
    many = ["n%03d" % i for i in range(500)]
    keystore("create")
    keystore("add", *many, stdin="".join("%s-%s\n" % (n, "x" * 1000) for n in many))
    keystore("add-file", *(w for i in range(10) for w in ("f%d" % i, "in")))
    assert names() == sorted(many + ["f%d" % i for i in range(10)] + ["keystore.seed"])
    assert show("n499") == "n499-%s\n" % ("x" * 1000)
    keystore("show", "f9", "-o", "out")
    assert file_bytes("out") == file_bytes("in")
    write_bytes("huge", b"x" * (17 * 1024 * 1024))
    before = file_bytes()
    no(65, r"'huge' is larger than", "add-file", "huge", "huge")
    write_bytes("large", b"x" * (10 * 1024 * 1024))
    no(78, r"'large': the values of a keystore are at most 16 MiB together", "add-file", "large", "large")
    assert file_bytes() == before


@test
def a_password_locks_changes_and_goes():
    write("pw", SECRET + "\n", 0o600)
    write("pw2", "other\n", 0o600)
    keystore("create")
    add("a", "1")
    assert run(*words("has-passwd")).status == 1
    keystore("passwd", "--new-pass-file", "pw")
    assert keystore("has-passwd").err.startswith("init: it has a password")
    before = file_bytes()
    no(77, r"keystore '.*' has a password, and none was given; give it with --pass-file or KEYSTORE_PASSWORD_FILE", "list")
    no(77, r"wrong password for keystore", "list", "--pass-file", "pw2")
    no(77, r"wrong password for keystore", "add", "b", "--pass-file", "pw2", stdin="1\n")
    no(64, r"no new password was given, and there is no terminal; give --new-pass-file", "passwd", "--pass-file", "pw")
    no(78, r"both KEYSTORE_PASSWORD and KEYSTORE_PASSWORD_FILE are set", "list", env={"KEYSTORE_PASSWORD": SECRET, "KEYSTORE_PASSWORD_FILE": "pw"})
    assert file_bytes() == before
    for how in ({"env": {"KEYSTORE_PASSWORD": SECRET}}, {"env": {"KEYSTORE_PASSWORD_FILE": "pw"}}):
        assert names(**how) == ["a", "keystore.seed"]
        add("a", "2", "-f", **how)
    keystore("list", "--pass-file", "pw")
    assert file_bytes()[31] == 1
    keystore("passwd", "--pass-file", "pw", "--new-pass-file", "pw2")
    assert show("a", env={"KEYSTORE_PASSWORD": "other"}) == "2\n"
    keystore("passwd", "--pass-file", "pw2", "--no-password")
    assert show("a") == "2\n" and file_bytes()[31] == 0
    # One that is not needed is not used.
    add("b", "3", env={"KEYSTORE_PASSWORD": "not needed"})
    assert show("b") == "3\n" and file_bytes()[31] == 0


@test
def a_new_keystore_gets_the_password_that_is_given():
    keystore("create", "-p", env={"KEYSTORE_PASSWORD": SECRET})
    assert keystore("has-passwd").status == 0
    os.unlink(FILE)
    no(64, r"--password asks on the terminal, and there is none; give --pass-file", "create", "--password")
    assert os.listdir(".") == []
    add("a", "1", "-f", env={"KEYSTORE_PASSWORD": SECRET})
    assert keystore("has-passwd").status == 0
    assert show("a", env={"KEYSTORE_PASSWORD": SECRET}) == "1\n"


@test
def a_password_piped_in_before_the_values_is_read_as_elasticsearch_keystore_does():
    keystore("create", env={"KEYSTORE_PASSWORD": SECRET})
    keystore("add", "-x", "a", stdin=SECRET + "\n1\n")
    keystore("add", "-x", "b", stdin=SECRET + "\n2\n", env={"KEYSTORE_PASSWORD": SECRET})
    keystore("add", "-x", "c", stdin="3\n", env={"KEYSTORE_PASSWORD": SECRET})
    no(77, r"wrong password", "add", "-x", "d", stdin="no\n1\n")
    no(65, r"standard input has 2 lines, and 1 are wanted", "add", "-x", "d", stdin="no\n1\n", env={"KEYSTORE_PASSWORD": SECRET})
    assert [show(n, env={"KEYSTORE_PASSWORD": SECRET}) for n in "abc"] == ["1\n", "2\n", "3\n"]


@test
def a_format_stays_until_another_version_is_named():
    for version, wanted in (("7.12", 4), ("7.17.28", 4), ("8.0.0", 5), ("8.13.4", 5), ("8.14.0", 6), ("8.18.0", 7), ("9.2", 7)):
        keystore("create", "-f", "--stack-version", version)
        assert file_format() == wanted, version
        add("a", "1")
        assert file_format() == wanted, version
    no(64, r"upgrade to which version of elasticsearch\? say it with --stack-version", "upgrade")
    no(64, r"--stack-version: 'new' is no version such as 8.15.3", "upgrade", "--stack-version", "new")
    no(78, r"elasticsearch 6.8.0 is too old: its keystore is not written", "upgrade", "--stack-version", "6.8")
    before = file_bytes()
    assert "up to date" in keystore("upgrade", "--stack-version", "9.0").err and file_bytes() == before
    keystore("upgrade", "--stack-version", "8.5.0")
    assert file_format() == 5 and show("a") == "1\n"
    keystore("upgrade", env={"STACKSEAL_STACK_VERSION": "8.14.0"})
    assert file_format() == 6
    os.unlink(FILE)
    keystore("create")
    assert file_format() == 4  # every node from 7.12 on reads it


@test
def the_file_is_named_by_option_variable_or_product():
    os.mkdir("conf")
    runs(INIT, "keystore", "create", env={"ES_PATH_CONF": "conf"})
    assert runs(INIT, "keystore", "list", "--keystore", "conf/" + FILE).out == "keystore.seed\n"
    assert runs(INIT, "keystore", "list", env={"STACKSEAL_CONFIG_DIR": "conf", "ES_PATH_CONF": "/nowhere"}).out == "keystore.seed\n"
    shutil.copy("conf/" + FILE, "copy")
    refuses(64, r"'copy' is nobody's usual keystore; say whose it is with --product", INIT, "keystore", "list", "--keystore", "copy")
    assert runs(INIT, "keystore", "list", "--keystore", "copy", "--product", "elasticsearch").out == "keystore.seed\n"
    refuses(64, r"unknown product 'elasticsaerch'; did you mean elasticsearch\?", INIT, "keystore", "list", "--product", "elasticsaerch")
    refuses(64, r"unknown command 'init keystore ad'; did you mean init keystore add\?", INIT, "keystore", "ad")
    refuses(64, r"unknown option '--force' for init keystore list", INIT, "keystore", "list", "--force")
    refuses(64, r"unknown option '--pass' ", INIT, "keystore", "list", "--pass", "x")


@test
def a_file_that_is_no_good_is_named_by_what_is_wrong_and_stays():
    keystore("create", "--stack-version", "9.0")
    good = file_bytes()
    newer = with_checksum(good[:27] + (8).to_bytes(4, "big") + good[31:])
    older = with_checksum(good[:27] + (2).to_bytes(4, "big") + good[31:])
    flag = with_checksum(good[:31] + b"\x02" + good[32:])
    lengths = with_checksum(good[:36] + b"\xff\xff\xff\x7f" + good[40:])
    inside = with_checksum(good[:130] + bytes([good[130] ^ 1]) + good[131:])
    for content, pattern in (
            (b"", r"is not an Elasticsearch keystore"), (b"a: b\n", r"is not an Elasticsearch keystore"),
            (b"\0" * 1000, r"is not an Elasticsearch keystore"), (good[:40], r"is damaged: it is cut short"),
            (good[:-1], r"is damaged: it is cut short"), (good + b"\n", r"is damaged: it is cut short"),
            (good[:150] + b"\0" + good[151:], r"is damaged: its checksum is wrong; restore it from a backup"),
            (newer, r"has format 8, newer than the 7 known here; use a newer stackseal"), (older, r"has format 2; 3 to 7 are known"),
            (flag, r"is damaged: its password flag is neither 0 nor 1"), (lengths, r"is damaged: its lengths do not add up"),
            (inside, r"is damaged: its entries were changed"), (b"x" * (33 * 1024 * 1024), r"is larger than")):
        write_bytes(FILE, content)
        before = tree(".")
        for action in (["list"], ["add", "-f", "a"], ["passwd", "--no-password"], ["upgrade", "--stack-version", "9.0"], ["remove", "a"]):
            no(65, pattern, *action, stdin="1\n")
        assert tree(".") == before, pattern
    os.unlink(FILE)
    for make in (os.mkdir, os.mkfifo):
        make(FILE)
        no(65, r"'.*' is not a regular file", "add", "-f", "a", stdin="1\n")
        os.rmdir(FILE) if make is os.mkdir else os.unlink(FILE)
    assert not leftovers(".")


@test
def owner_mode_and_link_stay():
    os.mkdir("real")
    os.chown("real", 1000, 0)
    os.chdir("real")
    keystore("create")
    assert mode_and_owner() == ("0o600", 1000, 0)  # the folder's owner, when root makes it
    for mode, uid, gid in ((0o660, 1000, 0), (0o640, 1000, 1000), (0o600, 4711, 4712)):
        os.chown(FILE, uid, gid)
        os.chmod(FILE, mode)
        add("a%d" % uid, str(mode), "-f")
        assert mode_and_owner() == (oct(mode), uid, gid)
    os.chown(FILE, 1000, 0)
    os.chmod(FILE, 0o660)
    add("b", "1", uid=1000)
    assert mode_and_owner() == ("0o660", 1000, 0)
    os.chdir("..")
    os.symlink("real/" + FILE, FILE)
    add("c", "1")
    assert os.path.islink(FILE) and show("c") == "1\n" and "c" in runs(INIT, "keystore", "list", "--config-dir", "real").out


@test
def a_file_of_another_user_is_not_taken_over():
    os.chmod(".", 0o777)
    keystore("create")
    os.chmod(FILE, 0o644)
    before = tree(".")
    no(77, r"belongs to user 0; writing it would change that; run this as user 0 or as root", "add", "-f", "a", stdin="1\n", uid=1000)
    assert names(uid=1000) == ["keystore.seed"]
    os.chmod(FILE, 0o600)
    before = tree(".")
    no(77, r"cannot open '.*': Permission denied", "list", uid=1000)
    os.chmod(".", 0o755)
    os.chown(FILE, 1000, 0)
    before = tree(".")
    no(77, r"Permission denied", "add", "-f", "a", stdin="1\n", uid=1000)
    assert tree(".") == before


@contextlib.contextmanager
def mounted(*how):
    """A filesystem over the current folder, or None where nothing can be mounted."""
    here = os.getcwd()
    if run("mount", *how, here).status != 0:
        print("# no mounts here")
        yield False
        return
    os.chdir(here)
    try:
        yield True
    finally:
        os.chdir("/")
        subprocess.run(["umount", here], check=False)


@test
def a_full_disk_and_a_read_only_one_leave_the_file():
    with mounted("-t", "tmpfs", "-o", "size=64k", "tmpfs") as there:
        if not there:
            return
        keystore("create")
        run("dd", "if=/dev/zero", "of=filler", "bs=512")
        before = file_bytes()
        no(74, r"No space left on device; free some space", "add", "a", stdin="x" * 4000)
        assert file_bytes() == before and not leftovers(".")
        os.unlink("filler")
        runs("mount", "-o", "remount,ro", os.getcwd())
        no(77, r"Read-only file system; mount the volume read-write", "add", "a", stdin="1\n")
        assert file_bytes() == before and names() == ["keystore.seed"]


@test
def a_file_that_is_a_mount_is_named_as_such():
    os.mkdir("outside")
    runs(INIT, "keystore", "create", "--config-dir", "outside")
    write(FILE, "")
    if run("mount", "--bind", "outside/" + FILE, FILE).status != 0:
        print("# no mounts here")
        return
    try:
        before = file_bytes()
        no(74, r"Device or resource busy; mount the folder, not the single file", "add", "a", stdin="1\n")
        assert file_bytes() == before and names() == ["keystore.seed"] and not leftovers(".")
    finally:
        runs("umount", FILE)


def start(*more, stdin):
    process = subprocess.Popen(words(*more), env=clean_env(), stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdin.write(stdin)
    process.stdin.close()
    return process


@test
def thirty_two_adds_at_once_lose_nothing():
    for first in (["create"], None):
        if first:
            keystore(*first)
        many = ["n%02d" % i for i in range(32)]
        processes = [start("add", "-f", n, stdin=n + "\n") for n in many]
        for process in processes:
            said = process.stderr.read()
            assert process.wait() == 0, said
        assert names() == sorted(many + ["keystore.seed"])
        assert show("n31") == "n31\n" and not leftovers(".")
        os.unlink(FILE)


@test
def of_many_creates_at_once_one_makes_it():
    processes = [start("create", stdin="") for _ in range(16)]
    said = [p.stderr.read() for p in processes]
    assert sorted(p.wait() for p in processes) == [0] + [73] * 15, said
    assert names() == ["keystore.seed"] and not leftovers(".")


CHANGES = [["add", "-f", "a", "b"], ["remove", "old"], ["passwd", "--no-password"], ["upgrade", "--stack-version", "8.1.0"]]


def round_of(action):
    """A new copy of one keystore, to be changed: its bytes, and the words for a run that strace watches."""
    if not os.path.exists("first"):
        os.mkdir("first")
        runs(INIT, "keystore", "add", "-f", "old", "--config-dir", "first", stdin="1\n")
    shutil.rmtree("round", ignore_errors=True)
    shutil.copytree("first", "round")
    os.chdir("round")
    return file_bytes(), ["strace", "-f", "-o", "trace"], words(*action)


def check_whole(before, result):
    """The old file or a new one; and what was left beside it is swept by the next run."""
    if file_bytes() != before or leftovers("."):
        assert "keystore.seed" in names(), result
        add("next", "1")
        assert {"next", "keystore.seed"} <= set(names()) and not leftovers("."), leftovers(".")
    os.chdir("..")


@test
def killed_at_every_call_the_file_is_the_old_or_the_new_one():
    points = 0
    for action in CHANGES:
        for call in ("openat", "write", "fsync", "fchmod", "flock", "renameat"):
            for when in range(1, 60):
                before, trace, line = round_of(action)
                result = run(*trace, "-e", "trace=" + call, "-e", "inject=%s:signal=SIGKILL:when=%d" % (call, when), *line, stdin="1\n2\n")
                assert result.status in (0, 128 + signal.SIGKILL), result
                points += result.status != 0
                check_whole(before, result)
                if result.status == 0:
                    break
    print("# %d points" % points, flush=True)
    assert points > 20, points


@test
def a_call_that_fails_is_reported_in_one_line_and_leaves_the_file():
    faults = [("openat", "EMFILE"), ("write", "ENOSPC"), ("fsync", "EIO"), ("fchmod", "EPERM"), ("renameat", "EIO"), ("renameat", "EBUSY"),
              ("getrandom", "ENOSYS"), ("read", "EIO")]
    for action in CHANGES[:2]:
        for call, error in faults:
            for when in range(1, 60):
                before, trace, line = round_of(action)
                result = run(*trace, "-e", "trace=" + call, "-e", "inject=%s:error=%s:when=%d" % (call, error, when), *line, stdin="1\n2\n")
                hit = "INJECTED" in read("trace")
                if result.status != 0 and result.status != 127:  # 127: the loader's own
                    lines = [one for one in result.err.splitlines() if ": error: " in one]
                    assert result.status in DOCUMENTED and len(lines) == 1, (call, error, when, result)
                    assert not leftovers("."), (call, error, when, result)
                check_whole(before, result)
                if not hit:
                    break


@test
def no_value_and_no_password_is_ever_shown():
    env = {"KEYSTORE_PASSWORD": "pass" + SECRET}
    for result in (keystore("create", "-v", env=env), add("a", SECRET, "-v", env=env), run(*words("add", "a", "-v"), stdin="other\n", env=env),
                   keystore("list", "-v", env=env), keystore("remove", "-v", "a", env=env)):
        assert SECRET not in result.out + result.err, result
    assert SECRET.encode() not in file_bytes()
    assert keystore("list", "-s", env=env).err == "" and add("b", "1", "-s", env=env).err == ""


@test
def on_a_terminal_values_are_asked_for_and_hidden():
    one = Terminal(*words("add", "a"))
    one.answer(r"There is no keystore .* Create it\? \[y/N\] ", "y\n")
    one.answer(r"value of 'a': ", SECRET + "\n")
    status, shown = one.end()
    assert status == 0 and SECRET not in shown, shown
    assert show("a") == SECRET + "\n"
    before = file_bytes()
    two = Terminal(*words("add", "a"))
    two.answer(r"'a' is there already. Replace it\? \[y/N\] ", "\n")
    status, shown = two.end()
    assert status == 0 and "nothing was changed" in shown and file_bytes() == before, shown
    three = Terminal(*words("add", "a", "b"))
    three.answer(r"Replace it\? \[y/N\] ", "y\n")
    three.answer(r"value of 'a': ", "new\n")
    three.answer(r"value of 'b': ", "\x03")
    status, shown = three.end()
    assert status == 64 and file_bytes() == before, shown


@test
def on_a_terminal_passwords_are_asked_for_and_hidden():
    one = Terminal(*words("create", "-p"))
    one.answer(r"password of '.*' \(enter for none\): ", SECRET + "\n")
    one.answer(r"the same again: ", SECRET + "\n")
    assert one.end()[0] == 0
    two = Terminal(*words("list"))
    two.answer(r"password of '.*': ", SECRET + "\n")
    status, shown = two.end()
    assert status == 0 and "keystore.seed" in shown and SECRET not in shown, shown
    three = Terminal(*words("passwd"))
    three.answer(r"password of '.*': ", SECRET + "\n")
    three.answer(r"new password of '.*' \(enter for none\): ", "\n")
    assert three.end()[0] == 0
    assert names() == ["keystore.seed"]
    four = Terminal(*words("create"))
    four.answer(r"is there already. Replace it and lose its entries\? \[y/N\] ", "n\n")
    assert four.end()[0] == 0


@test
def who_waits_for_an_answer_holds_up_nobody():
    keystore("create")
    slow = Terminal(*words("add", "a"))
    slow.expect(r"value of 'a': ")
    add("b", "2")
    os.write(slow.fd, b"1\n")
    assert slow.end()[0] == 0
    assert names() == ["a", "b", "keystore.seed"]


QUICK = "8.13.4"  # its keystore costs a twentieth of the work of later ones


def secret_volume(entries, number):
    """A folder as Kubernetes mounts a Secret: links into a folder that a link names."""
    os.makedirs("secure/..%d" % number)
    for name, value in entries.items():
        write_bytes("secure/..%d/%s" % (number, name), value)
        if not os.path.islink("secure/" + name):
            os.symlink("..data/" + name, "secure/" + name)
    os.symlink("..%d" % number, "secure/..new")
    os.rename("secure/..new", "secure/..data")


@test
def prepare_takes_secure_settings_from_a_mounted_secret_and_follows_its_changes():
    place = Place(1, level="basic", version=QUICK)
    where = ("--config-dir", place.config())
    wanted = {"s3.client.default.secret_key": b"abc\n", "gcs.file": b"{\n}\n", "p12": b"\xff\n", "no.newline": "ü".encode()}
    secret_volume(wanted, 1)
    place.prepare("es01", "--secure-settings", "secure")

    def shown(name):
        runs(INIT, "keystore", "show", name, "-f", "-o", "out", *where)
        return file_bytes("out")

    assert runs(INIT, "keystore", "list", *where).out.split() == sorted([*wanted, "bootstrap.password", "keystore.seed"])
    # A line end behind a single line is an editor's; everything else is kept byte for byte.
    assert [shown(n) for n in wanted] == [b"abc", b"{\n}\n", b"\xff\n", "ü".encode()]
    before = tree(place.config())
    assert "changed=0" in place.prepare("es01", "--secure-settings", "secure").err and tree(place.config()) == before
    secret_volume({**wanted, "s3.client.default.secret_key": b"rotated"}, 2)
    checked = run(*place.words("es01", "--check", "--secure-settings", "secure"))
    assert checked.status == 81 and "changed=1" in checked.err and tree(place.config()) == before, checked
    result = place.prepare("es01", env={"STACKSEAL_SECURE_SETTINGS": "secure"})
    assert "set entry=s3.client.default.secret_key" in result.err and "rotated" not in result.err, result
    assert shown("s3.client.default.secret_key") == b"rotated" and shown("gcs.file") == b"{\n}\n"
    # Also when the cluster is sealed, and without the folder nothing is taken out.
    write(place.store + "/seal.json", '{"cluster_name": "logs", "level": "basic"}\n', 0o600)
    secret_volume({"added": b"1"}, 3)
    os.unlink("secure/..data")
    os.symlink("..3", "secure/..data")
    for name in wanted:
        os.unlink("secure/" + name)
    place.prepare("es01", "--secure-settings", "secure")
    assert shown("added") == b"1" and shown("p12") == b"\xff\n"
    before = tree(place.config())
    place.prepare("es01")
    assert tree(place.config()) == before


@test
def prepare_refuses_secure_settings_that_cannot_be_and_changes_nothing():
    place = Place(1, level="basic", version=QUICK)
    place.config()
    os.mkdir("secure")
    for name, content, status, pattern in (
            ("a b", "1", 78, r"file 'secure/a b' has no name of a secure setting; the name of the file is the name of the entry"),
            ("bootstrap.password", "1", 78, r"'secure/bootstrap.password': init makes this password itself; give the superuser's with"),
            ("keystore.seed", "1", 78, r"'secure/keystore.seed': a keystore draws its seed itself"),
            ("empty", "\n", 78, r"secure setting 'secure/empty' is empty")):
        write("secure/" + name, content)
        place.refuses(status, pattern, "es01", "--secure-settings", "secure")
        assert not os.path.exists(place.config() + "/" + FILE)
        os.unlink("secure/" + name)
    os.mkdir("secure/folder")
    place.refuses(65, r"'secure/folder' is not a regular file", "es01", "--secure-settings", "secure")
    place.refuses(66, r"'nowhere'", "es01", "--secure-settings", "nowhere")
    write(place.stack, "version: %s\ninstances:\n  - name: es01\n  - name: ls\n    role: logstash\n" % QUICK)
    place.refuses(78, r"--secure-settings: no keystore is written for role logstash; give it to instances that have one only", "ls",
                  "--secure-settings", "secure")


@test
def prepare_opens_a_keystore_with_its_password_and_keeps_it():
    place = Place(1, level="basic", version=QUICK)
    where = ("--config-dir", place.config())
    env = {"KEYSTORE_PASSWORD": SECRET}
    runs(INIT, "keystore", "create", *where, env=env)
    place.refuses(77, r"has a password, and none was given", "es01")
    place.refuses(77, r"wrong password for keystore", "es01", env={"KEYSTORE_PASSWORD": "no"})
    place.prepare("es01", env=env)
    assert runs(INIT, "keystore", "list", *where, env=env).out.split() == ["bootstrap.password", "keystore.seed"]
    assert runs(INIT, "keystore", "has-passwd", *where).status == 0
    before = tree(place.config())
    assert "changed=0" in place.prepare("es01", env=env).err and tree(place.config()) == before
    # The command that run starts still has it: the image's entry point hands it to the node.
    line = [INIT, "run", "--no-seal", *place.words("es01")[2:], "--", "sh", "-c", "echo $KEYSTORE_PASSWORD"]
    assert runs(*line, env=env).out == SECRET + "\n"
    # A new one gets it, and one that has none keeps none.
    os.unlink(place.config() + "/" + FILE)
    place.prepare("es01", env=env)
    assert runs(INIT, "keystore", "has-passwd", *where).status == 0
    runs(INIT, "keystore", "passwd", "--no-password", *where, env=env)
    runs(INIT, "keystore", "add", "-x", "a", *where, stdin="1\n")
    place.prepare("es01", env=env)
    assert run(INIT, "keystore", "has-passwd", *where).status == 1


@test
def prepare_writes_the_versions_own_format_and_never_an_older_one():
    place = Place(1, level="basic", version="8.5.0")
    path = place.config() + "/" + FILE
    place.prepare("es01")
    assert file_format(path) == 5
    place.prepare("es01", "--stack-version", "8.14.0")
    assert file_format(path) == 6
    before = tree(place.config())
    place.prepare("es01")
    assert tree(place.config()) == before


@test
def prepare_and_adds_at_the_same_time_lose_nothing():
    place = Place(1, level="basic", version=QUICK)
    prepare = place.words("es01")
    os.chdir(place.config())
    keystore("create", "--stack-version", QUICK)
    many = ["n%02d" % i for i in range(12)]
    processes = [start("add", n, stdin=n + "\n") for n in many]
    processes += [subprocess.Popen(prepare, env=clean_env(), stderr=subprocess.PIPE, text=True) for _ in range(6)]
    for process in processes:
        said = process.stderr.read()
        assert process.wait() == 0, said
    found = names()
    assert found == sorted(many + ["bootstrap.password", "keystore.seed"]), found


main()
