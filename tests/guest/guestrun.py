"""Run one bare-metal x86 guest on a QEMU under the userspace VFIO host.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import pathlib
import subprocess
import sys
import threading

TOOLS = pathlib.Path(__file__).resolve().parents[2] / 'build' / 'tools'
DATA = ['/usr/share/qemu', '/usr/share/seabios']
QBOOT = '/usr/share/qemu/qboot.rom'     # KVM may emulate all of SeaBIOS
PASSED, FAILED = 33, 35         # what the guest writes to isa-debug-exit


class Outcome:
    """What a run left: exit status, the guest's lines, its result line"""
    def __init__(self):
        self.status = None
        self.lines = []
        self.result = {}

    def passed(self):
        """The guest's verdict was good"""
        return self.status == PASSED

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


def host_missing(tools):
    """Why guests cannot run under the VFIO host here, or None"""
    try:
        check = subprocess.run([tools / 'tests/host/vfio-host', 'check'],
                               capture_output=True, text=True, check=False)
    except OSError as error:
        sys.exit(f'{tools}: no vfio-host ({error.strerror}); see "make tools"')
    if not (tools / 'tests/guest/x86/storm.elf').exists():
        return 'the x86 guests were not built: no x86 compiler'
    return check.stderr.strip() if check.returncode else None


def kvm_missing():
    """Why KVM cannot be used, or None"""
    try:
        with open('/dev/kvm', 'r+b', buffering=0):
            return None
    except OSError as error:
        return f'/dev/kvm does not open: {error.strerror}'


def command(qemu, accel, case, params, host_options, tools):
    """The command line of a run"""
    bios = ['-bios', QBOOT] if pathlib.Path(QBOOT).exists() else []
    append = ' '.join(f'{k}={v}' for k, v in params.items())
    return [
        tools / 'tests/host/vfio-host', 'run', '--quiet', *host_options, '--',
        qemu, '-M', 'q35', '-accel', accel, '-cpu', 'qemu64,-pni', '-m', '64',
        *(word for path in DATA for word in ('-L', path)), *bios,
        '-nodefaults', '-display', 'none', '-no-reboot', '-serial', 'stdio',
        '-device', 'isa-debug-exit,iobase=0xf4,iosize=4',
        '-kernel', tools / f'tests/guest/x86/{case}.elf', '-append', append]


def run(qemu, accel, case, params=None, host_options=(), tools=TOOLS,
        limit=60, progress=lambda values: None):
    """Run a case; @progress gets the values of each progress line"""
    args = command(qemu, accel, case, params or {}, host_options, tools)
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
                outcome.result = fields(line)
            outcome.lines.append(line)
        outcome.status = guest.wait()
        if watchdog.finished.is_set():
            outcome.status = f'none within {limit} s'
        watchdog.cancel()
    return outcome
