"""A program on a pseudo-terminal: questions, answers, and what is shown of them."""

import os
import pty
import re
import select
import time

from blackbox import clean_env


class Terminal:
    """What it shows, and whether it hides what is typed."""

    def __init__(self, *words, env=None):
        self.shown = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(words[0], list(words), clean_env(env))

    def read_some(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            more = os.read(self.fd, 4096).decode()
        except OSError:  # the other end is closed
            return False
        self.shown += more
        return more != ""

    def expect(self, pattern):
        end = time.monotonic() + 60
        while not re.search(pattern, self.shown):
            assert time.monotonic() < end and (self.read_some(1) or os.waitpid(self.pid, os.WNOHANG) == (0, 0)), self.shown
        self.shown = self.shown[re.search(pattern, self.shown).end():]

    def answer(self, pattern, text):
        self.expect(pattern)
        os.write(self.fd, text.encode())

    def end(self):
        """Its exit status and all that was shown after the last answer."""
        while self.read_some(30):
            pass
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.fd)
        return status, self.shown
