"""The counts of one case.

SPDX-License-Identifier: GPL-2.0-or-later
"""


class Tally:
    """What the three levels counted between a case's start and its end"""
    def __init__(self):
        self.values = {}        # of level 2's result
        self.counts = {}        # of all levels: "start", "end": {name: count}
        self.steps, self.troubles = [], []      # a step: level 2's, level 1's enable bit

    def __getitem__(self, name):
        """A figure of level 2's result; 0 where it has none of that name"""
        return int(self.values.get(name) or 0)

    def during(self, name):
        """How often something happened between start and end"""
        start, end = (int(self.counts.get(at, {}).get(name, 0)) for at in ('start', 'end'))
        return end - start if 'end' in self.counts else 0

    def instructions(self):
        """Those of a round, where they were counted"""
        return self.during('instructions') // max(self['toggles'], 1)

    def storm(self):
        """Interrupts that level 2 got for none of level 1's, before any request"""
        start = self.counts.get('start', {})
        extra = int(start.get('level2', 0)) - int(start.get('level1', 0))
        return extra if extra > 2000 else 0

    def complete(self):
        """Level 2 came to its result, or never will"""
        return bool(self.storm() or self.values and ('end' in self.counts or self.steps))
