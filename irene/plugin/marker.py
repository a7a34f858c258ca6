"""The decorator that marks a function of a plugin as an implementation of a hook."""

from __future__ import annotations

import pluggy

hookimpl = pluggy.HookimplMarker("irene")
"""`@hookimpl` above `def irene_asrs(): ...` offers recognisers; see `irene.plugin.hookspecs`."""
