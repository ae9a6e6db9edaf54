"""The machines that bare-metal guests run on: their command lines.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import pathlib

DATA = ['/usr/share/qemu', '/usr/share/seabios']
QBOOT = '/usr/share/qemu/qboot.rom'     # KVM may emulate all of SeaBIOS

# What TCG lacks of the default pseries machine, and would warn of
NO_MITIGATIONS = 'cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,' \
    'cap-ccf-assist=off'


class Machine:
    """A machine with the test function assigned"""
    def __init__(self, arch, host_options, arguments, why_not_built):
        self.guests = pathlib.Path('tests/guest') / arch
        self.host_options = host_options
        self.arguments = arguments      # function of variant and parameters
        self.why_not_built = why_not_built

    def missing(self, tools):
        """Why its guests cannot run, or None"""
        built = any((tools / self.guests).glob('*.elf'))
        return None if built else self.why_not_built

    def command(self, qemu, variant, case, params, host_options, tools):
        """The command line of a run"""
        machine, more = self.arguments(variant)
        append = ' '.join(f'{k}={v}' for k, v in {**params, **more}.items())
        return [tools / 'tests/host/vfio-host', 'run', '--quiet',
                *self.host_options, *host_options, '--', qemu, *machine,
                *(word for path in DATA for word in ('-L', path)),
                '-nodefaults', '-display', 'none', '-no-reboot',
                '-serial', 'stdio', '-append', append,
                '-kernel', tools / self.guests / f'{case}.elf']


def q35(accel):
    """A PC; the variant is the accelerator"""
    bios = ['-bios', QBOOT] if pathlib.Path(QBOOT).exists() else []
    return (['-M', 'q35', '-accel', accel, '-cpu', 'qemu64,-pni', '-m', '64',
             '-device', 'isa-debug-exit,iobase=0xf4,iosize=4', *bios], {})


def pseries(controller):
    """A POWER guest; the variant is "xics" or "xive", or either of a machine
    that offers both: "dual-xics", "dual-xive"
    """
    mode, _, choice = controller.partition('-')
    machine = f'pseries,x-vof=on,ic-mode={mode},{NO_MITIGATIONS}'
    return (['-M', machine, '-accel', 'tcg', '-m', '256'],
            {'xics': 1} if choice == 'xics' else {})


X86 = Machine('x86', [], q35, 'the x86 guests were not built: no x86 compiler')
PPC64 = Machine('ppc64', ['--backend', 'legacy', '--props', 'addr=1'], pseries,
                'the ppc64 guests were not built: no powerpc64le-linux-gnu-gcc'
                ' ("make packages" installs it)')
