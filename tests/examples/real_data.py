"""Files of the public data sets that WORDVEC_DATA points at; tests that need one skip without it, saying why."""

import os
from pathlib import Path

import pytest

from wordvec.pipelines.datasets.loading import dataset_info


def data_path(name):
    """Return the path of a file or folder under WORDVEC_DATA, or skip the test."""
    folder = os.environ.get("WORDVEC_DATA")
    if not folder:
        pytest.skip("WORDVEC_DATA names no folder with data sets")
    if not Path(folder, name).exists():
        pytest.skip(f"{name} is not under the folder that WORDVEC_DATA names")
    return Path(folder, name)


def need(name):
    """Skip the test unless all files of a catalogued set are there; those that come with gensim do not count."""
    info = dataset_info(name)
    for file in info.files:
        if file.gensim is None:
            data_path(f"{info.folder}/{file.name}")
