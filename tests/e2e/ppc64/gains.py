"""What a ping costs stock in terms of ours, with the spread of repeated runs.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import statistics

# In how many of each a ping comes, and of what that is a number: the more the worse
PRICES = {'instructions of all levels': lambda tally: tally.instructions,
          "level 0's CPU time": lambda tally: 1 / tally.rate,
          "level 2's clock": lambda tally: 1 / tally.pace}


def of(rows):
    """Pings of ours for one of stock at the same price, in words, from pairs of
    runs, for each case that stock can do"""
    pairs = collections.defaultdict(dict)
    for row in rows:
        if row.tally.complete and not row.tally.died and row.tally['answered']:
            pairs[row.case, row.number][row.emulator] = row.tally
    ratios = collections.defaultdict(lambda: collections.defaultdict(list))
    for (case, _), pair in pairs.items():
        for name, price in PRICES.items():
            if len(pair) == 2 and price(pair['ours']):
                ratios[case][name].append(price(pair['stock']) / price(pair['ours']))
    return [f'{case.machine}/{case.name}: pings of ours for one of stock, for as much of '
            + '; '.join(f'{name}: {spread(them)}' for name, them in of_case.items())
            for case, of_case in ratios.items()]


def spread(ratios):
    """Median, and the least and the most"""
    words = f'{statistics.median(ratios):.2f}'
    if len(ratios) == 1:
        return words
    return f'{words} ({min(ratios):.2f} to {max(ratios):.2f} in {len(ratios)} pairs of runs)'
