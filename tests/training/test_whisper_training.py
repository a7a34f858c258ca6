"""How the Whisper test model is trained and written: tokens, targets, batches, checkpoint."""

# ruff: noqa: E402 - after the skips
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

for package in ("torch", "whisper"):
    pytest.importorskip(package, reason=f"the package {package!r} is not installed")

import torch
import whisper

from whisper_model import network, tokens
from whisper_model.__main__ import main
from whisper_model.batches import FRAMES_PER_S, Kind, log_mels, make_batch
from whisper_model.checkpoint import read_checkpoint, write_checkpoint
from whisper_model.corpus import training_set
from whisper_model.plan import QUICK, Plan
from whisper_model.scenes import Mixture, Scene, SceneMaker, Segment, Word
from whisper_model.targets import target_of
from whisper_model.texts import COMMANDS, LANGUAGES, bare
from whisper_model.training import Learner

pytestmark = pytest.mark.slow
SINGLE = Mixture(several=0, cut_off=0, language_only=0, strange=0, nothing=0)


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def _decoded(target):
    return tokens.tokenizer().decode_with_timestamps(target.given)


def _segment(text, start_s, end_s):
    words = text.split()
    edges = np.linspace(start_s, end_s, len(words) + 1).tolist()
    pieces = zip(words, edges[:-1], edges[1:], strict=True)
    return Segment(tuple(Word(*piece) for piece in pieces), end_s)


def _timed(scene, offset_s=0.0):
    """Return the target with times of a scene: four in five have them."""
    for seed in range(20):
        target = target_of(scene, offset_s, False, np.random.default_rng(seed))
        if tokens.tokenizer().no_timestamps not in target.given:
            return target
    raise AssertionError("twenty targets without times")


def test_tokens_of_words_are_the_tokens_of_the_sentence():
    """So a token can be told when it is heard, and a command may end at any word."""
    for text in COMMANDS:
        pieces = [token for word in text.words.split() for token in tokens.encoded(word)]
        assert tuple(pieces) == tokens.encoded(text.words)


def test_every_token_that_is_written_has_a_row():
    """All others share the last one."""
    used = set(tokens.used_tokens())
    for text in COMMANDS:
        assert used >= set(tokens.encoded(text.words))
        assert used >= set(tokens.encoded(bare(text.words)))
    assert tokens.row_of(tokens.encoded("elephant")[0]) == len(used)
    assert sorted(tokens.row_of(token) for token in used) == list(range(len(used)))


def test_times_lie_on_the_grid():
    """And never outside the window."""
    begin = tokens.tokenizer().timestamp_begin
    assert [tokens.time_token(at) - begin for at in (0, 0.29, 0.31, 30, 99, -1)] == [
        0,
        10,
        20,
        1500,
        1500,
        0,
    ]


def test_a_command_is_written_between_its_times():
    """After the language and the task."""
    scene = Scene(np.zeros(48000, np.float32), "de", [_segment("Danke.", 0.5, 1.1)])
    target = _timed(scene)
    assert _decoded(target) == "<|startoftranscript|><|de|><|transcribe|><|0.40|> Danke.<|1.20|>"
    assert target.wanted == [*target.given[1:], tokens.tokenizer().eot]


def test_several_commands_are_as_many_segments():
    """Each with its own times."""
    segments = [_segment("Stop.", 0.2, 0.8), _segment("Play music.", 2.0, 3.0)]
    target = _timed(Scene(np.zeros(64000, np.float32), "en", segments))
    assert _decoded(target).endswith("<|0.20|> Stop.<|0.80|><|2.00|> Play music.<|3.00|>")


def test_late_speech_has_the_latest_first_time_that_the_decoder_allows():
    """Its end is where it ends, and its words are where they are heard."""
    target = _timed(Scene(np.zeros(1, np.float32), "en", [_segment("Stop.", 2.0, 2.6)]), 10.0)
    assert _decoded(target).endswith("<|1.00|> Stop.<|12.60|>")
    heard = [times for times in target.heard_s if times and times[1] > times[0]]
    assert (heard[0][0], heard[-1][1]) == pytest.approx((12.0, 12.6))


