"""The usual settings, with a folder of the measurement's own for static files."""

import os
from pathlib import Path

from crm.settings import *  # noqa: F403

STATIC_ROOT = Path(os.environ["BENCH_STATIC_ROOT"])
