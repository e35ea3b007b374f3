#!/usr/bin/env python3
"""Reads BTF and prints every struct, union and enum as one line of JSON.

An independent judge of btfly's own reader: it shares no code and no language with it, and follows the kernel's
Documentation/bpf/btf.rst and include/uapi/linux/btf.h only. Nothing but Python's standard library is used.

    btf.py [--base FILE] [--leaves] [--nested] [--image NAME] FILE...

A FILE is raw BTF, or an ELF file with a .BTF section (vmlinux, .ko), plain or packed by xz or gzip; a name of the form
@LIST reads paths from a file, one a line. FILEs are split BTF when --base says of what, unless they bring a .BTF.base along.

    {"image":"vmlinux","id":190,"kind":"struct","name":"in_addr","size":4,
     "members":[{"name":"s_addr","type":"__be32","bitOffset":0,"bitSize":null,"size":4}]}

bitSize is null for what is no bitfield; sizes are in bytes, and bitOffset counts from the start of the record.
An enum has "signed" and "values" instead of "members". With --leaves a member has "leaves": the ids of the structs, unions,
enums and typedefs that its type names, in the order in which C declares them (return type before parameters); 0 is one that is
only declared. With --nested a member that is an anonymous record, or an array of them, has "members", whose
offsets count from the start of the outermost record.
"""
import array
import gzip
import json
import lzma
import os
import struct
import sys

INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, FUNC_PROTO, VAR, DATASEC, FLOAT, DECL_TAG, \
    TYPE_TAG, ENUM64 = range(1, 20)

# Words behind the three of each type: so many once, so many an element.
EXTRA = {
    INT: (1, 0), PTR: (0, 0), ARRAY: (3, 0), STRUCT: (0, 3), UNION: (0, 3), ENUM: (0, 2), FWD: (0, 0), TYPEDEF: (0, 0), VOLATILE: (0, 0),
    CONST: (0, 0), RESTRICT: (0, 0), FUNC: (0, 0), FUNC_PROTO: (0, 2), VAR: (1, 0), DATASEC: (0, 3), FLOAT: (0, 0), DECL_TAG: (1, 0),
    TYPE_TAG: (0, 0), ENUM64: (0, 3),
}

QUALIFIERS = {CONST: 'const', VOLATILE: 'volatile', RESTRICT: 'restrict'}


