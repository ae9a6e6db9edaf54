"""What a ping costs stock in terms of ours, with the spread of repeated runs.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import statistics

PRICES = {'instructions of all levels': lambda tally: tally.instructions,
          "level 0's CPU time": lambda tally: 1 / tally.rate,
          "level 2's clock": lambda tally: 1 / tally.pace}


def of(rows):
    """For each case the ratios of pairs of runs, by what they are of"""
    pairs = collections.defaultdict(dict)
    for row in rows:
        if row.tally.complete and not row.tally.died and row.tally['answered']:
            pairs[row.case, row.number][row.emulator] = row.tally
    ratios = collections.defaultdict(lambda: collections.defaultdict(list))
    for (case, _), pair in pairs.items():
        for name, price in PRICES.items():
            if len(pair) == 2 and price(pair['ours']):
                ratios[case][name].append(price(pair['stock']) / price(pair['ours']))
    return ratios


def table(rows):
    """Its lines; none, if no case ran on both"""
    ratios = of(rows)
    lines = ['| how many pings ours does for what one costs stock | ' +
             ' | '.join(f'in {name}' for name in PRICES) + ' |', '|---' * (1 + len(PRICES)) + '|']
    lines += [f'| {case.machine}/{case.name} | '
              + ' | '.join(spread(of_case[name]) for name in PRICES) + ' |'
              for case, of_case in ratios.items()]
    return lines if ratios else []


def spread(ratios):
    """Median, and the least and the most"""
    words = f'{statistics.median(ratios):.2f}' if ratios else '-'
    if len(ratios) < 2:
        return words
    return f'{words} ({min(ratios):.2f} to {max(ratios):.2f} in {len(ratios)} pairs of runs)'
