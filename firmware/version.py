"""Which firmware this is. A build writes this file anew where it is told another version."""

VERSION = "0.1.0"       # at most 20 characters, OCPP's firmwareVersion is cut at 50

# Of what is kept in flash (settings' slots, journal, lists): the version this firmware writes, and the oldest it can read.
# An update whose pair does not span the running firmware's CONFIG is refused: it could not read what is there.
CONFIG = 1
OLDEST_CONFIG = 1
