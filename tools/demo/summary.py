"""What a story comes to: sessions, energy, frames, reactions; and whether all of it is as it must be."""

from rich.table import Table


class Verdict:
    """The figures of one played story. `faults` are complete sentences; empty means that all is well."""

    def __init__(self, stage, wh_before, wh_after, expected):
        csms = stage.csms
        self.transactions = list(csms.transactions)
        self.metered_wh = wh_after - wh_before
        self.billed_wh = sum(one.wh for one in self.transactions)
        self.frames = csms.frames
        self.reactions = dict(stage.reactions)
        self.world_s = stage.sim.t
        self._clock = stage.clock
        self.faults = [f"invalid: {violation}" for violation in csms.violations]
        self.faults += [f"transaction {one.id} was never stopped" for one in self.transactions if one.open]
        told = [(one.id_tag, one.reason) for one in self.transactions]
        if told != expected:
            self.faults.append(f"the transactions are {told}; the story has {expected}")
        if self.billed_wh != self.metered_wh:
            gone = self.metered_wh - self.billed_wh
            self.faults.append(
                f"the meter counted {self.metered_wh:g} Wh, the transactions {self.billed_wh:g} Wh: "
                f"{abs(gone):g} Wh {'lost' if gone > 0 else 'invented'}"
            )

    def print(self, console):
        sessions = Table(title="Sessions", title_justify="left", title_style="bold")
        for head, justify in (
            ("transaction", "right"), ("idTag", "left"), ("began", "left"), ("ended", "left"), ("reason", "left"),
            ("register", "right"), ("Wh", "right"),
        ):  # fmt: skip
            sessions.add_column(head, justify=justify, no_wrap=True)
        for one in self.transactions:
            ended = f"{one.ended:%H:%M:%S}" if one.ended else "never"
            register = f"{one.meter_start_wh} → {'?' if one.meter_stop_wh is None else one.meter_stop_wh}"
            sessions.add_row(
                str(one.id), one.id_tag, f"{one.began:%H:%M:%S}", ended, one.reason or "", register, f"{one.wh:g}"
            )
        console.print()
        console.print(sessions)
        figures = Table.grid(padding=(0, 2))
        same = "the same" if self.billed_wh == self.metered_wh else "NOT the same"
        figures.add_row(
            "energy", f"{self.metered_wh:g} Wh by the meter, {self.billed_wh:g} Wh by the transactions: {same}"
        )
        invalid = sum(fault.startswith("invalid") for fault in self.faults)
        figures.add_row("frames", f"{self.frames} validated against the official OCPP 1.6 schemas, {invalid} invalid")
        for what, ms in self.reactions.items():
            figures.add_row("reaction", f"{what} → contactor open: {ms:.0f} ms")
        if self.reactions:
            what, ms = max(self.reactions.items(), key=lambda row: row[1])
            figures.add_row("slowest", f"{ms:.0f} ms ({what})")
        figures.add_row("world", f"{self.world_s / 60:.1f} minutes")
        console.print(figures)
        if self.faults:
            console.print("\n[bold red]Not as it must be:[/]")
            for fault in self.faults:
                console.print(f"  {fault}", markup=False)
        else:
            console.print(
                "\n[bold green]All is well: every Wh in its session, every frame valid, no invariant broken.[/]"
            )
