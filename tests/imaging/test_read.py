import io
import os
import struct
import subprocess
import sys
import zlib

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms, ImageOps

from pincel.errors import PictureError
from pincel.imaging.read import PictureLimits, count_pages, read

RAMP = np.arange(12 * 20 * 3, dtype=np.uint8).reshape(12, 20, 3)


def file_of(image, file_format, **options):
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "BMP", "WEBP"])
def test_lossless_formats_come_as_they_are(file_format):
    picture = read(file_of(Image.fromarray(RAMP), file_format, **({"lossless": True} if file_format == "WEBP" else {})))
    assert (picture.pixels == RAMP).all()
    assert picture.format == file_format
    assert picture.alpha is None


def test_jpeg_comes_close_to_what_was_written():
    smooth = cv2.resize(RAMP[:3, :3].copy(), (40, 24), interpolation=cv2.INTER_CUBIC)
    picture = read(file_of(Image.fromarray(smooth), "JPEG", quality=98, subsampling=0))
    assert np.abs(picture.pixels.astype(int) - smooth).mean() < 3
    assert picture.format == "JPEG"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_and_taken_out(orientation):
    upright = Image.fromarray(RAMP)
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Image.Transpose that stores it the rotated way
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Leica"
    picture = read(file_of(stored, "PNG", exif=exif))
    assert (picture.pixels == RAMP).all()
    kept = Image.Exif()
    kept.load(picture.metadata.exif)
    assert (kept[0x010F], kept[0x0112]) == ("Leica", 1)
    assert picture.metadata.orientation() == 1


def test_alpha_is_kept_apart():
    alpha = np.linspace(0, 255, 240).astype(np.uint8).reshape(12, 20)
    image = Image.fromarray(np.dstack([RAMP, alpha]))
    picture = read(file_of(image, "PNG"))
    assert (picture.pixels == RAMP).all()
    assert (picture.alpha == alpha).all()


def test_grey_with_alpha_and_palettes_are_read():
    grey = Image.fromarray(RAMP[..., 0])
    with_alpha = grey.copy().convert("LA")
    with_alpha.putalpha(Image.fromarray(RAMP[..., 1]))
    picture = read(file_of(with_alpha, "PNG"))
    assert (picture.pixels == RAMP[..., 0]).all()
    assert (picture.alpha == RAMP[..., 1]).all()
    palette = Image.fromarray(RAMP).quantize(16)
    assert (read(file_of(palette, "PNG")).pixels == np.asarray(palette.convert("RGB"))).all()


def test_grey_stored_as_colour_is_grey():
    assert read(file_of(Image.fromarray(np.dstack([RAMP[..., 0]] * 3)), "PNG")).pixels.shape == (12, 20)


def test_nothing_of_the_memory_before_is_in_a_deep_tiff():
    ink = 0xABCD
    for layout in ({}, {"rowsperstrip": 5}, {"tile": (16, 16)}, {"compression": "zlib"}, {"planarconfig": "separate"}):
        buffer = io.BytesIO()
        shape = (3, 300, 400) if "planarconfig" in layout else (300, 400, 3)
        tifffile.imwrite(buffer, np.zeros(shape, np.uint16), photometric="rgb", metadata=None, **layout)
        letter = [np.full(300 * 400 * planes, ink, np.uint16) for planes in (1, 3, 4)]
        del letter
        assert not (read(buffer.getvalue()).pixels == ink).any()


def test_a_big_grey_jpeg_stored_in_colour_reads_as_its_colours_would():
    grey = cv2.resize(RAMP[..., 0], (1300, 900), interpolation=cv2.INTER_CUBIC)
    exif = Image.Exif()
    exif[0x010F] = "Leica"
    data = file_of(Image.fromarray(np.dstack([grey] * 3)), "JPEG", exif=exif, dpi=(300, 300))
    picture = read(data)
    assert picture.pixels.shape == (900, 1300)
    assert (picture.pixels == np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))[..., 0]).all()
    assert picture.metadata.resolution == (300, 300, "inch")
    assert b"Leica" in picture.metadata.exif


