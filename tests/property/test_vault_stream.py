"""Sealed streams: the same as Tink's, any range of them, and no byte of them may change."""

from collections.abc import Callable
from io import BytesIO

import tink
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tink import secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

from app.vault import NotAuthentic
from app.vault.stream import FIRST_PLAIN_BYTES, FULL_PLAIN_BYTES, SEGMENT_BYTES, Opener, Sealer
from tests.vault_world import BODY, KEY, Bytes, opened, sealed

streaming_aead.register()

BORDERS = [0, FIRST_PLAIN_BYTES, FIRST_PLAIN_BYTES + FULL_PLAIN_BYTES, len(BODY)]
STREAM = sealed(BODY)

plain_positions = st.one_of(
    st.integers(0, len(BODY)),
    st.builds(int.__add__, st.sampled_from(BORDERS), st.integers(-17, 17)),
).map(lambda position: min(max(position, 0), len(BODY)))
sealed_positions = st.one_of(
    st.integers(0, len(STREAM) - 1),
    st.integers(0, 60),
    st.builds(
        int.__add__,
        st.sampled_from([SEGMENT_BYTES, 2 * SEGMENT_BYTES, 3 * SEGMENT_BYTES]),
        st.integers(-20, 20),
    ),
    st.integers(len(STREAM) - 20, len(STREAM) - 1),
)


def tink_primitive(key: bytes) -> streaming_aead.StreamingAead:
    """Give Tink's own primitive for the 1 MiB format with this key."""
    params = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
        ciphertext_segment_size=1 << 20,
        derived_key_size=32,
        hkdf_hash_type=common_pb2.SHA256,
    )
    value = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(key_value=key, params=params)
    data = tink_pb2.KeyData(
        type_url="type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
        value=value.SerializeToString(),
        key_material_type=tink_pb2.KeyData.SYMMETRIC,
    )
    entry = tink_pb2.Keyset.Key(
        key_data=data, status=tink_pb2.ENABLED, key_id=1, output_prefix_type=tink_pb2.RAW
    )
    keyset = tink_pb2.Keyset(primary_key_id=1, key=[entry]).SerializeToString()
    handle = tink.proto_keyset_format.parse(keyset, secret_key_access.TOKEN)
    return handle.primitive(streaming_aead.StreamingAead)


class KeptOpen(BytesIO):
    """Tink closes the sink; what it wrote is wanted afterwards."""

    def close(self) -> None:
        pass


@settings(max_examples=60, deadline=None)
@given(size=plain_positions, key=st.binary(min_size=32, max_size=32), ad=st.binary(max_size=40))
def test_tink_opens_what_we_seal(size: int, key: bytes, ad: bytes) -> None:
    stream = BytesIO(sealed(BODY[:size], key, ad))

    with tink_primitive(key).new_decrypting_stream(stream, ad) as plain:
        assert plain.read() == BODY[:size]


@settings(max_examples=60, deadline=None)
@given(size=plain_positions, key=st.binary(min_size=32, max_size=32), ad=st.binary(max_size=40))
def test_we_open_what_tink_seals(size: int, key: bytes, ad: bytes) -> None:
    sink = KeptOpen()
    with tink_primitive(key).new_encrypting_stream(sink, ad) as stream:
        stream.write(BODY[:size])

    assert opened(sink.getvalue(), key, ad) == BODY[:size]


@settings(max_examples=60, deadline=None)
@given(cuts=st.lists(plain_positions, max_size=6).map(sorted))
def test_the_stream_does_not_depend_on_how_it_was_fed(cuts: list[int]) -> None:
    sink = BytesIO()
    sealer = Sealer(sink, KEY, b"ad", lambda count: b"\x07" * count)
    for start, stop in zip([0, *cuts], [*cuts, len(BODY)], strict=True):
        sealer.feed(BODY[start:stop])
    sealer.finish()

    assert sink.getvalue() == STREAM


@settings(max_examples=120, deadline=None)
@given(ends=st.tuples(plain_positions, plain_positions).map(sorted))
def test_a_range_is_the_slice(ends: list[int]) -> None:
    start, stop = ends
    opener = Opener(Bytes(STREAM), KEY, b"ad")

    assert b"".join(opener.read_segments(start, stop)) == BODY[start:stop]


Damage = Callable[[bytes], bytes]


@st.composite
def damages(draw: st.DrawFn) -> Damage:
    """Draw a way in which a stored stream can come to be another."""
    at = draw(sealed_positions)
    length = draw(st.one_of(st.integers(1, 40), st.just(SEGMENT_BYTES)))
    extra = draw(st.binary(min_size=1, max_size=40))
    bit = draw(st.integers(0, 7))
    one, two = draw(st.tuples(st.integers(0, 3), st.integers(0, 3)))
    ways: list[Damage] = [
        lambda s: s[:at] + bytes([s[at] ^ 1 << bit]) + s[at + 1 :],
        lambda s: s[:at] + s[at + length :],
        lambda s: s[:at] + extra + s[at:],
        lambda s: s[:at],
        lambda s: s + extra,
        lambda s: s + s[-length:],
        lambda s: _swapped(s, one, two),
        lambda s: s[: (one + 1) * SEGMENT_BYTES] + s[one * SEGMENT_BYTES :],
    ]
    return draw(st.sampled_from(ways))


def _swapped(stream: bytes, one: int, two: int) -> bytes:
    parts = [stream[i : i + SEGMENT_BYTES] for i in range(0, len(stream), SEGMENT_BYTES)]
    parts[one], parts[two] = parts[two], parts[one]
    return b"".join(parts)


@settings(max_examples=300, deadline=None)
@given(damage=damages())
def test_an_altered_stream_is_refused_and_only_authentic_bytes_come_before(damage: Damage) -> None:
    altered = damage(STREAM)
    assume(altered != STREAM)
    got = b""
    refused = False
    try:
        opener = Opener(Bytes(altered), KEY, b"ad")
        for piece in opener.read_segments(0, opener.plaintext_size):
            got += piece
    except NotAuthentic:
        refused = True

    assert refused
    assert BODY.startswith(got)


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, 31), bit=st.integers(0, 7))
def test_every_bit_of_the_key_matters(at: int, bit: int) -> None:
    key = bytearray(KEY)
    key[at] ^= 1 << bit
    refused = False
    try:
        opened(sealed(b"text"), key=bytes(key))
    except NotAuthentic:
        refused = True

    assert refused


@settings(max_examples=100, deadline=None)
@given(ad=st.binary(max_size=8))
def test_other_associated_data_is_refused(ad: bytes) -> None:
    assume(ad != b"ad")
    refused = False
    try:
        opened(sealed(b"text"), associated_data=ad)
    except NotAuthentic:
        refused = True

    assert refused
