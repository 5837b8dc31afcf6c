import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest

from winnow.annotation.sandbox import (
    Ended,
    Isolation,
    Limits,
    SandboxUnavailable,
    box,
    interpreter,
    run,
    why_unavailable,
)

pytestmark = pytest.mark.skipif(
    why_unavailable() is not None, reason=f"no isolation here: {why_unavailable()}"
)

LIMITS = Limits(wall_s=2, cpu_s=30, memory_mb=256, processes=16)
PATIENT = LIMITS._replace(wall_s=60)


@pytest.fixture
def mark() -> Iterator[str]:
    """A word that stands in the command of all that a test starts; nothing with it may be left afterwards."""
    word = f"of-{uuid4().hex}"
    yield word
    assert not _running(word)


def python(
    program: str, mark: str, limits: Limits = LIMITS, isolation: Isolation = "full"
) -> Ended:
    command = [interpreter(), "-I", "program.py", mark]
    return run(command, files={"program.py": program}, limits=limits, isolation=isolation)


def _running(mark: str) -> list[Path]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "cmdline").read_bytes():
                found.append(process)
        except OSError:
            continue
    return found


DEAF_CHILDREN = """
import os, signal, time
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True: time.sleep(1)
    os._exit(0)
os.fork() or os._exit(0)  # a zombie: nobody waits for it
print("began", flush=True)
"""
FORK_BOMB = """
import os
while True:
    try: os.fork()
    except OSError: pass
"""
ATTACKS = {
    "endless loop": ("while True: pass", LIMITS, "timeout"),
    "endless loop on one processor": ("while True: pass", PATIENT._replace(cpu_s=1), "timeout"),
    "sleep": ("import time; time.sleep(1000)", LIMITS, "timeout"),
    "fork bomb": (FORK_BOMB, LIMITS, "timeout"),
    "10 GB in one piece": ("x = bytearray(10 << 30)", PATIENT, "memory"),
    "10 GB bit by bit": ("x = []\nwhile True: x.append(bytearray(1 << 20))", PATIENT, "memory"),
    "memory of many processes": (
        "import os, time\nfor _ in range(3): os.fork()\nx = bytearray(50 << 20)\ntime.sleep(99)",
        PATIENT,
        "memory",
    ),
    "shared memory": (
        "import mmap, os, time\nfor _ in range(2): os.fork()\nheld = mmap.mmap(-1, 80 << 20)\n"
        "for _ in range(80): held.write(bytes(1 << 20))\ntime.sleep(99)",
        PATIENT,
        "memory",
    ),
    "memory of processes that another thread started": (
        "import os, threading, time\ndef work():\n    for _ in range(3): os.fork()\n    x = bytearray(50 << 20)\n    time.sleep(99)\n"
        "threading.Thread(target=work).start()",
        PATIENT,
        "memory",
    ),
    "1 GB of output": ("for _ in range(1024): print('x' * (1 << 20))", PATIENT, "output"),
    "1 GB of errors": ("import sys\nwhile True: sys.stderr.write('x' * 9999)", PATIENT, "output"),
    "crash": ("import os; os.kill(os.getpid(), 11)", PATIENT, "killed"),
    "deaf children": (DEAF_CHILDREN + "os._exit(0)", PATIENT, "exited"),
    "deaf children, deaf itself": (DEAF_CHILDREN + "while True: time.sleep(1)", LIMITS, "timeout"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_program_that_goes_too_far_is_ended_and_the_reason_is_told(
    attack: str, mark: str
) -> None:
    program, limits, reason = ATTACKS[attack]
    ended = python(program, mark, limits)
    assert ended.reason == reason, ended
    assert len(ended.stdout) <= limits.output_mb * (1 << 20)


def test_fifty_programs_at_once_are_all_ended_and_good_ones_go_on(mark: str) -> None:
    good = ("print(sum(range(1000)))", PATIENT, "exited")
    asked = [*ATTACKS.values()] * 2
    asked += [good] * (50 - len(asked))
    with ThreadPoolExecutor(50) as pool:
        found = list(pool.map(lambda one: python(one[0], mark, one[1]), asked))
    assert [one.reason for one in found] == [reason for *_, reason in asked]
    assert [one.stdout for one in found[-2:]] == [b"499500\n"] * 2


def test_no_network_is_reached_not_even_the_machines_own(mark: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        program = f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)"
        assert b"Network is unreachable" in python(program, mark, PATIENT).stderr
        assert python(program, mark, PATIENT, "weak").status == 0


@pytest.mark.parametrize(
    "tries",
    [
        "print(open({secret!r}).read())",
        "open({secret!r}, 'w').write('gone')",
        "import os; os.symlink({secret!r}, 'link'); print(open('link').read())",
        "import os; os.symlink({secret!r}, 'link'); open('link', 'w').write('gone')",
        "print(open('/proc/1/root' + {secret!r}).read())",
        "import os; os.chroot('..'); print(open({secret!r}).read())",
        "open('/usr/bin/left', 'w')",
        "open('/left', 'w')",
        "open('/dev/left', 'w')",
        "import os; os.remove('/usr/bin/env')",
    ],
)
def test_nothing_outside_its_folder_is_read_or_written(
    tries: str, mark: str, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    ended = python(tries.format(secret=str(secret)), mark, PATIENT)
    assert ended.status == 1, ended
    assert b"the secret" not in ended.stdout
    assert secret.read_text() == "the secret"


def test_its_folder_is_its_own_empty_at_the_start_and_gone_afterwards(mark: str) -> None:
    program = "import os; print(os.listdir('.'), os.listdir('/tmp')); open('left', 'w').write('x')"
    for _ in range(2):
        assert python(program, mark, PATIENT).stdout == b"['program.py'] ['program.py']\n"
    assert not Path("/tmp/left").exists()


def test_files_are_bounded(mark: str) -> None:
    one = "open('a', 'wb').write(bytes(17 << 20))"
    many = "for i in range(9): open(str(i), 'wb').write(bytes(4 << 20))"
    for program in (one, many):
        assert b"No space left" in python(program, mark, PATIENT).stderr


def test_a_program_has_no_rights_and_gets_none(mark: str) -> None:
    program = """
import ctypes, os
libc = ctypes.CDLL(None)
print(os.getuid(), libc.unshare(0x10000000), libc.mount(b"t", b"/tmp", b"tmpfs", 0, None), libc.ptrace(16, 1, 0, 0))
for number in range(1, 65):
    try: os.kill(1, number)
    except OSError: pass
print("the first process goes on", os.environ)
"""
    out = python(program, mark, PATIENT).stdout.decode()
    assert out.startswith("1000 -1 -1 -1\nthe first process goes on")
    assert "HOME" in out and "'OMP_NUM_THREADS': '1'" in out and "PYTEST" not in out


@pytest.mark.parametrize(
    "call",
    [
        "os.memfd_create('x')",
        "libc.shmget(0, 1 << 20, 0o1600)",
        "libc.msgget(0, 0o1600)",
        "libc.ptrace(0, 0, 0, 0)",
        "libc.syscall(435, 0, 0)",
        "libc.syscall(425, 1, 0)",
        "libc.unshare(0x10000000)",
        "libc.unshare(0x00020000)",
    ],
)
def test_what_holds_memory_that_no_limit_counts_is_refused(call: str, mark: str) -> None:
    program = f"""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
try: print({call}, ctypes.get_errno())
except OSError as error: print(-1, error.errno)
"""
    refused = b"-1 38\n" if "435" in call else b"-1 1\n"
    assert python(program, mark, PATIENT).stdout == refused


def test_threads_processes_and_pipes_work_within_the_limits(mark: str) -> None:
    program = """
import subprocess, sys, threading
threads = [threading.Thread(target=print, args=(i,)) for i in range(4)]
for one in threads: one.start(); one.join()
print(subprocess.run([sys.executable, "-c", "print('below')"], capture_output=True, text=True).stdout)
"""
    assert python(program, mark, PATIENT).stdout == b"0\n1\n2\n3\nbelow\n\n"


def test_no_file_of_the_caller_is_open_in_the_program(mark: str) -> None:
    program = """
import os
def is_open(number):
    try: return bool(os.fstat(number))
    except OSError: return False
print([number for number in range(64) if is_open(number)])
"""
    with Path("/etc/hostname").open() as file:
        os.set_inheritable(file.fileno(), True)
        assert python(program, mark, PATIENT).stdout == b"[0, 1, 2]\n"


def test_a_channel_is_kept_apart_from_the_output() -> None:
    program = "import os, sys; print('out'); os.write(int(sys.argv[1]), b'over the channel')"
    ended = run(
        [interpreter(), "-I", "program.py", "{channel}"],
        files={"program.py": program},
        has_channel=True,
        limits=PATIENT,
    )
    assert (ended.stdout, ended.channel) == (b"out\n", b"over the channel")


def test_what_cannot_be_started_is_a_fault_of_the_sandbox() -> None:
    ended = run(["/nowhere/python"])
    assert (ended.reason, ended.status) == ("sandbox_error", None)
    assert ended.said == "/nowhere/python: No such file or directory"


def test_where_the_machine_isolates_nothing_no_program_runs_unless_that_is_allowed(
    monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    monkeypatch.setattr(box, "why_unavailable", lambda: "unshare: Operation not permitted")
    with pytest.raises(
        SandboxUnavailable, match=r"unshare: Operation not permitted.*isolation: weak"
    ):
        python("print(1)", mark)
    assert python("print(1)", mark, PATIENT, "weak").stdout == b"1\n"


def test_where_programs_cannot_be_run_at_all_weak_says_so_too(
    monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(SandboxUnavailable, match="weak neither: this is darwin"):
        python("print(1)", mark, PATIENT, "weak")
    assert box.why_unavailable.__wrapped__() == "this is darwin, and the sandbox needs Linux"


@pytest.mark.parametrize(
    ("release", "is_old"), [("6.6+", False), ("5.15.0-1-generic", False), ("5.4-rc1", True)]
)
def test_the_release_of_linux_is_read_however_it_is_written(
    release: str, is_old: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = os.uname_result(("Linux", "here", release, "", os.uname().machine))
    monkeypatch.setattr(os, "uname", lambda: named)
    why = box.why_unavailable.__wrapped__()
    assert (why is not None and "5.14 or later" in why) == is_old


def _open_files() -> set[str]:
    return {file.name for file in Path("/proc/self/fd").iterdir()}


def test_nothing_stays_open_where_starting_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box.sys, "executable", "/nowhere/python")
    before = _open_files()
    with pytest.raises(FileNotFoundError):
        run(["/bin/true"], isolation="weak", has_channel=True)
    assert _open_files() == before


def test_an_environment_below_its_folder_is_seen_and_not_written_to(mark: str) -> None:
    with TemporaryDirectory(dir="/tmp") as place:
        Path(place, "inner").mkdir()
        Path(place, "inner", "helper.py").write_text("WORD = 'seen'")
        program = f"""
import sys; sys.path.append({place + "/inner"!r})
import helper; print(helper.WORD)
open('mine', 'w').close()
try: open({place + "/inner/left"!r}, 'w')
except OSError as error: print(error.strerror)
"""
        command = [interpreter(), "-I", "program.py", mark]
        reads = [Path(place, "inner").resolve()]
        ended = run(command, files={"program.py": program}, limits=PATIENT, reads=reads)
    assert ended.stdout == b"seen\nRead-only file system\n", ended


@pytest.mark.parametrize(
    "attack", ["sleep", "deaf children", "deaf children, deaf itself", "1 GB of output"]
)
def test_the_weak_kind_ends_programs_all_the_same(attack: str, mark: str) -> None:
    program, limits, reason = ATTACKS[attack]
    assert python(program, mark, limits, "weak").reason == reason


def test_an_end_of_the_caller_ends_the_program(mark: str) -> None:
    caller = f"""
from winnow.annotation.sandbox import *
run([interpreter(), "-I", "-c", "import time; print(1); time.sleep(999)", {mark!r}], limits=Limits(wall_s=999))
"""
    with subprocess.Popen([sys.executable, "-c", caller], cwd=Path.cwd()) as process:
        while len(_running(mark)) < 2:  # the caller is one
            assert process.poll() is None
        process.kill()
    while _running(mark):
        pass


NOT_ROOT = (
    ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
    ["unshare", "--user", "--map-user=1234", "--map-group=1234"],
)
"""Ways to be somebody else: the second for where nobody else may read Python itself."""


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests run without root's rights already")
def test_it_works_for_users_without_rights_too(mark: str, tmp_path: Path) -> None:
    caller = f"""
import os
from winnow.annotation.sandbox import *
assert os.geteuid() != 0
def go(program): return run([interpreter(), "-I", "-c", program, {mark!r}], limits=Limits(wall_s=2, memory_mb=256))
print(go("import os; print(os.getuid(), os.listdir())").stdout)
print(go("open({str(tmp_path)!r})").status, go("while True: pass").reason, go("bytearray(10 << 30)").reason)
"""
    ways = [way for way in NOT_ROOT if shutil.which(way[0]) and _can_import(way)]
    assert ways, "neither setpriv nor unshare of util-linux starts Python as another user"
    done = subprocess.run([*ways[0], sys.executable, "-c", caller], capture_output=True, text=True)
    assert done.stdout == "b'1000 []\\n'\n1 timeout memory\n", done.stderr


def test_a_machine_without_further_namespaces_is_found_out_by_trying() -> None:
    caller = "from winnow.annotation.sandbox import *; print(why_unavailable()); run(['/bin/true'])"
    without = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$0" -c "$1"'
    command = ["unshare", "--user", "--map-root-user", "sh", "-c", without, sys.executable, caller]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout == "unshare: No space left on device\n", done.stderr
    assert "SandboxUnavailable: programs that nobody trusts cannot be isolated" in done.stderr


def _can_import(way: list[str]) -> bool:
    starts = (
        "import winnow.annotation.sandbox, subprocess, sys; subprocess.run([sys.executable, '-V'])"
    )
    command = [*way, sys.executable, "-c", starts]
    return subprocess.run(command, capture_output=True).returncode == 0
