"""The canceller of the WebRTC project in a synthetic room."""

from __future__ import annotations

import numpy as np
import pytest
from echo_room import cancelled, removed_db, room, speech

from irene_plugins.echo_cancellation.webrtc import WebRtcCanceller, WebRtcOptions

pytest.importorskip("livekit.rtc.apm", reason="the engine of this plugin is not installed")


@pytest.mark.parametrize("noise_suppression", [False, True])
def test_the_echo_is_removed(noise_suppression):
    """By 25 dB and more, at a delay that the engine has to find."""
    played = speech()
    captured = np.convolve(played, room(0.2))[: len(played)]
    captured += np.random.default_rng(0).standard_normal(len(captured)) * 1e-4
    canceller = WebRtcCanceller(WebRtcOptions(noise_suppression=noise_suppression))
    canceller.warm_up()
    left = cancelled(canceller.open_stream(16000), captured, played)
    assert removed_db(captured, left) > 25


def test_what_was_captured_stays_as_it_was():
    """The engine works in place, on a copy."""
    stream = WebRtcCanceller().open_stream(16000)
    captured = np.full(160, 1000, np.int16)
    captured.flags.writeable = False
    left = stream.process(captured, np.zeros(160, np.int16))
    assert (captured == 1000).all()
    assert left.dtype == np.int16
    assert left.shape == (160,)


@pytest.mark.parametrize("rate", [32000, 48000])
def test_every_declared_rate_is_taken(rate):
    """Blocks are 10 ms of any of them."""
    stream = WebRtcCanceller().open_stream(rate)
    block = np.zeros(rate // 100, np.int16)
    assert stream.process(block, block).shape == block.shape
