"""Ways to the sound devices of this machine, shared by `microphone` and `speaker`."""