def test_16_bit_grey_and_colour_keep_their_depth():
    deep = (np.arange(12 * 20, dtype=np.uint16) * 257).reshape(12, 20)
    picture = read(file_of(Image.fromarray(deep), "PNG"))
    assert picture.pixels.dtype == np.uint16
    assert (picture.pixels == deep).all()
    color = np.dstack([deep, deep[::-1], deep[:, ::-1]])
    for suffix in (".png", ".tif"):
        data = cv2.imencode(suffix, color[..., ::-1])[1].tobytes()
        picture = read(data)
        assert picture.pixels.dtype == np.uint16
        assert (picture.pixels == color).all()


def test_an_embedded_profile_is_converted_to_srgb():
    swapped = ImageCms.createProfile("LAB")  # a profile that is not sRGB and cannot apply to RGB: ignored
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.fromarray(RAMP)
    assert (read(file_of(image, "PNG", icc_profile=srgb)).pixels == RAMP).all()
    broken = ImageCms.ImageCmsProfile(swapped).tobytes()
    assert (read(file_of(image, "PNG", icc_profile=broken)).pixels == RAMP).all()
    converted = read(file_of(image, "PNG", icc_profile=linear_light_profile())).pixels
    # the profile says gamma 1.0: stored 128 is linear 0.5, which sRGB stores as 188
    grey = read(file_of(Image.fromarray(np.full((4, 4, 3), 128, np.uint8)), "PNG", icc_profile=linear_light_profile()))
    assert abs(int(grey.pixels.flat[0]) - 188) <= 2
    assert converted.mean() > RAMP.mean()


