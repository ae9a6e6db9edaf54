"""The calls that each action of a guest costs, on stock and on ours.

An action is {what, stock, ours, cost_us}: the calls of each, and their weighed
cost by the number of vCPUs.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import instruments
import weigh

PARTS = ('stock', 'ours')
GROWTH = [8, 64, 256, 2048]             # vectors that are brought up
ACTIONS_OF = 64                         # vectors, for the other actions
TITLES = {
    'mask-unmask': 'mask + unmask',
    'move-to-and-fro': 'move to and fro, many',
    'move-to-new': 'move to a new message, many',
    'move-alone': 'move to a new message, one', 'maskall': 'MASKALL cycle',
    'disable': 'disable', 'enable-all-live': 'enable, all unmasked'}



def action(what, routes, both):
    """The calls of one action on stock and on ours, and their cost"""
    cost = {part: {n: weigh.microseconds(both[part], n, routes)
                   for n in weigh.RAW} for part in PARTS}
    return {'what': what, 'cost_us': cost, **{p: both[p] for p in PARTS}}


def calls(qemus, tools, progress):
    """Calls for each action of the guest"""
    actions, bring_ups = [], []
    for vectors in GROWTH:
        for host, options in (('', []), (', NORESIZE', ['--noresize'])):
            progress(f'calls, {vectors} vectors{host}')
            both = {part: instruments.calls(qemus[part], vectors, tools,
                                            options) for part in PARTS}
            bring_ups.append(action(
                f'bring-up of {vectors}{host}', vectors,
                {part: both[part]['bring-up'] for part in PARTS}))
            if vectors == ACTIONS_OF and not host:
                actions = [action(f'{title} ({vectors})', vectors,
                                  {part: both[part][name] for part in PARTS})
                           for name, title in TITLES.items()]
    return actions + bring_ups
