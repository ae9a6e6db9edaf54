"""The domains that libvirt starts in level 1, made of the XML that docs/libvirt.md
shows: its <emulator>, its <hostdev> and its <qemu:override>.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import re

from images import TOP

SHOWN = re.compile(r'```xml\n(.*?)```', re.S)
EMULATOR = '/usr/local/bin/qemu-system-x86_64'
DOMAIN = '''<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
<name>level2</name>
<memory unit='MiB'>384</memory>
<vcpu>1</vcpu>
<os>
<type arch='x86_64' machine='q35'>hvm</type>
<kernel>/level2/vmlinux</kernel>
<initrd>/level2/initrd</initrd>
<cmdline>console=ttyS0 mitigations=off nokaslr tsc=reliable no_timer_check panic=0 quiet \
loglevel=4 cases=hotplug:hotplug</cmdline>
</os>
<features><acpi/><apic/></features>
<cpu mode='host-passthrough'/>
<on_reboot>destroy</on_reboot>
<devices>
{emulator}
<controller type='pci' index='0' model='pcie-root'/>
<controller type='pci' index='1' model='pcie-root-port'/>
<controller type='pci' index='2' model='pcie-root-port'/>
<controller type='usb' model='none'/>
<serial type='file'><source path='/tmp/console'/></serial>
<memballoon model='none'/>
{hostdev}
</devices>
{override}
</domain>
'''


def domains():
    """By name: a domain on each emulator, one on stock with ours' properties, and
    the assigned function alone"""
    page = (TOP / 'docs/libvirt.md').read_text(encoding='utf-8')
    shown = {re.search(r'<([a-z:]+)', text)[1]: text for text in SHOWN.findall(page)}
    hostdev = shown['hostdev'].replace("bus='0x65' slot='0x00'", "bus='0x00' slot='0x07'")
    if hostdev == shown['hostdev'] or EMULATOR not in shown['emulator']:
        raise ValueError('docs/libvirt.md shows another address or emulator than it did')
    emulators = {name: shown['emulator'].replace(EMULATOR, f'/qemu/{name}')
                 for name in ('stock', 'ours')}
    override = shown['qemu:override']
    return {
        'stock': DOMAIN.format(emulator=emulators['stock'], hostdev=hostdev, override=''),
        'ours': DOMAIN.format(emulator=emulators['ours'], hostdev=hostdev, override=override),
        'overridden': DOMAIN.format(emulator=emulators['stock'], hostdev=hostdev,
                                    override=override),
        'hostdev': hostdev}
