"""`pincel site`: what is written, and that it paints in Chromium with the network cut."""

import functools
import json
import re
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from serve_helpers import RUNTIME, chromium, in_browser

import pincel
from pincel.errors import PincelError
from pincel.serve.browser_runtime import PUBLISHED
from pincel.serve.site import write_site

PATIENT = 120_000  # milliseconds
UNTIL = "async () => { while (!(%s)) await new Promise((resolve) => setTimeout(resolve, 50)); }"


@pytest.fixture
def runtime(tmp_path, monkeypatch) -> None:
    """Files that stand for the runtime."""
    folder = tmp_path / "web"
    folder.mkdir()
    for name in PUBLISHED:
        (folder / name).write_bytes(name.encode())
    monkeypatch.setenv("PINCEL_WEB", str(folder))


@pytest.fixture
def site(tmp_path, runtime, make_model) -> Path:
    write_site(tmp_path / "site", [str(make_model("tiny"))])
    return tmp_path / "site"


def linked(site: Path) -> set[str]:
    return set(re.findall(r'(?:href|src)="([^"#][^"]*)"', (site / "index.html").read_text()))


def told(site: Path) -> dict:
    return json.loads(next(site.glob("app-*/offers.json")).read_text())


def test_everything_that_the_page_names_is_in_the_folder_and_nothing_is_elsewhere(site):
    page = (site / "index.html").read_text()
    assert linked(site)
    assert all((site / name).is_file() for name in linked(site))
    offers = told(site)
    files = [offers["models"][0]["file"], *(offers["runtime"][name] for name in ("script", "module", "binary"))]
    assert all((site / name).is_file() for name in files)
    assert all((site / offers["examples"]["folder"] / name).is_file() for name in offers["examples"]["photos"])
    kept = json.loads((site / "sw.js").read_text().splitlines()[0].removeprefix("const SITE = ").rstrip(";"))
    assert set(files) == set(kept["kept"])
    assert all((site / name).exists() for name in kept["app"])
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page


def test_the_page_says_its_policy_itself_and_carries_licences(site):
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', (site / "index.html").read_text())
    assert policy is not None
    assert "script-src 'self' 'wasm-unsafe-eval'" in policy[1]
    assert "unsafe-inline" not in policy[1]
    licences = next(site.glob("app-*/LICENCES.txt")).read_text()
    assert all(words in licences for words in ("Apache License", "research", "Microsoft Corporation"))


def test_another_version_has_other_names_and_the_old_one_is_gone(site, make_model):
    old_app, old_models = next(site.glob("app-*")).name, set((site / "models").iterdir())
    write_site(site, [str(make_model("tiny", a=0.3))])
    assert [path.name for path in site.glob("app-*")] != [old_app]
    assert len([*(site / "models").iterdir()]) == 1
    assert set((site / "models").iterdir()) != old_models
    assert old_app not in (site / "index.html").read_text() + (site / "sw.js").read_text()


def test_the_same_again_is_byte_for_byte_the_same(site, make_model):
    before = {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}
    write_site(site, [str(make_model("tiny"))])
    assert {path: path.read_bytes() for path in site.rglob("*") if path.is_file()} == before


def test_models_are_those_that_were_named_in_that_order(tmp_path, runtime):
    assert write_site(tmp_path / "two", ["sketch", "default"]) == ["sketch", "default"]
    assert [model["name"] for model in told(tmp_path / "two")["models"]] == ["sketch", "default"]
    every = write_site(tmp_path / "all")
    assert every[0] in ("light", "default")
    assert {"default", "classes", "sketch"} <= set(every)


def test_an_installed_page_begins_under_its_path(tmp_path, runtime, make_model):
    write_site(tmp_path / "site", [str(make_model("tiny"))], "/photos/")
    manifest = json.loads((tmp_path / "site" / "manifest.webmanifest").read_text())
    assert manifest["start_url"] == manifest["scope"] == "/photos/"
    assert (tmp_path / "site" / manifest["icons"][0]["src"]).is_file()
    with pytest.raises(PincelError, match="begins and ends with /"):
        write_site(tmp_path / "site", base="photos")


