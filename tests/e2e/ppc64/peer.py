"""The other end of a network function's cable: answers ARP requests for any
address and echo requests, and nothing else. QEMU's -netdev dgram is connected to
it, one datagram a frame.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import pathlib
import socket
import struct
import tempfile
import threading

MAC = bytes.fromhex('5254000000ff')
ARP, IPV4, REQUEST, ICMP, ECHO = 0x0806, 0x0800, 1, 1, 8


def checksum(data):
    """The Internet's, of an even number of bytes"""
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total >> 16) + (total & 0xffff)
    return ~total & 0xffff


def answer(frame):
    """The frame to send back, or None"""
    source, kind = frame[6:12], int.from_bytes(frame[12:14], 'big')
    head = source + MAC + frame[12:14]
    if kind == ARP and frame[21] == REQUEST:
        return (head + frame[14:20] + b'\0\2' + MAC + frame[38:42] + source +
                frame[28:32] + bytes(18))
    if kind != IPV4 or frame[14] != 0x45 or frame[23] != ICMP or frame[34] != ECHO:
        return None
    length = int.from_bytes(frame[16:18], 'big')
    ping = b'\0\0\0\0' + frame[38:14 + length]
    ping = ping[:2] + struct.pack('!H', checksum(ping + bytes(len(ping) % 2))) + ping[4:]
    # The header's sum stays when its addresses change places.
    return head + frame[14:26] + frame[30:34] + frame[26:30] + ping


class Peer:
    """A context in which one function has its other end"""
    def __init__(self, name):
        # A socket's path has to be short.
        self.place = tempfile.TemporaryDirectory(prefix='e2e-')
        self.ours = pathlib.Path(self.place.name, 'peer')
        self.theirs = pathlib.Path(self.place.name, 'qemu')
        self.name, self.echoes = name, 0
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

    def __enter__(self):
        self.socket.bind(str(self.ours))
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)  # wakes its reader
        self.socket.close()
        self.place.cleanup()

    def netdev(self):
        """QEMU's option"""
        return (f'dgram,id={self.name},local.type=unix,local.path={self.theirs},'
                f'remote.type=unix,remote.path={self.ours}')

    def serve(self):
        """Until the context is left"""
        while True:
            try:
                frame = self.socket.recv(65536)
                if not frame:
                    return
                reply = answer(frame) if len(frame) >= 42 else None
                if reply:
                    self.socket.sendto(reply, str(self.theirs))
                    self.echoes += reply[12:14] == b'\x08\0'
            except OSError:
                if self.socket.fileno() < 0:
                    return
