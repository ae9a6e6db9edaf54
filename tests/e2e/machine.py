"""Run a level-1 machine: a QEMU without KVM that boots a kernel whose scripts
tell on the console how far they have come.

A line with "#e2e NAME KEY=VALUE..." is a mark, from either level. The machine
has come to its end with the mark "done"; anything else is a death, and the
report says after which mark and with which last words.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import pathlib
import re
import subprocess
import time

import patience

MARK = re.compile(r'#e2e ([\w-]+)((?: [\w-]+=\S*)*)')
# What terminals and firmware put into a console's text
CONTROL = re.compile(r'\x1b\[[0-9;?]*[A-Za-z]|\x1bc|[\x00-\x08\x0b-\x1f]')


class Mark:
    """A line by which a script says what it does or what it has found"""
    def __init__(self, name, values, seconds):
        self.name, self.values, self.seconds = name, values, seconds

    def number(self, key):
        """A value that is a count; 0 if the script could not tell"""
        return int(self.values.get(key) or 0)


class Report:
    """What came of a machine: its marks, its lines, and what it died of"""
    def __init__(self):
        self.marks, self.lines = [], []
        self.died, self.seconds = None, 0

    def named(self, name):
        """All marks of a name"""
        return [mark for mark in self.marks if mark.name == name]


class Machine:
    """@command: QEMU's, with its first serial line on standard output;
    @log: where the console is kept; @limit: seconds; @show: gets each line;
    @longest: see Patience"""
    def __init__(self, command, log, limit, longest=None, show=None):
        self.command = [str(word) for word in command]
        self.limit, self.longest = limit, longest
        self.log, self.show = pathlib.Path(log), show

    def run(self, take=lambda mark: None):
        """Run it to its end; @take is called at each mark, when it comes"""
        report, start = Report(), time.monotonic()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open('w', encoding='utf-8') as log, subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, errors='replace',
                # A carriage return alone ends no line.
                bufsize=1) as qemu:
            try:
                with patience.Patience(qemu.kill, self.limit, self.longest) as wait:
                    for line in qemu.stdout:
                        self.line(report, line, time.monotonic() - start, log, take, wait)
                    status = qemu.wait()
            finally:
                qemu.kill()     # also where somebody interrupts this
        report.seconds = time.monotonic() - start
        if not report.named('done'):
            what = wait.ended or f'ended (QEMU: {status})'
            report.died = f'level 1 {what} {where(report)}; console: {self.log}'
        return report

    def line(self, report, line, seconds, log, take, wait):
        """Keep a line of the console, and act on it if it is a mark"""
        line = CONTROL.sub('', line.rstrip('\n'))
        log.write(f'[{seconds:7.2f}] {line}\n')
        log.flush()
        if self.show:
            self.show(line)
        if line.strip():
            report.lines.append(line)
        found = MARK.search(line)
        if found:
            values = dict(word.split('=', 1) for word in found[2].split())
            report.marks.append(Mark(found[1], values, seconds))
            wait.marked(report.marks[-1])
            take(report.marks[-1])


def where(report):
    """How far it had come"""
    mark = report.marks[-1] if report.marks else None
    values = ''.join(f' {k}={v}' for k, v in mark.values.items()) if mark else ''
    after = f'after "{mark.name}{values}" at {mark.seconds:.0f} s' if mark else 'before any mark'
    return f'{after}, its last line: {report.lines[-1] if report.lines else "none"}'
