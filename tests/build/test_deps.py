"""The pinned libraries: an interrupted build goes on, a damaged file is refused, a pin that is gone is replaced loudly."""

import glob
import os
import re
import shutil
import signal
import subprocess
import time

from blackbox import ROOT, clean_env, main, read, run, runs, test, write

ARCH = os.uname().machine
DIST = ROOT + "/build/deps/dist"


def a_build_folder(with_dist=True):
    """A build folder of its own, with links to what was fetched already."""
    os.makedirs("build/deps/dist")
    if with_dist:
        for path in glob.glob(DIST + "/*.tar.*") + glob.glob(DIST + "/*.used"):
            os.symlink(path, "build/deps/dist/" + os.path.basename(path))
    return os.path.abspath("build")


def make(build, target):
    return ["make", "--no-print-directory", "-C", ROOT, "-f", "deps/deps.mk", "B=" + build, "%s/deps/%s/%s" % (build, ARCH, target)]


@test
def a_build_that_was_killed_goes_on_where_it_was():
    build = a_build_folder()
    for seconds in (0.3, 0.6, 1.0, 1.6):
        process = subprocess.Popen(make(build, ".zlib"), env=clean_env(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   start_new_session=True)
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    said = runs(*make(build, ".zlib"))
    assert os.path.getsize("%s/deps/%s/lib/libz.a" % (build, ARCH)) > 50000, said
    assert "zlib" not in runs(*make(build, ".zlib")).out, "the second make built it again"


@test
def two_builds_at_once_wait_for_each_other():
    build = a_build_folder()
    both = [subprocess.Popen(make(build, ".cjson"), env=clean_env(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            for _ in range(2)]
    said = [p.communicate()[0] for p in both]
    assert all(p.returncode == 0 for p in both), "".join(said)
    assert len(re.findall(r"deps: cjson [\d.]+ \(\w+\) \.\.\.", "".join(said))) == 1, "".join(said)


@test
def a_damaged_tarball_is_refused_by_name():
    build = a_build_folder()
    path = glob.glob(build + "/deps/dist/zlib_*.orig.tar.*")[0]
    content = open(path, "rb").read()
    os.unlink(path)
    with open(path, "wb") as f:
        f.write(content[:-1] + b"x")
    result = run("sh", ROOT + "/deps/fetch.sh", build + "/deps/dist")
    assert result.status == 1 and re.search(r"deps: error: checksum of .*/zlib_.*is not the one in", result.err), result


@test
def a_pin_that_has_left_the_archive_is_replaced_by_what_apt_authenticates_and_says_so():
    build = a_build_folder()
    shutil.copytree(ROOT + "/deps", "deps")
    write("deps/deps.lock", re.sub(r"^libyaml +\S+", "libyaml 0.2.5-0", read("deps/deps.lock"), flags=re.M))
    os.unlink(build + "/deps/dist/libyaml.used")
    result = runs("sh", "deps/fetch.sh", build + "/deps/dist")
    assert "WARNING" in result.err and "libyaml 0.2.5-0 is not in the archive" in result.err, result
    assert re.match(r"libyaml 0\.2\.5-\d\S* instead of 0\.2\.5-0\n", read(build + "/deps/dist/libyaml.used")), result


@test
def a_failed_library_shows_the_end_of_its_log_and_where_the_rest_is():
    build = a_build_folder()
    os.mkdir("bin")
    write("bin/gcc", "#!/bin/sh\necho no compiler today >&2\nexit 1\n", 0o755)
    result = run(*make(build, ".cjson"), env={"PATH": os.path.abspath("bin") + ":" + os.environ["PATH"]})
    where = re.search(r"failed; the end of its log is above, all of it in (\S+)", result.err)
    assert result.status == 2 and where and os.path.exists(where.group(1)), result


main()
