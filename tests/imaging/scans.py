"""Small files of every kind that a scanner, a camera or an album program writes, of one grey ramp."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyvips
import tifffile
from PIL import Image, ImageCms

HEIGHT, WIDTH = 24, 32
RAMP = np.add.outer(np.arange(HEIGHT) * 2, np.arange(WIDTH) * 6).astype(np.uint8)  # grey, 0..232
DEEP = RAMP.astype(np.uint16) * 257


class Scan(NamedTuple):
    """One row of the table in docs/formats.md.

    Attributes:
        container, samples, color, layout: its columns.
        data: the file.
        expected: the grey that must be read, uint8 (H, W); None: refused.
        deep: whether 16 bits must be read.
        tolerance: in 8-bit levels.
        reason: of a refusal, or what is told.
    """

    container: str
    samples: str
    color: str
    layout: str
    data: bytes
    expected: np.ndarray | None = RAMP
    deep: bool = False
    tolerance: float = 0.51
    reason: str = ""
    alpha: bool = False


def tiff(pixels: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, metadata=None, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def pillow(image: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def planes(values: np.ndarray, *others: np.ndarray) -> np.ndarray:
    return np.dstack([values, *others])


def inks(values: np.ndarray) -> np.ndarray:
    """CMYK with black ink only."""
    top = np.iinfo(values.dtype).max
    return planes(*[np.zeros_like(values)] * 3, top - values)


def linear_grey_profile() -> bytes:
    """A grey profile of gamma 1.0 (ICC.1:2022)."""
    white = struct.pack(">iii", int(0.9642 * 65536), 65536, int(0.8249 * 65536))
    name = b"Gray gamma 1.0"
    description = b"desc\0\0\0\0" + struct.pack(">I", len(name) + 1) + name + b"\0" + bytes(78)
    tags = [
        (b"desc", description),
        (b"cprt", b"text\0\0\0\0CC0\0"),
        (b"wtpt", b"XYZ \0\0\0\0" + white),
        (b"kTRC", b"curv\0\0\0\0" + struct.pack(">IH", 1, 256)),
    ]
    table, body, at = b"", b"", 128 + 4 + 12 * len(tags)
    for tag, content in tags:
        content += bytes(-len(content) % 4)
        table += tag + struct.pack(">II", at + len(body), len(content))
        body += content
    head = struct.pack(">I", at + len(body)) + b"lcms" + struct.pack(">I", 0x02100000) + b"mntrGRAYXYZ "
    head += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + white
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def as_linear(values: np.ndarray) -> np.ndarray:
    """What a file with `linear_grey_profile` stores for these greys, uint16."""
    encoded = values / 255
    return (np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4) * 65535 + 0.5).astype(
        np.uint16
    )


def packed_12_bit(values: np.ndarray) -> bytes:
    """A TIFF of 12 bits a sample; ``values`` are 0..4095."""
    pairs = values.reshape(-1, 2).astype(np.uint32)
    bits = (pairs[:, 0] << 12) | pairs[:, 1]
    strip = np.stack([bits >> 16, bits >> 8 & 255, bits & 255], 1).astype(np.uint8).tobytes()
    tags = {256: WIDTH, 257: HEIGHT, 258: 12, 259: 1, 262: 1, 273: 8, 277: 1, 278: HEIGHT, 279: len(strip)}
    directory = struct.pack("<H", len(tags))
    for tag, value in tags.items():
        directory += struct.pack("<HHII", tag, 4, 1, value)
    return b"II*\0" + struct.pack("<I", 8 + len(strip)) + strip + directory + bytes(4)


def png(values: np.ndarray, *chunks: tuple[bytes, bytes], interlaced: bool = False) -> bytes:
    """A PNG, by libvips since Pillow writes no deep colours, with more chunks."""
    import zlib

    image = pyvips.Image.new_from_array(values, interpretation="grey16" if values.ndim == 2 else "rgb16")
    image = image if values.dtype == np.uint16 else pyvips.Image.new_from_array(values)
    data = image.pngsave_buffer(keep="none", interlace=interlaced)
    more = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    return data[:33] + more + data[33:]


def scans() -> Iterator[Scan]:
    """The rows of the table."""
    rgb8, rgb16 = planes(RAMP, RAMP, RAMP), planes(DEEP, DEEP, DEEP)
    other8, other16 = np.full_like(RAMP, 200), np.full_like(DEEP, 52_000)
    for bits, grey, rgb, other in (("8", RAMP, rgb8, other8), ("16", DEEP, rgb16, other16)):
        deep, top = bits == "16", np.iinfo(grey.dtype).max
        for layout, options in (
            ("strips", {}),
            ("tiled", {"tile": (16, 16)}),
            ("BigTIFF", {"bigtiff": True}),
            ("big-endian", {"byteorder": ">"}),
            ("Deflate, predictor", {"compression": "zlib", "predictor": True}),
        ):
            data = grey.astype(f">u{grey.itemsize}") if layout == "big-endian" else grey
            colors = rgb.astype(f">u{grey.itemsize}") if layout == "big-endian" else rgb
            yield Scan("TIFF", bits, "grey", layout, tiff(data, photometric="minisblack", **options), deep=deep)
            yield Scan("TIFF", bits, "RGB", layout, tiff(colors, photometric="rgb", **options), deep=deep)
        apart = np.moveaxis(rgb, 2, 0)
        yield Scan("TIFF", bits, "RGB", "planar", tiff(apart, photometric="rgb", planarconfig="separate"), deep=deep)
        yield Scan("TIFF", bits, "grey, 0 is white", "strips", tiff(top - grey, photometric="miniswhite"), deep=deep)
        yield Scan(
            "TIFF",
            bits,
            "RGB, infrared",
            "strips",
            tiff(planes(rgb, other), photometric="rgb", extrasamples=["unspecified"]),
            deep=deep,
            reason="a plane that is neither colour nor transparency",
        )
        yield Scan(
            "TIFF",
            bits,
            "grey, infrared",
            "strips",
            tiff(planes(grey, other), photometric="minisblack", extrasamples=["unspecified"]),
            deep=deep,
            reason="a plane that is neither colour nor transparency",
        )
        yield Scan(
            "TIFF",
            bits,
            "RGB, transparency",
            "strips",
            tiff(planes(rgb, other), photometric="rgb", extrasamples=["unassalpha"]),
            deep=deep,
            alpha=True,
        )
        half = (grey // 2).astype(grey.dtype)
        yield Scan(
            "TIFF",
            bits,
            "RGB, premultiplied",
            "strips",
            tiff(
                planes(half, half, half, np.full_like(grey, top // 2 + 1)),
                photometric="rgb",
                extrasamples=["assocalpha"],
            ),
            deep=deep,
            alpha=True,
            tolerance=2.1,
        )
        yield Scan("TIFF", bits, "CMYK", "strips", tiff(inks(grey), photometric="separated"), deep=deep)
    deep_planes = tiff(
        np.moveaxis(planes(rgb16, other16), 2, 0),
        photometric="rgb",
        planarconfig="separate",
        extrasamples=["unassalpha"],
    )
    yield Scan("TIFF", "16", "RGB, transparency", "planar", deep_planes, deep=True, alpha=True)
    profile = linear_grey_profile()
    yield Scan(
        "TIFF",
        "16",
        "grey, ICC profile",
        "strips",
        tiff(as_linear(RAMP), photometric="minisblack", iccprofile=profile),
        deep=True,
        tolerance=1,
    )
    table = np.repeat((np.arange(256, dtype=np.uint16) * 257)[None], 3, 0)
    yield Scan("TIFF", "8", "palette", "strips", tiff(RAMP, photometric="palette", colormap=table))
    yield Scan(
        "TIFF",
        "1",
        "grey",
        "fax (group 4)",
        pillow(Image.fromarray(RAMP > 100), "TIFF", compression="group4"),
        (RAMP > 100) * np.uint8(255),
    )
    light = np.rint(lightness_of(RAMP) * 2.55).astype(np.uint8)
    yield Scan(
        "TIFF", "8", "Lab", "strips", tiff(planes(light, light * 0, light * 0), photometric="cielab"), tolerance=3
    )
    deep_light = np.rint(lightness_of(RAMP) * 655.35).astype(np.uint16)
    yield Scan(
        "TIFF",
        "16",
        "Lab",
        "strips",
        tiff(planes(deep_light, deep_light * 0, deep_light * 0), photometric="cielab"),
        deep=True,
        tolerance=3,
    )
    yield Scan("TIFF", "8", "YCbCr", "strips", pillow(Image.fromarray(rgb8).convert("YCbCr"), "TIFF"), tolerance=2)
    yield Scan(
        "TIFF", "8", "RGB", "JPEG inside", pillow(Image.fromarray(rgb8), "TIFF", compression="jpeg"), tolerance=6
    )
    for name in ("lzma", "zstd"):
        yield Scan("TIFF", "8", "RGB", name.upper(), pillow(Image.fromarray(rgb8), "TIFF", compression=name))
        yield Scan(
            "TIFF", "16", "grey", name.upper(), pillow(Image.fromarray(DEEP), "TIFF", compression=name), deep=True
        )
    twelve = (RAMP.astype(np.uint16) * 16 + RAMP // 16).astype(np.uint16)  # 0..4095
    yield Scan("TIFF", "12", "grey", "packed", packed_12_bit(twelve), deep=True, tolerance=1)
    said = [(281, "H", 1, 4095, True)]
    yield Scan(
        "TIFF",
        "12 in 16",
        "grey",
        "MaxSampleValue",
        tiff(twelve, photometric="minisblack", extratags=said),
        deep=True,
        tolerance=1,
    )
    yield Scan(
        "TIFF",
        "12 in 16",
        "grey",
        "nothing said",
        tiff(twelve, photometric="minisblack"),
        RAMP // 16,
        deep=True,
        tolerance=1,
    )
    as_float = (RAMP / 255).astype(np.float32)
    yield Scan("TIFF", "float", "grey", "0 to 1", tiff(as_float, photometric="minisblack"), deep=True)
    yield Scan(
        "TIFF",
        "float",
        "RGB",
        "planar",
        tiff(np.stack([as_float] * 3), photometric="rgb", planarconfig="separate"),
        deep=True,
    )
    yield Scan("TIFF", "float", "grey, 0 is white", "0 to 1", tiff(1 - as_float, photometric="miniswhite"), deep=True)
    yield Scan(
        "TIFF", "half float", "grey", "0 to 1", tiff(as_float.astype(np.float16), photometric="minisblack"), deep=True
    )
    known = [(340, "f", 1, -50.0, True), (341, "f", 1, 205.0, True)]
    yield Scan(
        "TIFF",
        "float",
        "grey",
        "limits said",
        tiff(as_float * 255 - 50, photometric="minisblack", extratags=known),
        deep=True,
    )
    stretched = (RAMP / RAMP.max() * 255).astype(np.uint8)
    yield Scan(
        "TIFF",
        "float",
        "grey",
        "other range",
        tiff(as_float * 1000 + 7, photometric="minisblack"),
        stretched,
        deep=True,
        tolerance=1.1,
        reason="its values go from 7 to",
    )
    broken = as_float.copy()
    broken[:3] = np.nan
    expected = RAMP.copy()
    expected[:3] = 0
    yield Scan(
        "TIFF",
        "float",
        "grey",
        "not a number",
        tiff(broken, photometric="minisblack"),
        expected,
        deep=True,
        reason="values that are no numbers",
    )
    yield Scan(
        "TIFF",
        "signed 16",
        "grey",
        "strips",
        tiff(RAMP.astype(np.int16) - 100, photometric="minisblack"),
        stretched,
        deep=True,
        tolerance=1.1,
        reason="its values go from -100",
    )
    yield Scan(
        "TIFF",
        "32",
        "grey",
        "strips",
        tiff(RAMP.astype(np.uint32) * 9, photometric="minisblack"),
        stretched,
        deep=True,
        tolerance=1.1,
        reason="its values go from 0 to",
    )
    two = np.stack([RAMP, other8])
    yield Scan(
        "TIFF",
        "8",
        "grey, transparency",
        "planar",
        tiff(two, photometric="minisblack", planarconfig="separate", extrasamples=["unassalpha"]),
        None,
        reason="keeps its planes apart in a way that cannot be read",
    )
    halves = np.stack([as_float.astype(np.float16)] * 3)
    yield Scan(
        "TIFF",
        "half float",
        "RGB",
        "planar",
        tiff(halves, photometric="rgb", planarconfig="separate"),
        None,
        reason="keeps its planes apart in a way that cannot be read",
    )
    yield Scan(
        "TIFF",
        "64",
        "grey",
        "strips",
        tiff(RAMP.astype(np.float64), photometric="minisblack"),
        None,
        reason="64 bits a sample",
    )
    yield Scan("TIFF", "16", "RGB", "LZMA", _as_lzma(rgb16), None, reason="packed in a way that cannot be read")
    yield Scan(
        "TIFF", "8", "colour filter (raw)", "strips", tiff(RAMP, photometric="cfa"), None, reason="a camera's raw file"
    )
    yield Scan("PNG", "8", "grey", "", pillow(Image.fromarray(RAMP), "PNG"))
    yield Scan("PNG", "8", "RGB", "interlaced", png(planes(RAMP, RAMP, RAMP), interlaced=True))
    yield Scan(
        "PNG",
        "8",
        "palette, transparency",
        "",
        pillow(Image.fromarray(RAMP).convert("P"), "PNG", transparency=0),
        alpha=True,
    )
    yield Scan("PNG", "1", "grey", "", pillow(Image.fromarray(RAMP > 100), "PNG"), (RAMP > 100) * np.uint8(255))
    yield Scan("PNG", "16", "grey", "", png(DEEP), deep=True)
    yield Scan("PNG", "16", "RGB", "interlaced", png(rgb16, interlaced=True), deep=True)
    yield Scan("PNG", "16", "RGB, transparency", "", png(planes(rgb16, other16)), deep=True, alpha=True)
    yield Scan("PNG", "12 in 16", "grey", "sBIT", png(twelve, (b"sBIT", b"\x0c")), deep=True, tolerance=1)
    yield Scan("PNG", "12 in 16", "grey", "sBIT, scaled", png(DEEP, (b"sBIT", b"\x0c")), deep=True)
    yield Scan(
        "PNG",
        "8",
        "grey, ICC profile",
        "",
        pillow(Image.fromarray((as_linear(RAMP) >> 8).astype(np.uint8)), "PNG", icc_profile=profile),
        tolerance=14,
    )
    for name, options in (("baseline", {}), ("progressive", {"progressive": True})):
        yield Scan("JPEG", "8", "grey", name, pillow(Image.fromarray(RAMP), "JPEG", quality=95, **options), tolerance=4)
        yield Scan("JPEG", "8", "RGB", name, pillow(Image.fromarray(rgb8), "JPEG", quality=95, **options), tolerance=4)
    yield Scan(
        "JPEG", "8", "CMYK", "Adobe", pillow(Image.fromarray(inks(RAMP), "CMYK"), "JPEG", quality=95), tolerance=4
    )
    yield Scan("JPEG", "12", "grey", "extended", _as_12_bit_jpeg(), None, reason="cannot be read")
    yield Scan("WebP", "8", "RGB", "lossless", pillow(Image.fromarray(rgb8), "WEBP", lossless=True))
    yield Scan(
        "WebP",
        "8",
        "RGB, transparency",
        "lossless",
        pillow(Image.fromarray(planes(rgb8, other8)), "WEBP", lossless=True),
        alpha=True,
    )
    moving = [Image.fromarray(RAMP[:, ::-1])]
    yield Scan(
        "WebP",
        "8",
        "RGB",
        "animation",
        pillow(Image.fromarray(rgb8), "WEBP", lossless=True, save_all=True, append_images=moving),
        reason="it is an animation",
    )
    yield Scan("GIF", "8", "palette", "", pillow(Image.fromarray(RAMP), "GIF"))
    yield Scan(
        "GIF",
        "8",
        "palette",
        "animation",
        pillow(Image.fromarray(RAMP), "GIF", save_all=True, append_images=moving),
        reason="it is an animation",
    )
    yield Scan("BMP", "8", "RGB", "", pillow(Image.fromarray(rgb8), "BMP"))
    yield Scan("BMP", "1", "grey", "", pillow(Image.fromarray(RAMP > 100), "BMP"), (RAMP > 100) * np.uint8(255))
    yield Scan("PGM", "8", "grey", "", pillow(Image.fromarray(RAMP), "PPM"))
    yield Scan("PGM", "16", "grey", "", b"P5 32 24 65535\n" + DEEP.astype(">u2").tobytes(), deep=True)
    yield Scan("PPM", "16", "RGB", "", b"P6 32 24 65535\n" + rgb16.astype(">u2").tobytes())
    yield Scan("JPEG 2000", "8", "grey", "lossless", pillow(Image.fromarray(RAMP), "JPEG2000"))
    yield Scan("JPEG 2000", "16", "grey", "lossless", pillow(Image.fromarray(DEEP), "JPEG2000"), deep=True)
    yield Scan("AVIF", "8", "RGB", "", pillow(Image.fromarray(rgb8), "AVIF", quality=95), tolerance=5)


def lightness_of(values: np.ndarray) -> np.ndarray:
    """L* of greys (CIE 1976), 0..100."""
    linear = as_linear(values) / 65535
    return np.where(linear > 216 / 24389, 116 * np.cbrt(linear) - 16, linear * 24389 / 27)


def _as_lzma(rgb16: np.ndarray) -> bytes:
    """A TIFF that says that it is packed by LZMA."""
    data = bytearray(tiff(rgb16, photometric="rgb"))
    at = data.index(struct.pack("<HHI", 259, 3, 1))
    struct.pack_into("<H", data, at + 8, 34925)
    return bytes(data)


def _as_12_bit_jpeg() -> bytes:
    """A JPEG whose frame says 12 bits."""
    data = bytearray(pillow(Image.fromarray(RAMP), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 1], data[at + 4] = 0xC1, 12
    return bytes(data)


def srgb_profile_bytes() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
