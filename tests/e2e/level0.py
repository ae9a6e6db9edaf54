"""What level 0 saw: QEMU's trace of the emulated devices and the IOMMU, read
while it is being written.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import pathlib
import re

ENTRY = re.compile(r'vtd_ir_irte_get index \d+ low 0x([0-9a-f]+)')


class Trace:
    """The file that QEMU writes with -D; @classify turns a line into the name
    under which it is counted, or None"""
    def __init__(self, path, classify):
        self.path, self.classify = pathlib.Path(path), classify
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(b'')
        self.counts, self.offset, self.rest = collections.Counter(), 0, ''

    def read(self):
        """Count what was written since; return all counts up to now"""
        with self.path.open('rb') as trace:
            trace.seek(self.offset)
            new = trace.read()
        self.offset += len(new)
        *lines, self.rest = (self.rest + new.decode('utf-8', 'replace')).split('\n')
        for line in lines:
            name = self.classify(line)
            if name:
                self.counts[name] += 1
        return self.counts.copy()


def messages(line):
    """An interrupt message that the IOMMU let through, named by the device that
    sent it. The requester's number begins the upper half of the table's entry,
    which QEMU's trace calls "low"."""
    found = ENTRY.match(line)
    if not found:
        return None
    requester = int(found[1], 16) & 0xffff
    return f'{requester >> 8:02x}:{requester >> 3 & 0x1f:02x}.{requester & 7}'
