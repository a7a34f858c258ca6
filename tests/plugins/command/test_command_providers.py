"""Programs as recogniser, voice and handler."""

import asyncio
import json
import sys
from datetime import datetime, timezone

import numpy as np
import pytest

from irene import (
    AsrRequest,
    HandlerContext,
    Intent,
    ProviderFailedError,
    SpeechRequest,
    Word,
)
from irene.testing import tone
from irene_plugins.asr.command import CommandAsr, CommandAsrOptions
from irene_plugins.intents.command import CommandHandler, CommandHandlerOptions
from irene_plugins.tts.command import CommandTtsOptions, CommandVoice

SHELL = ("sh", "-c")
NOW = datetime(2026, 1, 2, 3, 4, tzinfo=timezone.utc)
SPEAK = """
import sys, wave
text = sys.stdin.read().strip()
with wave.open(sys.argv[1] if len(sys.argv) > 1 else sys.stdout.buffer, "wb") as out:
    out.setnchannels(1); out.setsampwidth(2); out.setframerate(8000)
    out.writeframes(len(text).to_bytes(2, "little") * 800 * len(text))
"""


def heard(script, *blocks, rate=16000, **options):
    """Return what a recogniser hears in blocks of audio."""
    made = CommandAsr(CommandAsrOptions(command=(*SHELL, script), rate_hz=rate, **options))
    made.load()
    stream = made.open_stream(AsrRequest(rate, language="de"))
    try:
        for block in blocks or (np.zeros(0, np.int16),):
            assert stream.accept(block) is None
        return stream.finish()
    finally:
        stream.close()


def spoken(script, text="hello", words=("python3", "-c"), **options):
    """Return sample rate and samples of a voice."""
    made = CommandVoice(CommandTtsOptions(command=(*words, script), **options))
    made.load()
    return made.sample_rate, np.concatenate([*made.synthesize(SpeechRequest(text)), []])


def answered(script, **options):
    """Return what a handler answers to an intent."""
    made = CommandHandler(
        CommandHandlerOptions(command=(*SHELL, script), intents=("Feed",), **options)
    )
    made.load()
    return made.handle(Intent("Feed", "feed the cat", "en", {"n": 2}), HandlerContext(NOW))


