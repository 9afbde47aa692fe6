"""What static/engine paints in Chromium, against what Python paints: the same photos, both ways, without loss."""

import base64
import io
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from serve_helpers import RUNTIME, Process, chromium, in_browser

import pincel
from pincel.imaging.color import lightness
from pincel.imaging.in_color import in_color
from pincel.imaging.ink import ink, resize_ink
from pincel.imaging.metadata.block import Metadata
from pincel.imaging.picture import Picture
from pincel.imaging.read import read
from pincel.imaging.resize import resize
from pincel.imaging.write import encode
from pincel.runtime.model_file import load_model
from pincel.runtime.paint_options import PaintOptions
from pincel.runtime.painter import finished, paint

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = in_browser

NEAR, FAR = 2, 6  # of 255
PAINT = """async ([name, data, path, wishes]) => {
    const [{ Where }, { offers }] = await Promise.all([import("/static/where.js"), import("/static/api.js")]);
    window.tried ??= new Where(await offers());
    const file = new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name);
    const stages = [];
    const made = await window.tried.send(path, file, wishes, undefined, (now) => stages.push(now.stage));
    const bytes = new Uint8Array(await made.blob.arrayBuffer());
    let text = "";
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return { ...made, blob: btoa(text), stages };
}"""
CALL = """async ([module, name, ...given]) => {
    const { raster } = await import("/static/engine/resize.js");
    const part = await import(`/static/engine/${module}.js`);
    return (%s)(part[name], raster, ...given);
}"""


@pytest.fixture(scope="module")
def page() -> Iterator:
    assert RUNTIME is not None
    server = Process("--workers", 1, PINCEL_WEB=str(RUNTIME.folder))
    with chromium() as browser:
        opened = browser.new_page()
        opened.set_default_timeout(200_000)
        sent = []
        opened.on("request", lambda asked: sent.append(asked) if asked.method != "GET" else None)
        opened.goto(server.url + "/#models")
        opened.locator("body.ready").wait_for()
        yield opened
        assert sent == []
    server.stop()


@pytest.fixture
def in_chromium(page) -> Callable:
    """``in_chromium(name, data, path="/colorize", **wishes)`` -> what the engine made, its file under ``data``."""

    def made(name: str, data: bytes, path: str = "/colorize", **wishes) -> dict:
        wishes.setdefault("model", "default")
        result = page.evaluate(PAINT, [name, base64.b64encode(data).decode(), path, wishes])
        return result | {"data": base64.b64decode(result["blob"])}

    return made


def encoded(pixels: np.ndarray, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def same(data: bytes, native: np.ndarray, far: int = 0) -> None:
    """All but a thousandth of the values within 2 of 255, and ``far`` of them over 6."""
    painted = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    distance = np.abs(painted.astype(int) - native)
    assert painted.shape == native.shape
    assert (distance <= NEAR).mean() > 0.999
    assert (distance > FAR).sum() <= far


class TestColours:
    @pytest.mark.parametrize("name", ["astronaut", "cat", "coffee"])
    def test_an_example_is_the_same_painted_both_ways(self, in_chromium, name):
        data = pincel.example(name).read_bytes()
        made = in_chromium(f"{name}.jpg", data, format="png")
        same(made["data"], paint(read(data), load_model()).pixels)
        assert made["paintedHere"]
        assert made["hadColours"]
        assert made["name"] == f"{name}-coloured.png"

    def test_colours_at_the_very_rim_of_srgb_may_lose_a_step_of_chroma(self, in_chromium):
        """Of 525 312 values of a night sky three lie so near to the limit that the last digit decides."""
        data = pincel.example("rocket").read_bytes()
        same(in_chromium("rocket.jpg", data, format="png")["data"], paint(read(data), load_model()).pixels, far=6)

    @pytest.mark.parametrize("shape", [(97, 131), (330, 324), (40, 900), (700, 500)])
    def test_any_size_and_grey_photos_are_the_same(self, in_chromium, smooth_photo, shape):
        rgb = cv2.cvtColor(smooth_photo(3, *shape), cv2.COLOR_RGB2GRAY)
        data = encoded(rgb)
        same(in_chromium("grey.png", data)["data"], paint(read(data), load_model()).pixels)

    def test_strength_label_and_what_the_model_found_are_the_same(self, in_chromium):
        data, model = pincel.example("cat").read_bytes(), load_model("classes")
        for label, saturation in ((None, 1.0), ("flower", 0.5), ("unknown", 1.7)):
            native = paint(read(data), model, PaintOptions(label=label, saturation=saturation))
            made = in_chromium("cat.jpg", data, model="classes", label=label, saturation=saturation, format="png")
            same(made["data"], native.pixels)
            assert made["label"] == native.label

    def test_black_bars_are_left_out_and_stay(self, in_chromium, smooth_photo):
        rgb = np.zeros((300, 420, 3), np.uint8)
        rgb[40:260, 30:400] = smooth_photo(5, 220, 370)
        data, model = encoded(rgb), load_model()
        assert model.card.leaves_bars
        same(in_chromium("bars.png", data)["data"], paint(read(data), model).pixels)

    def test_transparency_stays(self, in_chromium, smooth_photo):
        alpha = np.full((90, 120, 1), 255, np.uint8)
        alpha[:30] = 0
        made = in_chromium("cut.png", encoded(np.dstack([smooth_photo(7, 90, 120), alpha])))
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(made["data"])))[..., 3], alpha[..., 0])

    def test_how_far_it_is_is_told(self, in_chromium, smooth_photo):
        stages = in_chromium("a.png", encoded(smooth_photo(9, 50, 60)))["stages"]
        assert [stage for stage in dict.fromkeys(stages) if stage not in ("load", "wait")] == [
            "decode",
            "paint",
            "encode",
        ]


