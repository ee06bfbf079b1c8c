"""What reads a hostile file can compute and answer, and nothing else; the portal goes on."""

import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyseccomp
import pytest

from app.sandbox import Input, Limits, Result, Sandbox, SandboxFailed

TASKS = "tests.misbehaving"
SECRET = b"the words of the file"
QUICK = Limits(memory_bytes=256 << 20, cpu_seconds=1, wall_seconds=5, output_bytes=1 << 20)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox([TASKS], at_once=8)
    yield sandbox
    sandbox.close()


@pytest.fixture
def file() -> Iterator[Input]:
    with Input.of([SECRET], len(SECRET)) as file:
        yield file


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def run(sandbox: Sandbox, file: Input, task: str, **arguments: Any) -> Result:
    return sandbox.run(f"{TASKS}:{task}", file, arguments, limits=QUICK)


def reason(sandbox: Sandbox, file: Input, task: str, **arguments: Any) -> str:
    """Run a task that must fail, then an honest one: the sandbox goes on."""
    with pytest.raises(SandboxFailed) as failed:
        sandbox.run(f"{TASKS}:{task}", file, arguments, limits=QUICK, outputs=2)
    assert run(sandbox, file, "copy").answer["read"] == len(SECRET)
    return failed.value.reason


def test_an_honest_task_answers_and_writes(sandbox: Sandbox, file: Input) -> None:
    result = sandbox.run(f"{TASKS}:copy", file, {"name": "a"}, outputs=2)

    assert result.answer == {"read": len(SECRET), "told": {"name": "a"}}
    assert [b"".join(one.chunks()) for one in result.outputs] == [SECRET, SECRET]
    for output in result.outputs:
        output.close()


@pytest.mark.parametrize(
    "what",
    [
        "open a socket",
        "open a local socket",
        "fork",
        "start a thread",
        "run a program",
        "start a program",
        "end the template",
        "make more memory files",
    ],
)
def test_it_can_do_nothing(sandbox: Sandbox, file: Input, what: str) -> None:
    assert run(sandbox, file, "attempt", what=what).answer["refused"]


@pytest.mark.parametrize("what", ["read a file", "write a file", "remove a file", "list a folder"])
def test_no_file_can_be_touched(sandbox: Sandbox, file: Input, tmp_path: Path, what: str) -> None:
    path = tmp_path / "secret"
    path.write_text("kept")
    tmp_path.chmod(0o777)
    path.chmod(0o666)
    where = tmp_path if what == "list a folder" else path

    told = run(sandbox, file, "attempt", **{"what": what, "with": str(where)}).answer

    assert told["refused"] == "PermissionError"
    assert path.read_text() == "kept"


@pytest.mark.parametrize("path", ["/etc/passwd", "/proc/self/environ", "/proc/self/maps"])
def test_nothing_of_the_machine_can_be_read(sandbox: Sandbox, file: Input, path: str) -> None:
    told = run(sandbox, file, "attempt", **{"what": "read a file", "with": path}).answer
    assert told["refused"] == "PermissionError"


def test_no_other_process_can_be_ended(
    sandbox: Sandbox, file: Input, bystander: subprocess.Popen[bytes]
) -> None:
    told = run(sandbox, file, "attempt", **{"what": "end a process", "with": bystander.pid}).answer
    assert told["refused"] == "PermissionError"
    assert bystander.poll() is None


FORBIDDEN = """
    socket connect bind listen accept4 sendto sendmsg recvmsg socketpair io_uring_setup
    io_uring_enter open openat openat2 creat open_by_handle_at name_to_handle_at readlink unlink
    rename mkdir link symlink mknod chmod chown truncate chdir chroot mount umount2 pivot_root
    fsopen fsmount move_mount open_tree execve execveat fork vfork clone clone3 kill tkill
    tgkill rt_sigqueueinfo pidfd_open pidfd_getfd pidfd_send_signal ptrace process_vm_readv
    process_vm_writev kcmp bpf perf_event_open userfaultfd seccomp prctl prlimit64 setrlimit
    unshare setns keyctl add_key request_key shmget shmat msgget semget mq_open memfd_create
    memfd_secret inotify_init1 fanotify_init eventfd2 pipe2 timer_create signalfd4 ioctl
    personality setuid setgid setgroups capset quotactl reboot swapon sethostname init_module
    finit_module kexec_load iopl modify_ldt arch_prctl statx stat access getdents64
    sched_setaffinity setpriority ioprio_set vmsplice splice tee sendfile copy_file_range
    landlock_create_ruleset mlock mlockall move_pages migrate_pages mbind set_mempolicy acct
    syslog
"""


