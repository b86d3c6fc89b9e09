"""Reads float32 arrays out of the plainest kind of HDF5 file, the one Keras writes, in bounded time.

The HDF5 library trusts the addresses in a file: a few altered bytes make it loop for ever, with Python's lock
held, so that a whole window freezes, or ask for gigabytes. Here every read is inside the file and their
number is limited. Only what Keras writes is known: superblock 0, groups with symbol tables, arrays in one
piece.

Source: The HDF Group, "HDF5 File Format Specification Version 3.0", sections II.A, III.A to III.D, IV.A.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import FileFormatError

MAGIC = b"\x89HDF\r\n\x1a\n"
#: Nodes and headers read from one file at most; a model of 32 layers, all normalised with PReLU, needs 12,000.
MAX_READS = 20_000
_MAX_MESSAGES = 256
_UNDEFINED = 2**64 - 1
#: IEEE 754 single precision, little-endian, as a datatype message (IV.A.2.d).
_FLOAT32 = bytes.fromhex("11201f000400000000002000170800177f000000")
_DATASPACE, _DATATYPE, _EXTERNAL, _LAYOUT, _FILTER, _CONTINUATION, _SYMBOL_TABLE = 1, 3, 7, 8, 11, 16, 17
_CACHED_LINK = 2


class Hdf5:
    """An HDF5 file in memory; objects in it are named by the address of their header.

    Args:
        content: the whole file.

    Raises:
        FileFormatError: it is not an HDF5 file of the kind Keras writes. Messages do not name the file.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._reads = 0
        if not content.startswith(MAGIC):
            raise FileFormatError("its model.weights.h5 is not an HDF5 file")
        version, offset_size, length_size = self._unpack("<8xB4xBB", 0)
        if (version, offset_size, length_size) != (0, 8, 8) or self._unpack("<Q", 24) != (0,):
            raise FileFormatError("its model.weights.h5 is a kind of HDF5 that Keras does not write")
        #: Address of the root group.
        self.root: int = self._unpack("<Q", 64)[0]

    def child(self, group: int, name: str, what: str) -> int:
        """Return the address of the object called ``name`` in a group.

        Raises:
            FileFormatError: it is not there, it is a link to elsewhere, or the file is damaged.
        """
        tables = [data for kind, data in self._messages(group) if kind == _SYMBOL_TABLE]
        if len(tables) != 1 or len(tables[0]) < 16:
            raise FileFormatError(f"{what} is not where Keras puts it")
        tree, heap = struct.unpack_from("<QQ", tables[0])
        signature, names, names_size = self._heap(heap)
        if signature != b"HEAP":
            raise self._damaged("a heap")
        wanted = name.encode() + b"\0"
        for name_offset, address, cached in self._entries(tree, 0):
            start = names + name_offset
            if name_offset < names_size and self._content[start : start + len(wanted)] == wanted:
                if cached == _CACHED_LINK:
                    raise FileFormatError(f"{what} is a link to somewhere else, which is not followed")
                return address
        raise FileFormatError(f"{what} is missing from its weights")

    def float32(self, dataset: int, shape: tuple[int, ...], what: str) -> NDArray[np.float32]:
        """Return the array of a dataset, a copy, which must be of float32 and of ``shape``.

        Raises:
            FileFormatError: it is of another shape or type, or not stored in one piece in this file.
        """
        messages = dict(self._messages(dataset))
        if _SYMBOL_TABLE in messages or not {_DATASPACE, _DATATYPE, _LAYOUT} <= set(messages):
            raise FileFormatError(f"{what} is not where Keras puts it")
        got = self._shape(messages[_DATASPACE])
        if got != shape:
            raise FileFormatError(f"{what} must have the shape {shape}, got {got}")
        if messages[_DATATYPE][: len(_FLOAT32)] != _FLOAT32:
            size = struct.unpack_from("<4xI", messages[_DATATYPE])[0]
            raise FileFormatError(f"{what} must be float32, got another type of {size} bytes")
        if _EXTERNAL in messages:
            raise FileFormatError(f"{what} lies in another file, which is not read")
        version, kind = struct.unpack_from("<BB", messages[_LAYOUT])
        if _FILTER in messages or version not in (3, 4) or kind != 1:
            raise FileFormatError(f"{what} is stored in chunks or compressed, which Keras does not do")
        address, size = struct.unpack_from("<2xQQ", messages[_LAYOUT])
        count = int(np.prod(shape))
        if address == _UNDEFINED or size != 4 * count or address + size > len(self._content):
            raise FileFormatError(f"{what} is not in the file as a whole")
        flat = np.frombuffer(self._content, "<f4", count, address)
        return flat.reshape(shape).astype(np.float32)

    def _unpack(self, layout: str, address: int) -> tuple[int, ...]:
        self._reads += 1
        if self._reads > MAX_READS or address + struct.calcsize(layout) > len(self._content):
            raise self._damaged("an address")
        return struct.unpack_from(layout, self._content, address)

    def _damaged(self, what: str) -> FileFormatError:
        return FileFormatError(f"its model.weights.h5 is damaged ({what} in it leads nowhere)")

    def _heap(self, address: int) -> tuple[bytes, int, int]:
        size, _, data = self._unpack("<8xQQQ", address)
        return self._content[address : address + 4], data, size

    def _entries(self, tree: int, depth: int) -> Iterator[tuple[int, int, int]]:
        """Yield (offset of the name, address, cache type) of a group's entries from its B-tree."""
        level, used = self._unpack("<5xBH", tree)
        if self._content[tree : tree + 4] != b"TREE" or depth > 8:
            raise self._damaged("a tree")
        for number in range(used):
            node = self._unpack("<Q", tree + 32 + 16 * number)[0]
            if level > 0:
                yield from self._entries(node, depth + 1)
                continue
            count = self._unpack("<6xH", node)[0]
            if self._content[node : node + 4] != b"SNOD":
                raise self._damaged("a symbol table")
            for place in range(count):
                name, address, cached = self._unpack("<QQI", node + 8 + 40 * place)
                yield name, address, cached

    def _messages(self, header: int) -> list[tuple[int, bytes]]:
        """Return the messages of an object header of version 1, its continuations included."""
        version, count, size = self._unpack("<BxH4xI", header)
        if version != 1 or count > _MAX_MESSAGES:
            raise FileFormatError("its model.weights.h5 is laid out as Keras does not do it")
        blocks: list[tuple[int, int]] = [(header + 16, size)]
        found: list[tuple[int, bytes]] = []
        for start, length in blocks:
            place, end = start, start + length
            while place + 8 <= end and len(found) < count:
                kind, data_size = self._unpack("<HH", place)
                data = self._content[place + 8 : place + 8 + data_size]
                if len(data) < data_size:
                    raise self._damaged("a message")
                found.append((kind, data))
                if kind == _CONTINUATION and data_size >= 16:
                    blocks.append(struct.unpack_from("<QQ", data))
                place += 8 + data_size
        return found

    def _shape(self, message: bytes) -> tuple[int, ...]:
        version, rank = struct.unpack_from("<BB", message)
        start = {1: 8, 2: 4}.get(version, 0)
        if start == 0 or len(message) < start + 8 * rank:
            raise self._damaged("a shape")
        return struct.unpack_from(f"<{rank}Q", message, start)
