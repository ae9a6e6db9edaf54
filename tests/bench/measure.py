"""Times, on stock, on ours and of the bare calls in turn.

A result is {what, unit, stock, ours, floor}, these three lists of samples.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import shutil

import instruments
from actions import PARTS as QEMUS

IN_USE = [1, 64, 2048]                  # vectors, for the times
REPEAT = 3
PROFILED = 200                          # times of what is profiled


def empty(what, unit):
    """A result without samples"""
    return {'what': what, 'unit': unit, 'stock': [], 'ours': [], 'floor': []}


def times(qemus, tools, progress):
    """Time in QEMU for a mask + unmask, and how fast a guest moves vectors"""
    results = []
    for vectors in IN_USE:
        pair, change, move = (
            empty(f'{what}, {vectors} in use', unit) for what, unit in
            (('mask + unmask', 'us'), ('mask + message + unmask', 'us'),
             ('moves of a vector', '1/s')))
        for _ in range(REPEAT):
            progress(f'times, {vectors} vectors in use')
            khz, samples = instruments.floor(vectors, tools)
            us = 1000 / khz
            pair['floor'] += [x['pair'] * us for x in samples]
            change['floor'] += [(x['pair'] + x['routing']) * us
                                for x in samples]
            for part in QEMUS:
                for x in instruments.mask_times(qemus[part], vectors, tools):
                    # Less what trapped writes cost as such: two, and three.
                    pair[part].append((x['pair'] - x['writes']) * us)
                    change[part].append((x['change'] - 1.5 * x['writes']) * us)
                    move[part].append(1e6 / (x['move'] * us))
        results += [pair, change, move]
    return results


def instructions(qemus, tools, progress):
    """Instructions of QEMU for a mask + unmask, and for an interrupt"""
    results = []
    cases = [('time-masks', n, f'mask + unmask, {n} in use') for n in IN_USE]
    params = {'profile': 1, 'pairs': PROFILED, 'samples': PROFILED}
    for case, vectors, what in cases + [
            ('interrupt-latency', 2, 'interrupt by KVM irqfd, and ack')]:
        progress(f'instructions, {what}')
        result = empty(what, 'instr.')
        for part in QEMUS * 2:
            result[part].append(instruments.instructions(
                qemus[part], case, vectors, params, tools) / PROFILED)
        results.append(result)
    return results


def latencies(qemus, tools, progress):
    """From the host's signal to the guest's handler"""
    results, us = [], 1000 / instruments.floor(1, tools)[0]
    for by_kvm, path in ((True, 'KVM irqfd'), (False, 'QEMU')):
        result = empty(f'signal to handler by {path}', 'us')
        progress(f'latency, {path}')
        for part in QEMUS * REPEAT:
            result[part] += [x * us for x in instruments.latencies(
                qemus[part], by_kvm, tools)]
        results.append(result)
    return results


PARTS = {'times': times, 'latency': latencies, 'instructions': instructions}


def missing(part, tools):
    """Why a part of the benchmark cannot be measured, or None"""
    if part == 'instructions' and not shutil.which('valgrind'):
        return 'Valgrind is not installed'
    # INTx is measured where KVM does not help
    return None if part == 'intx' else instruments.missing(tools)
