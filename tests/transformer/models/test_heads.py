"""Heads and losses: against PyTorch's own functions, the tagger's kernels, and transformers' losses."""

import itertools
import json

import numpy as np
import pytest

from wordvec.pipelines.tagging import CRFTagger

torch = pytest.importorskip("torch")

from torch.nn import functional

from wordvec.transformer import (
    DecoderModel,
    EncoderModel,
    MaskedLM,
    NextSentence,
    PreTraining,
    QuestionAnswerer,
    SequenceClassifier,
    TokenClassifier,
    TransformerConfig,
    from_pretrained,
)
from wordvec.transformer.models.crf_head import CRFHead
from wordvec.transformer.models.losses import distillation, projected_cross_entropy
from wordvec.transformer.models.multitask import DistilledModel, MultiTaskModel
from wordvec.transformer.models.recurrent import RecurrentModel

SIZES = {
    "hidden_size": 16,
    "num_layers": 2,
    "num_heads": 2,
    "max_length": 12,
    "dropout": 0.0,
    "attention_dropout": 0.0,
}


def encoder(**changes):
    return EncoderModel(TransformerConfig.bert(30, **(SIZES | changes)), seed=1)


def decoder(**changes):
    return DecoderModel(TransformerConfig.gpt(30, **(SIZES | changes)), seed=1)


def batch(n_segments=2):
    generator = torch.Generator().manual_seed(2)
    made = {
        "input_ids": torch.randint(0, 30, (3, 8), generator=generator),
        "attention_mask": torch.tensor([[1] * 8, [1] * 5 + [0] * 3, [1] * 6 + [0] * 2]),
        "labels": torch.randint(0, 30, (3, 8), generator=generator),
    }
    if n_segments:
        made["token_type_ids"] = torch.randint(0, n_segments, (3, 8), generator=generator)
    made["labels"][made["attention_mask"] == 0] = -100
    made["labels"][0, :4] = -100
    return made


@pytest.mark.parametrize("smooth", [0.0, 0.1])
@pytest.mark.parametrize("with_bias", [True, False])
def test_projected_cross_entropy_is_cross_entropy(smooth, with_bias, monkeypatch):
    monkeypatch.setattr(
        "wordvec.transformer.models.losses.CHUNK_NUMBERS", {"cpu": 3 * 11, "cuda": 0}
    )  # chunks of 3 rows
    generator = torch.Generator().manual_seed(0)
    x, weight, bias = (
        torch.randn(*shape, generator=generator, requires_grad=True) for shape in ((7, 5), (11, 5), (11,))
    )
    labels = torch.randint(0, 11, (7,), generator=generator)
    inputs = (x, weight, bias) if with_bias else (x, weight)
    got = projected_cross_entropy(x, weight, bias if with_bias else None, labels, smooth)
    logits = functional.linear(x, weight, bias if with_bias else None)
    want = functional.cross_entropy(logits, labels, reduction="sum", label_smoothing=smooth)
    torch.testing.assert_close(got, want)
    for a, b in zip(torch.autograd.grad(3 * got, inputs), torch.autograd.grad(3 * want, inputs), strict=True):
        torch.testing.assert_close(a, b)


def test_projected_cross_entropy_of_nothing():
    x, weight = torch.zeros(0, 5, requires_grad=True), torch.ones(11, 5, requires_grad=True)
    loss = projected_cross_entropy(x, weight, None, torch.zeros(0).long())
    loss.backward()
    assert loss == 0
    assert weight.grad.abs().max() == 0


def test_projected_cross_entropy_in_bf16():
    generator = torch.Generator().manual_seed(0)
    x, weight = (torch.randn(n, 16, generator=generator, requires_grad=True) for n in (20, 50))
    labels = torch.randint(0, 50, (20,), generator=generator)
    with torch.autocast("cpu", torch.bfloat16):
        got = projected_cross_entropy(x, weight, None, labels)
    want = functional.cross_entropy(x @ weight.T, labels, reduction="sum")
    assert abs(got - want) < 0.02 * want
    for a, b in zip(
        torch.autograd.grad(got, (x, weight)), torch.autograd.grad(want, (x, weight)), strict=True
    ):
        assert a.dtype == torch.float32
        assert (a - b).norm() < 0.02 * b.norm()


