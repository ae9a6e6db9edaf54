"""The x86 cases: what level 2 runs, and what must come of it.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import dataclasses
import typing

import judge


@dataclasses.dataclass(frozen=True)
class Case:
    """@script: level2/SCRIPT.sh and its arguments, {s} being the seconds;
    @loses: stock shows it, in a run that ends when it has; @full: in full runs alone"""
    name: str
    device: str
    script: str
    judge: typing.Callable
    seconds: int = 8
    loses: bool = False
    full: bool = False


@dataclasses.dataclass(frozen=True)
class Machine:
    """A level 2 and the level 1 under it; its cases run in it one by one"""
    name: str
    cases: tuple
    cpus: int = 1               # of level 1 that run level 2
    counted: bool = False       # level 0 counts instructions
    module: str = ''            # options of vfio-pci in level 1
    properties: str = ''        # of QEMU's vfio-pci
    options: str = ''           # of QEMU
    append: str = ''            # to level 2's kernel
    accel: str = 'kvm -cpu host'    # level 2's, and its CPU
    slow: int = 0               # seconds that level 2 may take longer
    by: str = ''                # how the end of an INTx has to be learnt


ENABLE = Case('enable', 'nvme', 'enable', judge.enable)
MASK = Case('nvme-mask', 'nvme', 'nvme:vectors:{s}', judge.nvme, 30, loses=True)
EDU = Case('edu', 'edu', 'edu:{s}', judge.edu, 4)
# A mask of an idle vector, and of one that takes an interrupt each round.
COST = tuple(Case(name, 'nvme', f'cost:{{s}}:{arguments}', judge.cost, 4, full=True)
             for name, arguments in (
                 ('idle-same', 'same'), ('idle-other', 'other'), ('used-none', 'none:/dev/nvme0n1'),
                 ('used-same', 'same:/dev/nvme0n1'), ('used-other', 'other:/dev/nvme0n1')))
NVME = Case('nvme', 'nvme', 'nvme:none:{s}', judge.nvme_intx, 4)
MACHINES = (
    Machine('msix', (
        ENABLE,
        MASK,
        Case('nvme-maskall', 'nvme', 'nvme:function:{s}', judge.nvme),
        Case('igb-affinity', 'igb', 'nic:igb:affinity:{s}', judge.nic),
        Case('igb-irqbalance', 'igb', 'nic:igb:irqbalance:{s}', judge.nic, 20, full=True),
        Case('e1000e-mask', 'e1000e', 'nic:e1000e:mask:{s}', judge.nic),
        *(dataclasses.replace(MASK, name=f'nvme-mask-{again}', full=True) for again in (2, 3, 4)),
    ), cpus=2),
    Machine('cost-2cpu', COST, cpus=2, counted=True),
    Machine('cost', COST, counted=True),
    Machine('msix-1cpu', (dataclasses.replace(MASK, seconds=8, loses=False),)),
    Machine('intx', (EDU, NVME), append='pci=nomsi', by='kvm'),
    Machine('intx-nointxmask', (EDU, NVME), module='nointxmask=1', append='pci=nomsi', by='kvm'),
    # No resample irqfd: the EOI is seen by QEMU's own IOAPIC, or by stock not at all.
    Machine('intx-eoi', (EDU, NVME), append='pci=nomsi', by='eoi',
            properties=',x-no-kvm-intx=on', options='-M kernel-irqchip=split'),
    # No KVM at all. The clock counts instructions, or level 2 would hardly do more than tick.
    Machine('intx-tcg', tuple(dataclasses.replace(c, full=True) for c in (EDU, NVME)),
            options='-smp 1 -icount shift=5', append='pci=nomsi', accel='tcg -cpu qemu64',
            slow=900, by='eoi'),
)

STOCK_SECONDS = 90      # that it may take to lose its first interrupt


def duration(emulator, case, scale):
    """Seconds that a case lasts, at most"""
    return max(case.seconds * scale, STOCK_SECONDS if emulator == 'stock' and case.loses else 0)


def patience(machine, emulator, cases, scale):
    """The seconds that level 2 may go on without a mark, on an idle machine"""
    return machine.slow + max(duration(emulator, case, scale) for case in cases)


def script(machine, emulator, cases, scale):
    """Level 1's words that run @cases of a machine, and the seconds they may take;
    ten times what an idle machine needs, for it only ends what would never end"""
    lasting = [(case, duration(emulator, case, scale)) for case in cases]
    limit = 240 + machine.slow + sum(2 * seconds + 60 for _, seconds in lasting)
    devices = ' '.join(dict.fromkeys(case.device for case in cases))
    words = ','.join(f'{case.name}:{case.script.format(s=seconds)}'
                     f'{":timeout" if emulator == "stock" and case.loses else ""}'
                     for case, seconds in lasting)
    return limit, (
        f'is_patient {patience(machine, emulator, cases, scale)}\n'
        f'assign "{machine.module}" {devices}\n'
        f'run {machine.name}/{emulator} {limit} {emulator} "{machine.accel}" "{devices}" '
        f'"{machine.properties}" "{machine.append} cases={words}" {machine.options}\n')
