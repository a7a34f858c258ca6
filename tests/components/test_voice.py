"""The voice component: what is asked of which voice, what is kept, and who stands in."""

import threading

import numpy as np
import pytest

from irene import ConfigurationError, ProviderFailedError, Samples, SpeechRequest, Tts
from irene.components.assembly import Assembly
from irene.config.loading import load_config
from irene.domain.events import ProviderFailed
from irene.plugin.host import installed_plugins
from irene.testing import registry_of

WAIT_S = 10.0


class Voice(Tts[None]):
    """Says one block of 100 samples per word, and remembers its requests."""

    name = "first"
    sample_rate = 16000
    edition = "1"
    voices = ("anna", "bob")

    def __init__(self, options=None):
        super().__init__(options)
        self.requests: list[SpeechRequest] = []
        self.broken_words: set[str] = set()

    @property
    def version(self):
        """Change it by changing the class."""
        return type(self).edition

    def check_voice(self, voice, language):
        """Know two voices."""
        if voice not in (*self.voices, None):
            raise ConfigurationError(f"no voice {voice!r}; it has anna, bob")

    def synthesize(self, request):
        """Speak until a word is broken."""
        self.requests.append(request)
        for word in request.text.split():
            if word in self.broken_words:
                raise RuntimeError(f"cannot say {word}")
            yield np.full(100, 1000 + len(word), np.int16)


class Second(Voice):
    """Another one, at another rate."""

    name = "second"
    sample_rate = 24000


def component(events=None, language="en", **tts):
    """Return a loaded component; `tts` are keys of the section."""
    registry = registry_of(Voice, Second, installed=installed_plugins())
    section = {"default_provider": "first", "fallback_providers": ["second"], **tts}
    config = load_config(
        {"tts": section, "assistant": {"language": language}}, registry=registry, environ={}
    )
    report = events.append if events is not None else lambda event: None
    voice = Assembly(config, registry, report).voice()
    voice.load()
    return voice


def provider(voice, name="first"):
    chains = [candidate for chain in voice.chains for candidate in chain.candidates()]
    return next(one.provider for one in chains if one.name == name)


def say(voice, text, language="en"):
    """Return the sentence and its blocks."""
    sentence = voice.say(text, language)
    return sentence, list(sentence.blocks())


def audio(blocks) -> Samples:
    return np.concatenate([block.samples for block in blocks])


def test_a_sentence_that_was_said_before_is_not_synthesised_again():
    """The samples are the same; only the first one is made."""
    voice = component()
    first, blocks = say(voice, "hello there")
    again, kept = say(voice, "hello there")
    assert (first.cached, again.cached) == (False, True)
    np.testing.assert_array_equal(audio(blocks), audio(kept))
    assert len(provider(voice).requests) == 1
    assert voice.cache.stats().hits == 1


@pytest.mark.parametrize(
    "change",
    [{"rate": 1.5}, {"pitch": 0.8}, {"voice": "bob"}, {"providers": {"first": {"type": "second"}}}],
)
def test_what_sounds_otherwise_is_kept_apart(change):
    """Rate, pitch, voice and engine are part of the key."""
    voice, other = component(), component(**change)
    other.cache = voice.cache
    say(voice, "hello")
    assert not say(other, "hello")[0].cached


def test_another_language_is_kept_apart():
    """ "Name" is a word in English and in German."""
    voice = component()
    say(voice, "Name", "en")
    assert not say(voice, "Name", "de")[0].cached


def test_another_version_of_the_engine_is_kept_apart(monkeypatch):
    """After an update nothing old is heard."""
    voice = component()
    say(voice, "hello")
    monkeypatch.setattr(Voice, "edition", "2")
    assert not say(voice, "hello")[0].cached


def test_the_volume_is_not_part_of_what_is_kept():
    """Whoever plays it turns it down, so one synthesis serves at every volume."""
    voice, quiet = component(), component(volume=0.2)
    quiet.cache = voice.cache
    say(voice, "hello")
    sentence, blocks = say(quiet, "hello")
    assert sentence.cached
    assert audio(blocks).max() == 1005


