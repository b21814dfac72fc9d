"""The language of SCAN (Lake and Baroni 2018, arXiv:1711.00350): commands and what they mean, by its grammar."""

import itertools

VERBS = {"walk": ["WALK"], "look": ["LOOK"], "run": ["RUN"], "jump": ["JUMP"], "turn": []}
TIMES = {"twice": 2, "thrice": 3}


def actions(command):
    """Return the actions of a command, a list of words in capitals."""
    words = command.split()
    for joint in ("and", "after"):
        if joint in words:
            place = words.index(joint)
            first, second = (actions(" ".join(part)) for part in (words[:place], words[place + 1 :]))
            return first + second if joint == "and" else second + first
    if words[-1] in TIMES:
        return actions(" ".join(words[:-1])) * TIMES[words[-1]]
    verb = VERBS[words[0]]
    if len(words) == 1:
        return verb
    turn = [f"TURN_{words[-1].upper()}"]
    if words[1] == "opposite":
        return turn + turn + verb
    if words[1] == "around":
        return (turn + verb) * 4
    return turn + verb


def commands():
    """Return all commands of the language without a joint, 0 to 2 words longer than a verb."""
    ways = [[], ["left"], ["right"], *map(list, itertools.product(["opposite", "around"], ["left", "right"]))]
    found = []
    for verb, way, times in itertools.product(VERBS, ways, [[], ["twice"], ["thrice"]]):
        if verb != "turn" or way:
            found.append(" ".join([verb, *way, *times]))
    return found
