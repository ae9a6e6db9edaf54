"""Run one bare-metal guest on a QEMU under the userspace VFIO host.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import pathlib
import subprocess
import sys
import threading

import guestmachine

TOOLS = pathlib.Path(__file__).resolve().parents[2] / 'build' / 'tools'
PASSED, FAILED, GAVE_UP = 33, 35, 37    # by isa-debug-exit
VERDICTS = {'passed': PASSED, 'failed': FAILED, 'gave up': GAVE_UP}


class Outcome:
    """What a run left: exit status, the guest's lines, its result line"""
    def __init__(self):
        self.status = None
        self.lines = []
        self.result = {}

    def passed(self):
        """The guest's verdict was good"""
        return self.status == PASSED

    def failed(self):
        """The guest's verdict was bad, by its own checks"""
        return self.status == FAILED

    def finished(self):
        """It came to a verdict, be it a bad one"""
        return self.status in (PASSED, FAILED)

    def why(self):
        """The line that tells best why the guest did not pass"""
        bad = [x for x in self.lines if x.startswith(('not ok', 'Bail out'))]
        last = ''.join(self.lines[-1:])
        return bad[0] if bad else f'exit status {self.status}: {last}'


def fields(line):
    """The values of a 'result:' or 'progress:' line"""
    pairs = (word.split('=', 1) for word in line.split()[1:])
    return {name: int(value) for name, value in pairs}


def host_missing(tools, machine=guestmachine.X86):
    """Why guests cannot run under the VFIO host here, or None"""
    try:
        check = subprocess.run([tools / 'tests/host/vfio-host', 'check'],
                               capture_output=True, text=True, check=False)
    except OSError as error:
        sys.exit(f'{tools}: no vfio-host ({error.strerror}); see "make tools"')
    if check.returncode:
        return check.stderr.strip()
    return machine.missing(tools)


def kvm_missing():
    """Why KVM cannot be used, or None"""
    try:
        with open('/dev/kvm', 'r+b', buffering=0):
            return None
    except OSError as error:
        return f'/dev/kvm does not open: {error.strerror}'


def run(qemu, variant, case, params=None, host_options=(), tools=TOOLS,
        limit=60, progress=lambda values: None, machine=guestmachine.X86,
        qemu_options=()):
    """Run a case; @progress gets the values of each progress line"""
    args = [*machine.command(qemu, variant, case, params or {}, host_options,
                             tools), *qemu_options]
    outcome = Outcome()
    with subprocess.Popen([str(a) for a in args], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors='replace') as guest:
        watchdog = threading.Timer(limit, guest.terminate)
        watchdog.start()
        for line in map(str.rstrip, guest.stdout):
            if line.startswith('progress:'):
                progress(fields(line))
                continue
            if line.startswith('result:'):
                outcome.result.update(fields(line))
            outcome.lines.append(line)
        outcome.status = guest.wait()
        if outcome.status == 0:
            # A machine that only powers off has no status to give
            last = ''.join(outcome.lines[-1:])
            outcome.status = VERDICTS.get(last.removeprefix('verdict: '), 0)
        if watchdog.finished.is_set():
            outcome.status = f'none within {limit} s'
        watchdog.cancel()
    return outcome
