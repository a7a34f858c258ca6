"""Bundles: what was packed is what is installed elsewhere, and nothing else gets in."""

import io
import json
import pickle
import shutil
import tarfile

import pytest
from test_installer import names, voice, vosk
from test_pickles import EVIL, checkpoint

from irene import ModelRefusedError, find_model
from irene.models.bundles import Packed, is_bundle, write_bundle
from irene.models.catalogue import CatalogueModel, ModelFile
from irene.models.importing import Importer, LocalModel, default_name
from irene.models.installer import Safety
from irene.models.receipts import faults_of, receipts_in


@pytest.fixture
def importer(installer, clock):
    return Importer(installer, clock)


@pytest.fixture
def bundle(server, installer, own_store, tmp_path):
    """A bundle of two models, which are not installed any more."""
    installer.install(vosk(server))
    installer.install(voice(server))
    packed = [Packed(own_store, receipt) for receipt in receipts_in(own_store)]
    path = tmp_path / "models.tar"
    write_bundle(path, packed, "format = 1\n")
    shutil.rmtree(own_store)
    return path


def rewritten(bundle, change):
    """Write a bundle anew with its members changed; return its path."""
    with tarfile.open(bundle) as tar:
        members = {info.name: tar.extractfile(info).read() for info in tar}
    change(members)
    with tarfile.open(bundle, "w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return bundle


def test_models_arrive_as_they_were(bundle, importer, own_store):
    """With receipts; the lock file is handed over."""
    receipts, lock = importer.bundle(bundle, Safety())
    assert [receipt.id for receipt in receipts] == ["piper/anna", "vosk/small"]
    assert lock == "format = 1\n"
    assert list(receipts_in(own_store)) == receipts
    assert not [fault for receipt in receipts for fault in faults_of(own_store, receipt)]
    assert find_model("vosk", "small")
    assert len(names(own_store)) == 6


def test_the_same_models_give_the_same_bytes(server, installer, own_store, tmp_path):
    """Whatever their order, dates and owners."""
    installer.install(vosk(server))
    installer.install(voice(server))
    packed = [Packed(own_store, receipt) for receipt in receipts_in(own_store)]
    one, two = tmp_path / "1.tar", tmp_path / "2.tar"
    write_bundle(one, packed)
    (own_store / "vosk" / "small" / "am" / "final.mdl").touch()
    write_bundle(two, packed[::-1])
    assert one.read_bytes() == two.read_bytes()
    assert is_bundle(one)
    assert not is_bundle(own_store / "vosk" / "small.receipt.json")


def test_a_model_that_has_changed_is_not_bundled(server, installer, own_store, tmp_path):
    """And no half of a bundle is left."""
    receipt = installer.install(vosk(server))
    (own_store / "vosk" / "small" / "am" / "final.mdl").write_bytes(b"x")
    with pytest.raises(ModelRefusedError, match="vosk/small is not bundled"):
        write_bundle(tmp_path / "models.tar", [Packed(own_store, receipt)])
    assert not list(tmp_path.glob("models.tar*"))


CHANGES = {
    "other bytes": lambda members: members.update({"models/vosk/small/am/final.mdl": b"evil"}),
    "a file less": lambda members: members.pop("models/piper/anna.onnx"),
    "a file more": lambda members: members.update({"models/vosk/other/evil": b"1"}),
    "no manifest": lambda members: members.pop("irene-bundle.json"),
    "another format": lambda members: members.update({"irene-bundle.json": b'{"format": 9}'}),
    "no JSON": lambda members: members.update({"irene-bundle.json": b"{"}),
    "dots": lambda members: members.update({"models/../../evil": b"1"}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_bundle_that_was_changed_installs_nothing(bundle, importer, own_store, change):
    """Everything is compared before anything is moved into place."""
    with pytest.raises(ModelRefusedError):
        importer.bundle(rewritten(bundle, change), Safety())
    assert names(own_store) == []


def test_one_unsafe_model_keeps_all_of_a_bundle_out(importer, own_store, tmp_path):
    """Also those that come before it."""
    evil = checkpoint(tmp_path / "tiny.pt", pickle.dumps(EVIL["system"], protocol=2))
    (tmp_path / "anna.onnx").write_bytes(b"voice")
    importer.local(LocalModel(tmp_path / "anna.onnx", "piper", "anna"), None, Safety())
    importer.local(LocalModel(evil, "whisper", "tiny"), None, Safety(allow_pickle=True))
    packed = [Packed(own_store, receipt) for receipt in receipts_in(own_store)]
    write_bundle(tmp_path / "models.tar", packed)
    shutil.rmtree(own_store)
    with pytest.raises(ModelRefusedError, match="not safe"):
        importer.bundle(tmp_path / "models.tar", Safety())
    assert names(own_store) == []
    importer.bundle(tmp_path / "models.tar", Safety(allow_pickle=True))
    assert len(list(receipts_in(own_store))) == 2


def test_a_receipt_of_a_bundle_does_not_reach_out(bundle, importer, own_store):
    """Neither by the names of models nor by those of files: each has its own."""
    for field, value in (("kind", "../.."), ("name", "../x"), ("kind", "a/b"), ("name", "b")):

        def change(members, field=field, value=value):
            manifest = json.loads(members["irene-bundle.json"])
            manifest["models"][0][field] = value
            members["irene-bundle.json"] = json.dumps(manifest).encode()

        with pytest.raises(ModelRefusedError):
            importer.bundle(rewritten(bundle, change), Safety())
    assert names(own_store) == []


def test_a_folder_an_archive_and_a_file_become_models(importer, tmp_path):
    """Under the name of the file, or another."""
    folder = tmp_path / "my-vosk"
    (folder / "am").mkdir(parents=True)
    (folder / "am" / "final.mdl").write_bytes(b"1")
    importer.local(LocalModel(folder, "vosk", "mine"), None, Safety())
    assert (find_model("vosk", "mine") / "am" / "final.mdl").read_bytes() == b"1"
    packed = shutil.make_archive(str(tmp_path / "x"), "zip", tmp_path, "my-vosk")
    importer.local(LocalModel(tmp_path / packed, "vosk", "zipped"), None, Safety())
    assert (find_model("vosk", "zipped") / "am" / "final.mdl").read_bytes() == b"1"
    for name in ("voice.onnx", "voice.onnx.json", "voices.txt"):
        (tmp_path / name).write_bytes(name.encode())
    importer.local(LocalModel(tmp_path / "voice.onnx", "piper", "anna"), None, Safety())
    home = find_model("piper", "anna", (".onnx",)).parent
    assert sorted(path.name for path in home.iterdir()) == [
        "anna.onnx",
        "anna.onnx.json",
        "anna.receipt.json",
    ]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("vosk-model-small-de-0.15.zip", "vosk-model-small-de-0.15"),
        ("a.tar.gz", "a"),
        ("tiny.en.pt", "tiny.en"),
    ],
)
def test_the_name_of_a_file_is_the_name_of_its_model(tmp_path, file, name):
    """Without its ending."""
    assert default_name(tmp_path / file) == name


def test_a_folder_is_called_as_it_is(tmp_path):
    """A version number is no ending."""
    (tmp_path / "model-0.15").mkdir()
    assert default_name(tmp_path / "model-0.15") == "model-0.15"


def test_a_local_checkpoint_is_looked_into_as_well(importer, tmp_path, own_store):
    """Where it came from makes no difference."""
    evil = checkpoint(tmp_path / "tiny.pt", pickle.dumps(EVIL["system"], protocol=2))
    with pytest.raises(ModelRefusedError, match="not safe"):
        importer.local(LocalModel(evil, "whisper", "tiny"), None, Safety())
    assert names(own_store) == []
    importer.local(LocalModel(evil, "whisper", "tiny"), None, Safety(allow_pickle=True))
    assert find_model("whisper", "tiny", (".pt",))


def test_what_bears_a_published_name_has_to_be_that_model(importer, tmp_path):
    """Its digest is known; under another name it is taken."""
    published = CatalogueModel(
        "piper",
        "anna",
        (ModelFile("anna.onnx", "https://models.invalid/x", sha256="0" * 64),),
        "MIT",
    )
    (tmp_path / "anna.onnx").write_bytes(b"mine")
    with pytest.raises(ModelRefusedError, match=r"not the published anna.onnx; give it another"):
        importer.local(LocalModel(tmp_path / "anna.onnx", "piper", "anna"), published, Safety())
    importer.local(LocalModel(tmp_path / "anna.onnx", "piper", "mine"), None, Safety())
    assert find_model("piper", "mine", (".onnx",))
