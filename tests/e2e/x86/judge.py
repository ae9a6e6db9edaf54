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


def provoked(tally):
    """Masks and moves; without them nothing is shown"""
    times = tally['toggles'] + tally['moves']
    return [] if times >= 10 else [f'only {times} provocations']


def learnt(by, tally):
    """The end of each INTx was learnt in this way, if it matters"""
    came, handled = tally.during('vfio_intx_interrupt'), tally.during('level2')
    trapped = tally.during('vfio_region_mmaps_set_enabled')
    bad = [f'{came} interrupts came to QEMU'] if by == 'kvm' and came else []
    if by == 'eoi' and (trapped or not came):
        bad.append(f'BARs trapped {trapped} times for {came} interrupts')
    # A level may be seen once too often. Where KVM does it all, that is its business.
    if by == 'eoi' and handled > 2 * came + 20:
        bad.append(f'{handled} interrupts in level 2 for {came} in QEMU')
    return bad


def lost_between(tally):
    """A request waits for one interrupt, so none merge: all levels see as many"""
    sent, host, guest = map(tally.during, ['sent', 'level1', 'level2'])
    bad = [] if sent == host else [f'{sent} sent, {host} handled in level 1']
    return bad if host == guest else bad + [f'{host} in level 1, {guest} in level 2']


def nvme(tally):
    """MSI-X of a disk that is read from"""
    bad = trouble(tally) + lost_between(tally) + provoked(tally)
    if tally['polled'] or tally['failed']:
        bad.append(f'{tally["polled"]} reads polled, {tally["failed"]} failed')
    return bad if tally['reads'] > 50 else bad + [f'only {tally["reads"]} reads']


def nic(tally):
    """Pings. Messages may merge, and drivers raise again: silence alone is wrong"""
    bad = trouble(tally) + provoked(tally)
    if tally['after'] != 5:
        bad.append(f'{tally["after"]} of 5 pings afterwards')
    return bad if tally['answered'] > 5 else bad + [f'only {tally["answered"]} pings']


def edu(tally):
    """INTx, raised one by one by a program that counts"""
    taken, host, guest = tally['taken'], *map(tally.during, ['level1', 'level2'])
    bad = trouble(tally) + ([f'{tally["lost"]} never came'] if tally['lost'] else [])
    if not taken == host == guest:
        bad.append(f'{taken} taken, {host} handled in level 1, {guest} in level 2')
    return bad if taken > 20 else bad + [f'only {taken} interrupts']


def nvme_intx(tally):
    """INTx of a disk"""
    bad, reads = trouble(tally), tally['reads']
    if tally['polled'] or tally['failed']:
        bad.append(f'{tally["polled"]} reads polled, {tally["failed"]} failed')
    return bad if reads > 100 else bad + [f'only {reads} reads']


def enable(tally):
    """Level 1's hardware shows the enable bit that level 2 has set"""
    bad = trouble(tally)
    bad += [f'step {number}: level 2 has {guest}, the hardware {host}'
            for number, (guest, host) in enumerate(tally.steps, 1) if guest != host]
    steps = ' '.join(guest for guest, _ in tally.steps)
    return bad if steps == '1 0 1 1 0' else bad + [f'level 2 has {steps}, not 1 0 1 1 0']


def cost(tally):
    """What a round costs the host; ours asks VFIO for nothing"""
    calls, rounds = tally.during('vfio_pci_set_irqs_ioctl'), tally['toggles']
    bad = trouble(tally) + ([f'{calls} SET_IRQS for {rounds} rounds'] if calls else [])
    bad += [] if tally.instructions() else ['no instructions counted']
    return bad if rounds > 20 else bad + [f'only {rounds} rounds']
