"""Small English and Chinese word sets for bias measures.

The categories are those of the literature (Caliskan et al. 2017; Bolukbasi et al. 2016); the words were chosen for this
project: frequent words with one main meaning, in equal numbers on both sides. Names of persons are left out, because
which names represent which people is itself a claim that changes with place and time. The sets are examples, too small
to prove anything: check and adapt them for your text, especially for other varieties of a language.
"""

from __future__ import annotations

from wordvec._utils.validation import check_choice

__all__ = ["word_sets"]

_WORDS = {
    "en": {
        "gender": {
            "female": "she her woman girl mother daughter sister female aunt grandmother",
            "male": "he his man boy father son brother male uncle grandfather",
        },
        "gender_specific": {
            "female": "queen actress wife princess bride lady waitress goddess heroine widow",
            "male": "king actor husband prince groom gentleman waiter god hero widower",
        },
        "career_family": {
            "career": "business career office salary manager profession company employer",
            "family": "family home parents children marriage wedding relatives household",
        },
        "science_arts": {
            "science": "science physics chemistry laboratory experiment astronomy technology engineering",
            "arts": "art poetry dance literature novel symphony drama sculpture",
        },
        "pleasantness": {
            "pleasant": "love peace friend joy happy gift laughter beautiful honest pleasure",
            "unpleasant": "war hatred murder disaster ugly poison grief pain evil failure",
        },
        "flowers_insects": {
            "flowers": "rose tulip lily daisy orchid violet poppy lilac",
            "insects": "ant wasp beetle moth flea mosquito cockroach locust",
        },
        "occupations": {
            "occupations": "doctor nurse teacher engineer lawyer secretary programmer librarian carpenter scientist "
            "receptionist accountant mechanic dancer architect cook",
        },
    },
    "zh": {
        "gender": {
            "female": "她 女人 女孩 母亲 女儿 姐姐 女性 妈妈 奶奶 阿姨",
            "male": "他 男人 男孩 父亲 儿子 哥哥 男性 爸爸 爷爷 叔叔",
        },
        "gender_specific": {
            "female": "女王 女演员 妻子 公主 新娘 女士 皇后 姑娘 女神 寡妇",
            "male": "国王 男演员 丈夫 王子 新郎 先生 皇帝 小伙子 男神 鳏夫",
        },
        "career_family": {
            "career": "事业 公司 办公室 工资 经理 职业 企业 管理",
            "family": "家庭 父母 孩子 家人 亲戚 婚姻 婚礼 家务",
        },
        "science_arts": {
            "science": "科学 物理 化学 实验室 实验 天文 技术 工程",
            "arts": "艺术 诗歌 舞蹈 文学 小说 交响乐 戏剧 雕塑",
        },
        "pleasantness": {
            "pleasant": "爱 和平 朋友 快乐 幸福 礼物 笑声 美丽 诚实 愉快",
            "unpleasant": "战争 仇恨 谋杀 灾难 丑陋 毒药 悲伤 痛苦 邪恶 失败",
        },
        "flowers_insects": {
            "flowers": "玫瑰 郁金香 百合 菊花 兰花 牡丹 荷花 梅花",
            "insects": "蚂蚁 黄蜂 甲虫 飞蛾 跳蚤 蚊子 蟑螂 蝗虫",
        },
        "occupations": {
            "occupations": "医生 护士 教师 工程师 律师 秘书 程序员 图书管理员 木匠 科学家 接待员 会计 机械师 舞蹈家 "
            "建筑师 厨师",
        },
    },
}


def word_sets(topic: str, language: str = "en") -> dict[str, list[str]]:
    """Return the word sets of a topic, by name.

    Parameters
    ----------
    topic : str
        "gender" ("female" and "male", paired word by word), "gender_specific" (the same, for words whose meaning
        includes gender but which do not define the direction), "career_family", "science_arts", "pleasantness"
        ("pleasant" and "unpleasant"), "flowers_insects" (a harmless check of the tests themselves) or "occupations".
    language : {"en", "zh"}
        "zh" uses simplified characters.

    Raises
    ------
    ParameterError
        If there is no such topic or language.

    Examples
    --------
    >>> gender = word_sets("gender")
    >>> list(zip(gender["female"], gender["male"]))[:3]
    [('she', 'he'), ('her', 'his'), ('woman', 'man')]
    >>> word_sets("science_arts", "zh")["science"][:2]
    ['科学', '物理']
    """
    of_language = _WORDS[check_choice("language", language, "word_sets", tuple(_WORDS))]
    sets = of_language[check_choice("topic", topic, "word_sets", tuple(of_language))]
    return {name: words.split() for name, words in sets.items()}
