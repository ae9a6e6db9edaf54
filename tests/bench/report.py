"""Tables, JSON and the plot of the benchmark.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import statistics

CALLS = [('SET_IRQS', ['set_irqs']), ('irq requests', ['requests']),
         ('teardowns', ['teardowns']), ('IRQFD', ['assigns', 'deassigns']),
         ('GSI_ROUTING', ['routings'])]


def short(number):
    """A number in as few characters as tell it"""
    if number == 0 or number >= 100 or number == int(number):
        return f'{number:.0f}'
    return f'{number:.1f}' if number >= 1 else f'{number:.2f}'


def ratio(ours, other):
    """Ours in terms of the other"""
    return f'{ours / other:.2f}' if other else '-' if ours else '='


def reduced(samples):
    """Median and quartiles, for people and for machines"""
    if not samples:
        return None
    # It takes two to have quartiles.
    low, middle, high = statistics.quantiles(samples * 2, method='inclusive')
    return {'median': middle, 'low': low, 'high': high, 'samples': samples}


def spread(values):
    """"median (low-high)", or that there is none"""
    if not values:
        return '-'
    if values['low'] == values['high']:
        return short(values['median'])
    return '{} ({}-{})'.format(*(short(values[k])
                                 for k in ('median', 'low', 'high')))


def print_table(cells):
    """Text columns to the left, numbers to the right"""
    widths = [max(map(len, column)) for column in zip(*cells)]
    for line in cells:
        print('  '.join(cell.ljust(width) if i < 1 else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(line, widths))))


def print_calls(actions):
    """Calls of each action as "stock ours", and their weighed cost"""
    cells = [['calls for each action (vectors): stock, ours',
              *(name for name, _ in CALLS), 'us, 1 vCPU', 'ratio',
              'us, 2 vCPUs', 'ratio']]
    for row in actions:
        line = [row['what']]
        for _, fields in CALLS:
            line.append(', '.join(short(sum(row[part][f] for f in fields))
                                  for part in ('stock', 'ours')))
        for vcpus in row['cost_us']['stock']:
            stock, ours = (row['cost_us'][p][vcpus] for p in ('stock', 'ours'))
            line += [f'{short(stock)}, {short(ours)}', ratio(ours, stock)]
        cells.append(line)
    print_table(cells)


def print_times(results):
    """Medians with quartiles, and how they compare"""
    cells = [['median (quartiles)', 'unit', 'stock', 'ours', 'floor',
              'ours/stock', 'ours/floor']]
    for row in results:
        stock, ours, floor = (row[k] for k in ('stock', 'ours', 'floor'))
        cells.append([
            row['what'], row['unit'], spread(stock), spread(ours),
            spread(floor), ratio(ours['median'], stock['median']),
            ratio(ours['median'], floor['median']) if floor else '-'])
    print_table(cells)


def print_all(actions, results, skipped):
    """What was measured"""
    if actions:
        print_calls(actions)
        print()
    if results:
        print_times(results)
    for reason in skipped:
        print(f'skipped: {reason}')
