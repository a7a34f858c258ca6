"""What profiling costs is measured by a command, and an event loop does not feel it."""

import asyncio
import json

import pytest
from test_assistant_script import Stage

from irene import Assistant
from irene.performance.profiling.live import LiveProfiles
from irene.performance.profiling.profile import Level
from irene.performance.publishing.markdown import markers
from irene.studies.overhead import profiling as cost


def measured(tmp_path, *arguments):
    """Run the command; return its page and its values."""
    page, values = tmp_path / "page.md", tmp_path / "values.json"
    first, last = markers(cost.BLOCK)
    page.write_text(f"before\n\n{first}\n{last}\n")
    short = ("--rounds", "1", "--sample-ms", "1", *arguments)
    assert cost.main([*short, "--write", str(page), "--json", str(values)]) == 0
    return page.read_text(), json.loads(values.read_text())


def test_the_cost_of_a_look_is_measured(tmp_path):
    """For several numbers of threads."""
    page, values = measured(tmp_path, "--only", "glance")
    assert "| 64 threads |" in page
    assert [one["key"] for one in values["comparisons"]] == ["glance"]


@pytest.mark.slow
def test_the_cost_of_a_question_is_measured_at_every_level(tmp_path):
    """Beside one without a profile."""
    pytest.importorskip("pocketsphinx", reason="the demonstration needs pocketsphinx")
    page, _ = measured(tmp_path, "--only", "question")
    for name in ("without a profile", *map(str, Level)):
        assert f"| {name} |" in page


@pytest.mark.measures
@pytest.mark.parametrize("memory", [False, True])
def test_the_event_loop_is_not_held_up(memory):
    """While it is looked at; the best of many windows counts, as a busy machine is late, too."""

    async def worst_delay(seconds):
        loop = asyncio.get_running_loop()
        began_s, worst_s = loop.time(), 0.0
        while loop.time() - began_s < seconds:
            due_s = loop.time() + 0.001
            await asyncio.sleep(0.001)
            worst_s = max(worst_s, loop.time() - due_s)
        return worst_s

    async def scene():
        async with Assistant.from_config(Stage().config, registry=Stage().registry()) as assistant:
            profiles = LiveProfiles(assistant)
            looking = asyncio.ensure_future(profiles.profile(Level.DETAILED, 0.6, memory))
            found = []
            while not looking.done():
                found.append(await worst_delay(0.02))
            await looking
            return found

    assert min(asyncio.run(scene())) < 0.005
