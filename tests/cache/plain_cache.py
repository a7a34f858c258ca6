"""What a bounded cache must do, written down without any thought of speed."""

from dataclasses import dataclass

from irene.cache.policies import CachePolicy


@dataclass
class PlainEntry:
    """An entry as the model keeps it."""

    value: object
    size: int
    expires: float
    """clock time; infinity: never"""
    added: int
    """number of the step in which it came"""
    used: int
    """number of the step in which it was used last"""
    uses: int = 1


class PlainCache:
    """The reference model: a dictionary that is searched from end to end at every step."""

    def __init__(self, max_bytes, max_entries, policy, ttl):
        self.max_bytes, self.max_entries = max_bytes, max_entries
        self.policy, self.ttl, self.share = policy, ttl, 1.0
        self.entries, self.step = {}, 0
        self.hits = self.misses = self.evictions = self.expirations = 0

    def expire(self, now):
        """Drop what is over."""
        for key in [key for key, one in self.entries.items() if one.expires <= now]:
            del self.entries[key]
            self.expirations += 1

    def get(self, key, now):
        """Return the value, or None when it is not there."""
        self.step += 1
        self.expire(now)
        if key not in self.entries:
            self.misses += 1
            return None
        self.hits += 1
        self.entries[key].used = self.step
        self.entries[key].uses += 1
        return self.entries[key].value

    def put(self, key, value, size, ttl, now):
        """Keep a value."""
        self.step += 1
        self.expire(now)
        before = self.entries.pop(key, None)
        uses = before.uses + 1 if before else 1
        if size > self.byte_limit or self.entry_limit == 0:
            return
        self.fit(size, 1)
        ttl = self.ttl if ttl is None else ttl
        expires = float("inf") if ttl is None else now + ttl
        self.entries[key] = PlainEntry(value, size, expires, self.step, self.step, uses)

    @property
    def byte_limit(self):
        """Bytes that may be kept now."""
        return int(self.max_bytes * self.share)

    @property
    def entry_limit(self):
        """Entries that may be kept now."""
        return int(self.max_entries * self.share)

    @property
    def n_bytes(self):
        """Bytes that are kept."""
        return sum(one.size for one in self.entries.values())

    def fit(self, more_bytes=0, more=0):
        """Drop the one that the policy names until so much more fits."""
        while (
            self.n_bytes + more_bytes > self.byte_limit
            or len(self.entries) + more > self.entry_limit
        ):
            del self.entries[min(self.entries, key=self.rank)]
            self.evictions += 1

    def rank(self, key):
        """Return what is smallest for the one that goes."""
        one = self.entries[key]
        return {
            CachePolicy.LRU: (one.used,),
            CachePolicy.HYBRID: (one.used,),
            CachePolicy.LFU: (one.uses, one.used),
            CachePolicy.TTL: (one.expires, one.added),
        }[self.policy]
