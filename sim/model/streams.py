"""Named random streams: the same entity has the same luck in every scenario.

A stream is named after the decision that it serves and indexed by entity. Its numbers depend on the seed, the
replication, its own name and the index only: a longer stream begins with the shorter one, and drawing from one
never moves another. So two scenarios differ by their rules and not by chance (common random numbers).
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Mapping
from functools import cache
from itertools import accumulate
from statistics import NormalDist

TINY = 2.0**-54

normal_quantile = NormalDist().inv_cdf


@cache
def log_terms(cv: float) -> tuple[float, float]:
    """Standard deviation and mean of the logarithm of a lognormal with mean 1 and that coefficient of variation."""
    variance = math.log1p(cv * cv)
    return math.sqrt(variance), -variance / 2


class Stream:
    """One uniform number in (0, 1) for each entity, turned into the value asked for by the inverse distribution."""

    __slots__ = ("_generator", "_uniforms")

    def __init__(self, name: str) -> None:
        self._generator = random.Random(name)
        self._uniforms: list[float] = []

    def uniforms(self, entities: int) -> list[float]:
        """The numbers of at least that many entities, from entity 0 on."""
        uniforms = self._uniforms
        if len(uniforms) < entities:
            draw = self._generator.random
            uniforms.extend([draw() or TINY for _ in range(entities - len(uniforms))])
        return uniforms

    def uniform(self, entity: int) -> float:
        """The number of one entity."""
        if entity >= len(self._uniforms):
            self.uniforms(2 * entity + 64)
        return self._uniforms[entity]

    def happens(self, entity: int, probability: float) -> bool:
        """True with that probability; an entity to whom it happens has it happen at any higher probability too."""
        return self.uniform(entity) < probability

    def exponential(self, entity: int, mean: float) -> float:
        """Exponential with that mean."""
        return -mean * math.log1p(-self.uniform(entity))

    def lognormal(self, entity: int, mean: float, cv: float) -> float:
        """Lognormal with that mean and coefficient of variation; the mean itself where the variation is 0."""
        if cv == 0.0:
            return mean
        spread, shift = log_terms(cv)
        return mean * math.exp(spread * normal_quantile(self.uniform(entity)) + shift)

    def lognormals(self, entities: int, mean: float, cv: float) -> list[float]:
        """The same for entities 0, 1, ... at once."""
        if cv == 0.0:
            return [mean] * entities
        spread, shift = log_terms(cv)
        exp, quantile = math.exp, normal_quantile
        return [mean * exp(spread * quantile(u) + shift) for u in self.uniforms(entities)[:entities]]

    def choices(self, entities: int, shares: Mapping[str, float]) -> list[str]:
        """One of the names for each of the entities 0, 1, ..., each name with its share of the total."""
        names = [name for name, share in shares.items() if share > 0]
        *bounds, total = accumulate(shares[name] for name in names)
        return [names[bisect_right(bounds, u * total)] for u in self.uniforms(entities)[:entities]]

    def poisson(self, total: float) -> list[float]:
        """The points of a unit-rate Poisson process up to `total`, ascending; more total, the same points and more."""
        points: list[float] = []
        point, entity = 0.0, 0
        while True:
            point -= math.log1p(-self.uniform(entity))
            if point >= total:
                return points
            points.append(point)
            entity += 1


class Streams:
    """The streams of one replication."""

    def __init__(self, seed: int, replication: int) -> None:
        self._prefix = f"{seed}/{replication}/"
        self._streams: dict[str, Stream] = {}

    def __getitem__(self, name: str) -> Stream:
        """The stream of that name, made when first asked for and kept: its numbers never start again."""
        if name not in self._streams:
            self._streams[name] = Stream(self._prefix + name)
        return self._streams[name]
