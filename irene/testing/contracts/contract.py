"""What a provider of any kind has to keep: how it is described, made, loaded, used and closed."""

from __future__ import annotations

import dataclasses
import pickle
import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, TypeVar
from unittest import SkipTest

from irene.domain.kinds import Kind
from irene.errors import IreneError
from irene.providers.availability import Availability, Licence
from irene.providers.provider import RESERVED_OPTIONS, Provider
from irene.testing.contracts.breach import ContractBrokenError, require
from irene.testing.contracts.growth import growth_of, threads_since

T = TypeVar("T")

_LIMIT_S = 60.0
"""longest wait for what has to come to an end by itself"""
_SLACK_BYTES = 64 * 1024
"""memory that one use may keep: engines fill bounded caches"""
_SLACK_FILES = 2


class ProviderContract(ABC):
    """The checks that every provider has to pass; a subclass for each kind adds its own.

    A test subclasses the contract of its kind and sets `provider`; every method that begins with
    `test_` is a check, and its docstring is the sentence of the contract that it checks. Where an
    engine or a model is missing, the checks that need it are skipped with the reason.
    """

    kind: ClassVar[Kind]
    """slot that the provider fills"""
    provider: ClassVar[type[Any]]
    """the provider class that is checked"""
    options: ClassVar[Any] = None
    """its options: an object of `Options`, or a mapping of some of them; None for the defaults"""
    deterministic: ClassVar[bool] = True
    """whether the same input gives the same result; False for engines that throw dice"""
    rounds: ClassVar[int] = 10
    """uses over which memory may not grow, twice; fewer for slow engines"""
    max_threads: ClassVar[int] = 0
    """threads that the engine keeps when it is closed, because it cannot end them"""

    _shared: ClassVar[Any] = None

    def new_provider(self) -> Any:
        """Return a new provider that is not loaded; override it where it needs more than options.

        Raises:
            ConfigurationError: the options make no sense.
        """
        options = self.options
        if isinstance(options, Mapping):
            options = self.provider.Options(**options)
        return self.provider(options)

    @abstractmethod
    def use(self, provider: Any, number: int) -> object:
        """Use a loaded provider from the beginning to the end, and return what came of it.

        Args:
            provider: a loaded provider.
            number: which of two inputs that differ it is given: 0 or 1.
        """

    def same(self, one: Any, other: Any) -> bool:
        """Return whether two results of `use` are the same."""
        return bool(one == other)

    def concurrency(self, provider: Any) -> int:
        """Return how many uses may go on at the same time."""
        return int(getattr(provider.capabilities, "max_concurrency", 8))

    @classmethod
    def teardown_class(cls) -> None:
        """Close what the checks of this class used together."""
        shared, cls._shared = cls._shared, None
        if shared is not None:
            shared.close()

    @property
    def loaded(self) -> Any:
        """The provider that all checks of this class use: loaded once, closed in the end.

        Raises:
            SkipTest: its engine or model is missing.
        """
        cls = type(self)
        if cls._shared is None:
            cls._shared = self.new_loaded()
        return cls._shared

    def new_loaded(self) -> Any:
        """Return a loaded provider that belongs to whoever asks.

        Raises:
            SkipTest: its engine or model is missing.
        """
        provider = self.new_provider()
        availability: object = provider.check()
        if isinstance(availability, Availability) and not availability.ready:
            raise SkipTest(f"{provider.kind} provider {provider.name!r}: {availability}")
        provider.load()
        return provider

    def expected(self, work: Callable[[], T]) -> T | IreneError:
        """Return what `work` returns, or the expected error that it raises."""
        try:
            return work()
        except IreneError as error:
            return error

    def on_thread(self, work: Callable[[], T], limit_s: float = _LIMIT_S) -> T:
        """Return what `work` returns on a thread of its own; raise what it raises there.

        Raises:
            ContractBrokenError: it did not come back.
        """
        return self.at_once([work], limit_s)[0]

    def at_once(self, works: Sequence[Callable[[], T]], limit_s: float = _LIMIT_S) -> list[T]:
        """Return what several pieces of work return, each on a thread of its own.

        Raises:
            ContractBrokenError: one did not come back.
        """
        results: dict[int, T] = {}
        errors: list[BaseException] = []
        begin = threading.Barrier(len(works))

        def run(number: int, work: Callable[[], T]) -> None:
            begin.wait(limit_s)
            try:
                results[number] = work()
            except BaseException as error:  # noqa: BLE001 - raised again below, on the test's thread
                errors.append(error)

        threads = [
            threading.Thread(target=run, args=(number, work), daemon=True)
            for number, work in enumerate(works)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(limit_s)
        if errors:
            raise errors[0]
        require(
            len(results) == len(works),
            f"a call had not returned after {limit_s:g} s",
            "return in time, or raise `ProviderFailedError`",
        )
        return [results[number] for number in range(len(works))]

    def test_it_describes_itself(self) -> None:
        """Kind, name, summary and licence are such that irene can list them."""
        cls = self.provider
        require(
            isinstance(cls, type) and issubclass(cls, Provider) and cls.kind is self.kind,
            f"{cls!r} is no provider of the kind {self.kind}",
            f"set `provider` to a subclass of the contract of {self.kind}",
        )
        name = getattr(cls, "name", None)
        require(
            isinstance(name, str) and re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name) is not None,
            f"name is {name!r}",
            "use lower-case letters, digits, `_` and `-`",
        )
        require(
            isinstance(cls.summary, str) and len(cls.summary.splitlines()) <= 1,
            f"summary is {cls.summary!r}",
            "write one line of text",
        )
        require(
            isinstance(cls.licence, Licence) and bool(cls.licence.engine),
            f"licence is {cls.licence!r}",
            'write `licence = Licence("SPDX name of the engine", "of its models")`',
        )

    def test_its_options_are_a_frozen_dataclass(self) -> None:
        """`Options` is a frozen dataclass of keys that belong to the provider."""
        options: Any = self.provider.Options
        require(
            dataclasses.is_dataclass(options) and vars(options)["__dataclass_params__"].frozen,
            f"Options is {options!r}",
            "write `@dataclass(frozen=True)` above it",
        )
        names = {field.name for field in dataclasses.fields(options)}
        taken = ", ".join(sorted(names & RESERVED_OPTIONS))
        require(not taken, f"{taken} belong(s) to irene", "give these options other names")

    def test_its_options_have_values_that_it_takes(self) -> None:
        """Every default lies in the range and has the pattern that the option declares."""
        from irene.config.fields import fields_of

        for field in fields_of(self.provider.Options).values():
            if field.default is dataclasses.MISSING:
                continue
            require(
                field.allows(field.default),
                f"the default of {field.name} is {field.default!r}, it takes {field.expected}",
                "change the default or the metadata of the field",
            )

    def test_its_options_can_go_to_another_process(self) -> None:
        """Options can be pickled: `isolation = "process"` sends them to a process of its own."""
        options = self.new_provider().options
        try:
            back = pickle.loads(pickle.dumps(options))
        except Exception as error:
            raise ContractBrokenError(
                f"{type(error).__name__}: {error}",
                "let options hold text, numbers and tuples, in a class at the top of a module",
            ) from error
        require(back == options, f"{options!r} became {back!r}", "let equal options be equal")

    def test_it_is_not_loaded_when_it_is_made(self) -> None:
        """A provider is made at once; engine and model come with `load`."""
        require(
            not self.new_provider().is_loaded,
            "it was loaded by `__init__`",
            "load the engine in `_load`",
        )

    def test_check_says_what_is_missing_and_the_cure(self) -> None:
        """`check` answers without loading, and what is missing has a cure."""
        provider = self.new_provider()
        answer = provider.check()
        require(
            isinstance(answer, Availability),
            f"check returned {answer!r}",
            "return `READY`, `needs_package(...)` or an `Availability` from `_check`",
        )
        require(
            answer.ready or bool(answer.missing and answer.cure),
            f"check returned {answer!r}",
            "say in `missing` what is not there, and in `cure` the command that brings it",
        )
        require(not provider.is_loaded, "check loaded it", "look for files, import nothing")

    def test_close_without_load_does_nothing(self) -> None:
        """A provider that was never loaded can be closed, twice."""
        provider = self.new_provider()
        provider.close()
        provider.close()

    def test_it_can_be_used(self) -> None:
        """It is loaded and used once; what goes wrong here makes most checks after it fail, too."""
        self.use(self.loaded, 0)

    def test_load_and_close_may_be_called_twice(self) -> None:
        """The second call of each does nothing, and it can be loaded again after that."""
        provider = self.new_loaded()
        try:
            provider.load()
            before = self.use(provider, 0)
            provider.close()
            provider.close()
            require(not provider.is_loaded, "it is loaded after `close`", "override `_close` only")
            provider.load()
            after = self.use(provider, 0)
        finally:
            provider.close()
        self.require_same(before, after, "forget in `_close` what belongs to the engine")

    def test_it_leaves_no_thread_behind(self) -> None:
        """Whatever threads it started have ended when it is closed."""
        before = set(threading.enumerate())
        provider = self.new_loaded()
        try:
            self.use(provider, 0)
        finally:
            provider.close()
        left = threads_since(before)
        names = ", ".join(thread.name for thread in left)
        require(
            len(left) <= self.max_threads,
            f"threads are left: {names}",
            "end them in `_close`, and wait for them",
        )

    def test_it_warms_up_and_answers_a_probe(self) -> None:
        """`warm_up` and `probe` succeed on a provider that works."""
        self.loaded.warm_up()
        self.loaded.probe()

    def test_one_use_does_not_change_the_next(self) -> None:
        """What comes of an input does not depend on what was asked before."""
        first = self.use(self.loaded, 0)
        self.use(self.loaded, 1)
        again = self.use(self.loaded, 0)
        self.require_same(first, again, "keep the state of a use in the object that serves it")

    def test_any_thread_may_use_it(self) -> None:
        """It is loaded on one thread and used on others, one after the other."""
        here = self.use(self.loaded, 0)
        there = self.on_thread(lambda: self.use(self.loaded, 0))
        self.require_same(here, there, "keep nothing in thread-local storage")

    def test_uses_at_the_same_time_do_not_disturb_each_other(self) -> None:
        """As many uses as it declares go on at once, and each has a result of its own."""
        provider = self.loaded
        if self.concurrency(provider) < 2:
            raise SkipTest("one use at a time is all that it declares")
        alone = [self.use(provider, number) for number in (0, 1)]
        works = [partial(self.use, provider, number) for number in (0, 1)]
        for one, other in zip(alone, self.at_once(works), strict=True):
            self.require_same(one, other, "put a lock around the engine, or share nothing")

    def test_many_uses_keep_nothing(self) -> None:
        """Memory, threads and open files do not grow with the number of uses."""
        provider = self.loaded
        growth = growth_of(lambda: self.use(provider, 0), self.rounds)
        cure = "free in `close` of the stream what a use takes, and bound what is kept for later"
        require(
            growth.n_bytes <= _SLACK_BYTES, f"every use keeps {growth.n_bytes / 1024:.0f} KiB", cure
        )
        require(growth.n_files <= _SLACK_FILES, f"{growth.n_files} files are left open", cure)
        require(growth.n_threads <= 0, f"{growth.n_threads} threads are left", cure)

    def require_same(self, one: object, other: object, cure: str) -> None:
        """Go on where two results are the same, or need not be."""
        is_kept = not self.deterministic or self.same(one, other)
        require(is_kept, f"once it was {_shown(one)}, then {_shown(other)}", cure)


def _shown(result: object) -> str:
    text = " ".join(repr(result).split())
    return f"{text[:120]} ..." if len(text) > 120 else text
