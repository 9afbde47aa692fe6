"""The page of `pincel serve` in a real browser: what people do with it, by mouse, finger and keyboard."""

import base64
import io
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("playwright", reason="playwright is not installed")
from playwright.sync_api import Browser, Download, Locator, Page, Route, expect
from serve_helpers import CHROMIUM, chromium, stripping_proxy

import pincel

STATIC = Path(__file__).parents[2] / "src" / "pincel" / "serve" / "static"
VIEWS = ("colour", "draw", "why", "models")
PATIENT = 60_000  # milliseconds: tests share a processor
CONTRAST_AA = 4.5  # WCAG 2.2, 1.4.3
COLOURLESS = 6  # largest distance of channels in what JPEG makes of a grey photo

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def kept_pages(browser: Browser) -> dict[str, Page]:
    """Pages by how they were opened: a new one costs as much as a test."""
    return {}


@pytest.fixture
def open_page(browser: Browser, kept_pages: dict[str, Page], server) -> Iterator[Callable[..., Page]]:
    """``open_page(view, **context)`` -> the page, loaded anew.

    At the end: nothing in its console (but what a test expects, ``may_fail``), nothing asked of other places.
    """
    complaints: list[str] = []
    allowed: list[str] = []
    opened: list[Page] = []

    def make(view: str = "colour", may_fail: str = "", **options) -> Page:
        options = {"viewport": {"width": 1100, "height": 720}, "reduced_motion": "reduce", **options}
        page = kept_pages.get(str(options))
        if page is None:
            page = kept_pages[str(options)] = browser.new_context(**options).new_page()
        page.set_default_timeout(PATIENT)
        opened.append(page)
        allowed.extend([may_fail] if may_fail else [])
        page.on("console", heard)
        page.on("pageerror", heard)
        page.on("request", asked)
        page.goto("about:blank")
        page.goto(f"{server.url}/#{view}")
        page.locator("body.ready").wait_for()
        return page

    def heard(said) -> None:
        if getattr(said, "type", "error") in ("error", "warning"):
            complaints.append(getattr(said, "text", str(said)))

    def asked(request) -> None:
        if not request.url.startswith((server.url, "blob:", "data:")):
            complaints.append(request.url)

    expect.set_options(timeout=PATIENT)
    yield make
    for page in opened:
        for event, listener in (("console", heard), ("pageerror", heard), ("request", asked)):
            page.remove_listener(event, listener)
        page.goto("about:blank")  # before made-up answers end: what is still asked must not reach the real server
        page.unroute_all(behavior="ignoreErrors")
    assert [text for text in complaints if not any(part in text for part in allowed)] == []


@pytest.fixture
def grey_photo(tmp_path: Path, smooth_photo: Callable[..., np.ndarray]) -> Callable[..., Path]:
    """``grey_photo(name, height, width)`` -> a black-and-white photo."""

    def make(name: str = "grandma.jpg", height: int = 90, width: int = 120, seed: int = 1) -> Path:
        path = tmp_path / name
        Image.fromarray(smooth_photo(seed, height, width)).convert("L").save(path)
        return path

    return make


def chroma(picture: Image.Image) -> float:
    """Mean distance between the largest and the smallest channel, 0..255."""
    levels = np.asarray(picture.convert("RGB")).astype(int)
    return float((levels.max(-1) - levels.min(-1)).mean())


def drop(page: Page, *paths: Path) -> None:
    files = [[path.name, base64.b64encode(path.read_bytes()).decode()] for path in paths]
    page.evaluate(
        """(files) => {
            const dataTransfer = new DataTransfer();
            for (const [name, text] of files) {
                dataTransfer.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
            }
            for (const kind of ["dragenter", "dragover", "drop"]) {
                document.body.dispatchEvent(new DragEvent(kind, {dataTransfer, bubbles: true, cancelable: true}));
            }
        }""",
        files,
    )


def choose(page: Page, *paths: Path, done: int | None = None) -> None:
    page.set_input_files("#files", list(paths))
    expect(page.locator("#strip li.done")).to_have_count(len(paths) if done is None else done)


