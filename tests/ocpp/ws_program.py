# Run inside MicroPython: connects to 127.0.0.1:PORT, sends what the arguments say, prints as JSON lines what comes.
import asyncio
import json
import os
import sys

from firmware.ocpp.websocket import WebSocketClosed, open_websocket


def tell(what, value=None):
    sys.stdout.write(json.dumps([what, value]) + "\n")


async def main(port, sends, replies):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        ws = await open_websocket(reader, writer, "127.0.0.1:%d" % port, "/CP1", os.urandom, "ocpp1.6", (), 20000)
        tell("open", ws.subprotocol)
        for text in sends:
            await ws.send(text)
        while True:
            message = await ws.receive()
            tell("message", message if isinstance(message, str) else {"bytes": len(message)})
            if replies:
                await ws.send(message)
    except WebSocketClosed as error:
        tell("closed", error.code)
    except OSError as error:
        tell("refused", str(error))
    finally:
        writer.close()
        await writer.wait_closed()


asyncio.run(main(int(sys.argv[1]), json.loads(sys.argv[2]), len(sys.argv) > 3))