def test_a_folder_with_something_else_and_a_missing_runtime_are_told(tmp_path, runtime, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("!")
    with pytest.raises(PincelError, match="has something else in it"):
        write_site(tmp_path / "mine", ["sketch"])
    with pytest.raises(PincelError, match="did you mean 'sketch'"):
        write_site(tmp_path / "new", ["skech"])
    monkeypatch.setenv("PINCEL_WEB", str(tmp_path / "nothing"))
    with pytest.raises(PincelError, match="fetch it once: pincel web"):
        write_site(tmp_path / "new", ["sketch"])


@pytest.fixture
def hosted(tmp_path) -> Iterator[tuple[str, ThreadingHTTPServer, Path]]:
    """A plain web host of a folder: what Python brings."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    host = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=host.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{host.server_port}", host, tmp_path
    host.shutdown()
    host.server_close()


@in_browser
def test_after_one_visit_it_paints_without_a_network_and_nothing_leaves_the_origin(hosted, monkeypatch):
    from playwright.sync_api import expect

    assert RUNTIME is not None
    monkeypatch.setenv("PINCEL_WEB", str(RUNTIME.folder))
    url, host, folder = hosted
    write_site(folder / "under" / "a path", ["classes", "sketch"], "/under/a%20path/")
    address = f"{url}/under/a%20path/"
    expect.set_options(timeout=PATIENT)
    with chromium() as browser:
        context = browser.new_context()
        context.set_default_timeout(PATIENT)
        asked, complaints = [], []
        context.on("request", lambda request: asked.append(request))
        page = context.new_page()
        page.goto(address)
        page.locator("body.ready").wait_for()
        expect(page.locator("#kept")).to_have_text("Works without a network, too.")
        page.goto(address + "#draw")
        page.locator("#drawing-examples button").first.click()
        page.locator("#result.filled").wait_for()
        page.close()

        host.shutdown()
        host.server_close()
        context.set_offline(True)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        page.locator("body.ready").wait_for()
        page.set_input_files("#files", [pincel.example("cat")])
        expect(page.locator("#strip li.done")).to_have_count(1)
        expect(page.locator("#facts")).to_contain_text("nothing was sent")
        page.goto(address + "#why")
        expect(page.locator("#why-reason")).to_contain_text("pincel serve")
    assert complaints == []
    assert [one.url for one in asked if one.method != "GET" or not one.url.startswith((address, "blob:"))] == []


@in_browser
def test_a_new_version_is_there_once_all_pages_of_the_old_one_are_closed_and_never_in_part(hosted, runtime, make_model):
    url, _, folder = hosted
    site = folder / "site"
    write_site(site, [str(make_model("tiny"))])
    version = "document.documentElement.dataset.site"
    with chromium() as browser:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{url}/site/")
        page.evaluate(UNTIL % "navigator.serviceWorker.controller")
        old = page.evaluate(version)
        write_site(site, [str(make_model("tiny", a=0.3))])
        new = next(site.glob("app-*")).name
        page.reload()
        page.locator("body.ready").wait_for()
        assert page.evaluate(version) == old != new
        page.evaluate(UNTIL % "(await navigator.serviceWorker.getRegistration()).waiting")
        page.close()
        page = context.new_page()
        page.goto(f"{url}/site/")
        page.locator("body.ready").wait_for()
        assert page.evaluate(version) == new
        caches = page.evaluate("async () => (await caches.keys()).filter((name) => name.includes(' app '))")
        assert [name.split()[-1] for name in caches] == [new]


@in_browser
def test_without_a_server_a_tiff_and_an_old_browser_get_a_sentence(hosted, monkeypatch, tmp_path):
    from PIL import Image
    from playwright.sync_api import expect

    assert RUNTIME is not None
    monkeypatch.setenv("PINCEL_WEB", str(RUNTIME.folder))
    url, _, folder = hosted
    write_site(folder / "site", ["classes"])
    Image.new("L", (30, 20), 90).save(tmp_path / "scan.tif")
    expect.set_options(timeout=PATIENT)
    with chromium() as browser:
        page = browser.new_page()
        page.goto(f"{url}/site/")
        page.locator("body.ready").wait_for()
        page.set_input_files("#files", [tmp_path / "scan.tif"])
        expect(page.get_by_role("alert")).to_contain_text("it is a TIFF file")
        expect(page.get_by_role("alert")).to_contain_text("Save it as a JPEG")
        page.add_init_script("delete globalThis.WebAssembly")
        page.reload()
        expect(page.locator("#promise")).to_have_text("This browser is too old to paint by itself.")
