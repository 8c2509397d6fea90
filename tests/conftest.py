"""What runs where.

`tests/<storey>/mpy/test_*.py` are MicroPython: `unittest.TestCase` classes that run inside the pinned interpreter with
a heap near the chip's, one pytest item for each method (tests/harness). The same files run

    pytest                                     in the unix port on this machine
    pytest --mpy-board=/dev/ttyACM0 tests/…    on a board, over mpremote
    pytest --mpy32 tests/…                     in the wasm32 build: 32-bit words, as the chip has
    micropython tests/…/mpy/test_x.py          one file by hand (MICROPYPATH=.frozen:.:build/deps)

`tests/<storey>/test_*.py` are CPython: ordinary pytest that drives the simulator and the host tools from outside.
`make test` leaves out what is marked `prove` (in MicroPython: classes named `Prove…`); `make prove` runs that.
"""

import os

import hypothesis

# The quick profile must give the same answer to everybody; the full one looks further each time and prints its seed.
hypothesis.settings.register_profile("quick", max_examples=30, derandomize=True, deadline=None)
hypothesis.settings.register_profile("prove", max_examples=2000, print_blob=True, deadline=None)
hypothesis.settings.load_profile("prove" if os.environ.get("PROVE") else "quick")


def pytest_terminal_summary(terminalreporter):
    """The table of certification cases, of whatever chapters ran (tests/cert)."""
    rows = []
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in getattr(report, "user_properties", ()):
            if name == "cert" and report.when == "call":
                rows += [tuple(row) for row in value]
    if rows:
        terminalreporter.section("OCPP 1.6 certification cases, charge point")
        for number, title, failed in sorted(rows):
            terminalreporter.line(f"{number:<20} {'FAIL' if failed else 'pass'}  {title}")
        terminalreporter.line(f"{sum(not row[2] for row in rows)} of {len(rows)} pass")
