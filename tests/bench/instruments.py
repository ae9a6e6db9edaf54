"""The instruments of the benchmark: guests and a program that measure.

Each function makes one run and returns what it read off, or ends the program.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'guest'))
import guestrun                         # noqa: E402

LIMIT = 300                             # seconds, for any run


def missing(tools):
    """Why nothing can be measured here, or None"""
    return guestrun.host_missing(tools) or guestrun.kvm_missing()

def values(line):
    """The name=VALUE words of a line; a value may be a name too"""
    pairs = (word.split('=', 1) for word in line.split() if '=' in word)
    return {k: int(v) if v.isdigit() else v for k, v in pairs}


def guest(qemu, case, vectors, params, tools, host_options=()):
    """Run an instrument on @qemu; the lines that it printed"""
    device = max(vectors, 2)            # there is none with one vector
    outcome = guestrun.run(qemu, 'kvm', case, dict(params, vectors=vectors),
                           ['--vectors', device, *host_options], tools, LIMIT)
    if not outcome.passed():
        sys.exit(f'bench: {case} on {qemu}: {outcome.why()}')
    return outcome.lines


def calls(qemu, vectors, tools, host_options=()):
    """Which calls each action costs: {action: {call: how many each time}}"""
    lines = guest(qemu, 'count-calls', vectors, {}, tools,
                  ['--count-kvm', *host_options])
    actions = {}
    for row in (values(x) for x in lines if x.startswith('calls:')):
        name, times = row.pop('action'), row.pop('times')
        row['set_irqs'] = row['triggers'] + row['teardowns']    # of MSI-X
        actions[name] = {k: v / times for k, v in row.items()}
    return actions


def mask_times(qemu, vectors, tools):
    """Cycles of masks and moves: a list of samples"""
    lines = guest(qemu, 'time-masks', vectors, {}, tools)
    return [values(x) for x in lines if x.startswith('sample:')]


def latencies(qemu, by_kvm, tools):
    """Cycles from a signal to its handler, a list"""
    props = [] if by_kvm else ['--props', 'x-no-kvm-msix=on']
    lines = guest(qemu, 'interrupt-latency', 2, {}, tools, props)
    rows = [values(x) for x in lines if x.startswith('sample:')]
    polled = [(r['polled'] + 2**31) % 2**32 for r in rows if 'polled' in r]
    handled = [(r['handled'] + 2**31) % 2**32 for r in rows if 'handled' in r]
    return [x - min(polled) for x in handled]


def floor(vectors, tools):
    """What the bare calls cost: the TSC's kHz, a list of samples"""
    program = tools / 'tests/bench/kvm-floor'
    try:
        text = subprocess.run([program, str(vectors), '60', '8'], check=True,
                              capture_output=True, text=True).stdout
    except OSError as error:
        sys.exit(f'{program}: {error.strerror}; see "make tools"')
    except subprocess.CalledProcessError as error:
        sys.exit(f'bench: {error.stderr.strip()}')
    rows = [values(line) for line in text.splitlines()]
    return rows[0]['khz'], rows[1:]


def instructions(qemu, case, vectors, params, tools):
    """Instructions of all threads of QEMU in the part that @case marks"""
    with tempfile.TemporaryDirectory() as scratch:
        wrapper = pathlib.Path(scratch, 'qemu-under-valgrind')
        wrapper.write_text(
            '#!/bin/sh\nexec valgrind --tool=callgrind -q '
            '--dump-before=vfio_pci_write_config '
            f'--callgrind-out-file={scratch}/profile {qemu} "$@"\n',
            encoding='utf-8')
        wrapper.chmod(0o755)
        guest(wrapper, case, vectors, params, tools)
        parts = [p.read_text(encoding='utf-8')
                 for p in pathlib.Path(scratch).glob('profile*')]
    # The last that a write to configuration space ended; exit ends another.
    parts = [(int(re.search(r'^part: (\d+)', p, re.M)[1]), p)
             for p in parts if '--dump-before' in p]
    if not parts:
        sys.exit(f'bench: {qemu} has no symbols, by which Valgrind counts')
    return int(re.search(r'^totals: (\d+)', max(parts)[1], re.M)[1])
