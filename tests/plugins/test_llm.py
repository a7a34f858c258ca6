"""The language model handler against a local server that speaks OpenAI's chat completions."""

from __future__ import annotations

import json
import threading
import time
from datetime import datetime, timezone

import pytest
from local_server import closed_port, serving

from irene import (
    FALLBACK_INTENT,
    ConfigurationError,
    HandlerContext,
    Intent,
    IntentHandler,
    IntentInfo,
    ProviderFailedError,
    Response,
)
from irene.testing import ScriptedServices

pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from irene_plugins.intents.llm.chat import Fragment
from irene_plugins.intents.llm.handler import LlmHandler, LlmOptions
from irene_plugins.intents.llm.tools import MAX_CALLS, ToolCalls

KEY = "sk-0123456789abcdef"
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
LATE = "Sorry, the language model takes too long."
FAILED = "Sorry, I cannot answer that right now."
BROKEN = "Sorry, the rest of the answer got lost."


class LampHandler(IntentHandler):
    """What the model may do in these tests."""

    name = "lamp"
    intents = ("SetLamp", "Fail", "Quiet")

    def __init__(self):
        super().__init__()
        self.asked: list[Intent] = []

    def handle(self, intent, context):
        self.asked.append(intent)
        if intent.name == "Fail":
            raise ProviderFailedError("the lamp is broken")
        if intent.name == "Quiet":
            return None
        return Response("The lamp is set.", data={"level": intent.slots["level"]})

    def describe(self):
        slots = {"level": "percent, 0 to 100", "name": "name of the lamp"}
        return [
            IntentInfo("SetLamp", "Sets the lamp.", slots, ("level",)),
            IntentInfo("Fail"),
            IntentInfo("Quiet"),
            IntentInfo(FALLBACK_INTENT, "Has a language model answer."),
        ]


@pytest.fixture
def lamp():
    return LampHandler()


@pytest.fixture
def services(tmp_path, lamp):
    return ScriptedServices(tmp_path, handlers=[lamp])


def event(delta, finish=None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({'choices': [choice]}, ensure_ascii=False)}\n\n".encode()


def streaming(*texts, calls=(), end=b"data: [DONE]\n\n"):
    """Return an answer that streams texts, and calls of tools."""

    def answer(talk, request):
        talk.begin_stream()
        for text in texts:
            talk.chunk(event({"content": text}))
        for call in calls:
            talk.chunk(event({"tool_calls": [call]}))
        talk.chunk(event({}, "tool_calls" if calls else "stop") + end)
        talk.chunk(b"")

    return answer


def in_turn(*answers):
    """Return an answer that is another one at each request; the last one stays."""
    left = list(answers)

    def answer(talk, request):
        (left.pop(0) if len(left) > 1 else left[0])(talk, request)

    return answer


def call(name, arguments, index=0, call_id="c1"):
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return {"index": index, "id": call_id, "function": {"name": name, "arguments": text}}


def handler_for(url, services=None, **options) -> LlmHandler:
    given = {"url": url, "model": "small", "api_key": KEY, **options}
    handler = LlmHandler(LlmOptions(**given))
    handler.load()
    if services is not None:
        handler.start(services)
    return handler


def question(handler, text="why is the sky blue", language="en", conversation="c"):
    """Return the answer that the handler begins to give."""
    context = HandlerContext(NOON, language, conversation=conversation)
    return handler.handle(Intent(FALLBACK_INTENT, text, language), context)


def said(server_answer, services, text="why is the sky blue", **options):
    """Return what is said to a question, and the server with its requests."""
    with serving(server_answer) as server:
        answer = question(handler_for(server.url, services, **options), text)
        return list(answer.pieces), server


@pytest.mark.parametrize("status", [200, 404])
def test_a_server_that_answers_works(status):
    """It is asked for its models, which costs no token; not every server has such a list."""

    def models(talk, request):
        talk.reply(status, {})

    with serving(models) as server:
        handler_for(server.url).probe()
        (request,) = server.requests
    assert (request.method, request.path) == ("GET", "/v1/models")
    assert request.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("status", [401, 503])
