"""Speech that test models are trained on: eSpeak NG's voices, other rooms, files' digests."""
