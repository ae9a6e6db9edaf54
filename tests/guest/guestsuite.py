"""Bare-metal guests as a TAP suite, on our QEMU and on stock.

A case that gains must fail on stock by the guest's own verdict, and by what the
case is about: "lost" interrupts, "spurious" ones, "extra" signals of the host,
"trapped" accesses. One that keeps passes there as well.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import argparse
import concurrent.futures
import itertools
import os
import pathlib

import guestrun


class Case:
    """A case: what stock gets wrong in it, and how it is run"""
    def __init__(self, name, gains=None, variants=None, params=None, host=(),
                 qemu=(), limit=60, guest=None, ours=()):
        self.name, self.gains, self.limit = name, gains, limit
        self.variants = variants        # None: the suite's usual ones
        self.params, self.host, self.qemu = params, list(host), list(qemu)
        self.guest = guest or name      # its file
        self.ours = list(ours)          # host options that stock does not know


def judged(passed, name, outcome):
    """Status, name and lines: of a bad run everything that it printed"""
    lines = [] if passed else [f'# {x}' for x in
                               (outcome.why(), *outcome.lines)]
    return 'ok' if passed else 'not ok', name, lines


def run(args, machine, variant, case):
    """A case on ours, then on stock: the two results"""
    arch = machine.guests.name
    title = f'/{arch}/{variant}/{"gains" if case.gains else "keeps"}/{case.name}'
    missing = guestrun.host_missing(args.tools, machine)
    if variant == 'kvm':
        missing = missing or guestrun.kvm_missing()
    results = []
    for qemu in ['ours', 'stock']:
        name = title if qemu == 'ours' else f'{title} on stock'
        binary = getattr(args, qemu)
        if missing or not binary:
            reason = missing or f'no --{qemu} given'
            results.append(('ok', f'{name} # SKIP {reason}', []))
            continue
        host = case.host + (case.ours if qemu == 'ours' else [])
        outcome = guestrun.run(binary, variant, case.guest, case.params, host,
                               args.tools, case.limit, machine=machine,
                               qemu_options=case.qemu)
        passed = outcome.passed()
        if qemu == 'stock' and case.gains:
            wrong = outcome.result.get(case.gains, 0)
            of = outcome.result.get('of', outcome.result.get('raised'))
            passed = outcome.failed() and wrong > 0
            name = f'{title} fails on stock: {case.gains} {wrong} of {of}'
        results.append(judged(passed, name, outcome))
    return results


def run_all(args, machine, runs):
    """The results of all cases in order: those of KVM, whose times matter, one
    by one, and of the others as many at once as there are processors
    """
    for kvm, group in itertools.groupby(runs, lambda run: run[0] == 'kvm'):
        with concurrent.futures.ThreadPoolExecutor(
                1 if kvm else os.cpu_count()) as pool:
            for results in pool.map(lambda r: run(args, machine, *r), group):
                yield from results


def main(description, machine, cases, variants):
    """All cases of each variant, or those that the command line names"""
    parser = argparse.ArgumentParser(description=description.split('\n\n')[0])
    parser.add_argument('--ours', help='QEMU with the set')
    parser.add_argument('--stock', help='QEMU without it')
    parser.add_argument('--variant', choices=variants, action='append',
                        help='default: all')
    parser.add_argument('--case', choices=[c.name for c in cases],
                        action='append', help='default: all')
    parser.add_argument('--tools', type=pathlib.Path, default=guestrun.TOOLS,
                        help='where vfio-host and the guests were built')
    args = parser.parse_args()
    if not args.ours and not args.stock:
        parser.error('name a QEMU with --ours, --stock or both')
    runs = [(v, c) for v in args.variant or variants for c in cases
            if v in (c.variants or variants) and c.name in
            (args.case or [c.name])]
    print(f'1..{2 * len(runs)}', flush=True)
    results = run_all(args, machine, runs)
    for number, (status, name, lines) in enumerate(results, 1):
        print(f'{status} {number} - {name}', *lines, sep='\n', flush=True)
