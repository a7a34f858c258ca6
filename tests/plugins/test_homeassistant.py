"""The Home Assistant handler: what it does at home, what it says, and what it does without one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from fake_home import AREAS, GERMAN, TOKEN, FakeHome, state
from local_server import closed_port, serving

from irene import ConfigurationError, HandlerContext, Intent, ProviderFailedError
from irene.testing import ScriptedServices

pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from irene_plugins.intents.homeassistant.commands import COMMANDS
from irene_plugins.intents.homeassistant.handler import (
    HomeAssistantHandler,
    HomeAssistantOptions,
)
from irene_plugins.intents.homeassistant.questions import QUESTIONS


@pytest.fixture
def services(tmp_path):
    return ScriptedServices(tmp_path)


@pytest.fixture
def home():
    return FakeHome()


@pytest.fixture
def server(home):
    with serving(home) as running:
        yield running


def handler_for(url: str, services=None, **options) -> HomeAssistantHandler:
    given = {"url": url, "token": TOKEN, **options}
    handler = HomeAssistantHandler(HomeAssistantOptions(**given))
    handler.load()
    if services is not None:
        handler.start(services)
    return handler


@pytest.fixture
def handler(server, services):
    return handler_for(server.url, services)


def ask(handler, intent, language="en", /, **slots):
    """Return what the handler says to an intent."""
    now = handler.services.clock.now()
    return handler.handle(Intent(intent, "", language, slots), HandlerContext(now, language))


DONE = [
    ("HassTurnOn", {"name": "Kitchen Lamp"}, "light.turn_on", {}, "Turned on Kitchen Lamp."),
    ("HassTurnOn", {"name": "light.kitchen_lamp"}, "light.turn_on", {}, "Turned on Kitchen Lamp."),
    ("HassTurnOff", {"name": "kitchen lamp"}, "light.turn_off", {}, "Turned off Kitchen Lamp."),
    ("HassToggle", {"name": "Kitchen Lamp"}, "light.toggle", {}, "Toggled Kitchen Lamp."),
    ("HassTurnOn", {"name": "Coffee Machine"}, "switch.turn_on", {}, "Turned on Coffee Machine."),
    ("HassTurnOn", {"name": "Front Door"}, "lock.lock", {}, "Locked Front Door."),
    ("HassTurnOn", {"name": "Office Blind"}, "cover.open_cover", {}, "Opening Office Blind."),
    ("HassTurnOff", {"name": "Office Blind"}, "cover.close_cover", {}, "Closing Office Blind."),
    ("HassTurnOff", {"name": "Garage Door"}, "cover.close_cover", {}, "Closing Garage Door."),
    ("HassStopMoving", {"name": "Office Blind"}, "cover.stop_cover", {}, "Stopped Office Blind."),
    ("HassTurnOn", {"name": "Movie Night"}, "scene.turn_on", {}, "Activated Movie Night."),
    ("HassTurnOn", {"name": "Good Night"}, "script.turn_on", {}, "Started Good Night."),
    ("HassVacuumStart", {}, "vacuum.start", {}, "Started Robby."),
    ("HassVacuumReturnToBase", {}, "vacuum.return_to_base", {}, "Sending Robby home."),
    (
        "HassSetPosition",
        {"name": "Office Blind", "position": 20},
        "cover.set_cover_position",
        {"position": 20},
        "Moving Office Blind to 20 percent.",
    ),
    (
        "HassLightSet",
        {"name": "Kitchen Lamp", "brightness": 30},
        "light.turn_on",
        {"brightness_pct": 30},
        "Set Kitchen Lamp to 30 percent.",
    ),
    (
        "HassLightSet",
        {"name": "Kitchen Lamp", "color": "red"},
        "light.turn_on",
        {"color_name": "red"},
        "Set Kitchen Lamp to red.",
    ),
    (
        "HassLightSet",
        {"name": "Kitchen Lamp", "color": "warm white"},
        "light.turn_on",
        {"color_temp_kelvin": 2700},
        "Set Kitchen Lamp to warm white.",
    ),
    (
        "HassLightSet",
        {"name": "Kitchen Lamp", "brightness_step": -20},
        "light.turn_on",
        {"brightness_step_pct": -20},
        "Made Kitchen Lamp darker.",
    ),
    (
        "HassClimateSetTemperature",
        {"temperature": 21.5},
        "climate.set_temperature",
        {"temperature": 21.5},
        "Set Living Room Thermostat to 21.5 degrees.",
    ),
    ("HassMediaPause", {}, "media_player.media_pause", {}, "Paused."),
    ("HassMediaPause", {"name": "Radio"}, "media_player.media_pause", {}, "Paused."),
    ("HassMediaUnpause", {}, "media_player.media_play", {}, "Playing."),
    ("HassMediaNext", {}, "media_player.media_next_track", {}, "Next one."),
    ("HassMediaPrevious", {}, "media_player.media_previous_track", {}, "Previous one."),
]


@pytest.mark.parametrize(("intent", "slots", "service", "data", "text"), DONE)
def test_a_command_calls_its_service(handler, home, intent, slots, service, data, text):
    """With the entity that is meant and what else the service needs, and says so."""
    assert ask(handler, intent, **slots).text == text
    ((called, body),) = home.calls
    assert called == service
    assert {key: value for key, value in body.items() if key != "entity_id"} == data
    (entity_id,) = body["entity_id"]
    assert service.startswith(entity_id.partition(".")[0])


ANSWERED = [
    ("HassGetState", {"name": "Front Door", "state": "locked"}, "Yes, Front Door is locked."),
    ("HassGetState", {"name": "Back Door", "state": "locked"}, "No, Back Door is unlocked."),
    ("HassGetState", {"name": "Kitchen Window", "state": "open"}, "Yes, Kitchen Window is open."),
    ("HassGetState", {"name": "Office Window", "state": "open"}, "No, Office Window is closed."),
    ("HassGetState", {"name": "Kitchen Lamp"}, "Kitchen Lamp is off."),
    ("HassGetState", {"name": "Television", "state": "on"}, "Yes, Television is playing."),
    ("HassGetState", {"name": "Bedroom Temperature"}, "Bedroom Temperature is 18.3 °C."),
    ("HassGetState", {"name": "Ann"}, "Ann is away."),
    ("HassGetState", {"name": "Hall Lamp 2"}, "Hall Lamp 2 cannot be reached."),
    ("HassGetState", {"device_class": "window", "state": "open"}, "Yes: Kitchen Window."),
    (
        "HassGetState",
        {"device_class": "window", "state": "open", "area": "Office"},
        "No.",
    ),
    (
        "HassGetState",
        {"device_class": "window", "state": "closed", "question": "all"},
        "No, not Kitchen Window.",
    ),
    (
        "HassGetState",
        {"device_class": "window", "state": "closed", "question": "which"},
        "Office Window.",
    ),
    (
        "HassGetState",
        {"domain": "light", "state": "on", "question": "which"},
        "Kitchen Ceiling and Reading Light.",
    ),
    ("HassGetState", {"domain": "light", "state": "on", "question": "how_many"}, "2."),
    (
        "HassGetState",
        {"domain": "light", "state": "on", "area": "Upstairs", "question": "how_many"},
        "1.",
    ),
    ("HassGetState", {"domain": "lock", "state": "unlocked", "question": "which"}, "Back Door."),
    (
        "HassClimateGetTemperature",
        {},
        "Living Room Thermostat: 20.5 degrees.",
    ),
    (
        "HassClimateGetTemperature",
        {"area": "Bedroom"},
        "Bedroom Temperature: 18.3 degrees.",
    ),
    (
        "HassGetState",
        {"area": "Kitchen", "domain": "light"},
        "Kitchen Lamp is off. Kitchen Ceiling is on.",
    ),
    (
        "HassGetState",
        {"domain": "cover", "device_class": "window", "state": "open"},
        "Yes: Kitchen Window.",
    ),
    ("HassGetWeather", {}, "It is partly cloudy, 12 degrees."),
]


@pytest.mark.parametrize(("intent", "slots", "text"), ANSWERED)
def test_a_question_is_answered(handler, home, intent, slots, text):
    """From the states as they are now; nothing is changed."""
    assert ask(handler, intent, **slots).text == text
    assert home.calls == []


def test_sentence_files_say_which_answer_fits(handler):
    """Those of Home Assistant have one sentence for "are any" and one for "how many"."""
    slots = {"domain": "light", "state": "on"}
    context = HandlerContext(handler.services.clock.now())
    texts = [
        handler.handle(Intent("HassGetState", "", slots=slots, response_key=key), context).text
        for key in ("any", "all", "which", "how_many")
    ]
    assert texts == [
        "Yes: Kitchen Ceiling and Reading Light.",
        "No, not Kitchen Lamp, Bedroom Light, Reading Light and Hall Lamp 2.",
        "Kitchen Ceiling and Reading Light.",
        "2.",
    ]


def test_all_of_a_kind_in_a_room_are_meant(handler, home):
    """One call for them all."""
    assert ask(handler, "HassTurnOff", area="bedroom", domain="light").text == (
        "Turned off the lights."
    )
    assert home.calls == [
        ("light.turn_off", {"entity_id": ["light.bedroom", "light.reading_1"]}),
    ]


def test_a_floor_is_a_room_of_rooms(handler, home):
    """As Home Assistant knows it."""
    ask(handler, "HassTurnOff", floor="Upstairs", domain="light")
    ((_, body),) = home.calls
    assert body["entity_id"] == ["light.bedroom", "light.reading_1", "light.reading_2"]


def test_everything_in_a_room_is_what_is_switched(handler, home):
    """Lights, fans and players; blinds stay where they are."""
    assert ask(handler, "HassTurnOff", area="Bedroom").text == "Turned off everything."
    assert [service for service, _ in home.calls] == [
        "light.turn_off",
        "fan.turn_off",
        "media_player.turn_off",
    ]


def test_what_cannot_be_reached_is_named_beside_what_was_done(handler, home):
    """Nobody looks for a lamp that stays on."""
    said = ask(handler, "HassTurnOff", domain="light", scope="everywhere").text
    assert said == "Turned off the lights. Hall Lamp 2 cannot be reached."
    ((_, body),) = home.calls
    assert "light.hall_2" not in body["entity_id"]


def test_a_thing_that_cannot_be_reached_is_not_called(handler, home):
    """Home Assistant would take the call, and nothing would happen."""
    assert ask(handler, "HassTurnOn", name="Hall Lamp 2").text == "Hall Lamp 2 cannot be reached."
    home.states.remove(next(one for one in home.states if one["entity_id"] == "switch.coffee"))
    said = ask(handler, "HassTurnOn", name="Coffee Machine").text
    assert said == "Coffee Machine cannot be reached."
    assert home.calls == []


def test_the_room_is_asked_for_where_it_decides(handler, home):
    """Two lamps of one name; a floor is no answer."""
    question = ask(handler, "HassTurnOn", name="Reading Light")
    assert question.text == "In which room: Bedroom or Office?"
    assert question.asks == "area"
    assert home.calls == []
    ask(handler, "HassTurnOn", name="Reading Light", area="Office")
    assert home.calls == [("light.turn_on", {"entity_id": ["light.reading_2"]})]


def test_the_lights_are_those_where_the_assistant_stands(server, home, services):
    """`area` in the options; another room can still be named."""
    handler = handler_for(server.url, services, area="kitchen")
    ask(handler, "HassTurnOff", domain="light")
    ask(handler, "HassTurnOff", domain="light", area="Office")
    assert [body["entity_id"] for _, body in home.calls] == [
        ["light.kitchen_lamp", "light.kitchen_ceiling"],
        ["light.reading_2"],
    ]


def test_a_kind_that_is_not_here_is_looked_for_everywhere(server, home, services):
    """There is one thermostat, and it is in the living room."""
    handler = handler_for(server.url, services, area="Kitchen")
    ask(handler, "HassClimateSetTemperature", temperature=20)
    assert home.calls[0][1]["entity_id"] == ["climate.living"]


@pytest.mark.parametrize(
    ("intent", "slots", "asks", "text"),
    [
        ("HassClimateSetTemperature", {}, "temperature", "To how many degrees?"),
        ("HassLightSet", {"name": "Kitchen Lamp"}, "brightness", "How bright, in percent?"),
        ("HassSetPosition", {"name": "Office Blind"}, "position", "How far, in percent?"),
        ("HassTurnOn", {"domain": "light"}, "area", "In which room: Bedroom, Kitchen or Office?"),
    ],
)
def test_what_is_missing_is_asked_for(handler, home, intent, slots, asks, text):
    """One question, and nothing is done yet."""
    question = ask(handler, intent, **slots)
    assert (question.text, question.asks) == (text, asks)
    assert home.calls == []


@pytest.mark.parametrize(
    ("intent", "slots", "text"),
    [
        ("HassTurnOn", {"name": "Flux Lamp"}, "I do not know of anything called Flux Lamp."),
        (
            "HassTurnOn",
            {"name": "Phone Battery"},
            "I do not know of anything called Phone Battery.",
        ),
        (
            "HassTurnOn",
            {"domain": "light", "area": "Attic"},
            "I do not know of a room called Attic.",
        ),
        (
            "HassTurnOn",
            {"domain": "fan", "area": "Kitchen"},
            "I found nothing of that kind in Kitchen.",
        ),
        ("HassTurnOn", {"domain": "siren"}, "I found nothing of that kind."),
        ("HassTurnOn", {"domain": "sensor"}, "I found nothing of that kind."),
        ("HassTurnOff", {"name": "Movie Night"}, "Movie Night cannot do that."),
        ("HassToggle", {"name": "Front Door"}, "Front Door cannot do that."),
        ("HassLightSet", {"name": "Front Door", "brightness": 5}, "Front Door cannot do that."),
        (
            "HassClimateSetTemperature",
            {"temperature": 45},
            "Living Room Thermostat takes 7 to 30 degrees.",
        ),
        ("HassTurnOff", {"name": "Back Door"}, "I am not allowed to open doors."),
        ("HassTurnOn", {"name": "Garage Door"}, "I am not allowed to open doors."),
        ("HassToggle", {"name": "Garage Door"}, "I am not allowed to open doors."),
        (
            "HassSetPosition",
            {"name": "Garage Door", "position": 10},
            "I am not allowed to open doors.",
        ),
    ],
)
def test_what_cannot_be_done_is_said(handler, home, intent, slots, text):
    """In one sentence, and nothing is done."""
    assert ask(handler, intent, **slots).text == text
    assert home.calls == []


def test_doors_are_opened_where_the_configuration_says_so(server, home, services):
    """Anybody who speaks loud enough can then come in."""
    handler = handler_for(server.url, services, open_doors=True)
    assert ask(handler, "HassTurnOff", name="Front Door").text == "Unlocked Front Door."
    assert ask(handler, "HassTurnOn", name="Garage Door").text == "Opening Garage Door."
    assert [service for service, _ in home.calls] == ["lock.unlock", "cover.open_cover"]


def test_nothing_plays(handler, home):
    """There is nothing to pause."""
    for one in home.states:
        if one["entity_id"].startswith("media_player"):
            one["state"] = "off"
    assert ask(handler, "HassMediaPause").text == "Nothing is playing."
    assert home.calls == []


def test_answers_are_in_the_language_of_the_conversation(home, server, services):
    """German, with a comma in numbers; the names are those of the home."""
    home.__init__(GERMAN)
    handler = handler_for(server.url, services)
    assert ask(handler, "HassTurnOn", "de", name="Küchenlampe").text == "Küchenlampe eingeschaltet."
    said = ask(handler, "HassClimateSetTemperature", "de", temperature=21.5).text
    assert said == "Thermostat auf 21,5 Grad gestellt."
    assert ask(handler, "HassGetWeather", "de").text == "Es ist teilweise bewölkt, 12 Grad."


BROKEN = [
    (lambda talk, _: talk.reply(401), "denied", "Home Assistant does not accept my access token."),
    (lambda talk, _: talk.reply(500), "refused", "Home Assistant could not do that."),
    (
        lambda talk, _: talk.reply(400, {"message": "extra keys not allowed"}),
        "status 400: extra keys not allowed",
        "Home Assistant could not do that.",
    ),
    (
        lambda talk, _: talk.reply(200, b"<html>"),
        "not JSON",
        "I did not understand Home Assistant's answer.",
    ),
    (
        lambda talk, _: talk.reply(200, [7]),
        "no state of light.kitchen_lamp",
        "I did not understand Home Assistant's answer.",
    ),
    (
        lambda talk, _: talk.reply(200, {"entity_id": 1, "state": "on"}),
        "no state of",
        "I did not understand Home Assistant's answer.",
    ),
    (lambda talk, _: talk.raw(b""), "broke the connection off", "I did not understand"),
    (
        lambda talk, _: talk.wait(),
        "did not answer within 80 ms",
        "Home Assistant does not answer.",
    ),
    (
        lambda talk, _: talk.reply(302, Location="https://elsewhere"),
        "status 302",
        "Home Assistant could not do that.",
    ),
]


@pytest.mark.parametrize(("reply", "reason", "text"), BROKEN)
def test_a_broken_home_assistant_is_said_and_told(server, services, reply, reason, text):
    """One sentence for the person, one line for whoever runs the assistant, no token in it."""
    handler = handler_for(server.url, services)
    if "within" in reason:
        handler.options = replace(handler.options, timeout_ms=80)
    server.answer = reply
    assert ask(handler, "HassTurnOn", name="Kitchen Lamp").text.startswith(text)
    (line,) = services.failures
    assert line.startswith(f"homeassistant: Home Assistant at {server.url} ")
    assert reason.replace("denied", "401").replace("refused", "500") in line
    assert TOKEN not in line


def test_a_service_that_fails_is_said(server, home, services):
    """The state could be read, the call did not work."""
    handler = handler_for(server.url, services)

    def answer(talk, request):
        if request.method == "POST":
            talk.reply(500, {"message": "device did not respond"})
        else:
            home(talk, request)

    server.answer = answer
    said = ask(handler, "HassTurnOn", name="Kitchen Lamp").text
    assert said == "Home Assistant could not do that."
    assert services.failures[0].endswith("status 500: device did not respond")


def test_without_an_assistant_the_error_is_raised(server):
    """Nobody would see the line."""
    handler = handler_for(server.url)
    server.answer = BROKEN[0][0]
    intent = Intent("HassTurnOn", "", slots={"name": "Kitchen Lamp"})
    with pytest.raises(ProviderFailedError, match="401"):
        handler.handle(intent, HandlerContext(ScriptedServices(None).clock.now()))


def test_an_assistant_starts_without_home_assistant(services):
    """It understands nothing of the home, and whoever runs it is told why."""
    handler = handler_for(f"http://127.0.0.1:{closed_port()}", services)
    assert handler.sentences("en")["intents"] == {}
    (line,) = services.warned
    assert "cannot be reached: Connection refused" in line
    assert ask(handler, "HassTurnOn", name="Lamp").text == (
        "I do not know of anything called Lamp."
    )


def test_without_home_assistant_lists_take_any_words(services):
    """Sentence files that refer to `{name}` stay valid."""
    lists = handler_for(f"http://127.0.0.1:{closed_port()}", services).sentences("en")["lists"]
    assert lists["name"] == lists["area"] == {"wildcard": True}


def test_it_asks_again_until_home_assistant_is_there(server, home, services):
    """A power cut: the assistant is up first. An outage is told of once."""
    server.answer = lambda talk, _: talk.reply(503)
    handler = handler_for(server.url, services)
    times_s = []

    def refresh_here():
        times_s.append(services.clock.monotonic())
        handler.refresh_and_plan()

    handler.refresh_aside = refresh_here
    services.advance(2000)
    assert times_s == [10, 30, 70, 150, 310, 630, 1230, 1830]
    assert len(services.warned) == 1
    assert services.changed == 0
    server.answer = home
    services.advance(1000)
    assert services.changed == 1
    assert "HassTurnOn" in handler.sentences("en")["intents"]
    assert times_s[-1] == 2430
    services.advance(1000)
    assert services.changed == 1, "nothing new"
    assert times_s[-2:] == [3030, 3630]


def test_new_names_are_found(handler, home, services):
    """A lamp that was bought meanwhile."""
    home.states.append(state("light.new", "on", "New Lamp"))
    handler.refresh_aside().join(5)
    assert services.changed == 1
    assert "New Lamp" in json.dumps(handler.sentences("en")["lists"]["name"])


def test_it_asks_no_more_once_closed(handler, services, server):
    """Nothing is left on the agenda."""
    handler.close()
    before = len(server.requests)
    services.advance(10_000)
    handler.refresh_aside().join(5)
    assert len(server.requests) == before


def test_names_of_the_last_time_serve_until_it_is_there(server, services):
    """The sentences are understood, and the answer says what is wrong."""
    handler_for(server.url, services)
    later = handler_for(f"http://127.0.0.1:{closed_port()}", services)
    assert services.changed == 1
    assert "HassTurnOn" in later.sentences("en")["intents"]
    assert ask(later, "HassTurnOn", name="Kitchen Lamp").text == "I cannot reach Home Assistant."


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"entities": [{}], "areas": {}}', "\0"])
def test_a_damaged_memory_of_names_is_no_memory(text, services, tmp_path):
    """The assistant starts all the same."""
    (tmp_path / "homeassistant.json").write_text(text)
    handler = handler_for(f"http://127.0.0.1:{closed_port()}", services)
    assert handler.home.entities == {}


def test_what_is_remembered_holds_no_secret(server, services, tmp_path):
    """Names and rooms only."""
    handler_for(server.url, services)
    assert TOKEN not in (tmp_path / "homeassistant.json").read_text()


def test_an_older_home_assistant_has_no_floors(server, home, services):
    """The template with floors fails; rooms are known all the same."""
    home.has_floors = False
    handler = handler_for(server.url, services)
    assert set(handler.home.areas) == set(AREAS)
    assert [*services.warned, *services.failures] == []


def test_a_token_that_may_not_fill_in_templates_knows_no_rooms(server, home, services):
    """Names work; whoever runs the assistant is told how rooms come back."""
    home.is_admin = False
    handler = handler_for(server.url, services)
    assert handler.home.areas == {}
    (line,) = services.warned
    assert "rooms are not known" in line
    assert "take the token of an administrator" in line
    intents = handler.sentences("en")["intents"]
    sentences = [
        one for table in intents.values() for block in table["data"] for one in block["sentences"]
    ]
    assert not [one for one in sentences if "area" in one]
    assert ask(handler, "HassTurnOn", name="Kitchen Lamp").text == "Turned on Kitchen Lamp."


def test_rooms_may_stand_in_the_configuration(server, home, services):
    """By entity id or by name."""
    home.is_admin = False
    rooms = {"Den": ("light.bedroom", "Television"), "Void": ("light.none",)}
    handler = handler_for(server.url, services, areas=rooms)
    assert handler.home.areas == {"Den": ("light.bedroom", "media_player.tv")}
    (line,) = services.warned
    assert "areas.Void: nothing is called 'light.none'" in line
    assert services.failures == []


def test_aliases_are_names_too(server, home, services):
    """In the lists, and for intents of other sentence files."""
    handler = handler_for(server.url, services, aliases={"telly": "media_player.tv"})
    assert '"telly"' in json.dumps(handler.sentences("en")["lists"]["name"])
    ask(handler, "HassTurnOff", name="Telly")
    assert home.calls == [("media_player.turn_off", {"entity_id": ["media_player.tv"]})]


@pytest.mark.parametrize(
    ("expose", "names"),
    [
        (("light.bed*",), {"Bedroom Light"}),
        (("lock", "!lock.back"), {"Front Door"}),
        (("!lock.back", "lock"), {"Front Door", "Back Door"}),
        (("sensor:battery",), {"Phone Battery"}),
        ((), set()),
    ],
)
def test_only_what_is_exposed_can_be_spoken_of(server, services, expose, names):
    """Domains, device classes, patterns; the last that fits decides."""
    handler = handler_for(server.url, services, expose=expose)
    assert {entity.name for entity in handler.home.entities.values()} == names


def test_nonsense_among_the_states_is_left_out(server, home, services):
    """One broken integration does not hide the home."""
    home.states += [None, 7, {}, {"entity_id": "x", "state": "on"}, {"entity_id": "light.x"}]
    home.states.append({"entity_id": "light.nameless_one", "state": "on", "attributes": None})
    handler = handler_for(server.url, services)
    assert handler.home.named("nameless one")
    assert "light.x" not in handler.home.entities


@pytest.mark.parametrize(("options", "cure"), [({}, "set token"), ({"url": ""}, "set url")])
def test_what_must_be_configured_is_said(options, cure):
    """By `irene providers`, before anything is loaded."""
    availability = HomeAssistantHandler(HomeAssistantOptions(**options)).check()
    assert not availability.ready
    assert cure in availability.cure


def test_a_token_file_that_is_missing_is_a_mistake_of_the_configuration(tmp_path):
    """Found at load, named with its key."""
    with pytest.raises(ConfigurationError, match=r"intents\.providers\.homeassistant: token_file"):
        handler_for("http://127.0.0.1:1", token="", token_file=str(tmp_path / "none"))


def test_options_do_not_show_the_token():
    """In a traceback or a log."""
    assert TOKEN not in repr(HomeAssistantOptions(token=TOKEN))


def test_every_intent_has_somebody_who_does_it():
    """The names stand in the handler, so that listing it imports nothing else."""
    assert sorted(HomeAssistantHandler.intents) == sorted({**COMMANDS, **QUESTIONS})


def test_every_intent_is_described_for_language_models(handler):
    """With what its slots hold, and the names of the home once."""
    infos = {info.name: info for info in handler.describe()}
    assert set(infos) == set(handler.intents)
    assert all(info.summary for info in infos.values())
    assert "Kitchen Lamp" in infos["HassTurnOn"].slots["name"]
    assert len(json.dumps([vars_of(info) for info in infos.values()])) < 8000


def vars_of(info):
    return {"name": info.name, "summary": info.summary, "slots": dict(info.slots)}


def test_the_names_for_language_models_are_bounded(server, home, services):
    """A large home is not read to the model with every question."""
    home.states += [state(f"light.n{n}", "on", f"Lamp number {n}") for n in range(1000)]
    names = handler_for(server.url, services).describe()[0].slots["name"]
    assert names.endswith("and more")
    assert len(names) < 3500


def test_a_home_is_remembered_as_it_was(handler):
    """Through JSON and back."""
    again = type(handler.home).from_json(json.loads(json.dumps(handler.home.to_json())))
    assert again == handler.home
    assert again != replace(again, areas={})


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"area": "kitchn"}, "area = 'kitchn': there is no such room; did you mean 'Kitchen'?"),
        (
            {"aliases": {"telly": "media_player.tvv"}},
            "aliases.telly = 'media_player.tvv': nothing is called so; did you mean "
            "'media_player.tv'?",
        ),
        (
            {"areas": {"Den": ("light.bedroom", "Televison")}},
            "areas.Den: nothing is called 'Televison'; did you mean 'Television'?",
        ),
    ],
)
def test_a_misspelt_name_in_the_options_is_told_with_what_is_near(server, services, options, line):
    """At the start, once, under its key."""
    handler = handler_for(server.url, services, **options)
    assert services.warned == [f"intents.providers.homeassistant.{line}"]
    handler.refresh_and_plan()
    assert len(services.warned) == 1


def test_names_that_fit_are_not_told_of(server, services):
    """Ids, names and aliases, in any case."""
    handler_for(
        server.url,
        services,
        area="KITCHEN",
        aliases={"telly": "television"},
        areas={"Den": ("light.bedroom",)},
    )
    assert services.warned == []


def test_a_misspelt_room_never_means_the_whole_home(server, home, services):
    """The room is asked for; where no room is known at all, nothing is done."""
    handler = handler_for(server.url, services, area="kitchn")
    assert ask(handler, "HassTurnOff", domain="light").asks == "area"
    home.is_admin = False
    handler = handler_for(server.url, services, area="Kitchen")
    answer = ask(handler, "HassTurnOff", domain="light")
    assert answer.text == "I do not know of a room called Kitchen."
    assert home.calls == []
