"""What a profile says, in every format; no name in it can do harm."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from profiles import DECODE, DOT, NASTY, SPANS, WAIT, WORK, everything, made_up, named

from irene import ConfigurationError, RequestError
from irene.performance.profiling import flame_page as flame
from irene.performance.profiling.analysis import Analysis, by_wall, of_component
from irene.performance.profiling.formats import FORMATS, format_of
from irene.performance.profiling.packing import from_text, packed, to_text, unpacked
from irene.performance.profiling.profile import VERSION, Profile
from irene.performance.profiling.report import report
from irene.performance.profiling.sentences import bottleneck_sentences, leak_sentences, notes
from irene.performance.profiling.text import profile_lines

UNITS = {"none", "nanoseconds", "microseconds", "milliseconds", "seconds", "bytes"}


def function(analysis, place):
    return next(one for one in analysis.functions() if one.place == place)


def test_own_time_and_that_of_callees():
    """Of processor time unless asked otherwise."""
    analysis = Analysis(made_up())
    decode = function(analysis, DECODE)
    assert decode.exclusive_s == pytest.approx(0.9)
    assert decode.inclusive_s == pytest.approx(2.7)
    assert analysis.total_s == pytest.approx(3.0)
    assert function(Analysis(made_up(), by_wall), WAIT).exclusive_s == pytest.approx(5.0)


def test_who_called_whom():
    """The dearest first; time of the callee while this caller had called it."""
    analysis = Analysis(made_up())
    assert [(one.caller, one.seconds) for one in analysis.callers(DOT)] == [
        (DECODE, pytest.approx(1.8))
    ]
    assert [one.callee for one in analysis.callees(WORK)] == [DECODE]
    assert analysis.owned_caller(DOT).name == "Decoder.decode"


def test_recursion_counts_once():
    """A function inside of itself has its time once, and calls itself once."""
    thread = made_up().threads[0]
    again = replace(thread.stacks[0], functions=(WORK, WORK, WORK, DECODE))
    analysis = Analysis(made_up(threads=(replace(thread, stacks=(again,), order=()),)))
    assert function(analysis, WORK).inclusive_s == pytest.approx(0.9)
    assert [one.seconds for one in analysis.callees(WORK)] == [pytest.approx(0.9)] * 2


def test_components_and_what_they_wait_for():
    """Each with its provider; waiting is no processor time."""
    owners = {(one.component, one.provider): one for one in Analysis(made_up()).owners()}
    assert owners["asr", "vosk"].cpu_s == pytest.approx(2.7)
    assert owners["asr", "vosk"].held_up_s == pytest.approx(0.3)
    assert owners["asr", ""].waiting_s == pytest.approx(5.0)
    assert owners["asr", "vosk"].threads == ("irene-asr",)


def test_bottlenecks_are_named_in_sentences():
    """Functions, and stages of the commands, above a fifth; nothing below."""
    sentences = bottleneck_sentences(Analysis(made_up()))
    assert sentences == [
        "dot takes 60% of the processor time (1.8 s), for asr vosk: engine/native.py:25, "
        "called by Decoder.decode (irene_plugins/asr/vosk.py:20).",
        "Decoder.decode takes 30% of the processor time (900 ms), for asr vosk: "
        "irene_plugins/asr/vosk.py:25.",
        "The stage asr takes 70% of the time of a command: 700 of 1000 ms, n = 2.",
    ]


def test_stages_are_set_against_what_a_person_waits_for():
    """From the end of speech to the answer, where that is known."""
    spans = {
        "name": "session",
        "duration_ms": 900.0,
        "exclusive_ms": 0.0,
        "children": [
            {"name": "listening", "duration_ms": 800.0, "exclusive_ms": 800.0},
            {
                "name": "response",
                "duration_ms": 100.0,
                "exclusive_ms": 10.0,
                "children": [{"name": "asr", "duration_ms": 90.0, "exclusive_ms": 90.0}],
            },
        ],
    }
    profile = made_up(utterances=(spans,), threads=())
    assert bottleneck_sentences(Analysis(profile)) == [
        "The stage asr takes 90% of the time to the answer: 90 of 100 ms, n = 1."
    ]


def test_a_component_whose_time_is_spread_is_named_as_a_whole():
    """When none of its functions is above a fifth itself."""
    thread = made_up().threads[0]
    functions = made_up().functions * 4
    stacks = tuple(replace(thread.stacks[0], functions=(place,), cpu_s=0.15) for place in range(20))
    spread = made_up(functions=functions, threads=(replace(thread, stacks=stacks, order=()),))
    (sentence, *_) = bottleneck_sentences(Analysis(spread))
    assert sentence.startswith("asr takes 100% of the processor time, no function of it more")


def test_what_was_not_seen_is_told():
    """Isolated providers, native threads, clocks that there are not, an early end."""
    told = " ".join(notes(everything()))
    assert "Process 99 (python) took 1.5 s" in told
    assert "2 s of processor time belongs to no function" in told
    assert "ended early" in told
    assert "does not tell the processor time" in told
    assert "longest time without a sample was 400 ms" in told
    assert list(notes(made_up())) == []


def test_a_leak_is_told_with_its_line():
    """And its component."""
    (sentence,) = leak_sentences(everything())
    assert sentence == (
        "irene_plugins/asr/vosk.py:33 grew by 13.3 kB in every lap for asr: 3 of 3."
    )
    assert list(leak_sentences(made_up())) == []


def test_one_component_of_a_profile():
    """Its stacks only, in their order; without what belongs to nobody."""
    part = of_component(everything(), "pipeline")
    assert [one.name for one in part.threads] == ["MainThread"]
    assert part.cpu_s == pytest.approx(0.3)
    assert of_component(made_up(), "tts").threads == ()
    first = next(profile_lines(of_component(made_up(), "tts")))
    assert first.startswith("demo.wav, only tts (recording")


@pytest.mark.parametrize("width", [60, 80, 100])
def test_text_has_no_line_that_is_too_long(width):
    """Whatever the names are."""
    for profile in (everything(), named("x" * 300), named("")):
        assert all(len(line) <= width for line in profile_lines(profile, width))


@pytest.mark.parametrize(
    ("seconds", "said"), [(8.0, "% of one core"), (3000.0, ": 0.1% of one core")]
)
def test_a_small_share_of_a_core_is_told_with_a_place_more(seconds, said):
    """Else next to nothing and nothing would read the same."""
    profile = made_up(seconds=seconds)
    (line,) = [one for one in profile_lines(profile) if one.startswith("processor time ")]
    assert line.endswith(said)
    assert ("." in line.partition(": ")[2]) is (seconds > 1000)


def test_text_tells_every_part():
    """Those that there is something to tell of."""
    text = "\n".join(profile_lines(everything()))
    for part in (
        "demo.wav (recording, heard 2 times, configuration demo)",
        "3000 samples, 375 a second (500 wanted); looking took 100 ms, 1.2% of one core",
        "bottlenecks, above 20 %",
        "asr vosk",
        "irene-asr",
        "Decoder.decode",
        "who calls the first of them",
        "tasks that waited",
        "stage of command, ms",
        "memory over 2 laps: traced ",
        "may leak",
        "to be known",
    ):
        assert part in text
    assert "may leak" not in "\n".join(profile_lines(made_up()))


def test_json_can_be_read_again():
    """It is the profile, and its summary beside."""
    data = json.loads(FORMATS["json"](everything()))
    assert (data["format"], data["version"]) == ("irene-profile", VERSION)
    assert Profile.from_dict(data) == everything()
    assert data["summary"]["functions"][0]["name"] == "dot"
    assert data["summary"]["components"][0]["share"] == pytest.approx(2.7 / 5)
    assert report(made_up())["summary"]["leaks"] == []


def test_a_profile_of_another_version_is_refused():
    """In one line that says which."""
    with pytest.raises(ConfigurationError, match="no profile of version 1"):
        Profile.from_dict({**made_up().to_dict(), "version": 99})
    with pytest.raises(ConfigurationError, match="damaged"):
        Profile.from_dict({**made_up().to_dict(), "threads": 3})
    with pytest.raises(ConfigurationError, match="no profile"):
        Profile.from_dict({})


def test_packed_and_unpacked_is_the_same():
    """As bytes and as text; damage is told, not raised through."""
    assert unpacked(packed(everything())) == everything()
    assert from_text(to_text(everything())) == everything()
    for damaged in (b"", b"nonsense", packed(made_up())[:-9]):
        with pytest.raises(ConfigurationError, match="damaged"):
            unpacked(damaged)
    with pytest.raises(ConfigurationError, match="damaged"):
        from_text("%")


def test_a_speedscope_file_is_one():
    """By the facts of its format: frames that exist, a weight for each sample, a known unit."""
    data = json.loads(FORMATS["speedscope"](everything()))
    assert data["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    assert set(data) <= {
        "$schema",
        "shared",
        "profiles",
        "name",
        "activeProfileIndex",
        "exporter",
    }
    frames = data["shared"]["frames"]
    assert all(isinstance(one["name"], str) and one["name"] for one in frames)
    assert all(set(one) <= {"name", "file", "line", "col"} for one in frames)
    for profile in data["profiles"]:
        assert profile["type"] == "sampled"
        assert profile["unit"] in UNITS
        assert len(profile["samples"]) == len(profile["weights"])
        assert all(0 <= at < len(frames) for one in profile["samples"] for at in one)
        assert profile["endValue"] == pytest.approx(sum(profile["weights"]))
        assert profile["startValue"] == 0


def test_a_speedscope_file_has_the_threads_in_the_order_of_time():
    """And all processor time first, by component."""
    data = json.loads(FORMATS["speedscope"](made_up()))
    frames = [one["name"] for one in data["shared"]["frames"]]
    cpu, recogniser, loop = data["profiles"]
    assert cpu["endValue"] == pytest.approx(3.0)
    assert recogniser["name"] == "irene-asr"
    innermost = [frames[one[-1]] for one in recogniser["samples"]]
    assert innermost == ["Condition.wait", "Decoder.decode", "dot", "Condition.wait"]
    assert frames[recogniser["samples"][1][0]] == "[asr vosk]"
    assert loop["weights"] == [8.0]


class Page(HTMLParser):
    """What a browser would make of a page, as far as it matters here."""

    def __init__(self, text):
        super().__init__()
        self.scripts, self.links, self.data, self._open = [], [], "", None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Remember scripts, and everything that would be loaded."""
        attributes = dict(attrs)
        self.links += [attributes[name] for name in ("src", "href") if name in attributes]
        if tag == "script":
            self.scripts.append(attributes)
            self._open = attributes.get("type")

    def handle_data(self, data):
        """Keep the data of the graph."""
        if self._open == "application/json":
            self.data += data

    def handle_endtag(self, tag):
        """Forget which element it is."""
        self._open = None


