"""The page as a reader sees it, in headless Chromium: what it shows is true, and no request leaves the machine."""

import json
import urllib.request
from urllib.parse import parse_qs, quote, urlsplit

import numpy as np
import pytest

from tests.explorer.conftest import explored

pytestmark = [pytest.mark.slow, pytest.mark.process]

OPEN = "[role=tabpanel]:not([hidden]) "


def ask(address, path):
    """Return the server's answer to a question."""
    (token,) = parse_qs(urlsplit(address).query)["token"]
    url = f"http://{urlsplit(address).netloc}/api/{path}"
    with urllib.request.urlopen(urllib.request.Request(url, headers={"X-Wordvec-Token": token})) as answer:
        return answer.read()


def rounded(neighbors):
    return [(word, pytest.approx(similarity, abs=6e-4)) for word, similarity in neighbors]


def test_first_view(any_page, address, kv):
    any_page.open(address)
    assert any_page.one(".stage").get_attribute("data-renderer") == any_page.renderer
    assert f"{len(kv):,} words" in any_page.one("header").text
    assert "PCA" in any_page.one(".honest").text
    assert any_page.wait(
        lambda: "% of each point" in any_page.one(".honest").text, "the share of neighbours kept"
    )
    # Points are drawn: the middle of the map is not all of one colour.
    shot = any_page.one(".stage").screenshot_as_png
    assert len(shot) > 10_000


def test_search_by_keyboard_gives_the_true_neighbours(any_page, address, kv):
    from selenium.webdriver.common.keys import Keys

    any_page.open(address)
    any_page.one("body").send_keys("/")
    field = any_page.focused()
    assert field.get_attribute("role") == "combobox"
    any_page.keys("aword1")
    options = any_page.wait(lambda: any_page.all("[role=option]"), "completions")
    assert options[0].text == next(word for word in kv.index_to_key if word.startswith("aword1"))
    any_page.keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    active = any_page.one("#" + field.get_attribute("aria-activedescendant"))
    assert active.get_attribute("aria-selected") == "true"
    word = active.text
    any_page.keys(Keys.ENTER)
    assert any_page.answers(20) == rounded(kv.most_similar(word, topn=20))
    assert any_page.link()["word"] == [word]
    assert word in any_page.one("[aria-live]").get_attribute("textContent")


def test_click_on_the_map(any_page, address, kv):
    points = np.frombuffer(ask(address, "map?model=0"), np.float32).reshape(-1, 2)
    x, y = points[42]
    any_page.open(address, f"view0={x},{y},2000")
    any_page.one(".stage").click()
    assert any_page.answers(20) == rounded(kv.most_similar(kv.index_to_key[42], topn=20))


def test_fingers(page, address, kv):
    points = np.frombuffer(ask(address, "map?model=0"), np.float32).reshape(-1, 2)
    page.open(address, f"view0={points[42, 0]},{points[42, 1]},2000")
    page.browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    box = page.one(".stage").rect
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def touch(kind, *places):
        fingers = [{"x": x + dx, "y": y + dy, "id": number} for number, (dx, dy) in enumerate(places)]
        page.browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    def view():
        return [float(number) for number in page.link()["view0"][0].split(",")]

    touch("touchStart", (0, 0))
    touch("touchEnd")
    assert page.answers(20) == rounded(kv.most_similar(kv.index_to_key[42], topn=20))

    before = view()
    touch("touchStart", (0, 0))
    for step in (20, 40, 60):
        touch("touchMove", (step, 0))
    touch("touchEnd")
    page.wait(lambda: view() != before, "the map moved by a finger")
    dragged = view()
    assert dragged[0] < before[0] and dragged[1:] == pytest.approx(before[1:])

    touch("touchStart", (-90, 0), (90, 0))
    for step in (60, 45, 30):
        touch("touchMove", (-step, 0), (step, 0))
    touch("touchEnd")
    page.wait(lambda: view()[2] == pytest.approx(dragged[2] / 3, rel=0.1), "the map zoomed by two fingers")
    page.browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


def test_a_better_map_takes_the_place_of_the_first(page, files):
    pytest.importorskip("openTSNE", reason="needs openTSNE, of the extra explorer")
    with explored(files / "theirs.safetensors", layout="tsne") as address:
        page.open(address)
        page.wait(lambda: "t-SNE" in page.one(".honest").text, "the map by t-SNE", seconds=120)
        points = np.frombuffer(ask(address, "map?model=0"), np.float32).reshape(-1, 2)
        words = json.loads(ask(address, "words?model=0"))
        x, y = points[42]
        page.open(address, f"view0={x},{y},2000")
        page.one(".stage").click()
        answer = json.loads(ask(address, f"neighbors?model=0&positive={words[42]}&topn=20"))
        assert [word for word, _ in page.answers(20)] == [found["word"] for found in answer["neighbors"]]
        page.browser.get("about:blank")  # or it would ask a server that is gone


