"""Installing: whole or not at all, right or refused, and found by the providers afterwards."""

import contextlib
import hashlib
import io
import json
import pickle
import shutil
import threading
import zipfile
from pathlib import Path

import pytest
from file_server import breaks_off, status
from test_pickles import EVIL, checkpoint

from irene import CatalogueModel, DownloadError, ModelFile, ModelRefusedError, find_model
from irene.models.download import Downloader
from irene.models.installer import Installer, Safety
from irene.models.receipts import faults_of, read_receipt, receipts_in, size_faults_of
from irene.models.web import Web
from irene.testing import VirtualClock

FOLDER = {"small/am/final.mdl": b"\x00\x01" * 500, "small/conf/mfcc.conf": b"--x=1\n"}


def archive(members=FOLDER):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in members.items():
            opened.writestr(name, data)
    return content.getvalue()


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def vosk(server, content=None, *faults, **facts):
    """A model that is a folder in an archive."""
    url = server.serve("/small.zip", archive() if content is None else content, *faults)
    return CatalogueModel(
        "vosk", "small", (ModelFile("small", url, archive="zip", **facts),), "Apache-2.0", ("en",)
    )


def voice(server, voice=b"onnx", card=b"{}"):
    """A model that is two files."""
    files = (
        ModelFile("anna.onnx.json", server.serve("/anna.onnx.json", card)),
        ModelFile("anna.onnx", server.serve("/anna.onnx", voice)),
    )
    return CatalogueModel("piper", "anna", files, "CC0-1.0")


def single(server, content):
    """A model that is one checkpoint."""
    url = server.serve("/tiny.pt", content)
    return CatalogueModel("whisper", "tiny", (ModelFile("tiny.pt", url),), "MIT")


