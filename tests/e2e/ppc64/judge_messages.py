"""Whether level 2 got its MSI-X messages; see judge.py.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import judge


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
