"""Small errors in the bytes of a file: in bits, lines, numbers, JSON, and in what its checksums cover."""

import io
import json
import math
import re
import struct

import numpy as np

from wordvec._io.checksums import UNSEALED
from wordvec._io.json_files import seal_json
from wordvec._io.tensors import DATA_CHECKSUMS, DTYPES, HEADER_CHECKSUM, write_tensors

INSERTED = [
    b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\r", b"\r\n", b"\n", b"\n\n", b"\t", b" ", b"\xc2\xa0", b"\xe2\x80\xa8",
    b"\xff", b"\xed\xa0\x80", b'"', b"'", b",", b";", b"#", b"\\", b"{", b"[", b"]", b"<", b"\x1a",
    b"__label__", b"-DOCSTART-",
]  # fmt: skip
NUMBERS = [
    b"-1", b"0", b"1", b"3", b"2147483648", b"1000000000", b"9223372036854775807", b"18446744073709551616",
    b"1" + b"0" * 30, b"9" * 5000, b"NaN", b"nan", b"Infinity", b"-inf", b"1e999", b"1e-999", b"0.5", b"1_0", b"-0",
    b"x", "\u0663".encode(),
]  # fmt: skip
VALUES = [
    None, True, False, -1, 0, 1, 2, 7, 10**6, 10**9, 2**31, 2**63, 10**30, 0.5, -0.5, math.nan, math.inf, 1e300, "",
    "x", "0", "\0", "\ud800", "a b", [], {}, [None], [1, 2], ["x"], {"a": 1}, [[]],
]  # fmt: skip
DEPTHS = (30, 2000, 200_000)


def mutated(content, rng):
    """Return other bytes, made from `content` by one or two of the mutations; which one is a draw from `rng`."""
    is_tensors = len(content) > 8 and content[8:9] == b"{" and b'"__metadata__"' in content[:400]
    is_json = content[:1] in (b"{", b"[")
    choices = list(OF_BYTES)
    if is_tensors:
        choices += [resealed] * (2 * len(OF_BYTES))
    elif is_json:
        choices += [of_json] * (2 * len(OF_BYTES))
    for _ in range(rng.choice((1, 1, 1, 2))):
        try:
            content = rng.choice(choices)(content, rng)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, struct.error, RecursionError):
            content = flipped(content, rng)
    return content


def place_in(content, rng):
    """Return a place, of every second draw near the start, where headers are."""
    end = len(content) if rng.random() < 0.5 else min(len(content), 200)
    return rng.randint(0, end)


def flipped(content, rng):
    changed = bytearray(content or b"\0")
    for _ in range(rng.choice((1, 1, 4, 64))):
        changed[min(place_in(changed, rng), len(changed) - 1)] ^= 1 << rng.randrange(8)
    return bytes(changed)


def truncated(content, rng):
    return content[: place_in(content, rng)]


def cut(content, rng):
    start = place_in(content, rng)
    return content[:start] + content[start + rng.choice((1, 2, 8, 64, 1000)) :]


def doubled(content, rng):
    start = place_in(content, rng)
    end = min(len(content), start + rng.choice((1, 8, 100, 10_000)))
    return content[:end] + content[start:end] * rng.choice((1, 1, 50)) + content[end:]


def inserted(content, rng):
    start = place_in(content, rng)
    return content[:start] + rng.choice(INSERTED) * rng.choice((1, 1, 2, 3000)) + content[start:]


def moved(content, rng):
    a, b, c = sorted(place_in(content, rng) for _ in range(3))
    return content[:a] + content[b:c] + content[a:b] + content[c:]


def renumbered(content, rng):
    found = list(re.finditer(rb"-?\d+(?:\.\d+)?", content[:100_000]))
    match = rng.choice(found[:6] if rng.random() < 0.4 else found)
    return content[: match.start()] + rng.choice(NUMBERS) + content[match.end() :]


def nested(content, rng):
    """Put brackets in each other, where a value of JSON stands or anywhere."""
    found = [match.end() for match in re.finditer(rb"[:\[,]\s*", content[:100_000])]
    start = rng.choice(found) if found and rng.random() < 0.8 else place_in(content, rng)
    opened, closed = rng.choice(((b"[", b"]"), (b'{"a":', b"}"), (b"(", b")")))
    depth = rng.choice(DEPTHS)
    return content[:start] + opened * depth + rng.choice((b"0", b"")) + closed * depth + content[start:]


def lines_changed(content, rng):
    """Swap, double, join or leave out lines, or fields of a line."""
    lines = content.split(b"\n")
    k = rng.randrange(len(lines))
    how = rng.randrange(5)
    if how == 0:
        other = rng.randrange(len(lines))
        lines[k], lines[other] = lines[other], lines[k]
    elif how == 1:
        lines.insert(k, lines[k])
    elif how == 2:
        del lines[k]
    else:
        sep = rng.choice([s for s in (b"\t", b",", b" ", b";") if s in lines[k]] or [b" "])
        fields = lines[k].split(sep)
        first, second = rng.randrange(len(fields)), rng.randrange(len(fields))
        if how == 3:
            fields[first], fields[second] = fields[second], fields[first]
        else:
            fields[first : first + 1] = rng.choice(([], [b""], [fields[second]] * 2, [b"x" * 140_000]))
        lines[k] = sep.join(fields)
    return b"\n".join(lines)