def test_a_sentence_that_was_left_in_the_middle_is_not_kept():
    """Half a sentence never comes out of the cache."""
    voice = component()
    blocks = voice.say("one two three", "en").blocks()
    next(blocks)
    blocks.close()
    assert not say(voice, "one two three")[0].cached


def test_the_cache_is_bounded_in_bytes():
    """`cache_max_mb` is what it takes at most: here two short sentences."""
    voice = component(cache_max_mb=0.002)
    for text in ("a", "b", "c"):
        say(voice, text)
    assert [say(voice, text)[0].cached for text in ("c", "b", "a")] == [True, True, False]
    assert voice.cache.stats().bytes <= 2000


def test_an_abandoned_sentence_frees_the_voice():
    """The next one does not wait for its place."""
    voice = component()
    blocks = voice.say("one two three", "en").blocks()
    next(blocks)
    blocks.close()
    voice.chain.lease().end()


def test_figures_are_spelled_for_the_voice():
    """The voice is given words."""
    voice = component()
    say(voice, "It is **16:05**.", "en-GB")
    say(voice, "um 16:05", "de")
    assert [one.text for one in provider(voice).requests] == ["It is 16 oh 5.", "um 16 Uhr 5"]


def test_normalize_can_be_switched_off():
    """Then the voice gets what was written."""
    voice = component(normalize=False)
    say(voice, "It is **16:05**.")
    assert provider(voice).requests[0].text == "It is **16:05**."


@pytest.mark.parametrize("text", ["", "...", "```\ncode\n```", "😀"])
def test_a_text_without_words_is_silence(text):
    """No voice is asked for it, and nothing fails."""
    voice = component()
    assert say(voice, text)[1] == []
    assert provider(voice).requests == []


def test_a_voice_that_breaks_off_is_replaced_and_the_sentence_begins_again():
    """The next voice says the whole sentence; its rate is its own."""
    events = []
    voice = component(events)
    provider(voice).broken_words = {"three"}
    sentence, blocks = say(voice, "one two three")
    assert [(b.sample_rate, b.begins) for b in blocks if b.begins] == [(16000, True), (24000, True)]
    assert sentence.provider == "second"
    assert sum(len(b.samples) for b in blocks if b.sample_rate == 24000) == 300
    assert [type(event) for event in events][:1] == [ProviderFailed]
    assert say(voice, "four")[0].provider == "second"


def test_when_every_voice_fails_the_last_reason_is_told():
    """Each one was tried once."""
    voice = component()
    for name in ("first", "second"):
        provider(voice, name).broken_words = {"three"}
    told = "tts provider 'second': RuntimeError: cannot say three"
    with pytest.raises(ProviderFailedError, match=f"^{told}$"):
        say(voice, "one two three")
    assert len(provider(voice).requests) == len(provider(voice, "second").requests) == 1


def test_the_configured_voice_speaks_the_assistants_language():
    """`tts.voice` is for it; another language gets a voice of its own."""
    voice = component(voice="anna")
    say(voice, "hello", "en-GB")
    say(voice, "hallo", "de")
    assert [(one.voice, one.language) for one in provider(voice).requests] == [
        ("anna", "en-GB"),
        (None, "de"),
    ]


def test_each_language_can_have_a_voice():
    """`tts.voices` names one, for a language or for one of its regions."""
    voice = component(voice="anna", voices={"de": "bob", "en-GB": "bob"})
    for language in ("en-US", "en-gb", "de-AT", "fr"):
        say(voice, "hi", language)
    assert [one.voice for one in provider(voice).requests] == ["anna", "bob", "bob", None]


def test_a_voice_that_stands_in_is_not_asked_for_the_voice_of_another():
    """It has other names for its voices."""
    voice = component(voice="anna")
    provider(voice).broken_words = {"hello"}
    say(voice, "hello")
    assert provider(voice, "second").requests[0].voice is None


