"""A profile that was made up, so that what is shown of it is known."""

from irene.performance.profiling.profile import (
    Function,
    Level,
    Memory,
    Profile,
    Sampling,
    Site,
    StackTime,
    Subject,
    Suspect,
    TaskTime,
    ThreadTime,
    Worker,
)

NASTY = "</script><script>alert(1)</script>"
FUNCTIONS = (
    Function("Thread.run", "threading", "/usr/lib/python3.11/threading.py", 982),
    Function("Attempt._work", "irene.components.utterances.attempt", "/x/irene/a.py", 10, "asr"),
    Function(
        "Decoder.decode",
        "irene_plugins.asr.vosk",
        "/x/irene_plugins/asr/vosk.py",
        20,
        "asr",
        "vosk",
    ),
    Function("dot", "engine", "/x/site-packages/engine/native.py", 7),
    Function("Condition.wait", "threading", "/usr/lib/python3.11/threading.py", 320),
)
RUN, WORK, DECODE, DOT, WAIT = range(5)
SPANS = {
    "name": "session",
    "start_ms": 0.0,
    "duration_ms": 1000.0,
    "exclusive_ms": 100.0,
    "children": [
        {"name": "asr", "start_ms": 0.0, "duration_ms": 700.0, "exclusive_ms": 700.0},
        {"name": "tts", "start_ms": 700.0, "duration_ms": 200.0, "exclusive_ms": 200.0},
    ],
}
LEAK = Suspect(
    Site("/x/irene_plugins/asr/vosk.py", 33, "", "asr", 40_000, 40), (10_000, 10_000, 20_000)
)


def stack(*functions, wall_s, cpu_s, waits=False, component="asr", provider="vosk"):
    """Return a stack that was seen now and then."""
    return StackTime(functions, wall_s, cpu_s, 10, component, provider, waits, {"25": wall_s})


def made_up(**changed):
    """Return a profile of two threads; fields may be changed."""
    recogniser = ThreadTime(
        "irene-asr",
        (
            stack(RUN, WORK, DECODE, wall_s=1.0, cpu_s=0.9),
            stack(RUN, WORK, DECODE, DOT, wall_s=2.0, cpu_s=1.8),
            stack(RUN, WORK, WAIT, wall_s=5.0, cpu_s=0.0, waits=True, provider=""),
        ),
        ((2, 2.0), (0, 1.0), (1, 2.0), (2, 3.0)),
    )
    loop = ThreadTime(
        "MainThread",
        (stack(RUN, wall_s=8.0, cpu_s=0.3, component="pipeline", provider=""),),
        ((0, 8.0),),
    )
    fields = {
        "subject": Subject("recording", "demo.wav", "demo", "", 4711, "1.0", "3.11.7"),
        "level": Level.DETAILED,
        "began": 1_800_000_000.0,
        "seconds": 8.0,
        "sampling": Sampling(3000, 0.002, 0.01, 0.1, True),
        "functions": FUNCTIONS,
        "threads": (recogniser, loop),
        "tasks": (TaskTime("Talk._answer", (WORK,), "task Other", 4.0),),
        "utterances": (SPANS, SPANS),
        "laps": 2,
    }
    return Profile(**{**fields, **changed})


def everything():
    """Return one in which nothing is missing."""
    memory = Memory(
        ((0, 1_000_000), (10_000, 2_000_000), (40_000, 3_000_000)),
        "lap",
        1,
        90_000,
        (LEAK.site,),
        (LEAK,),
    )
    return made_up(
        memory=memory,
        workers=(Worker(99, "python", 1.5),),
        is_partial=True,
        sampling=Sampling(3000, 0.002, 0.4, 0.1, False, 2.0),
    )


def named(name):
    """Return a profile in which everything has this name."""
    functions = tuple(
        Function(name, name, name, 1, one.component, one.provider) for one in FUNCTIONS
    )
    return made_up(functions=functions, subject=Subject("recording", name, name))
