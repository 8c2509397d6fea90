"""Time under asyncio: our own task queue, task and `time` module, put in place before anything imports asyncio.

`install(clock, turn)` must run first. `clock` is any object with ticks_ms(), ticks_us() and wait_us(n); `turn(io, ms)`
is asked before each task step, as asyncio asks for I/O: ms to the next task, 0 when one is ready, -1 when there is
none. It serves I/O, moves time, and returns when a task is ready, or earlier.

The C task queue stamps tasks with the host's clock, and its order depends on addresses; this one does neither.
"""

import sys
import time as _host

MASK = (1 << 30) - 1  # ticks wrap as on the chip
_HALF = 1 << 29


def diff(later, earlier):
    """Signed distance of two ticks. Allocates nothing, as on the chip: on 32 bits all stays within 31."""
    return ((later - earlier & MASK) ^ _HALF) - _HALF


def add(ticks, delta):
    """`ticks` moved on by less than half a turn, either way. Allocates nothing."""
    return (ticks ^ _HALF) - _HALF + delta & MASK


class TaskQueue:
    """Tasks sorted by `ph_key` (ticks at which each is due); what is due together leaves in the order it came."""

    _now = None  # ticks_ms, given by install()

    def __init__(self):
        self._tasks = []

    def peek(self):
        """The first task, None when empty."""
        return self._tasks[0] if self._tasks else None

    def push(self, task, key=None):
        """Queue `task` for the instant `key`, now without one."""
        task.data = None
        if key is None:
            key = TaskQueue._now()
        task.ph_key = key
        tasks = self._tasks
        low, high = 0, len(tasks)
        while low < high:
            middle = (low + high) >> 1
            if key - tasks[middle].ph_key & _HALF:  # before it
                high = middle
            else:
                low = middle + 1
        tasks.insert(low, task)

    def pop(self):
        return self._tasks.pop(0)

    def remove(self, task):
        self._tasks.remove(task)


class Task:
    """A coroutine that the loop runs, with what asyncio's core expects of one.

    state: True while it runs and nobody waits for it; a TaskQueue of those who wait; a callable to be told of its end;
    None once ended with nobody told; False once ended and somebody was.
    data: the queue (or task) it waits in; after its end the exception it ended with, StopIteration included.
    """

    _core = None  # asyncio.core, which holds the current task

    def __init__(self, coro, globals=None):
        self.coro = coro
        self.data = None
        self.state = True
        self.ph_key = 0

    def __iter__(self):
        if not self.state:
            self.state = False
        elif self.state is True:
            self.state = TaskQueue()
        elif type(self.state) is not TaskQueue:
            raise RuntimeError("can't wait")
        return self

    def __next__(self):
        if not self.state:
            raise self.data
        current = Task._core.cur_task
        self.state.push(current)
        current.data = self  # so that a cancel of the waiting task reaches this one

    def done(self):
        return not self.state

    def cancel(self):
        """Have CancelledError thrown where the task (or what it waits for) stands; False when it has ended already."""
        core = Task._core
        if not self.state:
            return False
        if self is core.cur_task:
            raise RuntimeError("can't cancel self")
        task = self
        while isinstance(task.data, Task):
            task = task.data
        if hasattr(task.data, "remove"):
            task.data.remove(task)
            core._task_queue.push(task)
        elif diff(task.ph_key, TaskQueue._now()) > 0:
            core._task_queue.remove(task)
            core._task_queue.push(task)
        task.data = core.CancelledError
        return True


class _AsyncioParts:
    """Stands in for the module `_asyncio`."""

    TaskQueue = TaskQueue
    Task = Task


class _Time:
    """Stands in for the module `time`: the charger's ticks; the calendar functions are the host's, which are pure."""

    def __init__(self, clock):
        self.ticks_ms = clock.ticks_ms
        self.ticks_us = clock.ticks_us
        self.ticks_cpu = clock.ticks_us
        self.ticks_diff = diff
        self.ticks_add = add
        self.sleep_us = clock.wait_us
        self.gmtime = _host.gmtime
        self.localtime = _host.gmtime
        self.mktime = _host.mktime
        self._wait_us = clock.wait_us

    def sleep_ms(self, ms):
        self._wait_us(ms * 1000)

    def sleep(self, seconds):
        self._wait_us(int(seconds * 1000000))


def install(clock, turn):
    """Put virtual time in place and return asyncio's core. Raises RuntimeError when asyncio is already imported."""
    if "asyncio" in sys.modules or "asyncio.core" in sys.modules:
        raise RuntimeError("asyncio was imported before virtual time")
    TaskQueue._now = clock.ticks_ms
    sys.modules["_asyncio"] = _AsyncioParts
    sys.modules["time"] = _Time(clock)
    core = __import__("asyncio.core", None, None, ("core",))  # only now, on top of what was put in place

    class IOQueue(core.IOQueue):
        def wait_io_event(self, ms):
            turn(self, ms)

        def serve(self, ms):
            """Wake the tasks whose streams are ready, waiting at most `ms` (host's) for one.

            Returns a sum: READ when a task may read, WRITE when one may write, OTHER for a stream that is not asyncio's.
            """
            return _serve(self, ms)

    core.IOQueue = IOQueue
    Task._core = core
    core.new_event_loop()
    return core


READ, WRITE = 1, 4  # as POLLIN, POLLOUT
OTHER = 2


def _serve(io, ms):
    woken = 0
    waiting = io.map
    for stream, events in io.poller.ipoll(ms):
        entry = waiting.get(id(stream))
        if entry is None:
            woken |= OTHER
            continue
        queue = Task._core._task_queue
        if events & ~WRITE and entry[0] is not None:
            queue.push(entry[0])
            entry[0] = None
            woken |= READ
        if events & ~READ and entry[1] is not None:
            queue.push(entry[1])
            entry[1] = None
            woken |= WRITE
        if entry[0] is None and entry[1] is None:
            io._dequeue(stream)
        else:
            io.poller.modify(stream, WRITE if entry[0] is None else READ)
    return woken


def host_us():
    """The host's real time in microseconds from some beginning: for pacing only, never for the charger or the world."""
    return _host.ticks_us()
