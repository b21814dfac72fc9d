#!/usr/bin/env bash
# rjieba 0.2.2 takes user words that it never cuts.
#
# add_word accepts a word with a middle dot (foreign names are written so in Chinese) or with a blank, and returns a
# frequency as for any other word. cut looks words up only within runs of letters and digits, which end at both
# characters, so such a word stays in pieces: nothing says that it was taken in vain. A word without them is found.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "rjieba==0.2.2"
"$work/venv/bin/python" - <<'PYTHON'
import rjieba

jieba = rjieba.Jieba()
taken = {word: jieba.add_word(word, None, "nr") for word in ("卡尔·马克思", "San Francisco", "阿不都热西提")}
print("frequencies that add_word returns:", taken)
assert all(frequency > 0 for frequency in taken.values())
found = {word: word in jieba.cut(f"我读过{word}的书") for word in taken}
print("words that cut finds:", found)
assert found == {"卡尔·马克思": False, "San Francisco": False, "阿不都热西提": True}
PYTHON
