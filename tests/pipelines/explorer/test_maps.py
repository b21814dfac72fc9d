"""Maps: layouts, what they keep of neighbours, their files."""

import warnings

import numpy as np
import pytest

from wordvec import KeyedVectors
from wordvec.pipelines.explorer.clusters import cluster_rows
from wordvec.pipelines.explorer.layouts import pca_layout, tsne_layout, turned
from wordvec.pipelines.explorer.maps import LiveMap
from wordvec.pipelines.explorer.neighborhoods import neighbor_rows, neighbors_kept, sampled_neighbors
from wordvec.pipelines.explorer.spaces import Space
from wordvec.pipelines.explorer.stored_maps import MapKey, StoredMap, map_path, read_map, write_map

KEY = MapKey("abc", "tsne", 3)


def ignore(share):
    pass


@pytest.fixture
def groups():
    """Make vectors of three groups of words."""
    rng = np.random.default_rng(5)
    table = rng.normal(size=(3, 10))[np.arange(90) % 3] + 0.1 * rng.normal(size=(90, 10))
    return KeyedVectors(table, [f"w{row}" for row in range(90)])


def test_pca_is_that_of_the_svd(kv):
    unit = kv.unit_vectors.astype(np.float64)
    centered = unit - unit.mean(axis=0)
    left, singular, _ = np.linalg.svd(centered, full_matrices=False)
    expected = left[:, :2] * singular[:2]
    points = pca_layout(kv.vectors).astype(np.float64)
    points -= points.mean(axis=0)
    for axis in range(2):
        assert abs(np.corrcoef(points[:, axis], expected[:, axis])[0, 1]) == pytest.approx(1, abs=1e-5)
    assert points[:, 0].std() / points[:, 1].std() == pytest.approx(singular[0] / singular[1], rel=1e-4)


@pytest.mark.parametrize("n_rows", [1, 2, 5])
def test_few_rows_and_one_dimension(n_rows):
    for size in (1, 3):
        points = pca_layout(np.ones((n_rows, size), np.float32))
        assert points.shape == (n_rows, 2) and np.isfinite(points).all()
    assert cluster_rows(np.ones((n_rows, 3), np.float32), 0).values == ["1"]


def test_neighbor_rows_are_those_of_most_similar(kv):
    rows, cosines = neighbor_rows(kv, 6, np.array([3, 118]))
    for place, row in enumerate((3, 118)):
        expected = kv.most_similar(kv.index_to_key[row], topn=6)
        assert [(kv.index_to_key[r], c) for r, c in zip(rows[place], cosines[place].tolist())] == expected
    assert neighbor_rows(kv, 500)[0].shape == (120, 119)


def test_kept_by_brute_force(kv):
    points = pca_layout(kv.vectors)
    rows, true = sampled_neighbors(kv, 0)
    shared = 0
    for row in range(len(kv)):
        distances = np.linalg.norm(points - points[row], axis=1)
        distances[row] = np.inf
        shared += len({*np.argsort(distances)[:15].tolist()} & {*true[row].tolist()})
    assert neighbors_kept(points, rows, true) == pytest.approx(shared / true.size)
    angles = np.random.default_rng(1).uniform(0, 6, 40)
    plane = KeyedVectors(np.c_[np.cos(angles), np.sin(angles)], list(map(str, range(40))))
    assert neighbors_kept(plane.vectors, *sampled_neighbors(plane, 0)) == 1


def test_clusters_find_groups(groups):
    codes = cluster_rows(groups.vectors, 0).codes
    assert (cluster_rows(groups.vectors, 1 << 32).codes == codes).all()
    for group in range(3):
        others = set(codes[np.arange(90) % 3 != group].tolist())
        assert not others & set(codes[np.arange(90) % 3 == group].tolist())
    assert (cluster_rows(groups.vectors, 0).codes == codes).all()


