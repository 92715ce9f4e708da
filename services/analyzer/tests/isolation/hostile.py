"""What code that took over the child would try. Each attempt raises OSError when it is refused.

It runs in the child, in and without the cage: it may import the standard library only.
"""

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Thread

PR_SET_PDEATHSIG, PTRACE_SEIZE, CLONE_NEWUSER = 1, 0x4206, 0x1000_0000
CALLS = {
    "x86_64": {"readv": 310, "ptrace": 101, "io_uring_setup": 425, "keyctl": 250, "userfaultfd": 323},
    "aarch64": {"readv": 270, "ptrace": 117, "io_uring_setup": 425, "keyctl": 219, "userfaultfd": 282},
}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
Target = Mapping[str, str]


def checked(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")


def call(name: str, *arguments: object) -> None:
    checked(libc.syscall(CALLS[name], *arguments))


def read_memory(target: Target) -> None:
    class Vector(ctypes.Structure):
        _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))

    here = ctypes.create_string_buffer(8)
    local, remote = Vector(ctypes.addressof(here), 8), Vector(int(target["address"]), 8)
    call("readv", int(target["parent"]), ctypes.byref(local), 1, ctypes.byref(remote), 1, 0)


def connect(family: int, address: object) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.connect(address)  # pyright: ignore[reportArgumentType]


def send_datagram(target: Target) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", ("127.0.0.1", int(target["tcp"])))


def daemonise(target: Target) -> None:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            Path(target["planted"]).touch()
        os._exit(0)
    os.wait()


def signal_by_pipe(target: Target) -> None:
    reader, _ = os.pipe()
    fcntl.fcntl(reader, fcntl.F_SETOWN, int(target["parent"]))


def keep_priority(target: Target) -> None:
    """Set the priority that it has: without the cage this succeeds, and would slow down the tests that follow."""
    parent = int(target["parent"])
    os.setpriority(os.PRIO_PROCESS, parent, os.getpriority(os.PRIO_PROCESS, parent))


def start_thread(_target: Target) -> None:
    thread = Thread(target=lambda: None)
    thread.start()
    thread.join()


