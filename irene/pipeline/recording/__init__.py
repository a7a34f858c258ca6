"""The flight recorder: sessions as files, each with everything that is needed to repeat it."""
