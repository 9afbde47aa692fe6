"""What a Python program gets: a Pillow image that still knows what the photo's file told."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from PIL import Image

from pincel.imaging.color import eight_bits
from pincel.imaging.given import from_image
from pincel.imaging.picture import Picture
from pincel.imaging.profile import srgb_profile
from pincel.imaging.write import FORMATS, encode, pillow_options, with_metadata

__all__ = ["PaintedImage", "as_image"]


# options of Pillow that say what a file tells, or that one picture is not all of it
OWN_METADATA = {"exif", "xmp", "comment", "icc_profile", "pnginfo", "tiffinfo", "save_all", "append_images"}


class PaintedImage(Image.Image):
    """A Pillow image whose `save` keeps what the photo's file told: EXIF, IPTC, XMP, comments, resolution."""

    _picture: Picture | None = None

    def copy(self) -> PaintedImage:
        """A copy that knows the same."""
        return _knowing(super().copy(), self._picture)

    def save(self, fp: Any, format: str | None = None, **params: Any) -> None:
        """As Pillow's; the quality of JPEG and WebP is 95 unless told. Metadata that are given here count alone."""
        path = fp if isinstance(fp, (str, os.PathLike)) else getattr(fp, "name", "")
        suffix = Path(path).suffix.lower() if isinstance(path, (str, os.PathLike)) else ""
        name = (format or Image.registered_extensions().get(suffix, "")).lower()
        picture = self._picture
        if (
            picture is None
            or name not in FORMATS
            or self.size != (picture.width, picture.height)
            or params.keys() & OWN_METADATA
        ):
            super().save(fp, format, **params)
            return
        if params.keys() <= {"quality"}:
            now = from_image(Image.merge(self.mode, self.split()))
            data = encode(replace(now, metadata=picture.metadata), name, int(params.get("quality", 95))).data
        else:
            buffer = io.BytesIO()
            bare = Image.merge(self.mode, self.split())
            bare.info.clear()  # or Pillow writes some of the facts, too
            bare.save(buffer, name, **{**pillow_options(picture, name), **params})
            data = with_metadata(buffer.getvalue(), name, picture).data
        if isinstance(fp, (str, os.PathLike)):
            Path(fp).write_bytes(data)
        else:
            fp.write(data)


def _knowing(image: Image.Image, picture: Picture | None) -> PaintedImage:
    image.__class__ = PaintedImage
    painted = cast(PaintedImage, image)
    painted._picture = picture
    return painted


def as_image(picture: Picture) -> PaintedImage:
    """A picture as an 8-bit Pillow image that keeps its metadata."""
    image = Image.fromarray(eight_bits(picture.pixels))
    if picture.alpha is not None:
        image.putalpha(Image.fromarray(eight_bits(picture.alpha)))
    metadata = picture.metadata.sized(picture.width, picture.height)
    facts = {
        "exif": metadata.exif,
        "xmp": metadata.xmp,
        "comment": metadata.comments[0] if metadata.comments else None,
        "dpi": metadata.resolution.per("inch") if metadata.resolution else None,
        "icc_profile": srgb_profile() if metadata.has_profile else None,
    }
    image.info.update({key: value for key, value in facts.items() if value})
    return _knowing(image, picture)
