"""The parts that build the Vosk test model, and the model that they made."""

import json
import struct
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.digests import MANIFEST, digests
from synthesis.voices import HELD_OUT, TRAINED
from vosk_model import features, graphs, rooms, sentences
from vosk_model.topology import SILENCE, Chain, Topology, align
from vosk_model.transducers import SORTED_BY_OUTPUT, Link, Transducer
from vosk_model.voices import Speakers

MODEL = Path(__file__).parents[1] / "models" / "vosk" / "irene-commands-en"
SMALL = Topology((1, *[2 + number % 3 for number in range(len(sentences.WORDS))]))


def test_texts_have_known_words_or_become_unknown():
    """Commands are within the vocabulary; what is not, is labelled as unknown."""
    random = Random(1)
    for _ in range(300):
        text = sentences.command(random)
        assert sentences.as_labels(text) == text.split()
    assert sentences.as_labels("turn on the elephant") == ["turn", "on", "the", "[unk]"]
    assert not set(sentences.OTHER_WORDS) & set(sentences.WORDS)


def test_the_same_seed_gives_the_same_texts():
    """Order and content do not depend on the run."""
    first, second = (list(sentences.training_texts(50, Random(3))) for _ in range(2))
    assert first == second
    assert first != list(sentences.training_texts(50, Random(4)))


def test_voices_of_tests_are_not_trained_on():
    """Not one variant is in both lists, and each can speak."""
    pytest.importorskip("espeakng_loader", reason="the voices are not installed")
    assert not set(TRAINED) & set(HELD_OUT)
    clip = Speakers.for_tests(Random(2)).say("stop")
    assert clip.text == "stop"
    assert 0.2 < len(clip.samples) / 16000 < 2.0


def test_cepstra_come_every_10_ms_and_know_silence():
    """A second has 98 frames of 25 ms; zeros fall on the floor of the logarithm."""
    zeros = features.cepstra(np.zeros(16000))
    assert zeros.shape == (98, 20)
    assert zeros.dtype == np.float32
    assert zeros[:, 0] == pytest.approx(-15.9424 * np.sqrt(40), rel=1e-4)
    assert np.abs(zeros[:, 1:]).max() < 1e-3


def test_cepstra_do_not_hear_a_constant():
    """A microphone's offset is taken away in each frame."""
    noise = np.random.default_rng(1).standard_normal(4000) * 500
    assert features.cepstra(noise + 900) == pytest.approx(features.cepstra(noise), abs=1e-2)


def test_twice_the_sound_moves_the_first_cepstrum_alone():
    """Loudness is one number: log 4 in every band."""
    noise = np.random.default_rng(2).standard_normal(4000) * 500
    moved = features.cepstra(2 * noise) - features.cepstra(noise)
    assert moved[:, 0] == pytest.approx(np.log(4) * np.sqrt(40), rel=1e-3)
    assert np.abs(moved[:, 1:]).max() < 1e-2


def test_another_vocal_tract_is_the_same_spectrum_elsewhere():
    """A tone at 1000 Hz looks to a factor of 1.2 as one at 1200 Hz to none."""
    time, room = np.arange(4000) / 16000, np.random.default_rng(4).standard_normal(4000) * 30
    low, high = (np.sin(2 * np.pi * hertz * time) * 5000 + room for hertz in (1000, 1200))
    near = np.abs(features.cepstra(high, warp=1.2) - features.cepstra(low)).mean()
    far = np.abs(features.cepstra(high) - features.cepstra(low)).mean()
    assert near < far / 3, (near, far)