def recoded(content, rng):
    """Write text in another encoding, or with other line ends."""
    how = rng.choice(("utf-16", "utf-8-sig", "cp1252", "\r\n", "\r"))
    if how.strip():
        return content.decode("utf-8").encode(how)
    return content.replace(b"\n", how.encode())


OF_BYTES = (
    flipped, flipped, truncated, cut, doubled, inserted, inserted, moved, renumbered, renumbered, nested, lines_changed,
    lines_changed, recoded,
)  # fmt: skip


def of_json(content, rng):
    """Change a value in a JSON file or in one line of JSON lines; a checksum of ours is made anew."""
    if b'"crc32"' in content[:200]:
        changed = change_value(json.loads(content), rng)
        if isinstance(changed, dict) and rng.random() < 0.95:
            changed = {"format": changed.get("format"), **changed, "crc32": UNSEALED}
            head = {name: changed.pop(name) for name in ("format", "crc32")}
            return seal_json(json.dumps({**head, **changed}, indent=2).encode() + b"\n")
        return json.dumps(changed).encode()
    lines = content.split(b"\n")
    if len(lines) > 2 and lines[0].endswith(b"}"):
        k = rng.randrange(len(lines) - 1)
        lines[k] = json.dumps(change_value(json.loads(lines[k]), rng)).encode()
        return b"\n".join(lines)
    return json.dumps(change_value(json.loads(content), rng)).encode()


def change_value(value, rng):
    """Return a JSON value with one value inside it replaced, doubled, renamed or left out."""
    holder, key, inner = None, None, value
    while isinstance(inner, dict | list) and inner and (holder is None or rng.random() < 0.75):
        holder, key = inner, rng.choice(list(inner) if isinstance(inner, dict) else range(len(inner)))
        inner = holder[key]
    if holder is None:
        return rng.choice(VALUES)
    how = rng.random()
    if how < 0.1:
        del holder[key]
    elif how < 0.2 and isinstance(holder, dict):
        holder[rng.choice(("x", "", f"{key}_"))] = holder.pop(key)
    elif how < 0.25 and isinstance(holder, list):
        holder.append(inner)
    elif how < 0.4 and isinstance(inner, int | float):
        holder[key] = rng.choice((inner + 1, inner - 1, -inner, inner * 1000, float(inner), str(inner)))
    elif how < 0.45:
        holder[key] = [inner]
    else:
        holder[key] = rng.choice(VALUES)
    return value


def resealed(content, rng):
    """Change metadata or a tensor of a safetensors file, and write it with the right lengths and checksums."""
    n_bytes = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8 : 8 + n_bytes])
    metadata = header.pop("__metadata__")
    was_sealed = bool(metadata.pop(HEADER_CHECKSUM, None))
    metadata.pop(DATA_CHECKSUMS, None)
    tensors, dtypes = {}, {}
    for name, entry in header.items():
        start, stop = entry["data_offsets"]
        data = content[8 + n_bytes + start : 8 + n_bytes + stop]
        tensors[name] = np.frombuffer(data, DTYPES[entry["dtype"]]).reshape(entry["shape"]).copy()
        dtypes[name] = entry["dtype"]
    if rng.random() < (0.6 if was_sealed and len(metadata) > 2 else 0.2):
        key = rng.choice(list(metadata))
        try:
            metadata[key] = json.dumps(change_value(json.loads(metadata[key]), rng))
        except ValueError:
            metadata[key] = rng.choice(("", "x", "-1", "[]", "{}", "NaN", "9" * 30, "[" * 100_000))
        if rng.random() < 0.1:
            del metadata[key]
    else:
        name = rng.choice(list(tensors))
        tensors[name], dtypes[name] = changed_tensor(tensors[name], dtypes[name], rng)
        if rng.random() < 0.1:
            tensors[name + rng.choice(("x", ".weight"))] = tensors.pop(name)
            dtypes = {}
    file = io.BytesIO()
    write_tensors(file, tensors, metadata, dtypes=dtypes)
    return file.getvalue()


def changed_tensor(tensor, dtype, rng):
    """Return a tensor with another value, shape or type, and the name of its type."""
    how = rng.randrange(6)
    if how == 0 and tensor.size:
        values = (-1, 0, 1, 127, 10**9, -(2**62), math.nan, math.inf, 1e9)
        flat = tensor.reshape(-1)
        with np.errstate(all="ignore"):
            flat[rng.randrange(flat.size)] = np.float64(rng.choice(values)).astype(tensor.dtype)
    elif how == 1 and tensor.size:
        flat = tensor.reshape(-1).view(np.uint8)
        flat[rng.randrange(flat.size)] ^= 1 << rng.randrange(8)
    elif how == 2:
        tensor = tensor[: len(tensor) // 2] if tensor.ndim else tensor
    elif how == 3:
        tensor = rng.choice(
            (tensor.reshape(-1), tensor[None], tensor[:0] if tensor.ndim else tensor, tensor.T.copy())
        )
    elif how == 4:
        other = rng.choice(("F32", "F64", "I64", "I32", "U8", "BOOL", "F16"))
        return np.ascontiguousarray(tensor).astype(DTYPES[other]), other
    else:
        tensor = np.concatenate([tensor, tensor]) if tensor.ndim else tensor
    return np.ascontiguousarray(tensor), dtype
