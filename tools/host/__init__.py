"""The host's side of a charger on a cable: finding its port, talking to its console, and the commands built on that."""
