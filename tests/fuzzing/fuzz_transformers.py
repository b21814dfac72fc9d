"""Readers of tokenizers, Transformers and their training: what is read is a folder."""

import json
from functools import cache

from fuzz_samples import LABELS, READERS, TAGS, TEXTS, Reader

TOKENIZER_FILES = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"]
MODEL_FILES = ["config.json", "config.json", "model.safetensors"]
SIZES = {"hidden_size": 8, "num_layers": 1, "num_heads": 2, "max_length": 16}


def add(name, names, make, read):
    """Register a reader of the folder that `make` makes; `names` are changed in turn."""

    def made(folder):
        make(folder)
        return [file for file in names if (folder / file).exists()]

    READERS[name] = Reader(made, lambda path: read(path.parent))


@cache
def tokenizer(kind="wordpiece"):
    from wordvec.tokenizers import Tokenizer

    return Tokenizer.train_from_texts(TEXTS, kind, 300)


def use_tokenizer(folder):
    from wordvec.tokenizers import Tokenizer

    loaded = Tokenizer.load(folder)
    return loaded.decode(loaded.encode("the cat sat, 猫"))


def make_vocabulary(folder):
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "sat", "##s", ",", "猫"]
    (folder / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    config = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "strip_accents": None}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))


def make_merges(folder):
    model = json.loads(tokenizer("bpe").backend.to_str())["model"]
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n", encoding="utf-8")
    (folder / "vocab.json").write_text(json.dumps(model["vocab"]), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "GPT2Tokenizer"}))


def use_model(folder):
    import torch

    from wordvec.transformer import from_pretrained

    model = from_pretrained(folder)
    ids = torch.zeros((1, 3), dtype=torch.long)
    if model.config.kind == "encoder-decoder":
        return model(ids, decoder_input_ids=ids)
    return model(ids)


def body(kind):
    import wordvec.transformer as t

    config = {
        "bert": t.TransformerConfig.bert, "gpt": t.TransformerConfig.gpt, "original": t.TransformerConfig.original
    }[kind](len(tokenizer()), **SIZES)  # fmt: skip
    return {"bert": t.EncoderModel, "gpt": t.DecoderModel, "original": t.EncoderDecoderModel}[kind](config)


def make_model(kind, head=None):
    def make(folder):
        import wordvec.transformer as t

        made = body(kind)
        made = (
            made
            if head is None
            else getattr(t, head)(made, 3)
            if "Classifier" in head
            else getattr(t, head)(made)
        )
        made.save_pretrained(folder)
        tokenizer().save(folder)

    return make


def make_estimator(name):
    def make(folder):
        import wordvec.transformer as t

        make_model("bert")(folder / "start")
        options = {} if name == "TransformerFeatures" else {"epochs": 1, "max_length": 16, "verbose": False}
        estimator = getattr(t, name)(str(folder / "start"), device="cpu", **options)
        if name == "TransformerTagger":
            estimator.fit([text.split() for text in TEXTS], TAGS)
        else:
            estimator.fit(TEXTS, LABELS)
        estimator.save(folder)

    return make


def use_estimator(name):
    def use(folder):
        import wordvec.transformer as t

        loaded = getattr(t, name).load(folder, device="cpu")
        X = [["the", "cat"]] if name == "TransformerTagger" else ["the cat"]
        return loaded.transform(X) if name == "TransformerFeatures" else loaded.predict(X)

    return use


def make_corpus(folder):
    from wordvec.transformer import TokenCorpus

    (folder / "text.txt").write_text("\n".join(TEXTS), encoding="utf-8")
    TokenCorpus.build([folder / "text.txt"], tokenizer(), folder / "corpus", verbose=False)
    for path in list((folder / "corpus").iterdir()):
        if path.is_file():
            path.rename(folder / path.name)


def use_corpus(folder):
    from wordvec.transformer import TokenCorpus

    corpus = TokenCorpus.open(folder, verify=True)
    return [corpus.document(k) for k in range(min(corpus.n_documents, 3))]


@cache
def training():
    import torch

    from wordvec.transformer.training.checkpoints import RunIdentity, TrainerState

    model = body("gpt")
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.zeros((1, 3), dtype=torch.long)).logits.sum().backward()
    optimizer.step()
    identity = RunIdentity({"steps": 3, "seed": 0}, "0" * 64, 1)
    state = TrainerState(1, 3, 0.5, [2.5], [(1, 2.5)])
    return identity, state, model, optimizer


def make_checkpoint(folder):
    from wordvec.transformer.training.checkpoints import write_trainer_checkpoint

    identity, state, model, optimizer = training()
    write_trainer_checkpoint(folder / "checkpoint.safetensors", identity, state, model, optimizer)


def use_checkpoint(folder):
    from wordvec.transformer.training.checkpoints import read_trainer_checkpoint

    identity, _, model, optimizer = training()
    return read_trainer_checkpoint(folder / "checkpoint.safetensors", identity, model, optimizer)


def make_run(folder):
    (folder / "pretraining.json").write_text(
        json.dumps({"options": {"steps": 3}, "corpus": {"paths": ["a"]}})
    )
    (folder / "checkpoint.safetensors").write_bytes(b"x")
    make_model("gpt")(folder)


def use_run(folder):
    from wordvec.pipelines.workflows.model_folders import task_of
    from wordvec.pipelines.workflows.pretraining import _check_unfinished

    task_of(folder)
    return _check_unfinished(folder, {"options": {"steps": 3}, "corpus": {"paths": ["a"]}})


for kind in ("wordpiece", "bpe", "char"):
    add(
        f"tokenizer, {kind}",
        TOKENIZER_FILES,
        lambda folder, kind=kind: tokenizer(kind).save(folder),
        use_tokenizer,
    )
add("tokenizer, vocab.txt", ["vocab.txt", "tokenizer_config.json"], make_vocabulary, use_tokenizer)
add(
    "tokenizer, merges.txt", ["merges.txt", "vocab.json", "tokenizer_config.json"], make_merges, use_tokenizer
)
add("BERT", MODEL_FILES, make_model("bert"), use_model)
add("BertForMaskedLM", MODEL_FILES, make_model("bert", "MaskedLM"), use_model)
add("BertForSequenceClassification", MODEL_FILES, make_model("bert", "SequenceClassifier"), use_model)
add("GPT-2", MODEL_FILES, make_model("gpt"), use_model)
add("encoder-decoder of ours", MODEL_FILES, make_model("original"), use_model)
for name in ("TransformerClassifier", "TransformerTagger", "TransformerFeatures"):
    add(
        name,
        ["wordvec.json", "wordvec.json", "config.json", "tokenizer.json"],
        make_estimator(name),
        use_estimator(name),
    )
add("TokenCorpus", ["corpus.json", "token_ids.npy", "sentence_starts.npy"], make_corpus, use_corpus)
add("checkpoint of a Transformer", ["checkpoint.safetensors"], make_checkpoint, use_checkpoint)
add("state of a pre-training run", ["pretraining.json", "config.json"], make_run, use_run)
