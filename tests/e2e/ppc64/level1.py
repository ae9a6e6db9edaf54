"""The level-1 machines of POWER, by software: powernv9, whose KVM has the real
XIVE and no resample irqfd, and a pseries guest that is a nested hypervisor, whose
in-kernel XICS has one.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import io
import os
import pathlib

import newc

import level0
import machine
import peer
from images import BUILD, kernel

NESTED = ('pseries,cap-nested-hv=on,ic-mode=xics,cap-cfpc=broken,cap-sbbc=broken,'
          'cap-ibs=broken,cap-ccf-assist=off')
EMULATOR = 'qemu-system-ppc64'
MACHINES = {'powernv9': ['-M', 'powernv9'],
            'pseries': ['-M', NESTED, '-cpu', 'POWER9', '-nodefaults']}


def functions(name, peers):
    """One for each peer. On powernv9 each is alone on a bus, and in a group of its own"""
    for number, other in enumerate(peers):
        place = f'bus=pcie.{number},addr=0' if name == 'powernv9' else f'addr={number + 2}'
        yield from ['-netdev', other.netdev(), '-device', f'e1000e,netdev={other.name},{place},'
                    f'mac=52:54:00:00:00:{number:02x},romfile=']


def command(counting, name, initrd, trace, pid, peers):
    """QEMU's"""
    return [*level0.emulator(EMULATOR, counting), *MACHINES[name], '-accel', 'tcg,thread=single', '-smp', '1',
            '-m', '2G', '-nic', 'none', '-display', 'none', '-no-reboot',
            '-monitor', 'none', '-serial', 'stdio',
            '-kernel', kernel('64k'), '-initrd', initrd,
            '-append', 'console=hvc0 quiet loglevel=4 cpuidle.off=1', *functions(name, peers),
            '-trace', 'e1000e_irq_legacy_notify', '-trace', 'e1000e_irq_msix_notify_vec',
            '-D', trace, '-pidfile', pid]


class Classify:
    """Level 0's trace: the line's rises, and messages"""
    def __init__(self):
        self.level = False

    def __call__(self, line):
        if line.startswith('e1000e_irq_msix'):
            return 'sent'
        if line.startswith('e1000e_irq_legacy'):
            before, self.level = self.level, line.endswith('1')
            return 'rises' if self.level and not before else None
        return None


def processor_time(pid):
    """What level 0's QEMU has used, in seconds. A level's own clock runs on when
    others use the machine; this does not."""
    stat = pathlib.Path('/proc', pid.read_text(encoding='utf-8').strip(), 'stat')
    user, system = stat.read_text(encoding='utf-8').rpartition(')')[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf('SC_CLK_TCK')


def run(kind, name, script, limits, take, show=None, counting=False):
    """Boot one of MACHINES with @script as its list of runs, @limits in seconds: for all,
    and for one case; @take gets each mark, level 0's counts at that moment, and the
    processor time up to then; @counting: level 0 counts instructions"""
    logs = BUILD / 'log'
    initrd, pid = BUILD / f'{name}.cpio', BUILD / f'{name}.pid'
    extra = newc.Archive()
    extra.file('runs.sh', script)
    packed = io.BytesIO()
    extra.write(packed)
    initrd.write_bytes((BUILD / 'level1.cpio').read_bytes() + packed.getvalue())
    trace = level0.Trace(logs / f'{name}.trace', Classify())
    try:
        with peer.Peer('net0') as first, peer.Peer('net1') as second:
            level1 = machine.Machine(
                command(counting, kind, initrd, trace.path, pid, [first, second]),
                logs / f'{name}.log', *limits, show=show)
            return level1.run(lambda mark: take(mark, trace.read(), processor_time(pid)))
    finally:
        initrd.unlink()
