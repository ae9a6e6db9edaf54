"""Whether level 2 got its MSI-X messages; see judge.py.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import judge

ABORTED = 128 + 6               # by its own signal


def enough(tally):
    """Each ping answered, by interrupts"""
    bad = judge.common(tally)
    return bad if tally['handled'] > 20 else bad + [f'only {tally["handled"]} interrupts']


def untouched(tally):
    """QEMU sees none of them"""
    seen = tally['messages']
    return enough(tally) + ([f'{seen} interrupts came to QEMU'] if seen else [])


def masked(tally):
    """Masked and unmasked meanwhile; what is pending comes to QEMU"""
    masks = tally['toggles']
    return enough(tally) + ([] if masks >= 10 else [f'only {masks} masks'])


def refused(tally):
    """KVM does not configure the source again: one message, and QEMU goes on. What
    becomes of level 2 is Linux's to decide"""
    times, status = tally['warned'], tally['status']
    bad = [] if times == 1 else [f'QEMU said {times} times that its interrupts do not come']
    return bad + ([f'QEMU ended with status {status}'] if status == ABORTED else [])
