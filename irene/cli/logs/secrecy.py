"""What of a configuration must not stand in any log, wherever it comes from."""

from __future__ import annotations

import re
from collections.abc import Callable

from irene.config.secrets import MASK, masked_text, secret_texts
from irene.config.sections import Config


def masking(config: Config) -> Callable[[str], str]:
    """Return what puts asterisks for the secrets of a configuration, and those in addresses.

    A library may repeat a token in the message of its error: it is known here, so it goes.
    """
    secrets = sorted(secret_texts(config), key=len, reverse=True)
    if not secrets:
        return masked_text
    known = re.compile("|".join(map(re.escape, secrets)))
    return lambda text: masked_text(known.sub(MASK, text))
