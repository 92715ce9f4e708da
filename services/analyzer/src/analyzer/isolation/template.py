"""The template process: it has imported what an analysis needs, and forks a child for each one.

It reads no upload and no request: a child gets its own pipes, and reads the request itself. The service starts it as a
new program, so that it holds neither the service's memory nor its environment nor its files.

The control socket is stdin. The template writes a byte to it once it can fork. Each message from it is one byte with
three descriptors: the child's stdin and stdout, and a socket, the lifeline. There the template writes lines: the
child's process id, or 0 if there can be no child; after the end of the child and of all that it started, its exit
status and the number of processes that it left behind. When the other end of the lifeline closes, the template kills
the child.
"""

import gc
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

from analyzer.isolation import child
from analyzer.isolation.child import Work
from analyzer.isolation.leftovers import adopt_orphans, end_leftovers
from analyzer.isolation.limits import NICENESS, OPEN_FILES, die_with_parent, limit_open_files
from analyzer.isolation.protocol import READY
from chassis.runtime.inspection import forbid_inspection

_CONTROL = 0
_DESCRIPTORS = 3


def serve(load: Callable[[], Work]) -> None:
    """Import with `load`, then fork children until the control socket is closed. Ends them all before it returns."""
    die_with_parent()
    forbid_inspection()
    adopt_orphans()
    limit_open_files()
    os.nice(NICENESS)
    work = load()
    if sys.platform == "linux" and len(os.listdir("/proc/self/task")) > 1:
        raise RuntimeError("a fork copies one thread only, and the locks of all of them")
    gc.collect()
    gc.freeze()  # the collector would write to the pages that the children share
    _Template(work).run()


class _Template:
    """The children that run, by process id, each with its lifeline."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._children: dict[int, int] = {}
        self._ended = _wakened_by_ended_children()
        self._selector = selectors.DefaultSelector()
        for descriptor in (_CONTROL, self._ended):
            self._selector.register(descriptor, selectors.EVENT_READ)

    def run(self) -> None:
        with socket.socket(fileno=os.dup(_CONTROL)) as control:
            with suppress(OSError):  # the service has ended, as the socket says next
                control.send(READY)
            while self._serves(control):
                pass
        self._end_all()

    def _serves(self, control: socket.socket) -> bool:
        """Handle what has happened; return False once the control socket is closed."""
        for key, _ in self._selector.select():
            if key.fd == _CONTROL:
                byte, descriptors, _, _ = socket.recv_fds(control, 1, _DESCRIPTORS)
                if not byte:
                    return False
                self._fork(*descriptors)
            elif key.fd == self._ended:
                os.read(self._ended, 1 << 10)
                self._reap()
            elif key.data in self._children:
                self._selector.unregister(key.fd)
                _kill(key.data)
        return True

    def _fork(self, stdin: int, stdout: int, lifeline: int) -> None:
        template, process = os.getpid(), 0
        try:
            process = os.fork()
            if process == 0:
                _become_child(self._work, template, stdin, stdout)
        except OSError:  # the system allows no more processes
            _tell(lifeline, 0)
            os.close(lifeline)
        else:
            self._children[process] = lifeline
            self._selector.register(lifeline, selectors.EVENT_READ, process)
            _tell(lifeline, process)
        finally:
            os.close(stdin)
            os.close(stdout)

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                self._report(*ended)

    def _report(self, process: int, status: int) -> None:
        lifeline = self._children.pop(process, None)
        if lifeline is None:
            return
        left = end_leftovers(self._children)
        with suppress(KeyError):
            self._selector.unregister(lifeline)
        _tell(lifeline, os.waitstatus_to_exitcode(status), left)
        os.close(lifeline)

    def _end_all(self) -> None:
        for process in self._children:
            _kill(process)
        while self._children:
            self._report(*os.waitpid(-1, 0))


def _note(_signal: int, _frame: object) -> None:
    """Leave the signal to the descriptor that Python writes its number to."""


def _wakened_by_ended_children() -> int:
    """Return a descriptor that becomes readable when a child ends."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    signal.signal(signal.SIGCHLD, _note)  # a signal that is ignored wakes nobody
    return reader


def _become_child(work: Work, template: int, stdin: int, stdout: int) -> None:
    """Run one analysis in this process, which has just been forked and keeps nothing of the template open; exit."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.dup2(stdin, 0)
        os.dup2(stdout, 1)
        os.closerange(3, OPEN_FILES)
        child.analyse(work, template)
        status = 0
    finally:
        os._exit(status)


def _kill(process: int) -> None:
    for send in (os.killpg, os.kill):  # it may have no group of its own yet
        with suppress(ProcessLookupError):
            send(process, signal.SIGKILL)


def _tell(lifeline: int, *numbers: int) -> None:
    with suppress(OSError):
        os.write(lifeline, f"{' '.join(map(str, numbers))}\n".encode())


if __name__ == "__main__":
    serve(child.load_pipeline)
