"""Random strings through every form: nothing raises but what says that nothing is left, and no override goes out.

Prints how many were formed in how much CPU; exit status 1 where anything went wrong.
"""

import argparse
import random
import time
from pathlib import Path

from bot.config import load
from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.errors import FormatError
from bot.formats import Formats
from bot.formats.templating import Templates

ROOT = Path(__file__).parent.parent
OVERRIDES = set(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
CHANNELS = [
    Channel(name="x", service="x", mode="thread"),
    Channel(name="telegram", service="telegram"),
    Channel(name="email", service="email"),
]
ALPHABETS = [
    "ابتثجحخدرسعفقلمنهوي" * 3 + " \n.،؛:؟!«»“”\"'()#@_-/",
    "".join(map(chr, range(0x20))) + "\x7f\x85 ا\u00ad\u200b\u2028\u2029\ufeff\ufffe",
    "".join(map(chr, [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x61C])) + "ابج abc123 ",
    "\ud800\udfff\udc00ا👍🇲🇦👨‍👩‍👧🏽 a.b.com https://مثال.com/خبر ١٢٣ 3-1 C++ #a#b",
    "<>&\"'/=;ا<b><script>&amp;&nbsp;\x00",
]


def text(drawn: random.Random, most: int) -> str:
    """One string of a kind."""
    letters = drawn.choice(ALPHABETS)
    if drawn.random() < 0.2:
        return "".join(chr(drawn.randrange(0x110000)) for _ in range(drawn.randrange(most // 4 + 1)))
    return "".join(drawn.choices(letters, k=drawn.randrange(most + 1)))


def main() -> int:
    """0 where all went well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    config = load({}, ROOT / "config")
    formats = Formats(config.style, Templates(config.template_folders))
    drawn = random.Random(asked.seed)
    bad, nothing, slowest = 0, 0, 0.0
    began = time.process_time()
    for number in range(asked.count):
        length = 1_000_000 if number % 20_000 == 7 else 300
        title, body = text(drawn, 60), text(drawn, length)
        if length > 300:
            body = (body or "ا")[:50] * (length // 50)
        article = Article(source="", guid=str(number), title=title, body=body, tags=(text(drawn, 12),))
        at = time.process_time()
        for channel in CHANNELS:
            try:
                post = formats(article, channel)
            except FormatError:
                nothing += 1
                break
            except Exception as error:
                bad += 1
                print(f"{number} {channel.name}: {type(error).__name__}: {error}: {title!r} {body[:200]!r}")
                continue
            shown = "".join(f"{s.text}{s.html or ''}{s.subject or ''}" for s in post.segments)
            if OVERRIDES & set(shown):
                bad += 1
                print(f"{number} {channel.name}: an override goes out: {title!r} {body[:200]!r}")
        slowest = max(slowest, time.process_time() - at)
    seconds = time.process_time() - began
    print(
        f"{asked.count} random articles: {bad} wrong, {nothing} of nothing; {seconds:.0f} CPU s, at most {slowest:.1f}"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
