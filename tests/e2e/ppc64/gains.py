"""How many more pings ours does than stock, with the spread of repeated runs.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import statistics


def of(rows):
    """Ours over stock in pairs of runs, in words, for each case that stock can do"""
    pairs = collections.defaultdict(dict)
    for row in rows:
        if row.tally.complete and not row.tally.died and row.tally['answered']:
            pairs[row.case, row.number][row.emulator] = row.tally
    ratios = collections.defaultdict(list)
    for (case, _), pair in pairs.items():
        if len(pair) == 2:
            ratios[case].append((pair['ours'].rate / pair['stock'].rate,
                                 pair['ours'].pace / pair['stock'].pace))
    return [f'{case.machine}/{case.name}: pings per second of level 0\'s CPU time, ours over '
            f'stock: {spread(cpu)}; per second of level 2\'s clock: {spread(clock)}'
            for case, both in ratios.items() for cpu, clock in [zip(*both)]]


def spread(ratios):
    """Median, and the least and the most"""
    words = f'{statistics.median(ratios):.2f}'
    if len(ratios) == 1:
        return words
    return f'{words} ({min(ratios):.2f} to {max(ratios):.2f} in {len(ratios)} pairs of runs)'