@pytest.mark.parametrize("name", ["daisy", "sunflower", "tulip"])
def test_a_drawing_is_the_same_painted_both_ways(in_chromium, name):
    data = pincel.example(name).read_bytes()
    made = in_chromium(f"{name}.png", data, "/translate", model="sketch", format="png")
    same(made["data"], paint(read(data), load_model("sketch")).pixels)
    assert made["name"] == f"{name}-painted.png"


class TestFiles:
    def photo(self, smooth_photo, orientation: int, kind: str) -> bytes:
        exif = Image.Exif()
        exif.update({0x010E: "Grandmother, 1931", 0x0112: orientation, 0x0132: "1931:05:01 12:00:00"})
        exif.get_ifd(0x8769).update({0x9003: "1931:05:01 12:00:00", 0xA002: 120, 0xA003: 80})
        options = {"comment": "in the garden", "quality": 95} if kind == "JPEG" else {}
        return encoded(smooth_photo(11, 80, 120), kind, exif=exif, dpi=(300, 300), **options)

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_a_photo_that_lies_stands_upright_as_on_the_command_line(self, in_chromium, smooth_photo, orientation):
        data = self.photo(smooth_photo, orientation, "JPEG")
        same(in_chromium("turned.jpg", data, format="png")["data"], paint(read(data), load_model()).pixels)

    @pytest.mark.parametrize("kind", ["JPEG", "PNG"])
    def test_exif_is_that_which_the_command_line_writes_byte_for_byte(self, in_chromium, smooth_photo, kind):
        data = self.photo(smooth_photo, 6, kind)
        made = in_chromium(f"turned.{kind.lower()}", data)
        picture = read(data)
        native = read(encode(finished(picture, paint(picture, load_model()))).data)
        here = read(made["data"])
        assert here.format == kind
        assert here.metadata.exif == native.metadata.exif
        assert here.metadata.comments == native.metadata.comments
        assert here.metadata.resolution.per("inch") == pytest.approx((300, 300), rel=1e-3)
        assert here.pixels.shape == (120, 80, 3)
        assert made["note"] is None

    def test_previews_are_left_out_and_captions_stay_as_on_the_command_line(self, in_chromium, smooth_photo):
        entries = [struct.pack("<HHII", 0x0112, 3, 1, 6), struct.pack("<HHII", 0x8769, 4, 1, 26 + 12)]
        first = struct.pack("<H", 2) + b"".join(entries) + struct.pack("<I", 26 + 12 + 18)
        sizes = struct.pack("<H", 1) + struct.pack("<HHII", 0xA002, 4, 1, 120) + struct.pack("<I", 0)
        preview = [struct.pack("<HHII", 0x0201, 4, 1, 38 + 18 + 30), struct.pack("<HHII", 0x0202, 4, 1, 9)]
        second = struct.pack("<H", 2) + b"".join(preview) + struct.pack("<I", 0)
        block = b"II*\0" + struct.pack("<I", 8) + first + sizes + second + b"a preview"
        xmp = b'<x tiff:Orientation="6" exif:PixelXDimension="120"><xmp:Thumbnails>grey</xmp:Thumbnails>caf\xc3\xa9'
        resources = b"".join(
            b"8BIM" + struct.pack(">HHI", number, 0, len(content)) + content
            for number, content in ((0x0409, b"preview!"), (0x0404, b"\x1c\x02x\0\x06garden"), (0x040C, b"another!"))
        )
        told = Metadata(exif=block, xmp=xmp, photoshop=resources, comments=(b"in the garden", b"1931"))
        data = encode(Picture(smooth_photo(11, 80, 120), metadata=told, format="JPEG")).data
        picture = read(data)
        native = read(encode(finished(picture, paint(picture, load_model()))).data).metadata
        here = read(in_chromium("album.jpg", data)["data"]).metadata
        assert b"preview" not in native.exif + native.photoshop
        assert (here.exif, here.xmp, here.photoshop) == (native.exif, native.xmp, native.photoshop)
        assert here.comments == native.comments

    def test_colours_of_another_profile_are_srgb_afterwards(self, in_chromium, smooth_photo):
        from pincel.imaging.profile import display_p3_profile

        rgb = smooth_photo(13, 60, 90)
        made = in_chromium("p3.jpg", encoded(rgb, "JPEG", quality=95, icc_profile=display_p3_profile()), format="png")
        plain = in_chromium("plain.jpg", encoded(rgb, "JPEG", quality=95), format="png")
        light = [lightness(np.asarray(Image.open(io.BytesIO(one["data"])))) for one in (made, plain)]
        native = lightness(read(encoded(rgb, "JPEG", quality=95, icc_profile=display_p3_profile())).pixels)
        assert np.abs(light[0] - native).mean() < 0.5 < np.abs(light[1] - native).mean()
        assert not Image.open(io.BytesIO(made["data"])).info.get("icc_profile")

    def test_what_is_no_picture_gets_a_sentence(self, page, in_chromium):
        with pytest.raises(Exception, match="damaged, or no picture that this browser can read"):
            in_chromium("cut.jpg", pincel.example("cat").read_bytes()[:400] + b"\xff\xda" + b"x" * 50)


