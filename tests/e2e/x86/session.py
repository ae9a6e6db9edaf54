"""Run cases in as few level-1 machines as possible, and tally what each counted.

A level 1 or 2 under software emulation may die without a word; the cases that had
not come to their end are then run again, and those whose turn had not come.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections

import cases
import tally
import level1


ATTEMPTS = 4
TRIES = 3                       # of one case: a lost interrupt is a result, and no death


class Session:
    """@rows: the cases, on one or both QEMUs, of machines of one kind of
    level 1; each gets its tally"""
    def __init__(self, rows, scale, say, show=None):
        self.rows, self.scale, self.say, self.show = rows, scale, say, show
        self.running = self.asked = self.blamed = None
        self.name, self.begun = '', collections.Counter()

    def run(self):
        """Everything; how the machines died that died"""
        deaths = []
        for attempt in range(1, ATTEMPTS + 1):
            missing = [row for row in self.rows if not row.complete and self.begun[row] < TRIES]
            if missing:
                report = self.boot(missing, attempt)
                deaths += [report.died] if report.died else []
        return deaths

    def boot(self, missing, attempt):
        """One level 1, for all that is missing"""
        longest = max(cases.patience(row.machine, row.emulator, [row.case], self.scale)
                      for row in missing)
        limit, script = 240, ''
        groups = collections.defaultdict(list)
        for row in missing:
            row.tally = tally.Tally()
            groups[row.machine, row.emulator].append(row.case)
        for (machine, emulator), group in groups.items():
            seconds, text = cases.script(machine, emulator, group, self.scale)
            limit += seconds
            script += text
        kind = missing[0].machine
        name = f'{kind.name}-{attempt}'
        self.say(f'level 1 with {kind.cpus} CPU, console in {level1.BUILD}/log/{name}.log')
        report = level1.run(name, script, kind, [limit, longest], self.take, self.show)
        if report.died:
            self.say(report.died)
        return report

    def take(self, mark, sent):
        """Put a mark, and level 0's counts when it came, where they belong"""
        values, tally = mark.values, self.running.tally if self.running else None
        if mark.name == 'begin':
            self.name, self.running = values['run'], None
            # If level 2 does not come to a case, this one is to blame.
            self.blamed = next(row for row in self.rows if not row.complete and
                               self.name == f'{row.machine.name}/{row.emulator}')
            self.begun[self.blamed] += 1
            self.say(f'{mark.seconds:.0f} s: starts {self.name}')
        elif mark.name == 'l2-case':
            self.start(mark)
        elif mark.name == 'end' and values['status'] != '0':
            self.say(f'{self.name}: QEMU ended with status {values["status"]}')
        elif mark.name == 'silent':
            self.say(f'{self.name}: said nothing for {values["seconds"]} s')
        elif mark.name == 'trouble':
            self.say(f'{self.name}: {values}')
            if tally:
                tally.troubles.append(str(values))
        elif mark.name in ('l2-settled', 'l2-msix'):
            self.asked = values
        elif mark.name == 'level1' and 'step' in self.asked:
            tally.steps.append((self.asked['enabled'], values['enabled']))
        elif mark.name == 'level1':
            function = level1.FUNCTIONS[self.asked['device']]
            tally.counts[self.asked['at']] = {
                **values, 'level1': values['handled'],
                'level2': self.asked['handled'], 'sent': sent[function],
                'instructions': sent['instructions']}
        elif mark.name == 'l2-result':
            tally.values = values

    def start(self, mark):
        """Level 2 begins with a case"""
        name = f'{self.name}/{mark.values["case"]}'
        self.say(f'{mark.seconds:.0f} s: {name}')
        self.running = next(row for row in self.rows if name ==
                            f'{row.machine.name}/{row.emulator}/{row.case.name}')
        if self.running is not self.blamed:
            self.begun[self.running] += 1
