# SPDX-License-Identifier: GPL-2.0-or-later
"""Run all cases of one of QEMU's GLib test programs, come what may.

A case that aborts ends its program, so the rest is run again without it.
"""
import os
import re
import subprocess

QUIET = subprocess.DEVNULL


def run(build, program, qemu, skip=()):
    """One run of a program: the cases' results, by name."""
    command = [f"tests/qtest/{program}", "--tap", "-k"]
    command += [word for case in skip for word in ("-s", case)]
    environment = {**os.environ, "QTEST_QEMU_BINARY": qemu, "PYTHON": "/usr/bin/python3"}
    try:
        output = subprocess.run(command, env=environment, cwd=build, timeout=180, stdin=QUIET,
                                stdout=subprocess.PIPE, stderr=QUIET).stdout
    except subprocess.TimeoutExpired as hung:
        output = hung.stdout or b""
    results = {}
    for line in output.decode(errors="replace").splitlines():
        status, _, rest = line.partition("ok ")
        if status in ("", "not ") and rest[:1].isdigit():
            case = rest.split()[1]
            if case not in skip:
                results[case] = "skipped" if "# SKIP" in rest else f"{status}ok"
    return results


def listed(build, program, qemu):
    """The names of a program's cases, some of which depend on the emulator."""
    output = subprocess.run([f"{build}/tests/qtest/{program}", "-l"], text=True,
                            stdout=subprocess.PIPE, stderr=QUIET,
                            env={**os.environ, "QTEST_QEMU_BINARY": qemu}).stdout
    # From 2.76 on GLib lists the cases as comments.
    return re.findall("^(?:# )?(/.*)", output, re.M)


def results_on(build, program, qemu, cases=None):
    """All cases of a program, or only those; also those after one that aborts."""
    names = listed(build, program, qemu)
    others = tuple(name for name in names if cases is not None and name not in cases)
    results = {}
    while missing := [name for name in names if name not in (*others, *results)]:
        results |= run(build, program, qemu, (*others, *results))
        for case in missing:
            if results.setdefault(case, "aborted") == "aborted":
                break
    return results
