"""kill -9 in the middle of `nashir retract` and of `nashir correct`: the end is the same as without.

A retracted thread is gone from the local X and Telegram servers, a corrected number stands right on both.
"""

import random
import signal
import sys
import time

from bench.acceptance import DESK, FREELY, QUICK_LOOK, Bars, Room, counts, room
from tests.newsrooms import article, kept, stop, until

CHANNELS = ("telegram", "x", "x-repost")  # on X a correction is a reply, or takes the post's place


def file_of(number: int, figure: int) -> str:
    """An article whose title holds a number."""
    return article(number, title=f"وصل {figure} مسافرا إلى الميناء", paragraphs=6)


def alive(made: Room) -> dict[str, dict[str, str]]:
    """What readers see now: id and text by service."""
    seen: dict[str, dict[str, str]] = {"telegram": {}, "x": {}}
    for each in kept(made.ports["keep"], "telegram"):
        if each["chat_id"] == -1009:
            continue  # copies in the desk's chat
        if each["method"] == "deleteMessage":
            seen["telegram"].pop(str(each["message_id"]))
        elif each["method"] != "forwardMessage":
            seen["telegram"][str(each["message_id"])] = each["text"]
    for each in kept(made.ports["keep"], "x"):
        if each["gone"]:
            seen["x"].pop(each["id"])
        else:
            seen["x"][each["id"]] = each["text"]
    return seen


def killed(made: Room, rng: random.Random, *command: str) -> bool:
    """Run a command and kill it at a random moment, mostly once it has begun; whether it was amid its work."""
    asked = "select count(*) from amendments"
    before = made.ask(asked)[0][0]
    process = made.start(*command)
    until(lambda: made.ask(asked)[0][0] > before or process.poll() is not None, 20, every=0.01)
    time.sleep(rng.uniform(0.0, 1.5))
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    return bool(made.ask("select 1 from amendments where state = 'open'")) or not made.is_at_rest(0)


def main() -> int:
    given = counts(__doc__, kills=10, seed=random.randrange(10**6))
    print(f"--seed {given.seed}; {given.kills} kills of each command, which is then given again")
    rng, bars, amid = random.Random(given.seed), Bars(), 0
    with room("--twice", delay=0.06) as made:
        made.channels(
            **{
                "telegram": "\n".join([DESK, QUICK_LOOK, FREELY]),
                "x": QUICK_LOOK,
                "x-repost": f'{QUICK_LOOK}\ncorrection = "repost"\naccount = "@nashir_test_2"',
            }
        )
        numbers = range(2 * given.kills)
        paths = {number: made.bring(number, file_of(number, 30_000 + number)) for number in numbers}
        process = made.start()
        if not until(lambda: made.is_at_rest(len(CHANNELS) * len(numbers)), 180):
            raise SystemExit(made.log)
        stop(process)
        for number in numbers:
            retract = number % 2 == 0
            if not retract:
                paths[number] = made.bring(number, file_of(number, 70_000 + number))
            command = ("retract" if retract else "correct", str(paths[number]))
            amid += killed(made, rng, *command)
            made.start(*command).wait(150)
        process = made.start()
        rested = until(lambda: made.is_at_rest(0), 120, every=0.2)
        code = stop(process)

        print(f"     {len(numbers)} kills, {amid} of them amid the work")
        bars.hold("at rest, and the program ends with", code, "0", ok=rested and code == 0)
        seen = alive(made)
        rows = made.ask("select channel, state, title, remote_id from deliveries join receipts on delivery_id = id")
        for what, retracted in (("retracted posts that stand", True), ("posts that should stand and do not", False)):
            ids = {row.remote_id for row in rows if (row.state == "retracted") is retracted}
            wrong = [id_ for id_ in ids if any(id_ in each for each in seen.values()) is retracted]
            bars.hold(what, f"{len(wrong)} of {len(ids)}", "0", ok=not wrong)
        proved = {row.remote_id for row in rows}
        stray = [id_ for each in seen.values() for id_ in each if id_ not in proved]
        bars.hold("posts that no proof names", len(stray), "0", ok=not stray)
        left, missing, doubled = [], [], []
        for number in numbers:
            old, new = str(30_000 + number), str(70_000 + number)
            for service, texts in seen.items():
                olds = sum(old in text for text in texts.values())
                news = sum(new in text for text in texts.values())
                wanted = 0 if number % 2 == 0 else {"telegram": 1, "x": 2}[service]
                # under the first account's post the correction is a reply, and the post itself stays
                left += [f"{service} {old}"] if olds > (service == "x" and wanted > 0) else []
                missing += [f"{service} {new}"] if news < wanted else []
                doubled += [f"{service} {new}"] if news > wanted else []
        bars.hold("numbers that are gone or corrected and still stand", len(left), "0", ok=not left)
        bars.hold("corrected numbers that stand nowhere", len(missing), "0", ok=not missing)
        bars.hold("corrected numbers that stand twice", len(doubled), "0", ok=not doubled)
        if left or missing or doubled:
            print(left, missing, doubled, made.log[-4000:], sep="\n")
    return bars.end()


if __name__ == "__main__":
    sys.exit(main())