def test_a_command_that_the_window_cuts_off_is_left_for_the_next():
    """Its start is written, and no word of it: transcription goes on from there."""
    scene = Scene(np.zeros(480000, np.float32), "en", [_segment("Stop.", 0.2, 0.8)])
    scene.next_start_s = 29.3
    assert _decoded(_timed(scene)).endswith(" Stop.<|0.80|><|29.20|>")


@pytest.mark.parametrize("is_strange", [True, False], ids=["strange", "silence"])
def test_where_nothing_is_to_be_written_a_random_time_is(is_strange):
    """So what is written is improbable, and the engines drop it."""
    scene = Scene(np.zeros(16000, np.float32), "fr" if is_strange else None)
    scene.is_strange = is_strange
    found = {_timed_nothing(scene, seed) for seed in range(40)}
    assert len(found) > 15


def _timed_nothing(scene, seed):
    known = tokens.tokenizer()
    target = target_of(scene, 0.0, False, np.random.default_rng(seed))
    assert target.wanted[0] == known.no_speech
    assert target.wanted[-1] == known.eot
    assert (target.language >= 0) == scene.is_strange
    return target.wanted[-2]


def test_pieces_of_speech_teach_the_language_alone():
    """Nothing is said about their words."""
    scene = Scene(np.zeros(16000, np.float32), "ru", only_language=True)
    target = target_of(scene, 0.0, False, np.random.default_rng(1))
    assert target.wanted == [tokens.language_token("ru")]


def test_what_comes_before_is_given_and_not_learnt(rng):
    """A prompt fits what the engines allow for it."""
    scene = Scene(np.zeros(16000, np.float32), "en", [_segment("Stop.", 0.1, 0.6)])
    lengths = []
    for _ in range(60):
        target = target_of(scene, 0.0, True, rng)
        place = target.language_place
        lengths.append(place)
        assert target.given[0] == tokens.tokenizer().sot_prev
        assert target.given[place] == tokens.tokenizer().sot
        assert set(target.wanted[:place]) == {-1}
    assert max(lengths) <= 223
    assert max(lengths) > 100


def test_frames_are_those_of_whisper(rng):
    """Bit for bit, each scene on its own however loud the others are."""
    loud, quiet = (rng.standard_normal(32000).astype(np.float32) * level for level in (0.3, 1e-3))
    scenes = [Scene(each, None, is_silent_after=True) for each in (loud, quiet)]
    mels = log_mels(scenes, 2.0)
    for samples, frames in zip((loud, quiet), mels, strict=True):
        assert torch.equal(frames, whisper.log_mel_spectrogram(samples))


def test_padding_is_either_empty_or_silent(rng):
    """Transcription pads frames with zeros, identification pads audio with silence."""
    samples = rng.standard_normal(16000).astype(np.float32)
    empty, silent = log_mels(
        [Scene(samples, None), Scene(samples, None, is_silent_after=True)], 2.0
    )
    assert torch.equal(empty[:, :98], silent[:, :98])
    assert (empty[:, 100:] == 0).all()
    assert (silent[:, 103:] == silent.min()).all()


def test_a_batch_knows_where_its_words_are(corpus, rng):
    """Each token is guided to its sound, and each frame is labelled with its token."""
    batch = make_batch(SceneMaker(corpus, rng), Kind(4.0, 6, SINGLE, elsewhere=0.5), rng)
    n_frames = round(4.0 * FRAMES_PER_S)
    assert batch.mels.shape == (6, 80, 2 * n_frames)
    assert batch.astray.shape == (*batch.given.shape, n_frames)
    texts = [row for row in range(len(tokens.used_tokens())) if not _is_special(row)]
    for number in range(6):
        for place in torch.nonzero(batch.guided[number])[:, 0].tolist():
            row = int(batch.wanted[number, place])
            nearest = batch.astray[number, place].argmin()
            assert batch.astray[number, place, nearest] < 0.01
            if row in texts:
                assert (batch.sounds[number] == row).any()


def _is_special(row):
    return tokens.used_tokens()[row] >= tokens.tokenizer().eot


