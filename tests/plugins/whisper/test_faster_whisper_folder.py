"""faster-whisper without its engine: model folders, clear lines, options, questions gathered."""

import struct
import sys
import threading
import types
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import Availability, ModelMissingError, ProviderUnavailableError
from irene_plugins.asr.whisper.faster.device import Device, choose
from irene_plugins.asr.whisper.faster.folder import ModelFolder, cure, find_folder
from irene_plugins.asr.whisper.faster.gathering import Gathering
from irene_plugins.asr.whisper.faster.provider import FasterWhisperAsr, FasterWhisperOptions
from irene_plugins.asr.whisper.faster.weights import NoWeightsError, read_weights

LONGEST_WAIT_S = 30.0
POSITIONS = "decoder/position_encodings/encodings"


def text(value):
    content = value.encode() + b"\0"
    return struct.pack("<H", len(content)) + content


def weights(tensors, spec="WhisperSpec", version=6):
    """Return a `model.bin` as CTranslate2 writes it, of float32 zeros."""
    table = b"".join(
        text(name)
        + struct.pack(f"<B{len(shape)}I", len(shape), *shape)
        + struct.pack("<BI", 0, 4 * shape[0] * shape[-1])
        + bytes(4 * shape[0] * shape[-1])
        for name, shape in tensors.items()
    )
    head = struct.pack("<I", version) + text(spec) + struct.pack("<II", 3, len(tensors))
    return head + table + struct.pack("<I", 0)


TENSORS = {POSITIONS: (96, 8), "encoder/conv1/weight": (8, 3)}


@pytest.fixture
def models(tmp_path, monkeypatch):
    """A folder of models with one in it, as far as files go."""
    monkeypatch.setenv("IRENE_MODELS", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "faster-whisper" / "base"
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(weights(TENSORS))
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        (folder / name).write_text("{}")
    return folder


@pytest.fixture
def engine(monkeypatch):
    """Say that the package is installed, whether it is or not."""
    monkeypatch.setattr(
        "irene_plugins.asr.whisper.faster.sharing.needs_package",
        lambda module, extra: Availability(True),
    )


def test_a_whole_model_is_ready(models, engine):
    """Its name is that of its folder; nothing of it is loaded."""
    assert FasterWhisperAsr(FasterWhisperOptions(model="base")).check().ready
    assert find_folder(str(models)) == ModelFolder(models)
    assert ModelFolder(models).fault() == ""


def test_a_missing_model_names_the_command_that_installs_it(models, engine):
    """In one line; nothing asks the network."""
    availability = FasterWhisperAsr(FasterWhisperOptions(model="small.en")).check()
    assert availability.missing == "model 'small.en' is not installed"
    assert "irene models install" in availability.cure
    assert "small.en" in availability.cure
    assert availability.is_model
    assert "\n" not in str(availability)
    with pytest.raises(ModelMissingError, match="asr provider 'faster-whisper'"):
        FasterWhisperAsr(FasterWhisperOptions(model="small.en")).load()


def test_a_model_that_nobody_publishes_has_another_cure():
    """There is no command that could install it."""
    assert "path" in cure("of-my-own")


@pytest.mark.parametrize("name", ["model.bin", "config.json", "tokenizer.json", "vocabulary.json"])
def test_a_missing_file_is_named(models, engine, name):
    """Without the tokenizer, the library would ask the network for it."""
    (models / name).unlink()
    availability = FasterWhisperAsr(FasterWhisperOptions(model="base")).check()
    assert not availability.ready
    assert f"no {name}" in availability.missing


def test_an_older_vocabulary_will_do(models):
    """Models were converted with a text file once."""
    (models / "vocabulary.json").rename(models / "vocabulary.txt")
    assert ModelFolder(models).missing() == ""


def test_short_names_stand_for_long_ones(models):
    """As both libraries have them."""
    models.rename(models.parent / "large-v3")
    assert find_folder("large").path.name == "large-v3"


def test_a_file_is_no_folder(models):
    """A checkpoint of the other library is not what this one loads."""
    assert find_folder(str(models / "model.bin")) is None


def test_how_much_a_model_can_write_stands_in_its_weights(models):
    """Small models of one's own may have room for less than the published ones."""
    assert ModelFolder(models).n_text_ctx == 96
    assert read_weights(models / "model.bin").shapes == TENSORS


def test_without_that_it_is_as_published(models):
    """Position encodings may be computed."""
    (models / "model.bin").write_bytes(weights({"encoder/conv1/weight": (8, 3)}))
    assert ModelFolder(models).n_text_ctx == 448


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "ends too early"),
        (b"version https://git-lfs.github.com/spec/v1\n", "no model of CTranslate2"),
        (weights(TENSORS, spec="TransformerSpec"), "TransformerSpec"),
        (weights(TENSORS)[:-200], "ends too early"),
        (weights(TENSORS)[:40], "ends too early"),
        (weights(TENSORS, version=200), "no model of CTranslate2"),
    ],
    ids=["empty", "pointer", "another model", "cut in the numbers", "cut in the table", "version"],
)
def test_weights_that_cannot_be_loaded_are_told_apart(models, content, reason):
    """Before the engine gets them."""
    (models / "model.bin").write_bytes(content)
    assert reason in ModelFolder(models).fault()


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_damaged_json_is_named(models, name):
    """It was cut, or is a page of a web server."""
    (models / name).write_text("<html>")
    assert ModelFolder(models).fault() == f"{name} is no JSON"


