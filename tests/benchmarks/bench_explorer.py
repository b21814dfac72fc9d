"""The explorer's page in headless Chromium: time to the first picture, and frames a second while the map is panned.

    python tests/benchmarks/bench_explorer.py [--words 70000 400000] [--seconds 4] [--repeats 3]

Needs selenium, psutil, Chromium and its driver. Vectors are drawn around centres; WebGL2 is Chromium's in software
(SwiftShader), the canvas is measured without WebGL2. The first picture counts from when the browser begins to load the
page, of a server whose map is made; a frame is one that the page has drawn and the browser presented. On a busy
machine, compare the CPU time per frame of all the browser's processes instead.
WORDVEC_EXPLORE names a command to run instead of this installation's.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from wordvec import KeyedVectors

COMMAND = shlex.split(os.environ.get("WORDVEC_EXPLORE", "")) or [
    sys.executable, "-m", "wordvec.pipelines.cli", "explore",
]  # fmt: skip
FLAGS = {
    "webgl2": ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
    "canvas": ["--disable-gpu", "--disable-webgl"],
}
SIZE = 32
CENTRES = 40

# Pans to and fro by the keys, a step a frame; returns frames a second.
PAN = """
const [seconds, done] = arguments, stage = document.querySelector(".stage"), start = performance.now();
let frames = 0;
function step() {
  const key = Math.floor(frames / 8) % 2 ? "ArrowLeft" : "ArrowRight";
  stage.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const now = performance.now();
  if (now - start > 1000 * seconds) done(1000 * frames / (now - start));
  else { frames += 1; requestAnimationFrame(step); }
}
requestAnimationFrame(step);
"""
MARK = "return performance.getEntriesByName(arguments[0])[0]?.startTime ?? null"


def make_vectors(path: Path, n_words: int) -> None:
    """Write vectors around centres."""
    rng = np.random.default_rng(0)
    groups = rng.integers(CENTRES, size=n_words)
    table = rng.normal(size=(CENTRES, SIZE))[groups] + rng.normal(size=(n_words, SIZE)) * 0.7
    words = [f"word{row}" for row in range(n_words)]
    counts = np.maximum(1e7 / np.arange(1, n_words + 1), 5).astype(int)
    KeyedVectors(table.astype(np.float32), words, counts).save(path)


def start_browser(renderer: str, profile: str) -> webdriver.Chrome:
    """Start Chromium with a fresh profile."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    size = "--window-size=1280,800"
    for argument in ["--headless=new", size, f"--user-data-dir={profile}", *sandbox, *FLAGS[renderer]]:
        options.add_argument(argument)
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


def mark(browser: webdriver.Chrome, name: str) -> float:
    """Return the seconds from the start of loading to a mark of the page."""
    while (found := browser.execute_script(MARK, name)) is None:
        time.sleep(0.05)
    return found / 1000


def cpu_seconds(browser: webdriver.Chrome) -> float:
    """Return what all of the browser's processes have used."""
    processes = psutil.Process(browser.service.process.pid).children(recursive=True)
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def pan(browser: webdriver.Chrome, seconds: float) -> tuple[float, float]:
    """Pan; return frames a second, and milliseconds of CPU a frame."""
    # The first frames compile shaders.
    browser.execute_async_script(PAN, 5)
    before = cpu_seconds(browser)
    rate = browser.execute_async_script(PAN, seconds)
    return rate, 1000 * (cpu_seconds(browser) - before) / max(1, rate * seconds)


def measure(address: str, renderer: str, seconds: float) -> tuple[float, ...]:
    """Return seconds to the points and to the words, and of panning the whole map, and zoomed in, what `pan` does."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = start_browser(renderer, profile)
        try:
            browser.get(address)
            points, words = mark(browser, "wordvec-points"), mark(browser, "wordvec-words")
            stage = browser.find_element("css selector", ".stage")
            assert stage.get_attribute("data-renderer") == renderer
            far = pan(browser, seconds)
            stage.send_keys("++++++")
            return points, words, *far, *pan(browser, seconds)
        finally:
            browser.quit()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--words", type=int, nargs="*", default=[70_000, 400_000])
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    print(f"load of the machine: {os.getloadavg()[0]:.1f}; {os.cpu_count()} cores; medians of {args.repeats}")
    print("words    renderer  points    words   frames/s  CPU ms/frame   zoomed in: the same")
    for n_words in args.words:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "vectors.bin"
            make_vectors(path, n_words)
            command = [*COMMAND, str(path), "--layout", "pca", "--no-open"]
            server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            try:
                assert server.stdout is not None
                lines = iter(server.stdout.readline, "")
                address = next(word for line in lines for word in line.split() if "http://" in word)
                for renderer in FLAGS:
                    runs = [measure(address, renderer, args.seconds) for _ in range(args.repeats)]
                    points, words, *rates = (statistics.median(column) for column in zip(*runs))
                    shown = "  ".join(f"{number:8.1f}" for number in rates)
                    print(f"{n_words:<8} {renderer:<8} {points:5.2f} s  {words:5.2f} s  {shown}", flush=True)
            finally:
                server.terminate()


if __name__ == "__main__":
    main()
