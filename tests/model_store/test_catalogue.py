"""The catalogue: what ships is sound, names are found, entries that could do harm are refused."""

import re
from pathlib import Path

import pytest

import irene.models
from irene import CatalogueModel, ConfigurationError, ModelFile, ModelMissingError, install_hint
from irene.models.catalogue import Catalogue, read_catalogue

SHIPPED = Catalogue.shipped()
KINDS = {"vosk", "whisper", "faster-whisper", "piper", "openwakeword", "microwakeword"}


def model(kind="vosk", name="small", **fields):
    files = fields.pop("files", (ModelFile(f"{name}.bin", "https://models.invalid/small.bin"),))
    return CatalogueModel(kind, name, files, fields.pop("licence", "MIT"), **fields)


def test_every_engine_has_models():
    """One folder of models each."""
    assert {one.kind for one in SHIPPED} == KINDS


def test_shipped_models_are_fetched_encrypted_and_have_a_licence():
    """Every address is https, and nobody has to guess what they may do."""
    assert all(file.url.startswith("https://") for one in SHIPPED for file in one.files)
    assert all(one.licence for one in SHIPPED)


def test_no_model_is_listed_twice():
    """Kind and name are unique."""
    text = Path(irene.models.__file__).with_name("catalogue.toml").read_text("utf-8")
    assert text.count("[[model]]") == len(list(SHIPPED))


def test_digests_of_whisper_are_those_in_its_addresses():
    """The publisher puts them there."""
    for one in SHIPPED:
        if one.kind == "whisper":
            (file,) = one.files
            assert file.url.split("/")[-2] == file.sha256
            assert file.path == f"{one.name}.pt"


def test_voices_are_two_files_and_a_card():
    """The one that is looked for comes last: it is moved into place last, too."""
    voice = SHIPPED.find("de_DE-thorsten-medium")
    name = "de_DE-thorsten-medium"
    paths = [f"{name}.MODEL_CARD", f"{name}.onnx.json", f"{name}.onnx"]
    assert [file.path for file in voice.files] == paths
    assert voice.languages == ("de-DE",)


def test_the_models_that_the_bundled_providers_use_by_default_are_in_the_catalogue():
    """So that what is missing can be installed by the command that is named."""
    assert SHIPPED.get("vosk", "vosk-model-small-en-us-0.15")
    assert SHIPPED.get("piper", "en_US-lessac-medium")


def test_a_name_is_found_by_itself_or_with_its_kind():
    """Where it is the only one of that name."""
    name = "vosk-model-small-en-us-0.15"
    assert SHIPPED.find(name) is SHIPPED.find(f"vosk/{name}")


def test_a_name_of_several_kinds_has_to_be_said_with_one():
    """Both forms of Whisper have the same sizes."""
    with pytest.raises(ConfigurationError, match=r"say whisper/tiny or faster-whisper/tiny"):
        SHIPPED.find("tiny")
    assert SHIPPED.short_name(SHIPPED.find("whisper/tiny")) == "whisper/tiny"
    assert SHIPPED.short_name(SHIPPED.find("whisper/large-v1")) == "whisper/large-v1"


def test_a_model_may_have_other_names():
    """Those that its engine knows, too."""
    turbo = SHIPPED.find("whisper/large-v3-turbo")
    assert SHIPPED.find("whisper/turbo") is SHIPPED.get("whisper", "turbo") is turbo
    assert install_hint("whisper", "turbo") == "irene models install whisper/large-v3-turbo"
    with pytest.raises(ConfigurationError, match="whisper/large-v3-turbo or faster-whisper/large"):
        SHIPPED.find("turbo")


def test_for_an_unknown_name_the_nearest_is_told():
    """Or where to look."""
    with pytest.raises(ModelMissingError, match=r"did you mean 'vosk-model-small-de-0.15'\?"):
        SHIPPED.find("vosk-model-small-de-0.14")
    with pytest.raises(ModelMissingError, match="see `irene models list`"):
        SHIPPED.find("qqq")