def test_the_audio_of_an_utterance_comes_as_raw_samples():
    """All blocks, int16 and little-endian; the text that is printed is the hypothesis."""
    found = heard("wc -c", tone(0.1), tone(0.2))
    assert found.text == str(2 * 16000 * 3 // 10)
    assert found.is_final


@pytest.mark.parametrize("how", ["stdin", "file"])
def test_the_audio_comes_as_wav_where_that_is_wanted(how):
    """On standard input, or in a file that is gone afterwards."""
    read = "import sys, wave; w = wave.open({}); print(w.getframerate(), w.getnframes())"
    source, options = {
        "stdin": (read.format("sys.stdin.buffer"), {"format": "wav"}),
        "file": (read.format("'{file}'"), {}),
    }[how]
    found = heard(f'{sys.executable} -c "{source}"', tone(0.1), rate=16000, **options)
    assert found.text == "16000 1600"


def test_a_file_is_gone_when_the_utterance_is_over():
    """Speech is nobody else's business."""
    path = heard("echo {file}").text
    assert path.endswith(".wav")
    assert heard(f"ls {path} 2> /dev/null || echo gone").text == "gone"


def test_an_object_says_more_than_text():
    """Language, confidence, and words with times."""
    said = {
        "text": "yes",
        "language": "en",
        "confidence": 0.5,
        "words": [{"text": "yes", "start_s": 0.1, "end_s": 0.4, "confidence": 1}],
    }
    found = heard(f"echo '{json.dumps(said)}'")
    assert (found.text, found.language, found.confidence) == ("yes", "en", 0.5)
    assert found.words == (Word("yes", 0.1, 0.4, 1),)


def test_nothing_printed_means_that_nothing_was_said():
    """It is no failure."""
    assert heard("true").text == ""


def test_the_language_is_told():
    """The word in braces is replaced."""
    assert heard("echo {language} at {rate}").text == "de at 16000"


@pytest.mark.parametrize(
    "said",
    [
        {"text": 3},
        {"text": "a", "confidence": 2},
        {"text": "a", "words": ["a"]},
        {"text": "a", "words": [{"text": "a"}]},
        {"text": "a", "words": [{"text": "a", "start_s": 2, "end_s": 1}]},
    ],
    ids=["text", "confidence", "word", "times", "order"],
)
def test_an_object_that_makes_no_sense_is_a_failure(said):
    """The next recogniser takes over."""
    with pytest.raises(ProviderFailedError, match="sh printed"):
        heard(f"echo '{json.dumps(said)}'")


def test_a_recogniser_that_takes_too_long_is_ended():
    """Its time is an option."""
    with pytest.raises(ProviderFailedError, match="timeout_ms = 50"):
        heard("sleep 600", timeout_ms=50)


def test_what_is_printed_without_end_is_refused(monkeypatch):
    """It would fill the memory."""
    monkeypatch.setattr("irene_plugins.command.program._MOST_TEXT", 1000)
    with pytest.raises(ProviderFailedError, match="sh printed more than 1000 bytes"):
        heard("yes")


def test_the_last_line_of_a_long_complaint_is_told():
    """However much stands before it."""
    with pytest.raises(ProviderFailedError, match=r"exit status 1: the end$"):
        heard("head -c 20000 /dev/zero >&2; echo >&2; echo the end >&2; exit 1")


def test_what_is_started_without_the_output_may_go_on():
    """A handler that plays music answers at once."""
    assert answered("sleep 0.01 >/dev/null 2>&1 & echo playing").text == "playing"


@pytest.mark.parametrize("argument", [(), ("{file}",)], ids=["printed", "file"])
def test_a_voice_prints_wav_or_writes_it(argument):
    """Its sample rate is learnt while it is loaded."""
    made = CommandVoice(CommandTtsOptions(command=(sys.executable, "-c", SPEAK, *argument)))
    assert made.expected_rate() is None
    made.load()
    assert made.sample_rate == made.expected_rate() == 8000
    samples = np.concatenate(list(made.synthesize(SpeechRequest("hello"))))
    assert samples.dtype == np.int16
    assert samples.tolist() == [5] * 4000


def test_raw_audio_needs_its_rate_and_no_trial():
    """int16, little-endian, mono; a byte that is too many is left."""
    rate, samples = spoken("printf '\\001\\000\\002\\000\\003'", words=SHELL, raw_rate_hz=22050)
    assert rate == 22050
    assert samples.tolist() == [1, 2]


def test_what_is_no_audio_is_refused_while_the_voice_is_loaded():
    """And the option for raw audio is named."""
    with pytest.raises(ProviderFailedError, match="set raw_rate_hz"):
        spoken("echo nonsense that is longer than a header", words=SHELL)


@pytest.mark.parametrize("argument", [(), ("{file}",)], ids=["printed", "file"])
def test_a_voice_that_fails_tells_its_own_reason(argument):
    """Rather than that it gave no audio."""
    command = (*SHELL, "echo no model >&2; exit 3", *argument)
    with pytest.raises(ProviderFailedError, match="exit status 3: no model"):
        CommandVoice(CommandTtsOptions(command=command)).load()


def test_a_voice_that_takes_its_file_away_is_a_failure():
    """In the words of irene, not of the system."""
    with pytest.raises(ProviderFailedError, match="rm left no file to read: no such file"):
        CommandVoice(CommandTtsOptions(command=("rm", "{file}"))).load()


def test_what_follows_the_samples_of_a_wav_is_not_heard():
    """Programs write their notes there, and more of them than a pipe holds."""
    script = SPEAK.replace("sys.stdout.buffer", "held") + (
        "sys.stdout.buffer.write(held.getvalue() + b'LIST' + bytes(100_000))"
    )
    _, samples = spoken("import io; held = io.BytesIO()" + script)
    assert len(samples) == 4000


def test_a_voice_that_is_not_listened_to_any_more_is_ended():
    """Its program is killed when the answer is interrupted."""
    script = "head -c 100000 /dev/zero; sleep 600"
    made = CommandVoice(CommandTtsOptions(command=(*SHELL, script), raw_rate_hz=16000))
    made.load()
    blocks = made.synthesize(SpeechRequest("hello"))
    assert len(next(blocks)) == 1600
    blocks.close()


def test_a_voice_is_as_loud_as_it_should_be():
    """Where the program cannot."""
    made = CommandVoice(
        CommandTtsOptions(command=(*SHELL, "printf '\\100\\000'"), raw_rate_hz=8000)
    )
    made.load()
    (block,) = made.synthesize(SpeechRequest("hello", volume=0.5))
    assert block.tolist() == [32]


def test_a_handler_reads_the_intent_and_prints_the_answer():
    """What it reads is an object."""
    read = (
        "import json, sys; m = json.load(sys.stdin); print(m['intent'], m['slots']['n'], m['text'])"
    )
    found = answered(f'{sys.executable} -c "{read}"')
    assert found.text == "Feed 2 feed the cat"
    assert found.language == "en"


def test_a_handler_may_ask_back():
    """Every value of a response is one of the object's."""
    said = {"text": "How much?", "asks": "n", "listens": True, "data": {"a": 1}}
    found = answered(f"echo '{json.dumps(said)}'")
    assert (found.asks, found.listens, found.data) == ("n", True, {"a": 1})


def test_a_handler_that_prints_nothing_says_nothing():
    """It has done what it was told."""
    assert answered("true") is None


def test_a_handler_that_fails_is_a_failure():
    """With its complaint."""
    with pytest.raises(ProviderFailedError, match="exit status 2: no cat"):
        answered("echo no cat >&2; exit 2")


def test_an_object_without_a_known_key_is_a_mistake():
    """A slip of the pen does not make a handler silent."""
    with pytest.raises(ProviderFailedError, match=r"an object of txt; use text, language"):
        answered("""echo '{"txt": "fed"}'""")


def test_what_is_missing_is_said_with_its_cure():
    """Each key, in a table of whatever name."""
    assert "intents" in CommandHandler(CommandHandlerOptions()).check().cure
    assert "command" in CommandAsr(CommandAsrOptions()).check().cure
    assert "command" in CommandVoice(CommandTtsOptions()).check().cure


def test_a_program_that_may_not_be_executed_is_told_from_one_that_is_not_there(tmp_path):
    """They are cured in different ways."""
    script = tmp_path / "say.sh"
    script.write_text("echo hello")
    found = CommandAsr(CommandAsrOptions(command=(str(script),))).check()
    assert (found.missing, found.cure) == (
        f"{str(script)!r} may not be executed",
        f"chmod +x {script}",
    )
    found = CommandAsr(CommandAsrOptions(command=(str(tmp_path / "nope"),))).check()
    assert "is not there" in found.missing


def test_braces_in_a_value_stay_as_they_are():
    """Nothing that is asked for is taken for another value."""
    options = CommandTtsOptions(command=("say", "{voice}-{language}-{other}"))
    values = {"voice": "{language}", "language": "en"}
    assert options.words(values) == ["say", "{language}-en-{other}"]


def test_an_assistant_is_made_of_programs(tmp_path):
    """A recogniser, a voice and a handler in three programs answer a recorded question."""
    pytest.importorskip("pocketsphinx", reason="the recogniser is irene itself")
    pytest.importorskip("pymicro_wakeword", reason="the wake word of the demo")
    from irene import Assistant

    sentences = tmp_path / "sentences"
    (sentences / "en").mkdir(parents=True)
    (sentences / "en/tea.yaml").write_text(
        "language: en\nintents:\n  AskTime:\n    data:\n      - sentences: [what time is it]\n"
    )
    listen = [sys.executable, "-m", "irene", "transcribe", "{file}"]
    speak = [sys.executable, "-c", SPEAK]
    overrides = [
        "asr.default_provider=command",
        "asr.fallback_providers=[]",
        f"asr.providers.command.command={json.dumps(listen)}",
        "tts.default_provider=command",
        "tts.fallback_providers=[]",
        f"tts.providers.command.command={json.dumps(speak)}",
        'intents.handlers=["command"]',
        f"intents.sentences={json.dumps([str(sentences)])}",
        'intents.providers.command.intents=["AskTime"]',
        'intents.providers.command.command=["echo", "Time for tea."]',
        "outputs.default_provider=none",
    ]

    async def run():
        async with Assistant.from_config("demo", overrides=overrides) as assistant:
            return [event.to_dict() async for event in assistant.run()]

    events = {event["event"]: event for event in asyncio.run(run())}
    assert events["transcript"]["text"] == "what time is it"
    assert events["transcript"]["provider"] == "command"
    assert events["response"]["text"] == "Time for tea."
    assert events["speech_synthesized"]["provider"] == "command"