def names(folder):
    """Everything that a listing shows, but the folder of downloads."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and ".downloads" not in path.parts
    )


def test_an_archive_becomes_the_folder_that_the_provider_finds(server, installer, own_store):
    """Without the folder that is inside of it, and without leftovers."""
    installer.install(vosk(server))
    folder = find_model("vosk", "small")
    assert (folder / "am" / "final.mdl").read_bytes() == FOLDER["small/am/final.mdl"]
    kept = ["vosk/small.receipt.json", "vosk/small/am/final.mdl", "vosk/small/conf/mfcc.conf"]
    assert names(own_store) == kept
    assert list((own_store / ".downloads").rglob("*.part")) == []


def test_a_model_of_several_files_is_found(server, installer):
    """By the file that the provider looks for."""
    installer.install(voice(server))
    assert find_model("piper", "anna", (".onnx",)).read_bytes() == b"onnx"
    assert find_model("piper", "anna", (".onnx.json",)).read_bytes() == b"{}"


def test_a_model_of_files_in_a_folder_is_found(server, installer):
    """As the conversions for faster-whisper are."""
    files = tuple(
        ModelFile(f"tiny/{name}", server.serve(f"/{name}", name.encode()))
        for name in ("config.json", "model.bin")
    )
    installer.install(CatalogueModel("faster-whisper", "tiny", files, "MIT"))
    assert sorted(path.name for path in find_model("faster-whisper", "tiny").iterdir()) == [
        "config.json",
        "model.bin",
    ]


def test_the_receipt_tells_what_was_installed(server, installer, own_store):
    """Digests of every file, licence, language, where from and when."""
    made = installer.install(vosk(server))
    receipt = read_receipt(own_store, "vosk", "small")
    assert receipt == made
    assert receipt.digests == {name: sha256(content) for name, content in FOLDER.items()}
    assert (receipt.licence, receipt.languages) == ("Apache-2.0", ("en",))
    assert receipt.source == f"{server.url}/small.zip"
    assert receipt.installed.startswith("20")
    assert list(faults_of(own_store, receipt)) == []


def test_sizes_are_compared_without_reading_a_file(server, installer, own_store):
    """Another content of the same length shows in the digests only."""
    receipt = installer.install(vosk(server))
    files = [own_store / "vosk" / name for name in sorted(FOLDER)]
    files[0].write_bytes(bytes(files[0].stat().st_size))
    assert list(size_faults_of(own_store, receipt)) == []
    assert len(list(faults_of(own_store, receipt))) == 1
    files[0].write_bytes(files[0].read_bytes() + b"!")
    files[1].unlink()
    told = sorted(size_faults_of(own_store, receipt))
    assert any("is missing" in one for one in told)
    assert any("bytes, it had" in one for one in told)
    assert sorted(faults_of(own_store, receipt)) == told


def test_what_is_there_is_not_fetched_again(server, installer):
    """Unless that is asked for."""
    model = vosk(server)
    installer.install(model)
    server.requests.clear()
    assert installer.install(model) is None
    assert server.requests == []
    assert installer.install(model, again=True) is not None


def test_what_somebody_put_there_by_hand_is_left_alone(server, installer, own_store):
    """It has no receipt, and it is there."""
    (own_store / "vosk" / "small").mkdir(parents=True)
    assert installer.install(vosk(server)) is None


def test_a_model_that_lost_a_file_is_fetched_again(server, installer, own_store):
    """It is not there as a whole."""
    installer.install(voice(server))
    (own_store / "piper" / "anna.onnx").unlink()
    assert installer.install(voice(server)) is not None
    assert find_model("piper", "anna", (".onnx",))


def test_a_new_version_replaces_the_old_one_completely(server, installer, own_store):
    """No file of the old one stays behind."""
    installer.install(vosk(server))
    installer.install(vosk(server, archive({"other/am/final.mdl": b"new"})), again=True)
    assert names(own_store) == ["vosk/small.receipt.json", "vosk/small/am/final.mdl"]
    (file, card) = voice(server).files
    installer.install(voice(server))
    fewer = CatalogueModel("piper", "anna", (card,), "CC0-1.0")
    installer.install(fewer, again=True)
    assert not (own_store / "piper" / file.path).exists()


def test_wrong_bytes_leave_no_trace(server, installer, own_store):
    """Neither files nor a receipt."""
    with pytest.raises(ModelRefusedError, match="sha256"):
        installer.install(vosk(server, sha256="0" * 64))
    assert names(own_store) == []


def test_an_old_model_stays_when_the_new_one_is_refused(server, installer, own_store):
    """It is still whole."""
    receipt = installer.install(vosk(server))
    with pytest.raises(ModelRefusedError):
        installer.install(vosk(server, archive({"../evil": b"1"})), again=True)
    assert list(faults_of(own_store, receipt)) == []


def test_an_archive_that_is_refused_is_fetched_anew_the_next_time(server, installer):
    """It would be continued for ever otherwise."""
    with pytest.raises(ModelRefusedError, match="damaged archive"):
        installer.install(vosk(server, b"<html>come back later</html>"))
    assert installer.install(vosk(server)) is not None


def test_what_broke_off_goes_on_after_a_restart(server, own_store):
    """The second file is continued, the first is there."""
    model = voice(server, voice=bytes(50_000))
    server.files["/anna.onnx"].faults.append(breaks_off(20_000))
    for tries in (1, 5):
        clock = VirtualClock()
        installer = Installer(own_store, Downloader(Web(), clock, tries), clock)
        if tries == 1:
            with pytest.raises(DownloadError):
                installer.install(model)
        else:
            installer.install(model)
    asked = [(path, headers.get("Range")) for path, headers in server.requests]
    assert ("/anna.onnx", "bytes=20000-") in asked
    assert find_model("piper", "anna", (".onnx",)).stat().st_size == 50_000


def test_ctrl_c_keeps_what_came_so_far(server, downloader, clock, own_store):
    """The next run goes on with it."""

    class Impatient:
        def began(self, url):
            return self.tell

        def tell(self, done, total):
            if done < total:
                raise KeyboardInterrupt

    model = single(server, bytes(300_000))
    with pytest.raises(KeyboardInterrupt):
        Installer(own_store, downloader, clock, Impatient()).install(model)
    with pytest.raises(ModelRefusedError, match="no checkpoint"):
        Installer(own_store, downloader, clock).install(model)
    assert server.requests[-1][1]["Range"].startswith("bytes=")


def test_a_checkpoint_that_executes_code_is_refused(server, installer, own_store, tmp_path):
    """Unless somebody insists."""
    evil = checkpoint(tmp_path / "e.pt", pickle.dumps(EVIL["system"], protocol=2)).read_bytes()
    with pytest.raises(ModelRefusedError, match="not safe to load"):
        installer.install(single(server, evil))
    assert names(own_store) == []
    installer.install(single(server, evil), Safety(allow_pickle=True))
    assert find_model("whisper", "tiny", (".pt",))


def test_a_pinned_model_has_to_be_that_one(server, installer, own_store):
    """Every file, and no other."""
    pins = {name: sha256(content) for name, content in FOLDER.items()}
    installer.install(vosk(server), Safety(pinned=pins))
    for wrong in ({**pins, "small/more": "0" * 64}, {"small/am/final.mdl": "0" * 64}):
        with pytest.raises(ModelRefusedError, match=r"not what irene.lock pins: small/"):
            installer.install(vosk(server), Safety(pinned=wrong), again=True)


def test_a_disk_without_room_is_told_before_anything_is_fetched(server, installer, monkeypatch):
    """With what it needs and where."""
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=10_000_000))
    with pytest.raises(DownloadError, match=r"needs 85 MiB below .*, 9 MiB are free") as caught:
        installer.install(vosk(server, size=30_000_000))
    assert not caught.value.retryable
    assert server.requests == []


def test_two_that_install_the_same_model_do_it_once(server, own_store):
    """The second waits and finds it there."""
    told = []

    class Waiting:
        def began(self, url):
            return lambda done, total: None

        def waits(self, model_id):
            told.append(model_id)

    class Polite(VirtualClock):
        def sleep(self, seconds):
            threading.Event().wait(0.005)

    model = vosk(server)
    release = threading.Event()

    def hold(request, file, start):
        release.wait(10)
        request.begin(file, 0)
        request.wfile.write(file.content)

    server.files["/small.zip"].faults.append(hold)
    results = []

    def install():
        clock = Polite()
        one = Installer(own_store, Downloader(Web(), clock), clock, Waiting())
        results.append(one.install(model))

    threads = [threading.Thread(target=install) for _ in range(3)]
    for thread in threads:
        thread.start()
    while len(told) < 2:
        threading.Event().wait(0.005)
    release.set()
    for thread in threads:
        thread.join()
    assert sorted(result is None for result in results) == [False, True, True]
    assert [path for path, _ in server.requests] == ["/small.zip"]
    assert told == ["vosk/small", "vosk/small"]


def test_removing_takes_everything_of_a_model_and_nothing_else(server, installer, own_store):
    """Its neighbours stay."""
    installer.install(voice(server))
    installer.install(vosk(server))
    (own_store / "piper" / "annabel.onnx").write_bytes(b"neighbour")
    for receipt in list(receipts_in(own_store)):
        installer.remove(receipt)
    assert names(own_store) == ["piper/annabel.onnx"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda path: path.unlink(), "is missing"),
        (lambda path: path.write_bytes(b"x"), "has 1 bytes, it had 1000"),
        (lambda path: path.write_bytes(bytes(1000)), "has changed since it was installed"),
    ],
)
def test_a_change_of_an_installed_model_is_found(server, installer, own_store, change, fault):
    """Missing, another size, other bytes."""
    receipt = installer.install(vosk(server))
    change(own_store / "vosk" / "small" / "am" / "final.mdl")
    (line,) = faults_of(own_store, receipt)
    assert line.endswith(fault)


def test_a_receipt_that_reaches_out_is_none(server, installer, own_store):
    """Removing by it would take away what it names."""
    installer.install(vosk(server))
    path = own_store / "vosk" / "small.receipt.json"
    receipt = json.loads(path.read_text())
    receipt["files"][0]["path"] = "../../../precious"
    path.write_text(json.dumps(receipt))
    assert read_receipt(own_store, "vosk", "small") is None
    assert list(receipts_in(own_store)) == []


def test_a_missing_file_on_the_server_names_its_address(server, installer):
    """And nothing is installed."""
    model = vosk(server, None, status(404))
    with pytest.raises(DownloadError, match=r"/small.zip answers 404"):
        installer.install(model)


class PowerCut(BaseException):
    """What no code gets to see: the machine is off."""


def cut_power_at(monkeypatch, n_th):
    """Let the n-th renaming of a file not happen, nor anything after it."""
    renamed = []
    replace = Path.replace

    def cut(path, target):
        renamed.append(path)
        if len(renamed) >= n_th:
            raise PowerCut
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", cut)
    return renamed


@pytest.mark.parametrize("make", [vosk, voice])
def test_whenever_the_power_is_cut_a_model_is_whole_or_the_next_run_makes_it_so(
    server, installer, own_store, make
):
    """At every renaming of the first installation."""
    for n_th in range(1, 20):
        with pytest.MonkeyPatch.context() as patch:
            renamed = cut_power_at(patch, n_th)
            with contextlib.suppress(PowerCut):
                installer.install(make(server))
        if len(renamed) < n_th:
            break
        installer.install(make(server))
        model = make(server)
        found = read_receipt(own_store, model.kind, model.name)
        if found is not None:
            assert list(faults_of(own_store, found)) == []
        assert all((own_store / model.kind / file.path).exists() for file in model.files)
        shutil.rmtree(own_store)
    assert 2 < n_th < 19


def test_a_power_cut_while_a_model_is_replaced_shows(server, installer, own_store):
    """Files are new and the receipt is old: verifying tells, installing again repairs."""
    installer.install(voice(server))
    for n_th in range(1, 20):
        with pytest.MonkeyPatch.context() as patch:
            renamed = cut_power_at(patch, n_th)
            with contextlib.suppress(PowerCut):
                installer.install(voice(server, b"new voice", b"{1}"), again=True)
        receipt = read_receipt(own_store, "piper", "anna")
        content = (own_store / "piper" / "anna.onnx").read_bytes()
        is_mixed = bool(list(faults_of(own_store, receipt)))
        assert is_mixed or content == (b"onnx" if receipt.n_bytes == 6 else b"new voice")
        if len(renamed) < n_th:
            break
        installer.install(voice(server), again=True)
    assert not is_mixed
