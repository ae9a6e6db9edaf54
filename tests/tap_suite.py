# SPDX-License-Identifier: GPL-2.0-or-later
"""One test suite: a command that speaks TAP, and what came of it."""
import collections
import os
import pathlib
import re
import shlex
import signal
import subprocess
import threading
import time

RESULT = re.compile(r"(not )?ok\b\s*\d*\s*-?\s*([^#]*)(?:#\s*(skip)\S*\s*(.*))?", re.I)
PLAN = re.compile(r"1\.\.(\d+)(?:\s*#\s*skip\S*\s*(.*))?", re.I)
MARKS = {"passed": ".", "failed": "F", "skipped": "s"}


class Suite:
    """One line of tests/suites: NAME BASE SECONDS COMMAND...

    A command that dies, hangs, prints no plan or fewer results than it
    planned adds a failed result that says so.
    """

    def __init__(self, line):
        self.name, self.base, self.limit, self.command = line.split(maxsplit=3)
        self.results, self.planned, self.seconds = [], None, 0
        self.output = collections.deque(maxlen=40)

    def add(self, name, status, detail=""):
        self.results.append({"name": name.strip(), "status": status, "detail": detail.strip()})
        failed = f"\nFAILED {name.strip()}\n" if status == "failed" else ""
        print(MARKS[status], end=failed, flush=True)

    def take(self, line):
        """Account for one line of the suite's output."""
        plan, result = PLAN.match(line), RESULT.match(line)
        if plan:
            self.planned = int(plan[1])
            if self.planned == 0:
                self.add(self.name, "skipped", plan[2] or "no reason given")
        elif result and result[3]:
            self.add(result[2], "skipped", result[4])
        elif result and result[1]:
            self.add(result[2], "failed", "".join([*self.output, line]))
        elif result:
            self.add(result[2], "passed")
            self.output.clear()
        else:
            self.output.append(line)

    def run(self):
        print(f"{self.name}: ", end="", flush=True)
        start = time.monotonic()
        skip = pathlib.Path(f"build/{self.base}.skip")
        trouble = None
        if skip.exists():
            self.add(self.name, "skipped", skip.read_text(encoding="utf-8"))
        else:
            try:
                trouble = self.run_command()
            except OSError as error:
                trouble = f"cannot be run: {error}"
        if trouble:
            self.add(f"{self.name} {trouble}", "failed", "".join(self.output))
        self.seconds = round(time.monotonic() - start, 1)
        print(f" ({len(self.results)} in {self.seconds} s)", flush=True)

    def run_command(self):
        """Feed take() with the command's output; return what went wrong otherwise."""
        with subprocess.Popen(shlex.split(self.command), stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              errors="replace", start_new_session=True) as process:
            timer = threading.Timer(int(self.limit), os.killpg, (process.pid, signal.SIGKILL))
            timer.start()
            try:
                for line in process.stdout:
                    self.take(line)
                status = process.wait()
            except KeyboardInterrupt:
                os.killpg(process.pid, signal.SIGKILL)
                raise
            hung = not timer.is_alive()
            timer.cancel()
        if hung:
            return f"did not end within {self.limit} s"
        if self.planned is None:
            return f"printed no plan (exit status {status})"
        if len(self.results) < self.planned:
            return f"ended after {len(self.results)} of {self.planned} (exit status {status})"
        if status and all(r["status"] != "failed" for r in self.results):
            return f"exited with status {status} without a failed result"
        return None

    def as_json(self):
        return {"name": self.name, "seconds": self.seconds, "results": self.results}
