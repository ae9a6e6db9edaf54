"""The x86 cases: what level 2 runs, and what must come of it.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import dataclasses
import typing

import judge


@dataclasses.dataclass(frozen=True)
class Case:
    """@script: level2/SCRIPT.sh and its arguments, {s} being the seconds;
    @loses: stock shows it, in a run that ends when it has"""
    name: str
    device: str
    script: str
    judge: typing.Callable
    seconds: int = 8
    loses: bool = False
    full: bool = False          # only in a full run


@dataclasses.dataclass(frozen=True)
class Machine:
    """A level 2 and the level 1 under it; its cases run in it one by one"""
    name: str
    cases: tuple
    cpus: int = 1               # of level 1
    module: str = ''            # options of vfio-pci in level 1
    properties: str = ''        # of QEMU's vfio-pci
    options: str = ''           # of QEMU
    append: str = ''            # to level 2's kernel


ENABLE = Case('enable', 'nvme', 'enable', judge.enable)
EDU = Case('edu', 'edu', 'edu:{s}', judge.edu, 4)
# A mask of an idle vector, and of one that takes an interrupt each round.
COST = tuple(Case(name, 'nvme', f'cost:{{s}}:{arguments}', judge.cost, 4, full=True)
             for name, arguments in (
                 ('idle-same', 'same'), ('idle-other', 'other'), ('used-none', 'none:/dev/nvme0n1'),
                 ('used-same', 'same:/dev/nvme0n1'), ('used-other', 'other:/dev/nvme0n1')))
NVME_INTX = Case('nvme', 'nvme', 'nvme:none:{s}', judge.nvme_intx, 4)

MACHINES = (
    Machine('msix', (
        ENABLE,
        Case('nvme-mask', 'nvme', 'nvme:vectors:{s}', judge.nvme, 30, loses=True),
        Case('nvme-maskall', 'nvme', 'nvme:function:{s}', judge.nvme),
        Case('igb-affinity', 'igb', 'nic:igb:affinity:{s}', judge.nic),
        Case('igb-irqbalance', 'igb', 'nic:igb:irqbalance:{s}', judge.balanced, 20, full=True),
        Case('e1000e-mask', 'e1000e', 'nic:e1000e:mask:{s}', judge.nic),
    ), cpus=2),
    Machine('cost-2cpu', COST, cpus=2),
    Machine('cost', COST),
    Machine('msix-1cpu', (
        Case('nvme-mask', 'nvme', 'nvme:vectors:{s}', judge.nvme),
    )),
    Machine('intx', (EDU, NVME_INTX), append='pci=nomsi'),
    Machine('intx-nointxmask', (EDU, NVME_INTX), module='nointxmask=1', append='pci=nomsi'),
    # No resample irqfd: the EOI is seen by QEMU's own IOAPIC, or by stock not at all.
    Machine('intx-eoi', (EDU, NVME_INTX), properties=',x-no-kvm-intx=on',
            options='-M kernel-irqchip=split', append='pci=nomsi'),
)

# How long stock may take to lose its first interrupt
STOCK_SECONDS = 90


def words(machine, case, emulator, scale):
    """The case, as level 2's command line has it"""
    seconds = case.seconds * scale
    if emulator == 'stock' and case.loses:
        seconds = max(seconds, STOCK_SECONDS)
    text = f'{case.name}:{case.script.format(s=seconds)}'
    return seconds, text + (':timeout' if emulator == 'stock' and case.loses else '')


def script(machine, emulator, cases, scale):
    """Level 1's words that run @cases of a machine, and the seconds they may take;
    ten times what an idle machine needs, for it only ends what would never end"""
    timed = [words(machine, case, emulator, scale) for case in cases]
    limit = 240 + sum(2 * seconds + 60 for seconds, _ in timed)
    devices = ' '.join(dict.fromkeys(case.device for case in cases))
    listed = ','.join(text for _, text in timed)
    return limit, (
        f'assign "{machine.module}" {devices}\n'
        f'run {machine.name}/{emulator} {limit} {emulator} "{devices}" '
        f'"{machine.properties}" "{machine.append} cases={listed}" {machine.options}\n')
