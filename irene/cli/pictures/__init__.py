"""Pictures of what commands print, for the documentation: `python -m irene.cli.pictures`."""
