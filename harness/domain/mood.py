"""The grammatical mood of a sentence's first words: whether they can be an English imperative, by rule and by list."""

from __future__ import annotations

import re

_SUFFIX = re.compile(r"[a-z]*[a-z]ed|[a-z]{2,}ing|[a-z]{2,}[^\W\d_su]s|[a-z]{3,}(?:ation|ness|ity)")
"""Past, progressive, third person or plural, and nouns that are made of verbs and adjectives."""
_VERBS = """access address alias assess bias bleed bless boss breed bring bus bypass canvas class cling compress confess
confuse cross discuss dismiss ding distress dress embed express exceed feed fling fuss guess harass heed impress kiss
mass mess miss need obsess oppress pass ping possess press process progress proceed profess redress regress repress
ring seed shed shred sing sling speed sting stress string succeed suppress swing toss transgress trespass undress
unbless unembed weed wed wing wring witness harness spring sled bed ration station pity"""
"""Imperatives that end like another form."""
_OTHERS = """made wrote built did does got ran began broke chose found gave kept left rewrote sent took went came saw
said told brought bought caught taught thought held hid lost met paid sold spoke stood understood threw drew grew knew
flew forgot froze fell felt fought drove rose shook stuck struck tore woke wore won overrode overwrote withdrew rebuilt
redid undid spun shrank sank swept dealt meant retook
was were is am are has had goes done gone been seen given taken written chosen hidden shown known forgotten thrown drawn
grown begun rewritten overwritten broken frozen stolen
this these that those the a an some any all both each every another other my our your its their his her no none
we i it you he she they there here who what which why how when where while if whether because
for to in on at with without from of by as into onto via per than between during after before under over about within
and or but nor so yet
new old big small minor major tiny initial final latest first last second next more less better best good bad nice quick
various several many few misc miscellaneous same wrong proper simple unable
bug bugs bugfix hotfix bugfixes typo wip readme changelog stuff things thing oops please thanks maybe fixup squash tbd
addition additions removal removals introduction improvements deletion deletions
todo api endpoint user users button logic config database db ui feature dependency improvement enhancement
performance status should would could can will must shall might may"""
"""Words that are no imperative although nothing about their form says so."""
_NOUN = re.compile(
    r"(?:(?:support|fix) for(?! (?:loops?|await|of|in|each)\b)|(?:fix|update|change|rename|move|bump) of)(?=\s)",
    re.I,
)
"""A verb that is a noun before such a word; `support for loops` and `update to Node 22` are imperatives."""
_ADVERBS = """always never also only just not now then again once still already even finally instead actually"""
_ADVERB = re.compile(r"[a-z]{3,}ly")
_LY = "apply reapply supply resupply reply multiply imply comply rely ally rally tally assembly"
"""What ends like an adverb and is none."""
_IMPERATIVE, _OTHER, _BEFORE, _NONE = (frozenset(words.split()) for words in (_VERBS, _OTHERS, _ADVERBS, _LY))
_AGAIN = re.compile(r"(?:re|un|de|dis|pre|over|out|mis|sub|inter)-?(?=[a-z]{3})")
"""What makes another verb of a verb: `re-embed`, `unseed`."""
_QUOTES = "`'\"()[]*_.!?…“”‘’"
_MOST_ADVERBS = 2


def strange(text: str) -> str:
    """The word at the beginning of `text` that is no imperative; '' where it begins with one, adverbs before it left
    out."""
    noun = _NOUN.match(text.strip())
    if noun:
        return noun[0]
    words = [word for word in re.split(r"[\s,;:/]+", text.strip()) if word][: _MOST_ADVERBS + 1]
    for word in words:
        plain = word.lower().strip(_QUOTES)
        if not (plain in _BEFORE or (_ADVERB.fullmatch(plain) and plain not in _NONE)):
            return "" if imperative(word) else word
    return words[0] if words else text


def imperative(word: str) -> bool:
    """Whether `word` can be an English imperative, as far as its form tells."""
    plain = word.lower().strip(_QUOTES)
    if plain in _OTHER or not plain[:1].isalpha():
        return False
    last = plain.rpartition("-")[2]
    for form in (plain, last):
        if form in _IMPERATIVE or _AGAIN.sub("", form, count=1) in _IMPERATIVE:
            return True
    return not _SUFFIX.fullmatch(last)
