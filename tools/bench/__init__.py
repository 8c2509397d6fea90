"""Figures of this machine beside their budgets (`make bench`). They are printed, never asserted."""
