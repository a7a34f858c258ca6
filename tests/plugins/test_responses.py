"""Answers that sentence files give themselves: templates in a sandbox."""

from __future__ import annotations

import contextlib
import time
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irene import ConfigurationError, Intent, ProviderFailedError, SentenceSource

pytest.importorskip("hassil", reason="the extra `intents` is not installed")
pytest.importorskip("jinja2", reason="the extra `intents` is not installed")

from irene_plugins.intent_recognition.hassil import HassilRecognizer

NOON = datetime(2026, 3, 1, 12, 5)


def opened(template: str, *sentences: str):
    lists = {"level": {"range": {"from": 0, "to": 100}}}
    blocks = [{"sentences": list(sentences) or ["set {level}"]}]
    content = {
        "intents": {"Test": {"data": blocks}},
        "lists": lists,
        "responses": {"intents": {"Test": {"default": template}}},
    }
    return HassilRecognizer().open_matcher([SentenceSource("test.yaml", "en", content)])


def said(template: str, slots=None, **values) -> str:
    intent = Intent("Test", "set 40", slots=slots or {"level": 40}, response_template=template)
    return opened(template).render(intent, {"now": NOON, **values})


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("It is done.", "It is done."),
        ("Now at {{ slots.level }} percent.", "Now at 40 percent."),
        ("Now at {level} percent.", "Now at 40 percent."),
        ("{{slots.level}} and {level}", "40 and 40"),
        ("{{ slots.level // 2 }}", "20"),
        ("{% if slots.level > 30 %}bright{% else %}dark{% endif %}", "bright"),
        ("{% if slots.room %}in the {{ slots.room }}{% else %}here{% endif %}", "here"),
        ("{{ slots.room | default('here') | capitalize }}", "Here"),
        ("{{ now().strftime('%H:%M') }}", "12:05"),
        ("{% set n = ['a', 'b'] %}\n{% for x in n %}{{ x }}\n{% endfor %}", "a b"),
        ("{{ ['a', 'b'] | join(', ') }}", "a, b"),
        ("{{ 'a' ~ slots.level ~ 'b' }}", "a40b"),
        ("{{ '%02d:%02d' % (1, 2) }} {{ '{:.1f}'.format(2.55) }}", "01:02 2.5"),
        ("{{ {'light': 'the light'}.get('light') }}{{ {}.get('x') }}", "the light"),
        ("{{ 'set_level'.replace('_', ' ') }} {{ 'a-b' | replace('-', ' ') }}", "set level a b"),
        ("{{ [1, 2] | sum }} {{ (2.345) | round(1) }} {{ [3, 1] | sort | first }}", "3 2.3 1"),
        ("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(1) }}", "<1>"),
    ],
)
def test_templates_say_what_they_say_in_home_assistant(template, text):
    """Slots, time, conditions, loops and filters; white space runs into one space."""
    assert said(template) == text


def test_values_of_a_handler_are_there():
    """What a handler found out is spoken by the file's own words, as with Home Assistant."""
    template = (
        "{{ slots.name | capitalize }} is {{ state.state }}, "
        "{{ query.matched | map(attribute='name') | sort | join(' and ') }} {{ slots.date }}"
    )
    query = {"matched": [{"name": "b"}, {"name": "a"}]}
    intent = Intent("Test", "x", slots={"name": "lamp"}, response_template=template)
    values = {"state": {"state": "on"}, "query": query, "slots": {"date": "today"}}
    spoken = opened(template, "is {name}").render(intent, values)
    assert spoken == "Lamp is on, a and b today"


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("In the {{ slots.room }}", "no attribute 'room'"),
        ("{{ state.state }}", "'state' is undefined"),
        ("{{ state_attr('a.b', 'c') }}", "'state_attr' is undefined"),
        ("{{ slots.level / 0 }}", "division by zero"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ slots.pop('level') }}", "unsafe"),
        ("{{ [1, 2] }}", "whole list"),
        ("{% include 'x' %}", "another template (include)"),
        ("{{ 1 | shell }}", "filter shell"),
    ],
)
def test_what_cannot_be_filled_in_is_one_line_that_names_the_place(template, reason):
    """File, key and intent, what is missing, and the slots that there are."""
    with pytest.raises(ProviderFailedError) as caught:
        said(template)
    line = str(caught.value)
    assert line.startswith("test.yaml: response 'default' of intent Test: ")
    assert reason in line
    assert line.endswith("(slots: level)")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ slots.level", "unexpected end of template"),
        ("line\n{% if %}", "line 2: "),
        ("{% for x in y %}", "Unexpected end of template"),
        ("{{ slots.levle }}", "unknown slot 'levle'; did you mean 'level'?"),
        ("{{ slot.level }}", "unknown 'slot'; did you mean 'slots'?"),
        ("{# " + "x" * 10_000 + " #}", "longer than 10000 characters"),
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "nested too deeply"),
    ],
)
def test_mistakes_in_a_template_are_found_when_it_is_loaded(template, reason):
    """The line names file, intent and key."""
    with pytest.raises(ConfigurationError) as caught:
        opened(template)
    assert "test.yaml: response 'default' of intent Test: " in str(caught.value)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{{ states('sensor.x') }}", "'states'"),
        ("{{ 1 | timestamp_custom('%H') }}", "filter timestamp_custom"),
        ("{% from 'tools.jinja' import x %}", "another template (fromimport)"),
        ("{% for i in [1] %}" * 30 + "{% endfor %}" * 30, "so deep a nesting"),
    ],
)
def test_what_only_home_assistant_has_is_a_warning(template, name):
    """The sentences of the file work; the answer may come from a handler."""
    matcher = opened(template)
    (line,) = matcher.warnings()
    assert f"{name} is not known here" in line
    assert matcher.match("set 5", "en").slots == {"level": 5}


