"""How long painting in Chromium takes, and what memory: loading, the first photo, another one, another strength.

    python benchmarks/in_browser.py [--model default] [--megapixels 12]

Needs Chromium, Playwright and `pincel web`. Seconds by the clock depend on what else the machine does; processor
seconds of the page's process stand beside them.
"""

import argparse
import io
import os
import sys
import threading
import time
from pathlib import Path

import numpy as np
from PIL import Image

import pincel

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "serve"))
from serve_helpers import RUNTIME, Process, chromium

PAINT = """async ([number, model, saturation, same]) => {
    const { Where } = await import("/static/where.js");
    const { offers } = await import("/static/api.js");
    window.tried ??= new Where(await offers());
    if (!same) window.photo = new File([await (await fetch(`/photo/${number}.jpg`)).blob()], "photo.jpg");
    const begin = performance.now();
    const begun = {};
    const tell = ({ stage }) => (begun[stage] ??= (performance.now() - begin) / 1000);
    const made = await window.tried.send("/colorize", window.photo, { model, saturation }, undefined, tell);
    return { seconds: (performance.now() - begin) / 1000, begun, bytes: made.blob.size };
}"""


class Renderer:
    """The page's process: its memory and processor time, from /proc."""

    def __init__(self) -> None:
        self.peak, self.watching = 0.0, True
        threading.Thread(target=self._watch, daemon=True).start()

    def processes(self) -> list[Path]:
        found = []
        for path in Path("/proc").iterdir():
            if path.name.isdigit():
                try:
                    found += [path] if b"--type=renderer" in (path / "cmdline").read_bytes() else []
                except OSError:
                    continue
        return found

    def megabytes(self) -> float:
        pages = [0]
        for path in self.processes():
            try:
                pages.append(int((path / "statm").read_text().split()[1]))
            except OSError:
                continue
        return max(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def processor_seconds(self) -> float:
        ticks = 0
        for path in self.processes():
            fields = (path / "stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def _watch(self) -> None:
        while self.watching:
            self.peak = max(self.peak, self.megabytes())
            time.sleep(0.05)


def photo(megapixels: float, seed: int) -> bytes:
    """A JPEG of an example, enlarged, with grain."""
    height, width = (round((megapixels * 1e6 / 12) ** 0.5) * side for side in (3, 4))
    image = Image.open(pincel.example("coffee")).convert("L").resize((width, height), Image.Resampling.BICUBIC)
    grain = np.random.default_rng(seed).normal(0, 4, (height, width))
    buffer = io.BytesIO()
    Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="default")
    parser.add_argument("--megapixels", type=float, default=12.0)
    options = parser.parse_args()
    if RUNTIME is None:
        sys.exit("there is no onnxruntime-web; fetch it: pincel web")
    server = Process("--workers", 1, PINCEL_WEB=str(RUNTIME.folder))
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    with chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(300_000)
        page.goto(server.url + "/#models")
        page.locator("body.ready").wait_for()
        renderer = Renderer()
        for number in (0, 1):
            data = photo(options.megapixels, number)
            page.route(f"**/photo/{number}.jpg", lambda route, _, data=data: route.fulfill(body=data))
        before = renderer.megabytes()
        for name, number, strength, same in (
            ("the first photo, with loading", 0, 1.0, False),
            ("the same, another strength", 0, 1.2, True),
            ("another photo", 1, 1.0, False),
            ("the same, another strength", 1, 0.8, True),
        ):
            renderer.peak, used = 0.0, renderer.processor_seconds()
            done = page.evaluate(PAINT, [number, options.model, strength, same])
            used = renderer.processor_seconds() - used
            stages = ", ".join(f"{stage} from {seconds:.2f}" for stage, seconds in done["begun"].items())
            print(
                f"{name}: {done['seconds']:.2f} s ({stages}); {used:.2f} processor seconds; "
                f"peak {renderer.peak:.0f} MB, {before:.0f} before the first"
            )
        renderer.watching = False
    server.stop()


if __name__ == "__main__":
    main()
