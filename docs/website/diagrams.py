"""Draws the diagrams of docs/explanation: `python docs/website/diagrams.py`.

Each is a few boxes and arrows with a place on a grid, as SVG that is readable on light and dark
ground and told in words to those who cannot see it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

FOLDER = Path(__file__).parents[1] / "pictures"
_LINE = 17
"""height of a line of text, pixels"""
_STYLE = """\
text{font:13px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#24292f}
.n{font-weight:600}.m{fill:#57606a;font-size:12px}
.g{fill:#fff}.b{fill:#f6f8fa;stroke:#8c959f}.a{fill:#e0f2ee;stroke:#00795a}.w{fill:#fff4e5;stroke:#b35900}
.l{stroke:#57606a;fill:none;stroke-width:1.5}.d{stroke-dasharray:5 4}.h{fill:#57606a}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.m{fill:#9198a1}.g{fill:#0d1117}
.b{fill:#161b22;stroke:#6e7681}.a{fill:#0f2a24;stroke:#2fc99a}.w{fill:#2d2010;stroke:#f0a030}
.l{stroke:#9198a1}.h{fill:#9198a1}}"""


@dataclass(frozen=True)
class Box:
    """A part or a state."""

    x: int
    """left edge, pixels"""
    y: int
    """upper edge, pixels"""
    name: str
    """its title; lines of explanation follow after line ends"""
    width: int = 150
    tone: str = "b"
    """`b` plain, `a` where the work is done, `w` where something is wrong or is given up"""
    n_lines: int = 2
    """lines that it has room for: boxes side by side have the same"""

    @property
    def height(self) -> int:
        """Pixels."""
        return _LINE * self.n_lines + 14

    def at(self, side: str) -> tuple[float, float]:
        """Return a point of an edge: `l`, `r`, `t` or `b`, and how far along in tenths."""
        share = int(side[1:] or 5) / 10
        if side[0] in "lr":
            return self.x + self.width * (side[0] == "r"), self.y + self.height * share
        return self.x + self.width * share, self.y + self.height * (side[0] == "b")

    def drawn(self) -> Iterator[str]:
        """Yield its shape and text."""
        size = f'width="{self.width}" height="{self.height}"'
        yield f'<rect class="{self.tone}" x="{self.x}" y="{self.y}" {size} rx="6"/>'
        middle, lines = self.x + self.width / 2, self.name.split("\n")
        top = self.y + (self.height - _LINE * len(lines)) / 2
        for number, line in enumerate(lines):
            y = top + 13 + number * _LINE
            look = "m" if number else "n"
            yield _text(middle, y, line, look)


@dataclass(frozen=True)
class Arrow:
    """From one box to another."""

    since: Box
    leaves: str
    """where it leaves, as `Box.at` has it"""
    to: Box
    enters: str
    label: str = ""
    by: Sequence[tuple[float, float]] = ()
    """corners on its way"""
    label_at: tuple[float, float] | None = None
    """middle of the label; above the middle of a straight arrow unless given"""
    is_dashed: bool = False

    def drawn(self) -> Iterator[str]:
        """Yield its line, head and label."""
        points = [self.since.at(self.leaves), *self.by, self.to.at(self.enters)]
        path = "L".join(f"{x:g} {y:g}" for x, y in points)
        yield f'<path class="l{" d" * self.is_dashed}" marker-end="url(#h)" d="M{path}"/>'
        (x, y), (to_x, to_y) = points[0], points[-1]
        at = self.label_at or ((x + to_x) / 2, (y + to_y) / 2 - 6)
        for number, line in enumerate(self.label.split("\n") if self.label else ()):
            yield _text(at[0], at[1] + number * 15, line, "m")


@dataclass(frozen=True)
class Diagram:
    """A picture."""

    name: str
    """of the file, without its ending"""
    title: str
    about: str
    """what there is to see, for those who cannot"""
    width: int
    height: int
    boxes: Sequence[Box]
    arrows: Sequence[Arrow]

    def svg(self) -> str:
        """Return the drawing."""
        size = f'viewBox="0 0 {self.width} {self.height}" width="{self.width}"'
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} height="{self.height}" role="img" '
            'aria-labelledby="t d">',
            f'<title id="t">{escape(self.title)}</title>',
            f'<desc id="d">{escape(self.about)}</desc>',
            f"<style>{_STYLE}</style>",
            '<defs><marker id="h" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
            'markerHeight="8" orient="auto-start-reverse">'
            '<path class="h" d="M0 0L8 4L0 8z"/></marker></defs>',
            f'<rect class="g" width="{self.width}" height="{self.height}" rx="6"/>',
        ]
        for box in self.boxes:
            parts += box.drawn()
        for arrow in self.arrows:
            parts += arrow.drawn()
        return "\n".join([*parts, "</svg>", ""])


def _text(x: float, y: float, text: str, look: str) -> str:
    return f'<text class="{look}" x="{x:g}" y="{y:g}" text-anchor="middle">{escape(text)}</text>'


def _floors() -> Diagram:
    rows = (
        ("cli", "what people type"),
        ("studies", "what irene costs, and how well it hears"),
        ("performance    servers    testing", "figures, programs, authors"),
        ("pipeline", "one conversation, in order"),
        ("components", "a slot for each kind, a router over its providers"),
        ("config", "one TOML file, checked"),
        ("plugin", "finds plugins, one failure at a time"),
        ("providers", "what a provider must be"),
        ("audio", "samples, rates, formats"),
        ("cache    memory    models", "reuse, budgets, model files"),
        ("files    telemetry", "writing whole, times and counters"),
        ("errors    domain", "what we talk about"),
    )
    floors = [
        Box(20, 20 + 54 * number, f"{name}\n{about}", 430, "a" if name == "providers" else "b")
        for number, (name, about) in enumerate(rows)
    ]
    public = Box(530, 128, "irene\nthe public surface:\nevery name that may be used", 220, "a", 3)
    plugins = Box(530, 344, "irene_plugins, and yours\nevery provider", 220)
    engines = Box(
        530,
        560,
        "engines\nvosk, onnxruntime, whisper, ...\nimported by plugins alone",
        220,
        n_lines=3,
    )
    arrows = [
        Arrow(plugins, "t5", public, "b5", "import only", label_at=(682, 272)),
        Arrow(plugins, "b5", engines, "t5", "load when they are asked to", label_at=(734, 484)),
        Arrow(floors[6], "r5", plugins, "l5", "entry points", is_dashed=True),
    ]
    return Diagram(
        "floors",
        "The floors of irene",
        "Twelve floors, from errors and domain at the ground to the command line at the top; each "
        "imports from lower ones only. Plugins, bundled or yours, import only the public surface, "
        "are found through entry points, and alone import engines.",
        830,
        684,
        [*floors, public, plugins, engines],
        arrows,
    )


def _audio_path() -> Diagram:
    microphone = Box(20, 88, "input\nmicrophone, file, pipe", 150, n_lines=3)
    echo = Box(20, 206, "echo canceller\nwhile something is played", 170)
    track = Box(210, 88, "tracks\neach format converted once,\nthe last seconds kept", 180, "a", 3)
    gate = Box(450, 20, "gate\nlouder than the room?", 150)
    wake = Box(660, 20, "voice_trigger\nwindows, a score each", 160)
    vad = Box(450, 96, "vad\nprobability of speech", 150)
    ends = Box(660, 96, "endpointing\nspeech begins and ends", 160)
    asr = Box(450, 196, "asr\nfrom the onset on,\nwhile you speak", 150, "a", 3)
    text = Box(660, 196, "transcript\nthe audio is kept\nuntil it is accepted", 160, n_lines=3)
    intent = Box(660, 306, "understanding\nsentences, handlers", 160)
    voice = Box(450, 306, "tts\nsentence by sentence", 150)
    output = Box(210, 306, "output\nloudspeaker, file", 140)
    arrows = [
        Arrow(microphone, "r5", track, "l5"),
        Arrow(microphone, "b3", echo, "t3", is_dashed=True),
        Arrow(echo, "r3", track, "b1", by=((228, 220),), is_dashed=True),
        Arrow(track, "r2", gate, "l5", by=((420, 101), (420, 44))),
        Arrow(gate, "r5", wake, "l5", "opens"),
        Arrow(track, "r5", vad, "l5"),
        Arrow(vad, "r5", ends, "l5"),
        Arrow(track, "r8", asr, "l5", by=((420, 140), (420, 228.5))),
        Arrow(asr, "r5", text, "l5", "final"),
        Arrow(wake, "b5", ends, "t5", "the cut", label_at=(774, 85)),
        Arrow(ends, "b5", text, "t5", "it is over", label_at=(776, 176)),
        Arrow(text, "b5", intent, "t5"),
        Arrow(intent, "l5", voice, "r5", "answer"),
        Arrow(voice, "l5", output, "r5", "blocks"),
        Arrow(output, "l5", echo, "b4", "what is heard", by=((88, 330),), label_at=(150, 324)),
    ]
    boxes = (microphone, echo, track, gate, wake, vad, ends, asr, text, intent, voice, output)
    return Diagram(
        "audio-path",
        "The way of audio through irene",
        "Input is converted once for each format and kept for some seconds; a gate wakes the "
        "wake-word engine; voice activity finds where speech begins and ends; the recogniser hears "
        "it while it is spoken; its text becomes an answer, a voice and sound, which the echo "
        "canceller takes out of the microphone.",
        840,
        376,
        boxes,
        arrows,
    )


def _session() -> Diagram:
    waiting = Box(20, 130, "waiting\nfor the wake word", 150, n_lines=3)
    listening = Box(250, 130, "listening\nfor a command,\nor hearing one", 150, "a", 3)
    answering = Box(
        490, 130, "answering\nthe rest of the text,\nthe intent, the handler", 170, "a", 3
    )
    speaking = Box(740, 130, "speaking\none sentence\nafter another", 140, "a", 3)
    arrows = [
        Arrow(waiting, "r5", listening, "l5", "wake word", label_at=(210, 150)),
        Arrow(listening, "r5", answering, "l5", "pause,\nor too long", label_at=(445, 140)),
        Arrow(answering, "r5", speaking, "l5", "answer", label_at=(700, 156)),
        Arrow(
            speaking,
            "b7",
            waiting,
            "b3",
            "all is said",
            by=((838, 290), (65, 290)),
            label_at=(450, 284),
        ),
        Arrow(
            listening,
            "b4",
            waiting,
            "b7",
            "nobody speaks",
            by=((310, 240), (125, 240)),
            label_at=(215, 234),
            is_dashed=True,
        ),
        Arrow(
            answering,
            "b5",
            waiting,
            "b5",
            "nothing to say, or every part failed",
            by=((575, 265), (95, 265)),
            label_at=(450, 259),
            is_dashed=True,
        ),
        Arrow(
            speaking,
            "t3",
            listening,
            "t7",
            "the wake word: it falls silent and listens",
            by=((782, 50), (355, 50)),
            label_at=(570, 44),
        ),
        Arrow(
            speaking,
            "t6",
            listening,
            "t3",
            "it asked something: no wake word is needed",
            by=((824, 22), (295, 22)),
            label_at=(570, 16),
        ),
    ]
    return Diagram(
        "session",
        "The states of a session",
        "From waiting to listening with the wake word, to answering with a pause, to speaking with "
        "an answer, and back to waiting. The wake word interrupts the voice; a question is "
        "answered without the wake word; silence and failures lead back to waiting.",
        900,
        310,
        (waiting, listening, answering, speaking),
        arrows,
    )


def _breaker() -> Diagram:
    closed = Box(30, 60, "closed\nit is asked", 150, "a")
    opened = Box(330, 60, "open\nnobody asks it", 150, "w")
    half = Box(630, 60, "half-open\nit is tried", 150)
    arrows = [
        Arrow(closed, "r5", opened, "l5", "failures_in_row,\nor failure_rate", label_at=(255, 58)),
        Arrow(opened, "r5", half, "l5", "open_ms is over", label_at=(555, 76)),
        Arrow(
            half,
            "b6",
            closed,
            "b5",
            "the trials succeed",
            by=((720, 170), (105, 170)),
            label_at=(400, 164),
        ),
        Arrow(
            half,
            "t5",
            opened,
            "t5",
            "one fails: twice as long, up to max_open_ms",
            by=((705, 26), (405, 26)),
            label_at=(555, 20),
            is_dashed=True,
        ),
    ]
    return Diagram(
        "breaker",
        "The circuit breaker of a provider",
        "Closed, a provider is asked. Failures in a row, or too high a rate of them, open the "
        "circuit: nobody asks it. When open_ms is over it is half-open and tried with short "
        "requests: success closes the circuit, failure opens it for twice as long.",
        810,
        186,
        (closed, opened, half),
        arrows,
    )


DIAGRAMS = (_floors(), _audio_path(), _session(), _breaker())
"""every diagram"""


if __name__ == "__main__":
    for diagram in DIAGRAMS:
        FOLDER.joinpath(f"{diagram.name}.svg").write_text(diagram.svg(), encoding="utf-8")
