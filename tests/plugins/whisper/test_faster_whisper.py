"""faster-whisper for real: CTranslate2 and a small model of commands in four languages."""

import csv
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest

from irene import AsrRequest, Grammar, ProviderFailedError, ProviderUnavailableError, SharedEngines
from irene.domain.kinds import Kind
from irene.performance.speech.word_errors import WordErrors, count_errors, plain_words
from irene.plugin.registry import ComponentRegistry
from irene.testing import VirtualClock
from irene_plugins.asr.whisper.faster.decoding import Question
from irene_plugins.asr.whisper.faster.provider import FasterWhisperAsr, FasterWhisperOptions
from irene_plugins.asr.whisper.query import Query
from irene_plugins.asr.whisper.stream import Hearing, WhisperStream
from irene_plugins.asr.whisper.window_listener import WindowListener

pytestmark = pytest.mark.slow
RATE = 16000
BLOCK = RATE // 10


@pytest.fixture(scope="module")
def clips(data_folder):
    """Return (samples, text, language) of commands by voices that the model was not trained on."""
    folder = data_folder / "whisper"
    registry = ComponentRegistry.installed()
    entry = registry.find(Kind.INPUT, "file")
    found = []
    for row in csv.DictReader((folder / "manifest.csv").open(encoding="utf-8")):
        if row["kind"] == "command":
            stream = entry.cls(entry.cls.Options(path=str(folder / row["file"]))).open_stream()
            blocks = []
            while (block := stream.read()) is not None:
                blocks.append(block)
            stream.close()
            samples = np.concatenate(blocks).reshape(-1).astype(np.float32)
            scale = 32768 if blocks[0].dtype == np.int16 else 1
            found.append((samples / scale, row["transcript_or_label"], row["language"]))
    return found


@pytest.fixture(scope="module")
def asr(micro_faster_whisper):
    """One model for all tests, in exact numbers, deciding on the language itself."""
    asr = FasterWhisperAsr(
        FasterWhisperOptions(
            model=str(micro_faster_whisper),
            language="auto",
            compute_type="float32",
            threads=1,
            parallel=2,
            batch=4,
        )
    )
    asr.load()
    yield asr
    asr.close()


def recognise(asr, samples, language=None, grammar=None, block=4000):
    stream = asr.open_stream(AsrRequest(RATE, language, grammar))
    try:
        for start in range(0, len(samples), block):
            stream.accept(samples[start : start + block])
        return stream.finish()
    finally:
        stream.close()


def errors(clips, heard):
    return sum(
        (
            count_errors(plain_words(text), plain_words(one.text))
            for (_, text, _), one in zip(clips, heard, strict=True)
        ),
        WordErrors(),
    )


def tell(capsys, line):
    """Print a figure, whatever becomes of the test."""
    with capsys.disabled():
        sys.stdout.write(f"\nfaster-whisper: {line}\n")


def test_commands_of_unknown_voices_are_recognised_and_their_language_is_found(asr, clips, capsys):
    """The text as it was written, capitals and punctuation included."""
    heard = [recognise(asr, samples) for samples, _, _ in clips]
    n_exact = sum(one.text == text for one, (_, text, _) in zip(heard, clips, strict=True))
    n_known = sum(one.language == tag for one, (_, _, tag) in zip(heard, clips, strict=True))
    rate = errors(clips, heard).rate
    tell(capsys, f"{n_exact} of {len(clips)} exact, WER {100 * rate:.1f} %, {n_known} languages")
    assert rate <= 0.3
    assert n_known >= 0.9 * len(clips)


def test_eight_bits_hear_nearly_as_well(micro_faster_whisper, asr, clips):
    """The weights are rounded, so a doubtful word may be another one."""
    eight = FasterWhisperAsr(
        FasterWhisperOptions(
            model=str(micro_faster_whisper), language="auto", compute_type="int8", threads=1
        )
    )
    clips = clips[::3]
    exact = errors(clips, [recognise(asr, samples) for samples, _, _ in clips])
    rounded = errors(clips, [recognise(eight, samples) for samples, _, _ in clips])
    assert eight._engine().compute_type.startswith("int8")
    eight.close()
    assert rounded.n_errors <= exact.n_errors + 0.1 * exact.n_reference


def test_words_have_times_in_order_within_the_recording(asr, clips):
    """They spell the text, and carry the probability of each."""
    for samples, _, _ in clips[:6]:
        final = recognise(asr, samples)
        assert " ".join(word.text for word in final.words) == final.text
        ends = [0.0, *(word.end_s for word in final.words)]
        for word, before in zip(final.words, ends, strict=False):
            assert before <= word.start_s + 1e-9
            assert word.start_s <= word.end_s <= len(samples) / RATE
            assert 0 <= word.confidence <= 1


