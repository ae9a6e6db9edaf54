"""What masking costs under the kernel's own vfio-pci and KVM: the machines "cost"
of tests/e2e, which mask and unmask a vector of an assigned function in a nested
guest, as fast as it goes, idle or with an interrupt each time.

A result is {machine, what, stock, ours}, these two {us, instructions, SET_IRQS,
KVM_IRQFD, routings} for a round, lists of samples.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import json
import pathlib
import subprocess
import tempfile

import report

SUITE = pathlib.Path(__file__).resolve().parents[1] / 'e2e' / 'x86-test'
REPEAT = 3
MACHINES = {'cost': '1 vCPU', 'cost-2cpu': '2 vCPUs'}
CASES = {'idle-same': 'idle, message unchanged',
         'idle-other': 'idle, message changed',
         'used-none': 'an interrupt alone',
         'used-same': 'an interrupt each, message unchanged',
         'used-other': 'an interrupt each, message changed'}
CALLS = {'SET_IRQS': 'vfio_pci_set_irqs_ioctl', 'KVM_IRQFD': 'kvm_irqfd',
         'routings': 'kvm_set_irq_routing'}
COUNTED = {'instructions': 'instructions', **CALLS}


def rounds(qemus, machine):
    """One run of a machine: what each case counted, or why there is nothing"""
    with tempfile.TemporaryDirectory(prefix='bench-') as place:
        kept = pathlib.Path(place, 'results.json')
        words = [SUITE, '--case', machine, '--results', kept,
                 *(f'--{name}={path}' for name, path in qemus.items())]
        ended = subprocess.run(words, check=False, text=True,
                               stdout=subprocess.PIPE)
        if kept.exists():
            return json.loads(kept.read_text(encoding='utf-8')), ''
    said = [line for line in ended.stdout.splitlines() if 'SKIP' in line]
    return {}, said[0].partition('SKIP ')[2] if said else 'no run'


def of_round(row):
    """Figures of one round; nothing, if level 2 did not get so far"""
    tally = row['tally'] if row else {'counts': {}, 'values': {}}
    counts, values = tally['counts'], tally['values']
    toggles = int(values.get('toggles') or 0)
    if not toggles or 'end' not in counts:
        return {}
    figures = {'us': float(values['us'])}
    for name, call in COUNTED.items():
        before, after = (int(counts[at].get(call) or 0)
                         for at in ('start', 'end'))
        figures[name] = (after - before) / toggles
    return figures


def measured(qemus, progress):
    """Every machine, again and again: results, and what was skipped"""
    results, skipped = [], []
    for machine, unit in MACHINES.items():
        rows = {case: {'machine': unit, 'what': what, 'stock': {}, 'ours': {}}
                for case, what in CASES.items()}
        for number in range(REPEAT):
            progress(f'{machine}, run {number + 1} of {REPEAT}')
            cases, why = rounds(qemus, machine)
            if why:
                return results, [*skipped, f'kernel: {why}']
            for case, row in rows.items():
                for part in qemus:
                    of = of_round(cases.get(f'{machine}/{case}/{part}'))
                    for name, x in of.items():
                        row[part].setdefault(name, []).append(x)
        results += [row for row in rows.values() if row['stock'] and row['ours']]
        skipped += [f'kernel: {machine}/{case}: level 2 came to no end'
                    for case, row in rows.items()
                    if not (row['stock'] and row['ours'])]
    for row in results:
        for part in qemus:
            row[part] = {name: report.reduced(samples)
                         for name, samples in row[part].items()}
    return results, skipped


def print_results(results):
    """A line for each kind of message and machine, in time and in instructions"""
    for unit, others in (('us', []), ('instructions', CALLS)):
        cells = [[f'real kernel: mask + unmask, {unit}; median (quartiles)', 'vector',
                  'stock', 'ours', 'ours/stock', *(f'{c}: stock, ours' for c in others)]]
        for row in results:
            stock, ours = row['stock'], row['ours']
            cells.append([
                row['machine'], row['what'], report.spread(stock[unit]), report.spread(ours[unit]),
                report.ratio(ours[unit]['median'], stock[unit]['median']),
                *(', '.join(report.short(part[call]['median']) for part in (stock, ours))
                  for call in others)])
        report.print_table(cells)
        print()
