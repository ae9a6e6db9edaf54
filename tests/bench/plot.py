"""The plot of the benchmark, by gnuplot.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import subprocess

PROLOGUE = '''
set terminal pngcairo size 1200,1300 font "sans,10"
set output "{file}"
set multiplot layout {panels},1
set style data histogram
set style histogram clustered gap 1 errorbars lw 1
set style fill solid 0.8 border -1
set boxwidth 0.9
set grid ytics
set key top left
set lmargin 32
set xtics rotate by 35 right nomirror
set logscale y
'''
COLOURS = {'stock': '#c05020', 'ours': '#2070b0', 'floor': '#a0a0a0'}


def block(name, rows):
    """A data block: a title and (median, low, high) for each column"""
    lines = [f'${name} << END']
    for title, columns in rows:
        numbers = ' '.join(str(x) for column in columns for x in column)
        lines.append(f'"{title}" {numbers}')
    return '\n'.join(lines + ['END', ''])


def histogram(name, title, unit, columns):
    """The command that draws a block"""
    bars = ', '.join(
        f'${name} using {2 + 3 * i}:{3 + 3 * i}:{4 + 3 * i}:xtic(1) '
        f'title "{column}" linecolor rgb "{COLOURS[column]}"'
        for i, column in enumerate(columns))
    return f'set title "{title}"\nset ylabel "{unit}"\nplot {bars}\n'


def draw(file, actions, results):
    """Write the PNG; raises OSError or CalledProcessError"""
    costs, times = [], []
    for row in actions:
        both = [row['cost_us'][part][2] for part in ('stock', 'ours')]
        costs.append((row['what'], [(max(x, 1),) * 3 for x in both]))
    for row in results:
        if row['unit'] == 'us':
            times.append((row['what'], [
                [max(row[part][k], 0.1) for k in ('median', 'low', 'high')]
                if row[part] else ('NaN',) * 3
                for part in ('stock', 'ours', 'floor')]))
    script = PROLOGUE.format(file=file, panels=bool(costs) + bool(times))
    if costs:
        script += block('costs', costs)
        script += histogram('costs', 'Calls of each action, weighed by what '
                            'they cost on a real kernel with 2 vCPUs', 'us',
                            ['stock', 'ours'])
    if times:
        script += block('times', times)
        script += histogram('times', 'Measured time: median and quartiles',
                            'us', ['stock', 'ours', 'floor'])
    subprocess.run(['gnuplot'], input=script, text=True, check=True)