def test_utterances_at_the_same_time_do_not_mix(asr, clips):
    """Six threads on one model: each hears what it heard alone."""
    some = [samples for samples, _, _ in clips[:12]]
    alone = [recognise(asr, samples).text for samples in some]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda samples: recognise(asr, samples).text, some * 2))
    assert together == alone * 2


def test_windows_decoded_together_say_what_each_says_alone(asr, clips):
    """Languages, lengths and silence side by side."""
    engine = asr._engine()
    some = [*(samples for samples, _, _ in clips[::6]), np.zeros(RATE, dtype=np.float32)]
    features = engine._encode(some)
    questions = [Question(one, Query(), ()) for one in features]
    together = engine._decoder.decode(questions)
    alone = [engine._decoder.decode([question])[0] for question in questions]
    assert [one.text for one, _ in together] == [one.text for one, _ in alone]
    assert [one.language for one, _ in together] == [one.language for one, _ in alone]
    for (one, _), (other, _) in zip(together, alone, strict=True):
        assert one.log_probability == pytest.approx(other.log_probability, abs=1e-3)
        assert [word.text for word in one.words] == [word.text for word in other.words]


def test_a_language_can_be_asked_for(asr, clips):
    """The one of the request is not looked for in the audio."""
    fixed = FasterWhisperAsr(
        FasterWhisperOptions(
            model=asr.options.model, compute_type="float32", threads=1, parallel=2, batch=4
        )
    )
    fixed.engines = asr.engines
    samples, _, _ = next(one for one in clips if one[2] == "de")
    assert recognise(fixed, samples, "de-AT").language == "de"
    assert recognise(fixed, samples, "fr").language == "fr"
    fixed.close()


def test_silence_has_no_text(asr):
    """Nor has noise that nobody speaks in."""
    for samples in (np.zeros(2 * RATE), np.random.default_rng(1).normal(0, 0.001, 2 * RATE)):
        final = recognise(asr, samples.astype(np.float32))
        assert (final.text, final.words) == ("", ())


def test_a_sentence_of_the_grammar_is_known_as_one(asr, clips):
    """And another one is not."""
    samples, text, _ = clips[0]
    own = Grammar.of_sentences([" ".join(plain_words(text)), "open the window"])
    other = Grammar.of_sentences(["open the window"])
    assert recognise(asr, samples, grammar=own).in_grammar is True
    assert recognise(asr, samples, grammar=other).in_grammar is False


def test_prompts_never_need_more_room_than_the_model_has(micro_faster_whisper, asr, clips):
    """Names without end are cut to half of it, and so is a prompt; words are never cut in two."""
    names = " ".join(f"Room{number}" for number in range(2000))
    wordy = FasterWhisperAsr(
        FasterWhisperOptions(
            model=str(micro_faster_whisper),
            compute_type="float32",
            threads=1,
            hotwords=names,
            temperature_fallback=False,
        )
    )
    many = Grammar.of_sentences([f"turn on lamp number {number}" for number in range(500)])
    assert isinstance(recognise(wordy, clips[0][0], "en", many).text, str)
    engine = wordy._engine()
    assert wordy._hotwords.split() == names.split()[: len(wordy._hotwords.split())]
    assert engine.n_tokens(wordy._hotwords) <= engine.prompt_budget // 2
    prompt = f"{wordy._hotwords} {wordy._prompts.text(many)}"
    assert engine.n_tokens(prompt) <= engine.prompt_budget
    wordy.close()


def live(engine, samples, language, **hearing):
    """Return the hypotheses of live speech on virtual time, and the final one."""
    clock = VirtualClock()
    hearing = Hearing(**({"partial_every_s": 0.3, "partial_share": 1.0} | hearing))
    listener = WindowListener(engine, SharedEngines().encodings)
    query = FasterWhisperOptions().effort
    stream = WhisperStream(listener, Query(language, effort=query), hearing, clock=clock.monotonic)
    heard = []
    for start in range(0, len(samples), BLOCK):
        clock.advance(BLOCK / RATE)
        heard.append(stream.accept(samples[start : start + BLOCK]))
    return [one for one in heard if one is not None], stream.finish()