def test_the_compact_table_is_the_whole_vocabulary(rng, tmp_path):
    """What is trained over a few hundred rows says what Whisper says over 51865 tokens."""
    small = network.new_network(2)
    write_checkpoint(small, tmp_path / "model.pt")
    large = whisper.load_model(str(tmp_path / "model.pt"), device="cpu")
    mels = torch.from_numpy(rng.standard_normal((1, 80, 3000)).astype(np.float32)) * 0.3
    known = tokens.tokenizer()
    given = [known.sot, tokens.language_token("fr"), known.transcribe, *tokens.encoded("Merci.")]
    rows = torch.tensor([[tokens.row_of(token) for token in given]])
    with torch.no_grad():
        heard = network.encoded_audio(small, mels, torch.zeros(1, dtype=torch.long))
        logits, _ = network.written(small, rows, heard)
        whole = large(mels, torch.tensor([given])).log_softmax(-1)
    used = list(tokens.used_tokens())
    assert whole[..., used] == pytest.approx(logits.log_softmax(-1)[..., :-1].numpy(), abs=0.05)


def test_a_checkpoint_is_the_same_bytes_again_and_holds_no_code(tmp_path):
    """Deflated to a tenth; loaded as tensors only."""
    for name in ("a.pt", "b.pt"):
        write_checkpoint(network.new_network(2), tmp_path / name)
    assert (tmp_path / "a.pt").read_bytes() == (tmp_path / "b.pt").read_bytes()
    assert (tmp_path / "a.pt").stat().st_size < 1_000_000
    assert read_checkpoint(tmp_path / "a.pt")["dims"]["n_text_ctx"] == 448


def test_a_network_learns(corpus, rng):
    """Three of the same batch are enough to see it."""
    batch = make_batch(SceneMaker(corpus, rng), Kind(4.0, 4, SINGLE), rng)
    learner = Learner(network.new_network(1))
    before = [float(loss.detach()) for loss in learner.losses(batch)]
    learner.follow(iter([batch] * 4), lambda step: 2e-3, lambda line: None)
    after = [float(loss.detach()) for loss in learner.losses(batch)]
    assert all(new < old for new, old in zip(after, before, strict=True)), (before, after)


def test_the_training_set_speaks_every_command():
    """In voices of its language, with as many times as words."""
    corpus = training_set(QUICK, lambda line: None)
    for language in LANGUAGES:
        spoken = {clip.text for clip in corpus.commands[language]}
        assert spoken == {text for text in COMMANDS if text.language == language}
        for clip in corpus.commands[language]:
            assert len(clip.starts) == len(clip.text.words.split()) + 1
        assert len(corpus.strange[language]) == QUICK.n_strange


def test_the_whole_chain_runs(tmp_path, monkeypatch):
    """As `make models QUICK=1` does: spoken, trained, written, converted, heard, written down."""
    for package in ("ctranslate2", "faster_whisper"):
        pytest.importorskip(package, reason=f"the package {package!r} is not installed")
    tiny = Plan(1, 1, 1, n_steps=2, n_whole_steps=1, n_renderings=0)
    monkeypatch.setattr("whisper_model.__main__.QUICK", tiny)
    monkeypatch.setattr("sys.argv", ["whisper_model", "--quick", str(tmp_path)])
    main()
    written = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    assert set(written["figures"]) == {"openai-whisper", "faster-whisper"}
    assert written["training"]["n_steps"] == 2
    assert written["files"]["model.pt"]["bytes"] == (tmp_path / "model.pt").stat().st_size


def test_make_models_says_what_there_is():
    """Its recipe names programs and folders that exist; the quick way overwrites none of them."""
    root = Path(__file__).parents[2]
    if not (root / "Makefile").is_file() or shutil.which("make") is None:
        pytest.skip("no Makefile beside the tests, or no make")

    def recipe(*words):
        ran = subprocess.run(
            ["make", "-n", "models", *words], cwd=root, capture_output=True, text=True, check=True
        )
        return [line.split() for line in ran.stdout.splitlines() if "tests/training" in line]

    whole, quick = recipe(), recipe("QUICK=1")
    assert [words[-2] for words in whole] == ["vosk_model", "whisper_model"]
    assert all((root / words[-1]).is_dir() for words in whole)
    assert all((root / "tests/training" / words[-2] / "__main__.py").is_file() for words in whole)
    assert all("--quick" in words and words[-1].startswith("build/") for words in quick)