BOMBS = [
    "{{ 'x' * 10**9 }}",
    "{{ [0] * 10**9 }}",
    "{{ 10 ** (10 ** 8) }}",
    "{{ 2 ** 9999999 }}",
    "{{ range(10**9) | list | length }}",
    "{% for i in range(10**9) %}{% endfor %}",
    "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "{% for i in range(9999) %}" + "long text " * 200 + "{% endfor %}",
    "{% set ns = namespace(x='ab') %}{% for i in range(99) %}"
    "{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "{% set ns = namespace(x='ab') %}{% for i in range(99) %}"
    "{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "{% set ns = namespace(x=3) %}{% for i in range(99) %}{% set ns.x = ns.x * ns.x %}{% endfor %}",
    "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{{ '%999999999d' % 1 }}",
    "{{ '%*d' % (999999999, 1) }}",
    "{{ '{:999999999}'.format(1) }}",
    "{{ '{:{}}'.format(1, 999999999) }}",
    "{{ '%999999999d' | format(1) }}",
    "{{ 'x'.ljust(999999999) }}",
    "{{ 'x' | center(999999999) }}",
    "{{ (1).to_bytes(999999999, 'big') }}",
    "{{ 1.5 | round(999999999, 'ceil') }}",
    "{% set s = 'a' * 9999 %}{{ s.replace('a', s) }}",
    "{% set s = 'a' * 9999 %}{{ s | replace('a', s) }}",
    "{% set s = 'a' * 9999 %}{{ ([s] * 9999) | join }}",
    "{% set s = 'a' * 9999 %}{{ ''.join([s] * 9999) }}",
    "{% set a = [1] * 999 %}{% set b = [a] * 999 %}{% set c = [b] * 999 %}{{ c }}",
    "{% set a = [1] * 999 %}{% set b = [a] * 999 %}{{ b | string }}",
    "{% set a = [1] * 999 %}{% set b = [a] * 999 %}{{ '%s' % (b,) }}",
    "{% set pay_step = 1 %}{% for i in range(10**9) %}{% endfor %}",
    "{{ lipsum(n=100000) }}",
]


@pytest.mark.measures
@pytest.mark.parametrize("template", BOMBS)
def test_no_template_hangs_or_fills_the_memory(template):
    """What makes much out of little ends with an error at once."""
    began = time.perf_counter()
    with pytest.raises(ProviderFailedError):
        said(template)
    assert time.perf_counter() - began < 2


PIECES = st.sampled_from(
    [
        "{{",
        "}}",
        "{%",
        "%}",
        "if",
        "else",
        "endif",
        "for",
        "in",
        "endfor",
        "set",
        "x",
        "=",
        "slots.level",
        "now()",
        "|",
        "~",
        "+",
        "*",
        "(",
        ")",
        "[",
        "]",
        "'a'",
        "1",
        "join",
        "range(3)",
        ".",
        ",",
        "{",
        "}",
        "{level}",
        "macro",
        "-",
        "#}",
        "{#",
        "text",
    ]
)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(PIECES, max_size=12).map(" ".join))
def test_any_text_is_a_template_or_an_error_that_is_expected(template):
    """Loading raises ConfigurationError or nothing, rendering ProviderFailedError or nothing."""
    intent = Intent("Test", "x", slots={"level": 1}, response_template=template)
    with contextlib.suppress(ConfigurationError, ProviderFailedError):
        spoken = opened(template).render(intent, {"now": NOON})
        assert spoken == " ".join(spoken.split())
