"""Every figure that irene is held to: its goal, how it is measured here, and the verdict."""
