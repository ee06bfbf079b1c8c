"""One spelling for each value: the quick way gives the bytes of RFC 8785, or lets it decide."""

import hypothesis.strategies as st
import pytest
import rfc8785
from hypothesis import given, settings

from app.core.canonical import canonical_bytes

KEYS = st.text(max_size=4) | st.sampled_from(["a", "Z", "é", "\ue000", "\U00010000", "\x7f", "_"])
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=8)
    | st.sampled_from(['"\\/\b\f\n\r\t', "\x00\x1f\x7f\u2028\u2029\ufeff", "𝄞", "<&>"])
)
VALUES = st.recursive(
    LEAVES | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_every_value_is_spelled_as_the_scheme_says(value: object) -> None:
    try:
        expected = rfc8785.dumps(value)  # type: ignore[arg-type]
    except ValueError:
        with pytest.raises(ValueError):
            canonical_bytes(value)
    else:
        assert canonical_bytes(value) == expected


@pytest.mark.parametrize(
    "value", [2**53, -(2**53), 1.0, 1e21, {"\U00010000": 1, "\ue000": 2}, ("a", ["b"]), {"k": (1,)}]
)
def test_what_other_writers_spell_otherwise_is_left_to_the_scheme(value: object) -> None:
    try:
        expected = rfc8785.dumps(value)  # type: ignore[arg-type]
    except ValueError:
        with pytest.raises(ValueError):
            canonical_bytes(value)
    else:
        assert canonical_bytes(value) == expected


def test_half_a_character_is_refused() -> None:
    with pytest.raises(ValueError):
        canonical_bytes({"a": "\ud800"})
