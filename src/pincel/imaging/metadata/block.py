"""What a picture file tells beside its pixels, as the bytes that it was told in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from pincel.imaging.metadata import exif, photoshop, xmp
from pincel.imaging.metadata.png_text import as_comments

__all__ = ["Metadata", "Resolution"]


class Resolution(NamedTuple):
    """Pixels per ``unit`` (``inch`` or ``cm``), horizontally and vertically."""

    across: float
    down: float
    unit: str = "inch"

    def per(self, unit: str) -> tuple[float, float]:
        """In another unit."""
        factor = {("inch", "cm"): 1 / 2.54, ("cm", "inch"): 2.54}.get((self.unit, unit), 1.0)
        return self.across * factor, self.down * factor

    def is_sane(self) -> bool:
        """Whether it can be written; some files tell nonsense."""
        return all(0.01 <= value <= 1e6 for value in self.per("inch"))


@dataclass(frozen=True)
class Metadata:
    """The parts are bytes of the file; nothing in them is understood unless it has to be.

    Attributes:
        exif: a block that begins with a TIFF header.
        xmp: a packet.
        xmp_parts: the rest of a packet too long for one JPEG segment, as JPEG keeps it.
        photoshop: image resources; the IPTC records are among them.
        comments: of JPEG and GIF.
        texts: PNG's text chunks, each with its type (``tEXt``, ``zTXt``, ``iTXt``, ``tIME``).
        resolution: None where the file tells none.
        has_profile: whether the file told what its colours mean; then the result does too.
    """

    exif: bytes | None = field(default=None, repr=False)
    xmp: bytes | None = field(default=None, repr=False)
    xmp_parts: tuple[bytes, ...] = field(default=(), repr=False)
    photoshop: bytes | None = field(default=None, repr=False)
    comments: tuple[bytes, ...] = field(default=(), repr=False)
    texts: tuple[tuple[bytes, bytes], ...] = field(default=(), repr=False)
    resolution: Resolution | None = None
    has_profile: bool = False

    @staticmethod
    def of_facts(facts: Mapping[Any, Any]) -> Metadata:
        """Of what a decoder tells: ``exif``, ``xmp``, ``icc_profile``, ``dpi``, ``comment``."""
        comment, dpi = facts.get("comment"), facts.get("dpi")
        exif_block = facts.get("exif")
        packet = facts.get("xmp")
        return Metadata(
            exif=exif_block.removeprefix(b"Exif\0\0") if isinstance(exif_block, bytes) else None,
            xmp=packet if isinstance(packet, bytes) else None,
            comments=(comment if isinstance(comment, bytes) else str(comment).encode(),) if comment else (),
            resolution=Resolution(float(dpi[0]), float(dpi[1])) if isinstance(dpi, tuple) and len(dpi) == 2 else None,
            has_profile=bool(facts.get("icc_profile")),
        )

    def orientation(self) -> int:
        """How the stored picture is to be turned, 1..8 (EXIF 3.0, tag 274); EXIF counts before XMP."""
        return exif.orientation(self.exif) or xmp.orientation(self.xmp) or 1

    def cleaned(self) -> Metadata:
        """Of the picture once it stands upright: orientation 1, and no preview of the picture that it was."""
        stored = exif.resolution(self.exif)
        resolution = self.resolution or (Resolution(*stored) if stored else None)
        if resolution and self.orientation() >= 5:
            resolution = Resolution(resolution.down, resolution.across, resolution.unit)
        return replace(
            self,
            exif=exif.cleaned(self.exif) if self.exif else None,
            xmp=xmp.cleaned(self.xmp) if self.xmp else None,
            photoshop=(photoshop.cleaned(self.photoshop) or None) if self.photoshop else None,
            resolution=resolution if resolution and resolution.is_sane() else None,
        )

    def sized(self, width: int, height: int) -> Metadata:
        """Of a result of that size."""
        return replace(
            self,
            exif=exif.sized(self.exif, width, height) if self.exif else None,
            xmp=xmp.sized(self.xmp, width, height) if self.xmp else None,
        )

    def described(self) -> bytes | None:
        """EXIF for a format that keeps comments and resolution nowhere else: both are put in, where it has none."""
        entries = exif.resolution_entries(*self.resolution) if self.resolution else []
        text = self.text()
        return exif.with_entries(self.exif, [*entries, *([exif.description_entry(text)] if text else [])])

    def text(self) -> bytes:
        """What comments and texts say, in lines."""
        return b"\n".join([*self.comments, *as_comments(self.texts)])
