"""English abbreviations, and other word lists of the tokenizers and the sentence splitter."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# They stand before a name or number: no sentence ends after them.
TITLES = _words(
    "mr mrs ms messrs mmes dr drs prof profs rev hon gen col lt maj capt cmdr sgt cpl pvt adm gov sen sens rep "
    "reps supt st ste mt ft msgr fr brig atty attn gens lts pres vs viz cf approx ext tel fig figs eq vol vols ed "
    "eds"
)
# A sentence may end after the others.
ABBREVIATIONS = TITLES + _words(
    "jr sr esq inc ltd corp co cos plc bros assn assoc univ dept dist natl intl mfg ave blvd rd hwy pkwy bldg apt "
    "etc al esp incl arrv i\\.e e\\.g eg ie dba sci hrs yrs mins lb lbs oz tues thurs thur tue conf spec ass't "
    "gov't feb apr aug sept oct nov dec jul jan"
)
# With a capital letter; as words in lower case they have other meanings.
CAPITAL_ABBREVIATIONS = _words(
    "Ala Ariz Ark Calif Colo Conn Fla Minn Okla Penn Tenn Tex Wyo Que Ont Ph Sc Sec Para Fax"
)
# After a comma; elsewhere they are words or names.
STATES = _words("Del Ga Ill Ind Kan Ky La Mass Md Mich Miss Mo Mont Neb Nev Ore Pa Va Vt Wash Wis")
# Before a number, a comma or a word in lower case.
DATE_ABBREVIATIONS = _words("Mar Jun Mon Wed Fri Sat Sun")
# UD keeps the hyphen after them.
PREFIXES = _words(
    "e anti ante auto bi co contra counter de ex extra hyper infra inter intra inverse macro mega micro mid mini "
    "mono multi neo non over para post pre pro proto pseudo psycho quasi re semi socio sub super supra tele trans "
    "tri ultra un uni vice"
)
TOP_DOMAINS = _words(
    "com org net edu gov mil info biz int co\\.uk org\\.uk ac\\.uk co\\.jp com\\.au ca de fr eu tv"
)
# Words that often begin a sentence, and seldom follow an abbreviation within one.
SENTENCE_STARTERS = frozenset(
    _words(
        "a after all also although an and another as at because before both but by during each even every few for "
        "from had has have he her here his how however i if in is it its just last later many may meanwhile more most "
        "much my no not now of on once one only or other our perhaps please she since so some still such than that "
        "the their then there therefore these they this those though through thus to under until we were what when "
        "where whether which while who why will with would yes yet you your"
    )
)
