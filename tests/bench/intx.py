"""INTx without a resample irqfd: a guest that takes interrupts and works with
its device's memory meanwhile, on stock, and on ours by BAR trap and by EOI.

A result is {machine, what, stock, bar, eoi}, the last three lists of samples.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import pathlib
import sys

import report
from instruments import guestrun
import guestmachine

COUNT = 3000                            # interrupts in a run
COUNT_TRAPPED = 500                     # ... that counts accesses, slowly
REPEAT = 3
LIMIT = 120                             # seconds, for any run
MODES = ('stock', 'bar', 'eoi')
# Name, machine, its variant, emulator, case, parameters
MACHINES = [
    ('pseries, XICS', guestmachine.PPC64, 'xics', 'qemu-system-ppc64',
     'count', {'way': 2, 'reads': 1, 'stall': 5000}),
    ('pseries, XIVE', guestmachine.PPC64, 'xive', 'qemu-system-ppc64',
     'count', {'way': 2, 'reads': 1, 'stall': 5000}),
    ('q35, IOAPIC', guestmachine.X86, 'tcg', 'qemu-system-x86_64',
     'intx-rate', {}),
]
WHAT = ['guest interrupts per 1000 of the device',
        'BAR accesses trapped per interrupt', 'BAR reads per second',
        'interrupts per second']


def run(qemu, machine, variant, case, params, mode, count, tools, host=()):
    """One run; what the guest counted"""
    props = [] if mode == 'stock' else [f'x-intx-resample={mode}']
    if machine is guestmachine.PPC64:
        props.append('addr=1')
    options = ['--props', ','.join(props)] if props else []
    outcome = guestrun.run(qemu, variant, case, dict(params, count=count),
                           [*options, *host], tools, LIMIT, machine=machine)
    if not outcome.finished() or 'ms' not in outcome.result:
        sys.exit(f'bench: {case} on {qemu}: {outcome.why()}')
    return outcome.result


def samples(qemu, row, mode, tools):
    """One value for each of WHAT"""
    _, machine, variant, _, case, params = row
    of = run(qemu, machine, variant, case, params, mode, COUNT, tools)
    trapped = run(qemu, machine, variant, case, params, mode, COUNT_TRAPPED,
                  tools, ['--count-bars'])
    taken = of['delivered'] + of['spurious'] + of.get('repeated', 0)
    return [taken * 1000 / of['raised'],
            (trapped['trapped_reads'] + trapped['trapped_writes']) /
            trapped['raised'],
            of['reads'] * 1000 / of['ms'], of['delivered'] * 1000 / of['ms']]


def measured(qemus, tools, progress):
    """Every machine in each mode, in turn: results, and what was skipped"""
    results, skipped = [], []
    for row in MACHINES:
        name, machine, emulator = row[0], row[1], row[3]
        paths = {k: pathlib.Path(v).with_name(emulator)
                 for k, v in qemus.items()}
        missing = guestrun.host_missing(tools, machine) or next(
            (f'no {p}' for p in paths.values() if not p.exists()), None)
        if missing:
            skipped.append(f'INTx, {name}: {missing}')
            continue
        both = [{'machine': name, 'what': what, 'stock': [], 'bar': [],
                 'eoi': []} for what in WHAT]
        for mode in MODES * REPEAT:
            progress(f'INTx, {name}, {mode}')
            qemu = paths['stock' if mode == 'stock' else 'ours']
            for result, value in zip(both, samples(qemu, row, mode, tools)):
                result[mode].append(value)
        results += both
    for result in results:
        result.update({mode: report.reduced(result[mode]) for mode in MODES})
    return results, skipped


def print_results(results):
    """Medians with quartiles, by how the end of an interrupt is learnt"""
    cells = [['INTx: median (quartiles)', 'stock', 'ours, bar', 'ours, eoi',
              'eoi/stock']]
    for row in results:
        cells.append([f'{row["machine"]}: {row["what"]}',
                      *(report.spread(row[mode]) for mode in MODES),
                      report.ratio(row['eoi']['median'],
                                   row['stock']['median'])])
    report.print_table(cells)
