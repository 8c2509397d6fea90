"""What all tests share: how far hypothesis looks, and the table of certification cases. What runs where: README.md beside it."""

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
