import base64
import gzip
import hashlib
import io
import tarfile
import urllib.request
from pathlib import Path

import pytest

from pincel.errors import PincelError
from pincel.serve import browser_runtime
from pincel.serve.browser_runtime import PUBLISHED, find_runtime, install_runtime, runtime_folder


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("PINCEL_WEB", str(tmp_path / "web"))
    return tmp_path / "web"


@pytest.fixture
def tarball(tmp_path, monkeypatch) -> Path:
    """A package as npm's, with other bytes; and it is the one that is looked for."""
    path = tmp_path / "onnxruntime-web.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name in (*PUBLISHED.values(), "ort.all.js"):
            member = tarfile.TarInfo(f"package/dist/{name}")
            member.size = len(name)
            archive.addfile(member, io.BytesIO(name.encode()))
    digest = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    monkeypatch.setattr(browser_runtime, "SHA512", digest)
    return path


def test_of_the_package_only_what_is_needed_is_kept_and_the_webassembly_is_packed(folder, tarball):
    assert find_runtime() is None
    runtime = install_runtime(tarball)
    assert find_runtime() == runtime
    assert {path.name for path in folder.iterdir()} == set(PUBLISHED)
    assert gzip.decompress((folder / runtime.binary).read_bytes()) == PUBLISHED[runtime.binary].encode()
    assert (folder / runtime.script).read_bytes() == PUBLISHED[runtime.script].encode()
    size = (folder / runtime.binary).stat().st_size
    assert runtime.shown("runtime/") == {
        **{name: f"runtime/{getattr(runtime, name)}" for name in ("script", "module", "binary")},
        "bytes": size,
    }


def test_a_package_that_is_not_the_published_one_is_refused_and_nothing_is_kept(folder, tmp_path):
    other = tmp_path / "other.tgz"
    other.write_bytes(b"no package")
    with pytest.raises(PincelError, match=r"other\.tgz is not onnxruntime-web 1\.30\.0 as it was published"):
        install_runtime(other)
    with pytest.raises(PincelError, match=r"nowhere\.tgz cannot be read"):
        install_runtime(tmp_path / "nowhere.tgz")
    assert not folder.exists()


def test_without_a_network_it_says_how_to_bring_the_package(folder, monkeypatch):
    def unreachable(*_, **__):
        raise OSError("Name or service not known")

    monkeypatch.setattr(urllib.request, "urlopen", unreachable)
    said = []
    with pytest.raises(
        PincelError, match=r"fetch it on another machine and give it: pincel web onnxruntime-web-1\.30\.0\.tgz"
    ):
        install_runtime(say=said.append)
    assert "33 MB" in said[0]


def test_a_folder_that_cannot_be_written_is_told(tarball, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("PINCEL_WEB", str(tmp_path / "file" / "web"))
    with pytest.raises(PincelError, match=r"cannot be written: .*\$PINCEL_WEB names another folder"):
        install_runtime(tarball)


def test_it_is_kept_among_the_data_of_the_user(monkeypatch, tmp_path):
    monkeypatch.delenv("PINCEL_WEB", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert runtime_folder() == tmp_path / "pincel" / "onnxruntime-web-1.30.0"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert runtime_folder() == tmp_path / ".local/share/pincel/onnxruntime-web-1.30.0"
