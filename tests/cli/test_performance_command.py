"""`irene performance`: a real run is measured, and shown afterwards and while it goes on."""

import csv
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from irene.cli.performance.dashboard import Dashboard
from irene.cli.performance.report_lines import level_lines, report_lines
from irene.cli.performance.strokes import COARSE, FINE, fitted
from irene.performance.view.report import (
    HitRate,
    Level,
    Report,
    SeenAlert,
    Spread,
    Subject,
    Window,
)

sys.path.append(str(Path(__file__).parents[1] / "performance"))
from kept import facts, sample, utterance, written

pytestmark = pytest.mark.usefixtures("kept_decoders")

PROGRAM = [sys.executable, "-m", "irene"]
LONGEST_WAIT_S = 90.0
STYLE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
NOW = 1_900_000_000.0


def store():
    folder = Path(os.environ["XDG_STATE_HOME"]) / "irene" / "irene" / "performance"
    return folder / "performance.db"


@pytest.fixture
def kept():
    """Twenty commands of an assistant that has ended."""
    written(store(), sample(3.0), *(utterance(n, NOW + n) for n in range(20)))


def test_an_interval_is_one_of_looks(irene):
    """Without `--live` there is one look: the option would be ignored in silence."""
    done = irene("performance", "--interval", "5")
    assert (done.code, done.out) == (2, "")
    assert done.err == "irene performance: --interval goes with --live\n"


@pytest.mark.parametrize("number", ["nan", "inf", "-1"])
def test_minutes_that_cannot_be_counted_are_refused(irene, kept, number):
    """In one line; `nan` is within any bounds."""
    done = irene("performance", "--minutes", number)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)


def test_figures_may_be_written_to_several_files(irene, kept):
    """The first of them was left out in silence."""
    done = irene("performance", "--export", "a.json", "--export", "b.csv")
    assert (done.code, done.out) == (0, "written: a.json\nwritten: b.csv\n")
    assert Path("a.json").exists()


def test_a_file_that_assistants_share_is_told_by_name(irene):
    """`store_path` may be the same for several: each configuration gets its own figures."""
    settings = '[performance]\nstore_path = "shared.db"\n[assistant]\nname = "{}"\n'
    for number, name in enumerate(("kitchen", "bath")):
        Path(f"{name}.toml").write_text(settings.format(name))
        written(Path("shared.db"), utterance(1), run=facts(NOW + number, name))
    for name in ("kitchen", "bath"):
        done = irene("performance", "--config", f"{name}.toml", "--minutes", "9")
        assert done.out.startswith(f"{name} ")


def test_nothing_recorded_is_one_helpful_line(irene):
    """With what would be right, and the exit status of what is missing."""
    found = irene("performance")
    assert (found.code, found.out) == (3, "")
    assert found.err.count("\n") == 1
    assert "nothing is recorded yet; start an assistant with `irene run`" in found.err


def test_a_run_can_be_looked_at_afterwards(irene):
    """A real one: every stage with its figures and the number of commands."""
    assert irene("run", "--config", "demo", "--output", "none").code == 0
    found = irene("performance")
    assert found.code == 0
    assert re.search(r"^irene +ended at .* \(end of input\); process \d+", found.out)
    assert re.search(r"^commands +1: 1 answered$", found.out, re.M)
    for stage in ("response", "asr", "intent", "tts"):
        assert re.search(rf"^ *{stage} +1( +[\d.]+){{5}}$", found.out, re.M), stage
    assert re.search(r"^pocketsphinx +1( +[\d.]+){5}$", found.out, re.M)
    assert re.search(r"^irene_process_resident_bytes +[\d.]+ [MG]B", found.out, re.M)
    report = json.loads(irene("performance", "--json").out)
    assert report["window"]["n_commands"] == 1
    assert {one["name"] for one in report["providers"] if one["calls"]} >= {
        "pocketsphinx",
        "espeak",
    }


def test_a_run_that_is_not_measured_leaves_nothing(irene):
    """Not even an empty file."""
    off = ("--set", "performance.enable_monitoring=false")
    assert irene("run", "--config", "demo", "--output", "none", *off).code == 0
    assert not store().exists()


