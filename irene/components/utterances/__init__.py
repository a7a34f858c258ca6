"""Utterances on their way through the recognisers: kept until the text is final."""
