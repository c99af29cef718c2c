"""What is measured of a candidate, in the order that the weights know. All numbers; none names a word."""

import math
from collections.abc import Collection, Sequence

from bot.text.tagging.candidates import Candidate, Found, Text
from bot.text.tagging.lexicon import SIGN, Word, lists, word
from bot.text.tagging.rules import refused

MOST_SCORED = 26
_QUOTES = frozenset('"“«')


def likely(text: Text, found: Found, wanted: Collection[str] = ()) -> list[Candidate]:
    """The candidates that are worth a closer look, at most MOST_SCORED, by a rough mark; and all that are wanted."""
    marked: list[tuple[float, str]] = []
    words, kinds, title_end, lead_end = text.words, text.kinds, text.title_end, text.lead_end
    inside, known = found.inside, lists()
    kept = [key for key in found.at if key in wanted] if wanted else []
    for key, at in found.at.items():
        start, count = at[0], len(at)
        first = kinds[start]
        if count == 1 and start >= lead_end and not first.telling:
            continue
        if len(key) < 3 or (inside and 2 * inside.get(key, 0) > count):
            continue
        size = key.count(" ") + 1
        last = kinds[start + size - 1]
        if refused(text, known, key, at, size):
            continue
        mark = math.log2(count) + (start < title_end) * 1.5 + (start < lead_end) * 0.7 - start / 700
        if size == 1:
            named = 2.8 if first.place or key in known.bodies else 0.0
            mark += named + first.topic + first.rare * 0.6 - (words[start].zipf > 5.3) * 0.7
        else:
            if key in known.phrases:
                mark += 3.0
            elif first.name:
                mark += 1.5
            elif first.head:
                mark += 0.8
            mark -= 0.5 * (size - 2)
            if not last.definite and words[start + size - 1].zipf > 4.5:
                mark -= 0.7
        marked.append((mark, key))
    marked += [(1.2 + 0.3 * count, land) for land, count in found.lands.items() if land not in found.at]
    marked.sort(reverse=True)
    return [found.candidate(key) for key in dict.fromkeys([*kept, *(key for _, key in marked[:MOST_SCORED])])]


class Measured:
    """The measures of one text's candidates."""

    def __init__(self, text: Text, found: Found, chosen: Sequence[Candidate], places: Collection[str] = ()) -> None:
        self.text, self.found, self.chosen, self.places = text, found, chosen, places
        self.total = max(len(text.words), 1)
        self.sentences = max(len(text.sentences), 1)
        self.most = max(map(len, found.at.values()), default=1)
        paragraphs = len(text.paragraphs)
        self.form = (
            self.total,
            paragraphs,
            self.total / max(paragraphs, 1),
            self.total / self.sentences,
            text.title_end,
            bool(text.title_colon),
            sum(map(text.signs.count, _QUOTES)) / self.total,
            text.lead_end - text.title_end,
            self.most,
        )
        self.longer: dict[str, int] = {}
        for candidate in chosen:
            if candidate.size > 1:
                self._note_parts(candidate)

    def _note_parts(self, candidate: Candidate) -> None:
        parts, count = candidate.key.split(" "), len(candidate.at)
        for size in range(1, len(parts)):
            for start in range(len(parts) - size + 1):
                part = " ".join(parts[start : start + size])
                if self.longer.get(part, 0) < count:
                    self.longer[part] = count

    def rows(self) -> list[list[float]]:
        """The measures of all chosen candidates, none of them whole numbers: one kind is compared quicker than two."""
        return [list(map(float, self._row(candidate))) for candidate in self.chosen]

    def _row(self, candidate: Candidate) -> list[float]:
        """The measures of one candidate."""
        text, key, size, at = self.text, candidate.key, candidate.size, candidate.at
        title_end, lead_end, total = text.title_end, text.lead_end, self.total
        count = len(at)
        if at:
            words = text.words[at[0] : at[0] + size]
            start, end = at[0], at[-1]
            sentence = text.sentence(start)
            spread = len(set(map(text.paragraph, at))) if count > 1 else 1
            leads = sum(title_end <= p < lead_end for p in at)
        else:
            words = [word(part) for part in key.split(" ")]
            start, end, sentence, spread, leads = total, 0, self.sentences, 0, 0
        known = lists()
        first, last = words[0], words[-1]
        one, two = first.kind, last.kind
        share = 1 / max(count, 1)
        longer = self.longer.get(key, 0)
        return [
            size,
            count,
            count / self.most,
            start < title_end,
            start / title_end if start < title_end else 2,
            0 < start + size <= text.title_colon,
            leads,
            sentence,
            start / total,
            end / total,
            spread,
            one.definite,
            two.definite,
            longer * share,
            longer,
            key in known.places or key in self.places,
            key in known.bodies,
            key in known.lands,
            one.topic,
            two.topic,
            one.name,
            one.head,
            one.ending,
            two.ending,
            first.stem in text.title_stems,
            last.stem in text.title_stems,
            last.stem in text.nouns,
            one.nation != "",
            two.nation != "",
            candidate.land,
            len(last.key),
            *self._of_words(words, count, size),
            *self._around(candidate, share),
            *self.form,
        ]

    def _of_words(self, words: Sequence[Word], count: int, size: int) -> tuple[float, ...]:
        """What its words are by themselves, beside the whole."""
        stems = self.text.stems
        if size == 1:
            word_ = words[0]
            zipf, mine = word_.zipf, stems[word_.stem]
            return (
                *(zipf, zipf, zipf, zipf, len(word_.key), word_.kind.definite, 1, 1, 1, count),
                *(mine / max(count, 1), mine, mine * max(8.0 - zipf, 0.5)),
            )
        at = self.found.at
        counts = [len(at.get(w.key, ())) for w in words]
        zipfs = [w.zipf for w in words]
        mine_ = [stems[w.stem] for w in words]
        share = 1 / max(count, 1)
        return (
            min(zipfs),
            max(zipfs),
            zipfs[0],
            zipfs[-1],
            sum(map(len, (w.key for w in words))) / size,
            sum(w.kind.definite for w in words) / size,
            counts[0] * share,
            counts[-1] * share,
            min(counts) * share,
            counts[-1],
            max(mine_) * share,
            min(mine_),
            sum(mine_) / size * max(8.0 - sum(zipfs) / size, 0.5),
        )

    def _around(self, candidate: Candidate, share: float) -> tuple[float, ...]:
        """What stands before and after its occurrences, as shares."""
        kinds, signs = self.text.kinds, self.text.signs
        role = leads_noun = quote = place = name = left = right = definite_after = definite_before = clitic = 0
        size, total = candidate.size, len(kinds)
        for start in candidate.at:
            clitic += kinds[start].clitic != ""
            before = kinds[start - 1] if start else SIGN.kind
            if before is SIGN.kind:
                left += 1
                quote += bool(start) and signs[start - 1] in _QUOTES
            else:
                left += before.stop
                role += before.role
                leads_noun += before.leads_noun
                place += before.of_a_place
                name += before.name
                definite_before += before.definite
            after = kinds[start + size] if start + size < total else SIGN.kind
            if after.stop or after.clitic:
                right += 1
            else:
                definite_after += after.definite
        return (
            role * share,
            leads_noun * share,
            quote * share,
            place * share,
            name * share,
            left * share,
            right * share,
            definite_before * share,
            definite_after * share,
            clitic * share,
        )
