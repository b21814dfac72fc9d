"""Files of wordvec's own, written by their description: safetensors with checksums in the metadata."""

import json
import struct
import zlib

from safetensors import safe_open
from safetensors.numpy import load_file

BLOCK = 1 << 24
TYPES = {
    "f8": "F64",
    "f4": "F32",
    "f2": "F16",
    "i8": "I64",
    "i4": "I32",
    "i2": "I16",
    "i1": "I8",
    "u2": "U16",
    "u1": "U8",
}


def block_checksums(data):
    return "".join(f"{zlib.crc32(data[k : k + BLOCK]):08x}" for k in range(0, len(data), BLOCK))


def write(path, tensors, metadata):
    """Write a file; "header_crc32" or "data_crc32" in `metadata` stands instead of the right one."""
    data = b"".join(tensor.tobytes() for tensor in tensors.values())
    checksums = {name: block_checksums(tensor.tobytes()) for name, tensor in tensors.items()}
    header = {"__metadata__": {"header_crc32": "00000000", "data_crc32": json.dumps(checksums), **metadata}}
    place = 0
    for name, tensor in tensors.items():
        header[name] = {
            "dtype": TYPES[tensor.dtype.str[1:]],
            "shape": list(tensor.shape),
            "data_offsets": [place, place + tensor.nbytes],
        }
        place += tensor.nbytes
    text = json.dumps(header).encode()
    length = struct.pack("<Q", len(text))
    if "header_crc32" not in metadata:
        checksum = f"{zlib.crc32(length + text):08x}".encode()
        text = text.replace(b'"header_crc32": "00000000"', b'"header_crc32": "' + checksum + b'"')
    path.write_bytes(length + text + data)


def rewrite(path, metadata=(), tensors=()):
    """Write a file anew with other parts, and checksums that fit; None takes a part away."""
    with safe_open(path, "numpy") as file:
        entries = file.metadata()
    checksums = [entries.pop(name, None) for name in ("header_crc32", "data_crc32")]
    assert None not in checksums
    entries |= dict(metadata)
    arrays = {**load_file(path), **dict(tensors)}
    kept = {name: array for name, array in arrays.items() if array is not None}
    entries = {name: text for name, text in entries.items() if text is not None}
    write(path, kept, entries)
