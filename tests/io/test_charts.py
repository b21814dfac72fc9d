"""Charts: checks of paths, files that are whole and the same each time."""

import pytest

from wordvec._io import charts
from wordvec._io.charts import check_chart_path, draw_grid, drawing, has_chinese_font


def draw(path):
    with drawing(path, 3.0, 2.0) as figure:
        axes = figure.subplots()
        axes.plot([1, 2], [3, 4], label="句子" if has_chinese_font() else "line")
        axes.legend()
        draw_grid(axes)
    return figure


@pytest.mark.parametrize(("name", "start"), [("a.png", b"\x89PNG"), ("a.SVG", b"<?xml")])
def test_the_same_chart_is_the_same_file(tmp_path, name, start):
    path = check_chart_path(str(tmp_path / name), "draw")
    draw(path)
    first = path.read_bytes()
    assert first.startswith(start)
    draw(path)
    assert path.read_bytes() == first
    assert list(tmp_path.iterdir()) == [path]


def test_no_path_writes_no_file():
    figure = draw(None)
    assert figure.get_size_inches().tolist() == [3.0, 2.0]


def test_a_chart_that_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.png"
    path.write_text("before")
    with pytest.raises(RuntimeError, match="stop"), drawing(path, 1.0, 1.0):
        raise RuntimeError("stop")
    assert path.read_text() == "before"


def test_bad_paths(tmp_path):
    with pytest.raises(ValueError, match=r"must end in .png or .svg. Got .*a.jpg"):
        check_chart_path(tmp_path / "a.jpg", "draw")
    with pytest.raises(FileNotFoundError, match="no"):
        check_chart_path(tmp_path / "no" / "a.png", "draw")
    with pytest.raises(TypeError, match="path parameter of draw"):
        check_chart_path(1, "draw")


def test_characters_that_no_font_has_are_told_once(tmp_path, monkeypatch):
    monkeypatch.setattr(charts, "_installed_chinese_fonts", list)
    path = tmp_path / "a.png"
    with pytest.warns(UserWarning) as caught, drawing(path, 2.0, 1.0) as figure:
        figure.suptitle("句子的长度")
    (told,) = caught
    assert "fonts-noto-cjk" in str(told.message) and "a.png" in str(told.message)
    assert path.exists()
