"""Colour profiles (ICC): what a file's colours mean, and the one that says sRGB."""

from __future__ import annotations

import io
import struct
from functools import cache
from typing import Any

import numpy as np
from PIL import ImageCms

from pincel.imaging.vips import vips

__all__ = ["display_p3_profile", "profile_of_gamma", "srgb_profile", "to_srgb"]

SRGB_NAMES = frozenset({"sRGB", "sRGB IEC61966-2.1", "sRGB IEC61966-2-1", "sRGB built-in", "sRGB2014", "c2", "uRGB"})
INTERPRETATIONS = {("rgb", 1): "srgb", ("rgb", 2): "rgb16", ("cmyk", 1): "cmyk", ("cmyk", 2): "cmyk"}
NEUTRAL = 0.02  # of the largest value: channels that differ less are one grey, rounded
SPACES = {"GRAY": "grey", "RGB": "rgb", "CMYK": "cmyk"}


def to_srgb(values: np.ndarray, color: str, profile: bytes) -> np.ndarray | None:
    """Colours as a profile means them -> sRGB.

    Args:
        values: (H, W, planes), uint8 or uint16.
        color: ``grey``, ``rgb`` or ``cmyk``.
        profile: an ICC profile.

    Returns:
        (H, W, 1 or 3) of the same dtype; None where the profile is broken or of other colours, and so says nothing.
    """
    try:
        source: Any = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = SPACES.get(source.profile.xcolor_space.strip())
        if color == "rgb" and ImageCms.getProfileDescription(source).strip() in SRGB_NAMES:
            return values
    except (ImageCms.PyCMSError, OSError, ValueError, AttributeError):
        return None
    if color == "rgb" and space == "grey" and not np.ptp(values, axis=2).any():
        values, color = values[..., :1], "grey"
    if color == "grey":
        return _grey_to_srgb(
            values, profile if space == "rgb" else _as_rgb_profile(profile) if space == "grey" else None
        )
    return _transformed(values, INTERPRETATIONS[color, values.itemsize], profile) if space == color else None


def _transformed(values: np.ndarray, interpretation: str, profile: bytes) -> np.ndarray | None:
    pyvips = vips()
    try:
        image = pyvips.Image.new_from_array(np.ascontiguousarray(values), interpretation=interpretation).copy()
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
        depth = 8 * values.itemsize
        return image.icc_transform("srgb", embedded=True, intent="perceptual", depth=depth).numpy()
    except pyvips.Error:
        return None


def _grey_to_srgb(values: np.ndarray, profile: bytes | None) -> np.ndarray | None:
    """Grey through a table of all its levels; an RGB profile is taken for equal channels, as scanners mean it."""
    levels = np.arange(np.iinfo(values.dtype).max + 1, dtype=values.dtype)
    ramp = np.repeat(levels[None, :, None], 3, 2)
    table = _transformed(ramp, INTERPRETATIONS["rgb", values.itemsize], profile) if profile else None
    if table is None:
        return None
    is_neutral = np.ptp(table[0], axis=1).max() <= NEUTRAL * np.iinfo(values.dtype).max
    return (table[0][:, 1:2] if is_neutral else table[0])[values[..., 0]]


def profile_of_gamma(gamma: float) -> bytes:
    """sRGB's primaries with ``light = value ** gamma``."""
    return _with_curve(b"curv\0\0\0\0" + struct.pack(">IH", 1, min(round(gamma * 256), 65_535)))


def display_p3_profile() -> bytes:
    """Display P3 with sRGB's curve, as PNG's cICP 12/13 means it (SMPTE RP 431-2 primaries, D65 adapted to D50)."""
    made = bytearray(srgb_profile())
    columns = {
        b"rXYZ": (0.51512, 0.24120, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.15710, 0.06657, 0.78407),
    }
    for number in range(struct.unpack_from(">I", made, 128)[0]):
        tag, at, _ = struct.unpack_from(">4sII", made, 132 + 12 * number)
        if tag in columns:
            struct.pack_into(">iii", made, at + 8, *(round(value * 65536) for value in columns[tag]))
    return bytes(made).replace("sRGB".encode("utf-16-be"), "DP3 ".encode("utf-16-be"))


def _as_rgb_profile(profile: bytes) -> bytes | None:
    """sRGB with the tone curve of a grey profile: Little CMS brings shadows of grey profiles down by some levels."""
    curve = _tags(profile).get(b"kTRC")
    return None if curve is None else _with_curve(curve)


def _with_curve(curve: bytes) -> bytes:
    made = bytearray(srgb_profile())
    at = len(made)
    made += curve + bytes(-len(curve) % 4)
    for number in range(struct.unpack_from(">I", made, 128)[0]):
        place = 132 + 12 * number
        if made[place : place + 4] in (b"rTRC", b"gTRC", b"bTRC"):
            struct.pack_into(">II", made, place + 4, at, len(curve))
    struct.pack_into(">I", made, 0, len(made))
    return bytes(made)


def _tags(profile: bytes) -> dict[bytes, bytes]:
    """The content of each tag (ICC.1:2022, 7.3)."""
    (count,) = struct.unpack_from(">I", profile, 128)
    table = (struct.unpack_from(">4sII", profile, 132 + 12 * number) for number in range(min(count, 100)))
    return {tag: profile[at : at + size] for tag, at, size in table}


@cache
def srgb_profile() -> bytes:
    """The profile that says sRGB; its date is fixed, so that equal pictures are equal files."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = bytes((7, 208, 0, 1, 0, 1)) + bytes(6)  # ICC.1:2022, 7.2.8: 2000-01-01
    return bytes(profile)
