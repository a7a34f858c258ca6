"""A language has changed when another one is spoken for a while, and clearly."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from irene.components.language.sustained import Firmness, SustainedLanguage

FIRM = Firmness(threshold=0.6, threshold_end=0.4, min_dwell_s=0.5)
FRAMES = st.lists(st.one_of(st.none(), st.floats(0.0, 1.0)), max_size=60)


def heard(frames, language="en", firmness=FIRM):
    """Return the language after each frame; a frame is the share of German, or None."""
    state, course = SustainedLanguage(language, firmness), []
    for share in frames:
        state.hear({} if share is None else {"de": share, "en": 1 - share}, 0.1)
        course.append(state.language)
    return course


def test_another_language_needs_its_time():
    """Five frames of a tenth of a second are half a second."""
    assert heard([0.9] * 6) == ["en"] * 4 + ["de"] * 2


def test_a_word_in_another_language_changes_nothing():
    """It is over before it counts, and the next one begins from nothing."""
    assert set(heard(([0.9] * 4 + [0.1]) * 4)) == {"en"}


def test_what_is_likely_but_not_clear_is_no_change():
    """Below the threshold nobody is believed."""
    assert set(heard([0.55] * 30)) == {"en"}


def test_a_weaker_moment_does_not_undo_what_began():
    """Between the two thresholds a candidate stays one."""
    assert heard([0.7, 0.45, 0.45, 0.45, 0.45])[-1] == "de"
    assert heard([0.7, 0.45, 0.35, 0.45, 0.45, 0.45])[-1] == "en"


def test_silence_says_nothing_for_or_against():
    """It neither counts nor interrupts."""
    assert heard([0.9, 0.9, None, None, None, 0.9, 0.9]) == ["en"] * 7
    assert heard([0.9, 0.9, None, 0.9, 0.9, 0.9])[-1] == "de"


def test_it_tells_when_it_changes():
    """Once, with the frame that decides."""
    state = SustainedLanguage("en", FIRM)
    told = [state.hear({"de": 0.9, "en": 0.1}, 0.25) for _ in range(4)]
    assert told == [False, True, False, False]


def test_a_third_language_begins_for_itself():
    """What was heard of one candidate is not credited to another."""
    state = SustainedLanguage("en", FIRM)
    for _ in range(4):
        state.hear({"de": 0.9}, 0.1)
    assert not state.hear({"fr": 0.9}, 0.1)
    assert state.language == "en"


def plain_model(frames):
    """Say the same in another way: look back from each frame for a stretch that is enough."""
    language, course, since = "en", [], []
    for share in frames:
        if share is not None:
            other = share if language == "en" else 1 - share
            is_on = other >= (FIRM.threshold_end if since else FIRM.threshold)
            is_likelier = since or other > 0.5
            since = [*since, other] if is_on and is_likelier else []
            if len(since) >= 5:
                language, since = ("de" if language == "en" else "en"), []
        course.append(language)
    return course


@given(FRAMES)
def test_it_does_what_the_plain_model_does(frames):
    """For any course of probabilities of two languages."""
    assert heard(frames) == plain_model(frames)


@given(FRAMES)
def test_two_changes_are_never_closer_than_the_dwell(frames):
    """Whatever is heard, it does not flutter."""
    course = ["en", *heard(frames)]
    changes = [i for i in range(1, len(course)) if course[i] != course[i - 1]]
    assert all(later - earlier >= 5 for earlier, later in itertools.pairwise(changes))
