"""The reference pages: whole ones, or the tables in them, written from the code."""
