"""What level 1 gets on top for libvirt: Debian's daemon and client with the
libraries that they need, as an archive of its own.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import pathlib

import initramfs
import newc
from domain_xml import domains
from images import BUILD, HERE, fetch

PACKAGES = BUILD / 'libvirt'
LIB = 'usr/lib/x86_64-linux-gnu'
NAMES = '''libvirt-daemon libvirt-daemon-driver-qemu libvirt-daemon-common libvirt-clients
libvirt-common libvirt0 libacl1 libapparmor1 libatomic1 libaudit1 libblkid1 libbrotli1 libbsd0 libc6
libcap-ng0 libcap2 libcom-err2 libcurl3t64-gnutls libffi8 libgcc-s1 libglib2.0-0t64 libgmp10
libgnutls30t64 libgssapi-krb5-2 libhogweed6t64 libidn2-0 libjson-c5 libk5crypto3 libkeyutils1
libkrb5-3 libkrb5support0 libldap2 liblzma5 libmd0 libmount1 libnettle8t64 libnghttp2-14
libnghttp3-9 libngtcp2-16 libngtcp2-crypto-gnutls8 libnl-3-200 libnl-route-3-200 libnuma1
libp11-kit0 libpcre2-8-0 libpsl5t64 libreadline8t64 librtmp1 libsasl2-2 libselinux1 libssh-4
libssh2-1t64 libssl3t64 libtasn1-6 libtinfo6 libtirpc3t64 libunistring5 libxml2 libzstd1
zlib1g'''.split()
PROGRAMS = ['usr/sbin/libvirtd', 'usr/bin/virsh',
            f'{LIB}/libvirt/connection-driver/libvirt_driver_qemu.so']
DATA = ['usr/share/libvirt']
QEMU_CONF = '''user = "root"
group = "root"
security_driver = "none"
stdio_handler = "file"
namespaces = []
cgroup_controllers = []
'''
LIBVIRTD_CONF = 'auth_unix_rw = "none"\nauth_unix_ro = "none"\n'


class Libvirt(newc.Archive):
    """The archive"""
    def __init__(self):
        super().__init__()
        fetch(PACKAGES, NAMES)
        for name in PROGRAMS:
            self.program(name)
        self.file('lib64/ld-linux-x86-64.so.2',
                  (PACKAGES / LIB / 'ld-linux-x86-64.so.2').read_bytes(), 0o755)
        for path in DATA:
            self.tree(PACKAGES / path, path)
        self.file('etc/libvirt/qemu.conf', QEMU_CONF)
        self.file('etc/libvirt/libvirtd.conf', LIBVIRTD_CONF)
        self.file('etc/passwd', 'root:x:0:0::/:/bin/sh\nlibvirt-qemu:x:64055:64055::/:/bin/sh\n')
        self.file('etc/group', 'root:x:0:\nlibvirt-qemu:x:64055:\n')
        self.link('var/run', '/run')
        # libvirt looks there for a driver that is better than vfio-pci.
        version = next((BUILD / 'packages/usr/lib/modules').iterdir()).name
        self.file(f'lib/modules/{version}/modules.alias', '')
        self.tree(HERE / 'libvirt', 'libvirt')
        for name, text in domains().items():
            self.file(f'libvirt/{name}.xml', text)
        for path in ['var/lib/libvirt', 'var/log/libvirt', 'var/cache', 'run']:
            self.directory(path)

    def program(self, name):
        """A file of the packages, and the libraries that it needs"""
        path = PACKAGES / name
        self.file(name, path.read_bytes(), 0o755)
        for library in initramfs.NEEDED.findall(initramfs.readelf(path)):
            place = f'{LIB}/{library}'
            if place in self.entries:
                continue
            if not (PACKAGES / place).exists():
                raise FileNotFoundError(f'{name} needs {library}, which no package brings')
            self.program(place)

    def pack(self):
        """Its path"""
        place = pathlib.Path(BUILD / 'libvirt.cpio')
        with place.open('wb') as out:
            self.write(out)
        return place
