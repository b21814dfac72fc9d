"""What other programs make of a folder of a static encoder; run by `check_static.py` where wordvec is not installed.

    python -I static_clients.py TOOL FOLDER TEXTS OUT

TEXTS is a JSON list. OUT, a .npy file, gets the vectors, and the last line that is printed is JSON: the version, and
what was shown beside the vectors.
"""

import asyncio
import importlib.util
import json
import sys
from importlib.metadata import version
from pathlib import Path


def sentence_transformers(folder, texts):
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(folder, device="cpu")
    scores = model.similarity(model.encode(texts[:2]), model.encode(texts[:2]))
    return model.encode(texts), f"similarity of a text to itself {float(scores[0, 0]):.3f}"


def model2vec(folder, texts):
    from model2vec import StaticModel

    model = StaticModel.from_pretrained(folder)
    return model.encode(texts), f"{len(model.tokens):,} tokens x {model.dim}"


def bertopic(folder, texts):
    from bertopic import BERTopic
    from bertopic.backend._utils import select_backend
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA

    # Others than UMAP and HDBSCAN, which have nothing to do with the folder.
    model = BERTopic(embedding_model=folder, umap_model=PCA(5), hdbscan_model=KMeans(4, random_state=1))
    topics, _ = model.fit_transform(texts)
    words = ", ".join(word for word, _ in model.get_topic(0)[:3])
    vectors = select_backend(folder).embed(texts)
    return vectors, f"{len(set(topics))} topics, the first: {words}"


def langchain(folder, texts):
    import numpy as np
    from langchain_core.vectorstores import InMemoryVectorStore
    from langchain_huggingface import HuggingFaceEmbeddings

    embeddings = HuggingFaceEmbeddings(model_name=folder)
    store = InMemoryVectorStore.from_texts(texts, embeddings)
    (found,) = store.similarity_search(texts[3], k=1)
    kind = "itself" if found.page_content == texts[3] else "another text"
    return np.array(embeddings.embed_documents(texts)), f"a search for a text finds {kind}"


def embedding_atlas(folder, texts):
    import numpy as np
    import pandas as pd
    from embedding_atlas.embedding import create_embedder
    from embedding_atlas.projection import compute_projection

    # What its command does with --text text --model FOLDER before it opens a page.
    frame = compute_projection(
        pd.DataFrame({"text": texts}), inputs="text", model=folder, umap_args={"random_state": 1}
    )
    places = frame[["projection_x", "projection_y"]].to_numpy()
    if not np.isfinite(places).all():
        raise ValueError("a place of the projection is not finite")
    embed = create_embedder("sentence-transformers", modality="text", model=folder, embedder_args={})
    vectors = asyncio.run(embed(texts, model=folder, embedder_args={}))
    return vectors, f"a projection of {len(places)} texts with neighbors"


TOOLS = {
    "sentence-transformers": sentence_transformers,
    "model2vec": model2vec,
    "bertopic": bertopic,
    "langchain-huggingface": langchain,
    "embedding-atlas": embedding_atlas,
}


def main():
    tool, folder, texts, out = sys.argv[1:]
    if importlib.util.find_spec("wordvec") is not None:
        raise SystemExit("wordvec is installed here, so that nothing would be shown.")
    import numpy as np

    vectors, shown = TOOLS[tool](folder, json.loads(Path(texts).read_text(encoding="utf-8")))
    np.save(out, np.asarray(vectors))
    print("\n" + json.dumps({"version": version(tool), "shown": shown}))


if __name__ == "__main__":
    main()