REFUSED: Mapping[str, Callable[[Target], object]] = {
    "the parent's environment": lambda to: Path(f"/proc/{to['parent']}/environ").read_bytes(),
    "the parent's command line": lambda to: Path(f"/proc/{to['parent']}/cmdline").read_bytes(),
    "the parent's memory as a file": lambda to: open(f"/proc/{to['parent']}/mem", "rb").close(),
    "the parent's memory": read_memory,
    "tracing the parent": lambda to: call("ptrace", PTRACE_SEIZE, int(to["parent"]), None, None),
    "the template's environment": lambda _: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
    "the descriptors of the template": lambda _: os.listdir(f"/proc/{os.getppid()}/fd"),
    "the template's memory as a file": lambda _: open(f"/proc/{os.getppid()}/mem", "rb").close(),
    "tracing the template": lambda _: call("ptrace", PTRACE_SEIZE, os.getppid(), None, None),
    "a signal to the template": lambda _: os.kill(os.getppid(), 0),
    "a handle of the template": lambda _: os.close(os.pidfd_open(os.getppid())),
    "the limits of the template": lambda _: checked(libc.prlimit(os.getppid(), 7, None, None)),
    "the list of processes": lambda _: os.listdir("/proc"),
    "a private file of the same owner": lambda to: Path(to["secret"]).read_bytes(),
    "the keys": lambda to: Path(to["keys"]).read_bytes(),
    "the data folder": lambda to: os.listdir(Path(to["keys"]).parent),
    "the accounts of the machine": lambda _: Path("/etc/passwd").read_bytes(),
    "the mode of a private file": lambda to: Path(to["secret"]).chmod(0o644),
    "the times of a private file": lambda to: os.utime(to["secret"]),
    "an attribute of a private file": lambda to: os.setxattr(to["secret"], "user.x", b"x"),
    "truncating a private file": lambda to: os.truncate(to["secret"], 0),
    "a new file elsewhere": lambda to: Path(to["planted"]).touch(),
    "a link to a file elsewhere": lambda to: os.symlink(to["secret"], "link"),
    "a second name of a file elsewhere": lambda to: os.link(to["secret"], "hard-link"),
    "a named pipe": lambda _: os.mkfifo("pipe"),
    "a folder": lambda _: os.mkdir("folder"),
    "a TCP connection": lambda to: connect(socket.AF_INET, ("127.0.0.1", int(to["tcp"]))),
    "a TCP connection by IPv6": lambda to: connect(socket.AF_INET6, ("::1", int(to["tcp6"]))),
    "a UDP datagram": send_datagram,
    "a Unix socket": lambda to: connect(socket.AF_UNIX, to["unix"]),
    "an abstract Unix socket": lambda to: connect(socket.AF_UNIX, "\0" + to["unix"]),
    "a pair of sockets": lambda _: socket.socketpair(),
    "a process that leaves the session": daemonise,
    "a program": lambda _: subprocess.run(["/bin/true"], check=True),
    "a spawned program": lambda _: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0),
    "another program in its place": lambda _: os.execv("/nowhere", ["nowhere"]),
    "a signal to the parent": lambda to: os.kill(int(to["parent"]), 0),
    "a signal to all": lambda _: os.kill(-1, 0),
    "a signal to its group": lambda _: os.killpg(0, 0),
    "a handle of the parent": lambda to: os.close(os.pidfd_open(int(to["parent"]))),
    "a signal to the parent by a pipe": signal_by_pipe,
    "the limits of the parent": lambda to: checked(libc.prlimit(int(to["parent"]), 7, None, None)),
    "the priority of the parent": keep_priority,
    "the processors of the parent": lambda to: os.sched_setaffinity(int(to["parent"]), os.sched_getaffinity(0)),
    "a group of its own": lambda _: os.setpgid(0, 0),
    "to outlive the parent": lambda _: checked(libc.prctl(PR_SET_PDEATHSIG, 0)),
    "a new namespace": lambda _: checked(libc.unshare(CLONE_NEWUSER)),
    "a ring of system calls": lambda _: call("io_uring_setup", 1, ctypes.create_string_buffer(120)),
    "shared memory": lambda _: checked(libc.shmget(0, 4096, 0o1600)),
    "a keyring": lambda _: call("keyctl", 0, -3, 0),
    "page faults of its own": lambda _: call("userfaultfd", 1),
}
DEPENDS_ON_THE_MACHINE = {
    "the parent's memory as a file",
    "the parent's memory",
    "tracing the parent",
    "the template's memory as a file",
    "tracing the template",
    "an attribute of a private file",
    "a TCP connection by IPv6",
    "another program in its place",
    "a group of its own",
    "a new namespace",
    "a ring of system calls",
    "shared memory",
    "a keyring",
    "page faults of its own",
}
"""Attempts that may fail without the cage too: the kernel is built or set so, or they are not possible."""
ALLOWED: Mapping[str, Callable[[Target], object]] = {
    "a thread": start_thread,
    "a file of its own": lambda _: Path("mine").write_bytes(b"x"),
    "its program": lambda _: Path(os.__file__).read_bytes(),
    "random numbers": lambda _: os.close(os.open("/dev/urandom", os.O_RDONLY)),
    "a signal to itself": lambda _: os.kill(os.getpid(), signal.SIGCONT),
}


def outcomes(target: Target) -> dict[str, str]:
    """Try everything; return what happened to each attempt: "done", or the name of the error."""
    return {name: _outcome(attempt, target) for name, attempt in {**REFUSED, **ALLOWED}.items()}


def _outcome(attempt: Callable[[Target], object], target: Target) -> str:
    try:
        attempt(target)
    except OSError as error:
        return type(error).__name__
    return "done"


if __name__ == "__main__":
    import json

    sys.stdout.write(json.dumps(outcomes(json.loads(sys.argv[1]))))
