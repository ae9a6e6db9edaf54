"""The level-1 machine of x86: QEMU's q35 by software, with an IOMMU that remaps
interrupts, AMD's virtualisation, and functions to assign.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import io

import newc

import level0
import machine
from images import BUILD

EMULATOR = 'qemu-system-x86_64'
FUNCTIONS = {'nvme': '00:04.0', 'edu': '00:05.0', 'igb': '00:06.0', 'e1000e': '00:07.0'}
APPEND = ('console=ttyS0 intel_iommu=on iommu.strict=0 nokaslr mitigations=off '
          'tsc=reliable no_timer_check oops=panic panic=-1 quiet loglevel=4')

# KVM polls before it sleeps; what is to be counted is not how long level 0's disk takes.
UNPOLLED = 'echo 0 >/sys/module/kvm/parameters/halt_poll_ns\n'


def command(initrd, trace, kind):
    """QEMU's; -no-reboot makes a reset an end that can be told from success.

    The first processor runs no level 2 where there are several. When another one
    restores floating-point registers, QEMU's cpu_clear_ignne() changes a word of the
    first one's flags, and that by reading and writing it. It was seen to undo what a
    VMRUN or an exit had just written there: interrupts in the midst of KVM's switch
    of registers, and host addresses taken for a guest's; level 1 or 2 reset then."""
    cpus = kind.cpus + (kind.cpus > 1)
    return [
        *level0.emulator(EMULATOR, kind.counted), '-M', 'q35', '-accel', 'tcg,thread=multi',
        '-cpu', 'EPYC', '-smp', cpus,
        '-m', '2048', '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot',
        '-serial', 'stdio', '-device', 'intel-iommu,intremap=on',
        '-kernel', BUILD / 'vmlinux', '-initrd', initrd, '-append', APPEND,
        '-drive', f'if=none,id=disk,file={BUILD}/disk,format=raw,snapshot=on',
        '-device', 'nvme,serial=e2e,drive=disk,addr=4', '-device', 'edu,addr=5',
        *nic('igb', 6), *nic('e1000e', 7), *nic('e1000e', 8),
        '-trace', 'vtd_ir_irte_get', '-trace', 'port92_write', '-D', trace]


def nic(model, slot):
    """A network function on the hub that all of them share"""
    return ['-netdev', f'hubport,hubid=0,id=net{slot}', '-device',
            f'{model},netdev=net{slot},mac=52:54:00:00:00:{slot:02x},addr={slot},romfile=']


def run(name, script, kind, limits, take, show=None, archives=()):
    """Boot one of @kind's with @script as its list of runs, @limits in seconds: for
    all, and for the longest silence of a case; @take gets each mark and level 0's
    counts at that moment; @archives go on top of the root file system"""
    logs = BUILD / 'log'
    initrd = BUILD / f'{name}.cpio'
    extra = newc.Archive()
    extra.file('runs.sh', (UNPOLLED if kind.counted else '') + script)
    packed = io.BytesIO()
    extra.write(packed)
    parts = [path.read_bytes() for path in (BUILD / 'level1.cpio', *archives)]
    initrd.write_bytes(b''.join([*parts, packed.getvalue()]))
    trace = level0.Trace(logs / f'{name}.trace', level0.messages)
    try:
        level1 = machine.Machine(command(initrd, trace.path, kind),
                                 logs / f'{name}.log', *limits, show=show)
        return level1.run(lambda mark: take(mark, trace.at(mark)))
    finally:
        initrd.unlink()
