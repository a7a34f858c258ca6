"""The figures of the audio core: what it costs, beside what one would take instead."""
