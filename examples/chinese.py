"""Chinese without additional libraries: train a word segmenter, count co-occurrences, classify texts.

After `pip install "wordvec[nlp]"`, LineCorpus("zh.txt", tokenizer="zh") segments with rjieba instead.
Usage: chinese.py
"""

from wordvec_data import sample_path

from wordvec import count_cooccurrences
from wordvec.pipelines import CRFTagger, TextClassifier, TokenFeatures
from wordvec.pipelines.tagging import bmes_to_words, words_to_bmes

# Sentences from the sample, segmented by hand.
SEGMENTED = """天 还 没 亮 , 面包师 就 打开 了 店门 。
男孩 给 妹妹 买 了 两 个 面包 和 一 块 小 蛋糕 。
三 只 鸭子 在 河里 游泳 , 等 着 吃 面包 。
河上 的 老 桥 是 用 灰色 的 石头 建成 的 。
老师 穿过 广场 , 走 到 学校 去 上课 。
学生们 读 了 一 个 关于 船 和 暴风雨 的 故事 。
放学 以后 , 男孩 和 妹妹 去 河边 喂 鸭子 。
面包师 把 昨天 的 面包 送 给 他们 , 不要 钱 。"""
GOOD = [
    "很好看",
    "演员非常棒",
    "故事感人",
    "音乐好听极了",
    "值得再看一遍",
    "笑得停不下来",
    "画面很美",
    "推荐大家去看",
]
BAD = ["太无聊了", "演员很差", "故事混乱", "音乐难听", "浪费时间", "看到一半睡着了", "画面太暗", "不推荐"]


def main() -> None:
    """Segment, count, classify."""
    sentences = [line.split() for line in SEGMENTED.splitlines()]
    characters, tags = zip(*map(words_to_bmes, sentences))
    segmenter = CRFTagger(c2=0.05, features=TokenFeatures(kind="char"), verbose=False)
    segmenter.fit(list(characters), list(tags))
    lines = sample_path("sample-zh.txt").read_text(encoding="utf-8").splitlines()
    segmented = [bmes_to_words(list(line), found) for line, found in zip(lines, segmenter.predict(lines))]
    for words in segmented[11:14]:
        print(" / ".join(words))

    counts = count_cooccurrences(segmented, window=4, min_count=2)
    print("\n面包:", "、".join(word for word, _ in counts.top("面包", topn=20) if len(word) > 1))

    model = TextClassifier("sentiment", tokenizer=list, verbose=False)
    model.fit(GOOD + BAD, ["好评"] * len(GOOD) + ["差评"] * len(BAD))
    for text in ("故事很感人,推荐", "无聊,浪费时间"):
        print(model.predict([text])[0], text)


if __name__ == "__main__":
    main()
