"""The ppc64 cases: what level 2 is, and what must come of it.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import dataclasses
import typing

import judge
import judge_messages

PINGS = 200
LIMIT = 300                     # seconds, for a level 2 on a busy machine


@dataclasses.dataclass(frozen=True)
class Case:
    """@machine: level 1, of level1.MACHINES; @irqchip: options of level 2's
    machine; @loses: stock traps BARs or loses messages, and so fails; @short: whether the
    short form has it, on "ours" alone or "both"; @host: level 1's vfio-pci-core,
    Debian's, with the fix for devices without DisINTx, or that without it, and
    options of vfio-pci; @times: stock and ours in turn, in full runs"""
    machine: str
    name: str
    irqchip: str
    judge: typing.Callable
    loses: bool = False
    short: str = ''
    append: str = 'pci=nomsi'   # to level 2's kernel
    functions: int = 1          # assigned
    properties: str = ''        # of vfio-pci in our QEMU
    host: str = 'fixed'
    emulators: tuple = ('stock', 'ours')
    times: int = 1
    other: str = ''             # what our QEMU sees of level 1, see other-host.c


def irqchip(mode, where):
    """in-kernel or emulated"""
    return f'ic-mode={mode},kernel-irqchip={"on" if where == "kernel" else "off"}'


XIVE = irqchip('xive', 'kernel')

UNFIXED = 'unfixed nointxmask=1'
OURS = ('ours',)

# Those with other options of level 1's modules come last. What Debian's kernel
# without the fix is called is a release that has it: x-intx-rearm=auto trusts that.
CASES = (
    Case('powernv9', 'xive-kernel', XIVE, judge.eoi, True, 'both', times=4),
    Case('powernv9', 'xive-emulated', irqchip('xive', 'emulated'), judge.eoi, True, 'ours'),
    Case('powernv9', 'xics-emulated', irqchip('xics', 'emulated'), judge.eoi, True, 'ours'),
    Case('powernv9', 'xics-kernel', irqchip('xics', 'kernel'), judge.bar),
    Case('powernv9', 'shared-line', XIVE, judge.shared, True, 'ours', functions=2),
    Case('powernv9', 'msix', XIVE, judge_messages.untouched, short='ours', append='',
         times=3),
    Case('powernv9', 'msix-maskall', XIVE, judge_messages.masked, True, 'ours',
         append='mask=all softlockup_panic=1'),
    Case('powernv9', 'msix-refused', XIVE, judge_messages.refused, emulators=OURS,
         append='mask=all softlockup_panic=1', other='XIVE_REFUSES=1'),
    Case('powernv9', 'nointxmask', XIVE, judge.eoi, True, host='fixed nointxmask=1'),
    Case('powernv9', 'unfixed', XIVE, judge.stalled, host=UNFIXED),
    Case('powernv9', 'unfixed-off', XIVE, judge.stalled, host=UNFIXED, emulators=OURS,
         properties=',x-intx-rearm=off'),
    Case('powernv9', 'unfixed-on', XIVE, judge.rearmed, host=UNFIXED, emulators=OURS,
         properties=',x-intx-rearm=on'),
    Case('powernv9', 'unfixed-auto', XIVE, judge.rearmed, host=UNFIXED, emulators=OURS,
         other='KERNEL_RELEASE=6.12.48'),
    Case('pseries', 'xics-kernel', irqchip('xics', 'kernel'), judge.kvm, short='ours', times=3),
)


def script(rows, scale):
    """What level 1 runs for these, and the seconds that all and that one may take"""
    lines, host = [], None
    for row in rows:
        case = row.case
        if case.host != host:
            host = case.host
            lines.append(f'host {host}')
        properties = case.properties if row.emulator == 'ours' else ''
        lines.append(f'run {row.name} {LIMIT * scale} {row.emulator} {case.irqchip} '
                     f'"{case.append} pings={PINGS * scale} seconds={120 * scale}" '
                     f'{case.functions} "{properties}" '
                     f'"{case.other if row.emulator == "ours" else ""}"')
    limit = LIMIT * scale
    return '\n'.join(lines) + '\n', 120 + limit * len(rows), limit