def test_a_server_that_refuses_does_not(status):
    """Nor does one that is not there."""

    def models(talk, request):
        talk.reply(status, {})

    with serving(models) as server, pytest.raises(ProviderFailedError, match=f"status {status}"):
        handler_for(server.url).probe()
    with pytest.raises(ProviderFailedError, match="cannot be reached"):
        handler_for(f"http://localhost:{closed_port()}").probe()


def test_an_answer_comes_sentence_by_sentence(services):
    """Wherever the tokens end."""
    spoken, server = said(streaming("Be", "cause. Of Dr", ". Rayleigh", ".", " Yes"), services)
    assert spoken == ["Because.", "Of Dr. Rayleigh.", "Yes"]
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    body = request.json
    assert (body["model"], body["stream"], body["max_tokens"]) == ("small", True, 300)
    assert [*services.warned, *services.failures] == []


def test_the_response_has_no_text_of_its_own(services):
    """Its pieces are the text; whether it listens is configured."""
    with serving(streaming("Yes.")) as server:
        answer = question(handler_for(server.url, services, listens=True))
        assert (answer.text, answer.listens, answer.language) == ("", True, "en")
        assert list(answer.pieces) == ["Yes."]


def test_the_first_sentence_is_there_before_the_last_is_written(services):
    """The voice begins while the model still talks."""
    go_on = threading.Event()

    def answer(talk, request):
        talk.begin_stream()
        talk.chunk(event({"content": "First. S"}))
        assert go_on.wait(5)
        talk.chunk(event({"content": "econd."}, "stop"))
        talk.chunk(b"")

    with serving(answer) as server:
        pieces = question(handler_for(server.url, services)).pieces
        assert next(pieces) == "First."
        go_on.set()
        assert list(pieces) == ["Second."]


def test_letters_may_be_cut_anywhere(services):
    """Single bytes, in the middle of letters and of the chunks of the transfer."""

    def answer(talk, request):
        talk.begin_stream()
        for byte in event({"content": "Grüße 🎉 aus Köln. Tschüß."}, "stop"):
            talk.chunk(bytes([byte]))
        talk.chunk(b"")

    spoken, _ = said(answer, services)
    assert spoken == ["Grüße aus Köln.", "Tschüß."]


def test_a_server_that_does_not_stream_is_understood(services):
    """The whole answer at once."""
    message = {"role": "assistant", "content": "One. Two."}
    whole = {"choices": [{"message": message, "finish_reason": "stop"}]}
    spoken, _ = said(lambda talk, _: talk.reply(200, whole), services)
    assert spoken == ["One.", "Two."]


def test_the_model_is_told_who_it_is(services):
    """Language and time, and the question last."""
    _, server = said(streaming("Yes."), services, text="what now")
    system, user = server.requests[0].json["messages"]
    assert system["role"] == "system"
    assert 'in the language "en"' in system["content"]
    assert "Sunday, 01 March 2026, 12:00" in system["content"]
    assert user == {"role": "user", "content": "what now"}


def test_the_prompt_speaks_the_language(services):
    """German, here."""
    with serving(streaming("Ja.")) as server:
        list(question(handler_for(server.url, services), language="de").pieces)
    assert "Sprachassistent" in server.requests[0].json["messages"][0]["content"]


def test_prompt_and_settings_may_be_ones_own(services):
    """Whatever else stands between braces."""
    options = {"prompt": 'You are {name}. {"x"} {language}', "extra": {"seed": 7}}
    _, server = said(streaming("Yes."), services, **options)
    body = server.requests[0].json
    assert body["messages"][0]["content"] == 'You are {name}. {"x"} en'
    assert body["seed"] == 7


def test_without_a_key_none_is_sent(services):
    """As local servers like it."""
    _, server = said(streaming("Yes."), services, api_key="")
    assert "authorization" not in server.requests[0].headers


def test_a_conversation_is_remembered(services):
    """What was heard, for a while, in its own conversation only."""
    with serving(streaming("Because of air. Really.")) as server:
        handler = handler_for(server.url, services)
        list(question(handler, "why").pieces)
        list(question(handler, "and at night").pieces)
        list(question(handler, "hello", conversation="other").pieces)
        services.advance(601)
        list(question(handler, "again").pieces)
        told = [[one["content"] for one in r.json["messages"][1:]] for r in server.requests]
    assert told == [
        ["why"],
        ["why", "Because of air. Really.", "and at night"],
        ["hello"],
        ["again"],
    ]


