"""The tagger as a component of spaCy."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from wordvec.pipelines.tagging import CRFTagger, TokenFeatures, convert_tags

spacy = pytest.importorskip("spacy")

from wordvec.pipelines.tagging.spacy_component import CRFComponent

ROOT = Path(__file__).parents[3]
SENTENCES = ["Ada Lovelace wrote to Paris .", "Bob read it in Rome .", "it is Ada ."]
ENTITIES = ["B-PER I-PER O O B-LOC O", "B-PER O O O B-LOC O", "O O B-PER O"]
POS = ["PROPN PROPN VERB ADP PROPN PUNCT", "PROPN VERB PRON ADP PROPN PUNCT", "PRON AUX PROPN PUNCT"]
TEXTS = ["Ada Lovelace wrote to Paris.", "Bob read it in Rome.", "", "it is Ada."]
WANTED = [
    [("Ada Lovelace", "PER"), ("Paris", "LOC")],
    [("Bob", "PER"), ("Rome", "LOC")],
    [],
    [("Ada", "PER")],
]


def train(tags, **parameters):
    X, y = [text.split() for text in SENTENCES], [row.split() for row in tags]
    return CRFTagger(max_iter=30, c2=0.01, **parameters).fit(X, y)


@pytest.fixture(scope="module")
def entity_tagger():
    return train(ENTITIES)


@pytest.fixture
def entity_path(entity_tagger, tmp_path):
    entity_tagger.save(tmp_path / "ner.safetensors")
    return str(tmp_path / "ner.safetensors")


@pytest.fixture
def nlp(entity_path):
    nlp = spacy.blank("en")
    nlp.add_pipe("wordvec_crf", config={"path": entity_path})
    return nlp


def entities(doc):
    return [(span.text, span.label_) for span in doc.ents]


def save(tmp_path, tagger):
    tagger.save(tmp_path / "tagger.safetensors")
    return str(tmp_path / "tagger.safetensors")


def test_entities_are_set(nlp):
    assert [entities(nlp(text)) for text in TEXTS] == WANTED
    doc = nlp("Bob read it in Rome.")
    assert [token.ent_iob_ for token in doc] == ["B", "O", "O", "O", "B", "O"]
    assert nlp.pipe_labels["wordvec_crf"] == ["LOC", "PER"]


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_pipe_gives_what_single_calls_give(nlp, batch_size):
    assert [entities(doc) for doc in nlp.pipe(TEXTS, batch_size=batch_size)] == WANTED
    assert list(nlp.pipe([])) == []


def test_sentences_are_tagged_one_by_one(entity_path):
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    component = nlp.add_pipe("wordvec_crf", config={"path": entity_path})
    seen = []
    predict = component.tagger.predict
    component.tagger.predict = lambda X: seen.extend(X) or predict(X)
    doc = nlp("Bob read it in Rome. it is Ada.")
    assert seen == [SENTENCES[1].split(), SENTENCES[2].split()]
    assert entities(doc) == WANTED[1] + WANTED[3]


def test_white_space_is_not_tagged(nlp):
    doc = nlp(" \n Ada Lovelace  \n wrote to Paris. \n ")
    assert [(span.text.split(), span.label_) for span in doc.ents] == [
        (["Ada", "Lovelace"], "PER"),
        (["Paris"], "LOC"),
    ]
    assert entities(nlp("\n \n")) == []


def test_universal_tags_are_parts_of_speech(tmp_path):
    nlp = spacy.blank("en")
    nlp.add_pipe("wordvec_crf", config={"path": save(tmp_path, train(POS)), "target": "tag"})
    doc = nlp("it is  Ada.")
    want = ["PRON", "AUX", "SPACE", "PROPN", "PUNCT"]
    assert [token.pos_ for token in doc] == want
    assert [token.tag_ for token in doc] == [tag if tag != "SPACE" else "_SP" for tag in want]
    assert not doc.ents and "PROPN" in nlp.pipe_labels["wordvec_crf"]


def test_other_tags_are_no_parts_of_speech(tmp_path):
    nlp = spacy.blank("en")
    tagger = train([row.replace("PROPN", "NNP") for row in POS])
    nlp.add_pipe("wordvec_crf", config={"path": save(tmp_path, tagger), "target": "tag"})
    doc = nlp("it is Ada.")
    assert [token.tag_ for token in doc] == ["PRON", "AUX", "NNP", "PUNCT"]
    assert {token.pos_ for token in doc} == {""}


def test_chinese_characters(tmp_path):
    X, y = (
        [list("我在北京"), list("他去上海了")],
        [["O", "O", "B-LOC", "E-LOC"], ["O", "O", "B-LOC", "E-LOC", "O"]],
    )
    tagger = CRFTagger(max_iter=30, c2=0.01, features=TokenFeatures(kind="char"), scheme="BIOES").fit(X, y)
    nlp = spacy.blank("zh")
    nlp.add_pipe("wordvec_crf", config={"path": save(tmp_path, tagger)})
    assert entities(nlp("我去北京了")) == [("北京", "LOC")]


def test_a_saved_pipeline_needs_no_other_file(nlp, entity_path, tmp_path):
    nlp.to_disk(tmp_path / "pipeline")
    Path(entity_path).unlink()
    loaded = spacy.load(tmp_path / "pipeline")
    assert [entities(doc) for doc in loaded.pipe(TEXTS)] == WANTED
    loaded.to_disk(tmp_path / "again")
    assert entities(spacy.load(tmp_path / "again")(TEXTS[0])) == WANTED[0]


def test_a_saved_pipeline_is_written_before_the_first_document(nlp, tmp_path):
    nlp.to_disk(tmp_path / "pipeline")
    assert entities(spacy.load(tmp_path / "pipeline")(TEXTS[1])) == WANTED[1]


def test_a_pipeline_travels_as_bytes(nlp, entity_path):
    other = spacy.blank("en")
    other.add_pipe("wordvec_crf")
    other.from_bytes(nlp.to_bytes())
    assert [entities(other(text)) for text in TEXTS] == WANTED
    component = pickle.loads(pickle.dumps(other.get_pipe("wordvec_crf")))
    assert entities(component(other.make_doc(TEXTS[0]))) == WANTED[0]


def test_two_components_work_side_by_side(nlp, tmp_path):
    config = {"path": save(tmp_path, train(POS)), "target": "tag"}
    nlp.add_pipe("wordvec_crf", name="pos", config=config)
    nlp.to_disk(tmp_path / "pipeline")
    doc = spacy.load(tmp_path / "pipeline")(TEXTS[1])
    assert entities(doc) == WANTED[1] and doc[1].pos_ == "VERB"


def test_a_tagger_in_memory_can_be_used(entity_tagger):
    nlp = spacy.blank("en")
    nlp.add_pipe("wordvec_crf").tagger = entity_tagger
    assert entities(nlp(TEXTS[1])) == WANTED[1]


def test_errors_go_to_the_error_handler(nlp, entity_tagger, monkeypatch):
    component = nlp.get_pipe("wordvec_crf")
    component.tagger = entity_tagger

    def predict(X):
        if ["it", "is", "Ada", "."] in X:
            raise RuntimeError("broken")
        return CRFTagger.predict(entity_tagger, X)

    monkeypatch.setattr(entity_tagger, "predict", predict, raising=False)
    with pytest.raises(RuntimeError, match="broken"):
        list(nlp.pipe(TEXTS))
    failed = []
    nlp.set_error_handler(lambda name, component, docs, error: failed.extend(doc.text for doc in docs))
    assert [entities(doc) for doc in nlp.pipe(TEXTS, batch_size=1)] == WANTED[:3]
    assert failed == ["it is Ada."]


def test_what_does_not_fit_is_refused(tmp_path):
    nlp = spacy.blank("en")
    with pytest.raises(ValueError, match="The target parameter of wordvec_crf must be one of 'ent', 'tag'"):
        nlp.add_pipe("wordvec_crf", config={"target": "lemma"})
    component = nlp.add_pipe("wordvec_crf")
    with pytest.raises(ValueError, match="The component 'wordvec_crf' has no tagger. Pass config="):
        nlp("Ada")
    with pytest.raises(ValueError, match="must have tags that encode spans. Got the tags ADP"):
        component.tagger = train(POS)
    with pytest.raises(ValueError, match="lists of features"):
        component.tagger = CRFTagger(max_iter=2).fit([[["a"], ["b"]]], [["B-X", "O"]])
    with pytest.raises(FileNotFoundError, match="There is no file .* with a tagger"):
        CRFComponent("crf", path=str(tmp_path / "nothing"))(nlp.make_doc("Ada"))


@pytest.mark.process
def test_spacy_finds_the_component_by_its_entry_point(entity_path, tmp_path):
    metadata = tmp_path / "site" / "entry-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: entry\nVersion: 1.0\n")
    entry = "wordvec_crf = wordvec.pipelines.tagging.spacy_component:make_component"
    (metadata / "entry_points.txt").write_text(f"[spacy_factories]\n{entry}\n")
    code = (
        "import spacy, sys; nlp = spacy.blank('en')\n"
        f"nlp.add_pipe('wordvec_crf', config={{'path': {entity_path!r}}})\n"
        "print([(e.text, e.label_) for e in nlp('Bob read it in Rome.').ents])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(metadata.parent), str(ROOT)])}
    command = [sys.executable, "-c", code]
    out = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    assert out.strip() == str(WANTED[1])


def test_entities_that_are_there_stay(entity_path):
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns(
        [{"label": "WORK", "pattern": "it"}, {"label": "TITLE", "pattern": "Lovelace wrote to Paris"},
         {"label": "CITY", "pattern": "Rome"}]
    )  # fmt: skip
    nlp.add_pipe("wordvec_crf", config={"path": entity_path})
    assert entities(nlp("Bob read it in Rome.")) == [("Bob", "PER"), ("it", "WORK"), ("Rome", "CITY")]
    # The longer span wins, as in spacy.util.filter_spans.
    assert entities(nlp("Ada Lovelace wrote to Paris.")) == [("Lovelace wrote to Paris", "TITLE")]
    nlp.add_pipe("wordvec_crf", name="again", config={"path": entity_path, "overwrite": True})
    assert entities(nlp("Bob read it in Rome.")) == [("Bob", "PER"), ("Rome", "LOC")]


def test_two_components_one_after_the_other(entity_path, tmp_path):
    other = save(tmp_path, train(["O O O O O O", "O O B-THING O O O", "B-THING O O O"]))
    nlp = spacy.blank("en")
    nlp.add_pipe("wordvec_crf", config={"path": entity_path})
    nlp.add_pipe("wordvec_crf", name="things", config={"path": other})
    assert entities(nlp("Bob read it in Rome.")) == [("Bob", "PER"), ("it", "THING"), ("Rome", "LOC")]


@pytest.mark.parametrize("target", ["ent", "tag"])
def test_a_wrong_path_is_told_when_the_pipe_is_added(tmp_path, target):
    nlp = spacy.blank("en")
    config = {"path": str(tmp_path / "no.safetensors"), "target": target}
    with pytest.raises(FileNotFoundError, match="no.safetensors"):
        nlp.add_pipe("wordvec_crf", config=config)
    (tmp_path / "text.safetensors").write_text("no tagger")
    with pytest.raises(ValueError, match="text.safetensors"):
        nlp.add_pipe("wordvec_crf", config={**config, "path": str(tmp_path / "text.safetensors")})
    assert nlp.pipe_names == []


def test_universal_parts_of_speech_into_pos_alone(tmp_path, entity_path):
    path = save(tmp_path, train(POS))
    nlp = spacy.blank("en")
    nlp.add_pipe("wordvec_crf", config={"path": path, "target": "pos"})
    doc = nlp("Bob read it in Rome.")
    assert [token.pos_ for token in doc] == POS[1].split() and not any(token.tag_ for token in doc)
    with pytest.raises(ValueError, match="universal parts of speech"):
        nlp.add_pipe("wordvec_crf", name="names", config={"path": entity_path, "target": "pos"})


def test_a_saved_pipeline_does_not_need_the_first_file(entity_path, tmp_path):
    nlp = spacy.blank("en")
    nlp.add_pipe("wordvec_crf", config={"path": entity_path})
    nlp.to_disk(tmp_path / "pipeline")
    Path(entity_path).unlink()
    assert entities(spacy.load(tmp_path / "pipeline")("Bob read it in Rome.")) == WANTED[1]


@pytest.mark.parametrize("scheme", ["IOE1", "IOE2", "BIOS", "BMS", "BIEO", "BMEO", "BMEWO"])
def test_entities_of_every_scheme(scheme):
    nlp = spacy.blank("en")
    tags = convert_tags([row.split() for row in ENTITIES], scheme)
    nlp.add_pipe("wordvec_crf").tagger = train(map(" ".join, tags), scheme=scheme)
    assert [entities(doc) for doc in nlp.pipe(TEXTS)] == WANTED