def test_what_is_kept_is_shown_by_component(irene, kept):
    """`stt` is another name of `asr`."""
    found = irene("performance", "--component", "stt")
    assert re.search(r"^ +asr +20 +300 +300", found.out, re.M)
    assert "listening" not in found.out
    assert found.out == irene("performance", "--component", "asr").out
    nothing = irene("performance", "--component", "tts")
    assert "nothing is measured of tts in this window" in nothing.out
    assert irene("performance", "--component", "vda").err.endswith("did you mean 'vad'?\n")


def test_figures_are_written_to_files(irene, kept, tmp_path):
    """By their endings; the page is one file."""
    made = irene("performance", "--export", "x.csv", "--html", "x.html")
    assert made.out == "written: x.csv\nwritten: x.html\n"
    with (tmp_path / "x.csv").open() as file:
        assert {row["section"] for row in csv.DictReader(file)} >= {"stage", "gauge"}
    assert (tmp_path / "x.html").read_text().startswith("<!doctype html>")
    irene("performance", "--export", "x.json")
    assert json.loads((tmp_path / "x.json").read_text())["stages"][0]["n"] == 20
    assert irene("performance", "--export", "x.txt").code == 2


def test_written_files_leave_standard_output_to_the_object(irene, kept, tmp_path):
    """With --json, what was written is told on standard error."""
    made = irene("performance", "--export", "x.csv", "--json")
    assert json.loads(made.out)["window"]["n_commands"] == 20
    assert made.err == "written: x.csv\n"
    assert (tmp_path / "x.csv").exists()


def test_a_run_that_did_not_start_says_so(irene):
    """It has no figures worth a word, and must not look like one that somebody stopped."""
    missing = ("--set", "asr.default_provider=vosk", "--set", "asr.fallback_providers=[]")
    model = ("--set", "asr.providers.vosk.model=/no/such/model")
    assert irene("run", "--config", "demo", "--output", "none", *missing, *model).code == 3
    assert re.search(r"^irene +ended at .* \(never ready\);", irene("performance").out)


def test_another_assistant_is_named(irene):
    """Each name has a file of its own; without one it is that which ran last."""
    path = store().parents[2] / "kitchen" / "performance" / "performance.db"
    written(path, utterance(), run=facts(assistant="kitchen"))
    assert irene("performance", "--name", "kitchen").out.startswith("kitchen")
    assert irene("performance").out.startswith("kitchen")
    assert irene("performance", "--name", "hall").code == 3


def test_a_file_without_tables_is_not_said_to_be_old(irene):
    """What a disk that was full leaves behind."""
    store().parent.mkdir(parents=True)
    store().touch()
    done = irene("performance")
    assert done.out == ""
    assert done.err.endswith("performance.db: nothing is recorded in it yet; start `irene run`\n")


def test_a_damaged_file_is_one_line(irene):
    """Where it lies, and what to do."""
    store().parent.mkdir(parents=True)
    store().write_bytes(b"no database at all, but a long letter" * 50)
    found = irene("performance")
    assert found.code == 2
    assert found.err.count("\n") == 1
    assert "is damaged" in found.err
    assert "move it away" in found.err


def test_live_goes_without_what_needs_an_end(irene):
    """A usage error."""
    assert irene("performance", "--live", "--minutes", "5").code == 2


def test_what_is_followed_into_a_pipe_is_a_report_each_time(kept):
    """Until Ctrl-C, which is no failure; as JSON a line each."""
    for options, expected in ((), "commands"), (("--json",), '"n_commands": 20'):
        command = [*PROGRAM, "performance", "--live", "--interval", "0.2", *options]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            text = b""
            while text.count(expected.encode()) < 2:
                text += process.stdout.readline()
            process.send_signal(signal.SIGINT)
            rest, errors = process.communicate(timeout=LONGEST_WAIT_S)
        assert (process.returncode, errors) == (0, b"")
        assert b"\x1b" not in text + rest


