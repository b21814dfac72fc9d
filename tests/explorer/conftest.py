"""Vectors of two models, the command that shows them, and a headless browser that looks."""

import contextlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from wordvec import KeyedVectors

# The command that is tested, where it is another than this checkout's.
COMMAND = shlex.split(os.environ.get("WORDVEC_EXPLORE", "")) or [
    sys.executable, "-m", "wordvec.pipelines.cli", "explore",
]  # fmt: skip
HOSTILE = [
    "<img src=x onerror=document.title='run'>",
    "</script><script>alert(1)</script>",
    "a&b=c#d",
    "国王",
]
N_WORDS, N_GROUPS = 600, 6


def make_vectors(seed):
    """Return words in groups around centres that do not depend on the seed; some words are markup."""
    groups = np.arange(N_WORDS) % N_GROUPS
    centres = np.random.default_rng(0).normal(size=(N_GROUPS, 16))
    table = centres[groups] + np.random.default_rng(seed).normal(size=(N_WORDS, 16)) * 0.6
    words = [f"{'abcdef'[group]}word{row}" for row, group in enumerate(groups)]
    words[20 : 20 + len(HOSTILE)] = HOSTILE
    counts = (1e6 / np.arange(1, N_WORDS + 1)).astype(int)
    return KeyedVectors(table.astype(np.float32), words, counts)


@pytest.fixture(scope="session")
def kv():
    return make_vectors(1)


@pytest.fixture(scope="session")
def files(tmp_path_factory, kv):
    """Write two models, and a table whose column has markup in its name and its values."""
    folder = tmp_path_factory.mktemp("vectors")
    kv.save(folder / "ours.safetensors")
    make_vectors(2).save(folder / "theirs.safetensors")
    rows = [f'"{word}",{"<b>yes</b>" if row % 2 else "no"}\n' for row, word in enumerate(kv.index_to_key)]
    (folder / "table.csv").write_text("word,<i>kind</i>\n" + "".join(rows), encoding="utf-8")
    return folder


@contextlib.contextmanager
def explored(*arguments, layout="pca"):
    """Run the command; give the address that it prints. The map by PCA stays as it is."""
    command = [*COMMAND, *map(str, arguments), "--layout", layout, "--no-open"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        lines = iter(process.stdout.readline, "")
        yield next(word for line in lines for word in line.split() if word.startswith("http://127.0.0.1:"))
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="session")
def address(files):
    with explored(files / "ours.safetensors", "--table", files / "table.csv") as url:
        yield url


@pytest.fixture(scope="session")
def address_of_two(files):
    with explored(files / "ours.safetensors", "--compare", files / "theirs.safetensors") as url:
        yield url


@pytest.fixture(scope="session")
def exported(files, tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "page.html"
    subprocess.run([*COMMAND, str(files / "ours.safetensors"), "--export", str(path)], check=True)
    return path


@pytest.fixture(scope="session")
def start_browser(tmp_path_factory):
    """Return a function that starts headless Chromium with a fresh profile; skip where it is missing."""
    pytest.importorskip("selenium", reason="needs selenium, of the extra test")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("needs Chromium and its driver: apt-get install chromium chromium-driver")
    started = []

    def start(renderer="webgl2"):
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        in_software = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
        for argument in [
            "--headless=new", "--disable-dev-shm-usage", "--lang=en-US", "--window-size=1280,800",
            f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
            *(in_software if renderer == "webgl2" else ["--disable-gpu", "--disable-webgl"]),
            *(["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []),
        ]:  # fmt: skip
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        browser = webdriver.Chrome(options=options, service=Service(driver))
        started.append(browser)
        # What the browser's own first page asks for is not ours.
        browser.get("about:blank")
        browser.get_log("performance")
        return browser

    yield start
    for browser in started:
        browser.quit()


class Page:
    """The page in a browser: opens links, reads what stands there."""

    def __init__(self, browser, renderer):
        self.browser, self.renderer = browser, renderer
        self.touched = set()
        # The page of the test before asks its server for news until it is left.
        browser.get("about:blank")
        browser.get_log("performance")

    def open(self, address, fragment="", query=""):
        """Open a link, and wait until the words are there."""
        self.touched.add(address.split("?")[0])
        self.browser.get("about:blank")
        self.browser.get(address + query + ("#" + fragment if fragment else ""))
        self.wait(
            lambda: self.script("return document.documentElement.dataset.ready") == "words", "the words"
        )
        return self

    def wait(self, condition, what, seconds=20):
        """Return what the condition gives once it is true."""
        end = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < end, f"waited {seconds} s for {what}"
            time.sleep(0.05)
        return found

    def script(self, code, *arguments):
        return self.browser.execute_script(code, *arguments)

    def all(self, css):
        return self.browser.find_elements("css selector", css)

    def one(self, css):
        return self.wait(lambda: self.all(css), css)[0]

    def texts(self, css):
        """Return the whole text of each element, in one step: lists may be made anew meanwhile."""
        return self.script("return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)", css)

    def answers(self, n, within="[role=tabpanel]:not([hidden]) "):
        """Return n words and similarities of the open panel, once it has them."""
        words = self.wait(lambda: len(w := self.texts(within + ".answers .word")) == n and w, f"{n} answers")
        numbers = self.texts(within + ".answers .number")
        return list(zip(words, [float(number.replace("\u2212", "-")) for number in numbers]))

    def keys(self, *keys):
        """Press keys wherever the focus is."""
        from selenium.webdriver import ActionChains

        ActionChains(self.browser).send_keys(*keys).perform()

    def focused(self):
        return self.browser.switch_to.active_element

    def link(self):
        """Return the fragment's parameters."""
        return parse_qs(urlsplit(self.browser.current_url).fragment)

    def check_quiet(self):
        """Nothing in the console, and no request to another than who served the page."""
        assert self.browser.get_log("browser") == []
        for entry in self.browser.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                own = any(url.startswith(origin) for origin in self.touched)
                assert own or url.startswith(("data:", "blob:", "about:")), url


@pytest.fixture(scope="session", params=["webgl2", "canvas"])
def browser_of(request, start_browser):
    return start_browser(request.param), request.param


@pytest.fixture(scope="session")
def webgl_browser(start_browser):
    return start_browser(), "webgl2"


@pytest.fixture
def any_page(browser_of):
    """The page by WebGL2, and again by canvas."""
    page = Page(*browser_of)
    yield page
    page.check_quiet()


@pytest.fixture
def page(webgl_browser):
    page = Page(*webgl_browser)
    yield page
    page.check_quiet()
