"""Painting through HTTP as clients do it: `pincel serve` as a process, the embedded models."""

import io
import json
import re
import struct
import zlib

import httpx
import numpy as np
import pytest
from PIL import Image

import pincel
from pincel.runtime.model_file import find_model

DAISY = pincel.example("daisy")


def encoded(pixels, file_format="JPEG", **options):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, file_format, **options)
    return buffer.getvalue()


@pytest.fixture
def grey(smooth_photo):
    """A grey photo, (60, 80) uint8."""
    return smooth_photo(3, 60, 80)[..., 1].copy()


def opened(answer):
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content))


def colors(image):
    values = np.asarray(image.convert("RGB"), np.int16)
    return float(np.ptp(values, axis=2).mean())


class TestColorize:
    def test_a_photo_comes_back_in_colour_as_the_library_paints_it(self, client, grey):
        answer = client.post("/colorize", content=encoded(grey, "PNG"))
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["X-Pincel-Model"] == "default"
        assert answer.headers["X-Pincel-Size"] == "80x60"
        expected = np.asarray(pincel.colorize(grey), np.int16)
        assert np.abs(np.asarray(opened(answer), np.int16) - expected).max() <= 1
        assert colors(opened(answer)) > 1

    def test_a_form_with_a_file_is_the_same_and_its_name_comes_back(self, client, grey):
        data = encoded(grey)
        answer = client.post("/colorize", files={"picture": ("../Oma & Opa.jpeg", data, "text/plain")})
        assert answer.content == client.post("/colorize", content=data).content
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["Content-Disposition"].endswith("filename*=UTF-8''Oma%20%26%20Opa-coloured.jpg")

    def test_the_stages_are_timed(self, client, grey):
        timing = client.post("/colorize", content=encoded(grey)).headers["Server-Timing"]
        assert re.fullmatch(r"wait;dur=[\d.]+, decode;dur=[\d.]+, paint;dur=[\d.]+, encode;dur=[\d.]+", timing)

    def test_options_are_those_of_the_command_line(self, client, grey):
        options = {"saturation": 0, "side_by_side": True, "format": "webp", "working_size": 64}
        image = opened(client.post("/colorize", params=options, content=encoded(grey)))
        assert (image.format, image.size) == ("WEBP", (160, 60))
        assert colors(image) < 2  # no colour was asked for; WebP moves a little

    def test_fields_of_the_form_count_before_the_query(self, client, grey):
        files, fields = {"picture": encoded(grey)}, {"format": "png", "label": ""}
        answer = client.post("/colorize", params={"format": "webp"}, files=files, data=fields)
        assert opened(answer).format == "PNG"

    def test_exif_and_alpha_are_kept(self, client, grey):
        exif = Image.Exif()
        exif[0x010E] = "the mill in 1934"
        kept = opened(client.post("/colorize", content=encoded(grey, exif=exif)))
        assert kept.getexif()[0x010E] == "the mill in 1934"
        alpha = np.dstack([grey, grey, grey, 255 - grey])
        assert np.array_equal(
            np.asarray(opened(client.post("/colorize", content=encoded(alpha, "PNG"))))[..., 3], 255 - grey
        )

    def test_a_label_may_be_told_or_found(self, client, grey):
        data = encoded(grey)
        found = client.post("/colorize", params={"model": "classes"}, content=data)
        answer = client.post("/colorize", params={"model": "classes", "label": "flower"}, content=data)
        assert found.headers["X-Pincel-Label"] in pincel.load_model("classes").card.classes
        assert answer.headers["X-Pincel-Label"] == "flower"
        unknown = client.post("/colorize", params={"model": "classes", "label": "unknown"}, content=data)
        assert "X-Pincel-Label" not in unknown.headers


class TestTranslate:
    def test_a_drawing_becomes_a_photo_of_its_size(self, client):
        answer = client.post("/translate", files={"picture": ("daisy.png", DAISY.read_bytes())})
        assert opened(answer).size == Image.open(DAISY).size
        assert colors(opened(answer)) > 5
        assert answer.headers["Content-Disposition"].endswith("daisy-painted.png")

    def test_models_are_not_taken_for_what_they_are_not(self, client):
        for path, model, wanted in (("/translate", "default", "sketch or paired"), ("/colorize", "sketch", "colorize")):
            answer = client.post(path, params={"model": model}, content=b"x")
            assert answer.status_code == 422
            assert f"not {wanted}; models that fit: " in answer.json()["detail"]


