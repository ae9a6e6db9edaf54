"""What level 1 is made of: packages and our own builds, by the scripts of this tree.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import pathlib
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[3]


class Unavailable(Exception):
    """The archive does not have what level 1 is made of"""


def script(name, *words):
    """Run one of this tree's; what it says goes to standard error"""
    status = subprocess.run([TOP / name, *words], check=False, stdout=sys.stderr).returncode
    if status == 77:
        raise Unavailable(f'{name} {words[0]}: the archive does not have all that is needed')
    if status:
        sys.exit(status)


def emulators(base):
    """Level 2's, for ppc64le"""
    for name in (f'{base}-stock', base):
        script('scripts/cross-build-ppc64le', name)
    return {'ours': TOP / f'build/{base}/ppc64le/qemu-system-ppc64',
            'stock': TOP / f'build/{base}-stock/ppc64le/qemu-system-ppc64'}
