"""The page where painting in the browser is possible: nothing is sent, and what must be sent says so."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from serve_helpers import RUNTIME, Process, chromium, in_browser

import pincel

pytest.importorskip("playwright", reason="playwright is not installed")
from playwright.sync_api import Page, expect

pytestmark = in_browser

PATIENT = 120_000  # milliseconds: tests share a processor
WEIGHT = 200_000  # bytes of the page before the runtime, without pictures
LATE = ("/runtime/", "/file", "/engine/", "/examples/")  # what comes while the person chooses; pictures


@pytest.fixture(scope="module")
def server() -> Iterator[Process]:
    assert RUNTIME is not None
    running = Process("--workers", 1, PINCEL_WEB=str(RUNTIME.folder))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator:
    expect.set_options(timeout=PATIENT)
    with chromium() as started:
        yield started


@pytest.fixture
def open_page(browser, server) -> Iterator[Callable[..., Page]]:
    """``open_page(view)`` -> a page of its own; ``page.asked`` are its requests. Nothing is asked of other places."""
    opened = []

    def make(view: str = "colour") -> Page:
        context = browser.new_context(viewport={"width": 1100, "height": 800}, reduced_motion="reduce")
        page = context.new_page()
        page.set_default_timeout(PATIENT)
        page.asked = []
        page.on("request", lambda request: page.asked.append(request))
        opened.append(page)
        page.goto(f"{server.url}/#{view}")
        page.locator("body.ready").wait_for()
        return page

    yield make
    foreign = [one.url for page in opened for one in page.asked if not one.url.startswith((server.url, "blob:"))]
    for page in opened:
        page.context.close()
    assert foreign == []


def sent(page: Page) -> list[str]:
    return [request.url for request in page.asked if request.method == "POST"]


def coloured(page: Page, *paths: Path) -> None:
    before = page.locator("#strip li.done").count()
    page.set_input_files("#files", list(paths))
    expect(page.locator("#strip li.done")).to_have_count(before + len(paths))


def test_photos_are_painted_and_changed_here_and_nothing_is_sent(open_page):
    page = open_page()
    expect(page.locator("#promise")).to_contain_text("nothing is sent")
    coloured(page, pincel.example("cat"), pincel.example("coffee"))
    expect(page.locator("#facts")).to_contain_text("nothing was sent")
    page.select_option("#model", "classes")
    expect(page.locator("#found")).to_contain_text("Looks like")
    page.locator("#strength").fill("50")
    expect(page.locator("#strip li.done")).to_have_count(2)
    with page.expect_download() as waiting:
        page.locator("#zip").click()
    assert waiting.value.suggested_filename == "pincel-photos.zip"
    with page.expect_download() as waiting:
        page.locator("#download").click()
    assert waiting.value.suggested_filename == "cat-coloured.jpg"
    assert Image.open(waiting.value.path()).size == Image.open(pincel.example("cat")).size
    assert sent(page) == []


def test_a_scan_that_browsers_cannot_read_goes_to_the_server_and_the_page_says_why(open_page, tmp_path):
    page = open_page()
    Image.open(pincel.example("cat")).convert("L").save(tmp_path / "scan.tif")
    deep = np.zeros((40, 50), np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    Image.open(pincel.example("cat")).convert("CMYK").save(tmp_path / "print.jpg")
    for name, why in {
        "scan.tif": "it is a TIFF file",
        "deep.png": "it has 16 bits a colour",
        "print.jpg": "(CMYK)",
    }.items():
        coloured(page, tmp_path / name)
        expect(page.locator("#facts")).to_contain_text("painted on the server: ")
        expect(page.locator("#facts")).to_contain_text(why)
        expect(page.locator("#elsewhere")).to_be_hidden()
    assert len(sent(page)) >= 3


def test_a_photo_of_more_than_40_megapixels_goes_to_the_server(open_page, server):
    page = open_page()
    header = io.BytesIO()
    Image.new("L", (8000, 5100)).save(header, "JPEG")
    for facts, here in ((header.getvalue(), False), (pincel.example("cat").read_bytes(), True)):
        place = page.evaluate(
            """async (bytes) => {
                const { Where } = await import("/static/where.js");
                const { offers } = await import("/static/api.js");
                return new Where(await offers()).place(new File([Uint8Array.from(bytes)], "a.jpg"), "default");
            }""",
            list(facts),
        )
        assert place["here"] == here
        assert ("40 megapixels" in place["reason"]) != here


def test_the_choice_is_the_persons_and_stays(open_page):
    page = open_page()
    page.get_by_role("radio", name="On the server").check(force=True)
    expect(page.locator("#promise")).to_contain_text("on the computer that runs Pincel")
    coloured(page, pincel.example("cat"))
    assert len(sent(page)) == 1
    page.reload()
    page.locator("body.ready").wait_for()
    expect(page.get_by_role("radio", name="On the server")).to_be_checked()
    coloured(page, pincel.example("cat"))
    assert len(sent(page)) == 2
    page.get_by_role("button", name="Paint in this browser instead").click()
    expect(page.locator("#facts")).to_contain_text("nothing was sent")
    assert len(sent(page)) == 2


def test_drawings_are_painted_here_too(open_page):
    page = open_page("draw")
    page.locator("#drawing-examples button").first.click()
    page.locator("#result.filled").wait_for()
    expect(page.locator("#draw-time")).to_contain_text("in this browser")
    assert sent(page) == []


def test_a_cancelled_photo_stops_and_the_next_one_is_painted(open_page):
    page = open_page()
    page.set_input_files("#files", [pincel.example("astronaut")])
    page.locator("#stop").click()
    expect(page.locator("#strip li.cancelled")).to_have_count(1)
    coloured(page, pincel.example("cat"))


def test_why_asks_before_it_sends_anything(open_page):
    page = open_page()
    coloured(page, pincel.example("cat"))
    page.goto(page.url.replace("#colour", "") + "#why" if "#" not in page.url else page.url.split("#")[0] + "#why")
    if page.locator("#why-map").is_visible():
        expect(page.locator("#why-sent")).to_contain_text("is sent there")
    page.wait_for_timeout(500)
    assert sent(page) == []


def test_before_the_runtime_the_page_weighs_less_than_200_kb_and_loads_everything_once(open_page):
    page = open_page()
    expect(page.locator("#promise")).to_have_text("Photos stay in this browser; nothing is sent. Ready to paint.")
    urls = [request.url for request in page.asked]
    weight = 0
    for request in page.asked:
        if not any(part in request.url for part in LATE):
            weight += request.sizes()["responseBodySize"]
    assert 20_000 < weight < WEIGHT
    coloured(page, pincel.example("cat"))
    heavy = [request.url for request in page.asked if request.url.endswith((".bin", "/file"))]
    assert len(heavy) == len(set(heavy)) == 2
    assert all(url in urls for url in heavy)


def test_a_server_that_asks_for_a_token_gives_the_model_to_who_has_it(browser):
    guarded = Process("--workers", 1, "--token", "sesame", PINCEL_WEB=str(RUNTIME.folder))
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENT)
    page.goto(guarded.url)
    page.locator("#token input").fill("sesame")
    page.locator("#token button").click()
    page.locator("body.ready").wait_for()
    coloured(page, pincel.example("cat"))
    expect(page.locator("#facts")).to_contain_text("nothing was sent")
    context.close()
    guarded.stop()


def test_without_a_worker_or_the_runtime_the_server_paints(browser, server):
    for broken in ("delete globalThis.OffscreenCanvas", "delete globalThis.WebAssembly"):
        context = browser.new_context()
        context.add_init_script(broken)
        page = context.new_page()
        page.set_default_timeout(PATIENT)
        page.goto(server.url)
        page.locator("body.ready").wait_for()
        expect(page.locator("#where")).to_be_hidden()
        expect(page.locator("#promise")).to_contain_text("This browser")
        page.set_input_files("#files", [pincel.example("cat")])
        expect(page.locator("#strip li.done")).to_have_count(1)
        context.close()