def shown(locator: Locator) -> Image.Image:
    return Image.open(io.BytesIO(locator.screenshot(animations="disabled")))


def saved(page: Page, button: str) -> Download:
    with page.expect_download() as waiting:
        page.locator(button).click()
    return waiting.value


def sketch_a_stroke(page: Page) -> None:
    box = page.locator("#sheet").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    for step in range(6):
        page.mouse.move(
            box["x"] + (0.3 + 0.08 * step) * box["width"], box["y"] + (0.3 + 0.01 * step**2) * box["height"]
        )
    page.mouse.up()


class TestColour:
    def test_a_dropped_photo_gets_colours_and_keeps_its_size_and_name(self, open_page, grey_photo):
        page = open_page()
        photo = grey_photo("Großmutter 1931.jpg", 90, 122)
        drop(page, photo)
        expect(page.locator("#strip li.done")).to_have_count(1)
        expect(page.locator("#facts")).to_contain_text("122 × 90")
        download = saved(page, "#download")
        painted = Image.open(download.path())
        assert download.suggested_filename == "Großmutter 1931-coloured.jpg"
        assert painted.size == (122, 90)
        assert chroma(Image.open(photo)) == 0
        assert chroma(painted) > COLOURLESS

    def test_a_photo_that_had_colours_is_painted_and_that_is_said(self, open_page):
        page = open_page()
        drop(page, pincel.example("coffee"))
        expect(page.locator("#strip li.done")).to_have_count(1)
        expect(page.locator("#facts")).to_contain_text("had colours already")

    def test_the_divider_moves_by_mouse_and_keyboard_and_shows_before_and_after(self, open_page, grey_photo):
        page = open_page()
        choose(page, grey_photo())
        divider, stage = page.get_by_role("slider", name="Before and after"), page.locator(".stage")
        expect(divider).to_have_attribute("aria-valuenow", "50")
        box = stage.bounding_box()
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.move(*middle)
        page.mouse.down()
        page.mouse.move(middle[0] + box["width"], middle[1], steps=4)
        page.mouse.up()
        expect(divider).to_have_attribute("aria-valuenow", "100")
        patch = (*(round(side * 0.4) for side in (box["width"], box["height"])),)
        patch += tuple(side + 60 for side in patch)
        before = chroma(shown(stage).crop(patch))
        divider.focus()
        page.keyboard.press("Home")
        expect(divider).to_have_attribute("aria-valuenow", "0")
        after = chroma(shown(stage).crop(patch))
        assert before < COLOURLESS < after
        page.keyboard.press("ArrowRight")
        expect(divider).to_have_attribute("aria-valuenow", "2")
        page.keyboard.press("PageUp")
        expect(divider).to_have_attribute("aria-valuetext", re.compile("^88 %"))

    def test_zoom_reaches_full_size_by_keys_wheel_and_double_click(self, open_page, grey_photo):
        page = open_page()
        choose(page, grey_photo("large.jpg", 900, 1200))
        stage, percent = page.locator(".stage"), page.locator(".percent")
        fitting = percent.inner_text()
        stage.focus()
        page.keyboard.press("1")
        expect(percent).to_have_text("100 %")
        page.keyboard.press("0")
        expect(percent).to_have_text(fitting)
        stage.dblclick(position={"x": 200, "y": 100})
        expect(percent).not_to_have_text(fitting)
        page.get_by_role("button", name="Fit").click()
        expect(percent).to_have_text(fitting)
        stage.hover()
        page.mouse.wheel(0, -400)
        expect(percent).not_to_have_text(fitting)

    def test_without_strength_the_photo_is_grey_and_the_last_wish_wins(self, open_page, grey_photo):
        page = open_page()
        choose(page, grey_photo())
        sent: list[str] = []
        page.on("request", lambda asked: "colorize" in asked.url and sent.append(asked.url))
        strength = page.locator("#strength")
        for value in (80, 40, 0):
            strength.fill(str(value))
        expect(page.locator("#strength-value")).to_have_text("0 %")
        expect(page.locator("#strip li.working, #strip li.sending, #strip li.waiting")).to_have_count(0)
        page.wait_for_timeout(300)
        expect(page.locator("#strip li.done")).to_have_count(1)
        assert "saturation=0" in sent[-1]
        assert chroma(Image.open(saved(page, "#download").path())) < COLOURLESS

    def test_a_model_with_labels_says_what_it_found_and_can_be_told(self, open_page, grey_photo):
        page = open_page()
        choose(page, grey_photo())
        expect(page.locator("#labels")).to_be_hidden()
        page.select_option("#model", "classes")
        expect(page.locator("#found")).to_contain_text("Looks like")
        with page.expect_request(lambda asked: "label=cat" in asked.url):
            page.get_by_role("radio", name="cat").check(force=True)
        expect(page.locator("#strip li.done")).to_have_count(1)

    def test_many_photos_become_one_zip_and_a_broken_one_says_why(self, open_page, grey_photo, tmp_path):
        page = open_page(may_fail="422")
        broken = tmp_path / "notes.jpg"
        broken.write_bytes(b"no picture at all")
        (tmp_path / "more").mkdir()
        photos = [grey_photo("a.jpg"), grey_photo("ü b.png", seed=2), grey_photo("more/a.jpg", seed=3)]
        choose(page, *photos, broken, done=3)
        expect(page.locator("#strip li.failed")).to_have_count(1)
        page.locator("#strip li.failed .tile").click()
        expect(page.get_by_role("alert")).to_contain_text("notes.jpg")
        expect(page.locator("#again")).to_be_visible()
        with zipfile.ZipFile(saved(page, "#zip").path()) as archive:
            assert archive.testzip() is None
            assert archive.namelist() == ["a-coloured.jpg", "ü b-coloured.png", "a-coloured (2).jpg"]
            sizes = {Image.open(io.BytesIO(archive.read(name))).size for name in archive.namelist()}
        assert sizes == {(120, 90)}

    def test_a_photo_that_browsers_cannot_show_comes_back_in_its_own_format(self, open_page, grey_photo):
        page = open_page()
        choose(page, grey_photo("scan.tif", 80, 64))
        expect(page.locator(".before img")).to_have_attribute("src", re.compile("^blob:"))
        download = saved(page, "#download")
        assert download.suggested_filename == "scan-coloured.tif"
        painted = Image.open(download.path())
        assert (painted.format, painted.size) == ("TIFF", (64, 80))

    def test_a_busy_server_is_asked_again_when_it_said(self, open_page, grey_photo):
        page = open_page(may_fail="429")
        refused: list[str] = []

        def refuse_once(route: Route) -> None:
            if refused:
                return route.continue_()
            refused.append(route.request.url)
            body = (
                '{"type": "about:blank", "title": "Too Many Requests", "status": 429, "detail": "all places are taken"}'
            )
            return route.fulfill(
                status=429, headers={"Retry-After": "1"}, body=body, content_type="application/problem+json"
            )

        page.route("**/colorize*", refuse_once)
        page.set_input_files("#files", grey_photo())
        expect(page.locator("#busy-text")).to_contain_text("goes on in")
        expect(page.locator("#strip li.done")).to_have_count(1)
        assert len(refused) == 1

    def test_cancelling_tells_the_server_and_trying_again_works(self, open_page, grey_photo):
        page = open_page()
        page.route("**/colorize*", lambda route: None)  # never answered
        page.route("**/progress/*", lambda route: route.fulfill(json={"state": "working", "position": 0}))
        page.route("**/requests/*", lambda route: route.fulfill(status=204))
        page.set_input_files("#files", grey_photo())
        page.locator("#busy").wait_for()
        with page.expect_request(lambda asked: asked.method == "DELETE" and "/requests/" in asked.url):
            page.get_by_role("button", name="Cancel").click()
        expect(page.locator("#strip li.cancelled")).to_have_count(1)
        page.unroute_all(behavior="ignoreErrors")
        page.get_by_role("button", name="Try again").click()
        expect(page.locator("#strip li.done")).to_have_count(1)

    def test_what_is_too_large_is_said_before_it_is_sent(self, open_page, tmp_path):
        page = open_page()
        sent: list[str] = []
        page.on("request", lambda asked: "colorize" in asked.url and sent.append(asked.url))
        large = tmp_path / "large.jpg"
        large.write_bytes(b"\xff\xd8" + bytes(3_000_000))
        page.set_input_files("#files", large)
        expect(page.get_by_role("alert")).to_contain_text("large.jpg is 3.0 MB; this server takes photos up to 2 MB.")
        assert sent == []

    def test_photos_that_come_before_the_models_are_known_wait_for_them(self, open_page, grey_photo):
        page = open_page()
        held: list[Route] = []
        page.route("**/models", lambda route: held.append(route))
        page.reload(wait_until="load")
        page.wait_for_timeout(100)  # the page's script runs after its load
        drop(page, grey_photo("dropped.jpg"))
        page.set_input_files("#files", grey_photo("chosen.jpg"))
        assert len(held) == 1  # the page still waits
        held.pop().continue_()
        expect(page.locator("#strip li.done")).to_have_count(2)

    def test_a_pasted_picture_is_coloured(self, open_page, grey_photo):
        page = open_page()
        data = base64.b64encode(grey_photo("clip.png").read_bytes()).decode()
        page.evaluate(
            """(text) => {
                const clipboardData = new DataTransfer();
                const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
                clipboardData.items.add(new File([bytes], "image.png", {type: "image/png"}));
                document.body.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true}));
            }""",
            data,
        )
        expect(page.locator("#strip li.done")).to_have_count(1)
        expect(page.locator("#name")).to_have_text("pasted-1.png")

    def test_everything_can_be_done_with_the_keyboard(self, open_page):
        page = open_page()

        def tab_to(selector: str, most: int = 40) -> None:
            for _ in range(most):
                page.keyboard.press("Tab")
                if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
                    return
            raise AssertionError(f"Tab never reaches {selector}")

        tab_to("#photo-examples .example")
        page.keyboard.press("Enter")
        expect(page.locator("#strip li.done")).to_have_count(1)
        tab_to(".divider")
        page.keyboard.press("ArrowLeft")
        expect(page.locator(".divider")).to_have_attribute("aria-valuenow", "48")
        tab_to("#strength")
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#strength-value")).to_have_text("95 %")
        expect(page.locator("#download")).to_be_enabled()
        tab_to("#download")
        with page.expect_download() as waiting:
            page.keyboard.press("Enter")
        assert waiting.value.suggested_filename == "astronaut-coloured.jpg"


