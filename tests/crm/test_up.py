"""`manage.py up`: the port before anything else, each wait by name, one sentence for whatever is missing."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import psycopg
import pytest
from django.core.management.base import CommandError
from django.db import OperationalError

from crm.management.commands.up import in_plain_words
from crm.setup import bootstrap, packages
from crm.setup.start import collect, holders, port, servers, steps
from tests.support.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 240


def command(*arguments: str, data: Path, **environment: str) -> subprocess.Popen[str]:
    variables = {**os.environ, "TANDEM_SKIP_BOOTSTRAP": "1", "TANDEM_DATA_DIR": str(data), **environment}
    variables.pop("DB_NAME", None)
    return subprocess.Popen(
        [sys.executable, "manage.py", "up", *arguments],
        cwd=ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def up(*arguments: str, data: Path, **environment: str) -> tuple[str, int]:
    """What it prints and its exit code."""
    process = command(*arguments, data=data, **environment)
    printed, _ = process.communicate(timeout=SECONDS)
    return printed.strip(), process.returncode


@pytest.fixture
def taken() -> Iterator[int]:
    """A port at which this very process listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_a_taken_port_is_told_by_name_with_a_free_one_before_anything_is_started(taken, tmp_path):
    printed, code = up("--port", str(taken), data=tmp_path)
    match = re.fullmatch(rf"Port {taken} is taken by (.+ )?\(process {os.getpid()}\)\. Use --port (\d+)\.", printed)
    assert match and code == 1, printed
    socket.create_server(("127.0.0.1", int(match[2]))).close()
    assert [path.name for path in tmp_path.iterdir()] == [f"up-{taken}.lock"]


def test_the_port_of_the_environment_is_looked_at_too(taken, tmp_path):
    assert f"Port {taken} is taken by" in up(data=tmp_path, PORT=str(taken))[0]


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_a_port_is_taken_too_where_localhost_would_lead_to_somebody_else(tmp_path):
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listening:
        number = listening.getsockname()[1]
        assert f"Port {number} is taken by" in up("--port", str(number), data=tmp_path)[0]


@pytest.mark.parametrize(
    "arguments", [["--port", "0"], ["--port", "65536"], ["--port", "web"], ["--port=٣"], ["--port"]]
)
def test_what_is_no_port_is_told_in_a_sentence(arguments, tmp_path):
    printed, code = up(*arguments, data=tmp_path)
    assert code == 1 and re.fullmatch(r"A port is a number from 1 to 65535, not .+|Argument --port: .+", printed)
    assert "\n" not in printed


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.EACCES, r"Port 80 is not open to you; those from 1024 on are\. Use --port 8\d\d\d\."),
        (errno.EADDRNOTAVAIL, r"This machine has no address 127\.0\.0\.1 .+"),
        (errno.EAFNOSUPPORT, r"Port 80 cannot be used: Address family .+"),
    ],
)
def test_a_port_that_may_not_be_used_says_why(monkeypatch, number, sentence):
    def refused(family: object, host: str, port: int) -> OSError | None:
        return OSError(number, os.strerror(number)) if port < 1024 else None

    monkeypatch.setattr(port, "refused", refused)
    monkeypatch.setattr(port, "answers", lambda host, port: False)
    assert re.fullmatch(sentence, port.port_problem(80))


def test_a_second_one_of_the_same_folder_hears_that_tandem_is_there(taken, tmp_path):
    with open(tmp_path / f"up-{taken}.lock", "w") as claim:
        fcntl.flock(claim, fcntl.LOCK_EX)
        printed, code = up("--port", str(taken), data=tmp_path)
    assert code == 1
    assert printed.startswith("Tandem is already running here")
    assert f"(process {os.getpid()}): http://localhost:{taken}/\n" in printed


def test_a_second_one_hears_of_a_first_that_is_still_starting(tmp_path):
    number = free_port()
    with open(tmp_path / f"up-{number}.lock", "w") as claim:
        fcntl.flock(claim, fcntl.LOCK_EX)
        printed, code = up("--port", str(number), data=tmp_path)
    assert code == 1 and printed.startswith("Tandem is being started here already, by ")


def test_help_waits_for_nothing_and_makes_nothing(tmp_path):
    printed, code = up("--help", data=tmp_path / "none")
    assert code == 0 and printed.startswith("usage: python3 manage.py up [--port N] [--debug]")
    assert not tmp_path.joinpath("none").exists()


