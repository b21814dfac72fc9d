"""Records of where time went."""

from wordvec._utils.timing import Stopwatch


def test_parts_of_one_name_are_added(monkeypatch):
    ticks = iter([10.0, 11.0, 13.0, 17.0])
    monkeypatch.setattr("wordvec._utils.timing.time.perf_counter", lambda: next(ticks))
    watch = Stopwatch()
    for part in ("read", "train", "read"):
        watch.lap(part)
    assert watch.seconds == {"read": 5.0, "train": 2.0}
