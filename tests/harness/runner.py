"""Runs unittest methods on MicroPython and reports each as one line of JSON behind a \\x02.

The same file serves the unix port and a board behind mpremote. It imports nothing early that a test module may want to
replace first (the simulator puts its own clock under asyncio).
"""

import gc
import io
import json
import sys
import time

import micropython


def _say(**fields):
    print("\x02" + json.dumps(fields))


def _trace(error):
    text = io.StringIO()
    sys.print_exception(error, text)
    return text.getvalue()


def _unlock_heap():
    # a test that fails inside a heap_lock() must still be able to say so
    try:
        while micropython.heap_unlock():
            pass
    except RuntimeError:
        pass


def _new_loop():
    if "asyncio" in sys.modules:
        sys.modules["asyncio"].new_event_loop()


def run(case, method):
    """Run one method of the TestCase class `case`; reports, never raises."""
    began = time.ticks_ms()
    state, text = "pass", ""
    try:
        test = case()
        if hasattr(test, "setUp"):
            test.setUp()
        try:
            result = getattr(test, method)()
            if hasattr(result, "send"):  # async def: a coroutine that nobody has begun
                import asyncio

                asyncio.run(result)
        finally:
            if hasattr(test, "tearDown"):
                test.tearDown()
    except BaseException as e:  # SystemExit too: it would end a board's session
        _unlock_heap()
        if type(e).__name__ == "SkipTest":
            state, text = "skip", str(e)
        else:
            state, text = "fail", _trace(e)
    _new_loop()
    gc.collect()
    ms = time.ticks_diff(time.ticks_ms(), began)
    _say(
        test=case.__name__ + "." + method,
        state=state,
        text=text,
        ms=ms,
        heap=gc.mem_alloc(),
    )


def main(module, tests):
    """Run `tests` ("Case.method" each) of the test module named `module`, in order."""
    try:
        found = __import__(module)
    except BaseException as e:
        _unlock_heap()
        _say(test="", state="import", text=_trace(e))
        return
    for name in tests:
        case, method = name.split(".")
        _say(test=name, state="begin")
        run(getattr(found, case), method)
    if "_coverage" in sys.modules:
        sys.modules["_coverage"].save()
    _say(test="", state="end")
