"""Elasticsearch's own classes, of any release, and the Java that runs them."""

import subprocess

from blackbox import ROOT

HERE = ROOT + "/tests/peers/elasticsearch"
OUT = ROOT + "/build/elasticsearch"


def fetch():
    """Have them in build/, once."""
    subprocess.run(["sh", HERE + "/fetch.sh"], check=True, stdout=subprocess.DEVNULL)


def java(version, program, libraries=("lib",)):
    """The words that run a program of HERE with the classes of that version."""
    path = ["%s/classes" % OUT] + ["%s/%s/%s/*" % (OUT, version, library) for library in libraries]
    return [ROOT + "/build/jdk/25/bin/java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", ":".join(path), program]
