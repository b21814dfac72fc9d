"""The same requests as those of the official client of OpenAI's protocol, and the same answers from responses."""

import pytest

pytest.importorskip("httpx")
openai = pytest.importorskip("openai")

from wordvec.pipelines.prompting import EndpointError, HTTPGenerator
from wordvec.pipelines.prompting.generators.endpoint import transport

from .server import USAGE, Reply, chat, events, plain, serving

pytestmark = pytest.mark.slow
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2 + 2?"}]
DRAWN = dict(max_tokens=9, temperature=0.5, stop=["\n", "Q:"], seed=7)
GREEDY = dict(max_tokens=5, temperature=0.0)


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setattr(transport, "backoff", lambda attempt, key: 0.0)


def ask_both(replies, is_chat, options, stream=False):
    """Return what both clients make of the replies, and what they asked: theirs first."""
    with serving(list(replies)) as server:
        client = openai.OpenAI(base_url=server.url, max_retries=0)
        extra = dict(stream=True, stream_options={"include_usage": True}) if stream else {}
        if is_chat:
            theirs = client.chat.completions.create(model="small", messages=MESSAGES, **options, **extra)
        else:
            theirs = client.completions.create(model="small", prompt="2 + 2 =", **options, **extra)
        if stream:
            theirs = list(theirs)
        mine = HTTPGenerator(server.url, model="small", chat=is_chat, system="Be brief." if is_chat else None)
        prompt = "2 + 2?" if is_chat else "2 + 2 ="
        (ours,) = mine.generate([prompt], **options, on_text=(lambda *_: None) if stream else None)
    return theirs, ours, server.asked


@pytest.mark.parametrize("options", [DRAWN, GREEDY], ids=["drawn", "greedy"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("is_chat", [True, False], ids=["chat", "text"])
def test_requests_are_the_same(is_chat, stream, options):
    whole = chat("4") if is_chat else plain("4")
    reply = events("4", is_chat=is_chat) if stream else whole
    _, _, [theirs, ours] = ask_both([reply], is_chat, options, stream)
    assert theirs[0] == ours[0] and theirs[2] == ours[2]
    for name in ("authorization", "content-type"):
        assert theirs[1][name] == ours[1][name]


@pytest.mark.parametrize("reason", ["stop", "length", "content_filter"])
@pytest.mark.parametrize("text", ["4", "", "很好\u2028 {x}\n\n", "a\u0000b"])
def test_whole_answers_are_the_same(text, reason):
    theirs, ours, _ = ask_both([chat(text, reason)], True, GREEDY)
    choice, usage = theirs.choices[0], theirs.usage
    assert (ours.text, ours.finish_reason) == (choice.message.content, choice.finish_reason)
    assert (ours.n_prompt_tokens, ours.n_new_tokens) == (usage.prompt_tokens, usage.completion_tokens)
    theirs, ours, _ = ask_both([plain(text, reason, usage=None)], False, GREEDY)
    assert (ours.text, ours.finish_reason) == (theirs.choices[0].text, theirs.choices[0].finish_reason)
    assert theirs.usage is None and ours.n_tokens is None


@pytest.mark.parametrize("pieces", [["4"], ["a", "b ", "很", "\u2028\n"], [""], []])
@pytest.mark.parametrize("is_chat", [True, False], ids=["chat", "text"])
def test_streams_are_the_same(is_chat, pieces):
    theirs, ours, _ = ask_both([events(*pieces, is_chat=is_chat)], is_chat, GREEDY, stream=True)
    choices = [event.choices[0] for event in theirs if event.choices]
    texts = [choice.delta.content if is_chat else choice.text for choice in choices]
    assert ours.text == "".join(text or "" for text in texts)
    assert ours.finish_reason == choices[-1].finish_reason
    assert (
        [event.usage.total_tokens for event in theirs if event.usage]
        == [ours.n_tokens]
        == [USAGE["total_tokens"]]
    )


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429, 500, 503])
def test_refusals_have_the_servers_message(status):
    said = "Something is wrong with {this}"
    with serving([Reply({"error": {"message": said, "type": "t", "code": None}}, status)]) as server:
        with pytest.raises(openai.APIStatusError) as theirs:
            openai.OpenAI(base_url=server.url, max_retries=2).chat.completions.create(
                model="m", messages=MESSAGES
            )
        n_theirs = len(server.asked)
        with pytest.raises(EndpointError) as ours:
            HTTPGenerator(server.url, model="m", max_retries=2).generate(["p"])
    assert said in str(theirs.value) and said in str(ours.value)
    assert theirs.value.status_code == ours.value.status == status
    assert n_theirs == len(server.asked) - n_theirs  # the same statuses are tried again
