"""A slowdown that somebody builds in, measured for real beside what it was before."""

from dataclasses import replace
from itertools import count

import pytest

from irene.config.loading import load_config
from irene.performance.benchmark.clips import bundled_clips
from irene.performance.benchmark.measuring import Effort, Measuring
from irene.performance.benchmark.regression import set_side_by_side
from irene.performance.benchmark.work.hearing import vads
from irene.performance.benchmark.work.stage import Stage
from irene.plugin.registry import ComponentRegistry


@pytest.mark.measures
def test_half_as_much_work_again_is_seen_on_this_machine(tmp_path):
    """A real detector of speech hears a real recording; every second time it hears it twice.

    Bounds are generous: whoever runs the tests does other things meanwhile.
    """
    registry = ComponentRegistry.installed()
    config = load_config("demo", registry=registry, environ={})
    clips = bundled_clips(config, registry)
    stage = Stage(config, registry, clips, tmp_path, "energy", lambda *left: None, lambda _: None)
    (usual,) = vads(stage.in_folder())
    turns = count()

    def slower(turn):
        found = usual.call(turn)
        return usual.call(turn) if next(turns) % 2 else found

    planted = replace(usual, provider="planted", call=slower, load=lambda: None)
    effort = Effort(iterations=24, clock="cpu", traces_memory=False)
    before, after = Measuring(effort).measured([usual, planted])
    assert set_side_by_side([before], after).ratio > 1.1
    assert 1.2 < after.calls.mean_s / before.calls.mean_s < 2.0