def test_map_file_keeps_the_map_and_is_made_again_when_damaged(tmp_path):
    path = map_path(tmp_path / "v.bin")
    stored = StoredMap(np.ones((4, 2), np.float32), 0.25)
    write_map(path, KEY, stored)
    found = read_map(path, KEY, 4)
    assert path.name == "v.bin.map.safetensors" and found.kept == 0.25 and (found.points == 1).all()
    for other in (MapKey("abd", "tsne", 3), MapKey("abc", "pca", 3), MapKey("abc", "tsne", 4)):
        assert read_map(path, other, 4) is None
    whole = path.read_bytes()
    for damaged in (whole[:-3], whole[:-1] + bytes([whole[-1] ^ 1])):
        path.write_bytes(damaged)
        with pytest.warns(UserWarning, match="made again"):
            assert read_map(path, KEY, 4) is None
        write_map(path, KEY, stored)


def test_file_that_is_no_map_is_kept(monkeypatch, groups, tmp_path):
    monkeypatch.setattr("wordvec.pipelines.explorer.maps.tsne_layout", lambda v, start, s, p: start)
    path = map_path(tmp_path / "v.bin")
    groups.save(tmp_path / "other.safetensors")
    for content in ((tmp_path / "other.safetensors").read_bytes(), b"my notes", b""):
        path.write_bytes(content)
        told = []
        live = LiveMap(Space("a", groups, path=tmp_path / "v.bin"), "tsne", 0, told.append)
        live.improve()
        assert live.state()["method"] == "tsne" and path.read_bytes() == content
        assert len(told) == 1 and "in memory alone" in told[0] and "stays as it is" in told[0]
    path.unlink()
    path.mkdir()
    live = LiveMap(Space("a", groups, path=tmp_path / "v.bin"), "tsne", 0, told.append)
    live.improve()
    assert path.is_dir() and "stays as it is" in told[1]


def test_second_map_is_turned_onto_the_first():
    rng = np.random.default_rng(2)
    points = rng.normal(size=(50, 2)).astype(np.float32)
    angle = 0.7
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    rows = np.arange(10, 40)
    for reflection in (1, -1):
        other = points @ turn * [1, reflection] + [3.0, -2.0]
        found = turned(points, rows, other[rows])
        assert found.dtype == np.float32 and found + [3.0, -2.0] == pytest.approx(other, abs=1e-5)
    onto = rng.normal(size=(30, 2))
    best = turned(points, rows, onto)[rows]

    def error(places):
        return (((places - places.mean(0)) - (onto - onto.mean(0))) ** 2).sum()

    for angle in np.linspace(0, 2 * np.pi, 60):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        for reflection in (1, -1):
            assert error(best) <= error(points[rows] @ turn * [1, reflection]) + 1e-4
    assert np.isfinite(turned(np.zeros((3, 2), np.float32), np.array([1]), np.zeros((1, 2)))).all()


def test_live_map_makes_stores_and_finds_it_again(monkeypatch, groups, tmp_path):
    calls, told = [], []

    def layout(vectors, start, seed, on_progress):
        calls.append(seed)
        on_progress(0.5)
        return np.flipud(start)

    monkeypatch.setattr("wordvec.pipelines.explorer.maps.tsne_layout", layout)
    path = tmp_path / "v.bin"
    live = LiveMap(Space("a", groups, path=path), "tsne", 3, told.append)
    assert live.state() == {"method": "pca", "kept": None, "pending": "tsne", "progress": None}
    shares = []
    live.improve(shares.append)
    assert shares == [0.5] and live.state()["method"] == "tsne" and live.state()["pending"] is None
    again = LiveMap(Space("a", groups, path=path), "tsne", 3, told.append)
    assert again.state() == live.state() and (again.points()[0] == live.points()[0]).all()
    again.improve()
    assert calls == [3] and not told
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        map_path(path).write_bytes(map_path(path).read_bytes()[:-1])
        LiveMap(Space("a", groups, path=path), "tsne", 3, told.append).improve()
    assert calls == [3, 3] and read_map(map_path(path), again._key, 90) is not None
    stopped = LiveMap(Space("a", groups), "tsne", 4, told.append)
    stopped.stop()
    stopped.improve()
    assert stopped.state()["method"] == "pca" and not told