def test_map_by_keyboard(any_page, address, kv):
    from selenium.webdriver.common.keys import Keys

    any_page.open(address)
    stage = any_page.one(".stage")
    assert stage.get_attribute("aria-label") and stage.get_attribute("tabindex") == "0"
    stage.send_keys(Keys.ARROW_RIGHT)
    x, _, zoom = map(float, any_page.wait(lambda: any_page.link().get("view0"), "a pan")[0].split(","))
    stage.send_keys("+")
    any_page.wait(lambda: float(any_page.link()["view0"][0].split(",")[2]) > zoom, "a zoom")
    stage.send_keys("0")
    any_page.wait(lambda: "view0" not in any_page.link(), "the whole map")
    stage.send_keys(Keys.ENTER)
    (word,) = any_page.wait(lambda: any_page.link().get("word"), "the word in the middle")
    assert any_page.answers(20) == rounded(kv.most_similar(word, topn=20))
    any_page.keys(Keys.ESCAPE)
    any_page.wait(lambda: "word" not in any_page.link(), "an empty choice")


def test_tab_reaches_every_control(page, address):
    from selenium.webdriver.common.keys import Keys

    page.open(address)
    reached = set()
    for _ in range(40):
        page.keys(Keys.TAB)
        focused = page.focused()
        reached.add(focused.get_attribute("role") or focused.tag_name)
    assert {"tab", "combobox", "application", "button", "select", "summary"} <= reached
    names = page.script(
        "return [...document.querySelectorAll('button, input, select')].map("
        "e => e.ariaLabel || e.labels?.[0]?.textContent || e.textContent.trim())"
    )
    assert all(names)


def test_mean_of_words(page, address, kv):
    page.open(address, "word=aword0&word=bword1")
    assert page.answers(20) == rounded(kv.most_similar(["aword0", "bword1"], topn=20))
    page.all(".chip button")[1].click()
    assert page.wait(lambda: page.link()["word"] == ["aword0"], "one word") is True
    page.wait(lambda: page.answers(20) == rounded(kv.most_similar("aword0", topn=20)), "its neighbours")
    [button for button in page.all(OPEN + "button") if button.text == "More"][0].click()
    assert page.answers(50) == rounded(kv.most_similar("aword0", topn=50))


def test_analogy(page, address, kv):
    page.open(address, "tab=analogy")
    for word, field in zip(["aword0", "aword6", "bword1"], page.all(OPEN + "input")):
        field.send_keys(word + "\n")
    assert page.answers(10) == rounded(kv.most_similar(["aword6", "bword1"], ["aword0"], topn=10))
    assert page.link()["analogy"] == ["aword0", "aword6", "bword1"]


def test_comparison(page, address, kv):
    page.open(address, "tab=compare&pair=aword0&pair=aword6")
    assert page.answers(10) == rounded(kv.most_similar(["aword0", "aword6"], topn=10))
    shown = page.one(".big").text.split("\n")[-1].replace("\u2212", "-")
    assert float(shown) == pytest.approx(kv.similarity("aword0", "aword6"), abs=6e-4)


def test_lasso(any_page, address, kv):
    from selenium.webdriver import ActionChains

    points = np.frombuffer(ask(address, "map?model=0"), np.float32).reshape(-1, 2)
    any_page.open(address)
    any_page.one("body").send_keys("l")
    drag = ActionChains(any_page.browser).move_to_element(any_page.one(".stage")).click_and_hold()
    for dx, dy in [(120, 0), (0, 120), (-120, 0), (0, -119)]:
        drag.move_by_offset(dx, dy)
    drag.release().perform()
    (lasso,) = any_page.wait(lambda: any_page.link().get("lasso"), "a lasso")
    polygon = np.array([point.split(",") for point in lasso.split(";")[1:]], float)
    (left, bottom), (right, top) = polygon.min(axis=0), polygon.max(axis=0)
    # The lasso is a rectangle; its numbers are rounded in the link.
    clear = 1e-4 * np.array([1, 1])
    surely = ((points > [left, bottom] + clear) & (points < [right, top] - clear)).all(axis=1)
    maybe = ((points > [left, bottom] - clear) & (points < [right, top] + clear)).all(axis=1)
    shown = set(any_page.texts(OPEN + ".answers .word"))
    assert {kv.index_to_key[row] for row in np.flatnonzero(surely)} <= shown
    assert shown <= {kv.index_to_key[row] for row in np.flatnonzero(maybe)}
    assert shown