@pytest.mark.parametrize("profile", [everything(), named(NASTY)], ids=["usual", "nasty"])
def test_a_page_loads_nothing_and_runs_its_own_script_only(profile):
    """Names that look like markup are text; a policy forbids all else."""
    text = FORMATS["html"](profile)
    page = Page(text)
    assert page.links == []
    assert page.scripts == [{"type": "application/json", "id": "profile"}, {}]
    script = Path(flame.__file__).with_name("flame.js").read_text(encoding="utf-8")
    assert f"<script>{script}</script>" in text
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
    assert "default-src &#x27;none&#x27;" in policy
    assert "sha256-" in policy
    data = json.loads(page.data)
    assert data["functions"][0][0] == profile.functions[0].name


def test_a_graph_begins_where_irene_does():
    """Threads, event loop and command line are left out; a stack without irene stays whole."""
    data = flame._data(made_up())
    assert [one[-1] for one in data["stacks"]][:2] == [[WORK, DECODE], [WORK, DECODE, DOT]]
    assert data["stacks"][3][-1] == [0]


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node to run the page's script")
def test_the_script_of_the_page_draws_what_there_is(tmp_path):
    """Boxes are within their parents; what is found is counted once."""
    (tmp_path / "data.json").write_text(json.dumps(flame._data(made_up())))
    script = Path(flame.__file__).with_name("flame.js")
    program = f"""
    const {{ tree, boxes, matched }} = require({json.dumps(str(script))});
    const data = require({json.dumps(str(tmp_path / "data.json"))});
    const root = tree(data, "cpu", "owner");
    const found = boxes(root, root, 0);
    const decode = found.find((one) => one.node.name === "Decoder.decode");
    console.log(JSON.stringify({{
      total: root.value, names: found.map((one) => one.node.name),
      width: decode.width, left: decode.left, matched: matched(root, "decode"),
      zoomed: boxes(root, decode.node, 0).filter((one) => one.width === 1).length,
      narrow: boxes(root, root, 0.5).length,
      wall: tree(data, "wall", "thread").value }}));
    """
    done = subprocess.run(
        ["node", "-e", program], capture_output=True, text=True, check=True, timeout=60
    )
    told = json.loads(done.stdout)
    assert told["total"] == pytest.approx(3.0)
    assert told["wall"] == pytest.approx(16.0)
    assert told["width"] == pytest.approx(0.9)
    assert told["matched"] == pytest.approx(2.7)
    assert {"all", "asr vosk", "Decoder.decode", "dot", "pipeline"} <= set(told["names"])
    assert told["zoomed"] == 4  # itself, and what it is in
    assert told["narrow"] < len(told["names"])


