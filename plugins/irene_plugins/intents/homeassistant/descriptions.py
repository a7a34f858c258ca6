"""What the intents are for, in words that language models understand."""

from __future__ import annotations

from collections.abc import Sequence

from irene import IntentInfo
from irene_plugins.intents.homeassistant.home import Home

_MOST_CHARACTERS = 3000
"""of the names of a home: a language model reads them with every question"""
_SAME_NAME = ("name", "name of the thing, one of those that HassTurnOn lists")
_AREA = ("area", "room; all things of the kind in it are meant unless a name is given")
_DOMAIN = ("domain", "kind of thing when no name is given: light, fan, cover, switch or lock")


def describe(home: Home) -> Sequence[IntentInfo]:
    """Return what can be asked of a home, with its names."""
    name = ("name", f"name of the thing: {_listed(home)}")
    which = dict((name, _AREA, _DOMAIN))
    same = dict((_SAME_NAME, _AREA, _DOMAIN))
    one = dict((_SAME_NAME, _AREA))
    state = {**same, "state": "on, off, open, closed, locked or unlocked, to ask whether it is so"}
    degrees = {**one, "temperature": "degrees, a number"}
    return [
        IntentInfo("HassTurnOn", "Switches on, opens, locks, or starts things.", which),
        IntentInfo("HassTurnOff", "Switches off, closes, or unlocks things.", same),
        IntentInfo("HassToggle", "Switches on what is off, and off what is on.", same),
        IntentInfo("HassStopMoving", "Stops covers that move.", one),
        IntentInfo(
            "HassSetPosition",
            "Moves covers.",
            {**one, "position": "percent, 0 closed to 100 open"},
            ("position",),
        ),
        IntentInfo(
            "HassLightSet",
            "Sets brightness or colour of lights.",
            {**one, "brightness": "percent, 0 to 100", "color": "such as red or warm white"},
        ),
        IntentInfo(
            "HassClimateSetTemperature", "Sets heating or cooling.", degrees, ("temperature",)
        ),
        IntentInfo("HassClimateGetTemperature", "Says how warm it is indoors.", one),
        IntentInfo("HassGetState", "Says how things are.", state),
        IntentInfo("HassGetWeather", "Says the weather outside."),
        IntentInfo("HassMediaPause", "Pauses what plays.", one),
        IntentInfo("HassMediaUnpause", "Goes on playing.", one),
        IntentInfo("HassMediaNext", "Plays the next track.", one),
        IntentInfo("HassMediaPrevious", "Plays the previous track.", one),
        IntentInfo("HassVacuumStart", "Starts a vacuum cleaner.", one),
        IntentInfo("HassVacuumReturnToBase", "Sends a vacuum cleaner home.", one),
    ]


def _listed(home: Home) -> str:
    names = sorted({entity.name for entity in home.entities.values()})
    text = ""
    for name in names:
        longer = f"{text}, {name}" if text else name
        if len(longer) > _MOST_CHARACTERS:
            return f"{text} and more"
        text = longer
    return text
