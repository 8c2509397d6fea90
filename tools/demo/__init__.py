"""The story `rudved demo` tells, and the client it drives the simulator with."""
