"""What a Python program gets: a Pillow image that still knows what the photo's file told."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from PIL import Image

from pincel.imaging.color import eight_bits
from pincel.imaging.given import from_image
from pincel.imaging.picture import Picture
from pincel.imaging.profile import srgb_profile
from pincel.imaging.write import FORMATS, encode

__all__ = ["PaintedImage", "as_image"]


class PaintedImage(Image.Image):
    """A Pillow image whose `save` keeps what the photo's file told: EXIF, IPTC, XMP, comments, resolution."""

    _picture: Picture

    def save(self, fp: Any, format: str | None = None, **params: Any) -> None:
        """As Pillow's; the quality of JPEG and WebP is 95 unless told otherwise."""
        suffix = Path(fp).suffix.lower() if isinstance(fp, (str, Path)) else ""
        name = (format or Image.registered_extensions().get(suffix, "")).lower()
        if name not in FORMATS or set(params) - {"quality"} or self.size != self._picture.pixels.shape[1::-1]:
            super().save(fp, format, **params)
            return
        now = from_image(self)
        told = Picture(now.pixels, now.alpha, self._picture.metadata)
        data = encode(told, name, int(params.get("quality", 95))).data
        if isinstance(fp, (str, Path)):
            Path(fp).write_bytes(data)
        else:
            fp.write(data)


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
    image.__class__ = PaintedImage
    painted = cast(PaintedImage, image)
    painted._picture = picture
    return painted
