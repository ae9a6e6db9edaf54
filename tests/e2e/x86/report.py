"""What came of the cases: verdicts, and the table of docs/results.md.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import math

import judge
import tally

COLUMNS = ('case', 'QEMU', 'seconds', 'provocations', 'requests', 'sent', 'level 1',
           'level 2', 'late', 'SET_IRQS', 'KVM_IRQFD', 'routings', 'µs', 'instr.',
           'verdict')


class Row:
    """A case on one of the two QEMUs"""
    def __init__(self, machine, emulator, case):
        self.machine, self.emulator, self.case = machine, emulator, case
        self.tally = tally.Tally()

    @property
    def complete(self):
        """It came to its end"""
        return self.tally.complete()

    @property
    def bad(self):
        """What is wrong with what was counted, in words"""
        if not self.complete:
            return ['did not come to its end']
        return self.case.judge(self.tally) + judge.learnt(self.machine.by, self.tally)

    @property
    def counts(self):
        """Stock has a result of its own only where it must fail"""
        return self.emulator == 'ours' or self.case.loses

    @property
    def good(self):
        """As it has to be"""
        return self.complete and bool(self.bad) == (self.emulator == 'stock' and self.case.loses)

    @property
    def name(self):
        """As --case takes it"""
        return f'{self.machine.name}/{self.case.name}'

    @property
    def key(self):
        """Under which its results are kept"""
        return f'{self.name}/{self.emulator}'

    def title(self):
        """The result's name in TAP"""
        if self.emulator == 'ours':
            return self.name
        return f'{self.name} {"fails" if self.case.loses else ""} on stock'

    def explain(self):
        """What was counted, for TAP's comments"""
        words = dict(zip(COLUMNS, self.cells()))
        return [' '.join(f'{k}: {v};' for k, v in words.items() if v not in ('', '0'))]

    def cells(self):
        """The line of the table"""
        tally = self.tally
        requests = tally['reads'] or tally['pings'] or tally['taken'] + tally['lost']
        late = tally['polled'] or tally['pings'] - tally['answered'] or tally['lost']
        calls = ['vfio_pci_set_irqs_ioctl', 'kvm_irqfd', 'kvm_set_irq_routing']
        sent = 0 if self.machine.append.startswith('pci=nomsi') else tally.during('sent')
        return [str(cell) for cell in (
            self.name, self.emulator, tally['seconds'], tally['toggles'] + tally['moves'],
            requests, sent, tally.during('level1'), tally.during('level2'), late,
            *map(tally.during, calls), tally['us'], tally.instructions(),
            '; '.join(self.bad) or 'good')]


def odds(rows):
    """How sure it is that ours loses nothing, from how soon stock did"""
    losing = [r for r in rows if r.case.loses and r.complete and r.tally['toggles']]
    stock = [r for r in losing if r.emulator == 'stock']
    ours = [r for r in losing if r.emulator == 'ours']
    lost = sum(r.tally['polled'] for r in stock)
    exposed = sum(r.tally['seconds'] for r in stock)
    safe = sum(r.tally['seconds'] for r in ours)
    if not lost or not ours or any(r.bad for r in ours):
        return ''
    chance = math.exp(-safe * lost / exposed)
    return (f'Stock lost {lost} in {exposed} s of masking and unmasking; ours none in '
            f'{safe} s. At stock\'s rate such a run without a loss has a chance of '
            f'{chance:.2g}.')


def table(rows, days):
    """The section of docs/results.md"""
    lines = ['| ' + ' | '.join(COLUMNS) + ' |', '|' + '---|' * len(COLUMNS)]
    lines += ['| ' + ' | '.join(row.cells()) + ' |' for row in rows]
    return '\n'.join([*lines, '', f'Run on {days}. {odds(rows)}'])
