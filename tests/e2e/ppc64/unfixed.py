"""The host kernel's fix for devices without DisINTx ("vfio/pci: Fix INTx handling
on legacy non-PCI 2.3 devices", late 2025), taken out of Debian's vfio-pci-core.

The fix is nothing but calls of irq_modify_status(), the only ones in that module.
Without them it is the module of an older kernel, as far as INTx goes, and no kernel
has to be built for that. Its signature goes too: Linux refuses a module whose
signature is wrong, and takes one that has none, which it then marks as tainted "E".

SPDX-License-Identifier: GPL-2.0-or-later
"""
import struct

SECTION = struct.Struct('<IIQQQQIIQQ')
SYMBOL = struct.Struct('<IBBHQQ')
RELOCATION = struct.Struct('<QQq')
SYMTAB, RELA = 2, 4
CALL, IGNORED = 10, 109         # R_PPC64_REL24, R_PPC64_TOCSAVE
BRANCH_AND_LINK, NOP = 0x48000001, 0x60000000
FIX = b'irq_modify_status\0'
SIGNED = b'~Module signature appended~\n'
SIGNATURE = struct.Struct('>8xI')       # what follows it: its length, at last


def unsigned(code):
    """The module without the signature at its end"""
    if not code.endswith(SIGNED):
        return code
    end = len(code) - len(SIGNED) - SIGNATURE.size
    length, = SIGNATURE.unpack_from(code, end)
    return code[:end - length]


def entries(code, section, kind):
    """Offset and fields of each entry of a table"""
    start, size = section[4], section[5]
    for place in range(start, start + size, kind.size):
        yield place, kind.unpack_from(code, place)


def take_out(code):
    """The module without the fix, and how many calls it was"""
    code = bytearray(unsigned(code))
    table, = struct.unpack_from('<Q', code, 0x28)
    count, = struct.unpack_from('<H', code, 0x3c)
    sections = [SECTION.unpack_from(code, table + n * SECTION.size) for n in range(count)]
    symtab = next(s for s in sections if s[1] == SYMTAB)
    names = sections[symtab[6]][4]
    wanted = [number for number, (_, symbol) in enumerate(entries(code, symtab, SYMBOL))
              if code.startswith(FIX, names + symbol[0])]
    calls = 0
    for section in (s for s in sections if s[1] == RELA):
        for place, (offset, info, addend) in entries(code, section, RELOCATION):
            if info >> 32 not in wanted or info & 0xffffffff != CALL:
                continue
            target = sections[section[7]][4] + offset
            instruction, = struct.unpack_from('<I', code, target)
            if instruction & 0xfc000003 != BRANCH_AND_LINK:
                raise ValueError('a call of irq_modify_status() that is none')
            struct.pack_into('<I', code, target, NOP)
            RELOCATION.pack_into(code, place, offset, info >> 32 << 32 | IGNORED, addend)
            calls += 1
    return bytes(code), calls