@given(st.integers(0, 400), st.integers(0, 255))
def test_no_damage_to_weights_is_worse_than_a_reason(tmp_path_factory, place, value):
    """Whatever byte is another one: the table is read, or there is a reason."""
    content = bytearray(weights(TENSORS))
    content[place % len(content)] = value
    path = tmp_path_factory.mktemp("weights") / "model.bin"
    path.write_bytes(bytes(content))
    with suppress(NoWeightsError):
        assert read_weights(path).shapes


def ctranslate2_with(types_of, n_gpus):
    module = types.ModuleType("ctranslate2")
    module.get_cuda_device_count = lambda: n_gpus
    module.get_supported_compute_types = lambda device: set(types_of[device])
    return module


CPU = {"int8", "int8_float32", "float32"}
GPU = {"int8", "int8_float16", "float16", "float32"}


@pytest.mark.parametrize(
    ("wanted", "n_gpus", "chosen"),
    [
        (("auto", "auto"), 0, Device("cpu", "int8")),
        (("auto", "auto"), 1, Device("cuda", "float16")),
        (("cpu", "float32"), 1, Device("cpu", "float32")),
        (("cuda", "int8_float16"), 1, Device("cuda", "int8_float16")),
    ],
)
def test_the_device_and_its_numbers_are_chosen(monkeypatch, wanted, n_gpus, chosen):
    """By what is there, unless it is configured."""
    engine = ctranslate2_with({"cpu": CPU, "cuda": GPU}, n_gpus)
    monkeypatch.setitem(sys.modules, "ctranslate2", engine)
    assert choose(*wanted) == chosen


def test_an_old_processor_computes_in_float32(monkeypatch):
    """Where there is nothing better."""
    engine = ctranslate2_with({"cpu": {"float32"}}, 0)
    monkeypatch.setitem(sys.modules, "ctranslate2", engine)
    assert choose("auto", "auto").compute_type == "float32"


def test_a_type_that_the_device_lacks_names_those_it_has(monkeypatch):
    """One line: what, where, what would be right."""
    engine = ctranslate2_with({"cpu": CPU}, 0)
    monkeypatch.setitem(sys.modules, "ctranslate2", engine)
    with pytest.raises(ProviderUnavailableError) as raised:
        choose("auto", "float16")
    assert str(raised.value) == (
        'asr.providers.faster-whisper.compute_type = "float16": the cpu here has float32, int8, '
        'int8_float32; "auto" would be right'
    )


def test_a_gpu_that_is_not_there_is_said_not_to_be_there(monkeypatch):
    """`auto` would have taken the processor."""
    monkeypatch.setitem(sys.modules, "ctranslate2", ctranslate2_with({"cpu": CPU}, 0))
    with pytest.raises(ProviderUnavailableError, match="finds no CUDA device"):
        choose("cuda", "auto")


@pytest.mark.parametrize(
    "wrong", [{"parallel": 0}, {"batch": 0}, {"batch": 1000}, {"beam_size": 0}], ids=str
)
def test_options_that_no_engine_could_use_are_refused(wrong):
    """With the range that would be right."""
    with pytest.raises(ValueError, match="use 1 to"):
        FasterWhisperOptions(**wrong)


def test_cores_are_shared_out(monkeypatch):
    """What is worked on at the same time does not fight for them."""
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    assert FasterWhisperOptions().share.n_threads == 4
    assert FasterWhisperOptions(parallel=4).share.n_threads == 2
    assert FasterWhisperOptions(parallel=16).share.n_threads == 1
    assert FasterWhisperOptions(parallel=16, threads=3).share.n_threads == 3


