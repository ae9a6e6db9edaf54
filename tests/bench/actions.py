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
    'maskall': 'MASKALL cycle',
    'move-to-and-fro': 'move to and fro, burst',
    'move-to-new': 'move to new messages, burst',
    'move-unused': 'move to a new message',
    'move-used': 'move to a new message, 10 interrupts',
    'move-back-used': 'move to a former message, 10 interrupts',
    'move-around-used': 'move among 4 messages, 10 interrupts each',
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
            bring_ups += [action(
                f'bring-up of {vectors}{host}{used}', vectors,
                {part: both[part][name] for part in PARTS})
                for name, used in (('bring-up-unused', ''),
                                   ('bring-up', ', 10 interrupts each'))]
            if vectors == ACTIONS_OF and not host:
                actions = [action(f'{title} ({vectors})', vectors,
                                  {part: both[part][name] for part in PARTS})
                           for name, title in TITLES.items()]
    return actions + bring_ups