def test_every_room_keeps_the_time():
    """All copies of a clip have the same frames, so they share an alignment."""
    rng = np.random.default_rng(3)
    clip = rooms.padded(rng.standard_normal(8000).astype(np.float32), rng)
    lengths = {len(copy) for copy in rooms.copies(clip, rng)}
    assert lengths == {1 + (len(clip) - 400) // 160}


def _paths(chain, n_frames):
    """Return every way through a chain in so many frames, the slow way."""
    n = len(chain.states)
    ways = [[place] for place in range(min(2, n))]
    for _ in range(n_frames - 1):
        ways = [
            [*way, way[-1] + step]
            for way in ways
            for step in (0, 1, 2)
            if way[-1] + step < n and (step < 2 or chain.may_skip[way[-1] + 2])
        ]
    return [way for way in ways if way[-1] >= n - (2 if n > 1 else 1)]


@given(st.integers(0, 10_000), st.integers(1, 2), st.integers(5, 8))
def test_the_alignment_is_the_best_of_all(seed, n_words, n_frames):
    """Viterbi finds what trying every way finds."""
    rng = np.random.default_rng(seed)
    words = [sentences.WORDS[number] for number in (0, 3)][:n_words]
    chain = Chain.of_sentence(SMALL, words)
    scores = rng.standard_normal((n_frames, SMALL.n_states))
    places = [chain.states[way] for way in _paths(chain, n_frames)]
    if not places:
        return
    best = max(sum(scores[np.arange(n_frames), states]) for states in places)
    found = align(scores, chain)
    assert sum(scores[np.arange(n_frames), found]) == pytest.approx(best)


def test_silence_may_be_anywhere_around_words():
    """A sentence of two words has three places for it, none for no word but one."""
    chain = Chain.of_sentence(SMALL, ["a", "again"])
    silence = SMALL.states(SILENCE)[0]
    assert list(chain.states).count(silence) == 3
    assert list(Chain.of_sentence(SMALL, []).states) == [silence]
    assert not chain.may_skip[chain.states == silence].any()


def test_a_graph_is_written_as_openfst_reads_it():
    """Head, states and arcs can be read back, sorted as asked for."""
    graph = Transducer()
    start, end = graph.add_state(), graph.add_state()
    graph.links[start] = [Link(5, 1, 0.5, end), Link(2, 7, 1.5, end)]
    graph.finals[end] = 0.25
    for order, first in ((0x10000000, (2, 7, 1.5, 1)), (SORTED_BY_OUTPUT, (5, 1, 0.5, 1))):
        packed = graph.packed(order)
        assert packed[:4] == struct.pack("<i", 2125659606)
        assert packed[8:14] == b"vector"
        n_states, n_arcs = struct.unpack_from("<qq", packed, len(packed) - 72)
        assert (n_states, n_arcs) == (2, 2)
        assert struct.unpack_from("<iifi", packed, len(packed) - 44) == first
        assert struct.unpack_from("<fq", packed, len(packed) - 12) == (0.25, 0)


def test_the_language_model_adds_up():
    """After every word, all that may follow and the end have a probability of one together."""
    for before, row in graphs.follows().items():
        assert sum(row.values()) == pytest.approx(1.0, abs=0.1), before
        assert set(row) == {*range(len(sentences.WORDS) + 1)}


def test_every_arc_of_the_graphs_is_of_a_known_sound():
    """Transition ids are those of the topology, and every state has a way on."""
    durations = graphs.Durations(np.full(SMALL.n_states, 0.5))
    lexicon = graphs.Lexicon(SMALL, durations)
    for graph in (lexicon.open(), lexicon.fixed(), graphs.language_model()):
        for state, links in enumerate(graph.links):
            assert links or state in graph.finals
            for link in links:
                assert 0 <= link.target < len(graph.links)
                assert 0 <= link.reads <= 2 * SMALL.n_states
                assert link.cost >= 0


def test_durations_are_those_of_the_alignment():
    """A state that lasts for four frames of 30 ms stays with three chances in four."""
    aligned = np.repeat([0, 1, 0] * 50, 12)
    stay = graphs.Durations.of_alignment([aligned], 2, 3).stay
    assert stay[1] == pytest.approx(0.75, abs=0.02)


def test_the_built_model_is_what_its_manifest_says():
    """Digest and size of every file; all together take less than 1.5 MB."""
    manifest = json.loads((MODEL / MANIFEST).read_text("utf-8"))
    assert manifest["files"] == digests(MODEL)
    assert manifest["words"] == list(sentences.WORDS)
    assert sum(file["bytes"] for file in manifest["files"].values()) < 1_500_000


def test_the_network_is_folded_exactly():
    """Normalisations worked into the layers give the same scores as the network itself."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from vosk_model.kaldi_files import folded
    from vosk_model.network import CONTEXT, LAYERS, Network, Trained

    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    network = Network(rng.standard_normal((50, 20)).astype(np.float32) * 3 + 1, 8, 5)
    for norm in network.norm:
        norm.running_mean.normal_()
        norm.running_var.uniform_(0.5, 2.0)
        torch.nn.init.uniform_(norm.weight, 0.5, 1.5)
    network.eval()
    frames = rng.standard_normal((1 + 2 * CONTEXT, 20)).astype(np.float32)
    heard = frames.astype(np.float64)
    for (weights, bias), (taps, distance) in zip(
        folded(Trained(network, [])), (*LAYERS, (1, 1)), strict=True
    ):
        n = len(heard) - (taps - 1) * distance
        spliced = np.concatenate([heard[t * distance : t * distance + n] for t in range(taps)], 1)
        heard = spliced @ weights.T + bias
        if taps > 1:
            heard = np.maximum(heard, 0)
    expected = network(torch.from_numpy(frames[None]))[0, :, 0].detach().numpy()
    assert heard[0] == pytest.approx(expected, abs=1e-4)


@pytest.mark.slow
def test_the_whole_chain_runs(tmp_path):
    """From texts to a folder that the engine loads, with far too little training to be of use."""
    pytest.importorskip("torch", reason="torch is not installed")
    pytest.importorskip("vosk", reason="vosk is not installed")
    from irene_plugins.asr.vosk import VoskAsr, VoskOptions
    from vosk_model.alignment import first_alignment
    from vosk_model.corpus import training_set
    from vosk_model.model_folder import write_model
    from vosk_model.network import train
    from vosk_model.plan import Plan

    topology, lines = Topology.of_words(), []
    corpus = training_set(120, topology, seed=1)
    aligned = first_alignment(corpus, topology)
    assert [len(states) for states in aligned] == [spoken.n_frames for spoken in corpus]
    trained = train(corpus, aligned, Plan(120, 16, 2, (1,)), lines.append)
    assert len(lines) == 2
    write_model(tmp_path, topology, trained)
    asr = VoskAsr(VoskOptions(model=str(tmp_path)))
    asr.load()
    asr.close()