def test_map_of_the_first_rows_leaves_that_of_the_whole_file(monkeypatch, groups, tmp_path):
    calls = []

    def layout(vectors, start, seed, on_progress):
        calls.append(len(vectors))
        return start

    monkeypatch.setattr("wordvec.pipelines.explorer.maps.tsne_layout", layout)
    path = tmp_path / "v.bin"
    part = KeyedVectors(groups.vectors[:60], groups.index_to_key[:60])
    for _ in range(2):
        for vectors, is_part in ((groups, False), (part, True), (groups, True)):
            LiveMap(Space("a", vectors, path=path, is_part=is_part), "tsne", 3, calls.append).improve()
    # A limit beyond the file's end takes the map of the whole file.
    assert calls == [90, 60]
    assert {each.name for each in tmp_path.iterdir()} == {
        "v.bin.map.safetensors", "v.bin.first-60.map.safetensors"
    }  # fmt: skip


def test_failures_leave_the_map_by_pca_and_are_told(monkeypatch, groups, tmp_path):
    told = []

    def fail(*_):
        raise ZeroDivisionError("of the library")

    monkeypatch.setattr("wordvec.pipelines.explorer.maps.tsne_layout", fail)
    live = LiveMap(Space("a", groups), "tsne", 0, told.append)
    live.improve()
    assert live.state()["method"] == "pca" and live.state()["pending"] is None and live.state()["kept"] > 0
    assert len(told) == 1 and "ZeroDivisionError" in told[0]


def test_folder_that_cannot_be_written_is_told(monkeypatch, groups, tmp_path):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("wordvec.pipelines.explorer.maps.tsne_layout", lambda v, start, s, p: start)
    monkeypatch.setattr("wordvec.pipelines.explorer.maps.write_map", refuse)
    told = []
    live = LiveMap(Space("a", groups, path=tmp_path / "v.bin"), "tsne", 0, told.append)
    live.improve()
    assert (
        live.state()["method"] == "tsne" and "in memory alone" in told[0] and "Permission denied" in told[0]
    )


def test_layouts_that_are_not_worth_it(monkeypatch, groups):
    told = []
    monkeypatch.setattr("wordvec.pipelines.explorer.maps.has_layouts", lambda: True)
    monkeypatch.setattr("wordvec.pipelines.explorer.maps.MAX_ROWS", 80)
    assert LiveMap(Space("a", groups), "auto", 0, told.append).state()["pending"] is None
    assert "--layout tsne" in told.pop()
    few = KeyedVectors(np.eye(5), list("abcde"))
    assert LiveMap(Space("a", few), "auto", 0, told.append).state()["pending"] is None and not told
    monkeypatch.setattr("wordvec.pipelines.explorer.maps.has_layouts", lambda: False)
    LiveMap(Space("a", groups), "auto", 0, told.append)
    assert "wordvec[explorer]" in told.pop()


@pytest.mark.slow
def test_tsne_keeps_neighbors_and_is_the_same_twice():
    pytest.importorskip("openTSNE")
    rng = np.random.default_rng(0)
    vectors = KeyedVectors(rng.normal(size=(300, 20)), [f"w{row}" for row in range(300)])
    start = pca_layout(vectors.vectors)
    shares = []
    points = tsne_layout(vectors, start, 1, shares.append)
    assert (tsne_layout(vectors, start, 1, ignore) == points).all()
    rows, true = sampled_neighbors(vectors, 0)
    assert neighbors_kept(points, rows, true) > 1.5 * neighbors_kept(start, rows, true)
    assert shares == sorted(shares) and shares[-1] == 1