def linear_light_profile():
    """sRGB's primaries with gamma 1.0: the tone curves of the sRGB profile replaced by the identity curve."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", data[128:132])[0]
    curve = b"curv" + bytes(4) + struct.pack(">I", 0)  # no entries: identity (ICC.1:2022, 10.6)
    offset = len(data)
    data += curve
    for i in range(count):
        place = 132 + 12 * i
        if data[place : place + 4] in (b"rTRC", b"gTRC", b"bTRC"):
            data[place + 4 : place + 12] = struct.pack(">II", offset, len(curve))
    data[0:4] = struct.pack(">I", len(data))
    data = data.replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be"))
    data[84:100] = bytes(16)  # profile id: not computed
    return bytes(data)


def test_cmyk_becomes_rgb():
    cmyk = Image.fromarray(RAMP).convert("CMYK")
    assert read(file_of(cmyk, "JPEG", quality=95)).pixels.shape[:2] == (12, 20)


class TestBadFiles:
    def test_missing(self, tmp_path):
        with pytest.raises(PictureError, match="does not exist"):
            read(tmp_path / "no.jpg")

    def test_a_folder(self, tmp_path):
        with pytest.raises(PictureError, match="is a folder"):
            read(tmp_path)

    def test_zero_bytes(self, tmp_path):
        (tmp_path / "zero.jpg").touch()
        with pytest.raises(PictureError, match=r"zero.jpg is empty"):
            read(tmp_path / "zero.jpg")

    def test_not_a_picture(self, tmp_path):
        (tmp_path / "text.jpg").write_text("this is a letter, not a picture")
        with pytest.raises(PictureError, match="not a picture"):
            read(tmp_path / "text.jpg")

    @pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF", "BMP", "WEBP"])
    def test_cut_off(self, file_format):
        noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
        data = file_of(Image.fromarray(noise), file_format)
        with pytest.raises(PictureError, match=r"damaged or cut off|not a picture"):
            read(data[: len(data) * 2 // 3], name="x")

    def test_every_cut_of_a_png_is_an_expected_error(self):
        data = file_of(Image.fromarray(RAMP), "PNG")
        for length in range(0, len(data) - 24, 7):  # the last 24 bytes hold checksums and the end mark
            with pytest.raises(PictureError):
                read(data[:length], name="x")

    def test_a_decompression_bomb_is_refused_before_it_is_decoded(self):
        def chunk(kind, body):
            return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

        header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
        bomb = (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(bytes(1000)))
            + chunk(b"IEND", b"")
        )
        with pytest.raises(PictureError, match="3600 megapixels, more than the limit of \\d"):
            read(bomb, name="bomb.png")

    def test_a_limit_below_a_megapixel_is_told_as_it_is(self):
        data = file_of(Image.fromarray(RAMP), "PNG")
        with pytest.raises(PictureError, match=r"has 0\.\d+ megapixels, more than the limit of 0\.0001;"):
            read(data, limits=PictureLimits(pixels=100))

    def test_pillows_own_limit_is_put_back(self):
        before = Image.MAX_IMAGE_PIXELS
        read(file_of(Image.fromarray(RAMP), "PNG"))
        assert before == Image.MAX_IMAGE_PIXELS


def test_the_size_is_told_before_anything_is_decoded():
    sizes = []
    with pytest.raises(PictureError, match="cut off"):
        read(file_of(Image.fromarray(RAMP), "PNG")[:60], on_size=sizes.append)
    assert sizes == [12 * 20]


def test_formats_whose_readers_run_other_programs_are_not_opened():
    with pytest.raises(PictureError, match="not a picture that can be read"):
        read(file_of(Image.fromarray(RAMP), "EPS"))


def test_a_damaged_part_is_an_error_and_never_grey_or_black():
    """Pillow goes on over broken JPEG data without a word; libvips paints broken strips of a TIFF black."""
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    jpeg = bytearray(file_of(Image.fromarray(noise), "JPEG", quality=90))
    middle = len(jpeg) // 2
    jpeg[middle : middle + 400] = b"\xff" * 400
    tiff = bytearray(file_of(Image.fromarray(noise), "TIFF", compression="tiff_adobe_deflate"))
    tiff[200:400] = b"\xff" * 200
    for data in (jpeg, tiff):
        with pytest.raises(PictureError, match="damaged or cut off"):
            read(bytes(data), name="scan")


def test_bytes_too_many_between_segments_are_no_damage():
    data = file_of(Image.fromarray(RAMP), "JPEG", progressive=True)
    at = data.rindex(b"\xff\xda")
    picture = read(data[:at] + b"\0" * 7 + data[at:])
    assert (picture.pixels == read(data).pixels).all()


@pytest.mark.parametrize("entry", [(282, 10, 1, struct.pack("<ii", -300, 1)), (270, 3, 1, struct.pack("<H", 7))])
def test_odd_metadata_are_no_reason_to_refuse_a_sound_picture(entry):
    tag, kind, count, value = entry
    block = b"II*\0" + struct.pack("<IH", 8, 1) + struct.pack("<HHI", tag, kind, count)
    block += (
        (value if len(value) <= 4 else struct.pack("<I", 26)).ljust(4, b"\0")
        + bytes(4)
        + (value if len(value) > 4 else b"")
    )
    for file_format in ("JPEG", "PNG", "WEBP"):
        picture = read(file_of(Image.fromarray(RAMP), file_format, exif=b"Exif\0\0" + block))
        assert picture.metadata.exif == block
        assert picture.metadata.resolution is None
    stored = tifffile_of(RAMP, extratags=[(tag, kind, count, value, True)])
    assert (read(stored).pixels == RAMP).all()


def tifffile_of(pixels, **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, metadata=None, **options)
    return buffer.getvalue()


class TestPages:
    def album(self, *pages):
        buffer = io.BytesIO()
        with tifffile.TiffWriter(buffer) as file:
            for pixels, options in pages:
                file.write(pixels, metadata=None, **{"photometric": "minisblack", **options})
        return buffer.getvalue()

    def test_each_page_is_a_picture(self, tmp_path):
        data = self.album(*[(np.full((20, 30), value, np.uint8), {}) for value in (10, 20, 30)])
        assert [int(read(data, page=page).pixels[0, 0]) for page in (1, 2, 3)] == [10, 20, 30]
        assert read(data).pages == 3
        (tmp_path / "album.tif").write_bytes(data)
        assert count_pages(tmp_path / "album.tif") == 3

    def test_a_page_that_is_not_there_is_named(self):
        with pytest.raises(PictureError, match="album has 1 page, so there is no page 2"):
            read(file_of(Image.fromarray(RAMP), "TIFF"), page=2, name="album")

    @pytest.mark.parametrize("first", [{"subfiletype": 1}, {}])
    def test_a_preview_is_not_the_photo(self, first):
        data = self.album((np.zeros((10, 15), np.uint8), first), (np.full((60, 90), 77, np.uint8), {}))
        picture = read(data, name="scan")
        assert (picture.width, picture.pages, int(picture.pixels[0, 0])) == (90, 1, 77)
        assert picture.notes == (() if first else ("scan: its first page (15 x 10) is a preview and was passed over",))

    def test_a_mask_is_not_a_photo(self):
        data = self.album(
            (np.full((60, 90), 77, np.uint8), {}), (np.zeros((60, 90), bool), {"subfiletype": 4, "photometric": "mask"})
        )
        assert read(data).pages == 1

    def test_directories_that_point_at_each_other_end(self):
        data = bytearray(file_of(Image.fromarray(RAMP), "TIFF"))
        first = struct.unpack_from("<I", data, 4)[0]
        count = struct.unpack_from("<H", data, first)[0]
        struct.pack_into("<I", data, first + 2 + 12 * count, first)
        assert read(bytes(data)).pages == 1


class TestLimits:
    def test_what_would_take_too_much_memory_is_refused_before_it_is_decoded(self):
        data = file_of(Image.new("L", (4000, 4000)), "PNG")
        with pytest.raises(PictureError, match=r"take 0\.2 GB of memory, more than the limit of 0\.1; .*--max-memory"):
            read(data, limits=PictureLimits(memory=100_000_000), name="scan")

    def test_a_large_sparse_file_is_not_read(self, tmp_path):
        with (tmp_path / "sparse.jpg").open("wb") as file:
            file.write(file_of(Image.fromarray(RAMP), "JPEG"))
            file.truncate(3_000_000_000)
        with pytest.raises(PictureError, match=r"would take 3\.0 GB"):
            read(tmp_path / "sparse.jpg", limits=PictureLimits(memory=2_000_000_000))

    def test_a_jpeg_of_thousands_of_scans_is_refused(self):
        data = file_of(Image.fromarray(RAMP), "JPEG", progressive=True)
        scan = data[data.rindex(b"\xff\xda") : -2]
        with pytest.raises(PictureError, match=r"has 21\d scans, which would take very long"):
            read(data[:-2] + scan * 200 + data[-2:])

    def test_a_pipe_is_refused(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(PictureError, match=r"pipe is not a file \(a pipe"):
            read(tmp_path / "pipe")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7 ", "a PDF, not a picture that can be read; save its pages as pictures"),
        (b"II*\0\x10\0\0\0CR\2\0", "a camera's raw file"),
        (b"8BPS\0\1", "a Photoshop file"),
        (b"\0\0\0\x18ftypmp42", "a video"),
        (b"PK\3\4", "an archive"),
    ],
)
def test_what_a_file_is_that_is_not_read_is_said(data, words):
    with pytest.raises(PictureError, match=f"scan is {words}"):
        read(data.ljust(100, b"\0"), name="scan")


def test_an_open_file_is_read_too():
    assert (read(io.BytesIO(file_of(Image.fromarray(RAMP), "PNG"))).pixels == RAMP).all()


def test_nothing_of_the_libraries_reaches_stderr(tmp_path):
    """Run apart: libtiff and libvips write to the process's stderr, not to Python's."""
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    smooth = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
    for number, compression in enumerate(("tiff_lzw", "lzma", "tiff_adobe_deflate")):
        data = bytearray(file_of(Image.fromarray(smooth), "TIFF", compression=compression))
        data[20:120] = b"\xff" * 100
        (tmp_path / f"{number}.tif").write_bytes(data)
    (tmp_path / "cut.jpg").write_bytes(file_of(Image.fromarray(noise), "JPEG")[:900])
    script = (
        "import sys, pathlib\nfrom pincel.imaging.read import read\nfrom pincel.errors import PictureError\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
        "    try: read(path)\n"
        "    except PictureError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.count("damaged or cut off") == 4


@pytest.mark.parametrize("compression", ["tiff_lzw", "lzma", None])
@pytest.mark.parametrize("orientation", [3, 5, 6, 8])
def test_a_tiff_is_turned_once_whoever_decodes_it(compression, orientation):
    data = file_of(Image.fromarray(RAMP), "TIFF", compression=compression, tiffinfo={274: orientation})
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    picture = read(data)
    assert (picture.pixels == expected).all()
    assert picture.metadata.orientation() == 1


@pytest.mark.parametrize(
    "options", [{"photometric": "minisblack", "extrasamples": ["unassalpha"]}, {"photometric": "rgb"}]
)
def test_planes_apart_that_libvips_misreads_are_refused(options):
    dtype = np.float16 if options["photometric"] == "rgb" else np.uint8
    planes = np.zeros((3 if options["photometric"] == "rgb" else 2, 20, 30), dtype)
    with pytest.raises(PictureError, match="keeps its planes apart in a way that cannot be read; save it as"):
        read(tifffile_of(planes, planarconfig="separate", **options), name="scan")


def test_a_video_behind_a_photo_has_no_scans():
    data = file_of(Image.fromarray(RAMP), "JPEG")
    assert (read(data + b"\0\0\0\x18ftypmp42" + b"\xff\xda" * 500).pixels == read(data).pixels).all()


@pytest.mark.parametrize(("at", "value"), [(11, 2), (-1, 0)])
def test_numbers_that_cameras_get_wrong_are_no_damage(at, value):
    """JFIF 2.01, and a last coefficient that is not 63 in a baseline scan."""
    data = bytearray(file_of(Image.fromarray(RAMP), "JPEG"))
    place = at if at > 0 else data.index(b"\xff\xda") + 2 + 2 + 1 + 2 * 3 + 1
    data[place] = value
    assert (read(bytes(data)).pixels == np.asarray(Image.open(io.BytesIO(data)))).all()


def test_a_page_of_a_kind_unknown_here_fails_alone(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for _ in range(2):
            file.write(RAMP[..., 0], photometric="minisblack", metadata=None)
    data = bytearray((tmp_path / "a.tif").read_bytes())
    at = data.index(struct.pack("<HHI", 262, 3, 1))
    struct.pack_into("<H", data, at + 8, 32845)
    assert read(bytes(data), page=2).pages == 2
    with pytest.raises(PictureError, match="photometric 32845"):
        read(bytes(data))


def test_a_png_that_tells_its_gamma_is_shown_as_it_says():
    from PIL import PngImagePlugin

    info = PngImagePlugin.PngInfo()
    info.add(b"gAMA", struct.pack(">I", 100_000))
    values = np.full((4, 4), 128, np.uint8)
    assert abs(int(read(file_of(Image.fromarray(values), "PNG", pnginfo=info)).pixels[0, 0]) - 188) <= 1
    info = PngImagePlugin.PngInfo()
    info.add(b"gAMA", struct.pack(">I", 45_455))
    assert (read(file_of(Image.fromarray(values), "PNG", pnginfo=info)).pixels == 128).all()


def test_one_pixel_is_a_picture():
    assert read(file_of(Image.new("L", (1, 1), 7), "PNG")).pixels.tolist() == [[7]]


def test_colours_that_a_png_tells_by_number_count():
    """Display P3 is as its profile says (by the matrices of CSS Color 4: 213.0, 115.0, 70.4); HDR is refused."""
    from PIL import PngImagePlugin

    def stored(*points: int) -> bytes:
        info = PngImagePlugin.PngInfo()
        info.add(b"cICP", bytes((*points, 0, 1)))
        return file_of(Image.fromarray(np.full((4, 4, 3), (200, 120, 80), np.uint8)), "PNG", pnginfo=info)

    assert np.abs(read(stored(12, 13)).pixels[0, 0].astype(int) - (213, 115, 70)).max() <= 2
    assert read(stored(1, 13)).pixels[0, 0].tolist() == [200, 120, 80]
    with pytest.raises(PictureError, match=r"tells its colours as 9/16 \(cICP\), which cannot be read"):
        read(stored(9, 16))