def test_capabilities_say_what_is_configured():
    """English models know English; twice the utterances that are decoded at a time may be open."""
    capabilities = FasterWhisperAsr(
        FasterWhisperOptions(model="base.en", parallel=2, batch=8)
    ).capabilities
    assert capabilities.languages == ("en",)
    assert capabilities.max_concurrency == 32
    assert FasterWhisperAsr().capabilities.languages == ()
    assert FasterWhisperAsr().capabilities.max_concurrency == 8


class Desk:
    """Answers questions with their squares when it is told to; notes who was answered together."""

    def __init__(self, most=4, n_at_once=1, key=lambda question: None):
        self.may_answer = threading.Semaphore(0)
        self.begun = threading.Semaphore(0)
        self.together = []
        self.gathering = Gathering(self.answer, key, most, n_at_once)
        self.threads, self.answers = [], {}

    def answer(self, questions):
        self.together.append(list(questions))
        self.begun.release()
        assert self.may_answer.acquire(timeout=LONGEST_WAIT_S)
        if "wrong" in questions:
            raise ValueError("no number")
        return [question * question for question in questions]

    def ask(self, question):
        """Ask in a thread; return when the question is waiting, or being answered."""

        def work():
            try:
                self.answers[question] = self.gathering.ask(question)
            except ValueError as error:
                self.answers[question] = str(error)

        n_before = len(self.gathering._waiting) + self.n_taken
        self.threads.append(threading.Thread(target=work, daemon=True))
        self.threads[-1].start()
        with self.gathering._changed:
            while len(self.gathering._waiting) + self.n_taken <= n_before:
                assert self.gathering._changed.wait(0.001) or self.threads[-1].is_alive()

    @property
    def n_taken(self):
        return sum(map(len, self.together))

    def let(self, n_times):
        for _ in range(n_times):
            self.may_answer.release()

    def end(self):
        self.let(100)
        for thread in self.threads:
            thread.join(LONGEST_WAIT_S)
            assert not thread.is_alive()
        return self.answers


def test_a_question_is_answered_at_once_when_nobody_asks():
    """It does not wait for others that may come."""
    desk = Desk()
    desk.ask(3)
    assert desk.end() == {3: 9}
    assert desk.together == [[3]]


def test_questions_that_come_meanwhile_are_answered_together():
    """In their order, each in its own thread's hands."""
    desk = Desk()
    for question in (1, 2, 3, 4):
        desk.ask(question)
    assert desk.end() == {1: 1, 2: 4, 3: 9, 4: 16}
    assert desk.together == [[1], [2, 3, 4]]


def test_no_more_are_answered_together_than_allowed():
    """The rest is next."""
    desk = Desk(most=2)
    for question in (1, 2, 3, 4):
        desk.ask(question)
    desk.end()
    assert desk.together == [[1], [2, 3], [4]]


def test_only_questions_of_one_key_are_answered_together():
    """The oldest one says of which."""
    desk = Desk(key=lambda question: question % 2)
    for question in (1, 2, 3, 4):
        desk.ask(question)
    desk.end()
    assert desk.together == [[1], [2, 4], [3]]


def test_several_may_be_answered_at_the_same_time():
    """Nobody waits while there is room."""
    desk = Desk(n_at_once=2)
    desk.ask(1)
    desk.ask(2)
    assert desk.begun.acquire(timeout=LONGEST_WAIT_S)
    assert desk.begun.acquire(timeout=LONGEST_WAIT_S)
    assert desk.end() == {1: 1, 2: 4}
    assert sorted(desk.together) == [[1], [2]]


def test_one_question_spoils_none_of_the_others():
    """Each of those that were asked together is asked again alone."""
    desk = Desk()
    for question in (1, 2, "wrong", 3):
        desk.ask(question)
    assert desk.end() == {1: 1, 2: 4, "wrong": "no number", 3: 9}
    assert desk.together[1:] == [[2, "wrong", 3], [2], ["wrong"], [3]]


def test_whoever_asked_is_not_kept_waiting_by_answers_that_are_missing():
    """Those that were asked together are asked again alone."""
    desk = Desk()
    whole = desk.answer
    desk.gathering._answer = lambda questions: whole(questions)[: max(1, len(questions) - 1)]
    for question in (1, 2, 3):
        desk.ask(question)
    assert desk.end() == {1: 1, 2: 4, 3: 9}


def test_many_threads_get_their_own_answers():
    """Whoever answers them."""
    gathering = Gathering(lambda all_: [2 * one for one in all_], lambda one: one % 3, 5, 2)
    wrong = []

    def ask(start):
        wrong.extend(n for n in range(start, start + 200) if gathering.ask(n) != 2 * n)

    threads = [threading.Thread(target=ask, args=(1000 * n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONGEST_WAIT_S)
        assert not thread.is_alive()
    assert wrong == []