def test_on_a_terminal_it_draws_and_leaves_the_screen_as_it_was(kept):
    """The assistant is gone: its file is shown; Ctrl-C ends it."""
    shown, code = _on_terminal(*PROGRAM, "performance", "--live", "--interval", "0.2")
    assert code == 0
    assert shown.startswith("\x1b[?1049h\x1b[?25l")
    assert shown.rstrip().endswith("\x1b[?25h\x1b[?1049l")
    text = STYLE.sub("", shown)
    assert "not running (stopped)" in text
    assert re.search(r"asr +20 +300 +300", text)


def _on_terminal(*command):
    """Run on a terminal until it has drawn twice, then press Ctrl-C; return what it wrote."""
    main, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "90", "LINES": "30"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment
    )
    os.close(terminal)
    shown, until, is_asked = b"", time.monotonic() + LONGEST_WAIT_S, False
    while time.monotonic() < until:
        if not select.select([main], [], [], 1.0)[0]:
            continue
        try:
            chunk = os.read(main, 65536)
        except OSError:  # the other end is closed
            break
        if not chunk:
            break
        shown += chunk
        if shown.count(b"\x1b[H") >= 2 and not is_asked:
            process.send_signal(signal.SIGINT)
            is_asked = True
    code = process.wait(LONGEST_WAIT_S)
    os.close(main)
    return shown.decode(), code


# What is drawn


def spread(name, p95, depth=0, component="asr"):
    return Spread(
        component, name, "ms", 20, p95 / 2, p95 / 2, p95, p95, p95, "every command", depth
    )


def level(metric, value, kind="gauge", unit=""):
    return Level("memory", metric, kind, unit, value, value, value, 3, ((NOW, value),))


def report(**parts):
    subject = Subject("irene", 42, "0.1.0", "demo", NOW - 65, True, doing="waiting")
    window = Window(NOW - 65, NOW, 1, 7, "live")
    return Report(subject, window, **parts)


FULL = {
    "stages": [
        spread("session", 4000.0),
        spread("listening", 3000.0, 1),
        spread("vad", 30.0, 2),
        spread("response", 900.0, 1),
        spread("asr", 450.0, 2),
    ],
    "levels": [
        level("irene_process_resident_bytes", 2.85e8, unit="bytes"),
        level("irene_process_cpu_seconds_total", 6.5, "counter", "seconds"),
        level('irene_router_calls_waiting{component="asr"}', 2.0),
        level('irene_cache_size_bytes{cache="phrases"}', 76800.0, unit="bytes"),
    ],
    "hit_rates": [HitRate("memory", "phrases", 15, 20)],
    "alerts": [SeenAlert("slow", "irene_x", "p95", 0.5, 0.7, None, None, "seconds")],
    "providers": [
        {
            "kind": "asr",
            "name": "vosk",
            "serves": True,
            "circuit": "open",
            "calls": 3,
            "share": 1.0,
            "failed": 2,
            "slow": 0,
            "late": 0,
            "latency_ms": None,
            "p95_ms": None,
            "loaded": True,
            "retry_s": 4.0,
            "in_flight": 0,
            "max_concurrency": 1,
            "last_failure": None,
        }
    ],
}


def frame(width=90, height=50, dashboard=None, **parts):
    lines = (dashboard or Dashboard(2.0)).frame(report(**parts), width, height)
    return [STYLE.sub("", line).rstrip() for line in lines]


def test_tables_of_levels_stand_apart():
    """An empty line is between them, and there is none where one of them is missing."""
    lines = [STYLE.sub("", line) for line in level_lines(FULL["levels"])]
    place = lines.index("")
    assert lines[0].startswith("NOW ")
    assert lines[place + 1].startswith("COUNTED ")
    gauges = [one for one in FULL["levels"] if one.kind == "gauge"]
    assert "" not in [STYLE.sub("", line) for line in level_lines(gauges)]


