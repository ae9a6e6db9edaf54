"""What came of the cases: verdicts, and the table of docs/results.md.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import gains
import tally

COLUMNS = ('case', 'QEMU', 'end by', 'pings', 'pings/CPU s', 'instr./ping', 'line rises', 'level 1', 'in QEMU',
           'EOIs', 'level 2', 'BARs trapped', 'verdict')


class Row:
    """A case on one of the two QEMUs"""
    def __init__(self, case, emulator, number=0):
        self.case, self.emulator, self.number = case, emulator, number
        self.tally = tally.Tally()

    @property
    def name(self):
        """As level 1 gets it"""
        again = f'/{self.number + 1}' if self.number else ''
        return f'{self.case.machine}/{self.case.name}/{self.emulator}{again}'

    key = name

    @property
    def bad(self):
        """What is wrong with what was counted, in words"""
        if not self.tally.complete:
            return ['did not come to its end']
        return self.case.judge(self.tally)

    @property
    def must_fail(self):
        """Stock, where the set is to gain something"""
        return self.emulator == 'stock' and self.case.loses

    @property
    def good(self):
        """As it has to be"""
        if not self.tally.complete or self.must_fail and self.tally.silent:
            return False
        return bool(self.bad) == self.must_fail

    def title(self):
        """The result's name in TAP"""
        title = f'/ppc64/{self.case.machine}/{"gains" if self.case.loses else "keeps"}/{self.case.name}'
        if self.emulator == 'stock':
            title += ' fails on stock' if self.must_fail else ' on stock'
        title += f', run {self.number + 1}' if self.number else ''
        return f'{title}: {"; ".join(self.bad) or self.figures()}'

    def figures(self):
        """What a good run counted"""
        tally = self.tally
        return (f'{tally["answered"]} pings, {tally.rate:.0f} per second of CPU time, {tally["lines"] or tally["msix"]} '
                f'interrupts in level 1, {tally["handled"]} in level 2')

    def cells(self):
        """The line of the table"""
        tally = self.tally
        lines = bool(tally['lines'])
        return [str(cell) for cell in (
            f'{self.case.machine}/{self.case.name}', self.emulator,
            tally.by or ('kvm' if tally['resample'] else 'bar' if lines else '-'),
            f'{tally["answered"]} of {tally["of"]}', f'{tally.rate:.1f}',
            tally.instructions or '-',
            tally['rises'] if lines else '-', tally['lines'] if lines else tally['msix'],
            tally['signalled'] if lines else tally['messages'],
            tally['esb'] or tally['xics'], tally['handled'], tally['trapped'],
            '; '.join(self.bad) or 'good')]


def table(rows, days):
    """The section of docs/results.md"""
    lines = ['| ' + ' | '.join(COLUMNS) + ' |', '|' + '---|' * len(COLUMNS)]
    lines += ['| ' + ' | '.join(row.cells()) + ' |' for row in rows]
    return '\n'.join([*lines, '', f'Run on {days}.', '', *gains.table(rows)])
