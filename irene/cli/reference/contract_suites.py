"""The page of the contract suites: what each of them checks, and how they are run."""

from __future__ import annotations

from typing import Any

from irene.testing.contracts.contract import ProviderContract
from irene.testing.contracts.running import checks_of, sentence_of
from irene.testing.contracts.suites import CONTRACT_SUITES

_HEAD = """\
# Contract suites

<!-- written by `make docs` from irene/testing/contracts -->

What a provider of each kind has to keep, as checks that anybody can run. The bundled providers pass
the same ones.

- `irene plugin test DIST` runs them on an installed plugin, without a line of test code.
- In a package's own tests, a class inherits them all:

```python title="test_my_vad.py"
from irene.testing import VadContract
from irene_plugins.vad.energy import EnergyVad


class TestMyVad(VadContract):
    provider = EnergyVad
```

`pytest` finds the checks through the plugin that comes with irene. What is broken is reported in
four lines: the provider, the contract, what happened, and the cure. Where an engine, a model or a
device is missing, the checks that need it are skipped with the reason; `pytest --irene-no-skips`
makes that a failure, for a machine on which all of them are installed.

## What a class may set

| member | default | meaning |
|---|---|---|
"""
_SETTINGS = (
    ("provider", "none", "the provider class"),
    ("options", "`None`", "its options: an object of `Options`, or a mapping of some of them"),
    ("deterministic", "`True`", "whether the same input gives the same result"),
    ("rounds", "`10`", "uses over which memory may not grow; a slow engine gets fewer"),
    ("max_threads", "`0`", "threads that the engine cannot end when it is closed"),
    ("speech_from", "`0.5`", "VADs: probability that a recorded command must reach"),
    ("wake_words", "the first", "voice triggers: words to listen for"),
    ("wakes", "none", "voice triggers: a recording of each of some words, int16 samples"),
    ("recordings", "none", "recognisers: paths of recordings, with what is said"),
    ("texts", '`("one", "twenty two")`', "voices: what they are asked to say"),
    ("reduction_db", "`6.0`", "echo cancellers: by how much an echo must become quieter"),
    ("rates", "several", "converters and outputs: sample rates that are tried, Hz"),
    ("source", "three templates", "intent recognisers: what they are given to understand"),
    ("understood", "two sentences", "intent recognisers: what must be found in `source`"),
    ("known", "none", "handlers: intents with slots to be asked beside the bare ones"),
    ("options_of_none", "none", "inputs: options that lead to something that is not there"),
)
_FIXTURES = """
`new_provider()` may be overridden where a provider needs more than options.

## Fixtures

The pytest plugin brings these, for all tests:

| fixture | what it is |
|---|---|
| `scripted_session` | a `ScriptedSession`: an assistant, into which a test puts its providers |
| `scripted_services` | a `ScriptedServices`: the assistant as handlers see it, on that clock |
| `virtual_clock` | a `VirtualClock`: time that only moves when the test says so |

```python title="test_in_an_assistant.py"
from irene.testing import speech
from irene_plugins.vad.energy import EnergyVad


def test_an_assistant_hears_with_it(scripted_session):
    events = scripted_session.using(EnergyVad).hears(speech())
    assert "transcript" in [event.event for event in events]
```
"""


def render(page: str = "") -> str:
    """Return the page; what was on it does not matter."""
    rows = "".join(f"| `{name}` | {default} | {told} |\n" for name, default, told in _SETTINGS)
    shared = checks_of(ProviderContract)
    parts = [_HEAD + rows + _FIXTURES, _section("Every provider", ProviderContract, shared)]
    for kind, suite in CONTRACT_SUITES.items():
        own = [name for name in checks_of(suite) if name not in shared]
        parts.append(_section(f"`{kind}`: `{suite.__name__}`", suite, own))
    return "\n".join(parts)


def _section(title: str, suite: type[Any], names: list[str]) -> str:
    lines = [f"## {title}", "", "| check | contract |", "|---|---|"]
    for name in names:
        sentence = sentence_of(getattr(suite, name)).replace("|", "\\|")
        lines.append(f"| `{name.removeprefix('test_')}` | {sentence} |")
    return "\n".join([*lines, ""])