def test_a_frame_shows_what_matters():
    """Alerts first; bars are drawn against the time of an answer."""
    text = "\n".join(frame(**FULL))
    assert "irene  waiting, runs for 1 min 5 s, process 42, demo, 7 commands" in text
    assert "ON  slow: p95 of irene_x was 700 ms, limit 500 ms" in text
    assert re.search(r"^    asr +20 +225 +450 +450  █{15}$", text, re.M)
    assert re.search(r"^  listening +20 +1500 +3000 +3000$", text, re.M)
    assert re.search(r"^memory +285 MB  ▁$", text, re.M)
    assert re.search(r"^processor +10 %  ▁$", text, re.M)
    assert re.search(r"^asr: calls waiting +2", text, re.M)
    assert re.search(r"^phrases +20 +75% +76.8 kB  █", text, re.M)
    assert re.search(r"^asr vosk +3 +2 +- +-  left alone$", text, re.M)


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
@pytest.mark.parametrize("height", [5, 24, 60])
def test_a_frame_fits_every_terminal(width, height):
    """No line is wider, and there are no more of them than the screen has."""
    lines = frame(width, height, **FULL)
    assert max(map(len, lines)) <= width
    assert len(lines) <= max(4, height)
    assert lines[-1].startswith("looks every 2 s; Ctr"[:width])


def test_a_low_screen_leaves_the_stages_of_listening_out():
    """Those of the answer are what somebody waits for."""
    assert any(line.startswith("    vad") for line in frame(height=50, **FULL))
    assert not any(line.startswith("    vad") for line in frame(height=39, **FULL))


def test_what_does_not_fit_is_counted():
    """Nobody takes the screen for all there is."""
    assert re.match(r"\.\.\. \d+ lines more", frame(height=12, **FULL)[-3])


def test_an_idle_assistant_has_a_frame_without_tables():
    """No number without a measurement."""
    assert len(frame()) == 4


def test_courses_grow_from_look_to_look():
    """The processor's is its share of one core since the look before."""
    dashboard = Dashboard(2.0)
    for step in range(3):
        memory = level("irene_process_resident_bytes", 1e8 * (step + 1), unit="bytes")
        lines = frame(dashboard=dashboard, levels=[memory])
    assert any(re.match(r"memory +300 MB  ▁▅█", line) for line in lines)


def test_plain_characters_stand_in_where_a_terminal_has_no_others():
    """An old console draws with what it has."""
    dashboard = Dashboard(2.0, COARSE)
    lines = dashboard.frame(report(**FULL), 90, 50)
    "\n".join(lines).encode("ascii")


@pytest.mark.parametrize("strokes", [FINE, COARSE], ids=["fine", "coarse"])
def test_bars_are_as_long_as_their_share(strokes):
    """From nothing to the whole width; the smallest share is seen."""
    assert strokes.bar(0.0, 10).strip() == ""
    assert strokes.bar(1e-9, 10).strip() == strokes.eighths[0]
    assert strokes.bar(0.5, 10).rstrip() == strokes.eighths[-1] * 5
    assert strokes.bar(7.0, 10) == strokes.eighths[-1] * 10
    assert strokes.course([], 10) == ""
    assert strokes.course([5, 5], 10) == strokes.heights[0] * 2
    assert strokes.course(range(100), 4)[-1] == strokes.heights[-1]


def test_a_styled_line_is_cut_by_what_is_seen():
    """Styles take no room, and end with the line."""
    line = "\x1b[1mbold\x1b[0m and more"
    assert fitted(line, 100) == line
    assert STYLE.sub("", fitted(line, 6)) == "bold a"
    assert fitted(line, 2).endswith("\x1b[0m")


def test_a_narrow_report_keeps_the_telling_columns():
    """The number of values is never left out."""
    for width, heads in ((100, 6), (70, 4), (50, 3)):
        lines = [STYLE.sub("", line) for line in report_lines(report(**FULL), width)]
        (head,) = (line for line in lines if line.startswith("STAGE, MS"))
        assert head.split()[2] == "N"
        assert len(head.split()) == 2 + heads


def test_a_long_name_stands_above_its_figures():
    """Nothing is cut off, and no line is wider than 100 columns."""
    name = 'irene_router_call_seconds{component="voice_trigger", provider="kitchen-microphone-one"}'
    shown = {**FULL, "stages": [spread(name, 30.0), spread("vad", 30.0)]}
    lines = [STYLE.sub("", line) for line in report_lines(report(**shown), 120)]
    assert max(map(len, lines)) <= 100
    at = lines.index(name)
    assert lines[at + 1].split()[0] == "20"
    assert lines[at + 1].startswith(" ")
