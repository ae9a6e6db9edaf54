"""Write a cpio archive of the kind that Linux unpacks as its initramfs.

Entries may be given in any order; missing directories are added. Archives can be
concatenated: a later one adds to, and replaces files of, an earlier one.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import stat


class Archive:
    """What a root file system will hold, by path without a leading slash"""
    def __init__(self):
        self.entries = {}       # path: (mode, data, device numbers)

    def directory(self, path):
        """A directory, and those that it is in"""
        path = path.strip('/')
        while path and path not in self.entries:
            self.entries[path] = (stat.S_IFDIR | 0o755, b'', (0, 0))
            path = path.rpartition('/')[0]

    def add(self, path, mode, data=b'', device=(0, 0)):
        """An entry of any kind; @mode has the kind and the rights"""
        path = path.strip('/')
        self.directory(path.rpartition('/')[0])
        self.entries[path] = (mode, data, device)

    def file(self, path, data, rights=0o644):
        """A regular file with this content, text or bytes"""
        data = data.encode() if isinstance(data, str) else data
        self.add(path, stat.S_IFREG | rights, data)

    def link(self, path, target):
        """A symbolic link"""
        self.add(path, stat.S_IFLNK | 0o777, target.encode())

    def node(self, path, major, minor):
        """A character device"""
        self.add(path, stat.S_IFCHR | 0o600, device=(major, minor))

    def tree(self, source, path=''):
        """All that is below the directory @source, at @path"""
        for item in sorted(source.rglob('*')):
            place = f'{path}/{item.relative_to(source)}'
            if item.is_symlink():
                self.link(place, str(item.readlink()))
            elif item.is_dir():
                self.directory(place)
            elif item.is_file():
                self.file(place, item.read_bytes(), item.stat().st_mode & 0o7777)

    def write(self, out):
        """The archive, to an open file"""
        for number, path in enumerate(sorted(self.entries), 1):
            mode, data, device = self.entries[path]
            write_entry(out, number, path, mode, data, device)
        write_entry(out, 0, 'TRAILER!!!', 0, b'', (0, 0))


def write_entry(out, number, path, mode, data, device):
    """One header of 13 hexadecimal fields, the name, the data, each padded to 4"""
    name = path.encode() + b'\0'
    links = 2 if stat.S_ISDIR(mode) else 1
    fields = (number, mode, 0, 0, links, 0, len(data), 0, 0, *device, len(name), 0)
    head = b'070701' + b''.join(b'%08x' % field for field in fields) + name
    out.write(head + bytes(-len(head) % 4))
    out.write(data)
    out.write(bytes(-len(data) % 4))
