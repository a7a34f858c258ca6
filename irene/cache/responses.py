"""Answers that are kept for questions that come again, word for word or sample for sample."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Generic, TypeVar

from irene.cache.keys import digest
from irene.cache.optimized import OptimizedLRUCache
from irene.cache.policies import CachePolicy
from irene.domain.clock import Clock

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who answers: another one would answer otherwise."""

    provider: str
    """name of the instance"""
    version: str = ""
    """engine and model, exactly"""
    language: str = ""
    """BCP 47 tag of the answers"""


class ResponseCache(OptimizedLRUCache[str, V], Generic[V]):
    """Responses by all that decides them: the message, its context, and who answers.

    A message is text or audio, all of which counts: two recordings never share an entry, however
    alike they are. It keeps what whoever answers would say again; it is not for what depends on
    the time, or does something.
    """

    def __init__(
        self,
        max_size: int = 1000,
        max_memory_mb: float = 100.0,
        default_ttl: float | None = 300.0,
        answerer: Answerer | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Keep responses of `answerer` for `default_ttl` seconds; limits as for any cache."""
        super().__init__(max_size, max_memory_mb, CachePolicy.HYBRID, default_ttl, clock)
        self._answerer = answerer

    def key_of(self, message: object, context: object = None) -> str:
        """Return the key of a message in its context.

        Raises:
            TypeError: they hold something that has no content, such as a function.
        """
        return digest(self._answerer, message, context)

    def get_response(self, message: object, context: object = None) -> V | None:
        """Return the response that was given to this message in this context, or None."""
        return self.get(self.key_of(message, context))

    def cache_response(
        self, message: object, response: V, context: object = None, ttl: float | None = None
    ) -> bool:
        """Keep a response, for `ttl` seconds; return whether there is room for it at all."""
        return self.put(self.key_of(message, context), response, ttl)


@functools.cache
def get_response_cache() -> ResponseCache[object]:
    """Return a cache that the whole process may share; irene itself does not use it."""
    return ResponseCache()