@pytest.mark.parametrize(
    "model",
    [decoder(), MaskedLM(encoder(), 1), RecurrentModel(decoder().config)],
    ids=["causal", "masked", "recurrent"],
)
def test_loss_of_a_language_model_is_that_of_its_logits(model):
    given = batch(0)
    ((loss, count),) = model.loss_sum(given).values()
    logits = model(given["input_ids"], given["attention_mask"]).logits
    want = functional.cross_entropy(logits.flatten(0, 1), given["labels"].flatten(), reduction="sum")
    torch.testing.assert_close(loss, want)
    assert count == (given["labels"] != -100).sum()


@pytest.mark.smoke
@pytest.mark.parametrize("architecture", ["BertForMaskedLM", "BertForPreTraining", "BertForTokenClassification",
                                          "BertForNextSentencePrediction", "BertForQuestionAnswering"])  # fmt: skip
def test_losses_are_those_of_transformers(architecture, tmp_path):
    transformers = pytest.importorskip("transformers")
    config = transformers.BertConfig(
        vocab_size=30, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=20,
        max_position_embeddings=12, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        num_labels=2 if "Question" in architecture else 30,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        theirs = getattr(transformers, architecture)(config)
    theirs.save_pretrained(tmp_path)
    ours = from_pretrained(tmp_path)
    given = batch()
    labels = torch.tensor([1, 0, 1])
    named = dict(given)
    if architecture == "BertForPreTraining":
        given["next_sentence_label"] = named["next_sentence_label"] = labels
    elif architecture == "BertForNextSentencePrediction":
        given["next_sentence_label"] = named["labels"] = labels
    elif architecture == "BertForQuestionAnswering":
        del (
            named["labels"],
            named["attention_mask"],
            given["attention_mask"],
        )  # theirs lets answers lie in padding
        given |= {"start_positions": labels, "end_positions": labels + 2}
        named |= {"start_positions": labels, "end_positions": labels + 2}
    want = theirs(**named).loss
    got = sum(loss / count for loss, count in ours.loss_sum(given).values())
    torch.testing.assert_close(got, want, atol=1e-5, rtol=1e-5)
    assert_counts(ours, given)


def assert_counts(model, given):
    counts = {name: int(count) for name, (_, count) in model.loss_sum(given).items()}
    assert counts == {name: int(count) for name, count in model.loss_counts(given).items()}


@pytest.mark.parametrize("problem", ["single", "multi", "regression"])
@pytest.mark.parametrize("make", [encoder, decoder])
def test_sequence_classifiers(problem, make):
    model = SequenceClassifier(make(), 3, problem, seed=1)
    given = batch(0)
    logits = model(given["input_ids"], given["attention_mask"]).logits
    labels = (
        torch.tensor([2, 0, 1]) if problem == "single" else torch.tensor([[1, 0, 1], [0, 0, 1], [0, 1, 0]])
    )
    ((loss, count),) = model.loss_sum(given | {"labels": labels}).values()
    want = {
        "single": lambda: functional.cross_entropy(logits, labels),
        "multi": lambda: functional.binary_cross_entropy_with_logits(logits, labels.float()),
        "regression": lambda: functional.mse_loss(logits, labels.float()),
    }[problem]()
    torch.testing.assert_close(loss / count, want)
    assert_counts(model, given | {"labels": labels})


def test_a_decoder_is_read_at_its_last_token_whatever_the_padding():
    model = SequenceClassifier(decoder(), 3, seed=1).eval()
    tokens = batch(0)["input_ids"][:1, :5]
    right = torch.cat([tokens, torch.zeros(1, 3).long()], 1)
    mask = torch.tensor([[1] * 5 + [0] * 3])
    torch.testing.assert_close(model(right, mask).logits, model(tokens).logits)


def test_crf_head_is_brute_force_over_all_paths():
    generator = torch.Generator().manual_seed(4)
    head = CRFHead(3).double()
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.normal_(generator=generator)
    logits = torch.randn(4, 5, 3, generator=generator, dtype=torch.float64)
    labels = torch.randint(0, 3, (4, 5), generator=generator)
    labels[1, [0, 2]] = -100
    labels[2, :] = -100
    labels[3, 1:] = -100
    total = 0.0
    best = []
    for row in range(4):
        places = [t for t in range(5) if labels[row, t] >= 0]
        if not places:
            best.append([])
            continue

        def score(path, row=row, places=places):
            own = sum(logits[row, t, y] for t, y in zip(places, path, strict=True))
            pairs = sum(head.transitions[a, b] for a, b in itertools.pairwise(path))
            return float((own + pairs + head.start[path[0]] + head.end[path[-1]]).detach())

        paths = list(itertools.product(range(3), repeat=len(places)))
        scores = [score(path) for path in paths]
        total += np.logaddexp.reduce(scores) - score([int(labels[row, t]) for t in places])
        best.append(list(paths[int(np.argmax(scores))]))
    # The head itself computes in float32.
    assert float(head.negative_log_likelihood(logits, labels).detach()) == pytest.approx(total, rel=1e-5)
    assert head.decode(logits, labels != -100) == best


def test_crf_head_agrees_with_the_crf_tagger():
    """Log-partition and best paths of the tagger's own kernels, on the scores of one sentence."""
    sentences = [["a", "b", "a", "c"], ["b", "c"], ["c", "a", "b"]] * 3
    tags = [["X", "Y", "Z", "X"], ["Y", "X"], ["Z", "X", "Y"]] * 3
    features = [[[f"w={word}"] for word in sentence] for sentence in sentences]
    tagger = CRFTagger(c2=0.1, max_iter=20).fit(features, tags)
    found = tagger.explain(topn=100)
    labels = found.tags
    pairs = [(f, t, w) for side in (found.positive, found.negative) for t in labels for f, w in side[t]]
    weights = {(f, t): w for f, t, w in pairs}
    head = CRFHead(len(labels))
    with torch.no_grad():
        head.transitions.copy_(torch.from_numpy(found.transition_LL))
    sentence = features[0]
    logits = torch.tensor(
        [[[sum(weights.get((f, t), 0.0) for f in token) for t in labels] for token in sentence]]
    )
    assert [labels[i] for i in head.decode(logits, torch.ones(1, 4, dtype=torch.bool))[0]] == tagger.predict(
        [sentence]
    )[0]
    path = torch.tensor([[labels.index(t) for t in tags[0]]])
    probability = np.exp(-float(head.negative_log_likelihood(logits, path).detach()))
    nbest = tagger.predict_nbest([sentence], k=27)[0]
    assert {tuple(path): q for path, q in nbest}[tuple(tags[0])] == pytest.approx(probability, rel=1e-4)


def test_token_classifier_with_a_crf_learns_and_comes_back(tmp_path):
    model = TokenClassifier(encoder(), 4, crf=True, seed=1)
    generator = torch.Generator().manual_seed(3)
    tokens = torch.randint(0, 30, (16, 8), generator=generator)
    given = {"input_ids": tokens, "labels": (tokens + tokens.roll(1, 1)) % 4}
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(60):
        optimizer.zero_grad()
        ((loss, _),) = model.loss_sum(given).values()
        loss.backward()
        optimizer.step()
    model.eval()
    predicted = torch.tensor(model.predict(given))
    assert (predicted == given["labels"]).float().mean() > 0.9
    model.save_pretrained(tmp_path / "model")
    assert from_pretrained(tmp_path / "model").predict(given) == model.predict(given)


@pytest.mark.smoke
def test_question_answerer_finds_the_best_span():
    model = QuestionAnswerer(encoder(), seed=1).eval()
    given = batch() | {"token_type_ids": torch.tensor([[0, 0, 0, 1, 1, 1, 1, 1]] * 3)}
    logits = model(given["input_ids"], given["attention_mask"], given["token_type_ids"]).logits
    for row, (start, end) in enumerate(model.spans(given, max_answer_length=3)):
        length = int(given["attention_mask"][row].sum())
        spans = [(a, b) for a in range(3, length) for b in range(a, min(a + 3, length))]
        assert (start, end) == max(spans, key=lambda s: float(logits[row, s[0], 0] + logits[row, s[1], 1]))


@pytest.mark.smoke
def test_tasks_share_a_body():
    body = encoder()
    classifier, tagger = SequenceClassifier(body, 3, seed=1), TokenClassifier(body, 5, seed=2)
    model = MultiTaskModel({"topic": classifier, "tags": tagger}, weights={"tags": 0.25})
    given = batch(0)
    topic = {"input_ids": given["input_ids"], "labels": torch.tensor([0, 1, 2])}
    tags = {"input_ids": given["input_ids"], "labels": given["labels"].clamp(max=4)}
    both = {f"topic/{k}": v for k, v in topic.items()} | {f"tags/{k}": v for k, v in tags.items()}
    losses = model.loss_sum(both)
    assert model.loss_weights == {"topic/loss": 1.0, "tags/loss": 0.25}
    assert_counts(model, both)
    torch.testing.assert_close(losses["topic/loss"], classifier.loss_sum(topic)["loss"])
    torch.testing.assert_close(losses["tags/loss"], tagger.loss_sum(tags)["loss"])
    assert len(list(model.parameters())) == len(list(body.parameters())) + 4
    with pytest.raises(ValueError, match="share one body"):
        MultiTaskModel({"a": classifier, "b": SequenceClassifier(encoder(), 2)})
    with pytest.raises(TypeError, match=r"tasks\['a'\] parameter of MultiTaskModel must be a HeadedModel"):
        MultiTaskModel({"a": encoder()})
    with pytest.raises(ValueError, match="'x/labels'"):
        model.loss_sum({"x/labels": given["labels"]})


@pytest.mark.smoke
def test_distillation_is_kl_divergence():
    generator = torch.Generator().manual_seed(0)
    student, teacher = torch.randn(2, 4, 6, generator=generator)
    p, q = (torch.softmax(x / 2.0, -1) for x in (teacher, student))
    torch.testing.assert_close(distillation(student, teacher, 2.0), 4 * (p * (p / q).log()).sum())
    model = DistilledModel(decoder(), decoder(num_layers=1), alpha=0.3)
    losses = model.loss_sum(batch(0))
    assert_counts(model, batch(0))
    assert model.loss_weights == {"distillation": 0.3, "labels": 0.7}
    assert all(loss.isfinite() and loss > 0 for loss, _ in losses.values())
    assert not any(name.startswith("_teacher") or "teacher" in name for name, _ in model.named_parameters())


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_recurrent_models_do_not_read_padding(cell, side):
    model = RecurrentModel(encoder().config, cell, seed=1).eval()
    tokens = batch(0)["input_ids"][:1, :5]
    padding = torch.full((1, 3), 7)
    parts = [padding, tokens] if side == "left" else [tokens, padding]
    mask = torch.cat(
        [torch.zeros(1, 3), torch.ones(1, 5)] if side == "left" else [torch.ones(1, 5), torch.zeros(1, 3)], 1
    )
    # Beside a whole row, so that rows differ in length.
    given = torch.cat([torch.cat(parts, 1), batch(0)["input_ids"][:1]])
    both = torch.cat([mask, torch.ones(1, 8).long()])
    got = model(given, both).last_hidden_state[0][mask[0].bool()]
    torch.testing.assert_close(got, model(tokens).last_hidden_state[0], atol=1e-6, rtol=1e-5)


def test_a_recurrent_decoder_sees_no_later_token():
    model = RecurrentModel(decoder().config, seed=1).eval()
    tokens = batch(0)["input_ids"]
    changed = tokens.clone()
    changed[:, 5:] = 3
    torch.testing.assert_close(model(tokens).logits[:, :5], model(changed).logits[:, :5])


def test_a_recurrent_model_takes_any_length_but_no_foreign_id():
    model = RecurrentModel(decoder().config)
    assert model(torch.zeros(1, 40).long()).logits.shape == (1, 40, 30)
    with pytest.raises(ValueError, match="hold 30, and the model has ids from 0 to 29"):
        model(torch.tensor([[30]]))


def test_bad_heads():
    with pytest.raises(ValueError, match="pooler=True"):
        NextSentence(encoder(pooler=False))
    with pytest.raises(ValueError, match="pooler=True"):
        PreTraining(encoder(pooler=False))
    for body in ("bert", SequenceClassifier(encoder(), 2)):
        with pytest.raises(TypeError, match="body of a TokenClassifier must be a model without a head"):
            TokenClassifier(body, 2)
    with pytest.raises(ValueError, match="body must be an encoder. Got a DecoderModel"):
        MaskedLM(decoder())
    with pytest.raises(ValueError, match="problem parameter"):
        SequenceClassifier(encoder(), 3, "both")
    with pytest.raises(NotImplementedError, match="Put a head on it"):
        encoder().loss_sum({})


def test_labels_that_the_head_does_not_know():
    body = encoder()
    ids = torch.tensor([[1, 2, 3]])
    for head, labels, message in (
        (SequenceClassifier(body, 2), {"labels": torch.tensor([2])}, "labels must lie from 0 to 1. Got 2"),
        (SequenceClassifier(body, 2), {"labels": torch.tensor([-100])}, "labels must lie .* Got -100"),
        (SequenceClassifier(body, 2), {"labels": torch.tensor([0.5])}, "labels must be int64"),
        (TokenClassifier(body, 2), {"labels": torch.tensor([[0, -100, 5]])}, "labels must lie .* Got 5"),
        (TokenClassifier(body, 2, crf=True), {"labels": torch.tensor([[0, -1, 1]])}, "labels .* Got -1"),
        (
            QuestionAnswerer(body),
            {"start_positions": torch.tensor([1]), "end_positions": torch.tensor([3])},
            "end_positions must lie from 0 to 2. Got 3",
        ),
        (NextSentence(body), {"next_sentence_label": torch.tensor([2])}, "next_sentence_label must lie"),
    ):
        with pytest.raises(ValueError, match=message):
            head.loss_sum({"input_ids": ids, **labels})


def test_a_crf_decodes_what_is_allowed(tmp_path):
    """Equal to trying every allowed path; what is allowed is part of a saved model."""
    crf = CRFHead(3)
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for parameter in crf.parameters():
            parameter.normal_(generator=generator)
    start, end = torch.tensor([True, True, False]), torch.tensor([True, False, True])
    steps = torch.tensor([[True, True, False], [False, False, True], [True, True, True]])
    crf.allow(start, steps, end)
    logits = torch.randn(6, 4, 3, generator=generator)

    def score(row, path):
        total = (
            crf.start[path[0]] + crf.end[path[-1]] + sum(logits[row, t, tag] for t, tag in enumerate(path))
        )
        return float(total + sum(crf.transitions[a, b] for a, b in itertools.pairwise(path)))

    legal = [
        path
        for path in itertools.product(range(3), repeat=4)
        if start[path[0]] and end[path[-1]] and all(steps[a, b] for a, b in itertools.pairwise(path))
    ]
    found = crf.decode(logits, torch.ones(6, 4, dtype=torch.bool))
    assert found == [list(max(legal, key=lambda path: score(row, path))) for row in range(6)]

    tagger = TokenClassifier(encoder(), 3, crf=True)
    tagger.crf.allow(start, steps, end)
    tagger.save_pretrained(tmp_path)
    assert torch.equal(from_pretrained(tmp_path).crf.allowed, tagger.crf.allowed)
    with pytest.raises(ValueError, match="must have the shapes"):
        tagger.crf.allow(start[:2], steps, end)


@pytest.mark.parametrize("rows", ["111", ["111"] * 4, [1] * 5, ["112"] * 5, ["11"] * 5])
def test_what_a_crf_allows_is_checked(rows, tmp_path):
    tagger = TokenClassifier(encoder(), 3, crf=True)
    tagger.save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"crf_allowed": rows}))
    with pytest.raises(ValueError, match="crf_allowed"):
        from_pretrained(tmp_path)
