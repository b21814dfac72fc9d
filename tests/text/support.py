"""Texts and files for the tests of corpora."""


def write(tmp_path, data, name="text.txt"):
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path
