"""What the cases counted when they last ran, kept from run to run, so that each
machine can be run by itself and the table still has all of them.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import json
import pathlib
import time


def read(path):
    """By a row's key: its day, and all that its tally holds"""
    place = pathlib.Path(path)
    return json.loads(place.read_text(encoding='utf-8')) if place.exists() else {}


def keep(path, rows):
    """Let these rows replace what the file has of them"""
    held = read(path)
    today = time.strftime('%Y-%m-%d', time.gmtime())
    held.update({row.key: {'day': today, 'tally': vars(row.tally)} for row in rows})
    pathlib.Path(path).write_text(json.dumps(held, indent=1) + '\n', encoding='utf-8')


def restore(path, rows):
    """Those of the rows that the file has, with their tallies, and on which days
    they ran, in words"""
    held = read(path)
    found = [row for row in rows if row.key in held]
    for row in found:
        vars(row.tally).update(held[row.key]['tally'])
    days = sorted({held[row.key]['day'] for row in found})
    return found, ' to '.join(dict.fromkeys([days[0], days[-1]])) if days else ''
