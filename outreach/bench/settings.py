"""The settings everybody has, with static files collected somewhere of the measurement's own."""

import os

from crm.settings import *  # noqa: F403

STATIC_ROOT = os.environ["BENCH_STATIC_ROOT"]
