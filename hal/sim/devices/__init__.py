"""Chips as their data sheets tell them, register by register: what stands at the other end of a driver's bus.

None of them knows a driver or the world. Cards lie in a `field`, a callable that gives the UIDs that lie there now.
"""
