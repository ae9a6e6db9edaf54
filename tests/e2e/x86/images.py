"""The kernel and the root file systems of both levels, from Debian's packages
and this tree, in build/e2e/x86.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import pathlib
import subprocess
import sys

import initramfs

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[2]
BUILD = TOP / 'build/e2e/x86'
PACKAGES = BUILD / 'packages'
# The program that moves interrupts in most guests, and what it needs
IRQBALANCE = BUILD / 'irqbalance'
NEEDS = ('irqbalance libatomic1 libc6 libcap-ng0 libcap2 libglib2.0-0t64 libnuma1 '
         'libpcre2-8-0 libsystemd0').split()
LIBRARIES = ['/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu']
FIRMWARE = ['/usr/share/qemu/qboot.rom', '/usr/share/qemu/pvh.bin', '/usr/share/qemu/linuxboot_dma.bin',
            '/usr/share/qemu/kvmvapic.bin', '/usr/share/seabios/bios-256k.bin']
LEVEL1 = ['kvm_amd', 'vfio_pci_core', 'vfio_pci', 'vfio_iommu_type1', 'e1000e']
LEVEL2 = ['nvme_core', 'nvme', 'igb', 'e1000e', 'uio_pci_generic']
ZSTD = b'\x28\xb5\x2f\xfd'


def fetch(directory, names):
    """Debian's packages of these names, unpacked; without them, a skipped suite"""
    status = subprocess.run([TOP / 'tests/e2e/fetch-packages', 'amd64', 'trixie',
                             directory.relative_to(TOP), *names], check=False).returncode
    if status == 77:
        print('1..0 # SKIP the archive does not have the packages that this runs', flush=True)
        sys.exit()
    if status:
        sys.exit(status)


def extract_kernel(place):
    """The kernel without the part that would decompress it: QEMU starts it at
    its PVH entry, which saves seconds at either level"""
    image = next(PACKAGES.glob('boot/vmlinuz-*')).read_bytes()
    start = image.find(ZSTD, 0x4000)
    while start >= 0:
        out = subprocess.run(['zstd', '-dc'], input=image[start:], check=False,
                             capture_output=True).stdout
        if out.startswith(b'\x7fELF'):
            place.write_bytes(out)
            return
        start = image.find(ZSTD, start + 1)
    sys.exit('the kernel package holds no kernel compressed by zstd any more')


def root(init, modules):
    """What both levels have"""
    kernel = next(PACKAGES.glob('usr/lib/modules/*'))
    image = initramfs.Initramfs(PACKAGES / 'usr/bin/busybox', HERE / init)
    image.file('mark.sh', (HERE.parent / 'mark.sh').read_text(encoding='utf-8'))
    image.modules(kernel, modules)
    return image


def level2(balancing):
    """The guest: provoking programs and the cases"""
    image = root('level2-init', LEVEL2)
    image.tree(HERE / 'level2', 'cases')
    if balancing:
        fetch(IRQBALANCE, NEEDS)
        image.program(IRQBALANCE / 'usr/sbin/irqbalance', 'bin/irqbalance',
                      [IRQBALANCE / 'usr/lib/x86_64-linux-gnu'], IRQBALANCE / 'usr')
    for source in [*HERE.glob('*.c'), HERE.parent / 'mask-toggle.c']:
        program = BUILD / source.stem
        subprocess.run(['gcc', '-O2', '-static', '-I', HERE.parent, '-o', program, source], check=True)
        image.file(f'bin/{source.stem}', program.read_bytes(), 0o755)
    return image


def build(emulators, balancing=False):
    """All of it; @emulators: the QEMU of level 2, by the name it gets there;
    @balancing: with irqbalance"""
    BUILD.mkdir(parents=True, exist_ok=True)
    fetch(PACKAGES, ['linux-image-6.12*-amd64', 'busybox-static'])
    kernel = BUILD / 'vmlinux'
    if not kernel.exists() or kernel.stat().st_mtime < (PACKAGES / '.packages').stat().st_mtime:
        extract_kernel(kernel)
    with (BUILD / 'level2.cpio').open('wb') as out:
        level2(balancing).write(out)
    image = root('level1-init', LEVEL1)
    image.file('level1-run.sh', (HERE / 'level1-run.sh').read_text(encoding='utf-8'))
    for name, path in emulators.items():
        image.program(path, f'qemu/{name}', LIBRARIES)
    for path in map(pathlib.Path, FIRMWARE):
        image.file(str(path), path.read_bytes())
    image.file('level2/vmlinux', kernel.read_bytes())
    image.file('level2/initrd', (BUILD / 'level2.cpio').read_bytes())
    with (BUILD / 'level1.cpio').open('wb') as out:
        image.write(out)
    with (BUILD / 'disk').open('ab') as out:
        out.truncate(64 << 20)