def test_the_ending_of_a_file_names_its_format():
    """What is not known is refused with what would be right."""
    endings = {"a.txt": "text", "a.json": "json", "a.speedscope.json": "speedscope"}
    assert {name: format_of(Path(name)) for name in endings} == endings
    assert format_of(Path("A.HTML")) == "html"
    with pytest.raises(RequestError, match="--format"):
        format_of(Path("a.svg"))


NAMES = st.text(max_size=30)


@settings(max_examples=8)
@given(NAMES)
def test_any_name_can_be_shown(name):
    """In every format; the structured ones can be read again."""
    profile = named(name)
    texts = {form: write(profile) for form, write in FORMATS.items()}
    assert json.loads(texts["json"])["functions"][0]["name"] == name
    assert json.loads(texts["speedscope"])["shared"]["frames"][0]["name"] == name
    assert json.loads(Page(texts["html"]).data)["functions"][0][0] == name


def test_utterances_are_beside_each_other():
    """The latest of many, each under its number."""
    lines = list(profile_lines(made_up(utterances=(SPANS,) * 7)))
    heads = next(line for line in lines if line.startswith("stage of command"))
    assert heads.split()[-5:] == ["3", "4", "5", "6", "7"]
    assert next(line for line in lines if line.startswith("  asr")).split() == ["asr"] + ["700"] * 5
