"""The one-to-one assignment of the highest total score."""

from __future__ import annotations

from collections import defaultdict

_MOST = 24  # larger tangles are untied greedily: the optimum costs their third power


def assign(scores: dict[tuple[int, int], float]) -> dict[int, int]:
    """Left -> right. Only pairs that have a score are made."""
    pairs: dict[int, int] = {}
    for tangle in _tangles(scores):
        lefts, rights = {left for left, _ in tangle}, {right for _, right in tangle}
        pairs |= _optimal(tangle) if len(lefts) + len(rights) <= 2 * _MOST else _greedy(tangle)
    return pairs


def _tangles(scores: dict[tuple[int, int], float]) -> list[dict[tuple[int, int], float]]:
    """Splits the scores by connected component: what shares no left or right is assigned apart."""
    by_left: defaultdict[int, list[int]] = defaultdict(list)
    by_right: defaultdict[int, list[int]] = defaultdict(list)
    for left, right in scores:
        by_left[left].append(right)
        by_right[right].append(left)
    tangles = (_pull_out(start, by_left, by_right) for start in list(by_left))
    pairs = (tangle for tangle in tangles if tangle)
    return [{pair: scores[pair] for pair in tangle} for tangle in pairs]


def _pull_out(
    start: int, by_left: dict[int, list[int]], by_right: dict[int, list[int]]
) -> list[tuple[int, int]]:
    """Takes the pairs out of `by_left` that hang together with one of its lefts."""
    tangle, todo = [], [start]
    while todo:
        left = todo.pop()
        for right in by_left.pop(left, ()):
            tangle.append((left, right))
            todo.extend(by_right[right])
    return tangle


def _greedy(scores: dict[tuple[int, int], float]) -> dict[int, int]:
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for (left, right), _ in sorted(scores.items(), key=lambda item: (-item[1], item[0])):
        if left not in pairs and right not in taken:
            pairs[left] = right
            taken.add(right)
    return pairs


def _optimal(scores: dict[tuple[int, int], float]) -> dict[int, int]:
    """By shortest augmenting paths (Jonker and Volgenant 1987), one left at a time."""
    if len(scores) == 1:
        return dict(scores.keys())
    lefts, rights = sorted({left for left, _ in scores}), sorted({right for _, right in scores})
    rights += [-1 - left for left in lefts]  # to stay alone, at no score
    cost = {left: _costs_of(left, rights, scores) for left in lefts}
    owner: list[int | None] = [None] * len(rights)
    price = [0.0] * len(rights)
    rent = dict.fromkeys(lefts, 0.0)
    for left in lefts:
        _augment(left, cost, owner, price, rent)
    pairs = zip(owner, rights, strict=True)
    return {left: right for left, right in pairs if left is not None and right >= 0}


def _costs_of(left: int, rights: list[int], scores: dict[tuple[int, int], float]) -> list[float]:
    return [-scores.get((left, right), 0.0 if right < 0 else -1e9) for right in rights]


def _augment(
    start: int,
    cost: dict[int, list[float]],
    owner: list[int | None],
    price: list[float],
    rent: dict[int, float],
) -> None:
    count = len(price)
    least, came = [float("inf")] * count, [-1] * count
    done: list[int] = []
    open_ = list(range(count))
    left, last = start, -1
    while True:
        for place in open_:
            reach = cost[left][place] - rent[left] - price[place]
            if reach < least[place]:
                least[place], came[place] = reach, last
        place = min(open_, key=least.__getitem__)
        step = least[place]
        rent[start] += step
        for other in done:
            price[other] -= step
            rent[owner[other]] += step  # type: ignore[index]
        for other in open_:
            least[other] -= step
        done.append(place)
        open_.remove(place)
        last = place
        if owner[place] is None:
            break
        left = owner[place]  # type: ignore[assignment]
    while place >= 0:
        owner[place] = start if came[place] < 0 else owner[came[place]]
        place = came[place]
