"""`PYTHON serve.py SCRIPT`: runs a script's probes when told to, one line of JSON for each.

It needs the standard library only and imports nothing of irene. The first line that it writes tells
the names; then each line `{"probe": NAME, "loops": N}` is answered with the times.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any

_Probes = Mapping[str, tuple[Callable[[int], object], float]]


def main(script: str) -> None:
    """Answer requests until the input ends."""
    answers = _own_output()
    try:
        content = runpy.run_path(script)
        probes: _Probes = content["probes"]()
        hello = {
            "about": content["about"](),
            "probes": {name: n for name, (_, n) in probes.items()},
        }
    except Exception as error:  # noqa: BLE001 - foreign code: the other side has to be told
        _write(answers, {"error": f"{type(error).__name__}: {error}"})
        return
    _write(answers, hello)
    for answer in _answered(probes):
        _write(answers, answer)


def _answered(probes: _Probes) -> Iterator[dict[str, Any]]:
    for line in sys.stdin:
        request = json.loads(line)
        run, _ = probes[request["probe"]]
        gc.collect()
        try:
            cpu_s, wall_s = time.process_time(), time.perf_counter()
            run(request["loops"])
            passed_s = time.perf_counter() - wall_s
            yield {"wall_s": passed_s, "cpu_s": time.process_time() - cpu_s}
        except Exception as error:  # noqa: BLE001 - foreign code: the other side has to be told
            yield {"error": f"{type(error).__name__}: {error}"}


def _own_output() -> IO[str]:
    """Keep standard output to ourselves: what libraries print goes to standard error."""
    ours = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return ours


def _write(answers: IO[str], content: Mapping[str, object]) -> None:
    answers.write(json.dumps(content) + "\n")
    answers.flush()


if __name__ == "__main__":
    main(sys.argv[1])
