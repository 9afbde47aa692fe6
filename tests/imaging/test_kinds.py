import pytest
from scans import scans

from pincel.errors import PictureError
from pincel.imaging.kinds import KINDS, kind_of, named, require_kind

CONTAINERS = {"PGM": "pnm", "PPM": "pnm", "JPEG 2000": "jp2"}


def test_every_scan_is_known_by_its_first_bytes():
    for scan in scans():
        assert kind_of(scan.data[:64]) == CONTAINERS.get(scan.container, scan.container.lower())


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_never_looked_at(kind):
    assert kind_of(b"") == kind_of(kind.encode()) == "unknown"


def test_an_iphone_photo_is_no_video_and_a_video_no_photo():
    assert kind_of(b"\0\0\0\x24ftypheic\0\0\0\0mif1heic") == "heic"
    assert kind_of(b"\0\0\0\x1cftypavif\0\0\0\0avifmif1") == "avif"
    assert kind_of(b"\0\0\0\x18ftypisom\0\0\2\0") == "video"


def test_what_is_no_picture_is_named_in_a_summary_and_refused_in_a_sentence():
    assert (named("pdf"), named("raw"), named("unknown")) == ("PDF", "camera's raw file", "without a picture inside")
    with pytest.raises(PictureError, match=r"letter is not a picture that can be read \(JPEG, PNG, TIFF"):
        require_kind(b"Dear Aunt Jane", "letter")