def test_selection_of_the_view(page, address, kv):
    page.open(address, "tab=selection&view0=0,0,0.5")
    [button for button in page.all(OPEN + "button") if "in view" in button.text][0].click()
    assert page.wait(lambda: page.texts(OPEN + ".answers .word"), "words") == kv.index_to_key[:500]
    assert f"{len(kv)} selected" in page.one(OPEN + ".results").text


def test_colours(page, address):
    page.open(address, "colour=cluster")
    page.wait(lambda: page.all(".entries button"), "a legend")
    page.all(".entries button")[1].click()
    assert page.link()["only"] == [page.texts(".entries .word")[1]]
    assert page.all(".entries button")[1].get_attribute("aria-pressed") == "true"
    page.open(address, "colour=" + quote("<i>kind</i>"))
    page.wait(lambda: sorted(page.texts(".entries .word")) == ["<b>yes</b>", "no"], "the table's column")


def test_words_that_are_markup_are_shown_as_text(page, address, kv):
    for word in kv.index_to_key[20:24]:
        page.open(address, "word=" + quote(word))
        assert page.answers(20) == rounded(kv.most_similar(word, topn=20))
        assert page.texts(".chip .clamped") == [word]
    near = kv.most_similar(kv.index_to_key[20], topn=1)[0][0]
    page.open(address, "word=" + quote(near))
    assert kv.index_to_key[20] in [word for word, _ in page.answers(20)]
    assert page.browser.title != "run"
    assert page.all(".app img, .app script") == []


def test_languages_and_themes(page, address):
    page.open(address, query="&lang=zh")
    assert page.texts("[role=tab]")[:2] == ["搜索", "类比"]
    assert page.one("html").get_attribute("lang") == "zh-CN"
    page.all("header button")[0].click()
    page.wait(lambda: page.texts("[role=tab]")[:2] == ["Search", "Analogy"], "English")
    theme = page.one("html").get_attribute("data-theme")
    page.all("header button")[1].click()
    page.wait(lambda: page.one("html").get_attribute("data-theme") != theme, "another theme")
    assert page.link()["lang"] == ["en"] and len(page.link()["theme"]) == 1


def test_a_link_restores_the_view(page, address):
    link = (
        "tab=compare&word=aword0&pair=aword0&pair=aword6&colour=cluster&view0=0.25,-0.5,3&theme=dark&lang=zh"
    )
    page.open(address, link)
    before = page.answers(10)
    page.open(page.browser.current_url.split("#")[0], urlsplit(page.browser.current_url).fragment)
    assert page.answers(10) == before
    assert page.link() == parse_qs(link)


def test_two_models(page, address_of_two, kv):
    page.open(address_of_two, "tab=changes")
    drift = json.loads(ask(address_of_two, "drift?topn=200"))["words"]
    page.wait(
        lambda: page.texts(OPEN + ".answers .word") == [entry["word"] for entry in drift], "words by drift"
    )
    page.all(OPEN + ".row")[0].click()
    sides = page.wait(lambda: len(found := page.all(OPEN + "section")) == 2 and found, "two lists")
    assert [side.find_element("css selector", "h3").text for side in sides] == page.texts(".map h2")
    first = page.answers(20, OPEN + "section:first-child ")
    assert first == rounded(kv.most_similar(drift[0]["word"], topn=20))


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(page, address_of_two, width):
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        for tab in ["search", "analogy", "compare", "selection", "changes"]:
            page.open(address_of_two, f"tab={tab}&word=aword0&lang=en")
            assert page.script("return document.documentElement.scrollWidth") <= width
            assert page.script(
                "return [...document.querySelectorAll('.body')].every(b => b.scrollWidth <= b.clientWidth)"
            )
    finally:
        page.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_exported_page(any_page, exported, kv):
    any_page.open(exported.as_uri(), "word=aword0")
    assert any_page.answers(len(any_page.wait(lambda: any_page.texts(OPEN + ".answers .word"), "answers")))[
        :10
    ] == (rounded(kv.most_similar("aword0", topn=10)))
    any_page.open(exported.as_uri(), "tab=analogy&analogy=aword0&analogy=aword6&analogy=bword1")
    assert "wordvec explore" in any_page.one(OPEN + "[role=alert]").text
