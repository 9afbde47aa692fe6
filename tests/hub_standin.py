"""A Hugging Face Hub in a folder: as much of its HTTP as `pincel.runtime.hub` and `pincel.runtime.hub_push` ask for."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from huggingface_hub import constants

from pincel.runtime.hub import fetch
from pincel.runtime.hub_push import write_folder

TOKEN = "hf_secret"


@dataclass
class Hub:
    """Repositories: name -> commit -> file -> bytes; the newest commit is `main`.

    Attributes:
        asked: what came, as "GET /path", in order. agents: what said it was.
    """

    repositories: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    private: set[str] = field(default_factory=set)
    failing: int = 0  # a status that answers everything; 0: none
    server: ThreadingHTTPServer | None = None

    def holds(self, model: Path, folder: Path, repository: str = "me/mine") -> str:
        """A model file is in a repository, as `pincel push` puts it there; gives the commit."""
        files = write_folder(model, repository, folder / "push")
        return self.commit(repository, {file.name: file.read_bytes() for file in files})

    def close(self) -> None:
        """From now on there is no network."""
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def commit(self, repository: str, files: dict[str, bytes], without: tuple[str, ...] = ()) -> str:
        """Add a version on top of the newest one; gives its name."""
        commits = self.repositories.setdefault(repository, {})
        newest = dict(list(commits.values())[-1]) if commits else {}
        number = hashlib.sha1(f"{repository} {len(commits)}".encode()).hexdigest()
        commits[number] = {name: data for name, data in (newest | files).items() if name not in without}
        return number

    def newest(self, repository: str) -> dict[str, bytes]:
        """The files of `main`."""
        return list(self.repositories[repository].values())[-1]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A running `Hub`, empty, which ``huggingface_hub`` takes for the one; its cache is the test's own."""
    hub = Hub()
    hub.server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(hub))
    threading.Thread(target=hub.server.serve_forever, args=(0.01,), daemon=True).start()
    address = f"http://127.0.0.1:{hub.server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", address)
    template = address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    fetch.cache_clear()
    yield hub
    hub.close()
    fetch.cache_clear()


def handler_of(hub: Hub) -> type[BaseHTTPRequestHandler]:
    """What answers for it."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def json(self, content: object, status: int = 200) -> None:
            self.answer(status, json.dumps(content).encode(), Content_Type="application/json")

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            hub.asked.append(f"{self.command} {path}")
            hub.agents.add(self.headers.get("User-Agent", ""))
            if hub.failing:
                return self.answer(hub.failing)
            repository, _, rest = path.removeprefix("/").partition("/resolve/")
            revision, _, name = rest.partition("/")
            commits = hub.repositories.get(repository, {})
            if not commits or (repository in hub.private and TOKEN not in self.headers.get("Authorization", "")):
                return self.answer(401, X_Error_Code="RepoNotFound")
            commit = list(commits)[-1] if revision == "main" else revision
            if commit not in commits:
                return self.answer(404, X_Error_Code="RevisionNotFound")
            if name not in commits[commit]:
                return self.answer(404, X_Error_Code="EntryNotFound", X_Repo_Commit=commit)
            data = commits[commit][name]
            etag = f'"{hashlib.sha1(data).hexdigest()}"'
            return self.answer(200, data, ETag=etag, X_Repo_Commit=commit)

        do_HEAD = do_GET

        def do_POST(self) -> None:
            path = urlsplit(self.path).path
            hub.asked.append(f"POST {path}")
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if TOKEN not in self.headers.get("Authorization", ""):
                return self.answer(401)
            if path == "/api/validate-yaml":
                return self.json({"errors": [], "warnings": []})
            if path == "/api/repos/create":
                asked = json.loads(body)
                repository = f"{asked['organization']}/{asked['name']}"
                address = {"url": f"http://{self.headers['Host']}/{repository}"}
                if repository in hub.repositories:
                    return self.json(address, 409)
                hub.repositories[repository] = {}
                hub.private |= {repository} if asked.get("visibility") == "private" else set()
                hub.commit(repository, {".gitattributes": b""})
                return self.json(address)
            repository = "/".join(path.split("/")[3:5])
            if "/preupload/" in path:
                files = [one["path"] for one in json.loads(body)["files"]]
                told = [{"path": name, "uploadMode": "regular", "shouldIgnore": False} for name in files]
                return self.json({"files": told})
            operations = [json.loads(line) for line in body.splitlines()]
            sent = {
                one["value"]["path"]: base64.b64decode(one["value"]["content"])
                for one in operations
                if one["key"] == "file"
            }
            gone = tuple(one["value"]["path"] for one in operations if one["key"] == "deletedFile")
            commit = hub.commit(repository, sent, gone)
            return self.json(
                {"commitUrl": f"http://{self.headers['Host']}/{repository}/commit/{commit}", "commitOid": commit}
            )

    return Handler