def test_closing_the_answer_hangs_up_at_once(services):
    """Barge-in: the server notices, nobody waits, and what was heard is remembered."""
    hung_up = threading.Event()

    def answer(talk, request):
        talk.begin_stream()
        talk.chunk(event({"content": "First. Second"}))
        talk.connection.settimeout(60)
        if talk.connection.recv(1) == b"":
            hung_up.set()

    with serving(answer) as server:
        handler = handler_for(server.url, services)
        pieces = question(handler, "why").pieces
        assert next(pieces) == "First."
        threading.Timer(0.005, pieces.close).start()
        began = time.monotonic()
        assert list(pieces) == []
        assert hung_up.wait(30)
        assert pieces.join(30)
        assert time.monotonic() - began < 30  # else they have waited for the server
        assert [*services.warned, *services.failures] == []
        server.answer = streaming("Yes.")
        list(question(handler, "go on").pieces)
        told = [one["content"] for one in server.requests[-1].json["messages"][1:]]
    assert told == ["why", "First.", "go on"]


def test_an_answer_may_be_closed_before_it_begins(services):
    """And twice, and after its end."""
    with serving(lambda talk, _: talk.wait()) as server:
        pieces = question(handler_for(server.url, services)).pieces
        pieces.close()
        pieces.close()
        assert list(pieces) == []
        assert pieces.join(5)
    assert [*services.warned, *services.failures] == []


def broken_off(talk, request):
    talk.begin_stream()
    talk.chunk(event({"content": "The capital is Paris. It li"}))
    talk.close_connection = True


def error_in_stream(talk, request):
    talk.begin_stream()
    talk.chunk(b'data: {"error": {"message": "out of memory"}}\n\n')
    talk.chunk(b"")


def ends_early(talk, request):
    talk.begin_stream()
    talk.chunk(event({"content": "One. Tw"}))
    talk.chunk(b"")


def raw_event(data):
    def answer(talk, request):
        talk.begin_stream()
        talk.chunk(data)
        talk.chunk(b"")

    return answer


FAILURES = [
    (lambda t, _: t.reply(401, {"error": {"message": f"key {KEY}"}}), "status 401", "does not acc"),
    (lambda t, _: t.reply(404, {"error": "model 'small' not found"}), "'small' not found", FAILED),
    (lambda t, _: t.reply(429, {"error": {"message": "slow down"}}), "429: slow down", FAILED),
    (lambda t, _: t.reply(500, b"oops"), "status 500", FAILED),
    (lambda t, _: t.reply(200, b"<html>"), "not JSON", FAILED),
    (lambda t, _: t.reply(200, {"choices": 7}), "no chat completion", FAILED),
    (lambda t, _: t.reply(200, {"choices": []}), "without a word", FAILED),
    (lambda t, _: t.reply(200, {"choices": [{"message": None}]}), "without a word", FAILED),
    (lambda t, _: t.reply(307, Location="/elsewhere"), "status 307", FAILED),
    (lambda t, _: t.raw(b"SSH-2.0\r\n"), "did not answer in HTTP", FAILED),
    (raw_event(b"data: {nonsense\n\n"), "an event that is not JSON", FAILED),
    (raw_event(b"data: 7\n\n"), "no chat completion", FAILED),
    (raw_event(b"data: \xff\xfe\n\n"), "an event that is not JSON", FAILED),
    (raw_event(b": nothing\n\n"), "broke off in the middle", FAILED),
    (raw_event(b"data: [DONE]\n\n"), "without a word", FAILED),
    (error_in_stream, "broke off: out of memory", FAILED),
]


@pytest.mark.parametrize(("reply", "reason", "text"), FAILURES)
def test_a_model_that_fails_is_said_and_told(services, reply, reason, text):
    """One sentence for the person, one line for whoever runs the assistant, no key in it."""
    spoken, server = said(reply, services)
    (sentence,) = spoken
    assert text in sentence
    (line,) = services.failures
    assert line.startswith(f"llm: the language model at {server.url} ")
    assert reason in line
    assert KEY not in line
    assert "\n" not in line


def test_nobody_there_is_said(services):
    """The server is not running."""
    handler = handler_for(f"http://127.0.0.1:{closed_port()}", services)
    assert list(question(handler).pieces) == ["Sorry, I cannot reach the language model."]


