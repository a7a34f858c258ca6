"""Files on the disk: how they are named, and how they are replaced."""
