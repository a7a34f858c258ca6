"""Reading recordings: any that was written, and one clear line for anything else."""

import json
import zipfile

import numpy as np
import pytest
from flight_bench import REGISTRY, config_of
from hypothesis import given, settings
from hypothesis import strategies as st

from irene.domain.audio import AudioFormat
from irene.errors import AudioFormatError
from irene.pipeline.recording.draft import Draft
from irene.pipeline.recording.items import Begin, Piece
from irene.pipeline.recording.layout import FORMAT, wav_header
from irene.pipeline.recording.packing import packed
from irene.pipeline.recording.reading import read_facts, read_recording
from irene.testing import VirtualClock

CLOCK = VirtualClock()


def written(folder, pieces=(), first_sample=0):
    """Return the file of a recording of these pieces, 8 kHz mono."""
    config = config_of(folder)
    audio = AudioFormat(8000)
    begin = Begin(CLOCK.now(), "live", config, REGISTRY, audio, first_sample)
    draft = Draft(folder, begin)
    for piece in pieces:
        draft.add_audio(piece)
    draft.finish("quiet", {})
    draft.close()
    return packed(draft.path)


def changed(path, **parts):
    """Return a copy of a recording with other parts; None leaves one out."""
    copy = path.with_name("changed.irene.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w") as new:
        content = {name: old.read(name) for name in old.namelist()}
        content.update({name.replace("_", "."): part for name, part in parts.items()})
        for name, part in content.items():
            if part is not None:
                new.writestr(name, part)
    return copy


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A small recording."""
    piece = Piece(0, np.arange(800, dtype=np.int16), 8000)
    return written(tmp_path_factory.mktemp("sample"), [piece])


@settings(max_examples=20)
@given(
    lengths=st.lists(st.integers(1, 400), min_size=1, max_size=30),
    gaps=st.lists(st.integers(0, 3), min_size=30, max_size=30),
    first_sample=st.integers(0, 10**9),
)
def test_chunks_come_back_as_they_came(tmp_path_factory, lengths, gaps, first_sample):
    """Whatever their lengths, and whatever is missing between them."""
    pieces, position = [], first_sample
    for number, (length, gap) in enumerate(zip(lengths, gaps, strict=False)):
        position += gap if number else 0
        pieces.append(Piece(position, np.full(length, number, np.int16), 8000))
        position += length
    path = written(tmp_path_factory.mktemp("chunks"), pieces, first_sample)
    recording = read_recording(path)
    assert [(one.first_sample, one.n_samples) for one in recording.chunks] == [
        (piece.first_sample, piece.n_samples) for piece in pieces
    ]
    assert np.array_equal(recording.samples, np.concatenate([one.samples for one in pieces]))


def test_a_newer_form_is_refused_with_what_would_help(sample):
    """It names the version that recorded it."""
    facts = {**read_facts(sample), "format": FORMAT + 1}
    facts["versions"] = {"irene": "9.9"}
    with pytest.raises(AudioFormatError, match=r"newer than .* irene 9\.9; update"):
        read_recording(changed(sample, session_json=json.dumps(facts)))


def test_further_facts_are_left_alone(sample):
    """A newer irene of the same form may add some."""
    facts = {**read_facts(sample), "mood": "good"}
    assert read_recording(changed(sample, session_json=json.dumps(facts))).seconds == 0.1


def test_an_event_that_is_not_known_is_left_out(sample):
    """The list of events only grows."""
    line = json.dumps({"event": "of_the_future", "at": CLOCK.now().isoformat()})
    known = json.dumps({"event": "warning", "message": "x", "at": CLOCK.now().isoformat()})
    recording = read_recording(changed(sample, events_jsonl=f"{line}\n{known}\n"))
    assert [event.event for event in recording.events] == ["warning"]


@pytest.mark.parametrize(
    "parts",
    [
        {"session_json": "[]"},
        {"session_json": "{"},
        {"session_json": None},
        {"config_toml": None},
        {"config_toml": b"\xff\xfe"},
        {"audio_wav": None},
        {"events_jsonl": "{}\nno json\n"},
        {"events_jsonl": '{"event": "warning", "message": "x"}\n'},
        {"chunks_csv": "first_sample,n_samples,count\n5,0,1\n"},
        {"chunks_csv": "9,9,9\n0,1,1\n"},
        {"typed_jsonl": '{"text": "x"}\n'},
        {"session_json": '{"format": 1}'},
    ],
    ids=lambda parts: "-".join(f"{name}:{part!r:.20}" for name, part in parts.items()),
)
def test_a_damaged_recording_is_one_clear_line(sample, parts):
    """That names the file."""
    with pytest.raises(AudioFormatError) as raised:
        read_recording(changed(sample, **parts))
    assert str(raised.value).startswith(str(sample.with_name("changed.irene.zip")))
    assert "\n" not in str(raised.value)


AUDIO_FACTS = (
    '{{"format": 1, "began": "2026-03-01T07:30:00+00:00", "pace": "live", "audio": {{'
    '"sample_rate": {rate}, "channels": 1, "dtype": "int16", "first_sample": {first}}}}}'
)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (AUDIO_FACTS.format(rate="1e400", first=0), "cannot convert float infinity"),
        (AUDIO_FACTS.format(rate=8000, first=-(10**20)), "audio that does not exist"),
        (AUDIO_FACTS.format(rate=8000, first=10**20), "audio that does not exist"),
        ('{"format": 1, "began": "2026-03-01T07:30:00+00:00"}', "audio is missing"),
    ],
    ids=["rate", "before", "beyond", "nothing"],
)
def test_numbers_that_no_audio_has_are_refused(sample, facts, reason):
    """Also those that no machine can count with."""
    with pytest.raises(AudioFormatError, match=reason):
        read_recording(changed(sample, session_json=facts))


@pytest.mark.parametrize(
    "facts",
    ["[1]", "3", '{"format": "x"}', '{"format": 1, "config": 7}', "[" * 100_000, None],
    ids=["list", "number", "version", "config", "deep", "none"],
)
def test_a_list_names_what_is_damaged(sample, facts):
    """As reading all of it does: one such file is no reason to list none."""
    with pytest.raises(AudioFormatError, match="is damaged"):
        read_facts(changed(sample, session_json=facts))


@pytest.mark.parametrize("read", [read_facts, read_recording])
def test_a_folder_that_a_killed_assistant_left_empty_is_damaged(tmp_path, read):
    """It is there: nobody is sent to look for it."""
    folder = tmp_path / "20260301T073000-1.unfinished"
    folder.mkdir()
    with pytest.raises(AudioFormatError, match=r"there is no session\.json in it"):
        read(folder)


@pytest.mark.parametrize("read", [read_facts, read_recording])
def test_a_part_that_would_fill_the_memory_is_not_unpacked(sample, read):
    """A small file may say a lot: what is no audio is small in a recording of ours."""
    huge = changed(sample, session_json=b" " * 100_000_001)
    with pytest.raises(AudioFormatError, match=r"session\.json takes 100 MB"):
        read(huge)


def test_a_file_that_is_cut_off_is_refused(sample, tmp_path):
    """At any length."""
    content = sample.read_bytes()
    for length in range(0, len(content), 97):
        cut = tmp_path / "cut.irene.zip"
        cut.write_bytes(content[:length])
        with pytest.raises(AudioFormatError):
            read_recording(cut)


def test_what_is_no_recording_is_refused(tmp_path, data_folder):
    """A WAV file, an empty folder, and nothing at all."""
    wav = data_folder / "commands" / "rhasspy3__what_time_is_it.wav"
    for path in (wav, tmp_path, tmp_path / "missing.irene.zip"):
        with pytest.raises(AudioFormatError, match=str(path)):
            read_recording(path)


def test_no_part_leads_out_of_the_folder_of_sentences(sample):
    """A recording comes from anybody."""
    copy = changed(sample)
    with zipfile.ZipFile(copy, "a") as file:
        for name in ("../up", "/abs", "0/../../up", "0\\..\\up", "C:/x", "0/en/fine.yaml"):
            file.writestr(f"sentences/{name}", "x")
    assert list(read_recording(copy).sentences) == ["0/en/fine.yaml"]


def test_the_header_of_a_wav_file_is_as_long_as_it_says():
    """44 bytes, with the sizes of what follows."""
    header = wav_header(16000, 2, "int16", 400)
    assert len(header) == 44
    assert header[:4] + header[8:16] == b"RIFFWAVEfmt "
    assert int.from_bytes(header[40:44], "little") == 400
    assert int.from_bytes(header[32:34], "little") == 4