def test_each_of_the_dangerous_calls_is_forbidden(sandbox: Sandbox, file: Input) -> None:
    calls = {}
    for name in FORBIDDEN.split():
        try:
            number = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
        except ValueError:
            continue
        if number >= 0:
            calls[name] = number
    assert len(calls) > 80

    answers = run(sandbox, file, "call", calls=calls).answer

    assert {name for name, error in answers.items() if error != errno.EPERM} == set()


def test_it_sees_neither_environment_nor_descriptors_of_the_portal(
    sandbox: Sandbox, file: Input, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTENTE_KEY_PASSPHRASE", "secret")
    kept_open = os.open("/etc/passwd", os.O_RDONLY)
    os.set_inheritable(kept_open, True)
    fresh = Sandbox([TASKS])
    try:
        seen = run(fresh, file, "surroundings").answer
    finally:
        fresh.close()
        os.close(kept_open)

    assert seen["environment"] == {}
    assert seen["descriptors"] == 3  # the request, the file and the answer
    assert seen["arguments"] == ["-c"]
    if os.geteuid() == 0:
        assert seen["user"] == 65534


@pytest.mark.parametrize(
    ("task", "why"),
    [
        ("allocate", "memory"),
        ("spin", "time"),
        ("answer_much", "output"),
        ("answer_nonsense", "crash"),
        ("abort", "crash"),
        ("read_nowhere", "crash"),
        ("leave", "crash"),
        ("quote_the_file", "crash"),
    ],
)
def test_a_task_that_breaks_its_limits_is_ended_and_says_why(
    sandbox: Sandbox, file: Input, task: str, why: str
) -> None:
    assert reason(sandbox, file, task) == why


@pytest.mark.parametrize("size", [2 << 20, 700_000])  # one too large; two that are so together
def test_what_is_written_is_bounded(sandbox: Sandbox, file: Input, size: int) -> None:
    assert reason(sandbox, file, "write_much", bytes=size) == "output"


def test_who_sleeps_is_woken_by_nobody(sandbox: Sandbox, file: Input) -> None:
    began = time.monotonic()
    with pytest.raises(SandboxFailed) as failed:
        limits = Limits(wall_seconds=0.2)
        sandbox.run(f"{TASKS}:sleep", file, {"seconds": 30}, limits=limits)
    assert failed.value.reason == "time"
    assert time.monotonic() - began < 5


def test_what_is_printed_goes_nowhere(
    sandbox: Sandbox, file: Input, capfd: pytest.CaptureFixture[str]
) -> None:
    run(sandbox, file, "print_much")
    assert capfd.readouterr() == ("", "")


def test_an_answer_is_bounded_whatever_the_outputs_may_be(sandbox: Sandbox, file: Input) -> None:
    with pytest.raises(SandboxFailed) as failed:
        sandbox.run(f"{TASKS}:answer_much", file, {}, limits=Limits(output_bytes=64 << 20))
    assert failed.value.reason == "output"


@pytest.mark.parametrize("task", ["quote_the_file", "speak_for_itself"])
def test_a_failure_quotes_nothing_of_the_file(sandbox: Sandbox, file: Input, task: str) -> None:
    with pytest.raises(SandboxFailed) as failed:
        run(sandbox, file, task)
    assert SECRET.decode() not in repr(failed.value) + failed.value.detail + failed.value.where


def test_only_the_tasks_that_were_loaded_run(sandbox: Sandbox, file: Input) -> None:
    for task in ("os:abort", f"{TASKS}.list_forgotten:copy", f"{TASKS}:_connect", TASKS):
        with pytest.raises(ValueError, match="no task"):
            sandbox.run(task, file, {})


def test_several_run_at_once_and_each_reads_from_the_beginning(
    sandbox: Sandbox, file: Input
) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(4) as threads:
        sleeping = [threads.submit(run, sandbox, file, "sleep", seconds=0.5) for _ in range(4)]
        for each in sleeping:
            each.result()
        copies = [threads.submit(run, sandbox, file, "copy") for _ in range(8)]
        assert {each.result().answer["read"] for each in copies} == {len(SECRET)}
    assert time.monotonic() - began < 1.9


def test_a_dead_template_is_replaced(file: Input) -> None:
    sandbox = Sandbox([TASKS])
    try:
        run(sandbox, file, "copy")
        assert sandbox._template is not None
        template = sandbox._template._process.pid
        ending = threading.Timer(0.3, os.kill, (template, signal.SIGKILL))
        ending.start()
        with pytest.raises(SandboxFailed) as failed:
            run(sandbox, file, "sleep", seconds=4)
        assert failed.value.reason == "unavailable"
        assert run(sandbox, file, "copy").answer["read"] == len(SECRET)
    finally:
        sandbox.close()


def test_template_and_task_end_with_the_portal(tmp_path: Path) -> None:
    portal = """
import os, sys, threading, time
sys.path.insert(0, sys.argv[1])
from app.sandbox import Input, Sandbox
sandbox = Sandbox(["tests.misbehaving"])
file = Input.of([b"x"], 1)
sandbox.run("tests.misbehaving:copy", file, {})
task = lambda: sandbox.run("tests.misbehaving:sleep", file, {"seconds": 50})
threading.Thread(target=task, daemon=True).start()
time.sleep(0.3)
pid = sandbox._template._process.pid
children = open(f"/proc/{pid}/task/{pid}/children").read()
print(pid, children, flush=True)
os.kill(os.getpid(), 9)
"""
    root = Path(__file__).parents[2]
    ended = subprocess.run(
        [sys.executable, "-c", portal, str(root)], stdout=subprocess.PIPE, check=False
    )
    pids = [int(pid) for pid in ended.stdout.split()]
    assert len(pids) == 2
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_a_task_reads_cannot_be_changed_under_it(file: Input) -> None:
    for attempt in (
        lambda: os.pwrite(file._descriptor, b"other", 0),
        lambda: os.ftruncate(file._descriptor, 0),
    ):
        with pytest.raises(PermissionError):
            attempt()


def test_an_input_is_exactly_as_large_as_was_told() -> None:
    for told in (2, 4):
        with pytest.raises(ValueError, match="told"):
            Input.of([b"abc"], told)


def test_unconfined_nothing_is_read(file: Input) -> None:
    sandbox = Sandbox([f"{TASKS}.list_forgotten"])
    try:
        with pytest.raises(SandboxFailed) as failed:
            sandbox.run(f"{TASKS}.list_forgotten:copy", file, {})
        assert failed.value.reason == "unavailable"
    finally:
        sandbox.close()


@pytest.fixture(scope="module")
def beside() -> Iterator[Sandbox]:
    sandbox = Sandbox([f"{TASKS}.walls_beside"])
    yield sandbox
    sandbox.close()


def landlock_version() -> int:
    return int(ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1))