@pytest.mark.parametrize(
    ("reply", "heard"),
    [(broken_off, "The capital is Paris."), (ends_early, "One.")],
)
def test_an_answer_that_breaks_off_is_said_to_be_one(services, reply, heard):
    """What was whole is spoken, half a sentence is not."""
    spoken, _ = said(reply, services)
    assert spoken == [heard, BROKEN]
    assert "broke" in services.failures[0]


def test_an_apology_is_not_remembered(services):
    """The model did not say it."""
    with serving(in_turn(ends_early, streaming("Yes."))) as server:
        handler = handler_for(server.url, services)
        list(question(handler, "a").pieces)
        list(question(handler, "b").pieces)
        told = [one["content"] for one in server.requests[-1].json["messages"][1:]]
    assert told == ["a", "One.", "b"]


def test_a_model_that_says_nothing_is_not_waited_for(services):
    """The time until the first word is bounded."""
    spoken, _ = said(lambda talk, _: talk.wait(), services, first_token_timeout_ms=60)
    assert spoken == [LATE]
    assert services.failures[0].endswith("did not answer within 60 ms")


def test_a_role_is_not_a_word(services):
    """Servers send it before the model has begun."""

    def answer(talk, request):
        talk.begin_stream()
        talk.chunk(event({"role": "assistant", "content": ""}))
        talk.wait()

    assert said(answer, services, first_token_timeout_ms=60)[0] == [LATE]


def test_a_model_that_does_not_end_is_not_waited_for(services):
    """The time of the whole answer is bounded, however steadily it talks."""

    def answer(talk, request):
        talk.begin_stream()
        talk.chunk(event({"content": "Yes. No"}))
        while not talk.server.over.wait(0.005):
            talk.chunk(event({"reasoning_content": "hm"}))

    spoken, _ = said(answer, services, first_token_timeout_ms=5000, answer_timeout_ms=250)
    assert spoken == ["Yes.", BROKEN]
    assert services.failures[0].endswith("did not answer within 250 ms")


def test_a_slow_voice_does_not_use_up_the_time_of_the_answer(services):
    """The model is listened to at its own pace."""
    with serving(streaming("One. Two. Three.")) as server:
        pieces = question(handler_for(server.url, services, answer_timeout_ms=5000)).pieces
        assert pieces.join(5)
        assert list(pieces) == ["One.", "Two.", "Three."]


def test_an_answer_without_end_is_ended(services):
    """Nobody listens that long."""

    def answer(talk, request):
        talk.begin_stream()
        while not talk.server.over.is_set():
            talk.chunk(event({"content": "Again and again. " * 100}))

    spoken, _ = said(answer, services)
    assert 20_000 < sum(map(len, spoken)) < 40_000


# What the model does with tools


def test_the_model_is_offered_what_the_handlers_can(services):
    """With their slots; not itself."""
    _, server = said(streaming("Yes."), services)
    tools = server.requests[0].json["tools"]
    assert [tool["function"]["name"] for tool in tools] == ["SetLamp", "Fail", "Quiet"]
    function = tools[0]["function"]
    assert function["description"] == "Sets the lamp."
    assert function["parameters"]["required"] == ["level"]
    assert function["parameters"]["properties"]["level"] == {
        "type": "string",
        "description": "percent, 0 to 100",
    }


def test_tools_may_be_switched_off(services):
    """Then it only talks."""
    _, server = said(streaming("Yes."), services, tools=False)
    assert "tools" not in server.requests[0].json


def test_a_tool_is_called_and_its_answer_told_to_the_model(services, lamp):
    """Arguments arrive in fragments; numbers become numbers."""
    fragments = [
        call("SetLamp", ""),
        {"index": 0, "function": {"arguments": '{"lev'}},
        {"index": 0, "function": {"arguments": 'el": "40", "name": ""}'}},
    ]
    replies = in_turn(streaming("One moment.", calls=fragments), streaming("Done."))
    spoken, server = said(replies, services, text="dim it")
    assert spoken == ["One moment.", "Done."]
    (intent,) = lamp.asked
    assert (intent.name, intent.text, dict(intent.slots)) == ("SetLamp", "dim it", {"level": 40})
    asked, result = server.requests[1].json["messages"][-2:]
    assert asked["role"] == "assistant"
    assert asked["tool_calls"][0]["id"] == "c1"
    assert asked["tool_calls"][0]["function"]["name"] == "SetLamp"
    assert result["role"] == "tool"
    assert result["tool_call_id"] == "c1"
    assert result["content"] == 'The lamp is set.\n{"level": 40}'


