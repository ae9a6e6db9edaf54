"""The root file systems of both levels, from Debian's packages for ppc64el and
this tree, in build/e2e/ppc64.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import pathlib
import subprocess
import sys

import initramfs
import obtain
import unfixed

HERE = pathlib.Path(__file__).resolve().parent
TOP = obtain.TOP
BUILD = TOP / 'build/e2e/ppc64'
PACKAGES = BUILD / 'guest'
SYSROOT = BUILD / 'sysroot'
LIBRARIES = [SYSROOT / 'usr/lib/powerpc64le-linux-gnu']
TOOL = 'powerpc64le-linux-gnu-'
FIRMWARE = ['/usr/share/qemu/vof.bin', '/usr/share/qemu/slof.bin']
LEVEL1 = ['kvm_hv', 'vfio_pci_core', 'vfio_pci', 'vfio_iommu_spapr_tce']
# What level 2's QEMU is to trace
EVENTS = ['vfio_intx_interrupt', 'vfio_*intx_eoi*', 'vfio_intx_enable_kvm',
          'vfio_intx_re*', 'vfio_msi_interrupt', 'vfio_region_mmaps_set_enabled',
          'spapr_xive_esb', 'xics_ics_eoi']


def kernel(pages):
    """The one with pages of "4k" or "64k". Level 1 needs the latter: with the
    other, in-kernel XIVE and trapped accesses fail. In level 2, that one crashes at
    a trapped access now and then."""
    return next(path for path in PACKAGES.glob('boot/vmlinux-*')
                if path.name.endswith('-64k') == (pages == '64k'))


def compile_tool(source, *how):
    """A program of one file for ppc64le"""
    program = BUILD / source.stem
    subprocess.run([f'{TOOL}gcc', '-O2', *how, '-o', program, source], check=True)
    return program.read_bytes()


def root(init, pages, modules):
    """What both levels have"""
    release = kernel(pages).name.partition('-')[2]
    image = initramfs.Initramfs(PACKAGES / 'usr/bin/busybox', HERE / init)
    image.file('mark.sh', (HERE.parent / 'mark.sh').read_text(encoding='utf-8'))
    image.modules(PACKAGES / 'usr/lib/modules' / release, modules)
    return image


def level2():
    """The guest"""
    image = root('level2-init', '4k', ['e1000e'])
    for name in ('mask-toggle', 'mark-count'):
        image.file(f'bin/{name}', compile_tool(HERE.parent / f'{name}.c', '-static'), 0o755)
    return image


def without_fix(image):
    """vfio-pci-core of a host kernel before the fix for devices without DisINTx"""
    module, calls = unfixed.take_out(image.entries['modules/vfio_pci_core.ko'][1])
    if not calls:
        sys.exit("Debian's vfio-pci-core calls no irq_modify_status(): the fix looks otherwise now")
    return module


def build(base):
    """All of it, with both emulators of a base"""
    obtain.script('tests/e2e/fetch-packages', 'ppc64el', 'trixie', PACKAGES.relative_to(TOP),
                  'busybox-static', 'linux-image-6.12*-powerpc64le',
                  'linux-image-6.12*-powerpc64le-64k')
    programs = obtain.emulators(base)
    with (BUILD / 'level2.cpio').open('wb') as out:
        level2().write(out)
    image = root('level1-init', '64k', LEVEL1)
    image.file('level1-run.sh', (HERE / 'level1-run.sh').read_text(encoding='utf-8'))
    image.file('modules/unfixed.ko', without_fix(image))
    image.file('bin/kvm-extension', compile_tool(HERE / 'kvm-extension.c', '-static'), 0o755)
    image.file('lib/other-host.so',
               compile_tool(HERE / 'other-host.c', '-shared', '-fPIC'), 0o755)
    image.file('events', ''.join(f'{event}\n' for event in EVENTS))
    for name, path in programs.items():
        image.program(path, f'qemu/{name}', LIBRARIES, SYSROOT, f'{TOOL}strip')
    for path in map(pathlib.Path, FIRMWARE):
        image.file(f'qemu/{path.name}', path.read_bytes())
    image.file('level2/vmlinux', kernel('4k').read_bytes())
    image.file('level2/initrd', (BUILD / 'level2.cpio').read_bytes())
    with (BUILD / 'level1.cpio').open('wb') as out:
        image.write(out)