class TestRefusals:
    """Each is 422 with the sentence of the command line, and the server goes on."""

    @pytest.fixture(autouse=True)
    def still_works(self, client, grey):
        yield
        assert client.post("/colorize", content=encoded(grey)).status_code == 200

    @staticmethod
    def sentence(answer, status=422):
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert not re.search(r"Traceback|\.py\b|/work/|site-packages", answer.text)
        return answer.json()["detail"]

    def test_what_is_no_picture(self, client):
        files = {"picture": ("holiday.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "image/jpeg")}
        assert self.sentence(client.post("/colorize", files=files)) == (
            "holiday.jpg is a PostScript file, not a picture that can be read; save it as PNG or TIFF"
        )
        assert self.sentence(client.post("/colorize")) == "the picture is empty (0 bytes); copy it again"

    @pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF", "WEBP"])
    def test_a_picture_that_is_cut_off_at_any_place(self, client, smooth_photo, file_format):
        data = encoded(smooth_photo(1, 90, 120), file_format)
        for share in (0.02, 0.4, 0.7):
            answer = client.post("/colorize", content=data[: int(share * len(data))])
            assert "the picture is" in self.sentence(answer)

    def test_a_bomb_is_refused_by_its_head_alone(self, client):
        def chunk(kind, body):
            return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

        head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
        bomb = (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", head)
            + chunk(b"IDAT", zlib.compress(bytes(10**6)))
            + chunk(b"IEND", b"")
        )
        assert self.sentence(client.post("/colorize", content=bomb)) == (
            "the picture has 3600 megapixels, more than the limit of 4; "
            "raise it with --max-pixels if you trust the file"
        )

    def test_a_text_bomb_inside_a_small_picture(self, client):
        def chunk(kind, body):
            return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

        text = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(30_000_000)))
        data = encoded(np.zeros((8, 8), np.uint8), "PNG")
        answer = client.post("/colorize", content=data[:33] + text + data[33:])
        assert answer.status_code in (200, 422)

    def test_a_body_that_is_too_large(self, client):
        answer = client.post("/colorize", files={"picture": bytes(2_100_000)})
        assert self.sentence(answer, 413).startswith("the body is larger than 2 MB; send a smaller picture")

    def test_forms_without_a_picture_cut_off_or_no_forms_at_all(self, client):
        kind = {"Content-Type": "multipart/form-data; boundary=edge"}
        part = b'--edge\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\nabc'
        assert "no file named 'picture'" in self.sentence(client.post("/colorize", content=part, headers=kind))
        answer = client.post("/colorize", content=b"nothing of the kind", headers=kind)
        assert "the form cannot be read" in self.sentence(answer, 400)
        assert "no file named" in self.sentence(client.post("/colorize", files={"photo": b"abc"}))
        many = client.post("/colorize", files=[("picture", b"a"), ("picture", b"b")])
        assert "more than one file" in self.sentence(many, 400)

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"model": "../../weights/default.onnx"}, "unknown model '../../weights/default.onnx'; known: classes,"),
            ({"model": "/etc/passwd"}, "unknown model '/etc/passwd'"),
            ({"saturation": "nan"}, "option 'saturation' cannot be 'nan'"),
            ({"saturation": 9}, "option 'saturation' cannot be '9': input should be less than or equal to 4"),
            ({"working_size": 15}, "option 'working_size' cannot be '15'"),
            ({"format": "gif"}, "option 'format' cannot be 'gif'"),
            ({"satur": 1}, "there is no option 'satur'"),
            ({"label": "cat"}, "model 'default' takes no label; models that do: classes"),
            ({"model": "classes", "label": "fish"}, "model 'classes' does not know the label 'fish'; known: airplane"),
        ],
    )
    def test_options_that_do_not_fit(self, client, grey, options, said):
        assert said in self.sentence(client.post("/colorize", params=options, content=encoded(grey)))
        assert said in self.sentence(client.post("/colorize", data=options, files={"picture": encoded(grey)}))

    def test_networks_that_cannot_be_explained(self, client, grey):
        for path in ("/explain", "/labels"):
            said = self.sentence(client.post(path, params={"model": "sketch"}, content=encoded(grey)))
            assert said.startswith("unknown ")
            assert "classes" in said


def test_an_embedded_model_is_explained_by_its_gradients(client, grey):
    answer = client.post("/explain", params={"method": "gradcam"}, content=encoded(grey))
    heat = np.asarray(Image.open(io.BytesIO(answer.raise_for_status().content)))
    assert heat.shape == (*grey.shape[:2], 4)
    assert heat[..., 3].min() < heat[..., 3].max()