def test_a_process_is_told_without_its_arguments(tmp_path):
    script = tmp_path / "shop.py"
    script.write_text("import time; print('ready', flush=True); time.sleep(60)")
    with subprocess.Popen([sys.executable, script, "--password=sesame"], stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline()
        told = holders.describe(process.pid)
        process.kill()
    assert re.fullmatch(rf"python[\d.]* shop\.py \(process {process.pid}\)", told)


# What is waited for


def test_each_wait_is_named_before_it_begins_and_ends_visibly(capsys):
    with steps.step("Making tea"):
        assert capsys.readouterr().out == "Making tea …\n"
    assert capsys.readouterr().out == "Making tea: done\n"
    for raised, word in ((ValueError, "failed"), (KeyboardInterrupt, "stopped"), (steps.Terminated, "stopped")):
        with pytest.raises(raised), steps.step("Making tea"):
            raise raised
        assert capsys.readouterr().out == f"Making tea …\nMaking tea: {word}\n"


def test_a_wait_says_after_a_moment_for_whom(capsys, monkeypatch):
    monkeypatch.setattr(steps, "SECONDS_BEFORE_A_REASON", 0.01)
    printed = ""
    with steps.step("Making tea", waits_for=lambda: "waiting for water"):
        while "water" not in printed:
            printed += capsys.readouterr().out
    assert printed == "Making tea …\nMaking tea: waiting for water …\n"


def test_on_a_terminal_the_line_counts_and_is_written_over(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(steps, "SECONDS_BEFORE_A_REASON", 0.01)
    with steps.step("Making tea"):
        while " s" not in terminal.getvalue():
            time.sleep(0.01)
    text = terminal.getvalue()
    assert text.startswith(f"Making tea …{steps.ERASE}Making tea … 0 s") and text.endswith("Making tea … done\n")


def test_a_shell_without_utf_8_is_told_too(monkeypatch):
    plain = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", plain)
    with steps.step("Making tea"):
        pass
    assert plain.buffer.getvalue() == b"Making tea ...\nMaking tea: done\n"


def test_whoever_holds_the_lock_of_the_packages_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(steps, "SECONDS_BEFORE_A_REASON", 0.01)
    tmp_path.joinpath(".data").mkdir()
    lock = tmp_path / ".data" / "venv.lock"
    script = f"import fcntl, sys; f = open({str(lock)!r}, 'w'); fcntl.flock(f, 2); print(flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin and other.stdout and other.stdout.readline()
        printed, told = "", []

        def let_go(lock: Path) -> str:
            words = told_by(lock)
            told.append(words)
            other.stdin.close()
            return words

        told_by = bootstrap.waiting_for
        monkeypatch.setattr(bootstrap, "waiting_for", let_go)
        with bootstrap.only_one():
            printed = capsys.readouterr().out
    assert printed.startswith("Another command is installing packages here …\n") and "done" in printed
    assert re.fullmatch(rf"waiting for python[\d.]* \(process {other.pid}\)", told[0])


def test_a_server_that_answers_later_is_waited_for_by_name(monkeypatch, capsys):
    monkeypatch.setattr(servers, "PAUSE", 0)
    answers = iter([servers.NotYet("Connection refused"), servers.NotYet("Connection refused"), None])

    def attempt() -> None:
        if answer := next(answers):
            raise answer

    servers.wait_for("Redis at cache:6379", attempt, advice="Is it running?")
    title = f"Waiting for Redis at cache:6379, at most {servers.PATIENCE} s"
    assert capsys.readouterr().out == f"{title} …\n{title}: done\n"


def test_a_server_that_never_answers_is_named_with_its_place_and_no_password(monkeypatch, settings):
    monkeypatch.setattr(servers, "PAUSE", 0)
    monkeypatch.setattr(servers, "PATIENCE", 0.2)
    settings.REDIS_URL = f"redis://:sesame@127.0.0.1:{free_port()}/0"
    with pytest.raises(
        CommandError, match=r"Redis at 127\.0\.0\.1:\d+ does not answer \(Connection refused\)\. Is"
    ) as told:
        servers.wait_for_redis()
    assert "sesame" not in str(told.value)
    settings.REDIS_URL = "cache:6379:sesame"
    with pytest.raises(CommandError, match="REDIS_URL must look like"):
        servers.wait_for_redis()


def test_a_database_that_refuses_is_not_waited_for(monkeypatch):
    def connect(**params: object) -> None:
        raise psycopg.OperationalError('connection failed: FATAL:  password authentication failed for user "tandem"\n')

    monkeypatch.setattr(servers.connection, "get_connection_params", dict)
    monkeypatch.setattr(psycopg, "connect", connect)
    with pytest.raises(CommandError, match='^PostgreSQL refuses: password authentication failed for user "tandem".$'):
        servers.wait_for_database()


# What is missing


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            OperationalError("initdb failed: could not write: No space left on device\nchild exited"),
            "the disk is full.",
        ),
        (OSError(errno.EROFS, os.strerror(errno.EROFS), "/x/y"), "/x/y cannot be used: Read-only file system."),
        (psycopg.errors.InsufficientPrivilege("permission denied for schema public\nLINE 1"), "permission denied for"),
    ],
)
def test_what_stops_a_start_is_one_sentence(error, sentence):
    words = in_plain_words(error)
    assert sentence in words and "\n" not in words and words.endswith(".")


