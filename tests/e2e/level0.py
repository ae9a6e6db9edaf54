"""Level 0: which QEMU it is, and what that saw, its trace of the emulated devices
and the IOMMU, read while it is being written.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
ENTRY = re.compile(r'vtd_ir_irte_get index \d+ low 0x([0-9a-f]+)')



def build_counting(name):
    """What emulator() needs to count"""
    if subprocess.run([TOP / 'scripts/build-counting', name], check=False).returncode:
        sys.exit(1)


def emulator(name, counting=False):
    """The first words of its command: the stock emulator of this name; or one that
    counts what it executes between two marks, see count-instructions.c"""
    if not counting:
        return [TOP / 'build/10.0-stock' / name]
    build = TOP / f'build/10.0-stock/plugins-{name}'
    return [build / name, '-L', '/usr/share/qemu', '-L', '/usr/share/seabios',
            '-plugin', build / 'count-instructions.so', '-d', 'plugin']


class Trace:
    """The file that QEMU writes with -D; @classify turns a line into the name
    under which it is counted, or None. When "moment" is counted, the counts are put
    by: the reader may be late, and the machine has gone on."""
    def __init__(self, path, classify):
        self.path, self.classify = pathlib.Path(path), classify
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(b'')
        self.counts, self.offset, self.rest = collections.Counter(), 0, ''
        self.moments = collections.deque()

    def read(self):
        """Count what was written since; return all counts up to now"""
        with self.path.open('rb') as trace:
            trace.seek(self.offset)
            new = trace.read()
        self.offset += len(new)
        *lines, self.rest = (self.rest + new.decode('utf-8', 'replace')).split('\n')
        for line in lines:
            word, _, number = line.partition(' ')
            if word == 'instructions':      # the plugin of ours says so
                self.counts[word] += int(number)
            name = self.classify(line)
            if name:
                self.counts[name] += 1
            if name == 'moment':
                self.moments.append(self.counts.copy())
        return self.counts.copy()

    def at(self, mark):
        """All counts at the moment that came with a mark of level 1, or up to now"""
        now = self.read()
        if mark.name == 'level1-up':
            self.moments.clear()        # firmware writes to that port, too
        elif mark.name == 'level1' and self.moments:
            return self.moments.popleft()
        return now


def messages(line):
    """An interrupt message that the IOMMU let through, named by the device that
    sent it, or level 1's write to a port, its word for "now". The requester's
    number begins the upper half of the table's entry, which QEMU's trace calls
    "low"."""
    if line.startswith('port92_write'):
        return 'moment'
    found = ENTRY.match(line)
    if not found:
        return None
    requester = int(found[1], 16) & 0xffff
    return f'{requester >> 8:02x}:{requester >> 3 & 0x1f:02x}.{requester & 7}'
