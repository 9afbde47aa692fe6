"""docs/formats.md is made by this test: every kind of scan is read right, or refused with the reason."""

from pathlib import Path

import numpy as np
import pytest
from scans import Scan, scans

from pincel.errors import PictureError
from pincel.imaging.read import read

SCANS = list(scans())
PAGE = Path(__file__).parents[2] / "docs" / "formats.md"


def name_of(scan: Scan) -> str:
    return "-".join(part for part in scan[:4] if part)


@pytest.mark.parametrize("scan", SCANS, ids=name_of)
def test_a_scan_is_read_right_or_refused_with_the_reason(scan):
    if scan.expected is None:
        with pytest.raises(PictureError, match=scan.reason) as refused:
            read(scan.data, name="scan.tif")
        assert str(refused.value).startswith("scan.tif ")
        assert "\n" not in str(refused.value)
        return
    picture = read(scan.data, name="scan.tif")
    values = picture.rgb().astype(np.float64) / (257 if picture.pixels.dtype == np.uint16 else 1)
    assert (picture.pixels.dtype == np.uint16) == scan.deep
    assert np.abs(values - scan.expected[..., None]).max() <= scan.tolerance
    assert (picture.alpha is not None) == scan.alpha
    assert [scan.reason in note for note in picture.notes] == [True] * bool(scan.reason)


def table() -> str:
    """The table of docs/formats.md."""
    rows = ["| file | bits | colours | layout | |", "|---|---|---|---|---|"]
    for scan in SCANS:
        outcome = f"refused: {scan.reason}" if scan.expected is None else "read right"
        if scan.expected is not None and scan.reason:
            outcome += f", and told: {scan.reason}"
        if scan.expected is not None and scan.samples not in ("8", "1"):
            outcome += ", 16 bits" if scan.deep else ", as 8 bits"
        rows.append(f"| {' | '.join(scan[:4])} | {outcome} |")
    return "\n".join(rows)


def test_the_page_says_what_is_so():
    """Run ``python tests/imaging/test_formats.py`` to write the table into the page."""
    assert table() in PAGE.read_text()


if __name__ == "__main__":
    head, _, _ = PAGE.read_text().partition("| file |")
    PAGE.write_text(head + table() + "\n")
