"""How long to wait for a machine: in all, and from one mark to the next.

A level that hangs says nothing for ever, on a fast machine as on a busy one. What
is long is told by how long level 1 took to boot.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import threading

BOOT = 240                      # seconds to the first mark; an idle machine takes 20
LEAST = 60                      # from mark to mark
BOOTS = 6                       # or so many times what level 1 took to boot


class Patience:
    """A context that calls @end after @limit seconds, or after a silence: BOOT seconds
    at first, and from the mark "level1-up" on what level 1's boot tells; @longest:
    seconds that a case may go on without a mark, or None, if it may for ever"""
    def __init__(self, end, limit, longest):
        self.end, self.longest = end, longest
        self.ended, self.silence = '', None
        self.whole = threading.Timer(limit, self.over, [f'did not end within {limit} s'])
        self.since = None

    def __enter__(self):
        self.whole.start()
        if self.longest is not None:
            self.wait(BOOT)
        return self

    def __exit__(self, *_):
        self.whole.cancel()
        if self.since:
            self.since.cancel()

    def marked(self, mark):
        """A sign of life"""
        if mark.name == 'level1-up' and self.longest is not None:
            self.silence = self.longest + max(LEAST, BOOTS * round(mark.seconds))
        if self.silence:
            self.wait(self.silence)

    def wait(self, seconds):
        """From now on, for another sign of life"""
        if self.since:
            self.since.cancel()
        self.since = threading.Timer(seconds, self.over, [f'said nothing for {seconds} s'])
        self.since.start()

    def over(self, why):
        """A time has run out"""
        self.ended = self.ended or why
        self.end()
