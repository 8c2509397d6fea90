"""MicroPython configured as on the chip, built for this machine: 32-bit words, single-precision floats, the port's features.

`python -m tools.chip` builds it and says where it is; `pytest --mpy=chip` runs the MicroPython tests in it.
"""
