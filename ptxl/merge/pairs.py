"""Which project of a unit is which of an earlier year. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ptxl.merge.compared import ComparedProject
from ptxl.merge.names import code_key, project_key


class Pairs:
    """Which project of now is which of before, by their numbers.

    `earlier` are those that are known, `unclear` the groups in which nobody can tell, `new` and
    `gone` all others.
    """

    def __init__(self, before: Sequence[ComparedProject], now: Sequence[ComparedProject]) -> None:
        self.earlier: dict[int, int] = {}
        self.unclear: list[tuple[list[int], list[int]]] = []
        self.gone, self.new = list(range(len(before))), list(range(len(now)))
        for olds, news in self._alike(before, now, lambda project: code_key(project.code)):
            if len(olds) == len(news) == 1 and now[news[0]].code:
                self._pair(olds, news)
        for olds, news in self._alike(before, now, lambda project: project_key(project.name)):
            if len(olds) == len(news) == 1 and project_key(now[news[0]].name):
                self._pair(olds, news)
            else:
                self.unclear.append((olds, news))
                self._take(olds, news)

    def _alike(
        self, before: Sequence[ComparedProject], now: Sequence[ComparedProject],
        key: Callable[[ComparedProject], str],
    ) -> list[tuple[list[int], list[int]]]:  # fmt: skip
        """What is left of both years, by a key that both have."""
        olds: dict[str, list[int]] = {}
        news: dict[str, list[int]] = {}
        for number in self.gone:
            olds.setdefault(key(before[number]), []).append(number)
        for number in self.new:
            news.setdefault(key(now[number]), []).append(number)
        return [(olds[name], news[name]) for name in news if name in olds]

    def _pair(self, olds: Sequence[int], news: Sequence[int]) -> None:
        self.earlier[news[0]] = olds[0]
        self._take(olds, news)

    def _take(self, olds: Sequence[int], news: Sequence[int]) -> None:
        self.gone = [number for number in self.gone if number not in olds]
        self.new = [number for number in self.new if number not in news]