def test_a_language_can_be_spoken_by_another_provider():
    """The name of a provider's table makes it speak the language; the others stand in."""
    voice = component(voices={"de": "german"}, providers={"german": {"type": "second"}})
    assert say(voice, "hallo", "de")[0].provider == "german"
    assert say(voice, "hello", "en")[0].provider == "first"
    provider(voice, "german").broken_words = {"nein"}
    assert say(voice, "nein", "de")[0].provider == "first"


def test_a_provider_of_two_languages_is_one_engine():
    """Its model is loaded once."""
    voice = component(
        voices={"de": "other", "nl": "other"}, providers={"other": {"type": "second"}}
    )
    german, dutch = (voice.others[one].candidates()[0].provider for one in ("de", "nl"))
    assert german is dutch


@pytest.mark.parametrize(
    ("keys", "named"),
    [({"voice": "ann"}, "tts.voice: "), ({"voices": {"de": "ann"}}, "tts.voices.de: ")],
)
def test_an_unknown_voice_is_refused_at_the_start(keys, named):
    """The line names the key and what there is."""
    with pytest.raises(ConfigurationError, match="no voice 'ann'; it has anna, bob") as caught:
        component(**keys)
    assert str(caught.value).startswith(named)


def test_a_language_that_is_no_tag_is_refused():
    """A voice for "german" would never speak."""
    with pytest.raises(ConfigurationError, match=r"voices\.deutsche sprache: use a BCP 47 tag"):
        component(voices={"deutsche sprache": "bob"})


def test_a_real_voice_of_each_language_speaks_its_own():
    """eSpeak NG without any setting: a German answer is spoken by a German voice."""
    pytest.importorskip("espeakng_loader", reason="eSpeak NG is not installed")
    registry = registry_of(Voice, installed=installed_plugins())
    config = load_config({"tts": {"voice": "en-us+f2"}}, registry=registry, environ={})
    voice = Assembly(config, registry).voice()
    voice.load()
    text = "Die nächste Straßenbahn fährt in zwanzig Minuten"
    english = audio(say(voice, text, "en")[1])
    german = audio(say(voice, text, "de")[1])
    request = SpeechRequest(text, voice="de+f2", language="de")
    expected = np.concatenate(list(voice.chain.current.provider.synthesize(request)))
    assert abs(len(german) - len(expected)) < len(expected) // 50
    assert abs(len(german) - len(english)) > len(german) // 20
    voice.close()


class Mute(Voice):
    """Says that it speaks, and gives no sound."""

    name = "first"

    def synthesize(self, request):
        self.requests.append(request)
        yield from ()


def component_of(first, events, clock=None, **tts):
    """Return a component whose first voice is of this class."""
    registry = registry_of(first, Second, installed=installed_plugins())
    section = {"default_provider": "first", "fallback_providers": ["second"], **tts}
    config = load_config({"tts": section}, registry=registry, environ={})
    return Assembly(config, registry, events.append, clock).voice()


def outcomes(voice):
    """Return how the calls of the first voice ended."""
    return voice.chain.router.stats().providers[0].outcomes


def test_a_voice_without_sound_has_failed():
    """No audio for words is no success; the next voice says them."""
    events = []
    voice = component_of(Mute, events)
    sentence, blocks = say(voice, "one two")
    assert sentence.provider == "second"
    assert audio(blocks).size == 200
    assert outcomes(voice) == {"no_audio": 1}
    assert "gave no audio for 'one two'" in events[0].reason


def test_a_listener_who_leaves_says_nothing_about_the_voice():
    """Barge-in is no failure, and no success either."""
    events = []
    voice = component_of(Voice, events)
    blocks = voice.say("one two three", "en").blocks()
    next(blocks)
    blocks.close()
    assert outcomes(voice) == {"cancelled": 1}
    assert events == []


def test_a_sentence_that_was_spoken_is_a_success_and_a_repeated_one_is_no_call():
    """What comes out of the cache says nothing about the engine."""
    voice = component_of(Voice, [])
    say(voice, "one")
    say(voice, "one")
    assert outcomes(voice) == {"success": 1}
    assert [one.in_flight for one in voice.chain.router.snapshots()] == [0, 0]


