"""A table of results on standard output.

SPDX-License-Identifier: GPL-2.0-or-later
"""


def print_table(columns, rows, texts):
    """@columns are (title, key); the first @texts hold text, to the left"""
    cells = [[title for title, _ in columns]]
    cells += [[str(row[key]) for _, key in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    for line in cells:
        print('  '.join(cell.ljust(width) if i < texts else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(line, widths))))
