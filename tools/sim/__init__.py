"""The simulator's parent: control port, pseudo-terminals, files; the charger and its world run in a MicroPython child."""
