"""What both levels' root file systems are made of, for any architecture:
busybox, kernel modules with those that they need, and programs with their
shared libraries, all taken from unpacked packages or from this machine.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import lzma
import pathlib
import re
import subprocess
import tempfile

import newc

LOADER = re.compile(r'interpreter: (\S+?)\]')
NEEDED = re.compile(r'\(NEEDED\).*\[(\S+)\]')
DEPENDS = re.compile(rb'\0depends=([^\0]*)\0')
APPLETS = ('[ ash awk basename cat chmod cp cpio cut date dd df dirname dmesg echo env '
           'expr false find free grep gunzip head hexdump hostname ifconfig insmod ip kill '
           'killall ln ls lsmod lspci mkdir mkfifo mknod mount mountpoint mv nc nproc od ping '
           'pidof poweroff printf ps pwd readlink reboot rm rmmod sed seq setsid sh sleep '
           'sort stat sync tail taskset tee test timeout top touch tr true umount uname uniq uptime '
           'usleep wc which xargs').split()


class Initramfs(newc.Archive):
    """A root file system whose /init is a shell script"""
    def __init__(self, busybox, init):
        super().__init__()
        for path in ['proc', 'sys', 'dev', 'tmp', 'etc', 'run', 'modules']:
            self.directory(path)
        self.node('dev/console', 5, 1)
        self.node('dev/null', 1, 3)
        self.file('bin/busybox', pathlib.Path(busybox).read_bytes(), 0o755)
        for applet in APPLETS:
            self.link(f'bin/{applet}', 'busybox')
        self.file('init', pathlib.Path(init).read_text(encoding='utf-8'), 0o755)

    def modules(self, directory, names):
        """Kernel modules to /modules/NAME.ko; NAME.order there lists, for each
        of @names, what to insert before it and itself, in order."""
        found = {path.name.split('.ko')[0].replace('-', '_'): path
                 for path in pathlib.Path(directory).rglob('*.ko*')}
        for name in names:
            order = []
            self.module(found, name, order)
            self.file(f'modules/{name}.order', ''.join(f'{n}\n' for n in order))

    def module(self, found, name, order):
        """One module and, before it, those that it depends on"""
        if name not in found:
            raise FileNotFoundError(f'the kernel package has no module {name}')
        code = found[name].read_bytes()
        if found[name].suffix == '.xz':
            code = lzma.decompress(code)
        for other in DEPENDS.search(code)[1].decode().replace('-', '_').split(','):
            # What is built into the kernel has no file.
            if other in found and other not in order:
                self.module(found, other, order)
        self.file(f'modules/{name}.ko', code)
        order.append(name)

    def program(self, path, place, libraries, sysroot='/', strip='strip'):
        """A program at @place, with the shared libraries that it needs from the
        directories @libraries and its loader, which is below @sysroot"""
        with tempfile.NamedTemporaryFile() as stripped:
            subprocess.run([strip, '-o', stripped.name, path], check=True)
            self.file(place, pathlib.Path(stripped.name).read_bytes(), 0o755)
        told = readelf(path)
        loader = LOADER.search(told)
        if loader:
            self.file(loader[1], pathlib.Path(sysroot, loader[1][1:]).read_bytes(), 0o755)
        self.libraries(told, libraries)

    def libraries(self, told, directories):
        """The libraries that readelf told of, and those that they need"""
        for name in NEEDED.findall(told):
            if f'lib/{name}' in self.entries or name.startswith('ld'):
                continue
            paths = [p for p in (pathlib.Path(d, name) for d in directories) if p.exists()]
            if not paths:
                raise FileNotFoundError(f'no {name} in {directories}')
            self.file(f'lib/{name}', paths[0].read_bytes(), 0o755)
            self.libraries(readelf(paths[0]), directories)


def readelf(path):
    """What a program needs, in readelf's words"""
    return subprocess.run(['readelf', '-Wld', path], check=True, text=True,
                          stdout=subprocess.PIPE, env={'LC_ALL': 'C'}).stdout