def test_live_speech_has_partials_whose_stable_part_stays(asr, clips):
    """On a real model that guesses the ends of sentences; some of it is stable before the end."""
    n_early = 0
    for samples, _, language in clips[::4]:
        partials, final = live(asr._engine(), samples, language)
        promises = [one.text[: one.stable] for one in partials] + [final.text]
        for before, after in pairwise(promises):
            assert after.startswith(before)
        n_early += any(0 < one.stable < len(final.text) for one in partials)
    assert n_early >= 1


def test_live_speech_ends_in_the_text_of_a_recording(asr, clips, capsys):
    """Promises that were made on the way cost next to nothing."""
    clips = clips[::4]
    offline = [recognise(asr, samples) for samples, _, _ in clips]
    streamed = [live(asr._engine(), samples, None)[1] for samples, _, _ in clips]
    n_same = sum(one.text == two.text for one, two in zip(offline, streamed, strict=True))
    before, after = errors(clips, offline), errors(clips, streamed)
    rates = f"WER {100 * after.rate:.1f} % against {100 * before.rate:.1f} %"
    tell(capsys, f"{n_same} of {len(clips)} live as offline, {rates}")
    assert after.n_errors <= before.n_errors + 0.05 * before.n_reference


def test_two_providers_of_one_assistant_hold_one_model(asr):
    """The same model, device and numbers: loaded once, freed after the last."""
    second = FasterWhisperAsr(asr.options)
    second.engines = asr.engines
    second.load()
    assert second._engine() is asr._engine()
    second.close()
    assert recognise(asr, np.zeros(RATE, dtype=np.float32)).text == ""


def test_languages_are_probabilities(asr, clips):
    """What a language identifier asks for; a window that was encoded is not encoded again."""
    listener = WindowListener(asr._engine(), asr.engines.encodings)
    features = listener.encoded(clips[0][0])
    shares = asr._engine().detect(features)
    assert sum(shares.values()) == pytest.approx(1, abs=1e-3)
    assert {"en", "de", "ru", "fr"} <= set(shares)
    assert listener.encoded(clips[0][0]) is features


def damaged(folder, tmp_path, damage):
    copy = tmp_path / "damaged"
    shutil.copytree(folder, copy)
    damage(copy)
    return FasterWhisperAsr(FasterWhisperOptions(model=str(copy), threads=1))


def cut(path, share):
    path.write_bytes(path.read_bytes()[: round(path.stat().st_size * share)])


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: cut(folder / "model.bin", 0.5),
        lambda folder: (folder / "model.bin").write_bytes(b""),
        lambda folder: (folder / "config.json").write_text("{"),
        lambda folder: (folder / "tokenizer.json").write_text("{}"),
        lambda folder: (folder / "vocabulary.json").write_text("[1, 2]"),
        lambda folder: cut(folder / "vocabulary.json", 0.5),
    ],
    ids=["cut", "empty", "configuration", "tokenizer", "no vocabulary", "cut vocabulary"],
)
def test_a_damaged_model_is_one_line(micro_faster_whisper, tmp_path, damage):
    """It names the folder, and that it is to be installed again."""
    asr = damaged(micro_faster_whisper, tmp_path, damage)
    with pytest.raises(ProviderFailedError, match="install it again") as raised:
        asr.load()
    assert str(tmp_path / "damaged") in str(raised.value)
    assert "\n" not in str(raised.value)


def test_nothing_is_downloaded(micro_faster_whisper, tmp_path, monkeypatch):
    """A tokenizer that is not there is not asked for."""
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *a, **k: pytest.fail("asked"))
    asr = damaged(
        micro_faster_whisper, tmp_path, lambda folder: (folder / "tokenizer.json").unlink()
    )
    assert not asr.check().ready
    with pytest.raises(ProviderUnavailableError):
        asr.load()


def test_numbers_that_the_processor_lacks_are_refused(micro_faster_whisper):
    """The line names those that it has."""
    import ctranslate2

    supported = ctranslate2.get_supported_compute_types("cpu")
    if "float16" in supported:
        pytest.skip("this processor computes in float16")
    asr = FasterWhisperAsr(
        FasterWhisperOptions(model=str(micro_faster_whisper), device="cpu", compute_type="float16")
    )
    with pytest.raises(ProviderUnavailableError, match="float32"):
        asr.load()


def test_a_closed_model_loads_again(micro_faster_whisper):
    """Memory is given back in between."""
    asr = FasterWhisperAsr(FasterWhisperOptions(model=str(micro_faster_whisper), threads=1))
    for _ in range(2):
        asr.warm_up()
        asr.close()
