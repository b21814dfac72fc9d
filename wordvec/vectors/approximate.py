"""ApproximateIndex: nearest neighbours among millions of vectors by a graph of usearch, with exact scores."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wordvec._io.archive import open_archive, write_archive
from wordvec._io.atomic import check_writable
from wordvec._io.checksums import checksum_of_array
from wordvec._io.json_files import parse_json_object
from wordvec._io.kinds import NEIGHBORS
from wordvec._utils.errors import ParameterError
from wordvec._utils.progress import ReadingBar
from wordvec._utils.threads import n_threads_for
from wordvec._utils.validation import check_int, check_path, import_optional
from wordvec.vectors.int8_table import Int8Table
from wordvec.vectors.neighbors import exact_scores, row_blocks, unit_rows
from wordvec.vectors.table import WordTable

__all__ = ["ApproximateIndex"]

# Neighbours that the graph gives for one that is wanted, of which the exact scores choose: int8 mixes up near ones.
SPARE = 2
MAX_CONNECTIVITY = 256
_BLOCK_ROWS = 8192


class ApproximateIndex:
    """Approximate nearest neighbours of words and vectors.

    The search walks a graph in which each vector is linked to nearby ones (HNSW). A query takes microseconds where a
    scan of millions of rows takes a tenth of a second, but some of the nearest neighbours are missed. The graph
    compares int8 vectors; the candidates it finds are scored with the exact arithmetic of `KeyedVectors.most_similar`,
    so that the cosines equal that method's to the last bit. Rows of zeros are never found.

    Made by `KeyedVectors.index`. One thread builds the same graph each time; with several, the graph depends on their
    timing and may miss a few more neighbours. A given graph returns the same answers with any number of threads, also
    after it is read back from its file.

    Parameters
    ----------
    vectors : KeyedVectors
    path : path, optional
        A file for the graph, for example "vectors.bin.usearch" next to "vectors.bin": read if it exists, otherwise
        written.
    connectivity : int
        Links per vector; more links raise the recall and take more memory.
    expansion_add, expansion : int
        Candidates examined when a row is added, and for a query; more candidates raise the recall and take longer.
    n_jobs : int
        Threads that answer queries, -1 for all cores.
    build_jobs : int
        Threads that build the graph, -1 for all cores.
    verbose : bool, optional
        Show a progress bar; None shows it in a terminal.

    Raises
    ------
    ImportError
        Without usearch: pip install "wordvec[index]".
    ValueError
        If the file is damaged, or its graph was built from other vectors or with other settings.

    References
    ----------
    Malkov and Yashunin (2018), "Efficient and robust approximate nearest neighbor search using Hierarchical Navigable
    Small World graphs", arXiv:1603.09320.
    """

    def __init__(
        self,
        vectors: WordTable,
        path: str | os.PathLike[str] | None = None,
        *,
        connectivity: int = 16,
        expansion_add: int = 128,
        expansion: int = 112,
        n_jobs: int = -1,
        build_jobs: int = 1,
        verbose: bool | None = None,
    ) -> None:
        usearch = import_optional("usearch.index", pip="wordvec[index]", purpose='index("usearch")')
        self._vectors = vectors
        self._table: Any = vectors.quantized or np.asarray(vectors.vectors)
        self._n_threads = n_threads_for(n_jobs)
        self._n_builders = n_threads_for(build_jobs)
        self._expansion = check_int("expansion", expansion, "index", 1)
        settings = {
            "connectivity": check_int("connectivity", connectivity, "index", 2, MAX_CONNECTIVITY),
            "expansion_add": check_int("expansion_add", expansion_add, "index", 1),
        }
        self._graph = usearch.Index(
            ndim=vectors.vector_size,
            metric="cos",
            dtype="i8",
            expansion_search=self._expansion,
            enable_key_lookups=False,
            **settings,
        )
        if path is None:
            self._add_rows(verbose)
            return
        target = Path(check_path("path", path, "index"))
        header = {**settings, "shape": [len(vectors), vectors.vector_size], "crc32": _checksum(self._table)}
        if target.exists():
            self._read(target, header)
        else:
            check_writable(target)
            self._add_rows(verbose)
            graph = np.frombuffer(self._graph.save(), np.uint8)
            write_archive(target, NEIGHBORS, {"graph": graph}, {"header": json.dumps(header)})

    def __len__(self) -> int:
        return len(self._graph)

    def most_similar(self, query: str | np.ndarray, topn: int = 10) -> list[tuple[str, float]]:
        """Return `most_similar_batch` of one word or vector (D,)."""
        queries = [query] if isinstance(query, str) else np.asarray(query)[None]
        return self.most_similar_batch(queries, topn)[0]

    def most_similar_batch(
        self, queries: Sequence[str] | np.ndarray, topn: int = 10
    ) -> list[list[tuple[str, float]]]:
        """Return the nearest words and their cosines, descending, for each query; a word is never its own neighbour.

        Parameters
        ----------
        queries : list of words, or float (Q, D)
        topn : int

        Returns
        -------
        list of lists of (word, cosine); fewer than `topn` where the vectors have no more
        """
        topn = check_int("topn", topn, "most_similar_batch", 1)
        words = self._vectors.index_to_key
        if isinstance(queries, np.ndarray):
            size = self._vectors.vector_size
            if queries.ndim != 2 or queries.shape[1] != size or queries.dtype.kind not in "fiu":
                rule = f"be words, or a table of numbers with {size} columns"
                raise ParameterError("queries", "most_similar_batch", rule, queries)
            if not np.isfinite(queries).all():
                raise ParameterError("queries", "most_similar_batch", "be finite numbers", queries)
            unit_QD = unit_rows(queries.astype(np.float32))
            barred_Q = np.full(len(queries), -1)
        else:
            if not len(queries):
                return []
            unit_QD = unit_rows(unit_rows(np.stack([self._vectors.get_vector(word) for word in queries])))
            barred_Q = np.array([self._vectors.key_to_index.get(word, -1) for word in queries], np.int64)
        answers = []
        n_block = max(1, _BLOCK_ROWS // topn)
        for first in range(0, len(unit_QD), n_block):
            block = slice(first, first + n_block)
            for rows, scores in self._nearest(unit_QD[block], barred_Q[block], topn):
                answers.append([(words[row], score) for row, score in zip(rows.tolist(), scores.tolist())])
        return answers

    def _add_rows(self, verbose: bool | None) -> None:
        norms_V = self._vectors.norms
        with ReadingBar(verbose, "Indexing", "row") as bar:
            for start, stop in row_blocks(*self._table.shape):
                rows = start + np.flatnonzero(norms_V[start:stop])
                if len(rows):
                    unit = unit_rows(self._table[rows], norms_V[rows])
                    self._graph.add(rows.astype(np.uint64), unit, threads=self._n_builders)
                bar.update_to(stop, len(norms_V))

    def _read(self, path: Path, wanted: dict[str, Any]) -> None:
        with open_archive(path, NEIGHBORS) as archive:
            found = parse_json_object(archive.metadata["header"])
            graph = archive.read("graph")
            if found == wanted:
                self._graph.load(graph)
                self._graph.expansion_search = self._expansion
        for name, value in wanted.items():
            if found.get(name) != value:
                what = "other vectors" if name in ("shape", "crc32") else f"{name}={found.get(name)}"
                raise ValueError(
                    f"The index in {str(path)!r} is of {what}. Remove it to build one of these, or give another path."
                )

    def _nearest(
        self, unit_QD: np.ndarray, barred_Q: np.ndarray, topn: int
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        n_wanted = min(SPARE * topn + 1, len(self))
        if n_wanted == 0:
            return [(np.empty(0, np.int64), np.empty(0, np.float32))] * len(unit_QD)
        found = self._graph.search(unit_QD, n_wanted, threads=self._n_threads)
        rows_QC = np.asarray(found.keys, np.uint64).reshape(len(unit_QD), -1).astype(np.int64)
        counts_Q = np.asarray(found.counts if len(unit_QD) > 1 else [len(found.keys)])
        is_good = np.arange(rows_QC.shape[1]) < counts_Q[:, None]
        is_good &= rows_QC != barred_Q[:, None]
        places = np.flatnonzero(is_good.ravel())
        rows = rows_QC.ravel()[places]
        scores_QC = np.full(rows_QC.shape, -np.inf, np.float32)
        queries = unit_QD[places // rows_QC.shape[1]]
        scores_QC.reshape(-1)[places] = exact_scores(self._table[rows], self._vectors.norms[rows], queries)
        order = np.lexsort((rows_QC, -scores_QC))[:, :topn]
        rows_QC = np.take_along_axis(rows_QC, order, axis=1)
        scores_QC = np.take_along_axis(scores_QC, order, axis=1)
        n_found = (scores_QC > -np.inf).sum(axis=1).tolist()
        return [(rows[:n], scores[:n]) for rows, scores, n in zip(rows_QC, scores_QC, n_found)]


def _checksum(table: Any) -> str:
    if isinstance(table, Int8Table):
        return f"{checksum_of_array(table.rows)} {checksum_of_array(table.scales)}"
    return checksum_of_array(table)
