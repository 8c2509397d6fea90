"""Stands in for `rudved sim` where the client is tested: a ready line, a control port, a few answers, several ends."""

import json
import socket
import sys


def main(how):
    if how == "stillborn":
        sys.exit("the board file is wrong")
    server = socket.create_server(("127.0.0.1", 0))
    ready = {"ready": True, "control": server.getsockname()[1], "words": sys.argv[2:]}
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    client, _ = server.accept()
    for line in client.makefile("r"):
        request = json.loads(line)
        answer = {"id": request["id"], "ok": True, "t": 1.5, "result": request}
        if request["do"] == "crash":
            sys.exit("invariant 1: the contactor is closed and nobody asked")
        if request["do"] == "refuse":
            answer = {"id": request["id"], "ok": False, "t": 2.0, "error": "connector 9: this board has 1"}
        if request["do"] == "plug":
            event = {"event": "pilot", "t": 2.5, "letter": "B"}
            client.sendall(json.dumps(event).encode() + b"\n")
        client.sendall(json.dumps(answer).encode() + b"\n")
        if request["do"] == "quit":
            sys.exit("a world that ends badly" if how == "sour" else 0)


main(sys.argv[1])