def test_a_models_file_can_be_had_by_its_name_and_is_not_packed_again(client):
    model = next(model for model in client.get("/models").json()["models"] if model["name"] == "sketch")
    answer = client.get("/models/sketch/file", headers={"Accept-Encoding": "gzip"})
    assert answer.content == find_model("sketch").read_bytes()
    assert len(answer.content) == model["browser"]["bytes"]
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-cache"
    again = client.get("/models/sketch/file", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code in (200, 304)
    refused = client.get("/models/skech/file")
    assert refused.status_code == 422
    assert "did you mean 'sketch'" in refused.json()["detail"]


def test_models_tell_what_a_page_needs(client):
    answer = client.get("/models").json()
    models = {model["name"]: model for model in answer["models"]}
    assert list(models) == ["default", "classes", "sketch"]
    assert models["sketch"]["draws"]
    assert not models["default"]["draws"]
    assert models["classes"]["labels"][0] == "airplane"
    card = pincel.load_model().card
    assert models["default"]["saturation"] == card.saturation
    assert dict(models["default"]["card"])["Data licence"] == card.data_licence
    assert "/work/" not in json.dumps(answer)  # where the files are is nobody's business
    assert answer["limits"] == {"megabytes": 2.0, "pixels": 4_000_000, "queue": 16}
    assert answer["why"]["available"] is True
    assert answer["why"]["models"] == ["default", "classes"]
    assert answer["token_needed"] is False
    assert "tulip.png" in answer["examples"]["drawings"]


def test_nothing_is_kept_on_disk(client, server, grey):
    client.post("/colorize", files={"picture": ("a.png", encoded(np.tile(grey, (20, 12)), "PNG", compress_level=0))})
    files = [open_files(pid) for pid in [server.process.pid, *server.children()]]
    assert not [name for names in files for name in names if "deleted" in name or name.endswith(".png")]


def open_files(pid):
    from pathlib import Path

    return [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()]


def test_the_page_its_parts_and_the_examples_are_served(server):
    with httpx.Client(base_url=server.url) as client:
        page = client.get("/")
        assert page.headers["Content-Type"].startswith("text/html")
        assert client.get("/docs").status_code == 200
        assert client.get("/examples/cat.jpg").headers["Content-Type"] == "image/jpeg"
        for outside in ("/static/../app.py", "/static/%2e%2e/app.py", "/examples/..%2f..%2fweights%2fLICENSE"):
            assert client.get(outside).status_code == 404


def test_answers_carry_the_headers_of_safety_and_no_cookie(server):
    with httpx.Client(base_url=server.url) as client:
        for path in ("/", "/api/v1/health", "/nothing", "/static/nothing", "/openapi.json"):
            headers = client.get(path).headers
            assert "script-src 'self'" in headers["Content-Security-Policy"]
            assert (
                headers["Content-Security-Policy"].count("unsafe") == 1
            )  # of WebAssembly, for painting in the browser
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "no-referrer"
            assert "Set-Cookie" not in headers
        assert client.get("/api/v1/models").headers["Cache-Control"] == "no-store"


def test_other_web_sites_may_not_use_it(server):
    with httpx.Client(base_url=server.url) as client:
        rebound = client.get("/api/v1/health", headers={"Host": "evil.example:8000"})
        assert rebound.status_code == 421
        assert "127.0.0.1 or localhost" in json.loads(rebound.text)["detail"]
        assert client.get("/api/v1/health", headers={"Host": "localhost:9"}).status_code == 200
        for site in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://a.example"}):
            crossed = client.post("/api/v1/colorize", content=b"x", headers=site)
            assert crossed.status_code == 403
            assert crossed.headers["Content-Type"] == "application/problem+json"


def test_every_get_answers_head_with_the_same_headers(server):
    paths = ["/", "/docs", "/openapi.json", "/static/app.js", "/examples/cat.jpg", "/nothing"]
    with httpx.Client(base_url=server.url, headers={"Accept-Encoding": "identity"}) as client:
        for path in [*paths, "/api/v1/health", "/api/v1/models", "/api/v1/progress/" + "0" * 32]:
            got, head = client.get(path), client.head(path)
            assert (head.status_code, head.content) == (got.status_code, b"")
            assert {**head.headers, "date": ""} == {**got.headers, "date": ""}
        refused = client.head("/api/v1/colorize")
        assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")
        assert client.post("/api/v1/health").headers["Allow"] == "GET, HEAD"
        assert client.post("/api/v1/health").json()["detail"] == "/api/v1/health takes GET, HEAD only; see /docs"


def test_what_the_framework_refuses_by_itself_is_a_problem_too(server):
    with httpx.Client(base_url=server.url, headers={"Accept-Encoding": "identity"}) as client:
        for value, status in (("bytes=abc", 400), ("bytes=99999999-", 416)):
            for method in ("GET", "HEAD"):
                refused = client.request(method, "/static/app.js", headers={"Range": value})
                assert (refused.status_code, refused.headers["Content-Type"]) == (status, "application/problem+json")
                assert method == "HEAD" or refused.json()["status"] == status
        assert client.get("/static/app.js", headers={"Range": "bytes=0-1"}).content == b"//"


def test_text_is_packed_and_pictures_are_not(server, grey):
    with httpx.Client(base_url=server.url, headers={"Accept-Encoding": "gzip"}) as client:
        for path in ("/", "/static/app.js", "/static/app.css", "/openapi.json", "/api/v1/models"):
            assert client.get(path).headers["Content-Encoding"] == "gzip"
        for file_format in ("PNG", "BMP", "TIFF"):
            answer = client.post("/api/v1/colorize", content=encoded(grey, file_format), timeout=60)
            assert "Content-Encoding" not in answer.headers
        assert "Content-Encoding" not in client.get("/", headers={"Accept-Encoding": "identity"}).headers
