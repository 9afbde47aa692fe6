"""What came in goes out: metadata of every source in every target, read back by other programs' readers."""

import io
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image

from pincel.imaging.picture import Picture
from pincel.imaging.read import read
from pincel.imaging.write import encode

GREY = np.add.outer(np.arange(20) * 4, np.arange(30) * 4).astype(np.uint8)
RGB = np.dstack([GREY, GREY // 2, 255 - GREY])
CAPTION = "Großmutter Müller, Łódź 1938, Иван".encode()
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description tiff:Orientation="6" tiff:ImageWidth="30">'
    b"<xmp:Thumbnails><rdf:Alt><rdf:li>GREYPREVIEW</rdf:li></rdf:Alt></xmp:Thumbnails>"
    b"<dc:description>Aunt Jane</dc:description></rdf:Description></rdf:RDF></x:xmpmeta>"
)
IPTC = b"\x1c\x02\x78" + struct.pack(">H", 15) + b"Aunt Jane, left"


def resource(number: int, content: bytes) -> bytes:
    return b"8BIM" + struct.pack(">HHI", number, 0, len(content)) + content + b"\0" * (len(content) % 2)


def exif_block(orientation: int = 6, extra: bytes = b"") -> bytes:
    """Caption, orientation, resolution, a date, width and a maker's note; and a preview in the second directory."""
    exif = Image.Exif()
    exif.endian = "<"
    exif[0x010E] = CAPTION.decode()
    exif[0x0112] = orientation
    exif[0x011A], exif[0x011B], exif[0x0128] = 600.0, 600.0, 2
    below = exif.get_ifd(0x8769)
    below[0x9003], below[0xA002], below[0x927C] = "1938:05:01 00:00:00", 30, b"maker" + extra
    block = bytearray(exif.tobytes()[6:])
    first = struct.unpack_from("<I", block, 4)[0]
    count = struct.unpack_from("<H", block, first)[0]
    at = block.index(b"?", first) if b"?" in block[first:] else None
    if at is not None:  # Pillow writes text as ASCII: put the caption's own bytes at the end and point to them
        for place in range(first + 2, first + 2 + 12 * count, 12):
            if struct.unpack_from("<H", block, place)[0] == 0x010E:
                struct.pack_into("<II", block, place + 4, len(CAPTION) + 1, len(block))
                block += CAPTION + b"\0"
    preview = b"\xff\xd8GREYPREVIEW\xff\xd9"
    second = len(block) + len(block) % 2
    block += bytes(len(block) % 2)
    struct.pack_into("<I", block, first + 2 + 12 * count, second)
    block += struct.pack("<H", 2) + struct.pack("<HHII", 0x0201, 4, 1, second + 30)
    block += struct.pack("<HHII", 0x0202, 4, 1, len(preview)) + bytes(4) + preview
    return bytes(block)


def jpeg_scan(orientation: int = 6) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(GREY).save(
        buffer,
        "JPEG",
        quality=95,
        dpi=(600, 600),
        comment=b"from the red album",
        exif=b"Exif\0\0" + exif_block(orientation),
        xmp=XMP,
    )
    data = buffer.getvalue()
    resources = b"Photoshop 3.0\0" + resource(0x0404, IPTC) + resource(0x040C, b"GREYPREVIEW")
    return data[:2] + struct.pack(">BBH", 0xFF, 0xED, len(resources) + 2) + resources + data[2:]


def painted(picture: Picture) -> Picture:
    """What painting gives: another picture with the same metadata."""
    from dataclasses import replace

    return replace(picture, pixels=np.dstack([picture.rgb()[..., 0]] * 2 + [picture.rgb()[..., 0] // 2]))


@pytest.fixture(scope="module")
def scan() -> Picture:
    return read(jpeg_scan())


class TestJpeg:
    @pytest.fixture
    def data(self, scan):
        return encode(painted(scan), "jpeg").data

    def test_exif_comes_byte_for_byte_but_for_what_is_no_longer_true(self, data):
        exif = Image.open(io.BytesIO(data)).getexif()
        assert CAPTION in data
        assert (exif[0x0112], exif[0x011A]) == (1, 600.0)
        assert exif.get_ifd(0x8769)[0x9003] == "1938:05:01 00:00:00"
        assert exif.get_ifd(0x8769)[0xA002] == 20  # it stands upright now
        assert exif.get_ifd(0x8769)[0x927C] == b"maker"

    def test_captions_comments_and_resolution_are_there(self, data):
        image = Image.open(io.BytesIO(data))
        assert image.info["photoshop"] == {0x0404: IPTC}
        assert b"Aunt Jane" in image.info["xmp"]
        assert b'tiff:Orientation="1" tiff:ImageWidth="20"' in image.info["xmp"]
        assert image.info["comment"] == b"from the red album"
        assert image.info["dpi"] == (600, 600)
        assert image.info["jfif_version"] == (1, 1)

    def test_it_stands_upright_for_every_viewer(self, data, scan):
        assert Image.open(io.BytesIO(data)).size == (20, 30) == (scan.width, scan.height)
        assert read(data).pixels.shape[:2] == (30, 20)


@pytest.mark.parametrize("file_format", ["jpeg", "png", "tiff", "webp"])
def test_no_preview_of_the_grey_photo_is_left(scan, file_format):
    assert b"GREYPREVIEW" in jpeg_scan()
    assert b"GREYPREVIEW" not in encode(painted(scan), file_format).data


@pytest.mark.parametrize("file_format", ["jpeg", "png", "tiff", "webp"])
def test_what_was_told_is_told_again_after_any_format(scan, file_format):
    again = read(encode(painted(scan), file_format).data).metadata
    assert CAPTION in again.exif
    assert b"1938:05:01 00:00:00" in again.exif
    assert b"Aunt Jane" in again.xmp
    assert again.orientation() == 1
    assert again.resolution.per("inch") == pytest.approx((600, 600), abs=0.01)
    if file_format != "webp":
        assert IPTC in again.photoshop


def test_png_keeps_texts_and_gives_them_to_jpeg_as_comments():
    from PIL import PngImagePlugin

    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "Müller")
    info.add_itxt("Description", "Łódź 1938")
    buffer = io.BytesIO()
    Image.fromarray(GREY).save(buffer, "PNG", pnginfo=info, dpi=(600, 600))
    picture = read(buffer.getvalue())
    again = Image.open(io.BytesIO(encode(picture, "png").data))
    assert (again.info["Author"], again.info["Description"]) == ("Müller", "Łódź 1938")
    assert again.info["dpi"] == pytest.approx((600, 600), abs=0.01)
    comments = read(encode(picture, "jpeg").data).metadata.comments
    assert comments == ("Author: Müller".encode(), "Description: Łódź 1938".encode())
    tags = tifffile.TiffFile(io.BytesIO(encode(picture, "tiff").data)).pages[0].tags
    assert tags["XResolution"].value[0] / tags["XResolution"].value[1] == pytest.approx(236.22, abs=0.01)


def test_a_deep_tiff_keeps_its_tags_and_not_its_layout():
    buffer = io.BytesIO()
    tags = [(315, "s", 0, "J. Doe", True), (33432, "s", 0, "(c) J. Doe", True), (33723, "B", len(IPTC), IPTC, True)]
    tifffile.imwrite(
        buffer,
        GREY.astype(np.uint16) * 257,
        photometric="minisblack",
        resolution=(600, 600),
        resolutionunit=2,
        description="Family album p. 12",
        extratags=tags,
        tile=(16, 16),
        metadata=None,
    )
    encoded = encode(painted(read(buffer.getvalue())))
    page = tifffile.TiffFile(io.BytesIO(encoded.data)).pages[0]
    assert (page.dtype, page.shape) == (np.uint16, (20, 30, 3))
    assert (page.tags["Artist"].value, page.tags["Copyright"].value) == ("J. Doe", "(c) J. Doe")
    assert page.tags["ImageDescription"].value == "Family album p. 12"
    assert page.tags["XResolution"].value == (600, 1)
    assert bytes(page.tags[33723].value) == IPTC
    assert "TileWidth" not in page.tags
    assert Image.open(io.BytesIO(encode(painted(read(buffer.getvalue())), "jpeg").data)).info["photoshop"] == {
        0x0404: IPTC
    }


def test_exif_too_long_for_a_jpeg_loses_the_makers_note_and_says_so():
    buffer = io.BytesIO()
    Image.fromarray(GREY).save(buffer, "PNG", exif=b"Exif\0\0" + exif_block(1, bytes(90_000)))
    picture = read(buffer.getvalue())
    data, notes = encode(picture, "jpeg")
    assert notes == ("its EXIF is too long for a JPEG file; left out: the notes of the camera's maker",)
    exif = Image.open(io.BytesIO(data)).getexif()
    assert 0x927C not in exif.get_ifd(0x8769)
    assert exif.get_ifd(0x8769)[0x9003] == "1938:05:01 00:00:00"
    assert encode(picture, "png").notes == ()
    assert len(read(encode(picture, "png").data).metadata.exif) > 90_000


def test_a_profile_goes_out_as_srgb_where_one_came_in():
    buffer = io.BytesIO()
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(RGB).save(buffer, "PNG", icc_profile=profile)
    for file_format in ("jpeg", "png", "tiff", "webp"):
        image = Image.open(io.BytesIO(encode(read(buffer.getvalue()), file_format).data))
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        assert "sRGB" in ImageCms.getProfileDescription(profile)
    assert "icc_profile" not in Image.open(io.BytesIO(encode(Picture(RGB), "png").data)).info


@pytest.mark.parametrize("file_format", ["jpeg", "png", "tiff", "webp", "bmp"])
def test_nonsense_of_the_resolution_is_left_out(file_format):
    import zlib

    body = struct.pack(">IIB", 2**31 - 1, 1, 1)
    buffer = io.BytesIO()
    Image.fromarray(GREY).save(buffer, "PNG")
    data = buffer.getvalue()
    chunk = struct.pack(">I", 9) + b"pHYs" + body + struct.pack(">I", zlib.crc32(b"pHYs" + body))
    picture = read(data[:33] + chunk + data[33:])
    resolution = read(encode(picture, file_format).data).metadata.resolution
    assert resolution is None or file_format == "bmp"  # BMP always tells one


@pytest.mark.parametrize("value", [b"6\0", struct.pack("<HH", 6, 6), struct.pack("<H", 9)])
def test_an_orientation_the_standard_does_not_know_stays_as_it_is(value):
    """Nobody turns by it: the result must look in every viewer as the photo did."""
    kind, count = (2, 2) if value == b"6\0" else (3, len(value) // 2)
    block = b"II*\0" + struct.pack("<IHHHI", 8, 1, 0x0112, kind, count) + value.ljust(4, b"\0") + bytes(4)
    buffer = io.BytesIO()
    Image.fromarray(GREY).save(buffer, "JPEG", exif=b"Exif\0\0" + block)
    picture = read(buffer.getvalue())
    assert picture.pixels.shape == (20, 30)
    assert picture.metadata.exif == block


def test_pages_are_put_into_one_tiff_with_what_each_tells():
    from dataclasses import replace

    from pincel.imaging.write import encode_pages

    first, second = read(jpeg_scan(1)), Picture(RGB.astype(np.uint16) * 257)
    data = encode_pages([first, replace(second, format="TIFF")]).data
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        assert [page.shape for page in file.pages] == [(20, 30), (20, 30, 3)]
        assert [page.dtype for page in file.pages] == [np.uint8, np.uint16]
    assert read(data).pages == 2
    assert CAPTION in read(data).metadata.exif
    assert (read(data, page=2).pixels == second.pixels).all()


@pytest.mark.parametrize("content", [resource(0x0404, IPTC), IPTC])
def test_iptc_that_exiftool_wrote_into_a_png_is_kept(content):
    from PIL import PngImagePlugin

    info = PngImagePlugin.PngInfo()
    info.add_text("Raw profile type iptc", f"\nIPTC profile\n{len(content):8d}\n{content.hex()}\n", zip=True)
    buffer = io.BytesIO()
    Image.fromarray(GREY).save(buffer, "PNG", pnginfo=info)
    for file_format in ("jpeg", "png", "tiff"):
        assert IPTC in read(encode(read(buffer.getvalue()), file_format).data).metadata.photoshop


def test_a_longer_part_of_xmp_is_told_where_only_jpeg_has_room_for_it(scan):
    from dataclasses import replace

    packet = b'<x xmpNote:HasExtendedXMP="ABC" dc:title="a"/>'
    picture = replace(
        scan, metadata=replace(scan.metadata, xmp=packet, xmp_parts=(b"http://ns.adobe.com/xmp/extension/\0A",))
    )
    assert encode(picture, "jpeg").notes == ()
    data, notes = encode(picture, "png")
    assert notes == ("only JPEG files have room for the longer part of its XMP, not PNG; it was left out",)
    assert read(data).metadata.xmp == b'<x dc:title="a"/>'
