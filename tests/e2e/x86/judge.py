"""Whether a case's counters show that no interrupt was lost.

Each function gets a Tally and returns what is wrong with it, in words; nothing
if all is well. An exit code says nothing here: a guest with a lost interrupt
ends as happily as one without.

SPDX-License-Identifier: GPL-2.0-or-later
"""


class Tally:
    """What the three levels counted between a case's start and its end"""
    def __init__(self):
        self.values = {}        # of level 2's result
        self.counts = {}        # of all levels: "start", "end": {name: count}
        self.steps = []         # enable bits: (level 2's, level 1's)
        self.troubles = []

    def __getitem__(self, name):
        """A figure of level 2's result; 0 where it has none of that name"""
        return int(self.values.get(name) or 0)

    def during(self, name):
        """How often something happened between start and end"""
        start, end = (int(self.counts.get(at, {}).get(name, 0)) for at in ('start', 'end'))
        return end - start if 'end' in self.counts else 0

    def storm(self):
        """Interrupts that level 2 had handled before it asked for the first"""
        before = int(self.counts.get('start', {}).get('level2', 0))
        return before if before > 2000 else 0

    def complete(self):
        """Level 2 came to its result, or never will"""
        return bool(self.storm() or self.values and ('end' in self.counts or self.steps))


def trouble(tally):
    """What no case may show"""
    if tally.storm():
        return [f'a storm: {tally.storm()} interrupts before any was asked for']
    return tally.troubles + ([f'{tally["gone"]} complaints of the kernel'] if tally['gone'] else [])


def lost_between(tally):
    """One request at a time waits for one interrupt, so no two can merge and all
    levels must have seen the same number"""
    sent, host, guest = map(tally.during, ['sent', 'level1', 'level2'])
    bad = [] if sent == host else [f'{sent} sent, {host} handled in level 1']
    return bad if host == guest else bad + [f'{host} in level 1, {guest} in level 2']


def nvme(tally):
    """MSI-X of a disk that is read from"""
    bad = trouble(tally) + lost_between(tally)
    for name, what in [('polled', 'completions that had to be polled'),
                       ('failed', 'failed reads')]:
        if tally[name]:
            bad.append(f'{tally[name]} {what}')
    return bad if tally['reads'] > 50 else bad + [f'only {tally["reads"]} reads']


def nic(tally):
    """Pings, each of which waits for the one before. A function may merge the
    messages of several causes, so they are not compared."""
    bad = trouble(tally)
    unanswered = tally['pings'] - tally['answered']
    if unanswered > 1:          # one may be under way at the end
        bad.append(f'{unanswered} of {tally["pings"]} pings unanswered')
    return bad if tally['answered'] > 20 else bad + [f'only {tally["answered"]} pings']


def edu(tally):
    """INTx, raised one by one by a program that counts"""
    taken, host, guest = tally['taken'], tally.during('level1'), tally.during('level2')
    bad = trouble(tally) + ([f'{tally["lost"]} never came'] if tally['lost'] else [])
    if not taken == host == guest:
        bad.append(f'{taken} taken, {host} handled in level 1, {guest} in level 2')
    return bad if taken > 20 else bad + [f'only {taken} interrupts']


def nvme_intx(tally):
    """INTx of a disk: a level may be seen once too often, as on hardware, but not
    as a storm, and no read may wait"""
    bad = trouble(tally)
    reads, guest = tally['reads'], tally.during('level2')
    if tally['polled'] or tally['failed']:
        bad.append(f'{tally["polled"]} reads polled, {tally["failed"]} failed')
    if guest > 2 * reads + 20:
        bad.append(f'{guest} interrupts in level 2 for {reads} reads')
    return bad if reads > 100 else bad + [f'only {reads} reads']


def enable(tally):
    """Level 1's hardware shows the enable bit that level 2 has set"""
    bad = trouble(tally)
    bad += [f'step {number}: level 2 has {guest}, the hardware {host}'
            for number, (guest, host) in enumerate(tally.steps, 1) if guest != host]
    return bad if len(tally.steps) == 5 else bad + [f'{len(tally.steps)} of 5 steps']
