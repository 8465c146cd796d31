"""init prepare when the k-th call of a kind fails: a documented exit code, one clear line, and a clean run afterwards."""

import re
import shutil

from blackbox import Place, inside, leftovers, main, run, test

QUICK = "8.13.4"  # its keystore costs a twentieth of the work of later ones
DOCUMENTED = {65, 66, 70, 71, 73, 74, 75, 77}
FAULTS = [
    ("openat", ("EIO", "ENOSPC", "EMFILE", "EACCES")),
    ("write", ("EIO", "ENOSPC", "EDQUOT")),
    ("read", ("EIO",)),
    ("fsync", ("EIO", "ENOSPC")),
    ("fchmod", ("EPERM", "EROFS")),
    ("mkdir", ("ENOSPC", "EACCES")),
    ("mkdirat", ("ENOSPC", "EROFS")),
    ("linkat", ("EIO", "ENOSPC")),
    ("renameat", ("EIO", "ENOSPC")),
    ("getrandom", ("EINTR", "ENOSYS")),
]
MOST = 120


def one_fault(call, error, when):
    """The result of a run whose when-th such call fails; the place is whole after the next run."""
    with inside("round"):
        place = Place(1, version=QUICK)
        result = run("strace", "-f", "-o", "trace", "-e", "trace=" + call,
                     "-e", "inject=%s:error=%s:when=%d" % (call, error, when), *place.words("es01"))
        hit = "INJECTED" in open("trace").read()
        what = "%s %s %d\n%s" % (call, error, when, result)
        if result.status != 0:
            errors = [line for line in result.err.splitlines() if ": error: " in line]
            assert result.status in DOCUMENTED and len(errors) == 1, what
            assert re.search(r"error: .{12,}", errors[0]), what
        place.prepare("es01")
        place.check_node("es01")
        assert not leftovers("."), what
    shutil.rmtree("round")
    return hit, result.status != 0


def every_fault(call, errors):
    failed = 0
    for error in errors:
        for when in range(1, MOST):
            hit, bad = one_fault(call, error, when)
            failed += bad
            if not hit:
                break
    return failed


def add(call, errors):
    def a_call_that_fails():
        failed = every_fault(call, errors)
        print("# %d runs failed and were healed" % failed, flush=True)

    a_call_that_fails.__name__ = "a_failing_%s_anywhere_is_reported_and_healed" % call
    test(a_call_that_fails)


for one, several in FAULTS:
    add(one, several)

main()