@pytest.mark.parametrize(
    ("printed", "cause"),
    [
        ("NewConnectionError('<…>: Failed to establish a new connection: [Errno 111]", "Is there a network?"),
        ("error: failed to create file: No space left on device (os error 28)", "the disk is full."),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES; they do not match", "is not the one that the lock names."),
        ("something else", "see what was printed."),
    ],
)
def test_packages_that_cannot_be_installed_say_the_likely_cause(tmp_path, monkeypatch, printed, cause):
    monkeypatch.setattr(packages, "LOG", tmp_path / "install.log")
    packages.LOG.write_text(printed)
    with pytest.raises(SystemExit) as ended:
        packages.require(False, "The packages could not be installed")
    assert re.match(
        r"The packages could not be installed: [^\n]+ Run the same command to try again\.$", ended.value.code
    )
    assert cause in ended.value.code


def test_a_folder_that_cannot_be_used_ends_a_start_with_a_sentence(tmp_path):
    tmp_path.joinpath("file").touch()
    printed, code = up("--port", str(free_port()), data=tmp_path / "file" / "data")
    assert code == 1 and "\n" not in printed
    assert printed.startswith(f"{tmp_path / 'file' / 'data'} cannot be written: Not a directory. Tandem keeps ")


def test_an_installer_that_outlives_us_still_holds_the_lock(tmp_path, monkeypatch):
    """Were it not so, the next command would remove .venv under the installer's hands."""
    monkeypatch.setattr(packages, "LOG", tmp_path / "install.log")
    with open(tmp_path / "lock", "w") as lock:
        monkeypatch.setattr(packages, "shared_locks", [lock.fileno()])
        assert packages.run([sys.executable, "-c", f"import os; os.fstat({lock.fileno()})"])


@pytest.mark.parametrize("version", [(3, 10, 9), (3, 9, 0)])
def test_an_older_python_is_told_so_before_anything_else_is_read(monkeypatch, version):
    import manage

    monkeypatch.setattr(sys, "version_info", version)
    with pytest.raises(SystemExit, match=r"Tandem needs Python 3\.11 or newer; this is Python 3\.\d+\.\d"):
        manage.main()


# The files that pages load


def test_files_are_collected_once_and_again_only_when_one_has_changed(tmp_path, settings, monkeypatch, capsys):
    settings.STATIC_ROOT = tmp_path / "files"
    sources = {name: source for name, source in collect.find_sources().items() if name in collect.JOINED}
    monkeypatch.setattr(collect, "find_sources", lambda: sources)
    # What somebody left who was killed at it.
    (tmp_path / "files.4194305").mkdir()
    collect.collect()
    names = sorted(re.sub(r"\.[0-9a-f]{12}\.", ".HASH.", path.name) for path in settings.STATIC_ROOT.iterdir())
    assert {"app.HASH.css", "app.HASH.css.gz", "app.HASH.css.br", "staticfiles.json"} <= set(names)
    assert [path.name for path in tmp_path.iterdir()] == ["files"]
    assert "Compressing styles" in capsys.readouterr().out
    collect.collect()
    assert capsys.readouterr().out == ""
    Path(sources["app.js"].path("app.js")).touch()
    collect.collect()
    assert "done" in capsys.readouterr().out


# All of it


@pytest.mark.slow
def test_from_nothing_to_a_page_stopped_anywhere_and_gone_on_with(tmp_path):
    """Ctrl-C at each wait ends it with 130, no stack and nothing half made; then it starts, serves, and ends well."""
    number = free_port()
    for wait in ("Starting PostgreSQL", "Preparing the tables", "Loading the demo story"):
        printed, code = interrupted(wait, number, tmp_path)
        assert code == 130 and "Traceback" not in printed, printed
        assert f"{wait}: stopped" in printed
    printed, code = interrupted("Ctrl-C ends it.", number, tmp_path, look_at=number)
    assert code == 0 and "Traceback" not in printed, printed
    assert f"Tandem is at http://localhost:{number}/" in printed
    # Successful requests are quiet.
    assert [line for line in printed.splitlines() if "GET" in line and "404 GET /nowhere/" not in line] == []
    assert "404 GET /nowhere/" in printed


def interrupted(wait: str, number: int, data: Path, *, look_at: int = 0) -> tuple[str, int]:
    """What `up` printed until Ctrl-C at this wait, and its exit code."""
    process = command("--port", str(number), data=data)
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith(wait):
            break
    if look_at:
        statuses = [status(look_at, path) for path in ("/sign-in/", "/nowhere/", "/")]
        assert statuses == [200, 404, 302]
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=SECONDS)
    return "".join(lines) + rest, process.returncode


def status(number: int, path: str) -> int:
    http = HTTPConnection("localhost", number, timeout=60)
    http.request("GET", path)
    return http.getresponse().status