class Btf:
    """One BTF, or a split BTF on its base. Type ids are those of the format: 0 is void, split BTF goes on where its base ends."""

    def __init__(self, what, data, base=None):
        self.what, self.base = what, base
        self.first = base.end if base else 1
        self.first_string = base.end_string if base else 0
        order = {b'\x9f\xeb': '<', b'\xeb\x9f': '>'}.get(data[:2])
        if order is None:
            raise ValueError(f'{what}: no BTF')
        header, type_off, type_len, str_off, str_len = struct.unpack_from(order + '5I', data, 4)
        self.layout = base.layout if base else None
        if header >= 32:
            layout_off, layout_len = struct.unpack_from(order + '2I', data, 24)
            if layout_len:
                self.layout = [tuple(data[at:at + 2]) for at in range(header + layout_off, header + layout_off + layout_len, 4)]
        words = array.array('I', data[header + type_off:header + type_off + type_len])
        if (order == '<') != (sys.byteorder == 'little'):
            words.byteswap()
        self.words = words
        self.strings = data[header + str_off:header + str_off + str_len]
        self.end_string = self.first_string + str_len
        self.starts = self._starts()
        self.end = self.first + len(self.starts)
        self._names, self._shapes, self._sizes, self._declared = {}, {}, {}, {}
        self._pointer = None

    def _starts(self):
        words, starts, at, end = self.words, [], 0, len(self.words)
        while at < end:
            starts.append(at)
            info = words[at + 1]
            once, each = self._extra((info >> 24) & 0x7f)
            at += 3 + once + each * (info & 0xffffff)
        return starts

    def _extra(self, kind):
        if kind in EXTRA:
            return EXTRA[kind]
        if self.layout and kind < len(self.layout):
            once, each = self.layout[kind]
            return once // 4, each // 4
        raise ValueError(f'{self.what}: kind {kind} is not known')

    def of(self, id):
        """Who holds that type, and where in its words; for ids above 0."""
        holder = self
        while id < holder.first:
            holder = holder.base
        return holder, holder.starts[id - holder.first]

    def kind(self, id):
        if id == 0:
            return 0
        holder, at = self.of(id)
        return (holder.words[at + 1] >> 24) & 0x7f

    def third(self, id):
        """The size or the type, whichever the kind has."""
        holder, at = self.of(id)
        return holder.words[at + 2]

    def string(self, offset):
        if offset < self.first_string:
            return self.base.string(offset)
        text = self._names.get(offset)
        if text is None:
            start = offset - self.first_string
            text = self._names[offset] = self.strings[start:self.strings.index(0, start)].decode('latin1')
        return text

    def name(self, id):
        holder, at = self.of(id)
        return holder.string(holder.words[at])

    def pointer_size(self):
        if self.base:
            return self.base.pointer_size()
        if self._pointer is None:
            sizes = [self.third(id) for id in range(1, self.end) if self.kind(id) == INT and self.name(id) in ('long unsigned int', 'unsigned long', 'long int')]
            self._pointer = sizes[0] if sizes else 8
        return self._pointer

    # --- sizes

    def size(self, id):
        if id < self.first:
            return self.base.size(id) if id else 0
        size = self._sizes.get(id)
        if size is None:
            size = self._sizes[id] = self._size(id)
        return size

    def _size(self, id):
        kind = self.kind(id)
        if kind in (INT, STRUCT, UNION, ENUM, ENUM64, FLOAT, DATASEC):
            return self.third(id)
        if kind == PTR:
            return self.pointer_size()
        if kind in (TYPEDEF, CONST, VOLATILE, RESTRICT, TYPE_TAG, VAR, DECL_TAG):
            return self.size(self.third(id))
        if kind == ARRAY:
            holder, at = self.of(id)
            return self.size(holder.words[at + 3]) * holder.words[at + 5]
        return 0

    # --- spelling

    def type_text(self, id):
        text = self._declared.get(id)
        if text is None:
            text = self._declared[id] = self.declare(id, '')
        return text

    def declare(self, id, name):
        """`name` declared in C; a type without a name where that is empty."""
        leaf, before, after = self.shape(id)
        if name and before and before[-1] not in '*(':
            before += ' '
        declarator = before + name + after
        return leaf + (' ' if declarator and declarator[0] != '[' and declarator[0] != ' ' else '') + declarator

    def shape(self, id):
        """What stands left of the declarator, and the declarator's text before and behind the name."""
        if 0 < id < self.first:
            return self.base.shape(id)
        shape = self._shapes.get(id)
        if shape is None:
            shape = self._shapes[id] = self._shape(id)
        return shape

    def _shape(self, id):
        before, after, words, depth = '', '', [], 0
        # Declarators are read from the name outwards: what the name is first stands next to it.
        pointer_next = False
        while True:
            depth += 1
            if depth > 1000:
                raise ValueError(f'{self.what}: type {id} has no end')
            kind = self.kind(id)
            if kind in QUALIFIERS:
                words.append(QUALIFIERS[kind])
                id = self.third(id)
            elif kind == TYPE_TAG:
                id = self.third(id)
            elif kind == PTR:
                qualified = ''.join(f' {word}' for word in ordered(words))
                # pahole sets a space between the star of what a function returns and its parenthesis.
                returned = before[:1] == '(' and after.startswith(')(')
                before = '*' + qualified + (' ' if before and (qualified or returned) else '') + before
                words, pointer_next = [], True
                id = self.third(id)
            elif kind == ARRAY or kind == FUNC_PROTO:
                if pointer_next:
                    before, after, pointer_next = '(' + before, after + ')', False
                holder, at = self.of(id)
                if kind == ARRAY:
                    # C has no qualified arrays: the qualifiers are the elements'.
                    after += f'[{holder.words[at + 5]}]'
                    id = holder.words[at + 3]
                else:
                    after += f'({self.parameters(id)})'
                    words = []
                    id = holder.words[at + 2]
            else:
                return ''.join(f'{word} ' for word in ordered(words)) + self.leaf(id, kind), before, after

    def leaf(self, id, kind):
        if kind == 0:
            return 'void'
        name = self.name(id)
        if kind in (INT, FLOAT, TYPEDEF):
            return name
        if kind in (STRUCT, UNION, ENUM, ENUM64):
            word = {STRUCT: 'struct', UNION: 'union'}.get(kind, 'enum')
            return f'{word} {name}' if name else word + ' {...}'
        if kind == FWD:
            holder, at = self.of(id)
            return f'{"union" if holder.words[at + 1] >> 31 else "struct"} {name}'
        return f'<kind {kind}>'

    def params(self, id):
        """(name, type) of a prototype; (empty, 0) at the end stands for the ellipsis."""
        holder, at = self.of(id)
        words = holder.words
        return [(holder.string(words[place]), words[place + 1]) for place in range(at + 3, at + 3 + 2 * (words[at + 1] & 0xffffff), 2)]

    def parameters(self, id):
        params = self.params(id)
        texts = [self.declare(type, name) for name, type in params]
        if params and params[-1] == ('', 0):
            texts[-1] = '...'
        return ', '.join(texts) or 'void'

    # --- what a type names

    def leaves(self, id):
        found = []
        self._leaves(id, found)
        return found

    def _leaves(self, id, found):
        while id:
            kind = self.kind(id)
            if kind in (STRUCT, UNION, ENUM, ENUM64, TYPEDEF):
                found.append(id)
                return
            if kind == FWD:
                found.append(0)
                return
            if kind == FUNC_PROTO:
                self._leaves(self.third(id), found)
                for _, type in self.params(id):
                    self._leaves(type, found)
                return
            if kind == ARRAY:
                holder, at = self.of(id)
                id = holder.words[at + 3]
            elif kind in (PTR, CONST, VOLATILE, RESTRICT, TYPE_TAG):
                id = self.third(id)
            else:
                return

    # --- definitions

    def definitions(self, image, leaves=False, nested=False):
        """Every struct, union and enum of this BTF, without its base's."""
        for id in range(self.first, self.end):
            kind = self.kind(id)
            if kind in (STRUCT, UNION):
                yield {
                    'image': image, 'id': id, 'kind': 'struct' if kind == STRUCT else 'union', 'name': self.name(id) or None, 'size': self.third(id),
                    'members': self.members(id, 0, leaves, nested),
                }
            elif kind in (ENUM, ENUM64):
                yield self.enumeration(image, id, kind)

    def members(self, id, start, leaves, nested):
        holder, at = self.of(id)
        words = holder.words
        info = words[at + 1]
        bitfields = info >> 31
        listed = []
        for place in range(at + 3, at + 3 + 3 * (info & 0xffffff), 3):
            type, offset = words[place + 1], words[place + 2]
            bits = None
            if bitfields:
                bits, offset = offset >> 24 or None, offset & 0xffffff
            else:
                bits, offset = self.old_bitfield(type, offset)
            member = {
                'name': holder.string(words[place]) or None, 'type': holder.type_text(type), 'bitOffset': start + offset, 'bitSize': bits, 'size': holder.size(type),
            }
            if leaves:
                member['leaves'] = holder.leaves(type)
            if nested:
                body = holder.anonymous(type)
                if body:
                    member['members'] = holder.members(body, start + offset, leaves, nested)
            listed.append(member)
        return listed

    def old_bitfield(self, type, offset):
        """Before kind_flag a bitfield was an INT with fewer bits than its size, or with an offset of its own."""
        while self.kind(type) in (TYPEDEF, CONST, VOLATILE, RESTRICT, TYPE_TAG):
            type = self.third(type)
        if self.kind(type) != INT:
            return None, offset
        holder, at = self.of(type)
        data = holder.words[at + 3]
        bits, inner = data & 0xff, (data >> 16) & 0xff
        if bits == 8 * holder.words[at + 2] and inner == 0:
            return None, offset
        return bits, offset + inner

    def anonymous(self, id):
        """The record without a name that a type is, or an array's elements are; else 0."""
        while True:
            kind = self.kind(id)
            if kind in (CONST, VOLATILE, RESTRICT, TYPE_TAG):
                id = self.third(id)
            elif kind == ARRAY:
                holder, at = self.of(id)
                id = holder.words[at + 3]
            else:
                return id if kind in (STRUCT, UNION) and not self.name(id) else 0

    def enumeration(self, image, id, kind):
        holder, at = self.of(id)
        words = holder.words
        info = words[at + 1]
        signed = bool(info >> 31)
        values = []
        if kind == ENUM:
            for place in range(at + 3, at + 3 + 2 * (info & 0xffffff), 2):
                value = words[place + 1]
                values.append((holder.string(words[place]), value - (1 << 32) if signed and value >> 31 else value))
        else:
            for place in range(at + 3, at + 3 + 3 * (info & 0xffffff), 3):
                value = words[place + 1] | words[place + 2] << 32
                values.append((holder.string(words[place]), value - (1 << 64) if signed and value >> 63 else value))
        return {
            'image': image, 'id': id, 'kind': 'enum', 'name': self.name(id) or None, 'size': words[at + 2], 'signed': signed,
            # JSON's numbers are doubles for most readers.
            'values': [{'name': name, 'value': value if -(1 << 53) < value < 1 << 53 else str(value)} for name, value in values],
        }


