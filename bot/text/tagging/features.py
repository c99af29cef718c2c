"""What is measured of a candidate, in the order that the weights know. All numbers; none names a word."""

import math
from collections.abc import Collection, Sequence

from bot.text.tagging.candidates import Candidate, Text
from bot.text.tagging.lexicon import BEFORE_NOUNS, PLACE_NOUNS, ROLES, SPEECH, UNKNOWN, Word, lists, word

MOST_SCORED = 60
_QUOTES = frozenset('"“«')
_RARE = UNKNOWN + 0.1


def likely(text: Text, found: dict[str, Candidate], wanted: Collection[str] = ()) -> list[Candidate]:
    """The candidates that are worth a closer look, at most MOST_SCORED, by a rough mark; and all that are wanted."""
    marked = []
    title_end, lead_end = text.title_end, text.lead_end
    known = lists()
    for candidate in found.values():
        at, size = candidate.at, candidate.size
        key = candidate.key
        if wanted and key in wanted:
            marked.append((99.0, key, candidate))
            continue
        if 2 * candidate.inside > len(at):
            continue
        if not at:
            marked.append((1.2 + 0.3 * candidate.land, key, candidate))
            continue
        first = text.words[at[0]]
        if first is None or (size == 1 and len(key) < 3):
            continue
        if first.verb and first.stem not in text.nouns:
            continue
        count, start = len(at), at[0]
        mark = math.log2(count) + (start < title_end) * 1.5 + (start < lead_end) * 0.7 - start / 400
        if size == 1:
            mark += (first.place * 2.0 + first.topic * 1.0 + (first.zipf < _RARE) * 0.6) - (first.zipf > 5.3) * 0.7
        else:
            last = text.words[start + size - 1]
            if key in known.places or key in known.bodies:
                mark += 3.0
            elif first.name:
                mark += 1.5
            elif first.head:
                mark += 0.8
            mark -= 0.35 * (size - 2)
            if last is not None and not last.definite and last.zipf > 4.5:
                mark -= 0.7
        marked.append((mark, key, candidate))
    marked.sort(reverse=True, key=_by_mark)
    return [candidate for _, _, candidate in marked[:MOST_SCORED]]


def _by_mark(marked: tuple[float, str, Candidate]) -> tuple[float, str]:
    return marked[:2]


def _ending(key: str) -> int:
    if key.endswith("يه"):
        return 1
    if key.endswith("ه"):
        return 2
    if key.endswith("ات"):
        return 3
    if key.endswith(("ين", "ون")):
        return 4
    if key.endswith("ي"):
        return 5
    return 6 if key.endswith("ا") else 0


class Measured:
    """The measures of one text's candidates."""

    def __init__(
        self, text: Text, found: dict[str, Candidate], chosen: Sequence[Candidate], places: Collection[str] = ()
    ) -> None:
        self.text, self.found, self.chosen, self.places = text, found, chosen, places
        self.total = max(len(text.words), 1)
        self.lines = max(text.lines[-1] if text.lines else 1, 1)
        self.most = max((len(c.at) for c in found.values()), default=1) or 1
        paragraphs = text.paragraphs[-1] + 1 if text.paragraphs else 0
        self.form = (
            paragraphs,
            self.total / max(paragraphs, 1),
            self.total / self.lines,
            text.title_end,
            bool(text.title_colon),
            sum(sign in _QUOTES for sign in text.signs) / self.total,
            text.lead_end - text.title_end,
        )
        self.longer: dict[str, int] = {}
        for candidate in chosen:
            parts = candidate.key.split(" ")
            count = len(candidate.at)
            for size in range(1, len(parts)):
                for start in range(len(parts) - size + 1):
                    part = " ".join(parts[start : start + size])
                    if self.longer.get(part, 0) < count:
                        self.longer[part] = count

    def rows(self) -> list[list[float]]:
        """The measures of all chosen candidates."""
        return [self._row(candidate) for candidate in self.chosen]

    def _row(self, candidate: Candidate) -> list[float]:
        """The measures of one candidate."""
        text, key, size = self.text, candidate.key, candidate.size
        at = candidate.at
        if at:
            words = [w for w in text.words[at[0] : at[0] + size] if w is not None]
        else:
            words = [word(part) for part in key.split(" ")]
        first, last = words[0], words[-1]
        known = lists()
        count = len(at)
        start = at[0] if at else self.total
        found = self.found
        counts = [len(found[w.key].at) if w.key in found else 0 for w in words]
        zipfs = [w.zipf for w in words]
        stems = [text.stems[w.stem] for w in words]
        share = 1 / max(count, 1)
        longer = self.longer.get(key, 0)
        return [
            size,
            count,
            count / self.most,
            self.most,
            start < text.title_end,
            start / text.title_end if start < text.title_end else 2,
            0 < start + size <= text.title_colon,
            sum(1 for p in at if text.title_end <= p < text.lead_end),
            text.lines[start] if at else self.lines,
            start / self.total,
            at[-1] / self.total if at else 0,
            len({text.paragraphs[p] for p in at}),
            min(zipfs),
            max(zipfs),
            zipfs[0],
            zipfs[-1],
            sum(len(w.key) for w in words) / size,
            first.definite,
            last.definite,
            sum(w.definite for w in words) / size,
            longer * share,
            longer,
            counts[0] * share,
            counts[-1] * share,
            min(counts) * share,
            counts[-1],
            max(stems) * share,
            min(stems),
            key in known.places or key in self.places,
            key in known.bodies,
            first.topic,
            last.topic,
            size > 1 and first.name,
            size == 1 and first.name,
            size > 1 and any(w.place for w in words),
            first.head,
            first.key in ROLES,
            sum(z < _RARE for z in zipfs),
            _ending(last.key),
            _ending(first.key) if size > 1 else 7,
            first.verb,
            first.stem in text.nouns,
            last.stem in text.nouns,
            bool(first.nation),
            bool(last.nation),
            candidate.land,
            self.total,
            first.key.isascii(),
            len(last.key),
            candidate.inside * share,
            sum(map(text.stems.__getitem__, (w.stem for w in words))) / size * max(8.0 - sum(zipfs) / size, 0.5),
            *self._around(candidate, share),
            *self.form,
        ]

    def _around(self, candidate: Candidate, share: float) -> tuple[float, ...]:
        """What stands before and after its occurrences, as shares."""
        words, signs = self.text.words, self.text.signs
        role = before_noun = speech = quote = place = name = left = right = definite_after = definite_before = 0
        clitic = 0
        size, total = candidate.size, len(words)
        for start in candidate.at:
            here = words[start]
            clitic += bool(here is not None and here.clitic)
            before: Word | None = words[start - 1] if start else None
            if before is None:
                left += 1
                quote += bool(start) and signs[start - 1] in _QUOTES
            else:
                key = before.key
                left += before.stop
                role += key in ROLES
                before_noun += key in BEFORE_NOUNS
                speech += key in SPEECH
                place += key in PLACE_NOUNS
                name += before.name
                definite_before += before.definite
            end = start + size
            after = words[end] if end < total else None
            if after is None or after.stop or after.clitic:
                right += 1
            else:
                definite_after += after.definite
        return (
            role * share,
            before_noun * share,
            speech * share,
            quote * share,
            place * share,
            name * share,
            left * share,
            right * share,
            definite_before * share,
            definite_after * share,
            clitic * share,
        )
