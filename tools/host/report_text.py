"""A commissioning record as plain text: for a mail, a terminal, a printer that knows nothing else."""

from tools.host import figures

_WIDE = 78


def lines(record):
    """The report, line by line."""
    head = record.head
    yield "COMMISSIONING REPORT"
    yield f"{head.get('vendor', '')} {head['model']}  serial number {head['serial']}  board {head['board']}".strip()
    yield f"firmware {head['firmware']}  record {head['number']}  begun {figures.when(head.get('at'))}"
    if head.get("previous"):
        yield f"follows the record with the hash {head['previous']}"
    yield ""
    yield {"PASS": "RESULT: PASS", "FAIL": "RESULT: FAIL"}.get(record.verdict, "RESULT: open, not signed off")
    yield ""
    for step in record.results.values():
        yield f"{step['verdict']:4}  {step['step']}: {step['text']}"
        for what, figure, limits in figures.rows(step):
            yield f"        {what:<22} {figure}" + (f"   (must be {limits})" if limits else "")
        if step.get("at") is not None:
            yield f"        {figures.when(step['at'])}, took {step.get('took_s', 0)} s"
    tries = [step for step in record.steps if step is not record.results[step["step"]]]
    if tries:
        yield ""
        yield "Earlier tries:"
        for step in tries:
            yield f"  {step['verdict']:4}  {step['step']}: {step['text']}"
    yield from _settings(record)
    yield ""
    if record.signoff:
        yield f"Signed off by: {record.signoff.get('by', '-')}   {record.signoff.get('remarks') or ''}".rstrip()
    state, why = record.check()
    yield f"Record: {state}: {why}"
    for name, value in (("hash", record.hash), ("signature", record.signature), ("public key", record.public_key)):
        yield from _long(name, value or "-")


def _settings(record):
    settings = (record.signoff or {}).get("settings")
    if settings:
        yield ""
        yield "Settings that differ from the factory's:"
        for name, value in sorted(settings.items()):
            yield f"        {name} = {value}"


def _long(name, value):
    room = _WIDE - 12
    for at in range(0, len(value), room):
        yield f"{name if at == 0 else '':<12}{value[at : at + room]}"