class TestDraw:
    def test_a_stroke_becomes_a_picture_and_a_second_one_changes_it(self, open_page):
        page = open_page("draw")
        sketch_a_stroke(page)
        expect(page.locator("#result.filled")).to_be_visible()
        expect(page.locator("#result.paints")).to_have_count(0)
        first = np.asarray(Image.open(saved(page, "#draw-download").path()).convert("RGB"))
        assert first.shape == (256, 256, 3)
        page.get_by_role("button", name="Load the drawing rose").click()
        expect(page.locator("#sheet-hint")).to_be_hidden()
        end = time.monotonic() + PATIENT / 1000
        change = 0.0
        while change < 3:  # painting begins a moment after the drawing is there
            assert time.monotonic() < end
            page.wait_for_timeout(200)
            second = np.asarray(Image.open(saved(page, "#draw-download").path()).convert("RGB"))
            change = np.abs(first.astype(int) - second).mean()

    def test_undo_redo_clear_and_tools_have_keys(self, open_page):
        page = open_page("draw")
        sketch_a_stroke(page)
        assert page.evaluate(HAS_INK)
        page.keyboard.press("z")
        assert not page.evaluate(HAS_INK)
        expect(page.locator("#sheet-hint")).to_be_visible()
        page.keyboard.press("Shift+Z")
        assert page.evaluate(HAS_INK)
        page.keyboard.press("e")
        expect(page.get_by_role("radio", name="Eraser")).to_be_checked()
        page.keyboard.press("x")
        assert not page.evaluate(HAS_INK)
        expect(page.locator("#draw-download")).to_be_disabled()

    def test_the_keyboard_draws_too(self, open_page):
        page = open_page("draw")
        page.locator("#sheet").focus()
        page.keyboard.press("Space")
        for _ in range(5):
            page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("Space")
        expect(page.locator("#result.filled")).to_be_visible()

    def test_at_most_two_sheets_are_on_their_way_and_the_newest_is_shown(self, open_page):
        page = open_page("draw")
        under_way, most, all_sheets = [0], [0], []

        def slow(route: Route) -> None:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
            all_sheets.append(route.request.post_data_buffer)
            route.continue_()

        def ended(_request) -> None:
            under_way[0] -= 1

        page.route("**/translate*", slow)
        page.on("requestfinished", lambda asked: "/translate" in asked.url and ended(asked))
        for _ in range(3):
            sketch_a_stroke(page)
        expect(page.locator("#result.paints")).to_have_count(0)
        assert 1 <= most[0] <= 2  # the second only for the end of a stroke
        page.wait_for_timeout(200)
        sheet = page.evaluate(
            """async () => {
                const small = document.createElement("canvas");
                small.width = small.height = 256;
                const paper = small.getContext("2d");
                paper.imageSmoothingQuality = "high";
                paper.drawImage(document.querySelector("#sheet"), 0, 0, 256, 256);
                return small.toDataURL("image/png").split(",")[1];
            }"""
        )
        assert base64.b64decode(sheet) in all_sheets[-1]


