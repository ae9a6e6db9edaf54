"""Run cases in one level-1 machine, and tally what each counted.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import cases
import level1


class Session:
    """The rows of one level-1 machine. It is started once more for rows whose level
    2, or which itself, died without a word: under emulation that happens now and then,
    more often where BARs are trapped."""
    def __init__(self, rows, scale, say, show=None, counting=False):
        self.rows, self.scale, self.say, self.show = rows, scale, say, show
        self.counting = counting
        self.running, self.before, self.start = None, {}, 0

    def run(self):
        """At most twice"""
        for attempt in (1, 2):
            missing = [row for row in self.rows if not row.tally.complete or row.tally.silent]
            if missing:
                machine = missing[0].case.machine
                script, *limits = cases.script(missing, self.scale)
                name = f'{machine}-{attempt}'
                self.say(f'level 1: {name}, console in {level1.BUILD}/log/{name}.log')
                died = level1.run(machine, name, script, limits, self.take, self.show,
                                  self.counting).died
                self.say(died or f'level 1: {name} ended')

    def take(self, mark, counts, time):
        """Put a mark, and what level 0 knew when it came, where they belong"""
        if mark.name == 'begin':
            # Firmware's words may come in between; then that row waits for another run.
            self.running = next((r for r in self.rows if r.name == mark.values.get('run')), None)
            self.say(f'{mark.seconds:.0f} s: {mark.values.get("run")}')
            if self.running:
                self.running.tally.values, self.before = {}, counts
        elif not self.running:
            return
        elif mark.name == 'l2-start':
            self.start = time
        elif mark.name in ('l2-result', 'l2-settled', 'level1'):
            values = self.running.tally.values
            values.update(mark.values)
            values.update({name: counts[name] - self.before[name] for name in counts})
            if mark.name == 'l2-result':
                values['time'] = time - self.start
            if mark.name == 'level1':
                self.say(self.running.title())
        elif mark.name == 'end':
            self.running.tally.values['status'] = mark.values['status']
            if mark.values['status'] != '0':
                self.say(f'{self.running.name}: QEMU ended with status {mark.values["status"]}')