@pytest.mark.skipif(landlock_version() < 6, reason="this kernel has no Landlock that can do it")
def test_landlock_alone_keeps_from_files_and_processes(
    beside: Sandbox, file: Input, tmp_path: Path, bystander: subprocess.Popen[bytes]
) -> None:
    attempts = [("read a file", "/etc/passwd"), ("list a folder", "/"), ("end the template", None)]
    attempts.append(("write a file", str(tmp_path / "new")))
    tmp_path.chmod(0o777)
    for what, on in attempts:
        arguments = {"what": what, "with": on}
        told = beside.run(f"{TASKS}.walls_beside:attempt", file, arguments).answer
        assert told["refused"] == "PermissionError", what


def test_the_limits_stand_without_the_list(beside: Sandbox, file: Input) -> None:
    told = beside.run(f"{TASKS}.walls_beside:rights", file, {}, limits=QUICK).answer
    limits = told["limits"]

    assert limits["CPU"] == [1, 2]
    assert limits["FSIZE"] == [1 << 20] * 2
    assert 256 << 20 < limits["AS"][1] < 4 << 30
    assert limits["NOFILE"][1] < 100
    assert [limits[name] for name in ("NPROC", "CORE", "MEMLOCK")] == [[0, 0]] * 3
    assert (told["dumpable"], told["no_new_privileges"]) == (0, 1)


@pytest.mark.skipif(os.geteuid() != 0, reason="this machine may not let a user have namespaces")
def test_the_empty_network_alone_keeps_from_loopback(file: Input) -> None:
    module = f"{TASKS}.namespaces_alone"
    sandbox = Sandbox([module])
    with socket.create_server(("127.0.0.1", 0)) as server:
        arguments = {"what": "connect", "with": list(server.getsockname())}
        try:
            told = sandbox.run(f"{module}:attempt", file, arguments).answer
        finally:
            sandbox.close()
    assert told["refused"] == "OSError"  # the network is unreachable


def test_a_child_whose_template_has_died_reads_nothing() -> None:
    """What asks to end with its parent after the parent's end would never end."""
    orphan = (
        "from app.sandbox import confine\n"
        "try: confine.confine({}, keep=[0], parent=1)\n"
        "except confine.Unconfined: print('nothing is read')\n"
    )
    told = subprocess.run([sys.executable, "-c", orphan], capture_output=True, check=True)
    assert told.stdout == b"nothing is read\n"