class TestWhyAndModels:
    def test_why_explains_the_embedded_models(self, open_page):
        page = open_page("why", may_fail="422")  # default has no strip of labels
        expect(page.locator("#why-reason")).to_be_hidden()
        page.get_by_role("button", name="Look at the example cat").click()
        expect(page.locator("#why-heat[src]")).to_have_count(1, timeout=90_000)  # torch is loaded first
        expect(page.locator("#why-model option")).to_have_text(["default", "classes"])
        expect(page.locator("#label-grid img[src]")).to_have_count(9, timeout=30_000)

    def test_why_without_torch_says_so_and_still_shows_what_labels_change(self, open_page):
        page = open_page("why")

        def models(route: Route) -> None:
            known = route.fetch().json()
            known["why"] = {"available": False, "models": [], "methods": [], "reason": "Explaining needs torch."}
            route.fulfill(json=known)

        page.route("**/api/v1/models", models)
        page.reload()
        page.locator("body.ready").wait_for()
        expect(page.locator("#why-reason")).to_contain_text("needs torch")
        expect(page.locator("#why-map")).to_be_hidden()
        page.get_by_role("button", name="Look at the example cat").click()
        expect(page.locator("#label-grid img[src]")).to_have_count(9)
        expect(page.locator("#label-grid .own")).to_have_count(1)

    def test_why_with_a_run_lays_the_map_over_the_photo(self, open_page):
        page = open_page("why", may_fail="422")
        heat = io.BytesIO()
        Image.new("RGBA", (451, 300), (255, 0, 0, 200)).save(heat, "png")
        asked: list[str] = []

        def models(route: Route) -> None:
            known = route.fetch().json()
            known["why"] = {"available": True, "models": ["mine"], "methods": ["saliency", "gradcam"]}
            route.fulfill(json=known)

        def explain(route: Route) -> None:
            asked.append(route.request.url)
            route.fulfill(body=heat.getvalue(), content_type="image/png")

        page.route("**/api/v1/models", models)
        page.route("**/explain*", explain)
        page.route("**/labels*", lambda route: route.fulfill(status=422, json={"detail": "mine takes no label"}))
        page.reload()
        page.locator("body.ready").wait_for()
        expect(page.locator("#why-reason")).to_be_hidden()
        page.get_by_role("button", name="Look at the example cat").click()
        expect(page.locator("#label-grid img[src]")).to_have_count(9)
        expect(page.locator("#why-strip")).to_be_hidden()
        covered = [chroma(shown(page.locator(".overlay")))]
        page.locator("#opacity").fill("0")
        covered.append(chroma(shown(page.locator(".overlay"))))
        assert covered[0] > 50 > covered[1]
        with page.expect_request(lambda wanted: "method=gradcam" in wanted.url):
            page.get_by_role("radio", name="Regions that matter").check(force=True)
        assert "method=saliency" in asked[0]

    def test_every_model_has_a_card_with_its_licence(self, open_page):
        page = open_page("models")
        for title in ("Default", "Classes", "Sketch"):
            card = page.locator(".card", has=page.get_by_role("heading", name=title))
            expect(card).to_contain_text("research and personal use")


