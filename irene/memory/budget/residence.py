"""A model's place in the memory budget: what it takes, whether it is there, who needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakSet

from irene.memory.budget.footprint import NOTHING, Footprint

if TYPE_CHECKING:
    from irene.memory.budget.models import ModelBudget


class User(Protocol):
    """Who knows whether a model is at work."""

    def in_use(self, model: Any, /) -> int:
        """Return how many calls it works on now."""
        ...


@dataclass(frozen=True, slots=True)
class Tenancy:
    """On which terms a model lives in memory."""

    name: str
    """what messages call it"""
    declared: Footprint = NOTHING
    """what it is said to take; it may turn out to be more"""
    priority: int = 5
    """0 to 10: of two, the one with less goes first"""
    stays: bool = False
    """whether it is never unloaded: somebody uses it all the time, without a call of its own"""
    stands_by: bool = False
    """whether it serves only when another cannot"""


class Residence:
    """Where one model lives: asked before it is loaded, told when it is gone."""

    def __init__(
        self,
        budget: ModelBudget,
        model: object,
        tenancy: Tenancy,
        unload: Callable[[], None],
    ) -> None:
        """Made by `ModelBudget.enrol`."""
        self._budget = budget
        self._model = model
        self._unload = unload
        self.tenancy = tenancy
        """on which terms"""
        self._users: WeakSet[User] = WeakSet()
        self.measured = NOTHING
        """the most by which memory has grown while it was loaded"""
        self.is_there = False
        """whether it is loaded"""
        self.used_s = 0.0
        """clock time of its last use"""
        self.n_holders = 0
        """how many use it without a call of their own"""

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.tenancy.name

    @property
    def size(self) -> Footprint:
        """What it takes, as far as that is known: declared or measured, whichever is more."""
        return self.tenancy.declared.at_least(self.measured)

    @property
    def may_go(self) -> bool:
        """Whether it can be unloaded now; the budget's lock is held."""
        if not self.is_there or self.tenancy.stays or self.n_holders:
            return False
        return not any(user.in_use(self._model) for user in self._users)

    def used_by(self, user: User) -> None:
        """Note a user that may have it at work, until the user is garbage collected."""
        with self._budget.lock:  # else a set would change while somebody goes through it
            self._users.add(user)

    def loading(self) -> AbstractContextManager[None]:
        """Make room for it, and learn from the block that loads it what it takes.

        Raises:
            ProviderUnavailableError: it alone is larger than the budget; when that turns out only
                inside of the block, it is raised at its end.
        """
        return self._budget.loading(self)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep it from being unloaded inside of the block."""
        with self._budget.lock:
            self.n_holders += 1
        try:
            yield
        finally:
            with self._budget.lock:
                self.n_holders -= 1

    def take_up(self, is_loaded: Callable[[], bool]) -> bool:
        """Return whether it is loaded; it then stays so for the call that the caller has begun."""
        return self._budget.taken_up(self, is_loaded)

    def gone(self) -> None:
        """Note that it has been unloaded."""
        with self._budget.lock:
            self.is_there = False

    def unload(self) -> None:
        """Unload it; the budget's lock is held."""
        self.is_there = False
        self._unload()