def test_plugins_add_models_but_replace_none():
    """No plugin changes where a known name is fetched from."""
    own = model("parrot", "green")
    taken = model("whisper", "tiny")
    catalogue = Catalogue.shipped([own, taken])
    assert catalogue.find("green") is own
    assert "openai" in catalogue.find("whisper/tiny").files[0].url


def test_the_hint_is_the_command_where_there_is_one():
    """Else what the caller says, else where to look."""
    assert install_hint("whisper", "tiny") == "irene models install whisper/tiny"
    assert install_hint("piper", "de_DE-thorsten-low") == "irene models install de_DE-thorsten-low"
    assert install_hint("piper", "mine", "train it") == "train it"
    assert install_hint("piper", "/a/b.onnx") == (
        "irene models list --kind piper shows what can be installed"
    )
    own = model("parrot", "green")
    assert install_hint("parrot", "green", more=[own]) == "irene models install green"


def test_the_size_of_a_model_is_the_sum_of_its_files():
    """Or about as much as the catalogue says, where one of them is not known."""
    one, two = (ModelFile(f"small.{n}", "https://a.invalid/x", size=n) for n in (1, 2))
    unknown = ModelFile("small.3", "https://a.invalid/x")
    assert model(files=(one, two)).n_bytes == 3
    assert model(files=(one, unknown), about_mb=7).n_bytes == 7_000_000
    assert model(files=(one, unknown)).n_bytes is None


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../up", "a/../../b", "a\\b", "C:x", "", "a\x00b", "a\nb"]
)
def test_a_path_out_of_the_folder_is_refused(path):
    """On any system."""
    with pytest.raises(ValueError, match="path"):
        ModelFile(path, "https://models.invalid/x")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"url": "file:///etc/passwd"}, "url"),
        ({"sha256": "abc"}, "sha256"),
        ({"md5": "X" * 32}, "md5"),
        ({"archive": "rar"}, "archive"),
    ],
)
def test_a_file_that_cannot_be_fetched_or_checked_is_refused(fields, message):
    """With what would be right."""
    with pytest.raises(ValueError, match=message):
        ModelFile(**{"path": "small.bin", "url": "https://models.invalid/x", **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "..", "files": (ModelFile("...x", "https://models.invalid/x"),)},
        {"kind": "a/b"},
        {"kind": ".hidden"},
        {"files": ()},
        {"files": (ModelFile("other.bin", "https://models.invalid/x"),)},
        {"files": (ModelFile("smaller/x", "https://models.invalid/x"),)},
    ],
)
def test_a_model_that_would_reach_into_another_is_refused(fields):
    """Its files are its own: removing it takes nothing else away."""
    with pytest.raises(ValueError, match=r"name|files"):
        model(**fields)


def test_a_file_of_a_catalogue_may_be_its_name_alone():
    """Its address is the base of the model and the name, its path the name."""
    (one,) = read_catalogue(
        """
        [[model]]
        kind = "parrot"
        name = "green"
        licence = "MIT"
        base = "https://models.invalid/"
        files = ["green.json", { name = "big.bin", path = "green.bin", size = 7 }]
        """
    )
    assert [(file.path, file.url) for file in one.files] == [
        ("green.json", "https://models.invalid/green.json"),
        ("green.bin", "https://models.invalid/big.bin"),
    ]


def test_every_model_that_the_documentation_installs_is_in_the_catalogue():
    """A reader can copy the command."""
    root = Path(__file__).parents[2]
    named = {
        name
        for page in (root / "README.md", *(root / "docs").rglob("*.md"))
        for names in re.findall(r"irene models install((?: [\w./-]+)+)", page.read_text("utf-8"))
        for name in names.split()
        if ("/" in name or "-" in name.strip("-")) and not name.startswith("-")
    }
    assert len(named) > 5
    assert all(SHIPPED.find(name.rstrip(".")) for name in named)
