"""A store of models of one's own, a server to fetch from, and no proxies."""

import socket

import pytest
from file_server import file_server

from irene.models.download import Downloader
from irene.models.installer import Installer
from irene.models.web import Web
from irene.testing import VirtualClock


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    """The folder that models are installed into and looked for in."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("IRENE_MODELS", raising=False)
    monkeypatch.delenv("IRENE_OFFLINE", raising=False)
    monkeypatch.delenv("IRENE_MODELS_MIRROR", raising=False)
    return tmp_path / "data" / "irene" / "models"


@pytest.fixture(scope="session")
def session_server():
    with file_server() as server:
        yield server


@pytest.fixture
def server(session_server):
    """A server of files that has none yet."""
    session_server.files.clear()
    session_server.requests.clear()
    return session_server


@pytest.fixture
def clock():
    return VirtualClock()


@pytest.fixture
def downloader(clock):
    """One whose waits are virtual, except that a stall is noticed after 0.3 s."""
    return Downloader(Web(connect_s=5, stall_s=0.3), clock)


@pytest.fixture
def installer(own_store, downloader, clock):
    return Installer(own_store, downloader, clock)


@pytest.fixture
def unused_port():
    """A port on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]
