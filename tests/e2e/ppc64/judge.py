"""Whether a case's counters show that the guest got its interrupts as it should.

Each function gets a Tally and returns what is wrong with it, in words; nothing
if all is well.

SPDX-License-Identifier: GPL-2.0-or-later
"""


def common(tally):
    """What no case may show"""
    bad = ['level 2 died'] if tally.died else []
    if tally['complaints']:
        bad.append(f'{tally["complaints"]} complaints of its kernel about what hangs')
    if tally['answered'] != tally['of'] or not tally['of']:
        bad.append(f'{tally["answered"]} of {tally["of"]} pings answered')
    return bad + (['"nobody cared"'] if tally['nobody'] else [])


def untrapped(tally):
    """The guest's EOI ends each INTx, and no access to a BAR has to"""
    bad = common(tally)
    if tally['trapped']:
        bad.append(f'BARs trapped {tally["trapped"]} times')
    if tally['missing']:
        bad.append(f'{tally["missing"]} EOIs missed')
    if tally.by not in ('', 'eoi'):
        bad.append(f'the end is learnt by {tally.by}')
    # Where the line is up still when it is unmasked, VFIO sends an event by itself. An
    # EOI of another function of the line may end one that QEMU has not read.
    events = tally['signalled'] + tally['unread']
    if events < tally['lines'] or tally['ended'] != events:
        bad.append(f'{tally["lines"]} in level 1, {tally["signalled"]} signalled, '
                   f'{tally["unread"]} not read, {tally["ended"]} ended in QEMU')
    return bad if tally['lines'] > 20 else bad + [f'only {tally["lines"]} interrupts']


def eoi(tally):
    """One function alone on its line: the same number of interrupts everywhere"""
    bad = untrapped(tally)
    if tally['handled'] != tally['signalled']:
        bad.append(f'{tally["signalled"]} signalled, {tally["handled"]} in level 2')
    # A line that falls and rises while masked is one interrupt; that is rare.
    if abs(tally['rises'] - tally['handled']) > 2 + tally['rises'] // 50:
        bad.append(f'{tally["rises"]} rises of the line, {tally["handled"]} in level 2')
    return bad


def shared(tally):
    """Functions that share a line: one interrupt of the guest may serve several"""
    signalled, handled = tally['signalled'], tally['handled']
    return untrapped(tally) + (
        [f'{signalled} signalled, {handled} in level 2'] if handled > signalled else [])


def unfixed(tally):
    """The host's module is the one without the fix. Only that one is unsigned"""
    return [] if 'E' in tally.values.get('taint', '') else ["level 1's module has the fix"]


def stalled(tally):
    """A host whose controller raises a line once gets one interrupt, and no more"""
    bad = unfixed(tally) + (['re-armed'] if tally['rearm'] else []) + (
        ['level 2 died'] if tally.died else [])
    if tally['answered'] or tally['lines'] > 2 or not tally['lines']:
        bad.append(f'no stall: {tally["lines"]} interrupts in level 1, '
                   f'{tally["answered"]} pings answered')
    return bad


def rearmed(tally):
    """There, each end re-arms the line"""
    bad = unfixed(tally) + common(tally) + ([] if tally['rearm'] else ['not re-armed'])
    return bad if tally['lines'] > 20 else bad + [f'only {tally["lines"]} interrupts']


def bar(tally):
    """No EOI is to be seen: BARs are trapped, and all works as it can"""
    bad = common(tally) + ([] if tally['trapped'] else ['BARs were never trapped'])
    if tally.by not in ('', 'bar'):
        bad.append(f'the end is learnt by {tally.by}')
    return bad


def kvm(tally):
    """KVM's resample irqfd does it all"""
    bad = common(tally)
    if not tally['resample'] or tally.by not in ('', 'kvm'):
        bad.append(f'no resample irqfd{tally.by and ", the end is learnt by " + tally.by}')
    if tally['trapped'] or tally['signalled']:
        bad.append(f'{tally["signalled"]} interrupts came to QEMU')
    if tally['handled'] < tally['lines']:
        bad.append(f'{tally["lines"]} in level 1, {tally["handled"]} in level 2')
    return bad