HALF = call("SetLamp", '{"level": "4", "name": "a\\ud83d"}')


def results_of(services, *calls):
    """Return what the model is told of its calls."""
    replies = in_turn(streaming(calls=calls), streaming("Done."))
    spoken, server = said(replies, services)
    assert spoken == ["Done."]
    messages = server.requests[1].json["messages"]
    return [one["content"] for one in messages if one["role"] == "tool"]


def test_several_tools_are_called_in_one_breath(services, lamp):
    """In their order, each with a result of its own."""
    calls = [
        call("SetLamp", {"level": 1}, 0, "a"),
        call("Quiet", {}, 1, "b"),
        call("SetLamp", {"level": 2}, 2, "c"),
    ]
    assert [text.partition("\n")[0] for text in results_of(services, *calls)] == [
        "The lamp is set.",
        "done",
        "The lamp is set.",
    ]
    assert [intent.slots.get("level") for intent in lamp.asked] == [1, None, 2]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (call("Explode", {}), "error: there is no tool 'Explode'"),
        (call(FALLBACK_INTENT, {}), f"error: there is no tool '{FALLBACK_INTENT}'"),
        (call("SetLamp", '{"level": 4'), "error: the arguments are not valid JSON"),
        (call("SetLamp", "[1]"), "error: the arguments are not a JSON object"),
        (call("SetLamp", {}), "error: missing level"),
        (call("SetLamp", {"level": {"of": 3}}), "error: level must be a text or a number"),
        (call("Fail", {}), "error: the lamp is broken"),
    ],
)
def test_a_wrong_call_is_told_to_the_model(services, wrong, reason):
    """It can do better, and nothing breaks."""
    assert results_of(services, wrong) == [reason]
    assert [*services.warned, *services.failures] == []


def test_half_a_character_reaches_no_handler(services, lamp):
    """A server may cut one in two, and what keeps its names could not write it down."""
    spoken, _ = said(in_turn(streaming(calls=[HALF]), streaming("Done.")), services)
    assert spoken == ["Done."]
    assert dict(lamp.asked[0].slots) == {"level": 4, "name": "a?"}


def test_a_model_that_only_calls_tools_is_stopped(services, lamp):
    """After a few rounds it gets no tools any more; if that does not help, it is an error."""
    spoken, server = said(streaming(calls=[call("Quiet", {})]), services)
    assert spoken == [FAILED]
    assert len(server.requests) == 6
    assert "tools" not in server.requests[-1].json
    assert len(lamp.asked) == 5
    assert "tools again and again" in services.failures[0]


def test_a_model_that_gets_no_tools_any_more_may_still_answer(services):
    """What it found out is not lost."""
    rounds = [streaming(calls=[call("Quiet", {})])] * 5
    spoken, _ = said(in_turn(*rounds, streaming("Enough.")), services)
    assert spoken == ["Enough."]
    assert [*services.warned, *services.failures] == []


def test_nothing_is_done_after_somebody_hung_up(services, lamp):
    """A call whose arguments were still coming."""

    def answer(talk, request):
        talk.begin_stream()
        talk.chunk(event({"content": "Well. Now"}))
        talk.chunk(event({"tool_calls": [call("Quiet", {})]}))
        talk.wait()

    with serving(answer) as server:
        pieces = question(handler_for(server.url, services)).pieces
        assert next(pieces) == "Well."
        pieces.close()
        assert pieces.join(5)
    assert lamp.asked == []


def test_calls_without_numbers_are_told_apart():
    """Some servers count nothing, or count every call as the first."""
    unnumbered = ToolCalls()
    for fragment in (
        Fragment(None, "a", "One", '{"x"'),
        Fragment(None, "", "", ": 1}"),
        Fragment(None, "b", "Two", "{}"),
    ):
        unnumbered.add(fragment)
    same = ToolCalls()
    for fragment in (
        Fragment(0, "a", "One", '{"x": 1}'),
        Fragment(0, "b", "Two", "{"),
        Fragment(0, "", "", "}"),
    ):
        same.add(fragment)
    for calls in (unnumbered, same):
        assert [(one.name, one.arguments) for one in calls.complete] == [
            ("One", '{"x": 1}'),
            ("Two", "{}"),
        ]