class TestPage:
    def test_at_phone_width_nothing_is_wider_than_the_screen_and_all_fits_a_thumb(self, open_page, grey_photo):
        page = open_page(viewport={"width": 375, "height": 812}, has_touch=True, is_mobile=True)
        empty = page.evaluate(TOO_SMALL)
        choose(page, grey_photo("a very long name of a photo from a very old album.jpg"), grey_photo("b.jpg"))
        for view in VIEWS:
            page.goto(f"{page.url.split('#')[0]}#{view}")
            page.locator(f"#view-{view}").wait_for()
            assert page.evaluate("document.documentElement.scrollWidth") <= 375, view
            assert page.evaluate(TOO_SMALL) == [], view
        assert empty == []

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_texts_have_contrast(self, open_page, grey_photo, scheme):
        page = open_page(color_scheme=scheme)
        found = page.evaluate(CONTRASTS)
        choose(page, grey_photo())
        for view in VIEWS:
            page.goto(f"{page.url.split('#')[0]}#{view}")
            page.wait_for_timeout(250)  # colours fade
            found += page.evaluate(CONTRASTS)
        assert len(found) > 30
        assert {text: ratio for text, ratio in found if ratio < CONTRAST_AA} == {}

    def test_the_chosen_theme_stays(self, open_page):
        page = open_page(color_scheme="light", locale="en-GB")  # a context of its own, for its storage
        paper = "getComputedStyle(document.body).backgroundColor"
        light = page.evaluate(paper)
        page.get_by_role("button", name="Use the dark theme").click()
        dark = page.evaluate(paper)
        page.reload()
        assert page.evaluate(paper) == dark != light
        expect(page.get_by_role("button", name="Use the light theme")).to_be_visible()

    def test_a_token_is_asked_for_once_and_sent_with_everything(self, open_page, grey_photo):
        page = open_page(may_fail="401", locale="en-IE")  # a context of its own, for its storage

        def guard(route: Route) -> None:
            if route.request.headers.get("authorization") == "Bearer open sesame" or "/health" in route.request.url:
                return route.continue_()
            return route.fulfill(status=401, headers={"WWW-Authenticate": "Bearer"}, body="{}")

        page.route("**/api/v1/**", guard)
        page.reload()
        page.get_by_role("textbox", name="Token").fill("wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_text("That was not it.")).to_be_visible()
        page.get_by_role("textbox", name="Token").fill("open sesame")
        page.get_by_role("button", name="Go on").click()
        page.locator("body.ready").wait_for()
        choose(page, grey_photo())

    def test_the_page_weighs_less_than_200_kb(self, open_page):
        page = open_page()
        weights = page.evaluate(
            """() => performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"))
                .filter(({name}) => !name.includes("/examples/") && !name.includes("/api/"))
                .map(({name, encodedBodySize}) => [name, encodedBodySize])"""
        )
        files = [path for path in STATIC.iterdir() if path.suffix in (".html", ".css", ".js", ".svg")]
        assert 0 < sum(size for _, size in weights) < 200_000
        assert sum(path.stat().st_size for path in files) < 200_000

    def test_the_zip_writer_makes_files_that_python_reads(self, open_page, tmp_path):
        page = open_page()
        files = [
            ("ß.txt", b"hello"),
            ("empty", b""),
            ("ß.txt", bytes(range(256)) * 40),
            ("SS.TXT", b"x"),
            ("ss.txt", b"y"),
        ]
        text = page.evaluate(
            """async (files) => {
                const {zip} = await import("/static/zip.js");
                const blobs = files.map(([name, bytes]) => ({name, blob: new Blob([Uint8Array.from(bytes)])}));
                const whole = await zip(blobs, new Date(2031, 1, 28, 13, 14, 16));
                return Array.from(new Uint8Array(await whole.arrayBuffer()));
            }""",
            [[name, list(content)] for name, content in files],
        )
        with zipfile.ZipFile(io.BytesIO(bytes(text))) as archive:
            assert archive.testzip() is None
            assert archive.namelist() == ["ß.txt", "empty", "ß (2).txt", "SS.TXT", "ss (2).txt"]
            assert [archive.read(name) for name in archive.namelist()] == [content for _, content in files]
            assert archive.infolist()[0].date_time == (2031, 2, 28, 13, 14, 16)

    def test_behind_a_proxy_that_shows_it_under_a_path_all_works(self, open_page, server, grey_photo):
        with stripping_proxy(server.url, "/pincel/") as place:
            page = open_page(may_fail=place)  # that the page is there and not at the server's own address is no fault
            page.goto(place)
            page.locator("body.ready").wait_for()
            with page.expect_response(re.compile("colorize")) as answer:
                page.set_input_files("#files", grey_photo())
            assert answer.value.status == 200
            page.goto(f"{place}docs")
            expect(page.locator("#calls article").first).to_be_visible()
            expect(page.locator("#curl")).to_contain_text("/pincel/api/v1/colorize")
            page.locator("a.brand").click()
            page.wait_for_url(place)
            page.locator("body.ready").wait_for()

    def test_the_page_for_programs_shows_every_call(self, open_page, server):
        page = open_page()
        page.goto(f"{server.url}/docs")
        described = page.request.get(f"{server.url}/openapi.json").json()["paths"]
        expect(page.locator("#calls article")).to_have_count(sum(len(methods) for methods in described.values()))
        for path in described:
            expect(page.locator("#calls h2 code", has_text=re.compile(f"^{re.escape(path)}$")).first).to_be_visible()


HAS_INK = """() => document.querySelector("#sheet").getContext("2d").getImageData(0, 0, 512, 512).data
    .some((level) => level < 128)"""
TOO_SMALL = """() => [...document.querySelectorAll("button, select, nav a")]
    .filter((one) => one.checkVisibility() && !one.matches(".out, .link"))
    .map((one) => [one.id || one.className, one.getBoundingClientRect()])
    .filter(([, box]) => Math.min(box.width, box.height) < 40)
    .map(([name, box]) => `${name} ${box.width}x${box.height}`)"""
CONTRASTS = """() => {
    const numbers = (text) => {
        const found = text.match(/[\\d.]+/g).map(Number);
        return text.startsWith("color(srgb") ? found.map((v, i) => (i < 3 ? v * 255 : v)) : found;
    };
    const under = (element) => {
        const layers = [];
        for (let one = element; one; one = one.parentElement) {
            const [r, g, b, a = 1] = numbers(getComputedStyle(one).backgroundColor);
            layers.push([r, g, b, a]);
            if (a === 1) break;
        }
        let mixed = [255, 255, 255];
        for (const [r, g, b, a] of layers.reverse()) mixed = [r, g, b].map((v, i) => v * a + mixed[i] * (1 - a));
        return mixed;
    };
    const luminance = (rgb) => {
        const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    return [...document.querySelectorAll("body *")]
        .filter((one) => one.checkVisibility({visibilityProperty: true, opacityProperty: true}))
        .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
        .filter((one) => !one.closest(":disabled, option, .unseen, .skip, .stage, .result, .veil, svg"))
        .map((one) => {
            const [light, dark] = [numbers(getComputedStyle(one).color).slice(0, 3), under(one)]
                .map(luminance).sort((a, b) => b - a);
            return [one.textContent.trim().slice(0, 30), (light + 0.05) / (dark + 0.05)];
        });
}"""