def ordered(words):
    """`const` before `volatile`, each once."""
    return [word for word in ('const', 'volatile', 'restrict') if word in words]


# --- files

def contents(path):
    with open(path, 'rb') as file:
        data = file.read()
    if data[:6] == b'\xfd7zXZ\0':
        return lzma.decompress(data)
    return gzip.decompress(data) if data[:2] == b'\x1f\x8b' else data


def sections(what, data):
    """.BTF and .BTF.base of an ELF file, by name."""
    wide, order = data[4] == 2, '<' if data[5] == 1 else '>'
    if wide:
        table, each, count, names = struct.unpack_from(order + 'Q', data, 40) + struct.unpack_from(order + '3H', data, 58)
    else:
        table, each, count, names = struct.unpack_from(order + 'I', data, 32) + struct.unpack_from(order + '3H', data, 46)

    def section(index):
        at = table + index * each
        name, = struct.unpack_from(order + 'I', data, at)
        offset, size = struct.unpack_from(order + ('2Q' if wide else '2I'), data, at + (24 if wide else 16))
        return name, offset, size

    if count == 0:
        count = struct.unpack_from(order + ('Q' if wide else 'I'), data, table + (32 if wide else 20))[0]
    _, names_at, _ = section(names)
    found = {}
    for index in range(count):
        name, offset, size = section(index)
        text = data[names_at + name:data.index(0, names_at + name)].decode('latin1')
        if text in ('.BTF', '.BTF.base'):
            found[text] = data[offset:offset + size]
    return found


