"""The generator that a command selects: a folder with a model, or an endpoint."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._utils.errors import AdvisedError, ParameterError

if TYPE_CHECKING:
    from ...prompting import Generator

__all__ = ["open_generator"]


def open_generator(
    model: Path | None = None,
    endpoint: str | None = None,
    api_model: str | None = None,
    *,
    device: str | None = None,
    **options: Any,
) -> Generator:
    """Return the generator of a folder, or of an endpoint.

    Parameters
    ----------
    model : Path, optional
        A folder with a causal model of wordvec.
    endpoint : str, optional
        The URL of an endpoint with an OpenAI-compatible API.
    api_model : str, optional
        The model of the endpoint; required with `endpoint`.
    device : {"auto", "cpu", "cuda"}, optional
        The device for a model in a folder.
    **options
        Options of an endpoint, as for `HTTPGenerator`.

    Raises
    ------
    AdvisedError
        If neither or both are given, or an option does not fit.
    FileNotFoundError, ImportError, ValueError
        As for `DecoderGenerator.load` and `HTTPGenerator`.
    """
    if (model is None) == (endpoint is None):
        finding = "There is no generator." if model is None else "There are two generators."
        raise AdvisedError(
            finding, "{model} with the folder of one", "{endpoint} with an address and {api_model}"
        )
    if model is not None:
        if wrong := next(iter(_named(api_model=api_model, **options)), None):
            raise AdvisedError(
                "A folder is not an endpoint.",
                advice=f"Leave {{{wrong}}} out, or pass {{endpoint}} in place of {{model}}.",
            )
        from ...prompting import DecoderGenerator
        from ..model_folders import check_holds_model

        check_holds_model(model)
        return DecoderGenerator.load(model, **_named(device=device))
    if device is not None:
        raise AdvisedError("An endpoint computes on its own device.", advice="Leave {device} out.")
    if api_model is None:
        raise AdvisedError("An endpoint has several models.", "{api_model} with the name of one")
    from ...prompting import HTTPGenerator

    assert endpoint is not None  # there is one of the two
    try:
        return HTTPGenerator(endpoint, model=api_model, **_named(**options))
    except ParameterError as error:
        name = {"url": "endpoint", "model": "api_model"}.get(error.name, error.name)
        raise ParameterError(name, "open_generator", error.rule, error.value, error.fix) from None


def _named(**options: Any) -> dict[str, Any]:
    """Return the options that were given."""
    return {name: value for name, value in options.items() if value is not None}