def test_a_voice_that_does_not_have_the_language_is_as_well_as_before():
    """The next one is asked; a refusal is no failure."""

    class Choosy(Voice):
        def synthesize(self, request):
            if request.language == "de":
                raise ConfigurationError("no voice for 'de'")
            return super().synthesize(request)

    voice = component_of(Choosy, [])
    assert say(voice, "eins", "de")[0].provider == "second"
    assert say(voice, "one", "en")[0].provider == "first"
    assert outcomes(voice) == {"refused": 1, "success": 1}


def test_a_voice_that_hangs_is_left_at_its_deadline():
    """The next one says the sentence; the place of the first stays taken until it comes back."""
    hang, events = threading.Event(), []

    class Hanging(Voice):
        def synthesize(self, request):
            yield np.full(100, 1000, np.int16)
            hang.wait(WAIT_S)
            yield np.full(100, 1000, np.int16)

    voice = component_of(Hanging, events, deadline_ms=250)
    sentence, blocks = say(voice, "one two")
    assert (sentence.provider, blocks[-1].sample_rate) == ("second", 24000)
    assert events[0].reason == "no answer within deadline_ms = 250"
    assert [one.in_flight for one in voice.chain.router.snapshots()] == [1, 0]
    assert [one.call for one in voice.chain.abandoned.running] == ["synthesize"]
    hang.set()
    wait_until(lambda: voice.chain.router.snapshots()[0].in_flight == 0)
    wait_until(lambda: not voice.chain.abandoned.running)
    assert outcomes(voice) == {"late": 1}


def test_within_its_deadline_a_voice_says_what_it_says_without_one():
    """Block for block."""
    timed = say(component_of(Voice, [], deadline_ms=int(WAIT_S * 1000)), "one two three")[1]
    plain = say(component_of(Voice, []), "one two three")[1]
    np.testing.assert_array_equal(audio(timed), audio(plain))


def test_voices_in_turn_speak_sentence_by_sentence():
    """Where they share the work."""
    voice = component_of(Voice, [], strategy="round_robin")
    spoken = [say(voice, text)[0].provider for text in ("one", "two", "three", "four")]
    assert spoken == ["first", "second", "first", "second"]


def test_a_voice_that_is_left_out_is_not_asked_while_there_are_others():
    """Whoever has heard it break off does not want it back in the same answer."""
    voice = component_of(Voice, [])
    sentence = voice.say("one", "en", without={"first"})
    assert {block.sample_rate for block in sentence.blocks()} == {24000}
    both = voice.say("two", "en", without={"first", "second"})
    assert {block.sample_rate for block in both.blocks()} == {16000}


def test_the_voices_of_another_language_are_the_same_engines():
    """A place that is taken for one language is taken for the other."""
    tables = {"first": {"max_concurrency": 1}}
    voice = component_of(Voice, [], voices={"de": "second"}, providers=tables)
    blocks = voice.say("one two", "en").blocks()
    next(blocks)
    (german,) = voice.others.values()
    assert [one.in_flight for one in german.router.snapshots() if one.name == "first"] == [1]
    blocks.close()


def wait_until(is_so):
    """Wait until something is so."""
    pause = threading.Event()
    for _ in range(int(WAIT_S * 100)):
        if is_so():
            return
        pause.wait(0.01)
    raise AssertionError("it never was")


def test_a_listener_who_leaves_at_any_piece_frees_the_voice():
    """Also at the very last one, when the voice has said all: its place was taken for good."""
    n_pieces = len(list(component_of(Voice, []).say("one two three", "en").blocks()))
    for heard in range(1, n_pieces + 1):
        voice = component_of(Voice, [])
        blocks = voice.say("one two three", "en").blocks()
        for _ in range(heard):
            next(blocks)
        blocks.close()
        assert voice.chain.router.stats().providers[0].snapshot.in_flight == 0
