"""Whether a case's counters show that no interrupt was lost.

Each function gets a Tally and returns what is wrong with it, in words. An exit
code says nothing here: a guest with a lost interrupt ends as happily as others.

SPDX-License-Identifier: GPL-2.0-or-later
"""


def trouble(tally):
    """What no case may show"""
    if tally.storm():
        return [f'a storm: {tally.storm()} interrupts before the first request']
    return tally.troubles + ([f'{tally["gone"]} complaints of the kernel'] if tally['gone'] else [])


def lost_between(tally):
    """A request waits for one interrupt, so none merge: all levels see as many"""
    sent, host, guest = map(tally.during, ['sent', 'level1', 'level2'])
    bad = [] if sent == host else [f'{sent} sent, {host} handled in level 1']
    return bad if host == guest else bad + [f'{host} in level 1, {guest} in level 2']


def nvme(tally):
    """MSI-X of a disk that is read from"""
    bad = trouble(tally) + lost_between(tally)
    if tally['polled'] or tally['failed']:
        bad.append(f'{tally["polled"]} reads polled, {tally["failed"]} failed')
    return bad if tally['reads'] > 50 else bad + [f'only {tally["reads"]} reads']


def nic(tally):
    """Pings. Messages may merge, and drivers raise again: silence alone is wrong"""
    bad = trouble(tally)
    if tally['after'] != 5:
        bad.append(f'{tally["after"]} of 5 pings afterwards')
    return bad if tally['answered'] > 5 else bad + [f'only {tally["answered"]} pings']


def balanced(tally):
    """The same, while irqbalance works"""
    return nic(tally) + ([] if tally['moves'] else ['irqbalance moved nothing'])


def edu(tally):
    """INTx, raised one by one by a program that counts"""
    taken, host, guest = tally['taken'], *map(tally.during, ['level1', 'level2'])
    bad = trouble(tally) + ([f'{tally["lost"]} never came'] if tally['lost'] else [])
    if not taken == host == guest:
        bad.append(f'{taken} taken, {host} handled in level 1, {guest} in level 2')
    return bad if taken > 20 else bad + [f'only {taken} interrupts']


def nvme_intx(tally):
    """INTx of a disk: a level may be seen once too often, but not as a storm"""
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


def cost(tally):
    """What a round costs the host; ours asks VFIO for nothing"""
    calls, rounds = tally.during('vfio_pci_set_irqs_ioctl'), tally['toggles']
    bad = trouble(tally) + ([f'{calls} SET_IRQS for {rounds} rounds'] if calls else [])
    return bad if rounds > 20 else bad + [f'only {rounds} rounds']
