"""The tests, in the rooms of the product. Helpers are in tests/support/."""

import pytest

# A failed assertion of a helper says what it compared, as one of a test does.
pytest.register_assert_rewrite("tests.support")
