"""Questions with their examples, and interpreters of prompts in place of models, which see nothing but the prompt."""

import re

from scan import TIMES, actions

from wordvec.pipelines.prompting import Completion

STORY = {
    "question": "Mo is 5. Kody is 2 years older. How old are both?",
    "steps": [{"question": "How old is Kody?", "answer": "Kody is 5 + 2 = 7."}],
    "reasoning": "Mo is 5 and Kody is 7, and 5 + 7 = 12.",
    "answer": "12",
}
QUESTION = "Ann has 3 pens. Bo has twice as many. How many are there?"

# Last-letter concatenation, as in the appendix of Zhou et al. (2022).
LETTER_EXAMPLES = [
    {
        "question": '"think, machine, learning"',
        "steps": [
            {
                "question": '"think, machine"',
                "answer": 'The last letter of "think" is "k". The last letter of "machine" is "e". Concatenating "k", '
                '"e" leads to "ke". So, "think, machine" outputs "ke".',
            },
            {
                "question": '"think, machine, learning"',
                "answer": '"think, machine" outputs "ke". The last letter of "learning" is "g". Concatenating "ke", '
                '"g" leads to "keg". So, "think, machine, learning" outputs "keg".',
            },
        ],
        "answer": "keg",
    }
]
# SCAN, in the manner of the same paper.
SCAN_EXAMPLES = [
    {
        "question": "look right after look twice",
        "steps": [
            {"question": "look right", "answer": '"look right" outputs "TURN_RIGHT LOOK".'},
            {"question": "look", "answer": '"look" outputs "LOOK".'},
            {
                "question": "look twice",
                "answer": '"look" outputs "LOOK". So, "look twice" outputs "LOOK LOOK".',
            },
        ],
        "reasoning": '"look twice" comes first. So, "look right after look twice" outputs "LOOK LOOK TURN_RIGHT LOOK".',
        "answer": "LOOK LOOK TURN_RIGHT LOOK",
    }
]


def asked(prompt):
    """Return the last question of a prompt, and the text before its line."""
    head, _, last = prompt.rpartition("Q: ")
    question, _, rest = last.partition("\nA:")
    assert rest == ""
    return question, head


def is_decomposition(prompt):
    """Return whether the example before the last question is answered with a list."""
    return "we first answer:" in prompt


def outputs(head):
    """Return what each quoted text in a prompt outputs."""
    return dict(re.findall(r'"([^"]*)" outputs "([^"]*)"', head))


def last_letters(prompt):
    """Concatenate the last letters of words: of two words by themselves, of more only after those before the last."""
    question, head = asked(prompt)
    words = question.strip('"').split(", ")
    if is_decomposition(prompt):
        parts = ['"' + ", ".join(words[:n]) + '"' for n in range(2, len(words) + 1)]
        return "\n".join(["We first answer:", *(f"{n}. {part}" for n, part in enumerate(parts, start=1))])
    known = {", ".join(words[:-1]): words[0][-1]} if len(words) == 2 else outputs(head)
    before = ", ".join(words[:-1])
    if before not in known:
        return "I do not know how to go on."
    joined = known[before] + words[-1][-1]
    return f'The last letter of "{words[-1]}" is "{words[-1][-1]}". So, {question} outputs "{joined}".'


def scan_parts(command):
    """Return the commands that a command is made of, the simplest first, itself last."""
    for joint in (" and ", " after "):
        if joint in command:
            first, second = command.split(joint)
            return [*scan_parts(first), *scan_parts(second), command]
    words = command.split()
    return [" ".join(words[:-1]), command] if words[-1] in TIMES else [command]


def scan(prompt):
    """Translate a command of SCAN; one with parts only if the prompt says what each of them outputs."""
    command, head = asked(prompt)
    if is_decomposition(prompt):
        quoted = ", ".join(f"\u201c{part}\u201d" for part in scan_parts(command)[:-1])
        # The command itself is quoted before the colon, and is no part of itself.
        return f"\u201c{command}\u201d can be solved by: {quoted or 'nothing'}."
    known = outputs(head)
    parts = scan_parts(command)
    if len(parts) == 1:
        found = " ".join(actions(command))
    else:
        first, last = direct_parts(command)
        if first not in known or last not in known:
            return "I do not know."
        words = command.split()
        if words[-1] in TIMES and "and" not in words and "after" not in words:
            found = " ".join([known[first]] * TIMES[words[-1]])
        else:
            found = " ".join([known[first], known[last]] if "and" in words else [known[last], known[first]])
    return f'So, "{command}" outputs "{found}".'


def direct_parts(command):
    """Return the two commands that a command joins, or twice the one that it repeats."""
    for joint in (" and ", " after "):
        if joint in command:
            return command.split(joint)
    alone = command.rpartition(" ")[0]
    return alone, alone


class Scripted:
    """A generator of replies, one after the other: texts, completions, or errors that are raised."""

    def __init__(self, *replies, n_tokens=None):
        self.replies, self.n_tokens, self.asked = list(replies), n_tokens, []

    def generate(self, prompts, *, max_tokens=256, stop=(), temperature=0.0, seed=0):
        found = []
        for prompt in prompts:
            self.asked.append(
                (prompt, dict(max_tokens=max_tokens, stop=stop, temperature=temperature, seed=seed))
            )
            reply = self.replies.pop(0)
            if isinstance(reply, BaseException):
                raise reply
            found.append(
                Completion(reply, self.n_tokens, self.n_tokens, "stop") if isinstance(reply, str) else reply
            )
        return found
