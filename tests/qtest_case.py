# SPDX-License-Identifier: GPL-2.0-or-later
"""Run one case of the assigned-device qtests on one emulator."""
import functools
import os
import re
import subprocess
import tempfile

LISTED = r"(?m)^(?:# )?(/.*)"  # GLib lists cases as comments since 2.76
LIMIT = 120  # seconds; a case needs 3 at most on an idle machine
BY_CHECK = re.compile(r"ERROR:\S*/vfio-pci-\w+-test\.c:\d+:\w+: (?:assertion failed )?(.*)"
                      r"|FATAL-ERROR: (.* no property .*)|^# (lost \d+ of \d+)"
                      r"|detected (QEMU death from signal .*)", re.M)


@functools.cache
def properties(qemu):
    """What its vfio-pci can be told; or else each run would start another QEMU to know."""
    return subprocess.run([qemu, *"-M none -accel qtest -device vfio-pci,help".split()],
                          stdout=subprocess.PIPE, text=True, check=True).stdout


def run(program, build, arch, *args):
    qemu = f"{build}/qemu-system-{arch}"
    with tempfile.TemporaryDirectory(prefix="qtest-") as scratch:  # for what an abort leaves
        env = {**os.environ, "QTEST_QEMU_BINARY": qemu, "TMPDIR": scratch,
               "VFIO_PCI_TEST_PROPERTIES": properties(qemu)}
        return subprocess.run([program, *args], env=env, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace",
                              timeout=LIMIT, check=False)


def listed(program, build, arch):
    """The cases of a program."""
    return re.findall(LISTED, run(program, build, arch, "-l").stdout)


def attempt(program, case, build, arch):
    """Return ("passed" | "failed" | "skipped" | "broken", why, output)."""
    try:
        done = run(program, build, arch, "--tap", "-k", "-p", case)
    except subprocess.TimeoutExpired as expired:
        return "broken", f"no end within {LIMIT} s", (expired.stdout or b"").decode()
    if skip := re.search(r"^ok .*# SKIP\s*(.*)", done.stdout, re.M):
        return "skipped", skip[1], done.stdout
    if done.returncode == 0 and re.search(r"^ok 1 ", done.stdout, re.M):
        return "passed", "", done.stdout
    why = BY_CHECK.search(done.stdout)
    return ("failed", why[why.lastindex], done.stdout) if why else (
        "broken", f"exit status {done.returncode}", done.stdout)