def test_calls_in_one_breath_are_bounded():
    """A model that has lost its mind."""
    calls = ToolCalls()
    for number in range(100):
        calls.add(Fragment(number, f"c{number}", "Quiet", "{}"))
    assert len(calls.complete) == MAX_CALLS


# What can be wrong before anything is asked


@pytest.mark.parametrize(("options", "cure"), [({}, "set model"), ({"url": ""}, "set url")])
def test_what_must_be_configured_is_said(options, cure):
    """By `irene providers`, before anything is loaded."""
    availability = LlmHandler(LlmOptions(**options)).check()
    assert not availability.ready
    assert cure in availability.cure


def test_a_key_that_no_header_carries_is_found_at_load(tmp_path):
    """And is not shown."""
    file = tmp_path / "key"
    file.write_text("sk-secret\nsk-other\n")
    with pytest.raises(ConfigurationError, match=r"intents\.providers\.llm: ") as raised:
        handler_for("http://127.0.0.1:1", api_key="", api_key_file=str(file))
    assert "sk-secret" not in str(raised.value)


def test_options_do_not_show_the_key():
    """In a traceback or a log."""
    assert KEY not in repr(LlmOptions(api_key=KEY))


def twice(server_answer, services, first="why is the sky blue", second=None, **options):
    """Return both answers to two questions, and how often the server was asked."""
    kept = {"cache_answers": 9, "temperature": 0.0, "prompt": "Be brief.", "memory_turns": 0}
    with serving(server_answer) as server:
        handler = handler_for(server.url, services, **{**kept, **options})
        answers = [list(question(handler, text).pieces) for text in (first, second or first)]
        return answers, len(server.requests)


def test_an_answer_is_kept_for_the_same_question(services):
    """The model is not asked again, and what is said is the same."""
    answers, n_asked = twice(streaming("Because. ", "Of the air."), services)
    assert answers == [["Because.", "Of the air."]] * 2
    assert n_asked == 1


@pytest.mark.parametrize(
    ("second", "options"),
    [
        ("why is the sea blue", {}),
        (None, {"memory_turns": 6}),
        (None, {"cache_answers": 0}),
    ],
    ids=["another question", "more was said before", "nothing is kept"],
)
def test_the_model_is_asked_again_when_anything_differs(services, second, options):
    """All that it is told decides the answer."""
    _, n_asked = twice(streaming("Because."), services, second=second, **options)
    assert n_asked == 2


def test_an_answer_for_which_something_was_done_is_not_kept(services, lamp):
    """The lamp is set each time."""
    talk = in_turn(
        streaming(calls=[call("SetLamp", {"level": 50})]),
        streaming("Done."),
        streaming(calls=[call("SetLamp", {"level": 50})]),
        streaming("Done."),
    )
    answers, _ = twice(talk, services)
    assert answers == [["Done."]] * 2
    assert len(lamp.asked) == 2


def test_an_answer_that_broke_off_is_not_kept(services):
    """The next time it may be whole."""
    broken = streaming("One. ", "Two", end=b"data: nonsense")
    answers, n_asked = twice(in_turn(broken, streaming("One. ", "Two.")), services)
    assert answers[1] == ["One.", "Two."]
    assert n_asked == 2


def test_an_answer_that_nobody_heard_to_its_end_is_remembered_as_far_as_it_was(services):
    """One that was kept is, too."""
    with serving(streaming("One. ", "Two.")) as server:
        handler = handler_for(
            server.url, services, cache_answers=9, temperature=0.0, prompt="Be brief."
        )
        list(question(handler, conversation="").pieces)
        again = question(handler, conversation="c")
        assert next(again.pieces) == "One."
        again.pieces.close()
        assert list(again.pieces) == []
        assert handler._memory.recall("c")[1]["content"] == "One."
        assert len(server.requests) == 1


def test_answers_that_would_differ_cannot_be_kept():
    """A model that chooses its words freely must say so."""
    with pytest.raises(ValueError, match="set temperature = 0"):
        LlmOptions(cache_answers=5)