class TestParts:
    """The filters alone, against OpenCV's."""

    @pytest.mark.parametrize("size", [(40, 60), (33, 61), (150, 100), (83, 119), (11, 9)])
    def test_resizing_is_that_of_the_command_line(self, page, smooth_photo, size):
        rgb = smooth_photo(2, 120, 100)
        body = """(resize, raster, v, h, w, to) =>
            [...resize(raster(Uint8ClampedArray.from(v), h, w, 3), ...to, true).values]"""
        got = page.evaluate(CALL % body, ["resize", "resize", rgb.ravel().tolist(), 120, 100, list(size)])
        distance = np.abs(np.reshape(got, (*size, 3)) - resize(rgb, *size).astype(int))
        assert distance.max() <= 1

    def test_lightness_of_every_kind_of_colour_is_that_of_the_command_line(self, page):
        rgb = np.random.default_rng(0).integers(0, 256, (80, 60, 3), dtype=np.uint8)
        body = (
            "(f, _, v) => { const light = new Float32Array(v.length / 3); f(v, 3, false, light); return [...light]; }"
        )
        got = page.evaluate(CALL % body, ["lab", "lightness", rgb.ravel().tolist()])
        assert np.abs(np.reshape(got, (80, 60)) - lightness(rgb)).max() < 0.01

    @pytest.mark.parametrize("kind", ["clean", "photographed", "chalk", "on nothing"])
    def test_ink_is_found_as_on_the_command_line(self, page, kind):
        sheet = np.full((130, 150), 255, np.uint8)
        cv2.ellipse(sheet, (75, 65), (45, 30), 20, 0, 360, 0, 3)
        cv2.line(sheet, (20, 20), (125, 110), 30, 1)
        if kind == "photographed":
            shadow = np.linspace(0.55, 0.95, 150)[None]
            noise = np.random.default_rng(1).normal(0, 2, sheet.shape)
            sheet = np.clip(sheet * shadow + noise, 0, 255).astype(np.uint8)
        rgba = np.dstack([255 - sheet if kind == "chalk" else sheet] * 3 + [np.full_like(sheet, 255)])
        if kind == "on nothing":
            rgba[..., 3] = 255 - sheet
        alpha = rgba[..., 3] if kind == "on nothing" else None
        native = resize_ink(ink(rgba[..., 0], alpha), 64, 74)
        with_alpha = "true" if alpha is not None else "false"
        body = f"""async (ink, _, v, h, w) => {{
            const {{ resizeInk }} = await import("/static/engine/ink.js");
            return [...resizeInk(ink(Uint8ClampedArray.from(v), h, w, true, {with_alpha}), 64, 74).values];
        }}"""
        got = np.reshape(page.evaluate(CALL % body, ["ink", "ink", rgba.ravel().tolist(), 130, 150]), (64, 74))
        assert native.max() > 0.5
        assert np.abs(got - native).max() < 0.03

    @pytest.mark.parametrize("name", ["colour", "sepia"])
    def test_whether_a_photo_has_colours_is_told_alike(self, in_chromium, name):
        rgb = np.asarray(Image.open(pincel.example("coffee")).convert("RGB"))
        if name == "sepia":
            grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)[..., None] / 255
            rgb = (255 * np.clip(grey ** [0.8, 1.0, 1.3], 0, 1)).astype(np.uint8)
        data = encoded(rgb)
        assert in_chromium(f"{name}.png", data)["hadColours"] == in_color(read(data).pixels) == (name == "colour")


def test_the_engine_is_plain_and_small():
    engine = Path(pincel.__file__).parent / "serve" / "static" / "engine"
    assert sum(path.stat().st_size for path in engine.glob("*.js")) < 80_000
