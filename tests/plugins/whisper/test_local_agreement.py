"""LocalAgreement: what two decodings agree on stays, whatever comes later."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import Word
from irene_plugins.asr.whisper.agreement import LocalAgreement, n_repeated
from irene_plugins.asr.whisper.schedule import PartialSchedule

FAR_S = 100.0


def words(text, start_s=0.0, each_s=0.5):
    """Return the words of a text, one each half a second."""
    return tuple(
        Word(word, start_s + number * each_s, start_s + (number + 1) * each_s)
        for number, word in enumerate(text.split())
    )


def spelled(heard):
    return " ".join(word.text for word in heard)


def test_one_decoding_makes_nothing_stable():
    """Nobody has agreed yet."""
    agreement = LocalAgreement()
    assert spelled(agreement.hear(words("turn on the light"), FAR_S)) == "turn on the light"
    assert agreement.stable == ()


def test_what_two_decodings_begin_with_becomes_stable():
    """The longest common beginning is committed, and no more."""
    agreement = LocalAgreement()
    agreement.hear(words("turn on the night"), FAR_S)
    heard = agreement.hear(words("turn on the light in"), FAR_S)
    assert spelled(agreement.stable) == "turn on the"
    assert spelled(heard) == "turn on the light in"


def test_agreement_goes_on_behind_the_stable_part():
    """A third decoding is compared with the second, not with the first."""
    agreement = LocalAgreement()
    for text in ("turn", "turn on the", "turn on the light", "turn on the light please"):
        agreement.hear(words(text), FAR_S)
    assert spelled(agreement.stable) == "turn on the light"


def test_a_word_that_ends_where_the_audio_does_is_not_relied_on():
    """Decoders complete what is cut off; both may complete it in the same wrong way."""
    agreement = LocalAgreement(margin_s=0.4)
    agreement.hear(words("turn on the"), 1.6)
    agreement.hear(words("turn on the"), 1.8)
    assert spelled(agreement.stable) == "turn on"
    agreement.hear(words("turn on the"), 1.9)
    assert spelled(agreement.stable) == "turn on the"


def test_a_decoding_that_changes_its_mind_about_the_stable_part_is_not_listened_to():
    """What it says after that part counts."""
    agreement = LocalAgreement()
    agreement.hear(words("turn on the light"), FAR_S)
    agreement.hear(words("turn on the light"), FAR_S)
    heard = agreement.hear(words("Turn off the light, please"), FAR_S)
    assert spelled(heard) == "turn on the light please"


def test_the_stable_part_keeps_its_spelling():
    """Case and punctuation that come later are too late."""
    agreement = LocalAgreement()
    agreement.hear(words("turn on"), FAR_S)
    agreement.hear(words("turn on"), FAR_S)
    assert spelled(agreement.conclude(words("Turn on, the light."))) == "turn on the light."


def test_the_conclusion_is_the_last_decoding_where_it_begins_with_the_stable_part():
    """Words and times are those of the decoding of the whole."""
    agreement = LocalAgreement()
    agreement.hear(words("turn on"), FAR_S)
    agreement.hear(words("turn on the night"), FAR_S)
    whole = words("turn on the light")
    assert agreement.conclude(whole) == whole


def test_a_conclusion_without_words_leaves_what_was_promised():
    """A decoding of silence does not take back what was stable."""
    agreement = LocalAgreement()
    agreement.hear(words("turn on"), FAR_S)
    agreement.hear(words("turn on"), FAR_S)
    assert spelled(agreement.conclude(())) == "turn on"


@pytest.mark.parametrize(
    ("said", "new", "expected"),
    [
        ("turn on the", "turn on the light", 3),
        ("turn on the", "Turn on, the light", 3),
        ("turn on the", "turn the light", 2),
        ("turn on the", "please turn on the light", 4),
        ("turn on the", "turn", 1),
        ("turn on the", "", 0),
        ("", "turn on", 0),
        ("one two", "one too three", 2),
    ],
)
def test_repeated_words_are_found_by_the_fewest_changes(said, new, expected):
    """Substituted, added and missing words are all one change."""
    assert n_repeated(words(said), words(new)) == expected


def test_of_equally_good_places_the_nearest_in_time_is_taken():
    """`two` may be missing, or have become `x`: the end of `two` says which."""
    said = (Word("one", 0.0, 0.5), Word("two", 0.5, 1.0))
    became = (Word("one", 0.0, 0.5), Word("x", 0.5, 1.0))
    follows = (Word("one", 0.0, 0.5), Word("x", 2.0, 2.5))
    assert n_repeated(said, became) == 2
    assert n_repeated(said, follows) == 1


def slow_distance(old, new):
    """Return the Levenshtein distance from its definition."""
    if not old or not new:
        return len(old) + len(new)
    return min(
        slow_distance(old[:-1], new[:-1]) + (old[-1] != new[-1]),
        slow_distance(old[:-1], new) + 1,
        slow_distance(old, new[:-1]) + 1,
    )


SHORT = st.lists(st.sampled_from("abc"), max_size=4).map(" ".join)


@given(SHORT, SHORT)
def test_no_other_place_needs_fewer_changes(said, new):
    """Against the definition of the distance, tried for every place."""
    place = n_repeated(words(said), words(new))
    old, heard = said.split(), new.split()
    every = [slow_distance(old, heard[:n]) for n in range(len(heard) + 1)]
    assert every[place] == min(every)


HYPOTHESES = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "A,", "c"]), st.floats(0, 3), st.floats(0, 1)),
        max_size=6,
    ).map(
        lambda entries: [
            Word(text, start, start + length)
            for text, start, length in sorted(entries, key=lambda one: one[1])
        ]
    ),
    max_size=8,
)


@given(HYPOTHESES)
def test_a_stable_beginning_is_never_taken_back(hypotheses):
    """Each stable part begins with the one before, every hypothesis and the conclusion with it."""
    agreement = LocalAgreement()
    before = ()
    for number, hypothesis in enumerate(hypotheses):
        heard = agreement.hear(hypothesis, 1.0 + number)
        assert agreement.stable[: len(before)] == before
        assert heard[: len(agreement.stable)] == agreement.stable
        before = agreement.stable
    for last in [*hypotheses, ()]:
        assert agreement.conclude(last)[: len(before)] == before


@given(SHORT, st.integers(1, 4))
def test_decodings_that_only_grow_are_all_believed(text, step):
    """With nothing to disagree about, all but the last decoding is stable."""
    agreement = LocalAgreement()
    spoken = words(text)
    shown = [spoken[:end] for end in range(0, len(spoken) + 1, step)]
    for hypothesis in shown:
        assert agreement.hear(hypothesis, FAR_S) == hypothesis
    assert agreement.stable == (shown[-2] if len(shown) > 1 else ())


def test_decodings_are_due_every_so_often():
    """Audio time decides."""
    schedule = PartialSchedule(1.0, 0.5)
    assert not schedule.is_due(0.9)
    assert schedule.is_due(1.0)
    schedule.decoded(1.0, 0.1)
    assert not schedule.is_due(1.9)
    assert schedule.is_due(2.0)


def test_a_slow_machine_decodes_less_often():
    """A decoding that took two seconds has four seconds of audio for itself."""
    schedule = PartialSchedule(1.0, 0.5)
    schedule.decoded(1.0, 2.0)
    assert not schedule.is_due(4.9)
    assert schedule.is_due(5.0)


def test_without_a_pace_nothing_is_decoded():
    """0 s switches partial decodings off."""
    assert not PartialSchedule(0.0, 0.5).is_due(FAR_S)


@given(st.floats(0.1, 5), st.floats(0.05, 1), st.lists(st.floats(0, 10), min_size=1, max_size=20))
def test_decodings_never_take_more_than_their_share(every_s, share, costs):
    """Whatever they cost, until the next one is due they had no more than their share."""
    schedule = PartialSchedule(every_s, share)
    audio_s, spent_s = every_s, 0.0
    for cost_s in costs:
        assert schedule.is_due(audio_s)
        schedule.decoded(audio_s, cost_s)
        spent_s += cost_s
        audio_s += max(every_s, cost_s / share) * (1 + 1e-9)
        assert spent_s <= share * audio_s * (1 + 1e-6)
