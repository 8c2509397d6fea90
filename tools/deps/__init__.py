"""Third-party MicroPython modules, fetched by hash and laid out for host and board alike (see stage.py)."""
