"""A handler that does things at home, and says how they are, through Home Assistant."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from irene import (
    Availability,
    ConfigurationError,
    HandlerContext,
    Intent,
    IntentInfo,
    ProviderFailedError,
    Response,
    Services,
    hookimpl,
    replace_file,
)
from irene_plugins.intents.network.addresses import RequestFailedError
from irene_plugins.intents.network.deadline import Deadline
from irene_plugins.intents.network.outward import OutwardHandler, ServerOptions, secret_of

if TYPE_CHECKING:
    from irene_plugins.intents.homeassistant.connection import Connection

_FILE = "homeassistant.json"
_FIRST_RETRY = timedelta(seconds=10)
"""until it is asked again after a failure; then twice as long each time"""
_EXPOSED = (
    *("light", "switch", "fan", "cover", "valve", "lock", "climate", "water_heater", "humidifier"),
    *("scene", "script", "media_player", "vacuum", "input_boolean", "weather", "person"),
    *(f"binary_sensor:{kind}" for kind in ("door", "garage_door", "opening", "window", "lock")),
    *(f"sensor:{kind}" for kind in ("temperature", "humidity", "carbon_dioxide")),
)


@dataclass(frozen=True)
class HomeAssistantOptions(ServerOptions):
    """Where Home Assistant is, and what of it can be spoken of."""

    url: str = "http://homeassistant.local:8123"
    """address of Home Assistant"""
    token: str = field(default="", repr=False)
    """long-lived access token (your profile in Home Assistant, "Security"); better `${VARIABLE}`
    than the token itself"""
    token_file: str = field(default="", metadata={"path": True})
    """file that holds the token, instead of `token`"""
    expose: tuple[str, ...] = _EXPOSED
    """what can be spoken of: domains (`light`), device classes (`sensor:temperature`), patterns of
    entity ids (`switch.garden_*`); one that begins with `!` leaves out, the last that fits
    decides"""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """what else things are called: entity id or name by alias, as in `telly = "media_player.tv"`"""
    areas: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """rooms besides those of Home Assistant: entity ids or names by room"""
    area: str = ""
    """room that the assistant stands in: "turn on the light" means there"""
    open_doors: bool = False
    """whether doors may be unlocked, and garage doors and gates opened, by anybody who speaks"""
    refresh_minutes: float = field(default=10.0, metadata={"range": (0.1, 10_000)})
    """how often names and rooms are asked for again; sooner while Home Assistant is away"""


class HomeAssistantHandler(OutwardHandler[HomeAssistantOptions]):
    """Knows the names of a home, calls services and reads states.

    The names are asked for when it is loaded, and every `refresh_minutes`. While Home Assistant is
    away, those of the last time serve, and it is asked again sooner.
    """

    name = "homeassistant"
    summary = "lights, heating, covers, locks ... of Home Assistant (English, German)"
    intents = (
        *("HassTurnOn", "HassTurnOff", "HassToggle", "HassLightSet"),
        *("HassSetPosition", "HassStopMoving", "HassClimateSetTemperature"),
        *("HassVacuumStart", "HassVacuumReturnToBase"),
        *("HassMediaPause", "HassMediaUnpause", "HassMediaNext", "HassMediaPrevious"),
        *("HassGetState", "HassClimateGetTemperature", "HassGetWeather"),
    )
    Options = HomeAssistantOptions

    def __init__(self, options: HomeAssistantOptions | None = None) -> None:
        from irene_plugins.intents.homeassistant.home import Home

        super().__init__(options)
        self.home = Home()
        """what there is, as far as it is known"""
        self._problem: ProviderFailedError | None = None
        """why it could not be asked the last time"""
        self._doubt = ""
        """why rooms are not known; empty when they are"""
        self._misspelt: set[str] = set()
        self._connection: Connection | None = None
        self._cancel: Callable[[], None] | None = None
        self._closed = False
        self._retry = _FIRST_RETRY / 2

    def handle(self, intent: Intent, context: HandlerContext) -> Response:
        """Do what is asked, or say why not."""
        from irene_plugins.intents.homeassistant.commands import COMMANDS, Errand
        from irene_plugins.intents.homeassistant.questions import QUESTIONS
        from irene_plugins.intents.homeassistant.selection import Selector
        from irene_plugins.intents.homeassistant.wording import Wording

        wording = Wording(self.say, context.language)
        errand = Errand(
            intent,
            Selector(self.home, self.options.area),
            self._connected(),
            wording,
            Deadline(self.options.timeout_ms),
            self.options.open_doors,
        )
        try:
            return {**COMMANDS, **QUESTIONS}[intent.name](errand)
        except RequestFailedError as error:
            return self.apology(error, error.trouble, context.language)

    def start(self, services: Services) -> None:
        """Tell what went wrong at load, take the names of the last time, and keep asking."""
        super().start(services)
        if self._problem is not None:
            self.tell(self._problem)
            self._recall(services)
        else:
            self._remember(services)
        if self._doubt:
            services.warn(
                f"{self.configured_as or self.name}: {self._doubt}; take the token of an"
                f" administrator, or list the rooms in [{self._table}.areas]"
            )
        self._warn_of_misspellings(services)
        self._ask_later(services)

    def sentences(self, language: str) -> Mapping[str, Any] | None:
        """Return the templates of the language with the names of the home in their lists."""
        from irene_plugins.intents.homeassistant.vocabulary import lists_of, without_lists

        content = super().sentences(language)
        if content is None:
            return None
        lists = lists_of(self.home, language)
        missing = [name for name in ("name", "area") if lists[name].get("wildcard")]
        known = without_lists(content, missing)
        if not self.home.entities:
            known["intents"] = {}
        return {**known, "lists": {**content["lists"], **lists}}

    def describe(self) -> Sequence[IntentInfo]:
        """Say what the intents are for, with the names of the home."""
        from irene_plugins.intents.homeassistant.descriptions import describe

        return describe(self.home)

    def refresh(self) -> bool:
        """Ask for names and rooms again; return whether they changed.

        Raises:
            RequestFailedError: Home Assistant cannot be asked.
        """
        from irene_plugins.intents.homeassistant.home import build_home

        deadline = Deadline(self.options.timeout_ms)
        connection = self._connected()
        states = connection.states(deadline)
        areas = {**self._areas(connection, deadline), **self.options.areas}
        home = build_home(states, areas, self.options.expose, self.options.aliases)
        changed, self.home = home != self.home, home
        return changed

    def _areas(self, connection: Connection, deadline: Deadline) -> Mapping[str, Sequence[str]]:
        """Return the rooms of Home Assistant; none where it does not tell."""
        try:
            return connection.areas(deadline)
        except RequestFailedError as error:
            if error.trouble in ("unreachable", "late"):
                raise
            self._doubt = "" if self.options.areas else f"rooms are not known: {error}"
            return {}

    def refresh_aside(self) -> threading.Thread:
        """Ask for names and rooms on a thread of its own, and tell the assistant what changed."""
        thread = threading.Thread(
            target=self.refresh_and_plan, name="irene-homeassistant", daemon=True
        )
        thread.start()
        return thread

    def refresh_and_plan(self) -> None:
        """Ask for names and rooms again, tell what changed, and plan the next time."""
        if not self.is_started or self._closed:
            return
        services = self.services
        try:
            changed = self.refresh()
        except ProviderFailedError as error:
            if str(error) != str(self._problem):  # an outage is told of once
                self.tell(error)
            self._problem = error
        else:
            self._problem = None
            self._remember(services)
            self._warn_of_misspellings(services)
            if changed and not self._closed:
                services.sentences_changed()
        self._ask_later(services)

    def _warn_of_misspellings(self, services: Services) -> None:
        """Tell, once, which names of the options the home does not have."""
        from irene_plugins.intents.homeassistant.misspellings import misspellings

        options = self.options
        for line in misspellings(self.home, options.area, options.aliases, options.areas):
            if line not in self._misspelt:
                self._misspelt.add(line)
                services.warn(f"{self._table}.{line}")

    def _ask_later(self, services: Services) -> None:
        if self._closed:
            return
        pause = timedelta(minutes=self.options.refresh_minutes)
        if self._problem is not None:
            self._retry = min(pause, 2 * self._retry)
            pause = self._retry
        else:
            self._retry = _FIRST_RETRY / 2
        self._cancel = services.call_at(services.clock.now() + pause, self._refresh_now)

    def _refresh_now(self) -> None:
        self.refresh_aside()

    def _remember(self, services: Services) -> None:
        """Keep the names for a start without Home Assistant; without a place for them, do not."""
        with suppress(OSError, ProviderFailedError):
            path = services.state_folder() / _FILE
            replace_file(path, json.dumps(self.home.to_json()), durable=False)

    def _recall(self, services: Services) -> None:
        from irene_plugins.intents.homeassistant.home import Home

        try:
            text = (services.state_folder() / _FILE).read_text(encoding="utf-8")
            home = Home.from_json(json.loads(text))
        except (OSError, ProviderFailedError, ValueError, KeyError, TypeError, AttributeError):
            return  # the first start, or a file that somebody damaged: names come later
        if home != self.home:
            self.home = home
            services.sentences_changed()

    def _connected(self) -> Connection:
        from irene_plugins.intents.homeassistant.connection import Connection

        if self._connection is None:
            token = secret_of("token", self.options.token, self.options.token_file)
            headers = {"Authorization": f"Bearer {token}"}
            self._connection = Connection(self.options.client("Home Assistant", headers))
        return self._connection

    def _check(self) -> Availability:
        if not self.options.url:
            return Availability(False, "the address is not known", f"set url in [{self._table}]")
        if not self.options.token and not self.options.token_file:
            return Availability(False, "there is no access token", f"set token in [{self._table}]")
        return super()._check()

    def _load(self) -> None:
        """Ask for the names; without Home Assistant the assistant starts all the same."""
        try:
            self._connected()
        except ConfigurationError as error:
            raise ConfigurationError(f"{self._table}: {error}") from None
        try:
            self.refresh()
        except RequestFailedError as error:
            self._problem = error

    def _close(self) -> None:
        self._closed = True
        if self._cancel is not None:
            self._cancel()


@hookimpl
def irene_intent_handlers() -> list[type[HomeAssistantHandler]]:
    """Offer the handler of Home Assistant."""
    return [HomeAssistantHandler]
