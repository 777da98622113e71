"""Primary keys: UUID version 7, which rise with time and so keep new rows on the last page of an index."""

import uuid

from uuid_utils.compat import uuid7

# Stands for an author who was deleted, in counts by rep.
NOBODY = uuid.UUID(int=0)


def new_id() -> uuid.UUID:
    return uuid7()