def read(path, base=None):
    data = contents(path)
    if data[:4] != b'\x7fELF':
        return Btf(path, data, base)
    found = sections(path, data)
    if '.BTF' not in found:
        raise ValueError(f'{path}: no .BTF section')
    if '.BTF.base' in found:
        base = Btf(path, found['.BTF.base'])
    return Btf(path, found['.BTF'], base)


def image_name(path):
    """A module's name as the kernel has it."""
    return os.path.basename(path).split('.ko')[0].replace('-', '_')


def paths(arguments):
    for argument in arguments:
        if argument.startswith('@'):
            with open(argument[1:], encoding='utf8') as listed:
                yield from listed.read().split('\n')[:-1]
        else:
            yield argument


def main(arguments):
    base, image, options, files = None, None, {}, []
    at = iter(arguments)
    for argument in at:
        if argument == '--base':
            base = read(next(at))
        elif argument == '--image':
            image = next(at)
        elif argument in ('--leaves', '--nested'):
            options[argument[2:]] = True
        else:
            files.append(argument)
    encode = json.JSONEncoder(separators=(',', ':'), ensure_ascii=False, check_circular=False).encode
    out = open(sys.stdout.fileno(), 'w', encoding='utf8', buffering=1 << 20)
    for path in paths(files):
        name = image or (image_name(path) if base else 'vmlinux')
        for definition in read(path, base).definitions(name, **options):
            out.write(encode(definition) + '\n')
    out.flush()


if __name__ == '__main__':
    main(sys.argv[1:])
