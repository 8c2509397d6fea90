# What is frozen: the port's own modules, and what `make firmware BOARD=rudved_bench MICROPYTHON=...` has laid out.
include("$(PORT_DIR)/boards/manifest.py")
freeze("$(BOARD_DIR)/../../build/rudved_bench/frozen")
