"""A sample is what anybody draws again from the seed and the leaf hashes."""

import hashlib
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.audit.reviews.sampling import rank, sample
from tests.world import World

hashes = st.lists(st.binary(min_size=32, max_size=32), unique=True, max_size=60)
seeds = st.binary(min_size=32, max_size=32)


@settings(max_examples=60, deadline=None)
@given(seed=seeds, leaves=hashes, count=st.integers(1, 70), shuffle=st.randoms())
def test_the_order_of_the_population_does_not_matter(
    seed: bytes, leaves: list[bytes], count: int, shuffle: Random
) -> None:
    drawn = sample(seed, leaves, count)
    other = list(leaves)
    shuffle.shuffle(other)
    assert drawn == sample(seed, other, count)
    assert len(drawn) == min(count, len(leaves))
    assert drawn == sorted(leaves, key=lambda leaf: hashlib.sha256(seed + leaf).digest())[:count]


def test_another_seed_draws_another_sample() -> None:
    leaves = [hashlib.sha256(bytes([number])).digest() for number in range(100)]
    drawn = {tuple(sample(bytes([seed]) * 32, leaves, 5)) for seed in range(20)}
    assert len(drawn) == 20


def test_every_entry_is_drawn_about_equally_often() -> None:
    leaves = [hashlib.sha256(bytes([number])).digest() for number in range(20)]
    times = dict.fromkeys(leaves, 0)
    for number in range(2000):
        for leaf in sample(hashlib.sha256(str(number).encode()).digest(), leaves, 4):
            times[leaf] += 1
    assert all(300 < count < 500 for count in times.values())  # 400 expected, sd 18


def test_the_database_orders_as_the_rule_does(world: World) -> None:
    seed = bytes(range(32))
    leaves = [hashlib.sha256(bytes([number])).digest() for number in range(50)]
    with world.work() as work:
        drawn = work.session.scalars(
            text("SELECT leaf FROM unnest(:leaves) leaf ORDER BY sha256(:seed || leaf) LIMIT 10"),
            {"leaves": leaves, "seed": seed},
        ).all()
    assert [bytes(leaf) for leaf in drawn] == sample(seed, leaves, 10)
    assert rank(seed, leaves[0]) == hashlib.sha256(seed + leaves[0]).digest()
