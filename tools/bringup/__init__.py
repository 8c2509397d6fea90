"""Bring-up of the first board of a kind: what could only be reckoned is measured, and comes back as a table."""
