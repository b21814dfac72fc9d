"""Interrupts: noted in training loops, raised elsewhere, SIGTERM like Ctrl-C where the program asks for it."""

import signal

import pytest

from wordvec._utils.loops import delayed_interrupt, interrupt_on_termination

TERMINATING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


@pytest.fixture(autouse=True)
def handlers():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, *TERMINATING)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", TERMINATING)
def test_termination_is_an_interrupt(number):
    signal.signal(number, signal.SIG_DFL)
    interrupt_on_termination()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)
    with delayed_interrupt() as interrupted:
        signal.raise_signal(number)
        assert interrupted()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) is signal.default_int_handler


@pytest.mark.parametrize("number", TERMINATING)
def test_a_signal_that_is_ignored_stays_so(number):
    signal.signal(number, signal.SIG_IGN)
    interrupt_on_termination()
    with delayed_interrupt() as interrupted:
        signal.raise_signal(number)
        assert not interrupted()
